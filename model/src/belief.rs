//! What is believed about a target: all states that agree with everything it answered.

use crate::card::Card;
use crate::operation::{Allowed, AnyOperation, Call, Fired, Outcome, allowed};
use crate::outside::OutsideAction;
use crate::path::Path;
use crate::reading::{Blind, Reading};
use crate::reply::{Refused, Reply};
use crate::resource::Resource;
use crate::state::State;
use crate::switches::Switches;
use crate::time::Millis;
use serde_json::Value;

/// How many states a belief may hold before it gives up.
pub const MOST_STATES: usize = 1024;

/// A request and what came back.
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    /// The operation.
    pub operation: &'static dyn AnyOperation,
    /// The body of the request.
    pub body: &'a Value,
    /// What came back.
    pub reply: &'a Reply,
    /// The moment of the target's clock at which the answer was there.
    pub received: Millis,
    /// What cryptography told about the certificates in the request.
    pub certificate_fault: Option<crate::state::CertificateFault>,
}

/// One thing that the target was allowed to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The rule that allows or demands it; `None` for a success that nothing speaks against.
    pub rule: Option<Card>,
    /// The error type, or `success`, with the member and what it must show where that is the point.
    pub outcome: String,
}

/// How deep one has to look to see a divergence. Each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// No answer came that can be understood.
    Transport,
    /// A success instead of an error, the reverse, or an error of a wrong type.
    ErrorType,
    /// A response that shows another state than the one that must have come about.
    Effect,
    /// A response member that is missing, wrong or too many.
    Members,
    /// A value that has not the form it should have, or a wrong envelope.
    Formats,
    /// Of several errors that all have a cause, one that evidence says comes later.
    Precedence,
}

/// An answer that no believed state allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// The label of the operation.
    pub operation: &'static str,
    /// How deep one has to look to see it.
    pub level: Level,
    /// The rules that were broken, the first one to blame most.
    pub rules: Vec<Card>,
    /// What was allowed.
    pub expected: Vec<Expected>,
    /// What came: the error type, or `success`, with the member that differs and its value.
    pub observed: String,
    /// The HTTP status of an error; 200 otherwise.
    pub status: u16,
    /// The member that differs, without ids; empty where the outcome itself does.
    pub member: String,
}

impl Divergence {
    /// Whether a rule that condemns was broken; otherwise this is a suspicion.
    pub fn condemns(&self) -> bool {
        self.rules
            .first()
            .is_none_or(|card| card.evidence.condemns())
    }

    /// Equal for divergences that have the same cause, whatever the ids and values.
    pub fn fingerprint(&self) -> String {
        let rule = self.rules.first().map_or("none", |card| card.id);
        let observed = self.observed.split(' ').next().unwrap_or_default();
        format!("{}/{rule}/{observed}/{}", self.operation, self.member)
    }
}

/// What the judge says about one exchange.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Some believed state allows the answer. These rules applied and held.
    Conforms(Vec<Card>),
    /// None does.
    Diverges(Box<Divergence>),
    /// It cannot be said, for this reason. Never a pass.
    Unknown(String),
}

/// What a belief says of a request before its answer is looked at.
#[derive(Clone, Debug, Default)]
pub struct Foresight {
    /// Everything that some believed state allows.
    pub expected: Vec<Expected>,
    /// Whether some believed state lets it succeed.
    pub may_succeed: bool,
    /// Whether it may succeed in a way that is not modelled.
    pub unmodelled: bool,
}

/// The set of states consistent with everything observed so far.
#[derive(Clone, Debug)]
pub struct Belief {
    states: Vec<State>,
}

impl Belief {
    /// Certainty about one state.
    pub fn certain(state: State) -> Belief {
        Belief {
            states: vec![state],
        }
    }

    /// The believed states; never empty.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// Applies what happened outside, which is known for sure, to every state. Key stores that are
    /// connecting may have been done before.
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
    /// and as far as key stores are connecting: what comes of that depends on the outside. Variants
    /// in which the change is not possible are given up.
    fn fork(&mut self, named: &[Resource], change: impl Fn(&mut State) -> bool) {
        let mut next: Vec<State> = Vec::new();
        for state in &self.states {
            let waits = |it: &&Resource| matches!(it, Resource::KeyStore(_));
            let stores = state.unsettled.iter().filter(waits);
            let resources: Vec<Resource> = named.iter().chain(stores).cloned().collect();
            for mut variant in variants(state, &resources) {
                if change(&mut variant) && !next.contains(&variant) {
                    next.push(variant);
                }
            }
        }
        next.truncate(MOST_STATES);
        if !next.is_empty() {
            self.states = next;
        }
    }

    /// What may be answered to a request; empty where resources that it names are not trusted. The
    /// reply in the exchange does not matter.
    pub fn foresee(&self, exchange: &Exchange<'_>) -> Foresight {
        let call = exchange.operation.read(exchange.body, &Switches::none());
        let mut foresight = Foresight::default();
        for state in self.candidates(exchange).unwrap_or_default() {
            let allowed = allowed(fired(&call, &state));
            foresight.may_succeed |= allowed.success;
            foresight.unmodelled |=
                allowed.success && call.as_ref().is_ok_and(|call| !call.models_success(&state));
            note_expected(&mut foresight.expected, &allowed);
        }
        foresight
    }

    /// Judges one exchange and keeps the states that agree with it.
    pub fn observe(&mut self, exchange: &Exchange<'_>) -> Verdict {
        let verdict = self.judge(exchange);
        if let (Verdict::Unknown(_), Reply::Done(response)) = (&verdict, exchange.reply) {
            self.note_unjudged(response);
        }
        verdict
    }

    /// Ciphertexts of a success that was not judged are real, though what they hold is not known.
    fn note_unjudged(&mut self, response: &Value) {
        let members = response.as_object().into_iter().flatten();
        let made: Vec<&str> = members
            .filter(|(name, _)| name.ends_with("CiphertextBlob"))
            .filter_map(|(_, value)| value.as_str())
            .collect();
        for state in &mut self.states {
            let made = made.iter().map(|text| (*text).to_owned());
            state.unjudged_ciphertexts.extend(made);
        }
    }

    fn judge(&mut self, exchange: &Exchange<'_>) -> Verdict {
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

    /// A success that cannot be judged happened all the same: what it made and changed is believed,
    /// but nothing more is expected of it.
    fn adopt(&mut self, exchange: &Exchange<'_>) {
        let off = Switches::none();
        let Reply::Done(response) = exchange.reply else {
            return;
        };
        let Ok(call) = exchange.operation.read(exchange.body, &off) else {
            return;
        };
        for state in &mut self.states {
            if !call.models_success(state) {
                continue;
            }
            let before = state.clone();
            state.now = exchange.received;
            call.succeed(state, &mut Reading::new(response), &off);
            let changed = state.keys != before.keys
                || state.aliases != before.aliases
                || state.key_stores != before.key_stores
                || state.clusters != before.clusters
                || state.backups != before.backups;
            if changed {
                distrust_new(state, &before);
                distrust(state, exchange.body);
            }
        }
    }

    fn candidates(&self, exchange: &Exchange<'_>) -> Result<Vec<State>, String> {
        let mut candidates: Vec<State> = Vec::new();
        for state in &self.states {
            let mut state = state.clone();
            state.now = exchange.received;
            state.outside.certificate_fault = exchange.certificate_fault;
            let touched = state.named_in(exchange.body);
            if let Some(lost) = touched
                .iter()
                .find(|named| state.distrusted.contains(*named))
            {
                return Err(format!("{lost} is not known well enough any more"));
            }
            candidates.extend(variants(&state, &touched));
        }
        if candidates.len() > MOST_STATES {
            return Err("more states are possible than the judge keeps".to_owned());
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
        possible.truncate(MOST_STATES);
        self.states = possible;
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
        let mut survivors: Vec<State> = Vec::new();
        let mut level = Level::ErrorType;
        let mut unmodelled = false;
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
            let allowed = allowed(fired);
            let matching: Vec<&Fired> = allowed
                .refusals
                .iter()
                .filter(|rule| answers(rule))
                .collect();
            if matching.is_empty() {
                unmodelled |=
                    allowed.success && call.as_ref().is_ok_and(|call| !call.models_success(state));
                note_expected(&mut expected, &allowed);
            } else {
                add_cards(&mut held, matching.iter().map(|rule| rule.card));
                survivors.push(state.clone());
            }
        }
        if !survivors.is_empty() {
            self.states = least_settled(survivors, exchange.body);
            return Verdict::Conforms(held);
        }
        self.states = candidates;
        if unmodelled {
            return Verdict::Unknown("not all refusals of this request are modelled".to_owned());
        }
        let mut rules = rules_of(&expected);
        if expected.iter().any(|outcome| outcome.rule.is_none()) {
            // Nothing speaks for this refusal: what is broken is the promise of a success.
            let promised = promised(exchange, call.ok().as_deref(), &self.states);
            rules.extend(promised);
            rules.sort_by_key(|card: &Card| card.evidence);
        }
        Verdict::Diverges(Box::new(Divergence {
            operation: exchange.operation.label(),
            level,
            rules,
            expected,
            observed: refused.error.clone(),
            status: refused.status,
            member: String::new(),
        }))
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
        let mut closest: Option<(State, Outcome)> = None;
        let mut elsewhere: Vec<Card> = Vec::new();
        let mut expected: Vec<Expected> = Vec::new();
        for state in &candidates {
            let allowed = allowed(fired(&call, state));
            let Some(call) = call.as_deref().ok().filter(|_| allowed.success) else {
                note_expected(&mut expected, &allowed);
                continue;
            };
            if !call.models_success(state) {
                forget_unmodelled(exchange, &mut self.states);
                return Verdict::Unknown("this success is not modelled".to_owned());
            }
            let mut next = state.clone();
            let outcome = call.succeed(&mut next, &mut Reading::new(response), &Switches::none());
            if outcome.broken.is_empty() {
                add_cards(
                    &mut held,
                    outcome.applied.into_iter().chain(outcome.confirmed),
                );
                add_cards(&mut held, allowed.refusals.iter().map(|rule| rule.card));
                survivors.push(next);
                continue;
            }
            add_cards(
                &mut elsewhere,
                outcome.broken.iter().map(|broken| broken.card),
            );
            // Of equally close states the last and so least settled one is to blame.
            if closest
                .as_ref()
                .is_none_or(|(_, best)| outcome.broken.len() <= best.broken.len())
            {
                closest = Some((next, outcome));
            }
        }
        if !survivors.is_empty() {
            self.states = least_settled(survivors, exchange.body);
            return Verdict::Conforms(held);
        }
        match closest {
            Some((next, outcome)) => {
                add_cards(&mut elsewhere, rules_of(&expected).into_iter());
                self.wrong_members(exchange, next, outcome, elsewhere)
            }
            None => self.unexpected_success(exchange, candidates, call.ok(), expected, response),
        }
    }

    /// The target succeeded as it should, but its response shows something else: what it shows is
    /// adopted, and resources whose state it contradicts are not trusted any more. `elsewhere` are
    /// the rules it breaks in other states that are believed possible.
    fn wrong_members(
        &mut self,
        exchange: &Exchange<'_>,
        mut next: State,
        outcome: Outcome,
        elsewhere: Vec<Card>,
    ) -> Verdict {
        if outcome.broken.iter().any(|broken| broken.of_state) {
            distrust(&mut next, exchange.body);
            for broken in outcome.broken.iter().filter(|broken| broken.of_state) {
                distrust_entry(&mut next, &broken.mismatch.at);
            }
        }
        self.states = vec![next];
        let level = match outcome.broken.first() {
            Some(broken) if broken.of_state => Level::Effect,
            Some(broken) if broken.mismatch.of_form => Level::Formats,
            _ => Level::Members,
        };
        let mut rules = Vec::new();
        add_cards(&mut rules, outcome.broken.iter().map(|broken| broken.card));
        add_cards(&mut rules, elsewhere.into_iter());
        let expected = outcome
            .broken
            .iter()
            .map(|broken| Expected {
                rule: Some(broken.card),
                outcome: format!(
                    "success with {}: {}",
                    broken.mismatch.at, broken.mismatch.expected
                ),
            })
            .collect();
        let first = outcome.broken.into_iter().next();
        let (member, observed) = first.map_or_else(Default::default, |broken| {
            let came = broken.mismatch.observed;
            let came = came.map_or("absent".to_owned(), |value| value.to_string());
            (
                broken.mismatch.at.pattern(),
                format!("success with {}: {came}", broken.mismatch.at),
            )
        });
        Verdict::Diverges(Box::new(Divergence {
            operation: exchange.operation.label(),
            level,
            rules,
            expected,
            observed,
            status: 200,
            member,
        }))
    }

    /// The target did what it should have refused: that it did is adopted, and nothing more is
    /// expected of the resources that the request named.
    fn unexpected_success(
        &mut self,
        exchange: &Exchange<'_>,
        candidates: Vec<State>,
        call: Option<Box<dyn Call>>,
        expected: Vec<Expected>,
        response: &Value,
    ) -> Verdict {
        // Where something is used that should be gone, the rule that takes it away may be the broken
        // one.
        let mut rules = rules_of(&expected);
        for state in &candidates {
            add_cards(&mut rules, taken_away(state, exchange.body).into_iter());
        }
        let mut next = candidates;
        next.truncate(1);
        for state in &mut next {
            if let Some(call) = &call {
                let before = state.clone();
                call.succeed(state, &mut Reading::new(response), &Switches::none());
                distrust_new(state, &before);
            }
            distrust(state, exchange.body);
        }
        self.states = next;
        Verdict::Diverges(Box::new(Divergence {
            operation: exchange.operation.label(),
            level: Level::ErrorType,
            rules,
            expected,
            observed: "success".to_owned(),
            status: 200,
            member: String::new(),
        }))
    }
}

/// All that `state` may have become by what happens to these resources by themselves; cut off just
/// beyond what a belief may hold.
fn variants(state: &State, resources: &[Resource]) -> Vec<State> {
    let mut variants = vec![state.clone()];
    for resource in resources {
        variants = variants
            .iter()
            .flat_map(|state| crate::drift::closure(state, resource))
            .collect();
        if variants.len() > MOST_STATES {
            break;
        }
    }
    variants
}

/// The states from which all others can still come about by themselves: what may have happened
/// already may as well happen later, so nothing is lost, and beliefs stay small. The least settled
/// states come last.
fn least_settled(states: Vec<State>, body: &Value) -> Vec<State> {
    let mut kept: Vec<State> = Vec::new();
    let mut reached: Vec<State> = Vec::new();
    for state in states.into_iter().rev() {
        if !reached.contains(&state) {
            reached.extend(variants(&state, &state.named_in(body)));
            kept.push(state);
        }
    }
    kept.reverse();
    kept
}

fn fired(call: &Result<Box<dyn Call>, Vec<Fired>>, state: &State) -> Vec<Fired> {
    match call {
        Ok(call) => call.refusals(state, &Switches::none()),
        Err(fired) => fired.clone(),
    }
}

fn note_expected(expected: &mut Vec<Expected>, allowed: &Allowed) {
    let refusals = allowed.refusals.iter().flat_map(|rule| {
        rule.codes.iter().map(|code| Expected {
            rule: Some(rule.card),
            outcome: code.wire_name().to_owned(),
        })
    });
    let success = allowed.success.then(|| Expected {
        rule: None,
        outcome: "success".to_owned(),
    });
    for outcome in refusals.chain(success) {
        if !expected.contains(&outcome) {
            expected.push(outcome);
        }
    }
}

/// The promise with the strongest evidence of those that a success would have kept.
fn promised(exchange: &Exchange<'_>, call: Option<&dyn Call>, states: &[State]) -> Option<Card> {
    let mut state = states.first()?.clone();
    let mut mint = Blind::new(exchange.received);
    let outcome = call?.succeed(&mut state, &mut mint, &Switches::none());
    let applied = outcome.applied.into_iter();
    applied.min_by_key(|card| card.evidence)
}

fn rules_of(expected: &[Expected]) -> Vec<Card> {
    let mut rules = Vec::new();
    add_cards(
        &mut rules,
        expected.iter().filter_map(|outcome| outcome.rule),
    );
    // The strongest evidence is named first, since it decides how severe the finding is.
    rules.sort_by_key(|card: &Card| card.evidence);
    rules
}

fn add_cards(cards: &mut Vec<Card>, more: impl Iterator<Item = Card>) {
    for card in more {
        if !cards.contains(&card) {
            cards.push(card);
        }
    }
}

/// The rules that took away what the request names.
fn taken_away(state: &State, body: &Value) -> Vec<Card> {
    match body {
        Value::String(text) => state.taken_away_by(text).into_iter().collect(),
        Value::Array(entries) => entries
            .iter()
            .flat_map(|entry| taken_away(state, entry))
            .collect(),
        Value::Object(members) => members
            .values()
            .flat_map(|member| taken_away(state, member))
            .collect(),
        _ => Vec::new(),
    }
}

/// After a success that is not modelled, nothing is expected of what it may have changed.
/// The state after a success whose response was lost. What it made has no name that anybody knows,
/// so nothing is expected of it, and lists may show it as something unknown.
fn lost_success(exchange: &Exchange<'_>, call: &dyn Call, before: State) -> State {
    let mut next = before.clone();
    let mut blind = Blind::new(exchange.received);
    call.succeed(&mut next, &mut blind, &Switches::none());
    if blind.made_something_up() {
        let known = next.distrusted.len();
        distrust_new(&mut next, &before);
        match next.distrusted.len() > known {
            true => next.has_unseen = true,
            // It was made inside something that is known, such as an HSM in its cluster.
            false => distrust(&mut next, exchange.body),
        }
    }
    next
}

fn forget_unmodelled(exchange: &Exchange<'_>, states: &mut [State]) {
    if exchange.operation.leaves_unknown() {
        for state in states {
            distrust(state, exchange.body);
        }
    }
}

fn distrust(state: &mut State, body: &Value) {
    for resource in state.named_in(body) {
        state.distrusted.insert(resource);
    }
}

fn distrust_entry(state: &mut State, at: &Path) {
    let named: Vec<Resource> = at
        .ids()
        .flat_map(|id| state.named_in(&Value::from(id)))
        .collect();
    state.distrusted.extend(named);
}

fn distrust_new(state: &mut State, before: &State) {
    let keys = state
        .keys
        .keys()
        .filter(|id| !before.keys.contains_key(*id));
    let stores = state
        .key_stores
        .keys()
        .filter(|id| !before.key_stores.contains_key(*id));
    let clusters = state
        .clusters
        .keys()
        .filter(|id| !before.clusters.contains_key(*id));
    let backups = state
        .backups
        .keys()
        .filter(|id| !before.backups.contains_key(*id));
    let new: Vec<Resource> = keys
        .cloned()
        .map(Resource::Key)
        .chain(stores.cloned().map(Resource::KeyStore))
        .chain(clusters.cloned().map(Resource::Cluster))
        .chain(backups.cloned().map(Resource::Backup))
        .collect();
    state.distrusted.extend(new);
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
        let Verdict::Diverges(divergence) = verdict else {
            panic!("{verdict:?}");
        };
        assert!(!divergence.rules.is_empty());
        assert!(divergence.condemns());
        assert_ne!(divergence.rules.first(), Some(&JSON_ANSWERS));
    }

    #[test]
    fn foresight_tells_successes_that_are_not_modelled() {
        let foresee = |name: &str, body: Value| {
            belief().foresee(&Exchange {
                operation: catalog::operation(Service::Kms, name).unwrap(),
                body: &body,
                reply: &Reply::Lost(String::new()),
                received: 0,
                certificate_fault: None,
            })
        };
        let body = json!({"RetiringPrincipal": "arn:aws:iam::123456789012:root"});
        assert!(foresee("ListRetirableGrants", body).unmodelled);
        let modelled = foresee("CreateKey", json!({}));
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
}
