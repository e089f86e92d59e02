//! AWS JSON 1.1: what a request asks for, how the emulator answers, and what a response means.

mod names;
mod reading;
mod request;
mod response;
mod sabotage;

pub use names::is_aws_operation;
pub use reading::{Answer, reply};
pub(crate) use request::MOST_BYTES;
pub use request::{Asked, Undecodable, decode};
pub use response::done;
pub(crate) use response::{not_modelled, refused, unavailable};
pub(crate) use sabotage::spoil;
