//! Bodies of requests: every member by itself, or shaped for operations whose members only make
//! sense together.

use super::bodies_made::{agreeing, encrypting, import, making, verifying};
use super::bodies_of_grants::{create_grant, list_grants, of_grant};
use super::contexts::another;
use super::dice::Dice;
use super::draft::Draft;
use super::scalars::policies;
use super::scenes::{cloudhsm_store, external_store, proxy, vpc_service};
use super::values::meaningful;
use kms_conformance_model::kms::EncryptionAlgorithm;
use kms_conformance_model::{AnyOperation, Service, State};
use serde_json::{Map, Value, json};

/// A body that the operation may well accept.
pub(crate) fn body(
    dice: &mut Dice,
    draft: &Draft<'_>,
    operation: &'static dyn AnyOperation,
) -> Value {
    let shaped = match (operation.service(), operation.name()) {
        (Service::Kms, "CreateKey") => Some(create_key(dice, draft)),
        (Service::Kms, "CreateCustomKeyStore") => Some(create_store(dice, draft)),
        (Service::Kms, "UpdateCustomKeyStore") => Some(update_store(dice, draft)),
        (Service::Kms, "DescribeCustomKeyStores") => describe_stores(dice, draft),
        (Service::Kms, "Decrypt" | "ReEncrypt") => opening(dice, draft, operation),
        (Service::Kms, "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext") => {
            Some(data_key(dice, draft, operation))
        }
        (Service::Kms, "Sign" | "GenerateMac" | "GetPublicKey") => making(dice, draft, operation),
        (Service::Kms, "Verify") => verifying(dice, draft, "Sign", "Signature"),
        (Service::Kms, "VerifyMac") => verifying(dice, draft, "GenerateMac", "Mac"),
        (Service::Kms, "DeriveSharedSecret") => agreeing(dice, draft),
        (Service::Kms, "Encrypt") => encrypting(dice, draft, operation),
        (Service::Kms, "CreateGrant") => Some(create_grant(dice, draft, operation)),
        (Service::Kms, "ImportKeyMaterial") => import(dice, draft),
        (Service::Kms, "RevokeGrant" | "RetireGrant") => of_grant(dice, draft, operation),
        (Service::Kms, "ListGrants") => list_grants(dice, draft, operation),
        (Service::CloudHsm, "DescribeClusters" | "DescribeBackups") => {
            Some(filtered(dice, draft, operation))
        }
        (Service::CloudHsm, "DeleteHsm") => delete_hsm(dice, draft),
        (Service::CloudHsm, "CreateHsm") => Some(create_hsm(dice, draft, operation)),
        _ => None,
    };
    shaped.unwrap_or_else(|| each_member(dice, draft, operation))
}

/// Every required member, and optional ones now and then.
pub(super) fn each_member(
    dice: &mut Dice,
    draft: &Draft<'_>,
    operation: &dyn AnyOperation,
) -> Value {
    let mut body = Map::new();
    for member in operation.members() {
        let wanted = member.required
            || match member.name {
                "GrantTokens" if has_tokens(draft) => dice.chance(15),
                "GrantTokens" | "DryRun" | "Recipient" | "DryRunModifiers" => dice.chance(3),
                "Limit" | "MaxResults" => dice.chance(50),
                "Marker" | "NextToken" => dice.chance(40),
                _ => dice.chance(25),
            };
        if wanted && let Some(value) = meaningful(dice, draft, operation.name(), member) {
            body.insert(member.name.to_owned(), value);
        }
    }
    Value::Object(body)
}

fn create_key(dice: &mut Dice, draft: &Draft<'_>) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    let store = draft.state().and_then(|state| {
        let all = draft.in_order(state.key_stores.keys());
        let id = dice.pick(&all)?;
        Some((draft.name(id), state.key_stores.get(*id)?.proxy().is_some()))
    });
    let usages = [
        "ENCRYPT_DECRYPT",
        "SIGN_VERIFY",
        "GENERATE_VERIFY_MAC",
        "KEY_AGREEMENT",
    ];
    match (dice.below(100), store) {
        (0..=39, Some((store, external))) => {
            let origin = if external {
                "EXTERNAL_KEY_STORE"
            } else {
                "AWS_CLOUDHSM"
            };
            put("Origin", json!(origin));
            put("CustomKeyStoreId", store);
            if external {
                put("XksKeyId", json!(format!("xks-key-{}", dice.below(4))));
            }
            if dice.chance(6) {
                put("KeySpec", json!("RSA_2048"));
                put("KeyUsage", json!("SIGN_VERIFY"));
            }
            if dice.chance(4) {
                put("MultiRegion", json!(true));
            }
        }
        (40..=69, _) => {
            let specs = kms_conformance_model::state::KeySpec::NAMES;
            let member = if dice.chance(25) {
                "CustomerMasterKeySpec"
            } else {
                "KeySpec"
            };
            put(member, json!(dice.pick(specs)));
            if dice.chance(85) {
                put("KeyUsage", json!(dice.pick(&usages)));
            }
            if dice.chance(10) {
                put("MultiRegion", json!(true));
            }
            if dice.chance(5) {
                put("Origin", json!("EXTERNAL"));
            }
            if dice.chance(5) {
                put("CustomerMasterKeySpec", json!("SYMMETRIC_DEFAULT"));
            }
        }
        (70..=76, _) => {
            put("Origin", json!("EXTERNAL"));
        }
        (77..=83, store) => {
            let origins = ["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE", "EXTERNAL", "AWS_KMS"];
            put("Origin", json!(dice.pick(&origins)));
            if let Some((store, _)) = store.filter(|_| dice.chance(60)) {
                put("CustomKeyStoreId", store);
            }
            if dice.chance(30) {
                put("XksKeyId", json!("xks-key-1"));
            }
        }
        (84..=86, _) => {
            put("Origin", json!("AWS_CLOUDHSM"));
            put(
                "CustomKeyStoreId",
                json!({ "$unknown": "CustomKeyStoreId" }),
            );
        }
        _ => {}
    }
    if dice.chance(35) {
        put(
            "Description",
            json!(format!("description {}", dice.below(3))),
        );
    }
    if dice.chance(20) {
        put("Policy", dice.draw(&policies()));
    }
    if dice.chance(10) {
        put("BypassPolicyLockoutSafetyCheck", json!(true));
    }
    if dice.chance(25) {
        put(
            "Tags",
            json!([{"TagKey": format!("tag-{}", dice.below(4)), "TagValue": "v"}]),
        );
    }
    Value::Object(body)
}

fn create_store(dice: &mut Dice, draft: &Draft<'_>) -> Value {
    let name = format!("store-{}", dice.below(4));
    if dice.chance(45) {
        let mut body = external_store(&name, dice.below(4));
        if dice.chance(20) {
            set(
                &mut body,
                "XksProxyConnectivity",
                json!("VPC_ENDPOINT_SERVICE"),
            );
            let service = vpc_service(dice.below(3));
            set(&mut body, "XksProxyVpcEndpointServiceName", service);
        }
        return body;
    }
    let clusters = draft
        .state()
        .map(|state| draft.in_order(state.clusters.keys()))
        .unwrap_or_default();
    let cluster = match dice.pick(&clusters) {
        Some(id) if !dice.chance(5) => draft.name(id),
        _ => json!({ "$unknown": "ClusterId" }),
    };
    let mut body = cloudhsm_store(&name, &cluster);
    if dice.chance(8) {
        set(
            &mut body,
            "TrustAnchorCertificate",
            json!({ "$anchor": "b" }),
        );
    }
    if dice.chance(8) {
        set(&mut body, "CustomKeyStoreType", json!("AWS_CLOUDHSM"));
    }
    body
}

fn update_store(dice: &mut Dice, draft: &Draft<'_>) -> Value {
    let state = draft.state();
    let stores = state
        .map(|state| draft.in_order(state.key_stores.keys()))
        .unwrap_or_default();
    let Some(id) = dice.pick(&stores).copied() else {
        return json!({ "CustomKeyStoreId": {"$unknown": "CustomKeyStoreId"} });
    };
    let mut body = json!({ "CustomKeyStoreId": draft.name(id) });
    let external = state
        .and_then(|state| state.key_stores.get(id))
        .is_some_and(|store| store.proxy().is_some());
    match (dice.below(5), external) {
        (0 | 1, _) => {
            let name = format!("store-{}", dice.below(4));
            set(&mut body, "NewCustomKeyStoreName", json!({ "$name": name }));
        }
        (2, false) => set(&mut body, "KeyStorePassword", json!("kmsPswd2")),
        (_, false) => {
            let clusters = state
                .map(|state| draft.in_order(state.clusters.keys()))
                .unwrap_or_default();
            let cluster = dice.pick(&clusters).map(|id| draft.name(id));
            let unknown = json!({ "$unknown": "ClusterId" });
            set(&mut body, "CloudHsmClusterId", cluster.unwrap_or(unknown));
        }
        (2, true) => {
            set(&mut body, "XksProxyUriEndpoint", proxy(dice.below(4)));
        }
        (3, true) => set(&mut body, "XksProxyUriPath", json!("/moved/kms/xks/v1")),
        (_, true) => {
            let credential = json!({
                "AccessKeyId": "TSRQPONMLKJIHGFEDCBA",
                "RawSecretAccessKey": {"$text": ["t", 43]},
            });
            set(&mut body, "XksProxyAuthenticationCredential", credential);
        }
    }
    body
}

fn describe_stores(dice: &mut Dice, draft: &Draft<'_>) -> Option<Value> {
    let state = draft.state()?;
    let stores = state.key_stores.values();
    let names = draft.in_order(stores.map(|store| &store.name.value));
    match dice.below(6) {
        0 => Some(json!({})),
        1 => Some(json!({ "CustomKeyStoreName": draft.name(dice.pick(&names)?) })),
        2 => Some(json!({ "CustomKeyStoreName": {"$name": "no-such-store"} })),
        _ => None,
    }
}

/// A ciphertext with the context it was sealed with, usually.
fn opening(dice: &mut Dice, draft: &Draft<'_>, operation: &dyn AnyOperation) -> Option<Value> {
    let state = draft.state()?;
    let known = draft.in_order(state.ciphertexts.keys());
    let blob = dice.pick(&known).copied().filter(|_| dice.chance(80))?;
    let sealed = state.ciphertexts.get(blob)?;
    let mut body = each_member(dice, draft, operation);
    let source = match operation.name() {
        "ReEncrypt" => ("SourceEncryptionContext", "SourceKeyId"),
        _ => ("EncryptionContext", "KeyId"),
    };
    set(&mut body, "CiphertextBlob", draft.name(blob));
    match dice.chance(90) {
        true => set(&mut body, source.0, json!(sealed.context)),
        false => set(&mut body, source.0, another(dice, &sealed.context)),
    }
    if dice.chance(60) {
        set(&mut body, source.1, draft.name(&sealed.key));
    }
    for algorithm in [
        "EncryptionAlgorithm",
        "SourceEncryptionAlgorithm",
        "DestinationEncryptionAlgorithm",
    ] {
        if body.get(algorithm).is_some() && dice.chance(80) {
            set(&mut body, algorithm, json!("SYMMETRIC_DEFAULT"));
        }
    }
    if sealed.algorithm != EncryptionAlgorithm::SymmetricDefault {
        let algorithm = match operation.name() {
            "ReEncrypt" => "SourceEncryptionAlgorithm",
            _ => "EncryptionAlgorithm",
        };
        set(&mut body, algorithm, json!(sealed.algorithm.wire_name()));
        set(&mut body, source.1, draft.name(&sealed.key));
        if let Some(members) = body.as_object_mut().filter(|_| dice.chance(90)) {
            members.remove(source.0);
        }
    }
    Some(body)
}

fn data_key(dice: &mut Dice, draft: &Draft<'_>, operation: &dyn AnyOperation) -> Value {
    let mut body = each_member(dice, draft, operation);
    if let Some(members) = body.as_object_mut().filter(|_| dice.chance(85)) {
        members.remove("KeySpec");
        members.remove("NumberOfBytes");
        match dice.chance(50) {
            true => members.insert("KeySpec".to_owned(), json!("AES_256")),
            false => members.insert("NumberOfBytes".to_owned(), json!(1 + dice.below(64))),
        };
    }
    body
}

fn filtered(dice: &mut Dice, draft: &Draft<'_>, operation: &dyn AnyOperation) -> Value {
    let mut body = each_member(dice, draft, operation);
    let filter = draft
        .state()
        .and_then(|state| filter(dice, draft, state, operation.name()));
    if let Some(filter) = filter.filter(|_| dice.chance(60)) {
        set(&mut body, "Filters", filter);
    }
    body
}

fn filter(dice: &mut Dice, draft: &Draft<'_>, state: &State, operation: &str) -> Option<Value> {
    let clusters = draft.in_order(state.clusters.keys());
    let backups = draft.in_order(state.backups.keys());
    let cluster = dice.pick(&clusters).map(|id| draft.name(id));
    let cluster = cluster.unwrap_or_else(|| json!({ "$unknown": "ClusterId" }));
    Some(match (operation, dice.below(6)) {
        (_, 0) => json!({ "noSuchFilter": ["x"] }),
        ("DescribeClusters", 1) => json!({ "states": ["ACTIVE", "INITIALIZED"] }),
        ("DescribeClusters", 2) => json!({ "states": ["UNINITIALIZED"] }),
        ("DescribeClusters", 3) => json!({ "vpcIds": ["vpc-0a1b2c3d4e5f60718"] }),
        ("DescribeClusters", _) => json!({ "clusterIds": [cluster] }),
        (_, 1) => json!({ "clusterIds": [cluster] }),
        (_, 2) => json!({ "states": ["READY"] }),
        (_, 3) => json!({ "neverExpires": ["true"] }),
        (_, 4) => json!({ "states": ["PENDING_DELETION"] }),
        _ => json!({ "backupIds": [draft.name(dice.pick(&backups)?)] }),
    })
}

/// An HSM of the cluster that is named, which random choice would seldom hit.
fn delete_hsm(dice: &mut Dice, draft: &Draft<'_>) -> Option<Value> {
    let state = draft.state()?;
    let clusters = state.clusters.values().filter(|it| !it.hsms.is_empty());
    let clusters = draft.in_order(clusters.map(|it| &it.id));
    let cluster = dice.pick(&clusters).filter(|_| dice.chance(85))?;
    let cluster = state.clusters.get(*cluster)?;
    let hsms = draft.in_order(cluster.hsms.keys());
    let hsm = cluster.hsms.get(*dice.pick(&hsms)?)?;
    let mut body = json!({ "ClusterId": draft.name(&cluster.id) });
    match (dice.below(4), &hsm.eni_id, &hsm.eni_ip) {
        (0, Some(eni), _) => set(&mut body, "EniId", draft.name(eni)),
        (1, _, Some(ip)) => set(&mut body, "EniIp", draft.name(ip)),
        _ => set(&mut body, "HsmId", draft.name(&hsm.id)),
    }
    Some(body)
}

fn create_hsm(dice: &mut Dice, draft: &Draft<'_>, operation: &dyn AnyOperation) -> Value {
    let mut body = each_member(dice, draft, operation);
    if let Some(members) = body.as_object_mut().filter(|_| dice.chance(80)) {
        members.remove("IpAddress");
    }
    body
}

fn has_tokens(draft: &Draft<'_>) -> bool {
    let state = draft.state();
    state.is_some_and(|state| !state.grant_tokens.is_empty())
}

pub(super) fn leave_out(body: &mut Value, name: &str) {
    if let Some(members) = body.as_object_mut() {
        members.remove(name);
    }
}

pub(super) fn set(body: &mut Value, name: &str, value: Value) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
