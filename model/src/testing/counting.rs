//! What unit tests have in the place of an emulator's source.

use crate::asymmetric::{Hash, PrivateKey};
use crate::mint::{Computation, Form, Sealed};
use crate::state::Key;
use crate::writing::Source;
use std::collections::BTreeMap;

/// Makes ids by counting, and signatures with real keys.
#[derive(Default)]
pub(super) struct Counting {
    count: u64,
    privates: BTreeMap<String, PrivateKey>,
}

impl Counting {
    fn private(&mut self, key: &Key) -> Option<&PrivateKey> {
        if !self.privates.contains_key(&key.id) {
            let private = PrivateKey::generate(key.spec, &mut rand::rng())?;
            self.privates.insert(key.id.clone(), private);
        }
        self.privates.get(&key.id)
    }
}

impl Source for Counting {
    fn text(&mut self, form: Form) -> String {
        self.count += 1;
        let n = self.count;
        let base32: String = format!("{n:011}")
            .replace('0', "a")
            .replace('1', "b")
            .replace('8', "c")
            .replace('9', "d");
        match form {
            Form::Uuid => format!("00000000-0000-0000-0000-{n:012x}"),
            Form::MultiRegionKeyId => format!("mrk-{n:032x}"),
            Form::KeyStoreId => format!("cks-{n:017x}"),
            Form::ClusterId => format!("cluster-{base32}"),
            Form::HsmId => format!("hsm-{base32}"),
            Form::BackupId => format!("backup-{base32}"),
            Form::EniId => format!("eni-{n:017x}"),
            Form::IpAddress => format!("10.0.0.{}", n % 256),
            Form::SecurityGroupId => format!("sg-{n:017x}"),
            Form::VpcId => format!("vpc-{n:017x}"),
            Form::ImportToken => format!("dG9rZW{n:06}"),
            Form::WrappingKey2048 | Form::WrappingKey3072 | Form::WrappingKey4096 => {
                "cHVibGlj".to_owned()
            }
            Form::Hex64 => format!("{n:064x}"),
            Form::Zone => "us-east-1a".to_owned(),
            Form::ClusterCsr => format!("-----BEGIN CERTIFICATE REQUEST-----\n{n}"),
            Form::Certificate => format!("-----BEGIN CERTIFICATE-----\n{n}"),
            Form::Opaque => format!("opaque-{n}"),
        }
    }

    fn random(&mut self, length: usize) -> Vec<u8> {
        self.count += 1;
        let n = self.count;
        (0..length)
            .map(|index| (n as usize * 31 + index) as u8)
            .collect()
    }

    fn seal(&mut self, sealed: &Sealed) -> Vec<u8> {
        self.count += 1;
        format!("{} sealed by {}", self.count, sealed.key).into_bytes()
    }

    fn compute(&mut self, what: &Computation<'_>) -> Vec<u8> {
        let computed = match what {
            Computation::PublicKey(key) => self.private(key).and_then(|it| it.public().der()),
            Computation::Signature(key, algorithm, covered) => self
                .private(key)
                .and_then(|it| it.sign(&mut rand::rng(), *algorithm, covered)),
            Computation::SharedSecret(key, peer) => self.private(key).and_then(|it| it.agree(peer)),
            // Only as long as the real one, and of nothing but key and message.
            Computation::Mac(key, algorithm, message) => {
                let seed = [key.id.as_bytes(), message].concat();
                let digest = Hash::Sha512.of(&seed);
                Some(digest[..algorithm.length()].to_vec())
            }
            Computation::PrivateKey(spec) => PrivateKey::generate(*spec, &mut rand::rng())
                .and_then(|it| Some(it.der()?.as_bytes().to_vec())),
        };
        computed.unwrap_or_default()
    }
}
