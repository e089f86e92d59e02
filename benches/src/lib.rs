//! What the benches share.

mod account;
pub mod calls;
pub mod client;
mod key_store;
pub mod message;
mod runtimes;
mod source;
pub mod steps;

pub use account::{NOW, account, identity, standing_emulator};
pub use key_store::key_store;
pub use runtimes::Runtimes;
pub use source::Counting;

use std::error::Error;

/// Why something could not be measured.
pub type Failure = Box<dyn Error + Send + Sync>;
