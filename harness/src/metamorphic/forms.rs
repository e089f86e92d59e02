//! Forms: how long a result is, and of what form, follows from the request and the spec of the key.

use super::Family;
use super::at::{Names, key_id};
use super::fresh::decoded;
use super::said::{Clash, Said};
use super::view::View;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_conformance_model::asymmetric::PublicKey;
use kms_conformance_model::relations::{DER_SIGNATURES, LENGTHS, OWN_SPEC};
use std::collections::BTreeMap;

/// The spec that each key was said to have.
#[derive(Default)]
pub(super) struct Forms {
    specs: BTreeMap<String, String>,
}

impl Family for Forms {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        if at.done().is_none() {
            return;
        }
        let metadata = ["/KeyMetadata/KeyId", "/KeyMetadata/KeySpec"];
        if let [Some(key), Some(spec)] = metadata.map(|pointer| at.shown(pointer)) {
            self.specs.insert(key.to_owned(), spec.to_owned());
        }
        let key = at.shown("/KeyId").and_then(key_id);
        let spec = key.and_then(|key| self.specs.get(key));
        let spec = spec.map(String::as_str).unwrap_or_default();
        if let Some((member, length)) = expected_length(at, spec) {
            self.has_length(at, member, length, said);
        }
        match at.kms() {
            Some("Sign") if at.asked("SigningAlgorithm").is_some_and(is_ecdsa) => {
                let signature = at.shown("/Signature").and_then(decoded);
                let clash = signature.filter(|it| !is_der(it, spec)).map(|_| {
                    let observed = "Signature that is no DER sequence of two integers";
                    Clash::words("Signature", "a signature in DER", observed)
                });
                said.relate(DER_SIGNATURES, at, clash);
            }
            Some("GetPublicKey") => has_spec(at, spec, said),
            Some("GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext") => {
                has_spec(at, at.asked("KeyPairSpec").unwrap_or_default(), said);
            }
            _ => {}
        }
    }

    fn forget(&mut self, names: &Names) {
        self.specs.retain(|key, _| !names.has(key));
    }
}

impl Forms {
    fn has_length(&self, at: &View<'_>, member: &str, expected: usize, said: &mut Said) {
        // What is for an enclave is in another member.
        let bytes = at
            .shown(&format!("/{member}"))
            .map(|text| STANDARD.decode(text));
        let Some(Ok(bytes)) = bytes.filter(|_| !is_for_an_enclave(at)) else {
            return;
        };
        let clash = (bytes.len() != expected).then(|| {
            Clash::words(
                member,
                &format!("{member} of {expected} bytes"),
                &format!("{member} of {} bytes", bytes.len()),
            )
        });
        said.relate(LENGTHS, at, clash);
    }
}

/// Whether the result is sealed for an enclave.
fn is_for_an_enclave(at: &View<'_>) -> bool {
    at.body
        .get("Recipient")
        .is_some_and(|value| !value.is_null())
}

/// The member that holds a result, and how many bytes it has.
fn expected_length(at: &View<'_>, spec: &str) -> Option<(&'static str, usize)> {
    let asked = |member: &str| at.asked(member).unwrap_or_default();
    match at.kms()? {
        "Encrypt" if asked("EncryptionAlgorithm").starts_with("RSAES") => {
            Some(("CiphertextBlob", modulus(spec)?))
        }
        "ReEncrypt" if asked("DestinationEncryptionAlgorithm").starts_with("RSAES") => {
            Some(("CiphertextBlob", modulus(spec)?))
        }
        "Sign" => Some(("Signature", signature(asked("SigningAlgorithm"), spec)?)),
        "GenerateMac" => Some(("Mac", hash_bytes(asked("MacAlgorithm"))?)),
        "GenerateDataKey" => Some(("Plaintext", data_key(at)?)),
        "GenerateRandom" => Some(("Plaintext", count(at)?)),
        "DeriveSharedSecret" => Some(("SharedSecret", coordinate(spec)?)),
        _ => None,
    }
}

fn data_key(at: &View<'_>) -> Option<usize> {
    match at.asked("KeySpec") {
        Some("AES_256") => Some(32),
        Some("AES_128") => Some(16),
        Some(_) => None,
        None => count(at),
    }
}

fn count(at: &View<'_>) -> Option<usize> {
    let number = at.body.get("NumberOfBytes")?.as_u64()?;
    usize::try_from(number).ok()
}

/// The bytes of an RSA modulus, which all that RSA makes has (RFC 8017).
fn modulus(spec: &str) -> Option<usize> {
    let bits: usize = spec.strip_prefix("RSA_")?.parse().ok()?;
    Some(bits / 8)
}

fn signature(algorithm: &str, spec: &str) -> Option<usize> {
    match (algorithm, spec) {
        (name, spec) if name.starts_with("RSASSA") => modulus(spec),
        (name, _) if name.starts_with("ED25519") => Some(64),
        (_, "ML_DSA_44") => Some(2_420),
        (_, "ML_DSA_65") => Some(3_309),
        (_, "ML_DSA_87") => Some(4_627),
        _ => None,
    }
}

fn hash_bytes(algorithm: &str) -> Option<usize> {
    let bits: usize = algorithm.strip_prefix("HMAC_SHA_")?.parse().ok()?;
    Some(bits / 8)
}

/// The bytes of a coordinate on the curve.
fn coordinate(spec: &str) -> Option<usize> {
    match spec {
        "ECC_NIST_P256" | "ECC_SECG_P256K1" | "SM2" => Some(32),
        "ECC_NIST_P384" => Some(48),
        "ECC_NIST_P521" => Some(66),
        _ => None,
    }
}

fn is_ecdsa(algorithm: &str) -> bool {
    algorithm.starts_with("ECDSA") || algorithm == "SM2DSA"
}

/// Whether this is a DER sequence of two positive integers, each no longer than a coordinate.
fn is_der(signature: &[u8], spec: &str) -> bool {
    let most = coordinate(spec).unwrap_or(66) + 1;
    let content = match signature {
        [0x30, 0x81, length, rest @ ..]
            if *length >= 0x80 && usize::from(*length) == rest.len() =>
        {
            rest
        }
        [0x30, length, rest @ ..] if *length < 0x80 && usize::from(*length) == rest.len() => rest,
        _ => return false,
    };
    let integer = |bytes: &[u8]| match bytes {
        [0x02, length, rest @ ..] => {
            let (number, rest) = rest.split_at_checked(usize::from(*length))?;
            let minimal = match number {
                [0, next, ..] => next & 0x80 != 0,
                [first, ..] => first & 0x80 == 0,
                [] => false,
            };
            (minimal && number.len() <= most).then(|| rest.to_vec())
        }
        _ => None,
    };
    let second = integer(content);
    second
        .and_then(|rest| integer(&rest))
        .is_some_and(|rest| rest.is_empty())
}

/// Whether a public key is of the spec that the answers say.
fn has_spec(at: &View<'_>, spec: &str, said: &mut Said) {
    let der = at.shown("/PublicKey").and_then(decoded);
    let shown = der.and_then(|der| PublicKey::read(&der)?.spec());
    let (Some(shown), false) = (shown, spec.is_empty()) else {
        return;
    };
    let clash = (shown.wire_name() != spec).then(|| {
        Clash::words(
            "PublicKey",
            &format!("a public key of {spec}"),
            &format!("PublicKey of {}", shown.wire_name()),
        )
    });
    said.relate(OWN_SPEC, at, clash);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_is_told_from_two_numbers_side_by_side() {
        let number = [&[0x02, 32, 0x7f][..], &[1; 31]].concat();
        let der = [&[0x30, 68][..], &number, &number].concat();
        assert!(is_der(&der, "ECC_NIST_P256"));
        assert!(!is_der(&[1; 64], "ECC_NIST_P256"));
        let padded = [&[0x02, 33, 0, 0x7f][..], &[1; 31]].concat();
        let der = [&[0x30, 69][..], &padded, &number].concat();
        assert!(!is_der(&der, "ECC_NIST_P256"));
    }
}
