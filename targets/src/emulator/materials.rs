//! Keeps the vault in step with the state: which keys have material, and when it is destroyed.

use super::opening::Bytes;
use super::vault::Vault;
use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use kms_conformance_model::State;
use kms_conformance_model::state::{Account, Backup, Cluster, Material, Origin, Outside};
use std::ops::Range;
use std::sync::Arc;

/// Makes material for the keys that `after` has and `before` had not, and destroys that of keys
/// which are gone for good: from the account, or from the HSMs and all their backups. The related
/// keys of all Regions have one material.
pub(super) fn follow(before: &State, after: &State, vault: &Vault) {
    let mut doubtful = changed(before, after, vault);
    if !before.elsewhere.ptr_eq(&after.elsewhere) {
        let nothing = State::new(Account::clone(&after.account), Outside::default());
        for region in before.elsewhere.keys().chain(after.elsewhere.keys()) {
            let [before, after] = [before, after].map(|state| {
                let region = state.elsewhere.get(region);
                region.map_or(&nothing, AsRef::as_ref)
            });
            doubtful.extend(changed(before, after, vault));
        }
    }
    for material in doubtful {
        let mut regions = after.elsewhere.values();
        let is_needed = |state: &State| is_needed(state, &material);
        if !is_needed(after) && !regions.any(|region| is_needed(region)) {
            vault.destroy(&material);
        }
    }
}

/// Makes the material of new keys in one Region, and gives what the vault calls the materials that are
/// gone from it.
fn changed(before: &State, after: &State, vault: &Vault) -> Vec<String> {
    let mut doubtful = Vec::new();
    for change in before.keys.diff(&after.keys) {
        match change {
            DiffItem::Add(_, key) if key.origin == Origin::External => {}
            DiffItem::Add(id, key) => make(id, 0..key.materials.len(), vault),
            DiffItem::Remove(id, old) => {
                let all = 0..=old.materials.len();
                doubtful.extend(all.map(|number| name(id, number)));
            }
            DiffItem::Update {
                old: (id, old),
                new: (_, new),
            } if new.origin == Origin::External => {
                let gone = |number: &usize| {
                    old.material(*number).is_some_and(Material::is_imported)
                        && !new.material(*number).is_some_and(Material::is_imported)
                };
                let gone = (0..=old.materials.len()).filter(gone);
                doubtful.extend(gone.map(|number| name(id, number)));
            }
            DiffItem::Update {
                old: (id, old),
                new: (_, new),
            } => make(id, old.materials.len()..new.materials.len(), vault),
        }
    }
    doubtful.extend(lost(&before.clusters, &after.clusters, |cluster| cluster));
    doubtful.extend(lost(&before.backups, &after.backups, contents));
    doubtful
}

/// Whether material that keys had in `before` may be gone from the vault in `after`.
pub(super) fn may_be_gone(before: &State, after: &State) -> bool {
    let gone = |before: &State, after: &State| {
        before.keys.diff(&after.keys).any(|change| match change {
            DiffItem::Add(..) => false,
            DiffItem::Remove(..) => true,
            DiffItem::Update {
                old: (_, old),
                new: (_, new),
            } => old.origin == Origin::External && old.materials != new.materials,
        }) || !lost(&before.clusters, &after.clusters, |cluster| cluster).is_empty()
            || !lost(&before.backups, &after.backups, contents).is_empty()
    };
    let mut others = before.elsewhere.iter();
    gone(before, after)
        || others.any(|(region, before)| {
            let after = after.elsewhere.get(region);
            after.is_none_or(|after| gone(before, after))
        })
}

/// Puts imported material into the vault for the key that it was imported for, in the Region at the
/// front.
pub(super) fn take_in(before: &State, after: &State, digest: &str, bytes: &Bytes, vault: &Vault) {
    for change in before.keys.diff(&after.keys) {
        if let DiffItem::Update { new: (_, key), .. } = change
            && let Some(number) = key.imported(digest)
        {
            vault.import(key, number, bytes.clone());
        }
    }
}

fn make(key: &str, numbers: Range<usize>, vault: &Vault) {
    numbers.for_each(|number| vault.make(&name(key, number)));
}

/// What the vault calls the material of this number: the first has the name of its key.
pub(super) fn name(key: &str, number: usize) -> String {
    match number {
        0 => key.to_owned(),
        number => format!("{key}#{number}"),
    }
}

/// The key and the number of the material that the vault calls so.
pub(super) fn named(name: &str) -> (String, usize) {
    let (key, number) = name.split_once('#').unwrap_or((name, ""));
    (key.to_owned(), number.parse().unwrap_or_default())
}

/// The id of the KMS key that a label inside an HSM belongs to. Labels are key ARNs.
pub(super) fn key_of(label: &str) -> &str {
    label.rsplit('/').next().unwrap_or(label)
}

fn contents(backup: &Backup) -> &Cluster {
    &backup.contents
}

/// The ids of the keys that clusters or backups held before and do not hold any more.
fn lost<T: PartialEq>(
    before: &OrdMap<String, Arc<T>>,
    after: &OrdMap<String, Arc<T>>,
    held: fn(&T) -> &Cluster,
) -> Vec<String> {
    let mut lost = Vec::new();
    for change in before.diff(after) {
        match change {
            DiffItem::Add(..) => {}
            DiffItem::Remove(_, old) => {
                lost.extend(held(old).keys.iter().map(|label| key_of(label).to_owned()));
            }
            DiffItem::Update {
                old: (_, old),
                new: (_, new),
            } => {
                for change in held(old).keys.diff(&held(new).keys) {
                    if let imbl::ordset::DiffItem::Remove(label) = change {
                        lost.push(key_of(label).to_owned());
                    }
                }
            }
        }
    }
    lost
}

/// Whether some place still holds the material: the HSMs and backups of a key in a CloudHSM key
/// store, and KMS or the external manager of any other key.
fn is_needed(state: &State, material: &str) -> bool {
    let (id, number) = &named(material);
    let in_account = state.keys.get(id).is_some_and(|key| match key.origin {
        Origin::AwsCloudHsm => false,
        Origin::External => key.material(*number).is_some_and(Material::is_imported),
        _ => true,
    });
    let label = state.key_arn(id);
    in_account
        || state
            .clusters
            .values()
            .any(|cluster| cluster.keys.contains(&label))
        || state
            .backups
            .values()
            .any(|backup| backup.contents.keys.contains(&label))
}
