//! The shapes of KMS request members. Source: the service model `kms/2014-11-01`.

use super::cryptography::{Context, EncryptionAlgorithm};
use super::data_keys::DataKeySpec;
use crate::input::{input, member};
use crate::shape::{Member, Shape};
use crate::state::{Connectivity, KeySpec, KeyUsage, Origin, SHORTEST_PERIOD};

pub(crate) const ALIAS_NAME: Shape = Shape::pattern(1, 256, "^[a-zA-Z0-9:/_-]+$");
pub(crate) const ACCOUNT_ID: Shape = Shape::pattern(12, 12, "[0-9]{12}");
pub(crate) const CIPHERTEXT: Shape = Shape::Blob { min: 1, max: 6144 };
pub(crate) const CLUSTER_ID: Shape = Shape::pattern(19, 24, "cluster-[2-7a-zA-Z]{11,16}");
pub(crate) const CONNECTIVITY: Shape = Shape::Choice(Connectivity::NAMES);
pub(crate) const CUSTOMER_MASTER_KEY_SPEC: Shape = Shape::Choice(&[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
]);
pub(crate) const DATA_KEY_PAIR_SPEC: Shape = Shape::Choice(&[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SM2",
    "ECC_NIST_EDWARDS25519",
]);
pub(crate) const DATA_KEY_SPEC: Shape = Shape::Choice(DataKeySpec::NAMES);
pub(crate) const DESCRIPTION: Shape = Shape::text(0, 8192);
pub(crate) const DRY_RUN_MODIFIERS: Shape = Shape::List {
    of: &Shape::Choice(&["IGNORE_CIPHERTEXT"]),
    min: 0,
    max: None,
};
pub(crate) const ENCRYPTION_ALGORITHM: Shape = Shape::Choice(EncryptionAlgorithm::NAMES);
pub(crate) const ENCRYPTION_CONTEXT: Shape = Shape::Map {
    key: &Shape::ANY_TEXT,
    value: &Shape::ANY_TEXT,
    max: None,
};
pub(crate) const EXPIRATION_MODEL: Shape =
    Shape::Choice(&["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"]);
pub(crate) const GRANT_CONSTRAINTS: Shape = Shape::Structure(GRANT_CONSTRAINTS_MEMBERS);
pub(crate) const GRANT_ID: Shape = Shape::text(1, 128);
pub(crate) const GRANT_NAME: Shape = Shape::pattern(1, 256, "^[a-zA-Z0-9:/_-]+$");
pub(crate) const GRANT_OPERATIONS: Shape = Shape::List {
    of: &Shape::Choice(&[
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
        "Sign",
        "Verify",
        "GetPublicKey",
        "CreateGrant",
        "RetireGrant",
        "DescribeKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateMac",
        "VerifyMac",
        "DeriveSharedSecret",
    ]),
    min: 0,
    max: None,
};
pub(crate) const GRANT_TOKEN: Shape = Shape::text(1, 8192);
pub(crate) const GRANT_TOKENS: Shape = Shape::List {
    of: &GRANT_TOKEN,
    min: 0,
    max: Some(10),
};
pub(crate) const IMPORT_TYPE: Shape = Shape::Choice(&["NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"]);
pub(crate) const INCLUDE_KEY_MATERIAL: Shape =
    Shape::Choice(&["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"]);
pub(crate) const KEY_AGREEMENT_ALGORITHM: Shape = Shape::Choice(&["ECDH"]);
pub(crate) const KEY_ID: Shape = Shape::text(1, 2048);
pub(crate) const KEY_MATERIAL_DESCRIPTION: Shape = Shape::pattern(0, 256, r"^[a-zA-Z0-9:/_\s.-]+$");
pub(crate) const KEY_MATERIAL_ID: Shape = Shape::pattern(64, 64, "^[a-f0-9]+$");
pub(crate) const KEY_SPEC: Shape = Shape::Choice(KeySpec::NAMES);
pub(crate) const KEY_STORE_ID: Shape = Shape::text(1, 64);
pub(crate) const KEY_STORE_NAME: Shape = Shape::text(1, 256);
pub(crate) const KEY_STORE_PASSWORD: Shape = Shape::text(7, 32);
pub(crate) const KEY_STORE_TYPE: Shape = Shape::Choice(&["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"]);
pub(crate) const KEY_USAGE: Shape = Shape::Choice(KeyUsage::NAMES);
pub(crate) const LIMIT: Shape = Shape::Whole { min: 1, max: 1000 };
pub(crate) const MAC_ALGORITHM: Shape = Shape::Choice(&[
    "HMAC_SHA_224",
    "HMAC_SHA_256",
    "HMAC_SHA_384",
    "HMAC_SHA_512",
]);
pub(crate) const MARKER: Shape = Shape::pattern(1, 1024, r"[\u0020-\u00FF]*");
pub(crate) const MESSAGE_TYPE: Shape = Shape::Choice(&["RAW", "DIGEST", "EXTERNAL_MU"]);
pub(crate) const NUMBER_OF_BYTES: Shape = Shape::Whole { min: 1, max: 1024 };
pub(crate) const ORIGIN: Shape = Shape::Choice(Origin::NAMES);
pub(crate) const PENDING_WINDOW: Shape = Shape::Whole { min: 1, max: 365 };
pub(crate) const PLAINTEXT: Shape = Shape::Blob { min: 1, max: 4096 };
pub(crate) const POLICY: Shape = Shape::pattern(1, 131_072, r"[\u0009\u000A\u000D\u0020-\u00FF]+");
pub(crate) const POLICY_NAME: Shape = Shape::pattern(1, 128, r"[\w]+");
pub(crate) const PRINCIPAL: Shape = Shape::pattern(1, 256, r"^[\w+=,.@:/-]+$");
pub(crate) const PUBLIC_KEY: Shape = Shape::Blob { min: 1, max: 8192 };
pub(crate) const RECIPIENT: Shape = Shape::Structure(RECIPIENT_MEMBERS);
pub(crate) const REGION: Shape = Shape::pattern(1, 32, r"^([a-z]+-){2,3}\d+$");
pub(crate) const ROTATION_PERIOD: Shape = Shape::Whole {
    min: SHORTEST_PERIOD,
    max: 2560,
};
pub(crate) const SIGNING_ALGORITHM: Shape = Shape::Choice(&[
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "ECDSA_SHA_256",
    "ECDSA_SHA_384",
    "ECDSA_SHA_512",
    "SM2DSA",
    "ML_DSA_SHAKE_256",
    "ED25519_SHA_512",
    "ED25519_PH_SHA_512",
]);
pub(crate) const TAGS: Shape = Shape::List {
    of: &Shape::Structure(TAG),
    min: 0,
    max: None,
};
pub(crate) const TAG_KEYS: Shape = Shape::List {
    of: &Shape::text(1, 128),
    min: 0,
    max: None,
};
pub(crate) const TRUST_ANCHOR: Shape = Shape::text(1, 5000);
pub(crate) const WRAPPING_ALGORITHM: Shape = Shape::Choice(&[
    "RSAES_PKCS1_V1_5",
    "RSAES_OAEP_SHA_1",
    "RSAES_OAEP_SHA_256",
    "RSA_AES_KEY_WRAP_SHA_1",
    "RSA_AES_KEY_WRAP_SHA_256",
    "SM2PKE",
]);
pub(crate) const WRAPPING_KEY_SPEC: Shape =
    Shape::Choice(&["RSA_2048", "RSA_3072", "RSA_4096", "SM2"]);
pub(crate) const XKS_CREDENTIAL: Shape = Shape::Structure(XKS_CREDENTIAL_MEMBERS);
pub(crate) const XKS_ENDPOINT: Shape = Shape::pattern(10, 128, r"^https://[a-zA-Z0-9.-]+$");
pub(crate) const XKS_KEY_ID: Shape = Shape::pattern(1, 128, r"^[a-zA-Z0-9-_.]+$");
pub(crate) const XKS_PATH: Shape = Shape::pattern(
    10,
    128,
    r"^(/[a-zA-Z0-9\/_-]+/kms/xks/v\d{1,2})$|^(/kms/xks/v\d{1,2})$",
);
pub(crate) const XKS_VPC_SERVICE: Shape = Shape::pattern(
    20,
    64,
    r"^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$",
);

input! {
    /// What confines a grant.
    GrantConstraints, GRANT_CONSTRAINTS_MEMBERS {
        subset: Option<Context> = "EncryptionContextSubset", ENCRYPTION_CONTEXT;
        equals: Option<Context> = "EncryptionContextEquals", ENCRYPTION_CONTEXT;
    }
}

const RECIPIENT_MEMBERS: &[Member] = &[
    member::<Option<String>>(
        "KeyEncryptionAlgorithm",
        Shape::Choice(&["RSAES_OAEP_SHA_256"]),
    ),
    member::<Option<String>>(
        "AttestationDocument",
        Shape::Blob {
            min: 1,
            max: 262_144,
        },
    ),
];

input! {
    /// A tag.
    Tag, TAG {
        key: String = "TagKey", Shape::text(1, 128);
        value: String = "TagValue", Shape::text(0, 256);
    }
}

input! {
    /// What KMS signs requests to an external key store proxy with.
    XksCredential, XKS_CREDENTIAL_MEMBERS {
        access_key: String = "AccessKeyId", Shape::pattern(20, 30, "^[A-Z2-7]+$"), secret;
        secret_key: String = "RawSecretAccessKey", Shape::pattern(43, 64, r"^[a-zA-Z0-9\/+=]+$"), secret;
    }
}
