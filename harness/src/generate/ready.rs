//! What an operation needs to succeed: a key of the right kind and state, a ciphertext, a signature, an
//! alias, a grant. Steps that make it are written where it is not there.

use super::contexts::contexts;
use super::dice::Dice;
use super::draft::Draft;
use super::scenes::external_store;
use kms_conformance_model::state::{Connection, Key, KeyState, KeyUsage};
use kms_conformance_model::{AnyOperation, Service};
use serde_json::{Value, json};

/// The specs of keys for each purpose. RSA keys of 4096 bits take long to make, so they are left to
/// chance and to the sweeps.
const SIGNING: &[&str] = &[
    "RSA_2048",
    "RSA_3072",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "ECC_NIST_EDWARDS25519",
    "ML_DSA_44",
    "ML_DSA_65",
];
const CODING: &[&str] = &["HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"];
const AGREEING: &[&str] = &["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"];

/// Writes the steps that make what `operation` needs, as far as it is not there and as far as the
/// operations that make it may be called.
pub(super) fn prepare(
    dice: &mut Dice,
    draft: &mut Draft<'_>,
    operation: &dyn AnyOperation,
    may: &dyn Fn(&str) -> bool,
) {
    let mut bench = Bench { dice, draft, may };
    let done = match (operation.service(), operation.name()) {
        (Service::CloudHsm, name) => bench.for_cloudhsm(name),
        (Service::Kms, name) => bench.for_kms(name),
    };
    // Where something cannot be made, the operation is called without it.
    done.unwrap_or_default();
}

/// Where what is needed is made.
pub(super) struct Bench<'a, 't> {
    pub(super) dice: &'a mut Dice,
    pub(super) draft: &'a mut Draft<'t>,
    may: &'a dyn Fn(&str) -> bool,
}

impl Bench<'_, '_> {
    fn for_cloudhsm(&mut self, name: &str) -> Option<()> {
        let needs_cluster = matches!(
            name,
            "CreateHsm"
                | "DeleteCluster"
                | "InitializeCluster"
                | "ListTags"
                | "ModifyCluster"
                | "TagResource"
                | "UntagResource"
        );
        let state = self.draft.state()?;
        if needs_cluster && state.clusters.is_empty() && (self.may)("CreateCluster") {
            let subnets = json!([{"$subnet": 0}, {"$subnet": 1}, {"$subnet": 2}]);
            self.draft.hsm(
                "CreateCluster",
                json!({ "HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": subnets }),
            );
        }
        Some(())
    }

    fn for_kms(&mut self, name: &str) -> Option<()> {
        match name {
            "Decrypt" | "ReEncrypt" => self.ciphertext(),
            "Sign" => self.signer().map(drop),
            "Verify" => self.signature(),
            "GenerateMac" => self.coder().map(drop),
            "VerifyMac" => self.code(),
            "GetPublicKey" => self.pair().map(drop),
            "DeriveSharedSecret" => self.agreement(),
            "Encrypt"
            | "GenerateDataKey"
            | "GenerateDataKeyPair"
            | "GenerateDataKeyPairWithoutPlaintext"
            | "GenerateDataKeyWithoutPlaintext"
            | "EnableKeyRotation"
            | "DisableKeyRotation"
            | "RotateKeyOnDemand" => self.symmetric().map(drop),
            "DeleteAlias" | "UpdateAlias" => self.alias(),
            "ListGrants" | "RetireGrant" | "RevokeGrant" => self.grant(),
            "CancelKeyDeletion" => self.doomed(),
            "GetParametersForImport" => self.importing().map(drop),
            "ImportKeyMaterial" => self.parameters(),
            "DeleteImportedKeyMaterial" => self.imported(),
            "ReplicateKey" | "UpdatePrimaryRegion" => self.primary(),
            "ConnectCustomKeyStore" | "DeleteCustomKeyStore" | "UpdateCustomKeyStore" => self
                .store(|connection| matches!(connection, Connection::Disconnected))
                .map(drop),
            "DescribeCustomKeyStores" => self.store(|_| true).map(drop),
            "DisconnectCustomKeyStore" => self.leaving(),
            "CreateAlias"
            | "CreateGrant"
            | "DescribeKey"
            | "DisableKey"
            | "EnableKey"
            | "GetKeyLastUsage"
            | "GetKeyPolicy"
            | "GetKeyRotationStatus"
            | "ListKeyPolicies"
            | "ListKeyRotations"
            | "ListResourceTags"
            | "PutKeyPolicy"
            | "ScheduleKeyDeletion"
            | "TagResource"
            | "UntagResource"
            | "UpdateKeyDescription" => self.key(&|_| true, &[json!({})]).map(drop),
            _ => Some(()),
        }
    }

    /// Calls an operation that makes something, if it may be called. The result is the step.
    pub(super) fn make(&mut self, operation: &str, body: Value) -> Option<u32> {
        (self.may)(operation).then(|| self.draft.kms(operation, body))
    }

    /// One of the usable keys that fit, or a new one made with one of these bodies.
    fn key(&mut self, fits: &dyn Fn(&Key) -> bool, bodies: &[Value]) -> Option<Value> {
        let state = self.draft.state()?;
        let usable = state
            .keys
            .values()
            .filter(|key| is_usable(key) && fits(key));
        let ids = self.draft.in_order(usable.map(|key| &key.id));
        if let Some(id) = self.dice.pick(&ids) {
            return Some(self.draft.name(id));
        }
        let body = self.dice.pick(bodies)?.clone();
        let made = self.make("CreateKey", body)?;
        Some(json!({ "$of": [made, "KeyMetadata.KeyId"] }))
    }

    fn of_specs(
        &mut self,
        fits: &dyn Fn(&Key) -> bool,
        specs: &[&str],
        usage: &str,
    ) -> Option<Value> {
        let bodies = specs.iter();
        let bodies = bodies.map(|spec| json!({ "KeySpec": spec, "KeyUsage": usage }));
        self.key(fits, &bodies.collect::<Vec<Value>>())
    }

    fn symmetric(&mut self) -> Option<Value> {
        self.key(&is_symmetric, &[json!({})])
    }

    fn signer(&mut self) -> Option<Value> {
        self.of_specs(
            &|key| key.usage == KeyUsage::SignVerify,
            SIGNING,
            "SIGN_VERIFY",
        )
    }

    fn coder(&mut self) -> Option<Value> {
        self.of_specs(
            &|key| key.usage == KeyUsage::GenerateVerifyMac,
            CODING,
            "GENERATE_VERIFY_MAC",
        )
    }

    fn pair(&mut self) -> Option<Value> {
        match self.dice.chance(50) {
            true => self.signer(),
            false => self.agreeing(),
        }
    }

    fn agreeing(&mut self) -> Option<Value> {
        self.of_specs(
            &|key| key.usage == KeyUsage::KeyAgreement,
            AGREEING,
            "KEY_AGREEMENT",
        )
    }

    /// A ciphertext whose key can open it.
    fn ciphertext(&mut self) -> Option<()> {
        let state = self.draft.state()?;
        let opens = |id: &String| state.keys.get(id).is_some_and(|key| is_usable(key));
        if !state.ciphertexts.values().any(|sealed| opens(&sealed.key)) {
            let key = self.symmetric()?;
            let body = json!({
                "KeyId": key, "EncryptionContext": self.dice.draw(&contexts()),
                "Plaintext": {"$bytes": [self.dice.below(200), 1 + self.dice.below(64)]},
            });
            self.make("Encrypt", body)?;
        }
        Some(())
    }

    fn signature(&mut self) -> Option<()> {
        self.made_with("Sign", "Signature", |bench| {
            let key = bench.signer()?;
            let algorithm = bench.algorithm_of(&key)?;
            let (kind, length) = match algorithm.as_str() {
                "ED25519_PH_SHA_512" => ("DIGEST", 64),
                _ => ("RAW", 1 + bench.dice.below(80)),
            };
            Some(json!({
                "KeyId": key, "SigningAlgorithm": algorithm, "MessageType": kind,
                "Message": {"$bytes": [bench.dice.below(4), length]},
            }))
        })
    }

    fn code(&mut self) -> Option<()> {
        self.made_with("GenerateMac", "Mac", |bench| {
            let key = bench.coder()?;
            let algorithm = bench.algorithm_of(&key)?;
            let message = json!({ "$bytes": [bench.dice.below(4), 1 + bench.dice.below(80)] });
            Some(json!({ "KeyId": key, "MacAlgorithm": algorithm, "Message": message }))
        })
    }

    /// Makes something with a key, unless that was done with one that is still usable.
    fn made_with(
        &mut self,
        maker: &str,
        member: &str,
        body: impl FnOnce(&mut Self) -> Option<Value>,
    ) -> Option<()> {
        let usable = self.usable_names();
        let is_there = self.draft.calls_of(maker).any(|(step, body)| {
            let key = body.get("KeyId");
            self.draft.has_made(step, member) && key.is_some_and(|key| usable.contains(key))
        });
        if !is_there {
            let body = body(self)?;
            self.make(maker, body)?;
        }
        Some(())
    }

    /// Whether a step showed this member for this key.
    pub(super) fn was_made(&self, maker: &str, member: &str, key: &Value) -> bool {
        self.draft
            .calls_of(maker)
            .any(|(step, body)| body.get("KeyId") == Some(key) && self.draft.has_made(step, member))
    }

    /// What the plan calls the keys that are usable.
    fn usable_names(&self) -> Vec<Value> {
        let state = self.draft.state();
        let keys = state.into_iter().flat_map(|state| state.keys.values());
        let usable = keys.filter(|key| is_usable(key));
        usable.map(|key| self.draft.name(&key.id)).collect()
    }

    /// An algorithm of a key by its name in the plan.
    fn algorithm_of(&mut self, name: &Value) -> Option<String> {
        let state = self.draft.state()?;
        let mut keys = state.keys.values();
        let key = keys.find(|key| self.draft.name(&key.id) == *name)?;
        let all = super::bodies_made::algorithms(key);
        self.dice.pick(&all).cloned()
    }

    /// A key for key agreement whose public half was shown, so that it can serve as the peer's.
    fn agreement(&mut self) -> Option<()> {
        let key = self.agreeing()?;
        if !self.was_made("GetPublicKey", "PublicKey", &key) {
            self.make("GetPublicKey", json!({ "KeyId": key }))?;
        }
        Some(())
    }

    fn alias(&mut self) -> Option<()> {
        if self.draft.state()?.aliases.is_empty() {
            let key = self.key(&|_| true, &[json!({})])?;
            let name = json!({ "$name": format!("a{}", self.dice.below(5)) });
            let alias = json!({ "$concat": ["alias/", name] });
            self.make(
                "CreateAlias",
                json!({ "AliasName": alias, "TargetKeyId": key }),
            )?;
        }
        Some(())
    }

    fn grant(&mut self) -> Option<()> {
        if self.draft.state()?.grants.is_empty() {
            let key = self.symmetric()?;
            let root = json!({ "$concat": ["arn:aws:iam::", {"$account": true}, ":root"] });
            let body = json!({
                "KeyId": key, "GranteePrincipal": root, "RetiringPrincipal": root,
                "Operations": ["Encrypt", "DescribeKey"],
            });
            self.make("CreateGrant", body)?;
        }
        Some(())
    }

    fn doomed(&mut self) -> Option<()> {
        let state = self.draft.state()?;
        let mut keys = state.keys.values();
        if !keys.any(|key| key.state.value == KeyState::PendingDeletion) {
            let key = self.key(&|_| true, &[json!({})])?;
            let body = json!({ "KeyId": key, "PendingWindowInDays": 7 + self.dice.below(24) });
            self.make("ScheduleKeyDeletion", body)?;
        }
        Some(())
    }

    /// A primary key that is not in every other Region yet.
    fn primary(&mut self) -> Option<()> {
        let is_primary = |key: &Key| key.multi_region.is_some();
        self.key(&is_primary, &[json!({ "MultiRegion": true })])
            .map(drop)
    }

    /// An external key store, which needs no cluster, with a connection that fits.
    fn store(&mut self, fits: impl Fn(&Connection) -> bool) -> Option<Value> {
        let state = self.draft.state()?;
        let stores = state.key_stores.values();
        let fit = stores.filter(|store| store.proxy().is_some() && fits(&store.connection.value));
        let ids = self.draft.in_order(fit.map(|store| &store.id));
        if let Some(id) = self.dice.pick(&ids) {
            return Some(self.draft.name(id));
        }
        let number = self.dice.below(8);
        let body = external_store(&format!("store-{number}"), number);
        let made = self.make("CreateCustomKeyStore", body)?;
        Some(json!({ "$of": [made, "CustomKeyStoreId"] }))
    }

    /// A key store that has something to disconnect.
    fn leaving(&mut self) -> Option<()> {
        let state = self.draft.state()?;
        let mut stores = state.key_stores.values();
        let is_left = |connection: &Connection| {
            matches!(
                connection,
                Connection::Disconnected | Connection::Disconnecting
            )
        };
        if stores.all(|store| is_left(&store.connection.value)) {
            let store = self.store(|it| matches!(it, Connection::Disconnected))?;
            self.make(
                "ConnectCustomKeyStore",
                json!({ "CustomKeyStoreId": store }),
            )?;
        }
        Some(())
    }
}

pub(super) fn is_usable(key: &Key) -> bool {
    key.state.value == KeyState::Enabled && key.reachable.value
}

fn is_symmetric(key: &Key) -> bool {
    let spec = kms_conformance_model::state::KeySpec::SymmetricDefault;
    key.spec == spec && key.usage == KeyUsage::EncryptDecrypt
}
