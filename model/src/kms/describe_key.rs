//! DescribeKey: shows a key, whatever state it is in.

use super::lookups::{OnKey, key_lookups, other_account};
use super::metadata;
use super::shapes::*;
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;
use crate::state::{Key, Names};
use crate::success::Success;

input! {
    /// Input of DescribeKey.
    DescribeKey, MEMBERS {
        key: String = "KeyId", KEY_ID;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
    }
}

impl OnKey for DescribeKey {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for DescribeKey {
    const NAME: &'static str = "DescribeKey";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&key_lookups(), &[other_account()]];
    const PROMISES: &'static [Promise<Self>] = &[SHOWS_THE_KEY, SHOWS_ITS_STATE, SHOWS_ITS_ORIGIN];
}

const fn metadata_card(id: &'static str, says: &'static str) -> Card {
    let cite = "kms/latest/APIReference/API_KeyMetadata.html";
    Card {
        id,
        says,
        cite,
        evidence: Evidence::Documented,
    }
}

const SHOWS_THE_KEY: Promise<DescribeKey> = Promise {
    card: metadata_card(
        "CK-40",
        "DescribeKey shows the same metadata as CreateKey did.",
    ),
    when: always,
    make: |input, success| {
        with_key(input, success, |success, key| {
            metadata::show_common(success, key);
            metadata::show_algorithms(success, key);
            metadata::show_regions(success, key);
        });
    },
};

const SHOWS_ITS_STATE: Promise<DescribeKey> = Promise {
    card: metadata_card("KID-11", "DescribeKey shows the current state of the key."),
    when: always,
    make: |input, success| with_key(input, success, metadata::show_state),
};

const SHOWS_ITS_ORIGIN: Promise<DescribeKey> = Promise {
    card: metadata_card(
        "CK-33",
        "Which members KeyMetadata has depends on where the material comes from.",
    ),
    when: always,
    make: |input, success| with_key(input, success, metadata::show_origin),
};

fn with_key(
    input: &DescribeKey,
    success: &mut Success<'_>,
    show: impl FnOnce(&mut Success<'_>, &Key),
) {
    let key = input
        .key_id(success.state)
        .and_then(|id| success.state.keys.get(&id).cloned());
    if let Some(key) = key {
        show(success, &key);
    }
}

#[cfg(test)]
mod tests {
    use crate::belief::Verdict;
    use crate::reply::Reply;
    use crate::testing::World;
    use crate::time::HOUR;
    use serde_json::json;

    #[test]
    fn that_no_material_id_is_shown_is_not_due_to_the_rotation() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let body = json!({ "KeyId": key });
        world.ok("RotateKeyOnDemand", body.clone());
        world.advance(2 * HOUR);
        let mut before = world.belief.clone();
        let mut shown = world.ok("DescribeKey", body.clone());
        std::mem::swap(&mut world.belief, &mut before);
        let members = shown["KeyMetadata"].as_object_mut();
        members.unwrap().remove("CurrentKeyMaterialId");
        let verdict = world.judged("DescribeKey", &body, &Reply::Done(shown));
        let Verdict::Diverges(divergence) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(divergence[0].rules[0].id, "CK-33");
    }

    #[test]
    fn a_date_in_another_form_is_reported_and_the_key_is_judged_on() {
        let mut world = World::new();
        world.advance(1_700_000_000_000);
        let key = world.key(json!({}));
        let body = json!({ "KeyId": key });
        let made = world.ok("DescribeKey", body.clone());
        let mut shown = made.clone();
        shown["KeyMetadata"]["CreationDate"] = json!("2023-11-14T22:13:20Z");
        let verdict = world.judged("DescribeKey", &body, &Reply::Done(shown));
        let Verdict::Diverges(divergence) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(divergence[0].member, "KeyMetadata.CreationDate");
        assert_eq!(divergence[0].level, crate::Level::Formats);
        let mut wrong = made;
        wrong["KeyMetadata"]["KeyState"] = json!("Disabled");
        let verdict = world.judged("DescribeKey", &body, &Reply::Done(wrong));
        assert!(matches!(verdict, Verdict::Diverges(_)), "{verdict:?}");
    }
}
