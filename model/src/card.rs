//! A card: the citation that every rule of the catalogue carries.

/// How well it is known that AWS behaves this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// AWS documentation or the published service model says so.
    Documented,
    /// A response recorded from real AWS shows it.
    Observed,
    /// Somebody states that they measured it on real AWS; the raw response is not public.
    SecondHand,
    /// It follows from the others, but nobody has written it down.
    Inferred,
}

impl Evidence {
    /// Whether breaking a rule of this level is a divergence. Otherwise it is only a suspicion,
    /// which never fails a run by default.
    pub const fn condemns(self) -> bool {
        matches!(self, Evidence::Documented | Evidence::Observed)
    }

    /// The word used in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Evidence::Documented => "documented",
            Evidence::Observed => "observed",
            Evidence::SecondHand => "second-hand",
            Evidence::Inferred => "inferred",
        }
    }
}

/// What a rule says and who says it.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// Stable name of the rule, for example `CK-36`.
    pub id: &'static str,
    /// The rule in one sentence.
    pub says: &'static str,
    /// The AWS page, below `docs.aws.amazon.com`, or the recording that shows it.
    pub cite: &'static str,
    /// How well it is known.
    pub evidence: Evidence,
}

impl PartialEq for Card {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Card {}
