//! The materials of a key, and how it comes to another one.

use super::{Key, KeySpec, Origin, Traced};
use crate::card::Card;
use crate::time::{DAY, Millis};
use crate::wire_enum::wire_enum;
use imbl::Vector;

wire_enum! {
    /// Why a key was rotated.
    RotationType {
        Automatic = "AUTOMATIC",
        OnDemand = "ON_DEMAND",
    }
}

/// One material of a key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Material {
    /// Its id, once it was seen.
    pub id: Option<String>,
    /// How it became the current one; `None` for the first.
    pub rotated: Option<Rotated>,
}

/// How a material became the current one of its key.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotated {
    /// Why.
    pub kind: RotationType,
    /// When it was asked for or due.
    pub since: Millis,
    /// When it was done, once that was seen.
    pub date: Option<Millis>,
    /// The rule that did it.
    pub by: Card,
}

/// How a key rotates.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    /// Its schedule, while automatic rotation is enabled.
    pub automatic: Traced<Option<Schedule>>,
    /// When the rotation on demand was asked for that is in progress.
    pub on_demand: Traced<Option<Millis>>,
}

impl Rotation {
    /// No rotation at all.
    pub const fn none(by: Card) -> Rotation {
        Rotation {
            automatic: Traced { value: None, by },
            on_demand: Traced { value: None, by },
        }
    }
}

/// When a key rotates by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
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

impl Schedule {
    /// Days as milliseconds.
    pub const fn span(&self) -> Millis {
        self.period * DAY
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

    /// The ids of its materials that were seen.
    pub fn material_ids(&self) -> Vec<String> {
        let ids = self.materials.iter();
        ids.filter_map(|material| material.id.clone()).collect()
    }

    /// Gives it another material.
    pub(crate) fn rotate(&mut self, kind: RotationType, since: Millis, by: Card) {
        let rotated = Rotated {
            kind,
            since,
            date: None,
            by,
        };
        self.materials.push_back(Material {
            id: None,
            rotated: Some(rotated),
        });
    }
}

/// The materials of a new key.
pub fn first_material() -> Vector<Material> {
    Vector::unit(Material::default())
}
