//! GetKeyLastUsage: what a key was last used for.

use super::lookups::{OnKey, id_lookups, other_account};
use super::rotations::named;
use super::shapes::*;
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::mint::Form;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;
use crate::state::{Key, LONGEST_DELAY, Names, Traced, Use};
use crate::success::Success;
use crate::time::{MINUTE, SECOND, epoch_seconds, from_epoch_seconds};
use serde_json::{Value, json};

input! {
    /// Input of GetKeyLastUsage.
    GetKeyLastUsage, MEMBERS {
        key: String = "KeyId", KEY_ID;
    }
}

impl OnKey for GetKeyLastUsage {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for GetKeyLastUsage {
    const NAME: &'static str = "GetKeyLastUsage";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&id_lookups(), &[other_account()]];
    const PROMISES: &'static [Promise<Self>] = &[SHOWS_THE_KEY, SHOWS_THE_LAST_USE];
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_GetKeyLastUsage.html",
        evidence: Evidence::Documented,
    }
}

const SHOWS_THE_KEY: Promise<GetKeyLastUsage> = Promise {
    card: documented(
        "KID-11",
        "GetKeyLastUsage shows the id of the key, when it was made, and since when its use is \
         tracked, which may be another date.",
    ),
    when: always,
    make: |input, success| {
        if let Some(key) = named(input, success) {
            success.show(&Path::of("KeyId"), key.id.as_str());
            success.show_date(&Path::of("KeyCreationDate"), key.created);
            // A key may be older than the tracking, and the tracking than a key.
            let (since, now) = (epoch_seconds(key.created), epoch_seconds(success.state.now));
            let promised = success.traced(());
            success.show_like(&Path::of("TrackingStartDate"), &promised, since, &|shown| {
                shown.as_f64().is_some_and(|shown| shown <= now)
            });
        }
    },
};

const SHOWS_THE_LAST_USE: Promise<GetKeyLastUsage> = Promise {
    card: documented(
        "USE-02",
        "KeyLastUsage is the last successful cryptographic operation of the key with its time and \
         ids, and empty before the first.",
    ),
    when: always,
    make: |input, success| {
        if let Some(key) = named(input, success).filter(|key| !key.uses.unsure) {
            show_use(success, &key);
        }
    },
};

fn show_use(success: &mut Success<'_>, key: &Key) {
    let at = Path::of("KeyLastUsage");
    let known = &key.uses.known;
    let operation = success.look(&at.then("Operation"));
    let is_shown = |it: &Traced<Use>| operation == Some(Value::from(it.value.operation));
    let shows_by_now = |it: &Traced<Use>| it.value.at < success.state.now - LONGEST_DELAY;
    // What is not there yet may be shown an hour later, and what was there before until then.
    let surely = known.iter().rposition(shows_by_now);
    let mut possible = known.iter().enumerate().skip(surely.unwrap_or(0));
    let shown = possible.rfind(|(_, it)| is_shown(it));
    let empty = success.look(&at).is_some() && operation.is_none() && surely.is_none();
    let shown = shown.map(|(number, _)| number);
    let shown = shown.or(known.len().checked_sub(1)).filter(|_| !empty);
    match shown.and_then(|number| Some((number, known.get(number)?.clone()))) {
        Some((number, it)) => show(success, key, number, &it, &at),
        None => {
            success.show(&at, json!({}));
            success.absent(&at.then("Operation"));
            success.absent(&at.then("Timestamp"));
        }
    }
}

fn show(success: &mut Success<'_>, key: &Key, number: usize, it: &Traced<Use>, at: &Path) {
    success.show_traced(&at.then("Operation"), it, it.value.operation);
    let span = (it.value.from - CLOCK_SKEW)..=(it.value.at + CLOCK_SKEW);
    // Dates are shown in whole seconds.
    let second = it.value.at - it.value.at.rem_euclid(SECOND);
    let time = &at.then("Timestamp");
    success.show_like(time, it, epoch_seconds(second), &|shown: &Value| {
        let date = shown.as_f64().map(from_epoch_seconds);
        date.is_some_and(|date| span.contains(&date))
    });
    // Several uses of one kind have ids of their own, and nothing says which of them is shown.
    let is_one = it.value.from == it.value.at || success.is_settled();
    for (place, member) in ["CloudTrailEventId", "KmsRequestId"]
        .into_iter()
        .enumerate()
    {
        let at = at.then(member);
        let id = it.value.ids.get(place).cloned().flatten();
        if let Some(id) = id.filter(|_| is_one) {
            success.show(&at, id);
            continue;
        }
        let id = success.text(&at, Form::Uuid);
        let uses = success.state.key_mut(&key.id).map(|key| &mut key.uses);
        let it = uses.and_then(|uses| uses.known.get_mut(number));
        if let Some(slot) = it.and_then(|it| it.value.ids.get_mut(place)) {
            *slot = id;
        }
    }
}

/// How far the clock of the target may be from the one of whoever judges it.
const CLOCK_SKEW: i64 = 5 * MINUTE;

#[cfg(test)]
mod tests {
    use crate::belief::Verdict;
    use crate::reply::Reply;
    use crate::testing::World;
    use crate::time::HOUR;
    use serde_json::json;

    #[test]
    fn its_key_must_be_there() {
        let refused = World::new().refused(
            "GetKeyLastUsage",
            json!({"KeyId": "0a1b2c3d-0000-0000-0000-0a1b2c3d4e5f"}),
        );
        assert_eq!(refused, ["NotFoundException"]);
    }

    #[test]
    fn the_last_use_is_shown_with_ids_that_stay() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id});
        let shown = world.ok("GetKeyLastUsage", body.clone());
        assert_eq!(shown["KeyLastUsage"], json!({}));
        assert_eq!(shown["KeyId"], json!(id));
        let sealed = world.ok("Encrypt", json!({"KeyId": id, "Plaintext": "YQ=="}));
        let shown = world.ok("GetKeyLastUsage", body.clone());
        assert_eq!(shown["KeyLastUsage"]["Operation"], "Encrypt");
        assert_eq!(world.ok("GetKeyLastUsage", body.clone()), shown);
        let blob = &sealed["CiphertextBlob"];
        world.ok(
            "ReEncrypt",
            json!({"CiphertextBlob": blob, "DestinationKeyId": id}),
        );
        let shown = world.ok("GetKeyLastUsage", body);
        assert_eq!(shown["KeyLastUsage"]["Operation"], "ReEncrypt");
    }

    #[test]
    fn a_use_may_show_an_hour_later_and_no_more() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id});
        world.ok("Encrypt", json!({"KeyId": id, "Plaintext": "YQ=="}));
        world.advance(2 * HOUR);
        let old = world.ok("GetKeyLastUsage", body.clone());
        world.ok(
            "GenerateDataKey",
            json!({"KeyId": id, "KeySpec": "AES_256"}),
        );
        let old = Reply::Done(old);
        let verdict = world.judged("GetKeyLastUsage", &body, &old);
        assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict:?}");
        world.advance(2 * HOUR);
        let verdict = world.judged("GetKeyLastUsage", &body, &old);
        let Verdict::Diverges(divergence) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(divergence[0].rules[0].id, "USE-01");
    }

    #[test]
    fn what_was_lost_may_have_been_a_use() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id, "Plaintext": "YQ=="});
        world.judged("Encrypt", &body, &Reply::Lost("reset".to_owned()));
        world.advance(2 * HOUR);
        world.ok("GetKeyLastUsage", json!({"KeyId": id}));
    }
}
