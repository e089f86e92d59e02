//! An operation of AWS: its input, its rules, and the one way both sides run it.

pub use crate::service::Service;

use crate::card::Card;
use crate::error_code::ErrorCode;
use crate::mint::Mint;
use crate::rule::{Force, Promise, Refusal, Stage};
use crate::shape::{self, CONSTRAINT_CARDS, Member, WRONG_TYPE};
use crate::state::State;
use crate::success::{Broken, Success};
use crate::switches::Switches;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::marker::PhantomData;

/// An operation; the type that implements it is its input.
pub trait Operation: DeserializeOwned + Sized + 'static {
    /// Its name in the API.
    const NAME: &'static str;
    /// Its service.
    const SERVICE: Service;
    /// What tells it apart in the catalogue: its name, with the service before it where both
    /// services have one of this name.
    const LABEL: &'static str = Self::NAME;
    /// What its request may hold.
    const MEMBERS: &'static [Member];
    /// When AWS refuses it.
    const REFUSALS: &'static [&'static [Refusal<Self>]];
    /// What happens when it does not.
    const PROMISES: &'static [Promise<Self>];
    /// Whether a success has an empty body instead of a JSON object.
    const EMPTY_BODY: bool = false;
    /// Whether a success that is not modelled changes what other operations show of the resources
    /// that the request names. Nothing more is expected of them then.
    const LEAVES_UNKNOWN: bool = false;

    /// Whether the success of this request is modelled. Where it is not, only refusals are judged.
    fn models_success(&self, _: &State) -> bool {
        true
    }
}

/// A refusal that fires for a request.
#[derive(Clone, Debug)]
pub struct Fired {
    /// The rule.
    pub card: Card,
    /// When it is checked.
    pub stage: Stage,
    /// The error types it allows; the emulator answers with the first.
    pub codes: &'static [ErrorCode],
    /// Whether AWS must refuse.
    pub force: Force,
    /// The message the emulator sends; `None` for errors that AWS sends without one.
    pub message: Option<String>,
    /// Whether this is the text that AWS itself sends, and no stand-in for one that is not known.
    pub recorded: bool,
}

/// Whether a rule says no or says what a success looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleKind {
    /// A [`Refusal`].
    Refusal(Force),
    /// A [`Promise`].
    Promise,
    /// A [`crate::Drift`].
    Drift,
    /// A [`crate::wire::WireRule`] or a [`crate::wire::RawRule`].
    Wire,
    /// One of [`crate::relations`].
    Relation,
}

/// One row of the catalogue.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The label of the operation it belongs to, or [`crate::catalog::DRIFT`],
    /// [`crate::catalog::WIRE`] or [`crate::catalog::RELATION`].
    pub operation: &'static str,
    /// What it says and who says it.
    pub card: Card,
    /// Whether it says no or says what a success looks like.
    pub kind: RuleKind,
    /// The error types a refusal allows.
    pub codes: &'static [ErrorCode],
}

/// A success, as far as it went.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The promises that applied.
    pub applied: Vec<Card>,
    /// The rules, of this operation or others, whose effect on the state was seen.
    pub confirmed: Vec<Card>,
    /// The members that did not show what was promised.
    pub broken: Vec<Broken>,
}

/// A request whose JSON was understood.
pub trait Call {
    /// The rules that refuse it, in every stage.
    fn refusals(&self, state: &State, switches: &Switches) -> Vec<Fired>;

    /// Whether its success is modelled. Where it is not, refusals beyond the rules are possible too.
    fn models_success(&self, state: &State) -> bool;

    /// Runs its promises: changes the state and shows the response to the mint.
    fn succeed(&self, state: &mut State, mint: &mut dyn Mint, switches: &Switches) -> Outcome;
}

/// An operation whose input type is not known.
pub trait AnyOperation: Sync {
    /// Its name in the API.
    fn name(&self) -> &'static str;
    /// What tells it apart in the catalogue, in findings and for the saboteur.
    fn label(&self) -> &'static str;
    /// Its service.
    fn service(&self) -> Service;
    /// What its request may hold.
    fn members(&self) -> &'static [Member];
    /// Whether a success has an empty body.
    fn empty_body(&self) -> bool;
    /// Whether a success that is not modelled leaves what the request names in an unknown state.
    fn leaves_unknown(&self) -> bool;
    /// What it promises first.
    fn promise(&self) -> Option<&'static Card>;
    /// Its rules.
    fn rules(&self) -> Vec<Rule>;
    /// When each of its refusals is checked, by the id of the rule.
    fn stages(&self) -> Vec<(&'static str, Stage)>;
    /// Understands the body of a request, or says which rules of the framework refuse it.
    fn read(&self, body: &Value, switches: &Switches) -> Result<Box<dyn Call>, Vec<Fired>>;
}

/// The [`AnyOperation`] of an [`Operation`].
pub struct Erased<Op>(PhantomData<fn() -> Op>);

impl<Op> Erased<Op> {
    /// The only value.
    pub const NEW: Erased<Op> = Erased(PhantomData);
}

impl<Op: Operation> AnyOperation for Erased<Op> {
    fn name(&self) -> &'static str {
        Op::NAME
    }

    fn label(&self) -> &'static str {
        Op::LABEL
    }

    fn service(&self) -> Service {
        Op::SERVICE
    }

    fn members(&self) -> &'static [Member] {
        Op::MEMBERS
    }

    fn empty_body(&self) -> bool {
        Op::EMPTY_BODY
    }

    fn leaves_unknown(&self) -> bool {
        Op::LEAVES_UNKNOWN
    }

    fn promise(&self) -> Option<&'static Card> {
        Op::PROMISES.first().map(|promise| &promise.card)
    }

    fn rules(&self) -> Vec<Rule> {
        let framework = std::iter::once(&WRONG_TYPE)
            .map(|card| (card, &[ErrorCode::Serialization] as &[ErrorCode]))
            .chain(
                CONSTRAINT_CARDS
                    .iter()
                    .filter(|card| shape::can_break(Op::MEMBERS, card))
                    .map(|card| (card, Op::SERVICE.constraint_errors())),
            )
            .map(|(card, codes)| (*card, RuleKind::Refusal(Force::Must), codes));
        let refusals = Op::REFUSALS
            .iter()
            .flat_map(|group| group.iter())
            .map(|rule| {
                (
                    rule.card,
                    RuleKind::Refusal(rule.error.force),
                    rule.error.codes,
                )
            });
        let promises = Op::PROMISES
            .iter()
            .map(|rule| (rule.card, RuleKind::Promise, &[] as &[ErrorCode]));
        framework
            .chain(refusals)
            .chain(promises)
            .map(|(card, kind, codes)| Rule {
                operation: Op::LABEL,
                card,
                kind,
                codes,
            })
            .collect()
    }

    fn stages(&self) -> Vec<(&'static str, Stage)> {
        let constraints = CONSTRAINT_CARDS.iter();
        std::iter::once((WRONG_TYPE.id, Stage::Wire))
            .chain(constraints.map(|card| (card.id, Stage::Constraint)))
            .chain(
                Op::REFUSALS
                    .iter()
                    .flat_map(|group| group.iter())
                    .map(|rule| (rule.card.id, rule.stage)),
            )
            .collect()
    }

    fn read(&self, body: &Value, switches: &Switches) -> Result<Box<dyn Call>, Vec<Fired>> {
        let wrong_type = || Fired {
            card: WRONG_TYPE,
            stage: Stage::Wire,
            codes: &[ErrorCode::Serialization],
            force: Force::Must,
            message: None,
            recorded: false,
        };
        if switches.is_on(Op::LABEL, &WRONG_TYPE) && !shape::has_types(Op::MEMBERS, body) {
            return Err(vec![wrong_type()]);
        }
        let violations: Vec<_> = shape::check_constraints(Op::MEMBERS, body)
            .into_iter()
            .filter(|violation| switches.is_on(Op::LABEL, &violation.card))
            .collect();
        if !violations.is_empty() {
            let message = shape::aggregated(&violations);
            let fired = |card| Fired {
                card,
                stage: Stage::Constraint,
                codes: Op::SERVICE.constraint_errors(),
                force: Force::Must,
                message: Some(message.clone()),
                recorded: true,
            };
            return Err(violations
                .iter()
                .map(|violation| fired(violation.card))
                .collect());
        }
        // Only the saboteur gets this far with a body that does not fit.
        let fitted = || serde_json::from_value::<Op>(shape::fitted(Op::MEMBERS, body));
        match Op::deserialize(body).or_else(|_| fitted()) {
            Ok(input) => Ok(Box::new(Typed(input))),
            Err(_) => Err(vec![wrong_type()]),
        }
    }
}

struct Typed<Op>(Op);

impl<Op: Operation> Call for Typed<Op> {
    fn refusals(&self, state: &State, switches: &Switches) -> Vec<Fired> {
        Op::REFUSALS
            .iter()
            .flat_map(|group| group.iter())
            .filter(|rule| switches.is_on(Op::LABEL, &rule.card))
            .filter(|rule| (rule.when)(state, &self.0))
            .map(|rule| Fired {
                card: rule.card,
                stage: rule.stage,
                codes: rule.error.codes,
                force: rule.error.force,
                message: match (rule.error.silent, rule.error.message) {
                    (true, _) => None,
                    (false, Some(message)) => Some(message(state, &self.0)),
                    (false, None) => Some(rule.card.says.to_owned()),
                },
                recorded: rule.error.silent || rule.error.message.is_some(),
            })
            .collect()
    }

    fn models_success(&self, state: &State) -> bool {
        self.0.models_success(state)
    }

    fn succeed(&self, state: &mut State, mint: &mut dyn Mint, switches: &Switches) -> Outcome {
        let Some(first) = Op::PROMISES.first() else {
            return Outcome::default();
        };
        // Whether a promise applies depends on the state before all of them.
        let promises: Vec<&'static Promise<Op>> = Op::PROMISES
            .iter()
            .filter(|promise| switches.is_on(Op::LABEL, &promise.card))
            .filter(|promise| (promise.when)(state, &self.0))
            .collect();
        let mut success = Success::new(state, mint, &first.card);
        for promise in &promises {
            success.under(&promise.card);
            (promise.make)(&self.0, &mut success);
        }
        let applied = promises.iter().map(|promise| promise.card).collect();
        let (broken, confirmed) = success.into_results();
        Outcome {
            applied,
            confirmed,
            broken,
        }
    }
}

/// What AWS may answer.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// The refusals it may answer with.
    pub refusals: Vec<Fired>,
    /// Whether it may succeed.
    pub success: bool,
    /// The earliest stage in which a rule must refuse; `None` with a success.
    pub decisive: Option<Stage>,
}

/// Of all refusals that fire, the ones AWS may answer with: those of the earliest stage in which
/// one must, and those before that only may. With none that must, it may also succeed.
pub fn allowed(mut fired: Vec<Fired>) -> Allowed {
    let decisive = fired
        .iter()
        .filter(|rule| rule.force == Force::Must)
        .map(|rule| rule.stage)
        .min();
    if let Some(stage) = decisive {
        fired.retain(|rule| rule.stage.is_heard(stage));
    }
    Allowed {
        refusals: fired,
        success: decisive.is_none(),
        decisive,
    }
}
