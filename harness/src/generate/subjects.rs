//! Keys of every kind and state, for every operation to be tried on.

use super::draft::Draft;
use super::scenarios_regions::primary_with_replica;
use super::scenes::{LONG, connect, connected_store, external_store, key_in_store, proxy, with};
use serde_json::{Value, json};

/// A key under test, with grants if it took any, and a ciphertext that it sealed if it could.
pub(super) struct Subject {
    /// The key.
    pub(super) key: Value,
    /// The ciphertext.
    pub(super) sealed: Value,
    /// Two grants, one to retire and one to revoke.
    pub(super) grants: [Value; 2],
}

type Making = fn(&mut Draft<'_>) -> Subject;

/// Keys of every kind and state.
pub(super) const KEYS: &[(&str, Making)] = &[
    ("an ordinary key", ordinary),
    ("a disabled key", |draft| {
        let subject = ordinary(draft);
        disabled(draft, subject)
    }),
    ("a key pending deletion", |draft| {
        let subject = ordinary(draft);
        doomed(draft, subject)
    }),
    ("a key pending import", |draft| {
        new(draft, json!({ "Origin": "EXTERNAL" }))
    }),
    ("a multi-Region key", |draft| {
        new(draft, json!({ "MultiRegion": true }))
    }),
    ("an RSA key for encryption", rsa),
    ("a disabled RSA key", |draft| {
        let subject = rsa(draft);
        disabled(draft, subject)
    }),
    ("an elliptic key for signatures", signing),
    ("a disabled key for signatures", |draft| {
        let subject = signing(draft);
        disabled(draft, subject)
    }),
    ("a key for signatures pending deletion", |draft| {
        let subject = signing(draft);
        doomed(draft, subject)
    }),
    ("a key for signatures pending import", |draft| {
        let body = json!({
            "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL",
        });
        new(draft, body)
    }),
    ("an HMAC key", hmac),
    ("a disabled HMAC key", |draft| {
        let subject = hmac(draft);
        disabled(draft, subject)
    }),
    ("an HMAC key pending deletion", |draft| {
        let subject = hmac(draft);
        doomed(draft, subject)
    }),
    ("an HMAC key pending import", |draft| {
        let body = json!({
            "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC", "Origin": "EXTERNAL",
        });
        new(draft, body)
    }),
    ("a key for key agreement", agreeing),
    ("a disabled key for key agreement", |draft| {
        let subject = agreeing(draft);
        disabled(draft, subject)
    }),
    ("a key for key agreement pending deletion", |draft| {
        let subject = agreeing(draft);
        doomed(draft, subject)
    }),
    ("a key for key agreement pending import", |draft| {
        let body = json!({
            "KeySpec": "ECC_NIST_P384", "KeyUsage": "KEY_AGREEMENT", "Origin": "EXTERNAL",
        });
        new(draft, body)
    }),
    ("a disabled multi-Region key", |draft| {
        let subject = new(draft, json!({ "MultiRegion": true }));
        disabled(draft, subject)
    }),
    ("a multi-Region key pending import", |draft| {
        new(draft, json!({ "MultiRegion": true, "Origin": "EXTERNAL" }))
    }),
    ("a multi-Region key pending deletion", |draft| {
        let subject = new(draft, json!({ "MultiRegion": true }));
        doomed(draft, subject)
    }),
    ("a primary key with a replica key", |draft| {
        let key = primary_with_replica(draft);
        furnished(draft, key)
    }),
    ("a primary key that waits for its replica key", |draft| {
        let key = primary_with_replica(draft);
        let subject = furnished(draft, key);
        doomed(draft, subject)
    }),
    ("a former primary key that is updating", |draft| {
        let key = primary_with_replica(draft);
        let subject = furnished(draft, key);
        draft.kms(
            "UpdatePrimaryRegion",
            json!({ "KeyId": subject.key, "PrimaryRegion": {"$elsewhere": 0} }),
        );
        subject
    }),
    ("a key in a CloudHSM key store", |draft| in_store(draft).0),
    ("a disabled key in a CloudHSM key store", |draft| {
        let (subject, _, _) = in_store(draft);
        disabled(draft, subject)
    }),
    ("a key pending deletion in a key store", |draft| {
        let (subject, _, _) = in_store(draft);
        doomed(draft, subject)
    }),
    (
        "a key pending deletion in a disconnected key store",
        |draft| {
            let (subject, store, _) = in_store(draft);
            let subject = doomed(draft, subject);
            disconnect(draft, &store);
            subject
        },
    ),
    ("a key in a disconnected key store", |draft| {
        let (subject, store, _) = in_store(draft);
        disconnect(draft, &store);
        subject
    }),
    ("a disabled key in a disconnected key store", |draft| {
        let (subject, store, _) = in_store(draft);
        let subject = disabled(draft, subject);
        disconnect(draft, &store);
        subject
    }),
    ("a key in a key store whose HSMs failed", |draft| {
        let (subject, _, cluster) = in_store(draft);
        for zone in 0..2 {
            let filters = json!({"Filters": {"clusterIds": [cluster]}});
            let listed = draft.hsm("DescribeClusters", filters);
            let hsm = json!({ "$of": [listed, format!("Clusters.0.Hsms.{zone}.HsmId")] });
            draft.outside(json!({"action": "FailHsm", "cluster": cluster, "hsm": hsm}));
        }
        subject
    }),
    ("a key whose material was deleted", |draft| {
        let (subject, _, cluster) = in_store(draft);
        let (region, account) = (json!({ "$region": true }), json!({ "$account": true }));
        let arn = json!({
            "$concat": ["arn:aws:kms:", region, ":", account, ":key/", subject.key],
        });
        draft.outside(json!({"action": "DeleteHsmKey", "cluster": cluster, "label": arn}));
        subject
    }),
    (
        "a key in a key store whose kmsuser is locked out",
        |draft| {
            let (subject, _, cluster) = in_store(draft);
            draft.outside(json!({"action": "FailLogins", "cluster": cluster, "times": 5}));
            subject
        },
    ),
    ("a key in an external key store", external),
    ("a key in an external key store that fails", |draft| {
        let subject = external(draft);
        draft.outside(json!({
            "action": "FailProxy", "endpoint": proxy(1),
            "error": "XKS_PROXY_TIMED_OUT",
        }));
        subject
    }),
];

/// Keys in another Region than that of the run, where every operation is tried on them.
pub(super) const ELSEWHERE: &[(&str, Making)] = &[
    ("a replica key", |draft| {
        let key = draft.at_home(|draft| primary_with_replica(draft));
        furnished(draft, key)
    }),
    ("a replica key that is being created", |draft| {
        being_created(draft, &json!({}))
    }),
    ("a key for signatures that is being created", |draft| {
        being_created(
            draft,
            &json!({ "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY" }),
        )
    }),
    ("an HMAC key that is being created", |draft| {
        being_created(
            draft,
            &json!({ "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC" }),
        )
    }),
    ("a key for key agreement that is being created", |draft| {
        being_created(
            draft,
            &json!({ "KeySpec": "ECC_NIST_P384", "KeyUsage": "KEY_AGREEMENT" }),
        )
    }),
    ("a new primary key that is updating", |draft| {
        let key = draft.at_home(|draft| primary_with_replica(draft));
        let subject = furnished(draft, key);
        draft.at_home(|draft| {
            draft.kms(
                "UpdatePrimaryRegion",
                json!({ "KeyId": subject.key, "PrimaryRegion": {"$elsewhere": 0} }),
            );
        });
        subject
    }),
];

fn being_created(draft: &mut Draft<'_>, shape: &Value) -> Subject {
    let body = with(shape, &json!({ "MultiRegion": true }));
    let key = draft.at_home(|draft| {
        let made = draft.kms("CreateKey", body);
        let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
        let body = json!({ "KeyId": key, "ReplicaRegion": {"$elsewhere": 0} });
        draft.kms("ReplicateKey", body);
        key
    });
    furnished(draft, key)
}

/// An ordinary key with an alias and a ciphertext.
pub(super) fn ordinary(draft: &mut Draft<'_>) -> Subject {
    new(draft, json!({}))
}

fn new(draft: &mut Draft<'_>, body: Value) -> Subject {
    let made = draft.kms("CreateKey", body);
    furnished(draft, json!({ "$of": [made, "KeyMetadata.KeyId"] }))
}

fn rsa(draft: &mut Draft<'_>) -> Subject {
    let body = json!({ "KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT" });
    new(draft, body)
}

fn signing(draft: &mut Draft<'_>) -> Subject {
    let body = json!({ "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY" });
    new(draft, body)
}

fn hmac(draft: &mut Draft<'_>) -> Subject {
    let body = json!({ "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC" });
    new(draft, body)
}

fn agreeing(draft: &mut Draft<'_>) -> Subject {
    let body = json!({ "KeySpec": "ECC_NIST_P384", "KeyUsage": "KEY_AGREEMENT" });
    new(draft, body)
}

fn disabled(draft: &mut Draft<'_>, subject: Subject) -> Subject {
    draft.kms("DisableKey", json!({ "KeyId": subject.key }));
    subject
}

fn doomed(draft: &mut Draft<'_>, subject: Subject) -> Subject {
    draft.kms("ScheduleKeyDeletion", json!({ "KeyId": subject.key }));
    subject
}

fn disconnect(draft: &mut Draft<'_>, store: &Value) {
    let body = json!({ "CustomKeyStoreId": store });
    draft.kms("DisconnectCustomKeyStore", body);
    draft.wait(LONG);
}

fn in_store(draft: &mut Draft<'_>) -> (Subject, Value, Value) {
    let (store, cluster) = connected_store(draft, "swept");
    let key = key_in_store(draft, &store);
    (furnished(draft, key), store, cluster)
}

fn external(draft: &mut Draft<'_>) -> Subject {
    let made = draft.kms("CreateCustomKeyStore", external_store("swept", 1));
    let store = json!({ "$of": [made, "CustomKeyStoreId"] });
    connect(draft, &store);
    let body = json!({
        "Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": "xks-key-1",
    });
    new(draft, body)
}

fn furnished(draft: &mut Draft<'_>, key: Value) -> Subject {
    let alias = json!({ "$concat": ["alias/", {"$name": "swept"}] });
    let body = json!({ "AliasName": alias, "TargetKeyId": key });
    draft.kms("CreateAlias", body.clone());
    // Another key of the plan may have the alias already.
    draft.kms("UpdateAlias", body);
    let body = json!({ "KeyId": key, "Plaintext": {"$bytes": [5, 16]} });
    let sealed = draft.kms("Encrypt", body);
    let sealed = json!({ "$of": [sealed, "CiphertextBlob"] });
    let grants = [(); 2].map(|()| {
        let root = json!({ "$concat": ["arn:aws:iam::", {"$account": true}, ":root"] });
        let body = json!({
            "KeyId": key, "GranteePrincipal": root, "Operations": ["DescribeKey"],
        });
        let made = draft.kms("CreateGrant", body);
        json!({ "$of": [made, "GrantId"] })
    });
    Subject {
        key,
        sealed,
        grants,
    }
}
