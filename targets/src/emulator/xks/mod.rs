//! External key stores for real: the emulator as a client of external key store proxies.
//!
//! What a request needs of a proxy is found out by answering it: as long as the answer depends on
//! something that only the proxy knows, the request is put aside, the proxy is asked while nothing
//! is locked, and the request is answered anew with what was learnt. What the proxy said of itself
//! stands in the outside world of the state meanwhile, where the rules of the model judge it.

mod client;
mod envelope;
mod memory;
mod question;
mod signing;

pub(super) use memory::{Memory, Pending, Questioning};

use crate::wire::Asked as Request;
use imbl::ordmap::DiffItem;
use kms_conformance_model::state::{Connectivity, KeyStore, ProxyFailure};
use kms_conformance_model::{Service, State};
use question::{Asked, Door, Found, Question};
use serde_json::Value;
use signing::Credential;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use zeroize::Zeroizing;

/// How long KMS waits for a proxy, by the specification of the proxy API
/// (github.com/aws/aws-kms-xksproxy-api-spec, "within 250ms").
pub const TIME_OUT: Duration = Duration::from_millis(250);

/// Which external key store proxies are asked for real. Those that are not named here are modelled:
/// they are healthy unless an outside action says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XksProxies {
    /// The URL at which a proxy really stands, by its `XksProxyUriEndpoint`.
    pub addresses: BTreeMap<String, String>,
    /// The certificates, in PEM, of who signs those of the proxies; the usual ones where there are
    /// none.
    pub ca: Option<Vec<u8>>,
    /// How long to wait for an answer.
    pub time_out: Duration,
}

impl Default for XksProxies {
    /// No proxy.
    fn default() -> XksProxies {
        XksProxies {
            addresses: BTreeMap::new(),
            ca: None,
            time_out: TIME_OUT,
        }
    }
}

impl XksProxies {
    /// Whether the CA can be used.
    pub fn has_good_ca(&self) -> bool {
        client::client(self.time_out, self.ca.as_deref()).is_some()
    }
}

/// The proxies that are asked for real, and the credentials they are asked with.
pub(super) struct Proxies {
    options: XksProxies,
    /// By the id of the key store. The model never has them.
    credentials: Mutex<HashMap<String, Credential>>,
    client: Option<reqwest::Client>,
    /// Where the client works; `None` where no proxy is asked.
    runtime: Option<Runtime>,
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxies at {:?}", self.options.addresses)
    }
}

impl Drop for Proxies {
    fn drop(&mut self) {
        // It may be dropped where waiting is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Proxies {
    pub(super) fn new(options: &XksProxies) -> Proxies {
        let some = !options.addresses.is_empty();
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1).enable_all();
        Proxies {
            options: options.clone(),
            credentials: Mutex::default(),
            client: some
                .then(|| client::client(options.time_out, options.ca.as_deref()))
                .flatten(),
            runtime: some.then(|| builder.build().ok()).flatten(),
        }
    }

    /// Whether any proxy is asked for real.
    pub(super) fn are_asked(&self) -> bool {
        !self.options.addresses.is_empty()
    }

    /// Asks, and waits for the answer.
    fn ask(&self, asked: &Asked) -> Result<Found, ProxyFailure> {
        let (Some(client), Some(runtime)) = (self.client.clone(), &self.runtime) else {
            return Err(ProxyFailure::NoTls);
        };
        let (sender, receiver) = mpsc::sync_channel(1);
        let asked = asked.clone();
        runtime.spawn(async move {
            // Nobody waits any more where this fails.
            let _ = sender.send(client::ask(&client, &asked).await);
        });
        receiver.recv().unwrap_or(Err(ProxyFailure::NoConnection))
    }

    /// Keeps the credential that a request brought, now that it succeeded, and forgets those of key
    /// stores that are gone.
    pub(super) fn remember(&self, request: &Request, response: &Value, state: &State) {
        if !self.are_asked() {
            return;
        }
        let mut credentials = self.credentials();
        let id = response
            .get("CustomKeyStoreId")
            .or_else(|| request.body.get("CustomKeyStoreId"));
        if let (Some(id), Some(credential)) = (id.and_then(Value::as_str), credential_of(request)) {
            credentials.insert(id.to_owned(), credential);
        }
        credentials.retain(|id, _| state.key_stores.contains_key(id));
    }

    /// Forgets all credentials.
    pub(super) fn forget(&self) {
        self.credentials().clear();
    }

    fn credentials(&self) -> MutexGuard<'_, HashMap<String, Credential>> {
        self.credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The way to the proxy of a key store, if it is one that is asked for real.
    fn door(&self, request: &Request, store: &KeyStore) -> Option<Door> {
        let proxy = store.proxy()?;
        let address = self.options.addresses.get(&proxy.endpoint.value)?;
        let kept = || self.credentials().get(&store.id).cloned();
        Some(Door {
            address: address.trim_end_matches('/').to_owned(),
            endpoint: proxy.endpoint.value.clone(),
            path: proxy.path.value.clone(),
            credential: credential_of(request).or_else(kept),
            key: String::new(),
            key_arn: String::new(),
        })
    }

    /// The way to the external key behind a KMS key.
    fn door_of_key(&self, request: &Request, state: &State, id: &str) -> Option<Door> {
        let key = state.keys.get(id)?;
        let external = key.xks_key.clone()?;
        let door = self.door(request, state.store_of(key)?)?;
        Some(Door {
            key: external,
            key_arn: state.key_arn(id),
            ..door
        })
    }

    /// What must be asked before a request may succeed which turns `before` into `after`: whether the
    /// proxy of a key store works, and what it says of an external key.
    fn about_success(&self, request: &Request, before: &State, after: &State) -> Option<Needed> {
        if !self.are_asked() || request.operation.service() != Service::Kms {
            return None;
        }
        let named = request.body.get("CustomKeyStoreId").and_then(Value::as_str);
        let store = named.and_then(|id| after.key_stores.get(id));
        let is_public = |store: &KeyStore| {
            let proxy = store.proxy();
            proxy.is_some_and(|proxy| proxy.connectivity.value == Connectivity::PublicEndpoint)
        };
        let probed = match request.operation.name() {
            // A proxy behind a VPC endpoint service is first asked when its store is connected.
            "CreateCustomKeyStore" => {
                let mut stores = after.key_stores.iter();
                let new = stores.find(|(id, _)| !before.key_stores.contains_key(*id));
                new.map(|(_, store)| store).filter(|store| is_public(store))
            }
            "UpdateCustomKeyStore" if changes_proxy(request) => {
                store.filter(|store| is_public(store))
            }
            "ConnectCustomKeyStore" => store,
            "CreateKey" => {
                let mut changes = before.keys.diff(&after.keys);
                let new = changes.find_map(|change| match change {
                    DiffItem::Add(id, _) => Some(id),
                    _ => None,
                })?;
                let door = self.door_of_key(request, after, new)?;
                return Some((door, Question::Metadata));
            }
            _ => None,
        };
        Some((self.door(request, probed?)?, Question::Health))
    }
}

/// A question, and whom it goes to.
type Needed = (Door, Question);

fn changes_proxy(request: &Request) -> bool {
    let members = request.body.as_object().into_iter().flatten();
    members
        .filter(|(_, value)| !value.is_null())
        .any(|(name, _)| name.starts_with("XksProxy"))
}

fn credential_of(request: &Request) -> Option<Credential> {
    let given = request.body.get("XksProxyAuthenticationCredential")?;
    let text = |member: &str| given.get(member)?.as_str().map(str::to_owned);
    Some(Credential {
        access_key: text("AccessKeyId")?,
        secret: Zeroizing::new(text("RawSecretAccessKey")?),
    })
}
