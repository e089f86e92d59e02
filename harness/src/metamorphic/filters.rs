//! Filters: what a list shows of some is what it shows of all.

use super::Family;
use super::at::{Names, unpaged};
use super::names::difference;
use super::reads::{Dying, steady};
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::FILTERS_SELECT;
use serde_json::Value;
use std::collections::BTreeMap;

/// The lists of key stores and clusters since something was written.
#[derive(Default)]
pub(super) struct Filters {
    stores: Views,
    clusters: Views,
    dying: Dying,
}

/// A list of all, and what was shown of those that were asked for by id.
#[derive(Default)]
struct Views {
    all: Option<BTreeMap<String, Value>>,
    asked: BTreeMap<String, Option<Value>>,
}

impl Family for Filters {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        self.dying.look(at);
        if at.kms() == Some("DescribeCustomKeyStores") {
            let entries = entries(at, "CustomKeyStores", "CustomKeyStoreId");
            let found = entries.keys().next().cloned();
            let by_id = at.asked("CustomKeyStoreId").map(str::to_owned);
            let by_name = found.filter(|_| at.asked("CustomKeyStoreName").is_some());
            let wanted: Vec<String> = by_id.or(by_name).into_iter().collect();
            self.stores.look(at, entries, &wanted, &self.dying, said);
        }
        if at.hsm() == Some("DescribeClusters") {
            let entries = entries(at, "Clusters", "ClusterId");
            let wanted = cluster_ids(at);
            self.clusters.look(at, entries, &wanted, &self.dying, said);
        }
    }

    fn stirred(&mut self) {
        self.stores = Views::default();
        self.clusters = Views::default();
    }

    fn forget(&mut self, _: &Names) {
        self.stirred();
    }
}

impl Views {
    fn look(
        &mut self,
        at: &View<'_>,
        entries: BTreeMap<String, Value>,
        wanted: &[String],
        dying: &Dying,
        said: &mut Said,
    ) {
        let names: Vec<String> = if at.finds_nothing() {
            self.asked
                .extend(wanted.iter().map(|name| (name.clone(), None)));
            wanted.to_vec()
        } else if !at.is_whole() {
            return;
        } else if at.asks_for_all() {
            self.all = Some(entries);
            self.asked.keys().cloned().collect()
        } else {
            let shown = wanted.iter().map(|name| (name, entries.get(name).cloned()));
            self.asked
                .extend(shown.map(|(name, entry)| (name.clone(), entry)));
            wanted.to_vec()
        };
        for name in names
            .iter()
            .filter(|name| !dying.has(name) && at.is_own(name))
        {
            self.compare(at, name, said);
        }
    }

    fn compare(&self, at: &View<'_>, name: &str, said: &mut Said) {
        let (Some(all), Some(asked)) = (&self.all, self.asked.get(name)) else {
            return;
        };
        let clash = match (all.get(name), asked) {
            (None, None) => None,
            (Some(one), Some(other)) => difference(at, one, other),
            _ => Some(Clash::words(
                "",
                "an entry that both lists show, or none does",
                "an entry that one of two lists lacks",
            )),
        };
        said.relate(FILTERS_SELECT, at, clash);
    }
}

fn entries(at: &View<'_>, list: &str, id: &str) -> BTreeMap<String, Value> {
    let entries = at.entries(list).iter();
    let named = entries.filter_map(|entry| {
        let name = entry.get(id)?.as_str()?;
        Some((name.to_owned(), steady(entry)))
    });
    named.collect()
}

/// The clusters that a request asks for, if it asks for nothing else.
fn cluster_ids(at: &View<'_>) -> Vec<String> {
    let members = unpaged(at.body);
    let filters = members.get("Filters").and_then(Value::as_object);
    match (members.len(), filters) {
        (1, Some(filters)) if filters.len() == 1 => {
            let ids = filters.get("clusterIds").and_then(Value::as_array);
            let ids = ids.into_iter().flatten();
            ids.filter_map(|id| id.as_str().map(str::to_owned))
                .collect()
        }
        _ => Vec::new(),
    }
}
