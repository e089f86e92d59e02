//! What the three operations on resource policies share: they name a backup by its ARN.

use super::cards::{documented, inferred};
use crate::error_code::ErrorCode::{
    CloudHsmAccessDenied, CloudHsmInvalidRequest, CloudHsmResourceNotFound, Validation,
};
use crate::path::Path;
use crate::rule::{Refusal, Stage, must};
use crate::state::{Backup, BackupState, State, Traced};
use crate::success::Success;
use serde_json::Value;
use std::sync::Arc;

const API: &str = "cloudhsm/latest/APIReference/API_PutResourcePolicy.html";

/// An operation on the policy of a resource.
pub(crate) trait OnPolicy: 'static {
    /// The ARN it was given.
    fn arn(&self) -> Option<&str>;

    /// The backup whose ARN it is.
    fn backup<'s>(&self, state: &'s State) -> Option<&'s Arc<Backup>> {
        let prefix = state.account.arn("cloudhsm", "backup/");
        let backup = state.backups.get(self.arn()?.strip_prefix(&prefix)?)?;
        (backup.state.value != BackupState::Deleted).then_some(backup)
    }

    /// Whether the ARN is one of a backup.
    fn is_of_a_backup(&self) -> bool {
        self.arn().is_some_and(|arn| arn.contains(":backup/"))
    }
}

/// The ways in which an ARN leads to no backup.
pub(crate) const fn policy_lookups<Op: OnPolicy>() -> [Refusal<Op>; 3] {
    [
        Refusal {
            card: inferred(
                "HSM-RP-100",
                "A resource policy needs the ARN of a resource, although the service model does \
                 not require it.",
                API,
            ),
            stage: Stage::Condition,
            error: must(&[CloudHsmInvalidRequest, CloudHsmResourceNotFound, Validation]),
            when: |_, input| input.arn().is_none(),
        },
        Refusal {
            card: documented("HSM-RP-101", "Only backups have resource policies.", API),
            stage: Stage::Condition,
            error: must(&[
                CloudHsmInvalidRequest,
                CloudHsmResourceNotFound,
                CloudHsmAccessDenied,
                Validation,
            ]),
            when: |_, input| input.arn().is_some() && !input.is_of_a_backup(),
        },
        Refusal {
            card: documented(
                "HSM-RP-102",
                "The backup must exist in this account and Region.",
                API,
            ),
            stage: Stage::Condition,
            error: must(&[
                CloudHsmResourceNotFound,
                CloudHsmInvalidRequest,
                CloudHsmAccessDenied,
            ]),
            when: |state, input| input.is_of_a_backup() && input.backup(state).is_none(),
        },
    ]
}

/// Shows a policy. AWS may write the same JSON in another way.
pub(crate) fn show(success: &mut Success<'_>, policy: &Traced<String>) {
    let at = Path::of("Policy");
    let shown = success.learn(&at, &policy.value);
    if shown.is_some_and(|shown| !is_same(&shown, &policy.value)) {
        success.show_traced(&at, policy, policy.value.as_str());
    }
}

fn is_same(one: &str, other: &str) -> bool {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    one == other || parsed(one).is_some_and(|policy| parsed(other) == Some(policy))
}
