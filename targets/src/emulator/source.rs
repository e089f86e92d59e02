//! Makes what the model cannot know, with real randomness and real certificates.

use super::vault::Vault;
use crate::{wrapping, x509};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use imbl::OrdMap;
use kms_conformance_model::kms::EncryptionAlgorithm;
use kms_conformance_model::state::Key;
use kms_conformance_model::{Computation, Form, Plaintext, Sealed, Source};
use rand::RngExt;
use rand::rngs::StdRng;
use std::sync::Arc;
use uuid::Uuid;

/// The emulator's source.
pub(super) struct Making<'e> {
    pub vault: &'e Vault,
    pub region: &'e str,
    /// What ids are drawn from.
    pub ids: &'e mut StdRng,
    /// The KMS keys, as they were before the request.
    pub keys: OrdMap<String, Arc<Key>>,
}

impl Source for Making<'_> {
    fn text(&mut self, form: Form) -> String {
        match form {
            Form::Uuid => self.uuid().to_string(),
            Form::MultiRegionKeyId => format!("mrk-{}", self.uuid().simple()),
            Form::KeyStoreId => format!("cks-{}", self.hex(17)),
            Form::ClusterId => format!("cluster-{}", self.base32(11)),
            Form::HsmId => format!("hsm-{}", self.base32(11)),
            Form::BackupId => format!("backup-{}", self.base32(11)),
            Form::EniId => format!("eni-{}", self.hex(17)),
            Form::IpAddress => self.address(),
            Form::SecurityGroupId => format!("sg-{}", self.hex(17)),
            Form::VpcId => format!("vpc-{}", self.hex(17)),
            Form::ImportToken => STANDARD.encode(self.ids.random::<[u8; 96]>()),
            Form::WrappingKey2048 => wrapping::public_key(2048),
            Form::WrappingKey3072 => wrapping::public_key(3072),
            Form::WrappingKey4096 => wrapping::public_key(4096),
            Form::Hex64 => self.hex(64),
            Form::Zone => format!("{}a", self.region),
            Form::ClusterCsr => x509::cluster_csr(),
            Form::Certificate => x509::hardware_certificate(),
            Form::Opaque => URL_SAFE_NO_PAD.encode(self.ids.random::<[u8; 48]>()),
        }
    }

    fn random(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        rand::fill(bytes.as_mut_slice());
        bytes
    }

    fn seal(&mut self, sealed: &Sealed) -> Vec<u8> {
        let plaintext = match &sealed.plaintext {
            Plaintext::Known(bytes) => bytes.as_slice(),
            Plaintext::Hidden(_) | Plaintext::PrivateOf(_) => &[],
        };
        if sealed.algorithm != EncryptionAlgorithm::SymmetricDefault {
            return self.encrypt(sealed, plaintext).unwrap_or_default();
        }
        let material = super::materials::name(&sealed.key, sealed.material);
        self.vault.seal(&material, &sealed.context, plaintext)
    }

    fn compute(&mut self, what: &Computation<'_>) -> Vec<u8> {
        let pairs = &self.vault.pairs;
        let computed = match what {
            Computation::PublicKey(key) => pairs.public(key),
            Computation::Signature(key, algorithm, covered) => pairs
                .of(key)
                .and_then(|pair| pair.sign(&mut rand::rng(), *algorithm, covered)),
            Computation::Mac(key, algorithm, message) => pairs.mac(key, *algorithm, message),
            Computation::SharedSecret(key, peer) => pairs.of(key).and_then(|pair| pair.agree(peer)),
            Computation::PrivateKey(spec) => pairs
                .make(*spec)
                .and_then(|pair| Some(pair.der()?.as_bytes().to_vec())),
        };
        computed.unwrap_or_default()
    }
}

impl Making<'_> {
    /// Encrypts with the public half of a key pair.
    fn encrypt(&self, sealed: &Sealed, plaintext: &[u8]) -> Option<Vec<u8>> {
        let pair = self.vault.pairs.of(self.keys.get(&sealed.key)?)?;
        pair.public()
            .encrypt(&mut rand::rng(), sealed.algorithm, plaintext)
    }

    fn uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.ids.random()).into_uuid()
    }

    fn hex(&mut self, length: usize) -> String {
        self.pick(b"0123456789abcdef", length)
    }

    fn base32(&mut self, length: usize) -> String {
        self.pick(b"abcdefghijklmnopqrstuvwxyz234567", length)
    }

    /// Characters of an alphabet whose size divides 256, so that each is as likely as the others.
    fn pick(&mut self, alphabet: &[u8], length: usize) -> String {
        let mut drawn = [0_u8; 64];
        self.ids.fill(drawn.as_mut_slice());
        drawn
            .iter()
            .take(length)
            .filter_map(|byte| alphabet.get(usize::from(*byte) % alphabet.len()))
            .map(|byte| char::from(*byte))
            .collect()
    }

    /// A host address of 10.0.0.0/16.
    fn address(&mut self) -> String {
        let (third, fourth) = (self.ids.random::<u8>(), self.ids.random_range(1..=254_u8));
        format!("10.0.{third}.{fourth}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::pairs::RsaKeys;
    use kms_conformance_model::shape::matches;
    use rand::SeedableRng;
    use std::collections::BTreeSet;

    const FORMS: &[Form] = &[
        Form::Uuid,
        Form::MultiRegionKeyId,
        Form::KeyStoreId,
        Form::ClusterId,
        Form::HsmId,
        Form::BackupId,
        Form::EniId,
        Form::IpAddress,
        Form::SecurityGroupId,
        Form::VpcId,
        Form::Hex64,
        Form::Zone,
        Form::ClusterCsr,
        Form::Certificate,
        Form::Opaque,
    ];

    fn making<'e>(vault: &'e Vault, ids: &'e mut StdRng) -> Making<'e> {
        Making {
            vault,
            region: "eu-west-1",
            ids,
            keys: OrdMap::new(),
        }
    }

    fn ids() -> StdRng {
        StdRng::seed_from_u64(1)
    }

    #[test]
    fn every_form_is_made_as_the_judge_expects_it() {
        let vault = Vault::new(RsaKeys::Shared);
        for form in FORMS {
            let text = making(&vault, &mut ids()).text(*form);
            assert!(matches(form.pattern(), &text), "{form:?} {text}");
        }
    }

    #[test]
    fn ids_do_not_repeat() {
        let vault = Vault::new(RsaKeys::Shared);
        let mut ids = ids();
        let mut making = making(&vault, &mut ids);
        for form in [Form::Uuid, Form::KeyStoreId, Form::ClusterId, Form::Opaque] {
            let made: BTreeSet<String> = (0..1000).map(|_| making.text(form)).collect();
            assert_eq!(made.len(), 1000, "{form:?}");
        }
    }

    #[test]
    fn random_bytes_have_their_length_and_differ() {
        let vault = Vault::new(RsaKeys::Shared);
        let mut ids = ids();
        let mut making = making(&vault, &mut ids);
        let (one, two) = (making.random(32), making.random(32));
        assert_eq!((one.len(), two.len()), (32, 32));
        assert_ne!(one, two);
        assert!(making.random(0).is_empty());
    }
}
