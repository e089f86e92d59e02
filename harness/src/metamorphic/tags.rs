//! Tags: they are listed as they were set.

use super::Family;
use super::at::{Names, key_id};
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::TAGS_STAY;
use serde_json::Value;
use std::collections::BTreeMap;

/// How a service calls what a tag is made of.
struct Words {
    list: &'static str,
    key: &'static str,
    value: &'static str,
    keys: &'static str,
}

const KMS: Words = Words {
    list: "Tags",
    key: "TagKey",
    value: "TagValue",
    keys: "TagKeys",
};

const HSM: Words = Words {
    list: "TagList",
    key: "Key",
    value: "Value",
    keys: "TagKeyList",
};

/// The tags of each key and cluster since it was made.
#[derive(Default)]
pub(super) struct Tags {
    known: BTreeMap<String, BTreeMap<String, String>>,
}

impl Family for Tags {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        if at.done().is_none() {
            return;
        }
        let made = at
            .shown("/KeyMetadata/KeyId")
            .or_else(|| at.shown("/Cluster/ClusterId"));
        match (at.kms(), at.hsm()) {
            (Some("CreateKey"), _) => self.made(made, tags(at.body.get(KMS.list), &KMS)),
            (_, Some("CreateCluster")) => self.made(made, tags(at.body.get(HSM.list), &HSM)),
            (Some("TagResource"), _) => self.add(at, at.asked_key(), &KMS),
            (_, Some("TagResource")) => self.add(at, at.asked("ResourceId"), &HSM),
            (Some("UntagResource"), _) => self.take(at, at.asked_key(), &KMS),
            (_, Some("UntagResource")) => self.take(at, at.asked("ResourceId"), &HSM),
            (Some("ListResourceTags"), _) => self.compare(at, at.asked_key(), &KMS, said),
            (_, Some("ListTags")) => self.compare(at, at.asked("ResourceId"), &HSM, said),
            _ => {}
        }
    }

    fn forget(&mut self, names: &Names) {
        self.known.retain(|id, _| !names.has(id));
    }
}

impl Tags {
    fn made(&mut self, id: Option<&str>, tags: BTreeMap<String, String>) {
        let id = id.and_then(key_id);
        self.known.extend(id.map(|id| (id.to_owned(), tags)));
    }

    fn add(&mut self, at: &View<'_>, id: Option<&str>, words: &Words) {
        if let Some(known) = id.and_then(|id| self.known.get_mut(id)) {
            known.extend(tags(at.body.get(words.list), words));
        }
    }

    fn take(&mut self, at: &View<'_>, id: Option<&str>, words: &Words) {
        let names = at.body.get(words.keys).and_then(Value::as_array);
        if let Some(known) = id.and_then(|id| self.known.get_mut(id)) {
            for name in names.into_iter().flatten().filter_map(Value::as_str) {
                known.remove(name);
            }
        }
    }

    fn compare(&self, at: &View<'_>, id: Option<&str>, words: &Words, said: &mut Said) {
        let Some(known) = id.and_then(|id| self.known.get(id)) else {
            return;
        };
        if !at.is_whole() {
            return;
        }
        let shown = tags(
            at.done().and_then(|response| response.get(words.list)),
            words,
        );
        let clash = (shown != *known && !at.is_blamed(words.value)).then(|| {
            let observed = format!("{} that are not those that were set", words.list);
            Clash::words(words.list, "the tags that were set", &observed)
        });
        said.relate(TAGS_STAY, at, clash);
    }
}

fn tags(list: Option<&Value>, words: &Words) -> BTreeMap<String, String> {
    let entries = list.and_then(Value::as_array).into_iter().flatten();
    let pairs = entries.filter_map(|entry| {
        let name = entry.get(words.key)?.as_str()?;
        let value = entry.get(words.value).and_then(Value::as_str);
        Some((name.to_owned(), value.unwrap_or_default().to_owned()))
    });
    pairs.collect()
}
