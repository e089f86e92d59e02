//! The rule by which each cryptographic operation is remembered as the last use of its key.

use super::cryptography::Cryptographic;
use super::key_states::key_of;
use super::lookups::OnKey;
use crate::card::{Card, Evidence};
use crate::rule::{Promise, always};
use crate::state::Use;
use crate::success::Success;

/// What the rule is called.
pub(crate) const RECORDED: Card = Card {
    id: "USE-01",
    says: "A successful cryptographic operation is what GetKeyLastUsage shows of the key, an hour \
           later at the latest.",
    cite: "kms/latest/developerguide/deleting-keys-determining-usage.html",
    evidence: Evidence::Documented,
};

/// The operation is remembered as the last use of the key that it works on.
pub(crate) const fn is_recorded<Op: OnKey + Cryptographic>() -> Promise<Op> {
    Promise {
        card: RECORDED,
        when: always,
        make: |input, success| {
            let key = key_of(success.state, input).map(|key| key.id.clone());
            record(success, key, Op::NAME);
        },
    }
}

/// Remembers the use of a key.
pub(crate) fn record(success: &mut Success<'_>, key: Option<String>, operation: &'static str) {
    let now = success.state.now;
    let used = success.traced(Use {
        operation,
        from: now,
        at: now,
        ids: [None, None],
    });
    if let Some(key) = key.and_then(|key| success.state.key_mut(&key)) {
        key.uses.add(used);
    }
}
