//! One macro for the enumerations of the service models.

/// Makes an enum whose variants have wire names, which serde and [`crate::Shape::Choice`] use.
macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $wire:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
        pub enum $name {
            $(#[doc = $wire] #[serde(rename = $wire)] $variant,)+
        }

        impl $name {
            /// All wire names.
            pub const NAMES: &'static [&'static str] = &[$($wire),+];

            /// The name on the wire.
            pub const fn wire_name(self) -> &'static str {
                match self { $($name::$variant => $wire),+ }
            }
        }

        impl crate::input::Presence for $name {
            const REQUIRED: bool = true;
        }

        impl From<$name> for serde_json::Value {
            fn from(value: $name) -> Self {
                value.wire_name().into()
            }
        }
    };
}

pub(crate) use wire_enum;
