//! How an operation declares its input: the struct and the shape of its request from one list.

use crate::shape::{Member, Shape};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, de::Error};
use std::collections::BTreeMap;

/// Whether a field type stands for a required member.
pub trait Presence {
    /// True unless the field is an `Option`.
    const REQUIRED: bool;
}

impl<T> Presence for Option<T> {
    const REQUIRED: bool = false;
}

macro_rules! required {
    ($($name:ty),+) => { $(impl Presence for $name { const REQUIRED: bool = true; })+ };
}

required!(String, Blob, bool, i64, f64, BTreeMap<String, String>);

impl<T> Presence for Vec<T> {
    const REQUIRED: bool = true;
}

/// Bytes of a request, and their base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their base64, as it came.
    pub base64: String,
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({} bytes)", self.bytes.len())
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let base64 = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(&base64).map_err(D::Error::custom)?;
        Ok(Blob { bytes, base64 })
    }
}

/// A member whose value no message may echo.
pub const fn secret(member: Member) -> Member {
    Member {
        sensitive: true,
        ..member
    }
}

/// A member as the macro makes it.
pub const fn member<T: Presence>(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        shape,
        required: T::REQUIRED,
        sensitive: false,
    }
}

/// Declares the input of an operation and the shape of its request.
///
/// Each line is `field: type = "WireName", SHAPE;`. A field that is no `Option` is a required
/// member. The word `secret` before a field keeps its value out of messages.
macro_rules! input {
    (
        $(#[$doc:meta])*
        $name:ident, $members:ident {
            $($(#[$field_doc:meta])* $field:ident : $type:ty = $wire:literal, $shape:expr $(, $secret:ident)?;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Deserialize)]
        pub struct $name {
            $($(#[$field_doc])* #[doc = concat!("`", $wire, "`.")] #[serde(rename = $wire)] pub $field: $type,)*
        }

        const $members: &[$crate::shape::Member] = &[
            $($crate::input::input!(@member $type, $wire, $shape $(, $secret)?),)*
        ];
    };
    (@member $type:ty, $wire:literal, $shape:expr) => {
        $crate::input::member::<$type>($wire, $shape)
    };
    (@member $type:ty, $wire:literal, $shape:expr, secret) => {
        $crate::input::secret($crate::input::member::<$type>($wire, $shape))
    };
}

pub(crate) use input;
