//! A command run to its end within bounds: a time, a number of bytes, and nothing of it left behind.

mod child;
mod conversation;
mod streams;

pub use child::{Reach, answer, ended, tail};
pub use conversation::Conversation;
