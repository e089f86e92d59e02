//! Filters and page tokens of the lists of CloudHSM.

use super::cards::inferred;
use crate::error_code::ErrorCode::{CloudHsmInvalidRequest, Validation};
use crate::rule::{Refusal, Stage, may, must};
use crate::state::State;
use crate::success::Success;
use std::collections::BTreeMap;

/// The values to filter by, by the name of the filter.
pub(crate) type Filters = BTreeMap<String, Vec<String>>;

/// A filter that an operation knows: its name, and whether a text can be one of its values.
pub(crate) type Known = (&'static str, fn(&str) -> bool);

/// An operation that filters a list.
pub(crate) trait Filtering: 'static {
    /// The filters it knows, and the form of their values.
    const KNOWN: &'static [Known];

    /// The filters it was given.
    fn filters(&self) -> Option<&Filters>;

    /// Whether a value passes the filter of this name.
    fn passes(&self, name: &str, value: &str) -> bool {
        self.filters()
            .and_then(|filters| filters.get(name))
            .is_none_or(|values| values.iter().any(|wanted| wanted == value))
    }

    /// Whether it has a filter whose effect nobody documents: an unknown one, one without values,
    /// or one with values that are no ids or states.
    fn is_odd(&self) -> bool {
        let odd = |name: &String, values: &Vec<String>| {
            let known = Self::KNOWN.iter().find(|(known, _)| known == name);
            known.is_none_or(|(_, fits)| values.is_empty() || !values.iter().all(|v| fits(v)))
        };
        self.filters()
            .is_some_and(|filters| filters.iter().any(|(name, values)| odd(name, values)))
    }
}

/// Filters that nobody documents may be refused.
pub(crate) const fn odd_filters<Op: Filtering>() -> Refusal<Op> {
    Refusal {
        card: inferred(
            "HSM-DX-02",
            "A filter with an unknown name, without values or with malformed values may be refused.",
            "cloudhsm/latest/APIReference/API_DescribeClusters.html",
        ),
        stage: Stage::Condition,
        error: may(&[CloudHsmInvalidRequest, Validation]),
        when: |_, input| input.is_odd(),
    }
}

/// An operation that shows a list page by page.
pub(crate) trait Paged: 'static {
    /// The token it was given.
    fn next_token(&self) -> Option<&str>;

    /// The list it shows, with its filter.
    fn list_name(&self) -> String;

    /// The token it was given, if it stands for a page.
    fn marker(&self) -> Option<&str> {
        self.next_token().filter(|token| !token.is_empty())
    }
}

/// The ways in which a page token is refused.
pub(crate) const fn token_rules<Op: Paged>() -> [Refusal<Op>; 2] {
    [
        Refusal {
            card: inferred(
                "HSM-DX-100",
                "A page token that AWS did not hand out is refused.",
                "cloudhsm/latest/APIReference/API_DescribeClusters.html",
            ),
            stage: Stage::Condition,
            error: must(&[CloudHsmInvalidRequest, Validation]),
            when: |state, input| {
                input
                    .marker()
                    .is_some_and(|token| !state.markers.contains_key(token))
            },
        },
        Refusal {
            card: inferred(
                "HSM-DX-101",
                "A page token of another list, or of the same list with another filter, may be \
                 refused.",
                "cloudhsm/latest/APIReference/API_DescribeClusters.html",
            ),
            stage: Stage::Condition,
            error: may(&[CloudHsmInvalidRequest, Validation]),
            when: |state, input| is_foreign(state, input),
        },
    ]
}

/// Whether the token was handed out by another list, so that nobody knows what its page shows.
pub(crate) fn is_foreign<Op: Paged>(state: &State, input: &Op) -> bool {
    input
        .marker()
        .and_then(|token| state.markers.get(token))
        .is_some_and(|marker| marker.list != input.list_name())
}

/// Whether `text` is an id of this kind, written with the alphabet of CloudHSM.
pub(crate) fn is_id(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        (11..=16).contains(&rest.len())
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || (b'2'..=b'7').contains(&byte))
    })
}

/// The most entries of a page. How long pages are that nobody asked to be of some length is not
/// documented, so that the judge accepts any.
pub(crate) fn page_limit(asked: Option<i64>, usual: i64, success: &Success<'_>) -> i64 {
    match asked {
        Some(limit) => limit,
        None if success.is_settled() => usual,
        None => i64::MAX,
    }
}
