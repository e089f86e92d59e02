//! AWS itself: signed requests at the pace of the documented quotas, with a journal of everything
//! that is made, so that nothing is left behind and nothing of others is touched.

mod asked;
mod attached;
mod call;
mod clean_up;
mod cost;
mod credentials;
mod endpoints;
mod finding_lost;
mod guard;
mod identity;
mod journal;
mod opaque;
mod options;
mod pace;
mod permissions;
mod post;
mod signing;
mod start;
mod target;
mod things;

pub use asked::Asked;
pub use attached::Description;
pub use clean_up::Cleaned;
pub use cost::{Ceiling, Dollars};
pub use credentials::Setup;
pub use endpoints::Endpoints;
pub use guard::Attached;
pub use journal::{Entry, Header, Journal, JournalError};
pub use options::AwsOptions;
pub use permissions::permissions;
pub use signing::{Scope, Signer, SigningFailed, sign};
pub use start::CannotStart;
pub use target::{AwsTarget, AwsTotals};
pub use things::{Kind, TAG_KEY, Thing};
