//! Paged lists, which all operations page in the same way.

use crate::card::Card;
use crate::mint::{Page, Paged};
use crate::state::Marker;
use crate::success::Success;
use imbl::OrdSet;

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
}

impl Success<'_> {
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
        let earlier = paging
            .marker
            .and_then(|marker| self.state.markers.get(marker))
            .cloned();
        let (rest, optional) = still_to_come(listed, earlier.as_ref());
        let gone = self.state.gone.keys().chain(&listed.excluded);
        let gone: Vec<String> = gone.cloned().collect();
        let page = Page {
            list: paging.list,
            key: paging.key,
            rest: &rest,
            optional: &optional,
            gone: &gone,
            strangers: !self.state.account.exclusive || self.state.has_unseen,
            tolerated,
            limit: paging.limit,
            marker: paging.next,
            truncated: paging.truncated,
        };
        let state = self.state.clone();
        let due_to = |id: &str| due_to(id).or_else(|| state.taken_away_by(id));
        let paged = self.page(&page, &due_to);
        if let Some(next) = paged.next.clone() {
            let marker = earlier.unwrap_or_else(|| Marker {
                list: paging.name.to_owned(),
                seen: OrdSet::new(),
                held: listed
                    .present
                    .iter()
                    .chain(&listed.optional)
                    .cloned()
                    .collect(),
            });
            let seen = marker.seen.into_iter().chain(paged.shown.iter().cloned());
            let seen = seen.collect();
            self.state.markers.insert(next, Marker { seen, ..marker });
        }
        self.listed.clone_from(&paged.shown);
        paged
    }
}

/// The ids that this page and the later ones must show, and those that they may. What came or went
/// since the first page is among the latter.
fn still_to_come(listed: &Listed, earlier: Option<&Marker>) -> (Vec<String>, Vec<String>) {
    let Some(marker) = earlier else {
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
