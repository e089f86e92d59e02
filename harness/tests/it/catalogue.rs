//! The catalogue as it is kept for readers.

use crate::snapshots::top;
use kms_conformance::catalogue::markdown;

#[test]
fn the_kept_catalogue_is_the_one_of_the_model() {
    let path = top().join("snapshots/rules.md");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept
        .lines()
        .zip(markdown().lines())
        .find(|(kept, made)| kept != made)
        .map(|(kept, made)| format!("kept: {kept}\nmade: {made}\n"));
    assert!(
        kept == markdown(),
        "snapshots/rules.md is stale.\n{}Renew it: cargo run -- rules --markdown > snapshots/rules.md",
        differs.unwrap_or_default()
    );
}
