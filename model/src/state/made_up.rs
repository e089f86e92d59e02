//! What a plan brings that it did not get from the target: bytes it made up, copies it altered, and
//! what it encrypted itself with a public key. Whoever else uses the account, this is known.

use super::{State, Wrapped};
use crate::kms::EncryptionAlgorithm;
use crate::mint::{Plaintext, Sealed};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// How something came about that no key made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgery {
    /// Bytes without any meaning.
    MadeUp,
    /// A copy of what somebody made, with another byte in it.
    Altered,
}

/// What was encrypted outside KMS.
#[derive(Clone, PartialEq, Eq)]
pub struct Enclosed {
    /// The base64 of the public key: DER of a SubjectPublicKeyInfo.
    pub public_key: String,
    /// The wire name of the algorithm.
    pub algorithm: String,
    /// What was encrypted.
    pub plaintext: Vec<u8>,
}

impl fmt::Debug for Enclosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.plaintext.len();
        write!(f, "Enclosed({length} bytes by {})", self.algorithm)
    }
}

/// What a plan brings that it did not get from the target, by its base64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MadeUp {
    /// What no key made.
    pub forged: BTreeMap<String, Forgery>,
    /// What was encrypted with a public key.
    pub enclosed: BTreeMap<String, Enclosed>,
}

impl State {
    /// Whether no key made these bytes, by their base64.
    pub(crate) fn is_forged(&self, base64: &str) -> bool {
        self.forged.contains_key(base64)
    }

    /// Learns what a plan made up. What was encrypted with the public key of a KMS key that was seen
    /// is a ciphertext of that key; with any other public key, nobody here knows whose it is.
    pub(crate) fn learn_made_up(&mut self, made: &MadeUp) {
        if self.forged.len() < made.forged.len() {
            let new = made.forged.iter();
            let new = new.map(|(base64, forgery)| (base64.clone(), *forgery));
            self.forged.extend(new);
        }
        for (base64, enclosed) in &made.enclosed {
            if self.ciphertexts.contains_key(base64) {
                continue;
            }
            let plaintext = Plaintext::Known(enclosed.plaintext.clone());
            match self.sealed_as(&enclosed.public_key, &enclosed.algorithm, plaintext) {
                Some(sealed) => {
                    self.ciphertexts.insert(base64.clone(), sealed);
                }
                None => {
                    self.unjudged.insert(base64.clone());
                }
            }
        }
    }

    /// Learns of wrapped bytes, of which only the length is known, that they are ciphertexts of KMS keys.
    pub(crate) fn learn_hidden(&mut self, wrapped: &BTreeMap<String, Wrapped>) {
        for (base64, inside) in wrapped {
            if self.ciphertexts.contains_key(base64) {
                continue;
            }
            let plaintext = Plaintext::Hidden(inside.length);
            if let Some(sealed) = self.sealed_as(&inside.public_key, &inside.algorithm, plaintext) {
                self.ciphertexts.insert(base64.clone(), sealed);
            }
        }
    }

    /// A ciphertext that was made outside KMS with this public key, if it is that of a KMS key.
    fn sealed_as(&self, public_key: &str, algorithm: &str, plaintext: Plaintext) -> Option<Sealed> {
        use EncryptionAlgorithm::{RsaesOaepSha1, RsaesOaepSha256};
        let mut algorithms = [RsaesOaepSha1, RsaesOaepSha256].into_iter();
        let algorithm = algorithms.find(|known| known.wire_name() == algorithm)?;
        let public = STANDARD.decode(public_key).ok()?;
        let shows_it = |key: &&Arc<super::Key>| key.public_key.as_ref() == Some(&public);
        let key = self.keys.values().find(shows_it)?;
        Some(Sealed {
            key: key.id.clone(),
            algorithm,
            material: key.current_material(),
            context: BTreeMap::new(),
            plaintext,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asymmetric::PublicKey;
    use crate::reply::Reply;
    use crate::testing::World;
    use serde_json::json;

    const GARBAGE: &str = "Z2FyYmFnZQ==";

    /// A world of a shared account whose judge knows that the garbage was made up.
    fn shared(forgery: Forgery) -> World {
        let mut world = World::new();
        world.given(|state| state.account_mut().exclusive = false);
        let forged = BTreeMap::from([(GARBAGE.to_owned(), forgery)]);
        let made = MadeUp {
            forged,
            ..MadeUp::default()
        };
        world.given(|state| state.learn_made_up(&made));
        world
    }

    #[test]
    fn what_was_made_up_does_not_open_whoever_uses_the_account() {
        let mut world = shared(Forgery::MadeUp);
        let key = world.key(json!({}));
        let body = json!({ "CiphertextBlob": GARBAGE });
        assert_eq!(world.fired("Decrypt", body.clone()), ["CKX-101"]);
        let refused = world.refused("Decrypt", body);
        assert_eq!(refused, ["InvalidCiphertextException"]);
        let body = json!({ "CiphertextBlob": GARBAGE, "DestinationKeyId": key });
        let refused = world.refused("ReEncrypt", body);
        assert_eq!(refused, ["InvalidCiphertextException"]);
    }

    #[test]
    fn an_altered_ciphertext_may_look_like_that_of_another_key() {
        let mut world = shared(Forgery::Altered);
        let refused = world.refused("Decrypt", json!({ "CiphertextBlob": GARBAGE }));
        for allowed in ["AccessDeniedException", "InvalidCiphertextException"] {
            assert!(refused.contains(&allowed), "{refused:?}");
        }
    }

    #[test]
    fn what_was_made_up_is_no_signature_and_no_code() {
        let mut world = shared(Forgery::MadeUp);
        let signer = world.key(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}));
        let mac = world.key(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}));
        let body = json!({
            "KeyId": signer, "Message": "YQ==", "Signature": GARBAGE,
            "SigningAlgorithm": "ECDSA_SHA_256",
        });
        assert_eq!(world.fired("Verify", body), ["CKX-121"]);
        let body = json!({
            "KeyId": mac, "Message": "YQ==", "Mac": GARBAGE, "MacAlgorithm": "HMAC_SHA_256",
        });
        assert_eq!(world.fired("VerifyMac", body), ["CKX-128"]);
    }

    #[test]
    fn what_the_plan_encrypted_with_a_public_key_that_was_shown_opens() {
        let mut world = World::new();
        world.given(|state| state.account_mut().exclusive = false);
        let rsa = json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"});
        let key = world.key(rsa);
        let public = world.ok("GetPublicKey", json!({ "KeyId": key }))["PublicKey"].clone();
        let der = STANDARD.decode(public.as_str().unwrap()).unwrap();
        let algorithm = EncryptionAlgorithm::RsaesOaepSha256;
        let blob = PublicKey::read(&der).unwrap();
        let blob = blob.encrypt(&mut rand::rng(), algorithm, b"secret");
        let blob = STANDARD.encode(blob.unwrap());
        let enclosed = |public: &str| MadeUp {
            enclosed: BTreeMap::from([(
                blob.clone(),
                Enclosed {
                    public_key: public.to_owned(),
                    algorithm: algorithm.wire_name().to_owned(),
                    plaintext: b"secret".to_vec(),
                },
            )]),
            ..MadeUp::default()
        };
        let body = json!({
            "CiphertextBlob": blob, "KeyId": key, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256",
        });
        world.belief.learn_made_up(&enclosed("AAAA"));
        let opened = |text: &str| {
            Reply::Done(json!({
                "Plaintext": text, "KeyId": format!("arn:aws:kms:us-east-1:111122223333:key/{key}"),
                "EncryptionAlgorithm": "RSAES_OAEP_SHA_256",
            }))
        };
        let other = STANDARD.encode(b"another");
        let unsure = world.judged("Decrypt", &body, &opened(&other));
        assert!(matches!(unsure, crate::Verdict::Unknown(_)), "{unsure:?}");
        world
            .belief
            .learn_made_up(&enclosed(public.as_str().unwrap()));
        let wrong = world.judged("Decrypt", &body, &opened(&other));
        assert!(matches!(wrong, crate::Verdict::Diverges(_)), "{wrong:?}");
        let right = world.judged("Decrypt", &body, &opened(&STANDARD.encode(b"secret")));
        assert!(matches!(right, crate::Verdict::Conforms(_)), "{right:?}");
    }
}
