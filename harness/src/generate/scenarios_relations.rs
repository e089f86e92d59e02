//! The scenario that looks at everything from two sides, so that answers can be compared with each
//! other.

use super::draft::Draft;
use super::scenes::{LONG, external_store, uninitialised_cluster, with};
use serde_json::{Value, json};

/// Everything that a plan can make and look at in two ways, with refused requests between.
pub(super) fn two_sides(draft: &mut Draft<'_>) {
    let account = Looked::make(draft);
    account.look(draft);
    refused(draft, &account);
    account.look(draft);
    pages(draft, &account);
    ciphertexts(draft, &account);
    material(draft, &account);
    account.look(draft);
    deletions(draft, &account);
}

/// What the scenario makes.
struct Looked {
    keys: [Value; 2],
    arn: Value,
    alias: Value,
    stores: [Value; 2],
    cluster: Value,
}

impl Looked {
    fn make(draft: &mut Draft<'_>) -> Looked {
        let cluster = uninitialised_cluster(draft);
        let tags = json!([{"Key": "colour", "Value": "green"}]);
        draft.hsm(
            "TagResource",
            json!({ "ResourceId": cluster, "TagList": tags }),
        );
        let stores = [1, 2].map(|proxy| {
            let made = draft.kms(
                "CreateCustomKeyStore",
                external_store(&format!("side-{proxy}"), proxy),
            );
            json!({ "$of": [made, "CustomKeyStoreId"] })
        });
        let tags = json!([
            {"TagKey": "colour", "TagValue": "red"},
            {"TagKey": "size", "TagValue": "large"},
            {"TagKey": "shape", "TagValue": "round"},
        ]);
        let body = json!({ "Description": "seen twice", "Tags": tags, "Policy": policy("first") });
        let made = draft.kms("CreateKey", body);
        let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
        let arn = json!({ "$of": [made, "KeyMetadata.Arn"] });
        let made = draft.kms("CreateKey", json!({}));
        let other = json!({ "$of": [made, "KeyMetadata.KeyId"] });
        draft.kms(
            "UntagResource",
            json!({ "KeyId": key, "TagKeys": ["shape"] }),
        );
        for target in [&key, &other] {
            draft.kms("CreateGrant", grant(target, json!({ "Name": "side" })));
        }
        for (name, target) in [("side-a", &key), ("side-b", &other), ("side-c", &key)] {
            let body = json!({ "AliasName": alias(name), "TargetKeyId": target });
            draft.kms("CreateAlias", body);
        }
        Looked {
            keys: [key, other],
            arn,
            alias: alias("side-a"),
            stores,
            cluster,
        }
    }

    /// Looks at each thing in every way there is.
    fn look(&self, draft: &mut Draft<'_>) {
        let key = &self.keys[0];
        let region = json!({ "$region": true });
        let account = json!({ "$account": true });
        let alias_arn = json!({
            "$concat": ["arn:aws:kms:", region, ":", account, ":", self.alias],
        });
        for name in [key, &self.arn, &self.alias, &alias_arn, &self.keys[1]] {
            draft.kms("DescribeKey", json!({ "KeyId": name }));
        }
        draft.kms("ListResourceTags", json!({ "KeyId": key }));
        draft.kms("GetKeyPolicy", json!({ "KeyId": key }));
        let listed = draft.kms("ListGrants", json!({ "KeyId": key }));
        let id = json!({ "$of": [listed, "Grants.0.GrantId"] });
        draft.kms("ListGrants", json!({ "KeyId": key, "GrantId": id }));
        draft.kms(
            "ListRetirableGrants",
            json!({ "RetiringPrincipal": root() }),
        );
        draft.kms("ListKeys", json!({}));
        draft.kms("ListAliases", json!({}));
        draft.kms("ListAliases", json!({ "KeyId": key }));
        draft.kms("DescribeCustomKeyStores", json!({}));
        let body = json!({ "CustomKeyStoreId": self.stores[0] });
        draft.kms("DescribeCustomKeyStores", body);
        let body = json!({ "CustomKeyStoreName": {"$name": "side-2"} });
        draft.kms("DescribeCustomKeyStores", body);
        draft.hsm("DescribeClusters", json!({}));
        let filters = json!({ "clusterIds": [self.cluster] });
        draft.hsm("DescribeClusters", json!({ "Filters": filters }));
        draft.hsm("ListTags", json!({ "ResourceId": self.cluster }));
    }
}

fn alias(name: &str) -> Value {
    json!({ "$concat": ["alias/", {"$name": name}] })
}

fn root() -> Value {
    json!({ "$concat": ["arn:aws:iam::", {"$account": true}, ":root"] })
}

fn grant(key: &Value, changes: Value) -> Value {
    let body = json!({
        "KeyId": key, "GranteePrincipal": root(), "RetiringPrincipal": root(),
        "Operations": ["Decrypt"], "Constraints": {"EncryptionContextSubset": {"a": "b"}},
    });
    with(&body, &changes)
}

fn policy(id: &str) -> Value {
    let root = root();
    json!({ "$json": {
        "Version": "2012-10-17",
        "Id": id,
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"},
        ],
    }})
}

/// Creations that cannot be.
fn refused(draft: &mut Draft<'_>, account: &Looked) {
    draft.kms("CreateKey", json!({ "KeyUsage": "SIGN_VERIFY" }));
    let body = json!({ "AliasName": account.alias, "TargetKeyId": account.keys[1] });
    draft.kms("CreateAlias", body);
    let body = grant(&account.keys[0], json!({ "Operations": ["Sign"] }));
    draft.kms("CreateGrant", body);
    draft.kms("CreateCustomKeyStore", external_store("side-1", 3));
    draft.hsm(
        "CreateCluster",
        json!({ "HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": ["subnet-0123456789abcdef0"] }),
    );
    let body = json!({ "ClusterId": account.cluster, "AvailabilityZone": "us-east-1z" });
    draft.hsm("CreateHsm", body);
}

/// The lists that can be read page by page, against the same lists in one piece.
fn pages(draft: &mut Draft<'_>, account: &Looked) {
    let tags = json!({ "KeyId": account.keys[0] });
    let lists = [
        ("ListKeys", json!({})),
        ("ListAliases", json!({})),
        ("ListResourceTags", tags),
        ("DescribeCustomKeyStores", json!({})),
    ];
    for (name, body) in lists {
        let mut step = draft.kms(name, with(&body, &json!({ "Limit": 1 })));
        for _ in 0..2 {
            let marker = json!({ "$of": [step, "NextMarker"] });
            let next = with(&body, &json!({ "Limit": 1, "Marker": marker }));
            step = draft.kms(name, next);
        }
        draft.kms(name, body);
    }
}

/// A ciphertext under its own key and context, and under others.
fn ciphertexts(draft: &mut Draft<'_>, account: &Looked) {
    let [key, other] = &account.keys;
    let context = json!({ "purpose": "test" });
    let body =
        json!({ "KeyId": key, "Plaintext": {"$bytes": [5, 24]}, "EncryptionContext": context });
    let sealed = draft.kms("Encrypt", body);
    let blob = json!({ "$of": [sealed, "CiphertextBlob"] });
    for (under, context) in [
        (key, json!({ "purpose": "test" })),
        (key, json!({ "purpose": "other" })),
        (key, json!({})),
        (other, json!({ "purpose": "test" })),
    ] {
        let body = json!({ "CiphertextBlob": blob, "KeyId": under, "EncryptionContext": context });
        draft.kms("Decrypt", body);
    }
    let body = json!({
        "CiphertextBlob": blob, "SourceEncryptionContext": context, "DestinationKeyId": other,
    });
    let moved = draft.kms("ReEncrypt", body);
    let blob = json!({ "$of": [moved, "CiphertextBlob"] });
    draft.kms("Decrypt", json!({ "CiphertextBlob": blob }));
}

/// Material that must differ each time it is made.
fn material(draft: &mut Draft<'_>, account: &Looked) {
    for _ in 0..2 {
        draft.kms("GenerateRandom", json!({ "NumberOfBytes": 32 }));
        let body = json!({ "KeyId": account.keys[0], "KeySpec": "AES_256" });
        let made = draft.kms("GenerateDataKey", body);
        let blob = json!({ "$of": [made, "CiphertextBlob"] });
        draft.kms("Decrypt", json!({ "CiphertextBlob": blob }));
        let body = json!({ "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY" });
        let made = draft.kms("CreateKey", body);
        let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
        draft.kms("GetPublicKey", json!({ "KeyId": key }));
    }
}

/// What is deleted, and looks at it afterwards.
fn deletions(draft: &mut Draft<'_>, account: &Looked) {
    let [key, other] = &account.keys;
    let body = json!({ "KeyId": key, "Policy": policy("second") });
    draft.kms("PutKeyPolicy", body);
    draft.kms("GetKeyPolicy", json!({ "KeyId": key }));
    let made = draft.kms("CreateGrant", grant(key, json!({})));
    let token = json!({ "$of": [made, "GrantToken"] });
    draft.kms("RetireGrant", json!({ "GrantToken": token }));
    draft.kms("ListGrants", json!({ "KeyId": key }));
    draft.kms("DeleteAlias", json!({ "AliasName": account.alias }));
    draft.kms("DescribeKey", json!({ "KeyId": account.alias }));
    draft.kms("ListAliases", json!({}));
    let body = json!({ "KeyId": other, "PendingWindowInDays": 7 });
    draft.kms("ScheduleKeyDeletion", body);
    draft.kms("DescribeKey", json!({ "KeyId": other }));
    draft.kms(
        "Encrypt",
        json!({ "KeyId": other, "Plaintext": {"$bytes": [5, 24]} }),
    );
    let body = json!({ "CustomKeyStoreId": account.stores[1] });
    draft.kms("DeleteCustomKeyStore", body);
    draft.kms("DescribeCustomKeyStores", json!({}));
    let shown = draft.hsm("DescribeClusters", json!({}));
    let hsm = json!({ "$of": [shown, "Clusters.0.Hsms.0.HsmId"] });
    let body = json!({ "ClusterId": account.cluster, "HsmId": hsm });
    draft.hsm("DeleteHsm", body);
    draft.hsm("DescribeClusters", json!({}));
    draft.wait(LONG);
    draft.hsm("DeleteCluster", json!({ "ClusterId": account.cluster }));
    draft.hsm("DescribeClusters", json!({}));
}
