//! Makes what the model cannot know, with real randomness and real certificates.

use super::vault::Vault;
use crate::x509;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kms_conformance_model::{Form, Plaintext, Sealed, Source};
use uuid::Uuid;

/// The emulator's source.
pub(super) struct Making<'e> {
    pub vault: &'e Vault,
    pub region: &'e str,
}

impl Source for Making<'_> {
    fn text(&mut self, form: Form) -> String {
        match form {
            Form::Uuid => Uuid::new_v4().to_string(),
            Form::MultiRegionKeyId => format!("mrk-{}", Uuid::new_v4().simple()),
            Form::KeyStoreId => format!("cks-{}", hex(17)),
            Form::ClusterId => format!("cluster-{}", base32(11)),
            Form::HsmId => format!("hsm-{}", base32(11)),
            Form::BackupId => format!("backup-{}", base32(11)),
            Form::EniId => format!("eni-{}", hex(17)),
            Form::IpAddress => address(),
            Form::SecurityGroupId => format!("sg-{}", hex(17)),
            Form::VpcId => format!("vpc-{}", hex(17)),
            Form::Hex64 => hex(64),
            Form::Zone => format!("{}a", self.region),
            Form::ClusterCsr => x509::cluster_csr(),
            Form::Certificate => x509::hardware_certificate(),
            Form::Opaque => URL_SAFE_NO_PAD.encode(rand::random::<[u8; 48]>()),
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
            Plaintext::Hidden(_) => &[],
        };
        self.vault.seal(&sealed.key, &sealed.context, plaintext)
    }
}

fn hex(length: usize) -> String {
    pick(b"0123456789abcdef", length)
}

fn base32(length: usize) -> String {
    pick(b"abcdefghijklmnopqrstuvwxyz234567", length)
}

/// Characters of an alphabet whose size divides 256, so that each is as likely as the others.
fn pick(alphabet: &[u8], length: usize) -> String {
    (0..length)
        .filter_map(|_| alphabet.get(usize::from(rand::random::<u8>()) % alphabet.len()))
        .map(|byte| char::from(*byte))
        .collect()
}

/// A host address of 10.0.0.0/16.
fn address() -> String {
    let (third, fourth) = (rand::random::<u8>(), rand::random_range(1..=254_u8));
    format!("10.0.{third}.{fourth}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_conformance_model::shape::matches;
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

    fn making(vault: &Vault) -> Making<'_> {
        Making {
            vault,
            region: "eu-west-1",
        }
    }

    #[test]
    fn every_form_is_made_as_the_judge_expects_it() {
        let vault = Vault::new();
        for form in FORMS {
            let text = making(&vault).text(*form);
            assert!(matches(form.pattern(), &text), "{form:?} {text}");
        }
    }

    #[test]
    fn ids_do_not_repeat() {
        let vault = Vault::new();
        let mut making = making(&vault);
        for form in [Form::Uuid, Form::KeyStoreId, Form::ClusterId, Form::Opaque] {
            let ids: BTreeSet<String> = (0..1000).map(|_| making.text(form)).collect();
            assert_eq!(ids.len(), 1000, "{form:?}");
        }
    }

    #[test]
    fn random_bytes_have_their_length_and_differ() {
        let vault = Vault::new();
        let mut making = making(&vault);
        let (one, two) = (making.random(32), making.random(32));
        assert_eq!((one.len(), two.len()), (32, 32));
        assert_ne!(one, two);
        assert!(making.random(0).is_empty());
    }
}
