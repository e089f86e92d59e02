//! What is judged, and what the judge says about it.

use crate::card::Card;
use crate::operation::AnyOperation;
use crate::path::Path;
use crate::reply::Reply;
use crate::state::CertificateFault;
use crate::time::Millis;
use serde_json::Value;

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
    pub certificate_fault: Option<CertificateFault>,
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
    /// The right error with another text than AWS was recorded to send.
    MessageText,
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
    /// Where in the response that member stands; `None` where it is in no response, or the outcome
    /// itself differs.
    pub at: Option<Path>,
    /// The class of the request, or the way in which the member is wrong, as far as it tells the causes
    /// of divergences apart that are alike otherwise; empty where nothing does.
    pub class: String,
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
        let (operation, member, class) = (self.operation, &self.member, &self.class);
        format!("{operation}/{rule}/{observed}/{member}/{class}")
    }
}

/// What the judge says about one exchange.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Some believed state allows the answer. These rules applied and held.
    Conforms(Vec<Card>),
    /// None does; what is wrong, one divergence for the outcome or for each wrong member.
    Diverges(Vec<Divergence>),
    /// It cannot be said, for this reason. Never a pass.
    Unknown(String),
}

impl Verdict {
    /// What diverges; nothing where the answer conforms or cannot be judged.
    pub fn divergences(&self) -> &[Divergence] {
        match self {
            Verdict::Diverges(divergences) => divergences,
            Verdict::Conforms(_) | Verdict::Unknown(_) => &[],
        }
    }

    /// The rules that spoke for or against the answer, each once.
    pub fn rules(&self) -> Vec<Card> {
        let mut rules: Vec<Card> = match self {
            Verdict::Conforms(held) => held.clone(),
            _ => Vec::new(),
        };
        for card in self.divergences().iter().flat_map(|it| &it.rules) {
            if !rules.contains(card) {
                rules.push(*card);
            }
        }
        rules
    }
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
    /// The class of the request, as in [`Divergence::class`].
    pub class: String,
}
