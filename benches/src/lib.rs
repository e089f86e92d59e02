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

use mimalloc::MiMalloc;
use std::error::Error;

/// The allocator of the program, so that the benches measure what it does.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Why something could not be measured.
pub type Failure = Box<dyn Error + Send + Sync>;
