//! What is believed about a target: all states that agree with everything it answered.

mod adopt;
mod blame;
mod distrust;
mod foresight;
mod made_up;
mod past;
mod regions;
mod request_class;
mod settling;
mod terms;
mod unjudged;
mod verdict;

pub use terms::{Absent, Terms};
pub use verdict::{Divergence, Exchange, Expected, Foresight, Level, Verdict};

use crate::card::Card;
use crate::operation::{Call, Fired, Outcome, allowed};
use crate::outside::OutsideAction;
use crate::past::Recalled;
use crate::reply::{Refused, Reply};
use crate::resource::Resource;
use crate::sighting::Sighting;
use crate::state::State;
use crate::switches::Switches;
use crate::time::Millis;
use blame::{
    add_cards, class_of, note_expected, note_lenient, promised, rules_of, shown_gone,
    sort_by_blame, wrong_text,
};
use distrust::{bounded, forget_unmodelled, forget_uses, lost_success};
use serde_json::Value;
use settling::{least_settled, variants};

/// How many states a belief may hold before it expects nothing more of what they differ in.
pub const MOST_STATES: usize = 4096;

/// The set of states consistent with everything observed so far.
#[derive(Clone, Debug)]
pub struct Belief {
    states: Vec<State>,
    compares_texts: bool,
    terms: Terms,
    recalled: Recalled,
    sighting: Sighting,
}

impl Belief {
    /// Certainty about one state.
    pub fn certain(state: State) -> Belief {
        Belief {
            states: vec![state],
            compares_texts: false,
            terms: Terms::default(),
            recalled: Recalled::new(),
            sighting: Sighting::default(),
        }
    }

    /// From here on, an error must also have the text that AWS was recorded to send, where one was.
    pub fn compare_texts(&mut self) {
        self.compares_texts = true;
    }

    /// From here on, answers are read on these terms.
    pub fn on_terms(&mut self, terms: Terms) {
        self.terms = terms;
    }

    /// What the exchange that was observed last shows beside its verdict.
    pub fn sighting(&self) -> &Sighting {
        &self.sighting
    }

    /// The believed states; never empty.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// Applies what happened outside, which is known for sure, to every state. Key stores that are
    /// connecting and HSMs that are being made may have been done before.
    pub fn outside(&mut self, act: impl Fn(&mut State)) {
        self.fork(&[], |state| {
            act(state);
            true
        });
    }

    /// Believes an outside action that the target carried out: only states in which it was possible
    /// are left, each as the action leaves it.
    pub fn happened(&mut self, action: &OutsideAction, now: Millis) {
        let named = serde_json::to_value(action).unwrap_or_default();
        self.states.iter_mut().for_each(|state| state.now = now);
        let named: Vec<Resource> = self
            .states
            .first()
            .map(|state| state.named_in(&named))
            .unwrap_or_default();
        self.fork(&named, |state| action.act(state).is_ok());
    }

    /// Changes every state in every variant that it may have drifted into, as far as `named` goes
    /// and as far as key stores are connecting and HSMs are being made: what comes of that depends on
    /// the outside. Variants in which the change is not possible are given up.
    fn fork(&mut self, named: &[Resource], change: impl Fn(&mut State) -> bool) {
        let mut next: Vec<State> = Vec::new();
        for state in &self.states {
            let depends = |it: &&Resource| matches!(it, Resource::KeyStore(_) | Resource::Hsm(..));
            let waiting = state.unsettled.iter().filter(depends);
            let resources: Vec<Resource> = named.iter().chain(waiting).cloned().collect();
            for mut variant in variants(state, &resources) {
                if change(&mut variant) && !next.contains(&variant) {
                    next.push(variant);
                }
            }
        }
        if !next.is_empty() {
            self.states = bounded(next);
        }
    }

    /// Judges one exchange and keeps the states that agree with it.
    pub fn observe(&mut self, exchange: &Exchange<'_>) -> Verdict {
        self.sighting = Sighting::default();
        let verdict = self.judge(exchange);
        self.doubt_rivals(exchange);
        if let (Verdict::Unknown(_), Reply::Done(response)) = (&verdict, exchange.reply) {
            self.note_unjudged(response);
        }
        verdict
    }

    fn judge(&mut self, exchange: &Exchange<'_>) -> Verdict {
        if self.terms.has_past
            && let Some(verdict) = self.judge_past(exchange)
        {
            return verdict;
        }
        let candidates = match self.candidates(exchange) {
            Ok(candidates) => candidates,
            Err(why) => {
                self.adopt(exchange);
                return Verdict::Unknown(why);
            }
        };
        let off = Switches::none();
        let call = exchange.operation.read(exchange.body, &off);
        match exchange.reply {
            Reply::Lost(why) => self.lost(exchange, candidates, call.ok().as_deref(), why),
            Reply::Refused(refused) => self.refused(exchange, candidates, call, refused),
            Reply::Done(response) => self.done(exchange, candidates, call, response),
        }
    }

    fn candidates(&self, exchange: &Exchange<'_>) -> Result<Vec<State>, String> {
        let mut candidates: Vec<State> = Vec::new();
        for state in &self.states {
            let mut state = state.clone();
            state.now = exchange.received;
            state.outside.certificate_fault = exchange.certificate_fault;
            let touched = state.named_in(exchange.body);
            if let Some(lost) = touched.iter().find(|named| state.distrusts(named)) {
                return Err(format!("{lost} is not known well enough any more"));
            }
            candidates.extend(variants(&state, &touched));
            if candidates.len() > MOST_STATES {
                return Err("more states are possible than the judge keeps".to_owned());
            }
        }
        Ok(candidates)
    }

    fn lost(
        &mut self,
        exchange: &Exchange<'_>,
        candidates: Vec<State>,
        call: Option<&dyn Call>,
        why: &str,
    ) -> Verdict {
        let mut candidates = candidates;
        for state in &mut candidates {
            forget_uses(exchange, state);
        }
        let mut possible = candidates.clone();
        if let Some(call) = call {
            for state in candidates {
                if allowed(call.refusals(&state, &Switches::none())).success {
                    if !call.models_success(&state) {
                        forget_unmodelled(exchange, &mut possible);
                        break;
                    }
                    let next = lost_success(exchange, call, state);
                    if !possible.contains(&next) {
                        possible.push(next);
                    }
                }
            }
        }
        self.states = bounded(possible);
        Verdict::Unknown(format!("the reply was lost: {why}"))
    }

    fn refused(
        &mut self,
        exchange: &Exchange<'_>,
        candidates: Vec<State>,
        call: Result<Box<dyn Call>, Vec<Fired>>,
        refused: &Refused,
    ) -> Verdict {
        let mut held: Vec<Card> = Vec::new();
        let mut expected: Vec<Expected> = Vec::new();
        let mut lenient: Vec<Card> = Vec::new();
        let mut survivors: Vec<State> = Vec::new();
        let mut texts: Vec<Fired> = Vec::new();
        let mut level = Level::ErrorType;
        let mut unmodelled = false;
        let mut disagreed = Sighting::default();
        for state in &candidates {
            let fired = fired(&call, state);
            let answers = |rule: &Fired| {
                rule.codes
                    .iter()
                    .any(|code| code.wire_name() == refused.error)
            };
            if fired.iter().any(answers) {
                level = Level::Precedence;
            }
            let allowed = allowed(fired.clone());
            let matching: Vec<&Fired> = allowed
                .refusals
                .iter()
                .filter(|rule| answers(rule))
                .collect();
            if matching.is_empty() {
                unmodelled |=
                    allowed.success && call.as_ref().is_ok_and(|call| !call.models_success(state));
                disagreed.is_about(exchange, state, &allowed);
                note_expected(&mut expected, &allowed);
                note_lenient(&mut lenient, &allowed);
            } else {
                add_cards(&mut held, matching.iter().map(|rule| rule.card));
                self.sighting.is_due_to(&matching, &fired, &allowed);
                self.sighting.agrees(exchange, state, &allowed, None);
                if self.compares_texts && self.terms.hears_texts(refused) {
                    texts.extend(matching.into_iter().cloned());
                }
                survivors.push(state.clone());
            }
        }
        if !survivors.is_empty() {
            if refused.error.ends_with("NotFoundException") {
                let gone = shown_gone(&survivors, exchange.body);
                add_cards(&mut held, gone.into_iter());
            }
            self.states = least_settled(survivors, exchange.body);
            return match wrong_text(exchange, refused, &texts) {
                Some(divergence) => Verdict::Diverges(vec![divergence]),
                None => Verdict::Conforms(held),
            };
        }
        self.sighting = disagreed;
        self.states = candidates;
        if unmodelled {
            return Verdict::Unknown("not all refusals of this request are modelled".to_owned());
        }
        let mut rules = rules_of(&expected, &lenient);
        if expected.iter().any(|outcome| outcome.rule.is_none()) {
            // Nothing speaks for this refusal: what is broken is the promise of a success.
            let promised = promised(exchange, call.ok().as_deref(), &self.states);
            rules.extend(promised);
            sort_by_blame(&mut rules, &lenient);
        }
        let refusals = expected.iter().all(|outcome| outcome.rule.is_some());
        let class = class_of(exchange, &self.states, rules.first().filter(|_| refusals));
        Verdict::Diverges(vec![Divergence {
            operation: exchange.operation.label(),
            level,
            rules,
            expected,
            observed: refused.error.clone(),
            status: refused.status,
            member: String::new(),
            at: None,
            class,
        }])
    }

    fn done(
        &mut self,
        exchange: &Exchange<'_>,
        candidates: Vec<State>,
        call: Result<Box<dyn Call>, Vec<Fired>>,
        response: &Value,
    ) -> Verdict {
        let mut held: Vec<Card> = Vec::new();
        let mut survivors: Vec<State> = Vec::new();
        // The states that agree with most of the answer, and what they do not agree with.
        let mut closest: Vec<(State, Outcome)> = Vec::new();
        let mut elsewhere: Vec<Card> = Vec::new();
        let mut expected: Vec<Expected> = Vec::new();
        let mut lenient: Vec<Card> = Vec::new();
        let mut disagreed = Sighting::default();
        let mut hidden = false;
        for state in &candidates {
            let allowed = allowed(fired(&call, state));
            disagreed.is_about(exchange, state, &allowed);
            let Some(call) = call.as_deref().ok().filter(|_| allowed.success) else {
                note_expected(&mut expected, &allowed);
                note_lenient(&mut lenient, &allowed);
                continue;
            };
            if !call.models_success(state) {
                forget_unmodelled(exchange, &mut self.states);
                self.sighting = Sighting::default();
                return Verdict::Unknown("this success is not modelled".to_owned());
            }
            let mut next = state.clone();
            let mut reading = self.terms.reading(response);
            let mut outcome = call.succeed(&mut next, &mut reading, &Switches::none());
            self.terms.excuse(&mut outcome);
            hidden |= reading.met_stand_in();
            if outcome.broken.is_empty() {
                add_cards(
                    &mut held,
                    outcome.applied.iter().chain(&outcome.confirmed).copied(),
                );
                add_cards(&mut held, allowed.refusals.iter().map(|rule| rule.card));
                self.sighting.is_kept(&outcome);
                self.sighting
                    .agrees(exchange, state, &allowed, Some(&outcome.applied));
                survivors.push(next);
                continue;
            }
            add_cards(
                &mut elsewhere,
                outcome.broken.iter().map(|broken| broken.card),
            );
            let best = closest
                .first()
                .map_or(usize::MAX, |(_, best)| best.broken.len());
            if outcome.broken.len() < best {
                closest.clear();
            }
            if outcome.broken.len() <= best {
                closest.push((next, outcome));
            }
        }
        if !survivors.is_empty() {
            self.states = least_settled(survivors, exchange.body);
            return match hidden {
                true => Verdict::Unknown("a stand-in hides the secret to compare".to_owned()),
                false => Verdict::Conforms(held),
            };
        }
        self.sighting = disagreed;
        // Of equally close states the last and so least settled one is to blame.
        match closest.pop() {
            Some((next, outcome)) => {
                let others = closest.into_iter().map(|(state, _)| state).collect();
                let other = outcome.broken.iter().map(|broken| broken.card);
                let other: Vec<Card> = other.collect();
                elsewhere.retain(|card| !other.contains(card));
                add_cards(&mut elsewhere, rules_of(&expected, &lenient).into_iter());
                self.wrong_members(exchange, (next, others), outcome, &elsewhere, response)
            }
            None => {
                let call = call.ok();
                self.unexpected_success(exchange, candidates, call, expected, &lenient, response)
            }
        }
    }
}

fn fired(call: &Result<Box<dyn Call>, Vec<Fired>>, state: &State) -> Vec<Fired> {
    match call {
        Ok(call) => call.refusals(state, &Switches::none()),
        Err(fired) => fired.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::operation::Service;
    use crate::state::{Account, Outside};
    use crate::testing::{SUBNETS, World};
    use crate::wire::JSON_ANSWERS;
    use serde_json::json;

    fn belief() -> Belief {
        let account = Account::new("123456789012", "us-east-1");
        Belief::certain(State::new(account, Outside::default()))
    }

    fn judged(belief: &mut Belief, name: &str, body: Value, reply: Reply) -> Verdict {
        belief.observe(&Exchange {
            operation: catalog::operation(Service::Kms, name).unwrap(),
            body: &body,
            reply: &reply,
            received: 0,
            certificate_fault: None,
        })
    }

    #[test]
    fn what_was_made_under_a_malformed_id_exists_all_the_same() {
        let mut belief = belief();
        let id = "mrk-f6df2230-3309-426d-963e-9d2c25ca39fa";
        let made = json!({"KeyMetadata": {"KeyId": id}});
        let verdict = judged(
            &mut belief,
            "CreateKey",
            json!({"MultiRegion": true}),
            Reply::Done(made),
        );
        assert!(matches!(verdict, Verdict::Diverges(_)));
        let policy = json!({"PolicyNames": ["default"], "Truncated": false});
        let verdict = judged(
            &mut belief,
            "ListKeyPolicies",
            json!({"KeyId": id}),
            Reply::Done(policy),
        );
        assert!(!matches!(verdict, Verdict::Diverges(_)), "{verdict:?}");
    }

    #[test]
    fn a_refusal_without_a_reason_breaks_the_promise_of_success() {
        let refused = Refused {
            error: "NotFoundException".to_owned(),
            message: None,
            status: 400,
        };
        let verdict = judged(
            &mut belief(),
            "CreateKey",
            json!({}),
            Reply::Refused(refused),
        );
        let Verdict::Diverges(divergences) = verdict else {
            panic!("{verdict:?}");
        };
        let divergence = &divergences[0];
        assert!(!divergence.rules.is_empty());
        assert!(divergence.condemns());
        assert_ne!(divergence.rules.first(), Some(&JSON_ANSWERS));
    }

    #[test]
    fn a_rule_that_only_may_refuse_is_not_to_blame_first() {
        let mut world = World::new();
        let key = world.ok("CreateKey", json!({}))["KeyMetadata"]["KeyId"].clone();
        let body = json!({
            "KeyId": key, "GrantTokens": ["a"], "Message": "YQ==", "Signature": "YQ==",
            "SigningAlgorithm": "ECDSA_SHA_256",
        });
        let refused = Refused {
            error: "ValidationException".to_owned(),
            message: None,
            status: 400,
        };
        let mut belief = Belief::certain(world.state.clone());
        let verdict = judged(&mut belief, "Verify", body, Reply::Refused(refused));
        let Verdict::Diverges(divergences) = verdict else {
            panic!("{verdict:?}");
        };
        let ids: Vec<&str> = divergences[0].rules.iter().map(|card| card.id).collect();
        assert_eq!(ids, ["CKX-06", "GR-03"]);
    }

    #[test]
    fn foresight_tells_successes_that_are_not_modelled() {
        let foresee = |exclusive: bool, name: &str, body: Value| {
            let mut account = Account::new("123456789012", "us-east-1");
            account.exclusive = exclusive;
            let belief = Belief::certain(State::new(account, Outside::default()));
            belief.foresee(&Exchange {
                operation: catalog::operation(Service::Kms, name).unwrap(),
                body: &body,
                reply: &Reply::Lost(String::new()),
                received: 0,
                certificate_fault: None,
            })
        };
        // Others may have sealed it.
        let foreign = foresee(false, "Decrypt", json!({"CiphertextBlob": "YQ=="}));
        assert!(foreign.may_succeed && foreign.unmodelled);
        let modelled = foresee(true, "CreateKey", json!({}));
        assert!(modelled.may_succeed && !modelled.unmodelled);
    }

    #[test]
    fn what_a_lost_creation_made_may_show_up() {
        let mut other = World::new();
        other.new_cluster();
        let shown = other.ok("DescribeClusters", json!({}));
        let mut world = World::new();
        let body = json!({"HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": SUBNETS});
        world.judged("CreateCluster", &body, &Reply::Lost("reset".to_owned()));
        let verdict = world.judged("DescribeClusters", &json!({}), &Reply::Done(shown));
        assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict:?}");
    }

    #[test]
    fn an_hsm_that_was_made_before_its_subnet_was_deleted_is_active() {
        let mut world = World::new();
        let cluster = world.active_cluster();
        let body = json!({"ClusterId": cluster, "AvailabilityZone": "us-east-1b"});
        world.ok("CreateHsm", body);
        world.advance(2 * crate::time::HOUR);
        world.outside(OutsideAction::DeleteSubnet {
            subnet: SUBNETS[1].to_owned(),
        });
        world.ok("DescribeCustomKeyStores", json!({}));
        world.ok("DescribeClusters", json!({}));
    }
}
