//! Pages: together they are the list, once.

use super::Family;
use super::at::{Names, unpaged};
use super::reads::Dying;
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::Service;
use kms_conformance_model::relations::PAGES_PARTITION;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A list: the operation, the member that holds the entries, the one that tells them apart.
type List = (Service, &'static str, &'static str, &'static str);

/// Clusters come and go by themselves only while they are deleted; backups at any time, so their
/// list is not here.
const LISTS: &[List] = &[
    (
        Service::Kms,
        "DescribeCustomKeyStores",
        "CustomKeyStores",
        "CustomKeyStoreId",
    ),
    (Service::Kms, "ListAliases", "Aliases", "AliasName"),
    (Service::Kms, "ListGrants", "Grants", "GrantId"),
    (Service::Kms, "ListKeys", "Keys", "KeyId"),
    (Service::Kms, "ListResourceTags", "Tags", "TagKey"),
    (Service::Kms, "ListRetirableGrants", "Grants", "GrantId"),
    (
        Service::CloudHsm,
        "DescribeClusters",
        "Clusters",
        "ClusterId",
    ),
    (Service::CloudHsm, "ListTags", "TagList", "Key"),
];

/// The pages of one list so far.
struct Walk {
    seen: BTreeSet<String>,
    next: Option<String>,
}

/// All entries of a list, and whether they came on several pages.
struct Whole {
    entries: BTreeSet<String>,
    paged: bool,
}

/// What was listed since something was written.
#[derive(Default)]
pub(super) struct Pages {
    walks: BTreeMap<String, Walk>,
    wholes: BTreeMap<String, Whole>,
    dying: Dying,
}

impl Family for Pages {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        self.dying.look(at);
        let (service, name) = (at.operation.service(), at.operation.name());
        let list = LISTS
            .iter()
            .find(|list| (list.0, list.1) == (service, name));
        let subject = at.asked_key().or_else(|| at.asked("ResourceId"));
        let known = at.own.is_alone() || subject.is_some_and(|name| at.is_own(name));
        if let (true, Some(list), Some(_)) = (known, list, at.done()) {
            self.page(at, list, said);
        }
    }

    fn stirred(&mut self) {
        self.walks.clear();
        self.wholes.clear();
    }

    fn forget(&mut self, _: &Names) {
        self.stirred();
    }
}

impl Pages {
    fn page(&mut self, at: &View<'_>, list: &List, said: &mut Said) {
        let about = Value::Object(unpaged(at.body)).to_string();
        let key = format!("{} {about}", at.operation.label());
        let next = at.next_page().map(str::to_owned);
        let ids: Vec<&str> = at
            .entries(list.2)
            .iter()
            .filter_map(|entry| entry.get(list.3)?.as_str())
            .collect();
        let mut walk = match (at.asked_page(), self.walks.remove(&key)) {
            (None, _) => Walk {
                seen: BTreeSet::new(),
                next: None,
            },
            (Some(asked), Some(walk)) if walk.next.as_deref() == Some(asked) => walk,
            _ => return,
        };
        let mut twice = false;
        for id in ids {
            twice |= !walk.seen.insert(id.to_owned());
        }
        let paged = at.asked_page().is_some();
        if twice {
            let observed = format!("{} that hold an entry twice", list.2);
            let clash = Clash::words(list.2, "each entry once", &observed);
            said.relate(PAGES_PARTITION, at, Some(clash));
            return;
        }
        if next.is_some() {
            if paged {
                said.relate(PAGES_PARTITION, at, None);
            }
            walk.next = next;
            self.walks.insert(key, walk);
        } else {
            let whole = Whole {
                entries: walk.seen,
                paged,
            };
            self.ended(at, list, key, whole, said);
        }
    }

    /// Compares two readings of a list, of which one at least has several pages.
    fn ended(&mut self, at: &View<'_>, list: &List, key: String, whole: Whole, said: &mut Said) {
        if let Some(before) = self.wholes.get(&key)
            && (before.paged || whole.paged)
            && self.dying.is_empty()
        {
            let clash = (before.entries != whole.entries).then(|| {
                let observed = format!("{} that are not those of another reading", list.2);
                Clash::words(
                    list.2,
                    "the same entries, however they are paged",
                    &observed,
                )
            });
            said.relate(PAGES_PARTITION, at, clash);
        } else if whole.paged {
            said.relate(PAGES_PARTITION, at, None);
        }
        self.wholes.insert(key, whole);
    }
}
