//! Whose account a session is about, and how it tells the time.

/// The account that emulators which know of only one usually have.
pub(crate) const USUAL_ACCOUNT: &str = "123456789012";

/// Whose account a session is about.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// The Region.
    pub region: String,
    /// What makes the names of this run unique.
    pub salt: String,
}

/// How a session tells the time of its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// The target's clock runs as this machine's does, a constant apart.
    Running,
    /// The target's clock stands still until it is advanced.
    Still,
}
