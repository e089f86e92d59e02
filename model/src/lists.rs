//! Paged lists, which all operations page in the same way.

use crate::card::Card;
use crate::mint::{Page, Paged};
use crate::state::Marker;
use crate::success::Success;
use imbl::{OrdMap, OrdSet};
use std::ops::Bound;

/// How an operation pages its list.
#[derive(Clone, Copy, Debug)]
pub struct Paging<'a> {
    /// The member that holds the list.
    pub list: &'static str,
    /// The member of an entry that identifies it; empty for lists of plain strings.
    pub key: &'static str,
    /// The operation and its filter; a marker serves only the list that handed it out.
    pub name: &'a str,
    /// The marker of the request.
    pub marker: Option<&'a str>,
    /// The most entries the page may have.
    pub limit: usize,
    /// The response member with the next marker.
    pub next: &'static str,
    /// The response member that says whether there is a next page; empty where there is none.
    pub truncated: &'static str,
}

/// What a list holds.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// The ids that must be shown.
    pub present: Vec<String>,
    /// The ids that may be shown or not.
    pub optional: Vec<String>,
    /// The ids of what exists and does not belong here, so that nobody takes it for a stranger's.
    pub excluded: Vec<String>,
    /// Whether these are only the ids that one page can need, in their order.
    pub of_one_page: bool,
}

impl Success<'_> {
    /// The entries of a map from which a page is made: all of them for the judge, who may see them in
    /// any order, and those after the last one that was shown for the emulator, which shows them in the
    /// order of ids.
    pub fn yet_to_come<'m, T>(
        &self,
        paging: &Paging<'_>,
        map: &'m OrdMap<String, T>,
    ) -> impl Iterator<Item = (&'m String, &'m T)> {
        let last = self.earlier(paging).and_then(|marker| marker.last.clone());
        let last = last.filter(|_| self.is_settled());
        map.range((
            last.map_or(Bound::Unbounded, Bound::Excluded),
            Bound::Unbounded,
        ))
    }

    /// Lists `ids` by the keys that they belong to, as [`crate::State::certainty_of`] says. The emulator
    /// lists no more than it needs to know whether there is a next page.
    pub(crate) fn listed_by_key<'i>(
        &self,
        paging: &Paging<'_>,
        ids: impl Iterator<Item = (&'i String, &'i str)>,
    ) -> Listed {
        let mut listed = Listed {
            of_one_page: self.is_settled(),
            ..Listed::default()
        };
        for (id, key) in ids {
            if listed.of_one_page && listed.present.len() > paging.limit {
                break;
            }
            match self.state.certainty_of(key) {
                Some(true) => listed.present.push(id.clone()),
                Some(false) => listed.optional.push(id.clone()),
                None => {}
            }
        }
        listed
    }

    fn earlier(&self, paging: &Paging<'_>) -> Option<&Marker> {
        self.state.markers.get(paging.marker?)
    }

    /// Shows one page of a list and says which of its entries are on it.
    pub fn list(&mut self, paging: &Paging<'_>, listed: &Listed) -> Vec<String> {
        self.list_page(paging, listed).shown
    }

    /// Shows one page of a list and says which of its entries are on it and what the marker of the
    /// next page is.
    pub fn list_page(&mut self, paging: &Paging<'_>, listed: &Listed) -> Paged {
        self.list_with(paging, listed, |_| false, &|_| None)
    }

    /// Shows one page of a list in which AWS may have entries of its own, the `tolerated` ones, and
    /// says which of its entries are on it. `due_to` gives the rule that made a missing entry or took
    /// a superfluous one away, which is to blame.
    pub fn list_with(
        &mut self,
        paging: &Paging<'_>,
        listed: &Listed,
        tolerated: fn(&str) -> bool,
        due_to: &dyn Fn(&str) -> Option<Card>,
    ) -> Paged {
        let earlier = self.earlier(paging).cloned();
        let (rest, optional) = still_to_come(listed, earlier.as_ref());
        let state = self.state.clone();
        let page = Page {
            list: paging.list,
            key: paging.key,
            rest: &rest,
            optional: &optional,
            gone: &state.gone,
            excluded: &listed.excluded,
            strangers: !self.state.account.exclusive || self.state.has_unseen,
            tolerated,
            limit: paging.limit,
            marker: paging.next,
            truncated: paging.truncated,
        };
        // What the request did not ask for was not taken away.
        let taken_away = |id: &str| {
            let is_excluded = listed.excluded.iter().any(|it| it == id);
            state.taken_away_by(id).filter(|_| !is_excluded)
        };
        let due_to = |id: &str| due_to(id).or_else(|| taken_away(id));
        let paged = self.page(&page, &due_to);
        if let Some(next) = paged.next.clone() {
            let marker = match listed.of_one_page {
                true => after(paging, &paged.shown),
                false => beyond(paging, listed, earlier, &paged.shown),
            };
            self.state.markers.insert(next, marker);
        }
        self.listed.clone_from(&paged.shown);
        paged
    }
}

/// The marker after a page of the emulator.
fn after(paging: &Paging<'_>, shown: &[String]) -> Marker {
    Marker {
        list: paging.name.to_owned(),
        seen: OrdSet::new(),
        held: OrdSet::new(),
        last: shown.last().cloned(),
    }
}

/// The marker after a page, whatever the order of the list.
fn beyond(
    paging: &Paging<'_>,
    listed: &Listed,
    earlier: Option<Marker>,
    shown: &[String],
) -> Marker {
    let all = || listed.present.iter().chain(&listed.optional);
    let marker = earlier.unwrap_or_else(|| Marker {
        list: paging.name.to_owned(),
        seen: OrdSet::new(),
        held: all().cloned().collect(),
        last: None,
    });
    let seen = marker.seen.into_iter().chain(shown.iter().cloned());
    Marker {
        seen: seen.collect(),
        ..marker
    }
}

/// The ids that this page and the later ones must show, and those that they may. What came or went
/// since the first page is among the latter.
fn still_to_come(listed: &Listed, earlier: Option<&Marker>) -> (Vec<String>, Vec<String>) {
    let Some(marker) = earlier.filter(|_| !listed.of_one_page) else {
        return (listed.present.clone(), listed.optional.clone());
    };
    let unseen = |id: &&String| !marker.seen.contains(*id);
    let (rest, came): (Vec<String>, Vec<String>) = listed
        .present
        .iter()
        .filter(unseen)
        .cloned()
        .partition(|id| marker.held.contains(id));
    let went = marker.held.iter().filter(|id| !rest.contains(*id));
    let optional = listed
        .optional
        .iter()
        .chain(went)
        .filter(unseen)
        .cloned()
        .chain(came)
        .collect();
    (rest, optional)
}
