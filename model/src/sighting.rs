//! What an exchange shows beside the verdict: in which class of state it was, and which rules it
//! showed not to apply.

use crate::belief::Exchange;
use crate::card::Card;
use crate::catalog;
use crate::error_code::ErrorCode;
use crate::operation::{Allowed, Fired, Outcome, RuleKind};
use crate::rule::{Force, Stage};
use crate::state::State;
use crate::state_class::{StateClass, class_of};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What an exchange shows beside the verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// The class of state that the request was about; `None` where nothing was judged.
    pub class: Option<StateClass>,
    /// The rules that were spared: they did not apply, and the answer would have been another if
    /// they had. A refusal is spared by a success, and by a refusal that AWS checks no earlier; a
    /// promise by any refusal, and by a success to which it does not apply.
    pub spared: Vec<Card>,
    /// The rules that the answer can only be due to: of a refusal the one that sends this error, of a
    /// success its promises.
    pub shown: Vec<Card>,
    /// The rules that refused the request, whichever of them was then named.
    pub rivals: Vec<Rival>,
}

/// One of the rules that refuse a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rival {
    /// The rule.
    pub card: Card,
    /// The error types it allows.
    pub codes: &'static [ErrorCode],
    /// Whether it must refuse, so that its silence means that another came first.
    pub must: bool,
    /// Whether it might have been named: no evidence orders another one before it.
    pub heard: bool,
}

impl Sighting {
    /// Notes a state that agrees with the answer, with the promises that applied if it was a success.
    /// Of several such states, only what all of them say counts.
    pub(crate) fn agrees(
        &mut self,
        exchange: &Exchange<'_>,
        state: &State,
        allowed: &Allowed,
        applied: Option<&[Card]>,
    ) {
        let spared = spared(exchange.operation.label(), allowed, applied);
        match self.class {
            None => self.spared = spared.collect(),
            Some(_) => {
                let also: Vec<Card> = spared.collect();
                self.spared.retain(|card| also.contains(card));
            }
        }
        self.is_about(exchange, state, allowed);
    }

    /// Notes the rules that a state which agrees with a refusal names for it, of all that fire there.
    pub(crate) fn is_due_to(&mut self, matching: &[&Fired], fired: &[Fired], allowed: &Allowed) {
        let rivals = fired.iter().map(|rule| Rival {
            card: rule.card,
            codes: rule.codes,
            must: rule.force == Force::Must,
            heard: allowed
                .decisive
                .is_none_or(|stage| rule.stage.is_heard(stage)),
        });
        let shown = match matching {
            [only] => vec![only.card],
            _ => Vec::new(),
        };
        match self.class {
            None => {
                self.rivals = rivals.collect();
                self.shown = shown;
            }
            Some(_) => {
                let also: Vec<Rival> = rivals.collect();
                self.rivals.retain(|rival| also.contains(rival));
                self.shown.retain(|card| shown.contains(card));
            }
        }
    }

    /// Notes the promises that a state which agrees with a success sees kept.
    pub(crate) fn is_kept(&mut self, outcome: &Outcome) {
        let kept = outcome.applied.iter().chain(&outcome.confirmed);
        match self.class {
            None => self.shown = kept.copied().collect(),
            Some(_) => {
                let also: Vec<Card> = kept.copied().collect();
                self.shown.retain(|card| also.contains(card));
            }
        }
    }

    /// Notes a state in which the request may have been sent.
    pub(crate) fn is_about(&mut self, exchange: &Exchange<'_>, state: &State, allowed: &Allowed) {
        let read = allowed.decisive.is_none_or(|stage| stage >= Stage::Lookup);
        let class = match read {
            true => class_of(state, exchange.operation, exchange.body),
            false => StateClass::Unread,
        };
        self.class = match self.class {
            Some(before) if before != class => Some(StateClass::Unsure),
            _ => Some(class),
        };
    }
}

fn spared<'a>(
    label: &str,
    allowed: &'a Allowed,
    applied: Option<&'a [Card]>,
) -> impl Iterator<Item = Card> + use<'a> {
    let rules = RULES.get(label).map_or(&[] as &[_], Vec::as_slice);
    let is_spared = move |card: &Card, stage: Option<Stage>| match (stage, applied) {
        (Some(stage), _) => {
            let heard = allowed.decisive.is_none_or(|decisive| stage <= decisive);
            heard && !allowed.refusals.iter().any(|rule| rule.card.id == card.id)
        }
        (None, Some(applied)) => !applied.iter().any(|promise| promise.id == card.id),
        (None, None) => true,
    };
    let rules = rules.iter().copied();
    rules
        .filter(move |(card, stage)| is_spared(card, *stage))
        .map(|(card, _)| card)
}

/// A refusal with its stage, or a promise.
type Staged = (Card, Option<Stage>);

/// The refusals and promises of each operation, by its label.
static RULES: LazyLock<BTreeMap<&str, Vec<Staged>>> = LazyLock::new(|| {
    let rules = catalog::operations().map(|operation| {
        let stages: BTreeMap<&str, Stage> = operation.stages().into_iter().collect();
        let rules = operation.rules().into_iter();
        let known = rules.filter_map(|rule| match rule.kind {
            RuleKind::Promise => Some((rule.card, None)),
            RuleKind::Refusal(_) => Some((rule.card, Some(*stages.get(rule.card.id)?))),
            _ => None,
        });
        (operation.label(), known.collect())
    });
    rules.collect()
});

#[cfg(test)]
mod tests {
    use crate::state_class::StateClass;
    use crate::testing::World;
    use serde_json::json;

    /// The class of the last exchange, and whether it spared a rule.
    fn last(world: &World, id: &str) -> (String, bool) {
        let sighting = world.belief.sighting();
        let class = sighting.class.map(|class| class.to_string());
        let spared = sighting.spared.iter().any(|card| card.id == id);
        (class.unwrap_or_default(), spared)
    }

    #[test]
    fn a_success_spares_the_refusals_that_do_not_apply() {
        let mut world = World::new();
        let key = world.key(json!({}));
        world.ok("DisableKey", json!({ "KeyId": key }));
        assert_eq!(last(&world, "KST-03"), ("key Enabled".to_owned(), true));
    }

    #[test]
    fn a_refusal_spares_only_what_could_have_been_heard() {
        let mut world = World::new();
        let key = "1234abcd-12ab-34cd-56ef-1234567890ab";
        world.refused("Encrypt", json!({ "KeyId": key, "Plaintext": "YQ==" }));
        let class = "no such key".to_owned();
        assert_eq!(last(&world, "KID-03"), (class.clone(), false));
        assert_eq!(last(&world, "KID-02"), (class.clone(), true));
        assert_eq!(last(&world, "KST-01"), (class, false));
    }

    #[test]
    fn a_malformed_request_is_about_no_state() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let body = json!({ "KeyId": key, "PendingWindowInDays": "x" });
        world.refused("ScheduleKeyDeletion", body);
        assert_eq!(world.belief.sighting().class, Some(StateClass::Unread));
    }
}
