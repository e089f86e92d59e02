//! What is asked after a load: whether the keys that were made are there, and whether the ciphertexts
//! open to what went in.

use super::history::{Kept, Remains};
use super::judging::Judging;
use kms_conformance_targets::Lost;
use serde_json::{Value, json};

/// How many keys are described at the most, evenly chosen of those whose making was kept.
pub(crate) const MOST_DESCRIBED: usize = 2_000;

/// How many ciphertexts are decrypted at the most, evenly chosen in the same way.
pub(crate) const MOST_OPENED: usize = 500;

/// How much was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// How many keys were described.
    pub(super) described: usize,
    /// How many ciphertexts were decrypted.
    pub(super) opened: usize,
}

/// Describes the new keys and opens the ciphertexts of a history that was heard. Of each answer the
/// judge knows what it must be.
pub(super) async fn look_after(
    judging: &mut Judging<'_>,
    remains: &Remains,
) -> Result<Asked, Lost> {
    let keys = some(remains, MOST_DESCRIBED, |kept| kept.call.makes_key());
    for kept in &keys {
        if let Some(id) = shown(kept, "/KeyMetadata/KeyId") {
            judging.ask("DescribeKey", json!({ "KeyId": id })).await?;
        }
    }
    let sealed = some(remains, MOST_OPENED, |kept| kept.call.seals());
    for kept in &sealed {
        if let Some(blob) = shown(kept, "/CiphertextBlob") {
            let body = json!({ "CiphertextBlob": blob });
            judging.ask("Decrypt", body).await?;
        }
    }
    Ok(Asked {
        described: keys.len(),
        opened: sealed.len(),
    })
}

/// So many successes of one kind at the most, from all of the history.
fn some(remains: &Remains, most: usize, kind: impl Fn(&Kept) -> bool) -> Vec<&Kept> {
    let all = || {
        let kept = remains.kept.iter();
        kept.filter(|kept| kept.succeeded() && kind(kept))
    };
    let stride = all().count().div_ceil(most).max(1);
    all().step_by(stride).collect()
}

fn shown(kept: &Kept, pointer: &str) -> Option<Value> {
    let answer = kept.answer().ok()?;
    let answer: Value = serde_json::from_slice(&answer.body).ok()?;
    answer.pointer(pointer).cloned()
}
