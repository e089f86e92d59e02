//! Judges signatures of requests: AWS Signature Version 4, as the IAM user guide describes it.
//!
//! Nothing here signs requests to AWS, and nothing is shared with what does, so that each can prove
//! the other. Signatures in the query (presigned URLs) and those over several Regions (SigV4A) are
//! not read: neither service is called so.

mod authorization;
mod canonical;
mod credentials;
mod moment;
mod refusal;
mod verify;

pub(crate) use canonical::{ALGORITHM, TERMINATOR, hex, sign, signing_key};
pub use credentials::{BadCredentials, Credential, Credentials};
pub use refusal::Refusal;
pub use verify::{Expected, MOST_SKEW, Seen, Verified, verify};
