//! How long backups are kept, in requests.

use super::cards::{documented, inferred};
use super::shapes::Retention;
use crate::error_code::ErrorCode::{CloudHsmInvalidRequest, CloudHsmService, Validation};
use crate::rule::{Refusal, Stage, may, must};

const PAGE: &str = "cloudhsm/latest/APIReference/API_BackupRetentionPolicy.html";

/// An operation that says how long backups are kept.
pub(crate) trait BringsRetention: 'static {
    /// What it says.
    fn retention(&self) -> Option<&Retention>;

    /// The number of days it says.
    fn retained_days(&self) -> Option<&str> {
        self.retention()?.value.as_deref()
    }
}

/// The ways in which a retention policy is refused.
pub(crate) const fn retention_rules<Op: BringsRetention>() -> [Refusal<Op>; 2] {
    [
        Refusal {
            card: documented("HSM-CC-05", "Backups are kept for 7 to 379 days.", PAGE),
            stage: Stage::Condition,
            error: must(&[CloudHsmInvalidRequest, CloudHsmService, Validation]),
            when: |_, input| {
                input
                    .retained_days()
                    .and_then(|days| days.parse::<u32>().ok())
                    .is_some_and(|days| !(7..=379).contains(&days))
            },
        },
        Refusal {
            card: inferred(
                "HSM-CC-05b",
                "A retention policy without its type or its value may be refused.",
                PAGE,
            ),
            stage: Stage::Condition,
            error: may(&[CloudHsmInvalidRequest, CloudHsmService, Validation]),
            when: |_, input| {
                input
                    .retention()
                    .is_some_and(|policy| policy.kind.is_none() || policy.value.is_none())
            },
        },
    ]
}
