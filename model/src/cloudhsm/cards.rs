//! Short forms of the cards that the rules of CloudHSM carry.

use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{self, CloudHsmInvalidRequest, CloudHsmService};

/// What a documented refusal may answer with. AWS documents that it refuses, and these two as the
/// errors for requests it cannot serve, but not which one belongs to which cause.
pub(crate) const REFUSED: &[ErrorCode] = &[CloudHsmInvalidRequest, CloudHsmService];

pub(crate) const fn documented(id: &'static str, says: &'static str, cite: &'static str) -> Card {
    card(id, says, cite, Evidence::Documented)
}

pub(crate) const fn observed(id: &'static str, says: &'static str, cite: &'static str) -> Card {
    card(id, says, cite, Evidence::Observed)
}

pub(crate) const fn inferred(id: &'static str, says: &'static str, cite: &'static str) -> Card {
    card(id, says, cite, Evidence::Inferred)
}

const fn card(
    id: &'static str,
    says: &'static str,
    cite: &'static str,
    evidence: Evidence,
) -> Card {
    Card {
        id,
        says,
        cite,
        evidence,
    }
}
