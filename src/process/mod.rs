//! A command within bounds: a time, a number of bytes, and nothing of it left behind. It runs to its end, or answers line by
//! line.

mod child;
mod conversation;
mod group;
mod scratch;
mod streams;

pub use child::{Reach, answer};
pub use conversation::Conversation;
pub use group::{join, keep_children};
pub use scratch::Scratch;
