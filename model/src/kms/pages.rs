//! What AWS refuses about the pages of lists.

use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{InvalidMarker, Validation};
use crate::rule::{Refusal, Stage, may, must};
use crate::state::State;

/// An operation that lists something page by page.
pub(crate) trait OnPages: 'static {
    /// The most entries a page may have, after the documentation.
    const DOCUMENTED_LIMIT: i64;
    /// How many entries a page has at the most when the request does not say.
    const USUAL_LIMIT: i64;

    /// The marker of the request.
    fn marker(&self) -> Option<&str>;

    /// The limit of the request.
    fn given_limit(&self) -> Option<i64>;

    /// The list: the operation's name, and its filter after a space if it has one.
    fn list_name(&self, state: &State) -> String;

    /// How many entries the page may have.
    fn limit(&self) -> usize {
        let limit = self.given_limit().unwrap_or(Self::USUAL_LIMIT);
        usize::try_from(limit).unwrap_or(1)
    }
}

/// Which list handed out the marker of a request.
#[derive(PartialEq, Eq)]
enum From {
    /// The same list, or there is no marker.
    Here,
    /// The same operation, with another filter.
    OtherFilter,
    /// Another operation, or none.
    Elsewhere,
}

fn marker_is_from<Op: OnPages>(state: &State, input: &Op) -> From {
    let Some(text) = input.marker() else {
        return From::Here;
    };
    let here = input.list_name(state);
    let operation = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
    match state.markers.get(text) {
        Some(marker) if marker.list == here => From::Here,
        Some(marker) if operation(&marker.list) == operation(&here) => From::OtherFilter,
        // Nobody says whether a marker tells its Region.
        None if state
            .elsewhere
            .values()
            .any(|state| state.markers.contains_key(text)) =>
        {
            From::OtherFilter
        }
        _ => From::Elsewhere,
    }
}

/// A marker that this operation never handed out.
pub(crate) const fn unknown_marker<Op: OnPages>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "PG-12",
            says: "A marker that the operation did not hand out is refused.",
            cite: "kms/latest/APIReference/API_ListKeys.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[InvalidMarker]),
        when: |state, input| marker_is_from(state, input) == From::Elsewhere,
    }
}

/// A marker that this operation handed out for something else.
pub(crate) const fn marker_of_another_list<Op: OnPages>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "PG-100",
            says: "A marker serves only the key, the filter and the Region that it was handed out for.",
            cite: "kms/latest/APIReference/API_ListAliases.html",
            evidence: Evidence::Inferred,
        },
        stage: Stage::Condition,
        error: must(&[InvalidMarker]),
        when: |state, input| marker_is_from(state, input) == From::OtherFilter,
    }
}

/// A limit that the service model allows and the documentation does not.
pub(crate) const fn undocumented_limit<Op: OnPages>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "PG-10",
            says: "A Limit between the documented maximum and the one of the service model may be \
                   refused.",
            cite: "kms/latest/APIReference/API_ListAliases.html",
            evidence: Evidence::Inferred,
        },
        stage: Stage::Condition,
        error: may(&[Validation]),
        when: |_, input| {
            input
                .given_limit()
                .is_some_and(|limit| limit > Op::DOCUMENTED_LIMIT)
        },
    }
}
