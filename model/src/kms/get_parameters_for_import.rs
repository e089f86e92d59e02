//! GetParametersForImport: the public key that wraps material for a key, and the token to bring with it.

use super::key_states::{creating, key_of, pending_deletion, updating};
use super::lookups::{OnKey, id_lookups, other_account, shows_the_arn};
use super::shapes::*;
use super::store_limits::imported_only;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{UnsupportedOperation, Validation};
use crate::input::input;
use crate::mint::Form;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::Member;
use crate::state::{ImportToken, KeySpec, Names};
use crate::time::{DAY, HOUR};

input! {
    /// Input of GetParametersForImport.
    GetParametersForImport, MEMBERS {
        key: String = "KeyId", KEY_ID;
        algorithm: String = "WrappingAlgorithm", WRAPPING_ALGORITHM;
        spec: String = "WrappingKeySpec", WRAPPING_KEY_SPEC;
    }
}

impl OnKey for GetParametersForImport {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for GetParametersForImport {
    const NAME: &'static str = "GetParametersForImport";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            imported_only(),
            pending_deletion(),
            creating(),
            updating(),
            OUT_OF_USE,
            FITS_THE_MATERIAL,
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        shows_the_arn(documented(
            "KID-11",
            "GetParametersForImport shows the ARN of the key.",
        )),
        GIVES_THEM,
    ];
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_GetParametersForImport.html",
        evidence: Evidence::Documented,
    }
}

impl GetParametersForImport {
    fn wraps_directly(&self) -> bool {
        self.algorithm.starts_with("RSAES_OAEP")
    }
}

const OUT_OF_USE: Refusal<GetParametersForImport> = Refusal {
    card: documented(
        "IMP-01",
        "RSAES_PKCS1_V1_5 is not supported any more, and SM2 only in the Regions of China.",
    ),
    stage: Stage::Condition,
    error: must(&[UnsupportedOperation, Validation]),
    when: |state, input| {
        let china = state.account.partition == "aws-cn";
        let sm2 = input.algorithm == "SM2PKE" || input.spec == "SM2";
        input.algorithm == "RSAES_PKCS1_V1_5" || sm2 && !china
    },
};

const FITS_THE_MATERIAL: Refusal<GetParametersForImport> = Refusal {
    card: documented(
        "IMP-02",
        "An RSA key is too long to be wrapped without an AES key, and so is a P-521 key by RSA_2048.",
    ),
    stage: Stage::Condition,
    error: must(&[UnsupportedOperation, Validation]),
    when: |state, input| {
        use KeySpec::{EccNistP521, Rsa2048, Rsa3072, Rsa4096};
        let spec = key_of(state, input).map(|key| key.spec);
        input.wraps_directly()
            && match spec {
                Some(Rsa2048 | Rsa3072 | Rsa4096) => true,
                Some(EccNistP521) => input.spec == "RSA_2048",
                _ => false,
            }
    },
};

const GIVES_THEM: Promise<GetParametersForImport> = Promise {
    card: documented(
        "IMP-03",
        "A public key and an import token belong together and are valid for 24 hours.",
    ),
    when: always,
    make: |input, success| {
        let form = match input.spec.as_str() {
            "RSA_3072" => Form::WrappingKey3072,
            "RSA_4096" => Form::WrappingKey4096,
            _ => Form::WrappingKey2048,
        };
        let key = input.key_id(success.state).unwrap_or_default();
        let public_key = success.text(&Path::of("PublicKey"), form);
        let token = success.text(&Path::of("ImportToken"), Form::ImportToken);
        let usual = success.state.now + DAY;
        let until = success.date(&Path::of("ParametersValidTo"), usual, HOUR);
        if let (Some(public_key), Some(token)) = (public_key, token) {
            let parameters = ImportToken {
                key,
                until: until.unwrap_or(usual),
                public_key,
                algorithm: input.algorithm.clone(),
                used: false,
            };
            success.state.import_tokens.insert(token, parameters);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use serde_json::json;

    #[test]
    fn a_key_in_a_store_takes_no_material() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused("GetParametersForImport", json!({"KeyId": KEY, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}));
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(world.fired("GetParametersForImport", json!({"KeyId": KEY, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"})), ["CKX-04"]);
        }
    }
}
