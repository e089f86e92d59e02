//! Encryption contexts, and others that are near one and not the same.

use super::dice::Dice;
use proptest::collection::btree_map;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Keys of encryption contexts: words, with spaces and signs, long, and beyond ASCII.
const KEYS: &[&str] = &[
    "purpose",
    "stage",
    "aws:s3:arn",
    "with space",
    "UPPER",
    "a",
    "\u{43a}\u{43b}\u{44e}\u{447}",
    "snow\u{2603}man",
    "{\"quoted\"}",
];

/// Values of encryption contexts.
const VALUES: &[&str] = &[
    "test",
    "other",
    "2",
    "",
    " ",
    "arn:aws:s3:::bucket/*",
    "\u{65e5}\u{672c}\u{8a9e}",
    "\u{1f511}",
    "line\nend",
    "a=b&c=d, e",
];

/// Encryption contexts: usually one of a few small ones, so that they meet again.
pub(super) fn contexts() -> impl Strategy<Value = Value> {
    let any = btree_map(select(KEYS), select(VALUES), 1..=5);
    prop_oneof![
        1 => Just(json!({})),
        3 => Just(json!({ "purpose": "test" })),
        1 => Just(json!({ "purpose": "test", "stage": "2" })),
        1 => Just(json!({ "purpose": "other", "stage": "2" })),
        4 => any.prop_map(|entries| json!(entries)),
    ]
}

/// An encryption context that is near `context`, chosen at random, and not the same.
pub(super) fn another(dice: &mut Dice, context: &BTreeMap<String, String>) -> Value {
    let all = others(context);
    dice.pick(&all).cloned().unwrap_or_default()
}

/// Encryption contexts that are near `context` and not the same: an entry more, none, and for its first
/// and last entry that entry changed, in another case, with a space, swapped with its value, or gone.
pub(super) fn others(context: &BTreeMap<String, String>) -> Vec<Value> {
    let changed = |gone: &str, new: Option<(String, String)>| {
        let mut other = context.clone();
        other.remove(gone);
        other.extend(new);
        other
    };
    let more = ("one-more".to_owned(), "entry".to_owned());
    let mut all = vec![changed("", Some(more))];
    if !context.is_empty() {
        all.push(BTreeMap::new());
    }
    let ends = context.iter().take(1).chain(context.iter().skip(1).last());
    for (key, value) in ends {
        let entry = |key: &str, value: &str| Some((key.to_owned(), value.to_owned()));
        all.extend([
            changed(key, None),
            changed(key, entry(key, &format!("{value}x"))),
            changed(key, entry(key, &format!("{value} "))),
            changed(key, entry(&format!("{key}x"), value)),
            changed(key, entry(&key.to_uppercase(), value)),
            changed(key, entry(value, key)),
        ]);
    }
    all.retain(|other| other != context);
    // An empty key or value is documented neither to be possible nor not to be.
    all.retain(|other| !other.contains_key(""));
    all.into_iter().map(|other| json!(other)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_near_another_is_not_the_same() {
        let context = BTreeMap::from([("purpose".to_owned(), "test".to_owned())]);
        let others = others(&context);
        assert!(others.contains(&json!({ "test": "purpose" })));
        assert!(others.contains(&json!({})));
        assert!(!others.contains(&json!(context)));
        assert_eq!(super::others(&BTreeMap::new()).len(), 1);
    }
}
