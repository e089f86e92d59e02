//! Keeps below the request quotas, operation by operation and Region by Region.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html>

use kms_conformance_model::Service;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Requests of KMS in a second that AWS allows at the least, in every Region.
const QUOTAS: &[(&str, u32)] = &[
    ("CreateGrant", 50),
    ("DescribeKey", 2_000),
    ("GenerateDataKeyPair", 1),
    ("GenerateDataKeyPairWithoutPlaintext", 1),
    ("GetParametersForImport", 1),
    ("ImportKeyMaterial", 15),
    ("ListAliases", 500),
    ("ListGrants", 100),
    ("ListKeyRotations", 100),
    ("ListKeys", 500),
    ("ListResourceTags", 2_000),
    ("ScheduleKeyDeletion", 15),
    ("TagResource", 10),
];

/// Operations of KMS that share a large quota of their own: cryptography.
const MANY: &[&str] = &[
    "Decrypt",
    "Encrypt",
    "Generate",
    "GetPublicKey",
    "ReEncrypt",
    "Sign",
    "Verify",
];

/// The quota of most other operations of KMS, and no more than that of any of them.
const FEW: u32 = 5;

/// Cryptography with asymmetric keys, the scarcest kind.
const CRYPTOGRAPHY: u32 = 500;

/// CloudHSM tells no quotas for requests.
const CLOUD_HSM: u32 = 5;

/// Requests in a second.
fn quota(service: Service, operation: &str) -> u32 {
    if service == Service::CloudHsm {
        return CLOUD_HSM;
    }
    let known = QUOTAS.iter().find(|(name, _)| *name == operation);
    let is_cryptography = || MANY.iter().any(|verb| operation.starts_with(verb));
    match known {
        Some((_, quota)) => *quota,
        None if is_cryptography() => CRYPTOGRAPHY,
        None => FEW,
    }
}

/// Lets requests through no faster than a share of their quota.
#[derive(Debug)]
pub(super) struct Pace {
    /// In percent.
    share: u32,
    /// When the next request of each kind may go.
    next: Mutex<BTreeMap<(Service, String, String), Instant>>,
}

impl Pace {
    /// Uses so many percent of each quota.
    pub(super) fn new(share: u32) -> Pace {
        Pace {
            share: share.max(1),
            next: Mutex::default(),
        }
    }

    /// Waits until the request may go.
    pub(super) async fn wait(&self, service: Service, operation: &str, region: &str) {
        tokio::time::sleep_until(self.turn(service, operation, region)).await;
    }

    /// When the request may go, which is taken note of.
    fn turn(&self, service: Service, operation: &str, region: &str) -> Instant {
        let apart = self.apart(service, operation);
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = (service, operation.to_owned(), region.to_owned());
        let free = next.entry(kind).or_insert(now);
        let turn = (*free).max(now);
        *free = turn + apart;
        turn
    }

    /// The time between two requests of this kind.
    fn apart(&self, service: Service, operation: &str) -> Duration {
        Duration::from_secs(100) / (quota(service, operation) * self.share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_of_a_kind_come_no_faster_than_their_share() {
        let pace = Pace::new(50);
        let turns: Vec<Instant> = (0..3)
            .map(|_| pace.turn(Service::Kms, "CreateKey", "us-east-1"))
            .collect();
        let apart = Duration::from_millis(400);
        assert_eq!(turns[1], turns[0] + apart);
        assert_eq!(turns[2], turns[1] + apart);
        let other = pace.turn(Service::Kms, "CreateKey", "eu-west-1");
        assert!(other < turns[1]);
        assert!(pace.turn(Service::Kms, "CreateAlias", "us-east-1") < turns[1]);
    }

    #[test]
    fn quotas_are_those_of_the_documentation() {
        assert_eq!(quota(Service::Kms, "GetParametersForImport"), 1);
        assert_eq!(quota(Service::Kms, "GenerateDataKey"), CRYPTOGRAPHY);
        assert_eq!(quota(Service::Kms, "DescribeCustomKeyStores"), FEW);
        assert_eq!(quota(Service::CloudHsm, "DescribeClusters"), CLOUD_HSM);
    }
}
