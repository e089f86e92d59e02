//! Authentication codes: what GenerateMac and VerifyMac share.

use crate::wire_enum::wire_enum;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

wire_enum! {
    /// How a message is authenticated.
    MacAlgorithm {
        HmacSha224 = "HMAC_SHA_224",
        HmacSha256 = "HMAC_SHA_256",
        HmacSha384 = "HMAC_SHA_384",
        HmacSha512 = "HMAC_SHA_512",
    }
}

impl MacAlgorithm {
    /// How many bytes a code has.
    pub const fn length(self) -> usize {
        match self {
            MacAlgorithm::HmacSha224 => 28,
            MacAlgorithm::HmacSha256 => 32,
            MacAlgorithm::HmacSha384 => 48,
            MacAlgorithm::HmacSha512 => 64,
        }
    }
}

/// The base64 of a code, however the request wrote it.
pub(crate) fn base64(mac: &[u8]) -> String {
    STANDARD.encode(mac)
}
