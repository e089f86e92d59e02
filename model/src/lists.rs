//! Paged lists, which all operations page in the same way.

use crate::mint::{Page, Paged};
use crate::state::Marker;
use crate::success::Success;

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
}

impl Success<'_> {
    /// Shows one page of a list and says which of its entries are on it.
    pub fn list(&mut self, paging: &Paging<'_>, listed: &Listed) -> Vec<String> {
        self.list_page(paging, listed).shown
    }

    /// Shows one page of a list and says which of its entries are on it and what the marker of the
    /// next page is.
    pub fn list_page(&mut self, paging: &Paging<'_>, listed: &Listed) -> Paged {
        let seen = paging
            .marker
            .and_then(|marker| self.state.markers.get(marker))
            .map(|marker| marker.seen.clone())
            .unwrap_or_default();
        let unseen = |ids: &[String]| -> Vec<String> {
            ids.iter()
                .filter(|id| !seen.contains(*id))
                .cloned()
                .collect()
        };
        let gone: Vec<String> = self.state.gone.iter().cloned().collect();
        let paged = self.page(&Page {
            list: paging.list,
            key: paging.key,
            rest: &unseen(&listed.present),
            optional: &unseen(&listed.optional),
            gone: &gone,
            strangers: !self.state.account.exclusive,
            limit: paging.limit,
            marker: paging.next,
            truncated: paging.truncated,
        });
        if let Some(next) = paged.next.clone() {
            let seen = seen
                .into_iter()
                .chain(paged.shown.iter().cloned())
                .collect();
            self.state.markers.insert(
                next,
                Marker {
                    list: paging.name.to_owned(),
                    seen,
                },
            );
        }
        paged
    }
}
