//! What it costs to let another worker have one's data: to hand it over, to wake the other, to send it on, to write after a fork.

mod descriptor;
mod hand_over;
mod pages;
mod partner;
mod ring;
mod round_trip;
mod stream;

pub(super) use descriptor::prepare as prepare_descriptor;
pub(super) use hand_over::{prepare as prepare_hand_over, sum_of_words};
pub(super) use pages::{prepare_first_touch, prepare_rewrite};
pub(super) use round_trip::{prepare as prepare_round_trip, prepare_context_switch};
pub(super) use stream::prepare as prepare_stream;
