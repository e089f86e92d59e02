//! ImportKeyMaterial: brings the material of a key along.

use super::import_rules::IMPORT_RULES;
use super::key_states::{creating, key_of};
use super::lookups::{OnKey, id_lookups, other_account};
use super::materials::show_material;
use super::shapes::*;
use super::store_limits::imported_only;
use crate::card::{Card, Evidence};
use crate::input::{Blob, input};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::{Member, Shape};
use crate::state::{Import, ImportToken, Key, KeyState, Material, Names, State, Wrapped};
use crate::success::Success;
use crate::time::from_epoch_seconds;

input! {
    /// Input of ImportKeyMaterial.
    ImportKeyMaterial, MEMBERS {
        key: String = "KeyId", KEY_ID;
        token: Blob = "ImportToken", CIPHERTEXT;
        material: Blob = "EncryptedKeyMaterial", CIPHERTEXT;
        valid_to: Option<f64> = "ValidTo", Shape::Date;
        expiration: Option<String> = "ExpirationModel", EXPIRATION_MODEL;
        import_type: Option<String> = "ImportType", IMPORT_TYPE;
        description: Option<String> = "KeyMaterialDescription", KEY_MATERIAL_DESCRIPTION;
        material_id: Option<String> = "KeyMaterialId", KEY_MATERIAL_ID;
    }
}

impl OnKey for ImportKeyMaterial {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for ImportKeyMaterial {
    const NAME: &'static str = "ImportKeyMaterial";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[other_account(), imported_only(), creating()],
        &IMPORT_RULES,
    ];
    const PROMISES: &'static [Promise<Self>] = &[IS_THERE, SHOWS_WHAT];
    const LEAVES_UNKNOWN: bool = true;

    fn models_success(&self, state: &State) -> bool {
        // How related keys come to a second material is not known.
        !key_of(state, self).is_some_and(|key| {
            key.multi_region.is_some() && key.was_imported() && self.brings_new(key)
        })
    }
}

const API: &str = "kms/latest/APIReference/API_ImportKeyMaterial.html";

impl ImportKeyMaterial {
    /// What its token stands for.
    pub(crate) fn parameters<'s>(&self, state: &'s State) -> Option<&'s ImportToken> {
        state.import_tokens.get(&self.token.base64)
    }

    /// What is inside the wrapped material, if it was wrapped as the token says.
    pub(crate) fn unwrapped<'s>(&self, state: &'s State) -> Option<&'s Wrapped> {
        let parameters = self.parameters(state)?;
        let wrapped = state.wrapped.get(&self.material.base64)?;
        let as_told = wrapped.public_key == parameters.public_key
            && wrapped.algorithm == parameters.algorithm;
        as_told.then_some(wrapped)
    }

    /// Whether the material is to be one that the key never had.
    pub(crate) fn brings_new(&self, key: &Key) -> bool {
        match &self.import_type {
            Some(import_type) => import_type == "NEW_KEY_MATERIAL",
            None => !key.was_imported(),
        }
    }

    /// Whether the material expires.
    pub(crate) fn expires(&self) -> bool {
        self.expiration.as_deref() != Some("KEY_MATERIAL_DOES_NOT_EXPIRE")
    }
}

const IS_THERE: Promise<ImportKeyMaterial> = Promise {
    card: Card {
        id: "IMP-16",
        says: "The material is there until it expires or is deleted, and the key is enabled once it \
               has all of them; new material waits for the next rotation.",
        cite: API,
        evidence: Evidence::Documented,
    },
    when: always,
    make: bring,
};

fn bring(input: &ImportKeyMaterial, success: &mut Success<'_>) {
    let digest = input.unwrapped(success.state).map(|it| it.digest.clone());
    let key = key_of(success.state, input).cloned();
    if let Some(token) = success.state.import_tokens.get_mut(&input.token.base64) {
        token.used = true;
    }
    let (Some(digest), Some(key)) = (digest, key) else {
        return;
    };
    let expires = input.valid_to.filter(|_| input.expires());
    let mut import = Import {
        digest,
        description: input.description.clone(),
        expires: success.traced(expires.map(from_epoch_seconds)),
        there: success.traced(true),
    };
    let enabled = success.traced(KeyState::Enabled);
    let earlier = key.imported(&import.digest);
    let Some(key) = success.state.key_mut(&key.id) else {
        return;
    };
    let first = if key.was_imported() { None } else { Some(0) };
    match earlier
        .or(first)
        .and_then(|number| key.material_mut(number))
    {
        Some(material) => {
            let before = material.import.take().and_then(|it| it.description);
            import.description = import.description.or(before);
            material.import = Some(Box::new(import));
        }
        None => {
            key.pending = Some(Material {
                import: Some(Box::new(import)),
                ..Material::default()
            });
        }
    }
    if key.state.value == KeyState::PendingImport && key.is_complete() {
        key.state = enabled;
    }
    let id = key.id.clone();
    success.state.watch_key(&id);
}

const SHOWS_WHAT: Promise<ImportKeyMaterial> = Promise {
    card: Card {
        id: "KID-11",
        says: "ImportKeyMaterial shows the ARN of the key and the id of the material.",
        cite: API,
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let digest = input.unwrapped(success.state).map(|it| it.digest.clone());
        let Some(key) = key_of(success.state, input).cloned() else {
            return;
        };
        let arn = success.state.key_arn(&key.id);
        success.show(&Path::of("KeyId"), arn);
        if let Some(number) = digest.and_then(|digest| key.imported(&digest)) {
            show_material(success, &key, number, &Path::of("KeyMaterialId"), false);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::belief::Verdict;
    use crate::reply::{Refused, Reply};
    use crate::state::Wrapped;
    use crate::testing::World;
    use crate::time::DAY;
    use serde_json::{Value, json};

    #[test]
    fn a_key_in_a_store_takes_no_material() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused(
                "ImportKeyMaterial",
                json!({"KeyId": KEY, "ImportToken": "YQ==", "EncryptedKeyMaterial": "YQ=="}),
            );
            assert!(
                refused.contains(&"UnsupportedOperationException"),
                "{refused:?}"
            );
        }
    }

    /// Lets this text be material of this digest and length, wrapped as the test asks for.
    fn wrap(world: &mut World, blob: &str, digest: &str, length: usize) {
        let (blob, digest) = (blob.to_owned(), digest.to_owned());
        world.given(move |state| {
            let wrapped = Wrapped {
                public_key: "cHVibGlj".to_owned(),
                algorithm: "RSAES_OAEP_SHA_256".to_owned(),
                digest: digest.clone(),
                length,
                private_key: None,
            };
            state.wrapped.insert(blob.clone(), wrapped);
        });
    }

    fn token(world: &mut World, key: &str) -> Value {
        let body = json!({
            "KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048",
        });
        world.ok("GetParametersForImport", body)["ImportToken"].clone()
    }

    fn body(world: &mut World, key: &str, material: &str) -> Value {
        json!({
            "KeyId": key, "ImportToken": token(world, key), "EncryptedKeyMaterial": material,
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        })
    }

    /// A world with the wrapped materials `YQ==` and `Yg==`, and a key for one of them.
    fn world() -> (World, String) {
        let mut world = World::new();
        wrap(&mut world, "YQ==", "a", 32);
        wrap(&mut world, "Yg==", "b", 32);
        wrap(&mut world, "c2hvcnQ=", "short", 31);
        let key = world.key(json!({"Origin": "EXTERNAL"}));
        (world, key)
    }

    fn state(world: &mut World, key: &str) -> Value {
        world.ok("DescribeKey", json!({"KeyId": key}))["KeyMetadata"]["KeyState"].clone()
    }

    #[test]
    fn a_key_is_enabled_once_its_material_is_there() {
        let (mut world, key) = world();
        let import = body(&mut world, &key, "YQ==");
        world.ok("ImportKeyMaterial", import);
        assert_eq!(state(&mut world, &key), "Enabled");
        world.ok("DeleteImportedKeyMaterial", json!({"KeyId": key}));
        assert_eq!(state(&mut world, &key), "PendingImport");
        let other = body(&mut world, &key, "Yg==");
        assert_eq!(
            world.refused("ImportKeyMaterial", other),
            ["IncorrectKeyMaterialException"]
        );
        let again = body(&mut world, &key, "YQ==");
        world.ok("ImportKeyMaterial", again);
        assert_eq!(state(&mut world, &key), "Enabled");
    }

    #[test]
    fn material_expires() {
        let (mut world, key) = world();
        let mut import = body(&mut world, &key, "YQ==");
        import["ExpirationModel"] = json!("KEY_MATERIAL_EXPIRES");
        assert_eq!(world.fired("ImportKeyMaterial", import.clone()), ["IMP-06"]);
        import["ValidTo"] = json!(86_400.0);
        world.ok("ImportKeyMaterial", import);
        let shown = world.ok("DescribeKey", json!({"KeyId": key}));
        assert_eq!(shown["KeyMetadata"]["ValidTo"], 86_400.0);
        world.advance(2 * DAY);
        assert_eq!(state(&mut world, &key), "PendingImport");
    }

    #[test]
    fn a_token_is_for_one_key_and_one_day() {
        let (mut world, key) = world();
        let other = world.key(json!({"Origin": "EXTERNAL"}));
        let import = body(&mut world, &key, "YQ==");
        let mut stray = import.clone();
        stray["KeyId"] = json!(other);
        assert_eq!(
            world.refused("ImportKeyMaterial", stray),
            ["InvalidImportTokenException"]
        );
        let mut garbage = import.clone();
        garbage["EncryptedKeyMaterial"] = json!("Z2FyYmFnZQ==");
        assert_eq!(
            world.refused("ImportKeyMaterial", garbage),
            ["InvalidCiphertextException"]
        );
        let mut short = import.clone();
        short["EncryptedKeyMaterial"] = json!("c2hvcnQ=");
        assert_eq!(world.fired("ImportKeyMaterial", short), ["IMP-10"]);
        world.ok("ImportKeyMaterial", import.clone());
        let refusal = |error: &str| {
            Reply::Refused(Refused {
                error: error.to_owned(),
                message: None,
                status: 400,
            })
        };
        for (error, conforms) in [
            ("InvalidImportTokenException", true),
            ("IncorrectKeyMaterialException", false),
        ] {
            let verdict = world.judged("ImportKeyMaterial", &import, &refusal(error));
            assert_eq!(matches!(verdict, Verdict::Conforms(_)), conforms, "{error}");
        }
        world.advance(2 * DAY);
        assert_eq!(
            world.refused("ImportKeyMaterial", import),
            ["ExpiredImportTokenException", "InvalidImportTokenException"]
        );
    }

    #[test]
    fn new_material_waits_for_a_rotation_and_is_needed_from_then_on() {
        let (mut world, key) = world();
        let named = json!({"KeyId": key});
        let import = body(&mut world, &key, "YQ==");
        world.ok("ImportKeyMaterial", import);
        assert_eq!(world.fired("RotateKeyOnDemand", named.clone()), ["ROT-14"]);
        let sealed = world.ok("Encrypt", json!({"KeyId": key, "Plaintext": "YQ=="}));
        let mut import = body(&mut world, &key, "Yg==");
        import["ImportType"] = json!("NEW_KEY_MATERIAL");
        world.ok("ImportKeyMaterial", import);
        let all = json!({"KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
        let listed = world.ok("ListKeyRotations", all.clone());
        assert_eq!(
            listed["Rotations"][1]["KeyMaterialState"],
            "PENDING_ROTATION"
        );
        world.ok("RotateKeyOnDemand", named.clone());
        let listed = world.ok("ListKeyRotations", all);
        assert_eq!(listed["Rotations"][1]["KeyMaterialState"], "CURRENT");
        world.ok(
            "Decrypt",
            json!({"CiphertextBlob": sealed["CiphertextBlob"]}),
        );
        let first = &listed["Rotations"][0]["KeyMaterialId"];
        let delete = json!({"KeyId": key, "KeyMaterialId": first});
        world.ok("DeleteImportedKeyMaterial", delete);
        assert_eq!(state(&mut world, &key), "PendingImport");
        let import = body(&mut world, &key, "YQ==");
        world.ok("ImportKeyMaterial", import);
        assert_eq!(state(&mut world, &key), "Enabled");
    }

    #[test]
    fn a_key_that_cannot_rotate_has_one_material_for_ever() {
        let (mut world, _) = world();
        let hmac = json!({
            "Origin": "EXTERNAL", "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC",
        });
        let key = world.key(hmac);
        let mut import = body(&mut world, &key, "YQ==");
        import["ImportType"] = json!("NEW_KEY_MATERIAL");
        assert_eq!(world.fired("ImportKeyMaterial", import), ["IMP-13"]);
        let import = body(&mut world, &key, "YQ==");
        world.ok("ImportKeyMaterial", import);
        let other = body(&mut world, &key, "Yg==");
        assert_eq!(world.fired("ImportKeyMaterial", other), ["IMP-11"]);
    }
}
