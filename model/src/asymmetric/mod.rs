//! Key pairs: what can be made with their private halves, and verified with their public ones.
//!
//! Nothing here draws a random number by itself: whoever makes something brings the source.

mod covered;
mod hash;
mod lenient;
mod private_key;
mod public_key;

pub use covered::{Covered, MessageType, SigningAlgorithm};
pub use hash::Hash;
pub use lenient::ecdsa_der;
pub use private_key::PrivateKey;
pub use public_key::PublicKey;
