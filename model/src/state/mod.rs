//! What an account holds, and what the outside world did to it.

mod account;
mod attached;
mod cluster;
mod computed;
mod elsewhere;
mod grant;
mod key;
mod key_store;
mod lookup;
mod made_up;
mod material;
mod outside;
mod proxy_failure;
mod usage;

pub use account::{Account, Marker, partition_of};
pub use cluster::{Backup, BackupState, Cluster, ClusterState, Hsm, HsmState, KmsUser, Password};
pub use computed::{Computed, Signed};
pub use grant::{Constraints, Grant};
pub use key::{Alias, Key, KeySpec, KeyState, KeyUsage, MultiRegion, Origin, Transient};
pub use key_store::{Connection, ConnectionError, Connectivity, KeyStore, KeyStoreKind, Proxy};
pub use lookup::{KeyLookup, MEMBERS_THAT_NAME_KEYS, Names};
pub use made_up::{Enclosed, Forgery, MadeUp};
pub use material::{
    Import, ImportToken, Material, Rotated, Rotation, RotationType, SHORTEST_PERIOD, Schedule,
    Wrapped, first_material,
};
pub use outside::{CertificateFault, Outside, Subnet};
pub use proxy_failure::{ProxyFailure, ProxyTrouble};
pub use usage::{LONGEST_DELAY, Use, Uses};

use crate::card::Card;
use crate::mint::Sealed;
use crate::resource::Resource;
use crate::time::Millis;
use imbl::{OrdMap, OrdSet};
use serde_json::Value;
use std::sync::Arc;

/// A value, and the rule that put it there, so that a finding can name the rule to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced<T> {
    /// The value.
    pub value: T,
    /// The rule that put it there.
    pub by: &'static Card,
}

/// Everything an account holds, seen from one Region. Cloning is cheap: the maps share their nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The moment at which the current request is handled. Whoever runs the model sets it.
    pub now: Millis,
    /// Whose account this is.
    pub account: Arc<Account>,
    /// CloudHSM clusters by id, deleted ones included as long as AWS shows them.
    pub clusters: OrdMap<String, Arc<Cluster>>,
    /// CloudHSM backups by id.
    pub backups: OrdMap<String, Arc<Backup>>,
    /// Custom key stores by id.
    pub key_stores: OrdMap<String, Arc<KeyStore>>,
    /// KMS keys by id.
    pub keys: OrdMap<String, Arc<Key>>,
    /// Aliases by name, `alias/` included.
    pub aliases: OrdMap<String, Arc<Alias>>,
    /// Grants by id.
    pub grants: OrdMap<String, Arc<Grant>>,
    /// The ids of grants by their tokens, of which a grant may have several. Those of grants that are
    /// gone stay.
    pub grant_tokens: OrdMap<String, String>,
    /// What is known to be inside ciphertexts, by their base64. The emulator opens the ones that a
    /// request brings and forgets them afterwards; the judge keeps what it saw being made.
    pub ciphertexts: OrdMap<String, Sealed>,
    /// What keys made that can be checked later.
    pub computed: Computed,
    /// The base64 of ciphertexts, signatures and authentication codes that were made in successes the
    /// judge could not judge, so that nobody here knows what they hold.
    pub unjudged: OrdSet<String>,
    /// What no key made, by its base64, since the plan made it up.
    pub forged: OrdMap<String, Forgery>,
    /// Import tokens that were handed out, by their base64.
    pub import_tokens: OrdMap<String, ImportToken>,
    /// What is known to be inside wrapped key material, by its base64. The emulator unwraps what a
    /// request brings and forgets it afterwards; the judge keeps what the plan wrapped.
    pub wrapped: OrdMap<String, Wrapped>,
    /// Markers handed out by paged lists, by their text.
    pub markers: OrdMap<String, Marker>,
    /// Ids of resources that existed and must not be shown any more, with the rule that took each
    /// away.
    pub gone: OrdMap<String, Card>,
    /// Resources that wait for something to happen by itself.
    pub unsettled: OrdSet<Resource>,
    /// Resources that diverged and that nothing is expected of any more.
    pub distrusted: OrdSet<Resource>,
    /// Whether something was made whose name nobody learnt, because the response was lost.
    pub has_unseen: bool,
    /// What no AWS operation changes.
    pub outside: Outside,
    /// The other Regions that hold something, by name. [`State::turn_to`] brings one to the front.
    pub elsewhere: OrdMap<String, Arc<State>>,
}

impl State {
    /// An empty account.
    pub fn new(account: Account, outside: Outside) -> State {
        State {
            now: 0,
            account: Arc::new(account),
            clusters: OrdMap::new(),
            backups: OrdMap::new(),
            key_stores: OrdMap::new(),
            keys: OrdMap::new(),
            aliases: OrdMap::new(),
            grants: OrdMap::new(),
            grant_tokens: OrdMap::new(),
            ciphertexts: OrdMap::new(),
            computed: Computed::default(),
            unjudged: OrdSet::new(),
            forged: OrdMap::new(),
            import_tokens: OrdMap::new(),
            wrapped: OrdMap::new(),
            markers: OrdMap::new(),
            gone: OrdMap::new(),
            unsettled: OrdSet::new(),
            distrusted: OrdSet::new(),
            has_unseen: false,
            outside,
            elsewhere: OrdMap::new(),
        }
    }

    /// Whether it holds what `other` does. The moment and the markers of lists do not count.
    pub fn holds_what(&self, other: &State) -> bool {
        let alike = State {
            now: other.now,
            markers: other.markers.clone(),
            ..self.clone()
        };
        alike == *other
    }

    /// Whose account this is, to change it.
    pub fn account_mut(&mut self) -> &mut Account {
        Arc::make_mut(&mut self.account)
    }

    /// The cluster with this id, to change it.
    pub fn cluster_mut(&mut self, id: &str) -> Option<&mut Cluster> {
        self.clusters.get_mut(id).map(Arc::make_mut)
    }

    /// The backup with this id, to change it.
    pub fn backup_mut(&mut self, id: &str) -> Option<&mut Backup> {
        self.backups.get_mut(id).map(Arc::make_mut)
    }

    /// The key store with this id, to change it.
    pub fn key_store_mut(&mut self, id: &str) -> Option<&mut KeyStore> {
        self.key_stores.get_mut(id).map(Arc::make_mut)
    }

    /// The key with this id, to change it.
    pub fn key_mut(&mut self, id: &str) -> Option<&mut Key> {
        self.keys.get_mut(id).map(Arc::make_mut)
    }

    /// The key store that a key lives in.
    pub fn store_of(&self, key: &Key) -> Option<&KeyStore> {
        self.key_stores
            .get(key.key_store.as_ref()?)
            .map(Arc::as_ref)
    }

    /// The cluster behind a key store; `None` for external stores and deleted clusters.
    pub fn cluster_of(&self, store: &KeyStore) -> Option<&Cluster> {
        let cluster = self.clusters.get(store.cluster_id()?)?;
        (cluster.state.value != ClusterState::Deleted).then_some(cluster)
    }

    /// The keys that live in a key store, pending deletion included.
    pub fn keys_in<'s>(&'s self, store: &'s str) -> impl Iterator<Item = &'s Arc<Key>> {
        self.keys
            .values()
            .filter(move |key| key.key_store.as_deref() == Some(store))
    }

    /// The state of a key as AWS shows it.
    pub fn visible_state(&self, key: &Key) -> Traced<KeyState> {
        let usable = matches!(key.state.value, KeyState::Enabled | KeyState::Disabled);
        if usable && !key.reachable.value {
            Traced {
                value: KeyState::Unavailable,
                by: key.reachable.by,
            }
        } else {
            key.state.clone()
        }
    }

    /// The ARN of a key of this account.
    pub fn key_arn(&self, id: &str) -> String {
        self.account.arn("kms", &["key", id].join("/"))
    }

    /// The ARN of an alias of this account; `name` includes `alias/`.
    pub fn alias_arn(&self, name: &str) -> String {
        self.account.arn("kms", name)
    }

    /// The rule that took away what `text` names.
    pub(crate) fn gone_by(&self, text: &str) -> Option<Card> {
        let text = self.grant_tokens.get(text).map_or(text, String::as_str);
        let last = text.rsplit("key/").next().unwrap_or(text);
        let backup = self.backups.get(last).map(|backup| &backup.state);
        let deleted = backup.filter(|state| state.value == BackupState::Deleted);
        let gone = self.gone.get(last).copied();
        gone.or_else(|| deleted.map(|state| *state.by))
    }

    /// The rule that took away what `text` names, or is about to.
    pub(crate) fn taken_away_by(&self, text: &str) -> Option<Card> {
        self.gone_by(text).or_else(|| {
            let (drift, _) = crate::drift::waiting(self, &self.named(text)?)?;
            Some(drift.card)
        })
    }

    /// The resources that any text in `body` names, by id, ARN, alias or name, and those around them.
    pub fn named_in(&self, body: &Value) -> Vec<Resource> {
        let mut named = Vec::new();
        self.collect_named(body, &mut named);
        let mut near: Vec<Resource> = Vec::new();
        for resource in named.iter().flat_map(|resource| self.around(resource)) {
            if !near.contains(&resource) {
                near.push(resource);
            }
        }
        near
    }

    fn collect_named(&self, body: &Value, named: &mut Vec<Resource>) {
        match body {
            Value::String(text) => named.extend(self.named(text)),
            Value::Array(entries) => {
                entries
                    .iter()
                    .for_each(|entry| self.collect_named(entry, named));
            }
            Value::Object(members) => {
                members
                    .values()
                    .for_each(|member| self.collect_named(member, named));
            }
            _ => {}
        }
    }

    /// The resource that `text` names, by id, ARN, alias or name.
    pub(crate) fn named(&self, text: &str) -> Option<Resource> {
        let last = text.rsplit('/').next().unwrap_or(text);
        if self.clusters.contains_key(last) {
            Some(Resource::Cluster(last.to_owned()))
        } else if self.backups.contains_key(last) {
            Some(Resource::Backup(last.to_owned()))
        } else if self.key_stores.contains_key(text) {
            Some(Resource::KeyStore(text.to_owned()))
        } else if let Some(key) = self.key_named(text, Names::All) {
            Some(Resource::Key(key.id.clone()))
        } else if let Some(sealed) = self.ciphertexts.get(text) {
            Some(Resource::Key(sealed.key.clone()))
        } else if let Some(key) = self.key_of_grant(text) {
            Some(key)
        } else {
            let store = self
                .key_stores
                .values()
                .find(|store| store.name.value == text)?;
            Some(Resource::KeyStore(store.id.clone()))
        }
    }

    /// The resources that `resource` depends on or that depend on it directly, itself first.
    pub fn around(&self, resource: &Resource) -> Vec<Resource> {
        let mut near = vec![resource.clone()];
        match resource {
            Resource::Key(id) => {
                if let Some(store) = self.keys.get(id).and_then(|key| key.key_store.clone()) {
                    near.extend(self.around(&Resource::KeyStore(store)));
                }
                let related = self.related(id);
                near.extend(
                    related.map(|(region, _)| Resource::KeyIn(region.to_owned(), id.clone())),
                );
            }
            Resource::KeyStore(id) => {
                let cluster = self.key_stores.get(id).and_then(|store| store.cluster_id());
                if let Some(cluster) = cluster {
                    near.extend(self.around(&Resource::Cluster(cluster.to_owned())));
                }
            }
            Resource::Cluster(id) => {
                if let Some(cluster) = self.clusters.get(id) {
                    near.extend(
                        cluster
                            .hsms
                            .keys()
                            .map(|hsm| Resource::Hsm(id.clone(), hsm.clone())),
                    );
                }
                // A store that is connecting may be done before the request changes its cluster.
                let waiting = self.unsettled.iter().filter(|waiting| match waiting {
                    Resource::KeyStore(store) => self
                        .key_stores
                        .get(store)
                        .is_some_and(|store| store.cluster_id() == Some(id)),
                    _ => false,
                });
                near.extend(waiting.cloned());
            }
            Resource::Hsm(cluster, _) => near.push(Resource::Cluster(cluster.clone())),
            Resource::Backup(_) | Resource::KeyIn(..) => {}
        }
        near
    }
}
