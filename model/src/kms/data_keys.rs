//! Data keys: what GenerateDataKey and GenerateDataKeyWithoutPlaintext share.

use super::cryptography::{Context, EncryptionAlgorithm, UsesMaterial, show_key};
use super::usage::is_recorded;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::Validation;
use crate::mint::{Plaintext, Sealed};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::success::Success;
use crate::wire_enum::wire_enum;

const API: &str = "kms/latest/APIReference/API_GenerateDataKey.html";

wire_enum! {
    /// The kind of a data key.
    DataKeySpec {
        Aes256 = "AES_256",
        Aes128 = "AES_128",
    }
}

/// An operation that makes a data key.
pub(crate) trait MakesDataKey: UsesMaterial {
    /// Whether the response shows the data key in plaintext.
    const SHOWS_IT: bool;

    /// The kind it asks for.
    fn spec(&self) -> Option<DataKeySpec>;

    /// The number of bytes it asks for.
    fn bytes(&self) -> Option<usize>;

    /// The encryption context it is sealed with.
    fn context(&self) -> Context;

    /// How many bytes the data key has.
    fn length(&self) -> usize {
        match self.spec() {
            Some(DataKeySpec::Aes256) => 32,
            Some(DataKeySpec::Aes128) => 16,
            None => self.bytes().unwrap_or_default(),
        }
    }
}

/// A data key has one length.
pub(crate) const fn one_length<Op: MakesDataKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "PREC-04",
            says: "A data key needs either a KeySpec or a NumberOfBytes, and not both.",
            cite: API,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[Validation])
            .saying(|_, _| "Please specify either number of bytes or key spec.".to_owned()),
        when: |_, input| input.spec().is_some() == input.bytes().is_some(),
    }
}

/// What a new data key shows.
pub(crate) const fn data_key_promises<Op: MakesDataKey>() -> [Promise<Op>; 3] {
    [
        Promise {
            card: Card {
                id: "CKX-07",
                says: "What a symmetric key sealed opens again under the same key and encryption \
                       context.",
                cite: "kms/latest/developerguide/manage-cmk-keystore.html",
                evidence: Evidence::Documented,
            },
            when: always,
            make: make_data_key::<Op>,
        },
        Promise {
            card: Card {
                id: "KID-11",
                says: "The response shows the ARN of the key that sealed the data key.",
                cite: API,
                evidence: Evidence::Documented,
            },
            when: always,
            make: |input, success| {
                if let Some(key) = input.key_id(success.state) {
                    show_key(
                        success,
                        &key,
                        &Path::of("KeyId"),
                        &Path::of("KeyMaterialId"),
                    );
                }
            },
        },
        is_recorded(),
    ]
}

fn make_data_key<Op: MakesDataKey>(input: &Op, success: &mut Success<'_>) {
    let Some(key) = input.key_id(success.state) else {
        return;
    };
    let (at, length) = (Path::of("Plaintext"), input.length());
    let plaintext = if Op::SHOWS_IT {
        match success.random(&at, length) {
            Some(bytes) => Plaintext::Known(bytes),
            None => Plaintext::Hidden(length),
        }
    } else {
        success.absent(&at);
        success.hidden_random(length)
    };
    let sealed = Sealed {
        material: success.current_material(&key),
        key,
        algorithm: EncryptionAlgorithm::SymmetricDefault,
        context: input.context(),
        plaintext,
    };
    success.seal(&Path::of("CiphertextBlob"), sealed);
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde_json::{Value, json};

    const BOTH: [&str; 2] = ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"];

    fn length(plaintext: &Value) -> usize {
        let text = plaintext.as_str().expect("a plaintext");
        STANDARD.decode(text).expect("base64").len()
    }

    #[test]
    fn a_data_key_has_the_length_asked_for_and_opens_again() {
        let mut world = world_with_store();
        for (asked, bytes) in [
            (json!({"KeyId": KEY, "KeySpec": "AES_256"}), 32),
            (json!({"KeyId": KEY, "KeySpec": "AES_128"}), 16),
            (json!({"KeyId": KEY, "NumberOfBytes": 5}), 5),
        ] {
            let made = world.ok("GenerateDataKey", asked.clone());
            assert_eq!(length(&made["Plaintext"]), bytes);
            let blob = &made["CiphertextBlob"];
            let opened = world.ok("Decrypt", json!({"CiphertextBlob": blob}));
            assert_eq!(opened["Plaintext"], made["Plaintext"]);

            let made = world.ok("GenerateDataKeyWithoutPlaintext", asked);
            assert!(made.get("Plaintext").is_none());
            let blob = &made["CiphertextBlob"];
            let opened = world.ok("Decrypt", json!({"CiphertextBlob": blob}));
            assert_eq!(length(&opened["Plaintext"]), bytes);
            assert_eq!(world.ok("Decrypt", json!({"CiphertextBlob": blob})), opened);
        }
    }

    #[test]
    fn a_data_key_has_exactly_one_length() {
        let mut world = world_with_store();
        for operation in BOTH {
            for body in [
                json!({"KeyId": KEY}),
                json!({"KeyId": KEY, "KeySpec": "AES_256", "NumberOfBytes": 32}),
            ] {
                let refused = world.refused(operation, body);
                assert_eq!(refused, ["ValidationException"]);
            }
        }
    }

    #[test]
    fn an_asymmetric_key_makes_no_data_keys() {
        let mut world = World::new();
        let body = json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"});
        let key = world.ok("CreateKey", body)["KeyMetadata"]["KeyId"].clone();
        for operation in BOTH {
            let body = json!({"KeyId": key, "KeySpec": "AES_256"});
            let refused = world.refused(operation, body);
            assert_eq!(refused, ["InvalidKeyUsageException"]);
        }
    }

    #[test]
    fn the_length_and_the_state_count_in_any_order() {
        let mut world = world_with_store();
        given_key(&mut world, |key| key.reachable = given(false));
        let refused = world.refused("GenerateDataKey", json!({"KeyId": KEY}));
        assert_eq!(refused, ["KMSInvalidStateException", "ValidationException"]);
        let unknown = json!({"KeyId": "alias/none"});
        let refused = world.refused("GenerateDataKey", unknown);
        assert_eq!(refused, ["NotFoundException", "ValidationException"]);
        let body = json!({"KeyId": KEY, "KeySpec": "AES_256"});
        let refused = world.refused("GenerateDataKey", body);
        assert_eq!(refused, ["KMSInvalidStateException"]);
    }

    #[test]
    fn the_id_of_the_material_is_the_one_that_describe_key_shows() {
        let mut world = World::new();
        let made = world.ok("CreateKey", json!({}));
        let key = &made["KeyMetadata"];
        let body = json!({"KeyId": key["KeyId"], "KeySpec": "AES_256"});
        let response = world.ok("GenerateDataKey", body);
        assert_eq!(response["KeyMaterialId"], key["CurrentKeyMaterialId"]);
    }
}
