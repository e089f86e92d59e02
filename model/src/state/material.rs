//! The materials of a key, and how it comes to another one.

use super::{Key, KeySpec, Origin, Traced};
use crate::card::Card;
use crate::time::{DAY, Millis};
use crate::wire_enum::wire_enum;

wire_enum! {
    /// Why a key was rotated.
    RotationType {
        Automatic = "AUTOMATIC",
        OnDemand = "ON_DEMAND",
    }
}

/// One material of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Material {
    /// Its id, once it was seen.
    pub id: Option<String>,
    /// How it became the current one; `None` for the first.
    pub rotated: Option<Box<Rotated>>,
    /// What was imported, if anything was.
    pub import: Option<Box<Import>>,
}

impl Material {
    /// Whether it was imported and is still there.
    pub fn is_imported(&self) -> bool {
        self.import
            .as_ref()
            .is_some_and(|import| import.there.value)
    }
}

/// Imported material, of which only a digest is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The SHA-256 of the material, in hex.
    pub digest: String,
    /// What whoever imported it says about it.
    pub description: Option<String>,
    /// When it expires; `None` if it does not.
    pub expires: Traced<Option<Millis>>,
    /// Whether it is there: it was neither deleted nor has it expired.
    pub there: Traced<bool>,
}

/// What an import token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportToken {
    /// The id of the key that it is for.
    pub key: String,
    /// When it expires.
    pub until: Millis,
    /// The base64 of the public key that wraps the material.
    pub public_key: String,
    /// The wire name of the algorithm that wraps it.
    pub algorithm: String,
    /// Whether material was imported with it.
    pub used: bool,
}

/// What is inside wrapped key material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    /// The base64 of the public key that wrapped it.
    pub public_key: String,
    /// The wire name of the algorithm that wrapped it.
    pub algorithm: String,
    /// The SHA-256 of the material, in hex.
    pub digest: String,
    /// How many bytes it has.
    pub length: usize,
    /// The spec of the private key that it is in PKCS#8, if it is one.
    pub private_key: Option<KeySpec>,
}

/// How a material became the current one of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Why.
    pub kind: RotationType,
    /// When it was asked for or due.
    pub since: Millis,
    /// When it was done, once that was seen.
    pub date: Option<Millis>,
    /// The rule that did it.
    pub by: &'static Card,
    /// The rule that set it going.
    pub begun_by: &'static Card,
}

/// How a key rotates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Its schedule, while automatic rotation is enabled.
    pub automatic: Traced<Option<Schedule>>,
    /// When the rotation on demand was asked for that is in progress.
    pub on_demand: Traced<Option<Millis>>,
}

impl Rotation {
    /// No rotation at all.
    pub const fn none(by: &'static Card) -> Rotation {
        Rotation {
            automatic: Traced { value: None, by },
            on_demand: Traced { value: None, by },
        }
    }
}

/// When a key rotates by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Days from one rotation to the next.
    pub period: i64,
    /// When the next one is due.
    pub next: Millis,
    /// Whether `next` is known. Nothing says from which date a period counts that was changed while
    /// rotation was enabled.
    pub sure: bool,
    /// When the key was last enabled: while it is disabled it does not rotate.
    pub resumed: Millis,
}

/// The fewest days from one rotation to the next.
pub const SHORTEST_PERIOD: i64 = 90;

impl Schedule {
    /// The period in milliseconds.
    pub const fn span(&self) -> Millis {
        self.period.saturating_mul(DAY)
    }

    /// Whether it is known when the key rotates: of a shorter period than AWS takes nothing is.
    pub const fn is_known(&self) -> bool {
        self.period >= SHORTEST_PERIOD
    }

    /// When the next rotation is due of a key that is enabled.
    pub fn due(&self) -> Millis {
        self.next.max(self.resumed)
    }
}

impl Key {
    /// Whether it is of a kind that can have several materials.
    pub fn can_rotate(&self) -> bool {
        let origin = matches!(self.origin, Origin::AwsKms | Origin::External);
        self.spec == KeySpec::SymmetricDefault && origin
    }

    /// The number of the material that encrypts.
    pub fn current_material(&self) -> usize {
        self.materials.len().saturating_sub(1)
    }

    /// The material of this number. The one that waits for the next rotation comes after the others.
    pub fn material(&self, number: usize) -> Option<&Material> {
        let pending = self.pending.as_ref();
        let pending = pending.filter(|_| number == self.materials.len());
        self.materials.get(number).or(pending)
    }

    /// The same, to change it.
    pub fn material_mut(&mut self, number: usize) -> Option<&mut Material> {
        match number == self.materials.len() {
            true => self.pending.as_mut(),
            false => self.materials.get_mut(number),
        }
    }

    /// The number of the material with this digest that was imported, whether it is still there or
    /// not.
    pub fn imported(&self, digest: &str) -> Option<usize> {
        let is_it = |number: &usize| {
            let material = self.material(*number);
            let import = material.and_then(|material| material.import.as_ref());
            import.is_some_and(|import| import.digest == digest)
        };
        (0..=self.materials.len()).find(is_it)
    }

    /// Whether anything was ever imported.
    pub fn was_imported(&self) -> bool {
        self.materials
            .iter()
            .any(|material| material.import.is_some())
    }

    /// Whether all materials are there that it cannot do without.
    pub fn is_complete(&self) -> bool {
        self.materials.iter().all(Material::is_imported)
    }

    /// When the first of its materials expires that are there.
    pub fn expires(&self) -> Option<&Traced<Option<Millis>>> {
        let there = self
            .materials
            .iter()
            .filter(|material| material.is_imported());
        let dates = there.filter_map(|material| Some(&material.import.as_ref()?.expires));
        let dates = dates.filter(|date| date.value.is_some());
        dates.min_by_key(|date| date.value)
    }

    /// The ids of its materials that were seen.
    pub fn material_ids(&self) -> Vec<String> {
        let ids = self.materials.iter().chain(&self.pending);
        ids.filter_map(|material| material.id.clone()).collect()
    }

    /// Gives it another material.
    pub(crate) fn rotate(
        &mut self,
        kind: RotationType,
        since: Millis,
        by: &'static Card,
        begun_by: &'static Card,
    ) {
        let rotated = Rotated {
            kind,
            since,
            date: None,
            by,
            begun_by,
        };
        let new = self.pending.take().unwrap_or_default();
        self.materials.push(Material {
            rotated: Some(Box::new(rotated)),
            ..new
        });
    }
}

/// The materials of a new key.
pub fn first_material() -> Vec<Material> {
    vec![Material::default()]
}
