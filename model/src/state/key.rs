//! KMS keys and their aliases.

use super::{Material, Rotation, Traced, Uses};
use crate::time::Millis;
use crate::wire_enum::wire_enum;
use imbl::OrdMap;

wire_enum! {
    /// What a key may be used for.
    KeyUsage {
        EncryptDecrypt = "ENCRYPT_DECRYPT",
        SignVerify = "SIGN_VERIFY",
        GenerateVerifyMac = "GENERATE_VERIFY_MAC",
        KeyAgreement = "KEY_AGREEMENT",
    }
}

wire_enum! {
    /// The kind of key material.
    KeySpec {
        SymmetricDefault = "SYMMETRIC_DEFAULT",
        Rsa2048 = "RSA_2048",
        Rsa3072 = "RSA_3072",
        Rsa4096 = "RSA_4096",
        EccNistP256 = "ECC_NIST_P256",
        EccNistP384 = "ECC_NIST_P384",
        EccNistP521 = "ECC_NIST_P521",
        EccSecgP256k1 = "ECC_SECG_P256K1",
        EccNistEdwards25519 = "ECC_NIST_EDWARDS25519",
        Hmac224 = "HMAC_224",
        Hmac256 = "HMAC_256",
        Hmac384 = "HMAC_384",
        Hmac512 = "HMAC_512",
        Sm2 = "SM2",
        MlDsa44 = "ML_DSA_44",
        MlDsa65 = "ML_DSA_65",
        MlDsa87 = "ML_DSA_87",
    }
}

wire_enum! {
    /// Where a key's material comes from.
    Origin {
        AwsKms = "AWS_KMS",
        External = "EXTERNAL",
        AwsCloudHsm = "AWS_CLOUDHSM",
        ExternalKeyStore = "EXTERNAL_KEY_STORE",
    }
}

wire_enum! {
    /// The state of a key.
    KeyState {
        Creating = "Creating",
        Enabled = "Enabled",
        Disabled = "Disabled",
        PendingDeletion = "PendingDeletion",
        PendingImport = "PendingImport",
        PendingReplicaDeletion = "PendingReplicaDeletion",
        Unavailable = "Unavailable",
        Updating = "Updating",
    }
}

/// What only a multi-Region key has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiRegion {
    /// The Region of the primary key.
    pub primary: Traced<String>,
    /// What it waits for while it is Creating or Updating.
    pub transient: Option<Transient>,
    /// The waiting period in days of a primary key that is deleted only after its replica keys, until
    /// the date of its deletion is seen.
    pub window: Option<Traced<i64>>,
}

/// A state that passes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transient {
    /// When it began.
    pub since: Millis,
    /// The state that comes after it.
    pub next: KeyState,
}

/// A KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The id: a UUID, or `mrk-` and 32 hex digits.
    pub id: String,
    /// When it was made.
    pub created: Millis,
    /// Its description.
    pub description: Traced<String>,
    /// What it may be used for.
    pub usage: KeyUsage,
    /// The kind of its material.
    pub spec: KeySpec,
    /// Where its material comes from.
    pub origin: Origin,
    /// The state it has, or will have again once it is reachable.
    pub state: Traced<KeyState>,
    /// Whether its material can be reached: false from the disconnection of its key store to the
    /// next successful connection. Always true outside key stores.
    pub reachable: Traced<bool>,
    /// When it will be deleted, while it is pending deletion.
    pub deletion: Option<Traced<Millis>>,
    /// The id of the key store it lives in.
    pub key_store: Option<String>,
    /// The id of the key in the external key manager.
    pub xks_key: Option<String>,
    /// What only a multi-Region key has.
    pub multi_region: Option<MultiRegion>,
    /// Its key policy, as it was given; `None` for the default policy.
    pub policy: Traced<Option<String>>,
    /// Its tags.
    pub tags: OrdMap<String, Traced<String>>,
    /// Its public half as DER, once it was seen.
    pub public_key: Option<Vec<u8>>,
    /// Its materials, the current one last; the numbers by which they are told apart count from 0.
    pub materials: Vec<Material>,
    /// The material that was imported for the next rotation.
    pub pending: Option<Material>,
    /// How it comes to another one.
    pub rotation: Rotation,
    /// What it was used for.
    pub uses: Uses,
}

impl Key {
    /// What passes by itself, while it is in this state.
    pub fn transient_in(&self, state: KeyState) -> Option<&Transient> {
        let transient = self.multi_region.as_ref()?.transient.as_ref();
        transient.filter(|_| self.state.value == state)
    }

    /// Whether it waits for its deletion, or for that of its replica keys.
    pub fn is_pending_deletion(&self) -> bool {
        matches!(
            self.state.value,
            KeyState::PendingDeletion | KeyState::PendingReplicaDeletion
        )
    }

    /// Whether it lives in a custom key store.
    pub fn is_in_store(&self) -> bool {
        self.key_store.is_some()
    }
}

/// A name of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The name, `alias/` included.
    pub name: String,
    /// The id of the key it names.
    pub target: Traced<String>,
    /// When it was made.
    pub created: Millis,
    /// When it was last changed.
    pub updated: Millis,
}
