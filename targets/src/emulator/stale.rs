//! Answers that are a little out of date, as those of a service that is eventually consistent.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency>

use super::answering::written;
use super::{Emulator, materials};
use crate::target::{Request, Response};
use crate::wire::{self, Asked};
use kms_conformance_model::drift::settle_due;
use kms_conformance_model::time::Millis;
use kms_conformance_model::{Answered, State};
use std::collections::VecDeque;
use std::sync::Arc;

/// The most states that are kept.
const MOST_STATES: usize = 512;

/// What the account held lately, oldest first.
#[derive(Debug, Default)]
pub(super) struct Past(VecDeque<State>);

impl Past {
    /// Adds what the account holds at this moment, and forgets what nobody may see any more: all that
    /// was replaced before the oldest moment of interest.
    pub(super) fn add(&mut self, state: State, longest: Millis) {
        let oldest = state.now - longest;
        let newest = self.0.back();
        // Its moment counts: the account held the same from then on.
        if newest.is_none_or(|newest| !newest.holds_what(&state)) {
            self.0.push_back(state);
        }
        while self.0.len() > MOST_STATES || self.0.get(1).is_some_and(|next| next.now < oldest) {
            self.0.pop_front();
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// What the account held at this moment, or at the first one that is known.
    pub(super) fn at(&self, moment: Millis) -> Option<&State> {
        let known = self.0.iter().rev().find(|state| state.now <= moment);
        known.or_else(|| self.0.front())
    }
}

/// What an old state makes of a request.
pub(super) enum Old {
    /// It refuses it.
    Refused(Response),
    /// It answers it, and nothing changes but when a key was last used.
    Read(Response),
}

impl Emulator {
    /// Answers a request of this access key by what the account held at an earlier moment. None
    /// where that would change something, makes no difference, or cannot be done any more. Nothing
    /// is changed.
    pub(super) fn answer_of_old(
        &self,
        request: &Request,
        access_key: Option<&str>,
        old: &State,
        moment: Millis,
    ) -> Option<Old> {
        let switches = &self.config.switches;
        let asked = wire::decode(request, switches).ok()?;
        // What external proxies say is not known of earlier moments. A grant token makes a grant
        // work at once.
        if self.asks_others() || names_grant_token(&asked) {
            return None;
        }
        let present = self.state();
        let mut old = old.clone();
        old.now = moment.max(old.now).min(present.now);
        settle_due(&mut old, self.config.latency, switches);
        if is_alike(&old, &present) {
            return None;
        }
        let seen = old.clone();
        let region = self.region_of(request);
        let mut present = present;
        present.turn_to(region);
        old.turn_to(region);
        // These carry what they mean with them, so that every moment understands them.
        old.markers = present.markers.clone();
        old.import_tokens = present.import_tokens.clone();
        let (answered, next) = self.try_on(&old, &asked, access_key, switches);
        let response = written(&asked, &answered);
        match answered {
            Answered::Refused(..) => {
                let (now, _) = self.try_on(&present, &asked, access_key, switches);
                (answered != now).then_some(Old::Refused(response))
            }
            Answered::Done(_) => {
                let is_read = is_alike(&old, &next) && old.markers == next.markers;
                // Asked afterwards, so that nothing can be destroyed in between.
                let is_there = is_read && !materials::may_be_gone(&seen, &self.state());
                is_there.then_some(Old::Read(response))
            }
            Answered::NotModelled => None,
        }
    }
}

fn names_grant_token(asked: &Asked) -> bool {
    let member = |name: &str| asked.body.get(name).is_some_and(|value| !value.is_null());
    member("GrantToken") || member("GrantTokens")
}

/// Whether both hold the same, but for markers of lists and for when keys were last used.
pub(super) fn is_alike(one: &State, other: &State) -> bool {
    let mut one = one.clone();
    for (region, state) in &other.elsewhere {
        if let Some(there) = one.elsewhere.get(region) {
            let mut there = State::clone(there);
            overlook(&mut there, state);
            one.elsewhere.insert(region.clone(), Arc::new(there));
        }
    }
    overlook(&mut one, other);
    one.holds_what(other)
}

fn overlook(state: &mut State, from: &State) {
    state.markers = from.markers.clone();
    for (id, key) in &from.keys {
        if state.keys.get(id).is_some_and(|mine| mine.uses != key.uses)
            && let Some(mine) = state.key_mut(id)
        {
            mine.uses = key.uses.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::{Clock, Config};
    use crate::outside::OutsideCall;
    use kms_conformance_model::Service;
    use serde_json::{Value, json};

    fn emulator() -> Emulator {
        Emulator::new(Config {
            clock: Clock::Fixed(1_800_000_000_000),
            ..Config::default()
        })
    }

    fn done(emulator: &Emulator, operation: &str, body: &Value) -> Value {
        let response = emulator.handle(&Request::new(Service::Kms, operation, body));
        assert_eq!(response.status, 200, "{operation}");
        serde_json::from_slice(&response.body).unwrap_or_default()
    }

    fn of_old(emulator: &Emulator, old: &State, operation: &str, body: &Value) -> Option<Old> {
        let request = Request::new(Service::Kms, operation, body);
        emulator.answer_of_old(&request, None, old, old.now)
    }

    fn key(emulator: &Emulator) -> Value {
        done(emulator, "CreateKey", &json!({}))["KeyMetadata"]["KeyId"].clone()
    }

    #[test]
    fn what_was_made_since_is_not_there_yet() {
        let emulator = emulator();
        let old = emulator.state();
        let key = key(&emulator);
        let asked = of_old(&emulator, &old, "DescribeKey", &json!({ "KeyId": key }));
        let Some(Old::Refused(response)) = asked else {
            panic!("it was there");
        };
        assert_eq!(response.status, 400);
        assert!(emulator.state().keys.contains_key(key.as_str().unwrap()));
    }

    #[test]
    fn reads_and_ciphers_answer_by_the_old_state_and_leave_no_trace() {
        let emulator = emulator();
        let key = key(&emulator);
        let old = emulator.state();
        done(&emulator, "DisableKey", &json!({ "KeyId": key }));
        let present = emulator.state();
        let describe = of_old(&emulator, &old, "DescribeKey", &json!({ "KeyId": key }));
        let Some(Old::Read(response)) = describe else {
            panic!("it was not read");
        };
        let shown: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(shown["KeyMetadata"]["KeyState"], "Enabled");
        let body = json!({ "KeyId": key, "Plaintext": "YQ==" });
        let Some(Old::Read(response)) = of_old(&emulator, &old, "Encrypt", &body) else {
            panic!("it was not read");
        };
        let sealed: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(emulator.state(), present);
        done(&emulator, "EnableKey", &json!({ "KeyId": key }));
        let blob = json!({ "CiphertextBlob": sealed["CiphertextBlob"] });
        assert_eq!(done(&emulator, "Decrypt", &blob)["Plaintext"], "YQ==");
    }

    #[test]
    fn what_would_change_something_or_makes_no_difference_is_left_to_the_present() {
        let emulator = emulator();
        let key = key(&emulator);
        let old = emulator.state();
        let list = json!({ "Limit": 1 });
        assert!(of_old(&emulator, &old, "ListKeys", &list).is_none());
        done(&emulator, "CreateKey", &json!({}));
        for (operation, body) in [
            ("CreateKey", json!({})),
            ("DisableKey", json!({ "KeyId": key })),
            ("DescribeKey", json!({ "KeyId": key, "GrantTokens": ["a"] })),
        ] {
            assert!(of_old(&emulator, &old, operation, &body).is_none());
        }
        assert!(of_old(&emulator, &old, "ListKeys", &json!({})).is_some());
    }

    #[test]
    fn a_refusal_that_has_nothing_to_do_with_age_is_left_to_the_present() {
        let emulator = emulator();
        let old = emulator.state();
        key(&emulator);
        let nobody = json!({ "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab" });
        for (operation, body) in [("DescribeKey", &nobody), ("CreateKey", &json!({"Tags": 7}))] {
            assert!(of_old(&emulator, &old, operation, body).is_none());
        }
    }

    #[test]
    fn a_key_whose_material_is_gone_encrypts_nothing() {
        let emulator = emulator();
        let key = key(&emulator);
        let old = emulator.state();
        let body = json!({ "KeyId": key, "PendingWindowInDays": 7 });
        done(&emulator, "ScheduleKeyDeletion", &body);
        let milliseconds = 8 * 24 * 3_600_000;
        let advance = OutsideCall::Advance { milliseconds };
        emulator.outside(&advance).unwrap();
        let body = json!({ "KeyId": key, "Plaintext": "YQ==" });
        assert!(of_old(&emulator, &old, "Encrypt", &body).is_none());
    }

    #[test]
    fn the_past_gives_what_was_held_at_a_moment_and_forgets_what_is_too_old() {
        let state = |now: Millis, seen: bool| {
            let mut state = emulator().state();
            (state.now, state.has_unseen) = (now, seen);
            state
        };
        let mut past = Past::default();
        assert!(past.at(0).is_none());
        for (now, seen) in [
            (1_000, false),
            (1_500, false),
            (2_000, true),
            (3_000, false),
        ] {
            past.add(state(now, seen), 5_000);
        }
        let held = |past: &Past, moment| past.at(moment).map(|state| state.now);
        assert_eq!(held(&past, 1_999), Some(1_000));
        assert_eq!(held(&past, 2_000), Some(2_000));
        assert_eq!(held(&past, 9_000), Some(3_000));
        assert_eq!(held(&past, 0), Some(1_000), "the first that is known");
        past.add(state(8_000, true), 5_500);
        assert_eq!(held(&past, 0), Some(2_000), "it was held until 3000");
    }
}
