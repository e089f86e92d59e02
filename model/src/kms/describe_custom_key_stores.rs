//! DescribeCustomKeyStores: shows all key stores, or one by its id or name.

use super::key_stores::is_distrusted;
use super::shapes::*;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::input::input;
use crate::lists::{Listed, Paging};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::Member;
use crate::state::{Connection, KeyStore, KeyStoreKind, Proxy, State};
use crate::success::Success;
use crate::time::MINUTE;
use serde_json::{Value, json};
use std::sync::Arc;

input! {
    /// Input of DescribeCustomKeyStores.
    DescribeCustomKeyStores, MEMBERS {
        id: Option<String> = "CustomKeyStoreId", KEY_STORE_ID;
        name: Option<String> = "CustomKeyStoreName", KEY_STORE_NAME;
        limit: Option<i64> = "Limit", LIMIT;
        marker: Option<String> = "Marker", MARKER;
    }
}

const API: &str = "kms/latest/APIReference/API_DescribeCustomKeyStores.html";
const ENTRY: &str = "kms/latest/APIReference/API_CustomKeyStoresListEntry.html";
const PROXY: &str = "kms/latest/APIReference/API_XksProxyConfigurationType.html";

/// The most entries of a page; what AWS does without a limit is not documented.
const LONGEST_PAGE: usize = 1_000;

const fn documented(id: &'static str, says: &'static str, cite: &'static str) -> Card {
    Card {
        id,
        says,
        cite,
        evidence: Evidence::Documented,
    }
}

impl DescribeCustomKeyStores {
    fn wants(&self, store: &KeyStore) -> bool {
        self.id.as_ref().is_none_or(|id| *id == store.id)
            && self
                .name
                .as_ref()
                .is_none_or(|name| *name == store.name.value)
    }
}

impl Operation for DescribeCustomKeyStores {
    const NAME: &'static str = "DescribeCustomKeyStores";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&[ONE_FILTER, STORE_EXISTS, MARKER_IS_OURS]];
    const PROMISES: &'static [Promise<Self>] = &[
        LISTS_THE_STORES,
        SHOWS_CONNECTION,
        SHOWS_CONNECTION_ERROR,
        SHOWS_CREATION_DATE,
        SHOWS_CLUSTER,
        SHOWS_PROXY,
    ];
}

const ONE_FILTER: Refusal<DescribeCustomKeyStores> = Refusal {
    card: documented(
        "KS-DESC-02",
        "A key store is named by its id or by its name, not by both.",
        API,
    ),
    stage: Stage::Condition,
    error: must(&[Validation, UnsupportedOperation]),
    when: |_, input| input.id.is_some() && input.name.is_some(),
};

const STORE_EXISTS: Refusal<DescribeCustomKeyStores> = Refusal {
    card: documented(
        "KS-DESC-03",
        "An id or name that no key store has is an error, not an empty list.",
        API,
    ),
    stage: Stage::Condition,
    error: must(&[CustomKeyStoreNotFound]),
    when: |state, input| {
        let filters = input.id.is_some() || input.name.is_some();
        filters && !state.key_stores.values().any(|store| input.wants(store))
    },
};

const MARKER_IS_OURS: Refusal<DescribeCustomKeyStores> = Refusal {
    card: documented(
        "KS-DESC-05",
        "A marker must come from an earlier page of this list.",
        API,
    ),
    stage: Stage::Condition,
    error: must(&[InvalidMarker]),
    when: |state, input| {
        let known = |marker: &String| {
            let known = state.markers.get(marker);
            known.is_some_and(|known| known.list == DescribeCustomKeyStores::NAME)
        };
        input.marker.as_ref().is_some_and(|marker| !known(marker))
    },
};

const LISTS_THE_STORES: Promise<DescribeCustomKeyStores> = Promise {
    card: documented(
        "KS-DESC-01",
        "The list has all key stores, or the one that was asked for, with their names and types.",
        API,
    ),
    when: always,
    make: |input, success| {
        let mut listed = Listed::default();
        for store in success.state.key_stores.values() {
            if !input.wants(store) {
                continue;
            }
            match is_distrusted(success.state, &store.id) {
                true => listed.optional.push(store.id.clone()),
                false => listed.present.push(store.id.clone()),
            }
        }
        let limit = input.limit.and_then(|limit| usize::try_from(limit).ok());
        let paging = Paging {
            list: "CustomKeyStores",
            key: "CustomKeyStoreId",
            name: DescribeCustomKeyStores::NAME,
            marker: input.marker.as_deref(),
            limit: limit.unwrap_or(LONGEST_PAGE),
            next: "NextMarker",
            truncated: "Truncated",
        };
        // Store ids hold no spaces, and Blind mints give none that would be listed.
        success.subject = success.list(&paging, &listed).join(" ");
        for_each(success, |success, at, store| {
            let name = store.name.value.as_str();
            success.show_traced(&at.then("CustomKeyStoreName"), &store.name, name);
            let kind = match store.kind {
                KeyStoreKind::CloudHsm { .. } => "AWS_CLOUDHSM",
                KeyStoreKind::External(_) => "EXTERNAL_KEY_STORE",
            };
            success.show(&at.then("CustomKeyStoreType"), kind);
        });
    },
};

const SHOWS_CONNECTION: Promise<DescribeCustomKeyStores> = Promise {
    card: documented(
        "KS-STATE-03",
        "The connection state is the one that requests led to; it does not follow the cluster.",
        ENTRY,
    ),
    when: always,
    make: |_, success| {
        for_each(success, |success, at, store| {
            let resource = Resource::KeyStore(store.id.clone());
            success.settle(&resource, at, |state| {
                let store = state.key_stores.get(&store.id)?;
                Some(shown(store.connection.value))
            });
        });
        for_each(success, |success, at, store| {
            let connection = &store.connection;
            let name = connection.value.wire_name();
            let at = at.then("ConnectionState");
            success.learn(&at, name);
            success.show_traced(&at, connection, name);
        });
    },
};

const SHOWS_CONNECTION_ERROR: Promise<DescribeCustomKeyStores> = Promise {
    card: documented(
        "KS-DESC-08",
        "A failed connection shows why it failed; no other state has an error code.",
        ENTRY,
    ),
    when: always,
    make: |_, success| {
        for_each(success, |success, at, store| {
            let at = at.then("ConnectionErrorCode");
            match store.connection.value {
                Connection::Failed(error) => success.show(&at, error),
                Connection::Connecting | Connection::Connected => success.absent(&at),
                // The guide reads the code after disconnecting, though the reference says that
                // only failed stores have one.
                Connection::Disconnecting | Connection::Disconnected => {}
            }
        });
    },
};

const SHOWS_CREATION_DATE: Promise<DescribeCustomKeyStores> = Promise {
    card: documented(
        "KS-DESC-09",
        "A key store shows when it was made, in epoch seconds.",
        ENTRY,
    ),
    when: always,
    make: |_, success| {
        for_each(success, |success, at, store| {
            let at = at.then("CreationDate");
            // The request that made the store did not show the date, so the first one seen counts.
            if let Some(created) = success.date(&at, store.created, 5 * MINUTE)
                && let Some(store) = success.state.key_store_mut(&store.id)
            {
                store.created = created;
            }
        });
    },
};

const SHOWS_CLUSTER: Promise<DescribeCustomKeyStores> = Promise {
    card: documented(
        "KS-DESC-06",
        "A CloudHSM key store shows its cluster and trust anchor, no proxy, and never a password.",
        ENTRY,
    ),
    when: always,
    make: |_, success| {
        for_each(success, |success, at, store| {
            let KeyStoreKind::CloudHsm {
                cluster,
                trust_anchor,
                ..
            } = &store.kind
            else {
                return;
            };
            let id = cluster.value.as_str();
            success.show_traced(&at.then("CloudHsmClusterId"), cluster, id);
            success.show(&at.then("TrustAnchorCertificate"), trust_anchor.as_str());
            success.absent(&at.then("XksProxyConfiguration"));
            success.absent_secret(&at.then("KeyStorePassword"));
        });
    },
};

const SHOWS_PROXY: Promise<DescribeCustomKeyStores> = Promise {
    card: documented(
        "KS-DESC-07",
        "An external key store shows its proxy, no cluster, and never the secret access key.",
        PROXY,
    ),
    when: always,
    make: |_, success| {
        for_each(success, |success, at, store| {
            if let KeyStoreKind::External(proxy) = &store.kind {
                success.absent(&at.then("CloudHsmClusterId"));
                success.absent(&at.then("TrustAnchorCertificate"));
                show_proxy(success, &at.then("XksProxyConfiguration"), proxy);
            }
        });
    },
};

fn show_proxy(success: &mut Success<'_>, at: &Path, proxy: &Proxy) {
    let connectivity = &proxy.connectivity;
    success.learn(&at.then("Connectivity"), connectivity.value.wire_name());
    success.show_traced(&at.then("Connectivity"), connectivity, connectivity.value);
    for (member, traced) in [
        ("UriEndpoint", &proxy.endpoint),
        ("UriPath", &proxy.path),
        ("AccessKeyId", &proxy.access_key),
    ] {
        success.show_traced(&at.then(member), traced, traced.value.as_str());
    }
    match &proxy.vpc_service {
        Some(service) => {
            let name = service.value.as_str();
            success.show_traced(&at.then("VpcEndpointServiceName"), service, name);
        }
        None => success.absent_traced(&at.then("VpcEndpointServiceName"), connectivity),
    }
    if let Some(owner) = &proxy.vpc_owner {
        let account = owner.value.as_str();
        success.show_traced(&at.then("VpcEndpointServiceOwner"), owner, account);
    }
    success.absent_secret(&at.then("RawSecretAccessKey"));
}

/// What an entry shows of a connection.
fn shown(connection: Connection) -> Value {
    let mut shown = json!({"ConnectionState": connection.wire_name()});
    if let (Some(error), Some(members)) = (connection.error(), shown.as_object_mut()) {
        members.insert("ConnectionErrorCode".to_owned(), Value::from(error));
    }
    shown
}

/// Shows something of every store on the page that is still trusted.
fn for_each(success: &mut Success<'_>, show: impl Fn(&mut Success<'_>, &Path, &KeyStore)) {
    let ids: Vec<String> = success.subject.split(' ').map(str::to_owned).collect();
    for id in ids {
        if is_distrusted(success.state, &id) {
            continue;
        }
        if let Some(store) = store(success.state, &id) {
            let at = Path::of("CustomKeyStores").entry("CustomKeyStoreId", id);
            show(success, &at, &store);
        }
    }
}

fn store(state: &State, id: &str) -> Option<Arc<KeyStore>> {
    state.key_stores.get(id).cloned()
}

#[cfg(test)]
mod tests {
    use crate::belief::{Exchange, Verdict};
    use crate::catalog;
    use crate::reply::Reply;
    use crate::testing::World;
    use serde_json::{Value, json};

    #[test]
    fn an_account_without_stores_lists_none() {
        let answer = World::new().ok("DescribeCustomKeyStores", json!({}));
        assert_eq!(answer, json!({"CustomKeyStores": [], "Truncated": false}));
    }

    #[test]
    fn an_unknown_store_is_an_error() {
        let mut world = World::new();
        for filter in ["CustomKeyStoreId", "CustomKeyStoreName"] {
            let body = json!({ filter: "nobody" });
            assert_eq!(
                world.refused("DescribeCustomKeyStores", body),
                ["CustomKeyStoreNotFoundException"]
            );
        }
    }

    #[test]
    fn a_store_is_named_in_one_way() {
        let mut world = World::new();
        let store = world.store();
        let body = json!({"CustomKeyStoreId": store, "CustomKeyStoreName": "store"});
        assert!(
            world
                .refused("DescribeCustomKeyStores", body)
                .contains(&"ValidationException")
        );
        world.ok(
            "DescribeCustomKeyStores",
            json!({"CustomKeyStoreName": "store"}),
        );
    }

    #[test]
    fn pages_add_up_to_the_list() {
        let mut world = World::new();
        for n in 0..3 {
            world.external_store(&format!("x{n}"), &format!("https://xks{n}.example.com"));
        }
        let mut marker = Value::Null;
        let mut seen = 0;
        loop {
            let page = world.ok(
                "DescribeCustomKeyStores",
                json!({"Limit": 2, "Marker": marker}),
            );
            seen += page["CustomKeyStores"].as_array().map_or(0, Vec::len);
            marker = page["NextMarker"].clone();
            assert_eq!(page["Truncated"], !marker.is_null());
            if marker.is_null() {
                break;
            }
        }
        assert_eq!(seen, 3);
        assert_eq!(
            world.refused("DescribeCustomKeyStores", json!({"Marker": "made up"})),
            ["InvalidMarkerException"]
        );
    }

    #[test]
    fn the_two_types_show_different_members() {
        let mut world = World::new();
        world.store();
        world.external_store("x", "https://xks.example.com");
        let all = world.ok("DescribeCustomKeyStores", json!({}));
        let entries = all["CustomKeyStores"].as_array().expect("a list").clone();
        let of = |kind: &str| {
            let found = entries.iter().find(|e| e["CustomKeyStoreType"] == kind);
            found.expect("it was made").clone()
        };
        let cluster = of("AWS_CLOUDHSM");
        assert_eq!(cluster["CloudHsmClusterId"], "cluster-aaaaaaaaaaa");
        assert!(cluster.get("XksProxyConfiguration").is_none());
        let external = of("EXTERNAL_KEY_STORE");
        let proxy = &external["XksProxyConfiguration"];
        assert_eq!(proxy["UriEndpoint"], "https://xks.example.com");
        assert!(external.get("CloudHsmClusterId").is_none());
    }

    #[test]
    fn a_password_that_is_shown_diverges_and_the_finding_does_not_repeat_it() {
        let mut world = World::new();
        world.store();
        let mut response = world.ok("DescribeCustomKeyStores", json!({}));
        response["CustomKeyStores"][0]["KeyStorePassword"] = json!("kmsPassword");
        let verdict = world.belief.observe(&Exchange {
            operation: catalog::operation(crate::Service::Kms, "DescribeCustomKeyStores")
                .expect("it is modelled"),
            body: &json!({}),
            reply: &Reply::Done(response),
            received: 0,
            certificate_fault: None,
        });
        let Verdict::Diverges(divergence) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(divergence[0].rules[0].id, "KS-DESC-06");
        assert!(!format!("{divergence:?}").contains("kmsPassword"));
    }
}
