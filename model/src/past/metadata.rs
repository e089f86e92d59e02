//! Keys as their metadata describe them.

use super::Recalled;
use crate::card::Card;
use crate::state::{
    Import, Key, KeySpec, KeyState, KeyUsage, Material, Origin, Rotation, Traced, Uses,
    first_material,
};
use crate::time::{Millis, from_epoch_seconds};
use imbl::OrdMap;
use serde::Deserialize;
use serde_json::Value;

/// A response in which keys that AWS manages are those of a customer: nothing else tells them apart.
pub(crate) fn as_customers(response: &Value) -> Value {
    let mut response = response.clone();
    if let Some(manager) = response.pointer_mut("/KeyMetadata/KeyManager")
        && *manager == "AWS"
    {
        *manager = Value::from("CUSTOMER");
    }
    response
}

/// The key that metadata describe. What cannot change is what earlier answers showed.
pub(crate) fn described(
    metadata: &Value,
    recalled: &Recalled,
    by: &'static Card,
    now: Millis,
) -> Option<Key> {
    let id = metadata.get("KeyId")?.as_str()?;
    let spec = [
        metadata.get("KeySpec"),
        metadata.get("CustomerMasterKeySpec"),
    ]
    .into_iter()
    .flatten()
    .next();
    let mut key = key(
        id,
        by,
        (
            spec.map_or(Some(KeySpec::SymmetricDefault), read)?,
            metadata
                .get("KeyUsage")
                .map_or(Some(KeyUsage::EncryptDecrypt), read)?,
            metadata.get("Origin").map_or(Some(Origin::AwsKms), read)?,
        ),
    );
    key.created = date(metadata, "CreationDate").unwrap_or(now);
    if let Some(known) = recalled.get(id) {
        key = Key {
            created: known.created,
            ..key
        };
        (key.spec, key.usage, key.origin) = (known.spec, known.usage, known.origin);
    }
    set_state(
        &mut key,
        metadata
            .get("KeyState")
            .and_then(read)
            .unwrap_or(KeyState::Enabled),
    );
    let traced = |value| Traced { value, by };
    key.deletion = date(metadata, "DeletionDate").map(traced);
    if let Some(text) = metadata.get("Description").and_then(Value::as_str) {
        text.clone_into(&mut key.description.value);
    }
    if metadata.get("ExpirationModel").is_some() {
        let import = Import {
            digest: String::new(),
            description: None,
            expires: Traced {
                value: date(metadata, "ValidTo"),
                by,
            },
            there: Traced { value: true, by },
        };
        key.materials = vec![Material {
            import: Some(Box::new(import)),
            ..Material::default()
        }];
    }
    Some(key)
}

/// A key of which nothing else is known.
pub(super) fn key(
    id: &str,
    by: &'static Card,
    (spec, usage, origin): (KeySpec, KeyUsage, Origin),
) -> Key {
    let mut uses = Uses::default();
    uses.forget();
    Key {
        id: id.to_owned(),
        created: 0,
        description: Traced {
            value: String::new(),
            by,
        },
        usage,
        spec,
        origin,
        state: Traced {
            value: KeyState::Enabled,
            by,
        },
        reachable: Traced { value: true, by },
        deletion: None,
        key_store: None,
        xks_key: None,
        multi_region: None,
        policy: Traced { value: None, by },
        tags: OrdMap::new(),
        public_key: None,
        materials: first_material(),
        pending: None,
        rotation: Rotation::none(by),
        uses,
    }
}

/// Lets a key be shown in this state.
pub(crate) fn set_state(key: &mut Key, state: KeyState) {
    key.reachable.value = state != KeyState::Unavailable;
    key.state.value = match state {
        KeyState::Unavailable => KeyState::Enabled,
        other => other,
    };
}

fn read<T: for<'d> Deserialize<'d>>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

/// The moment in a member that holds epoch seconds.
pub(super) fn date(document: &Value, member: &str) -> Option<Millis> {
    document.get(member)?.as_f64().map(from_epoch_seconds)
}
