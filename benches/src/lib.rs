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

/// That of the command line, unless the bench asks what it is good for.
#[cfg(not(feature = "system-allocator"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The allocator that these benches have.
pub const ALLOCATOR_NAME: &str = match cfg!(feature = "system-allocator") {
    true => "the allocator of the system",
    false => "mimalloc",
};

/// Why something could not be measured.
pub type Failure = Box<dyn Error + Send + Sync>;
