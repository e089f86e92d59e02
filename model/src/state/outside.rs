//! What no AWS operation of KMS or CloudHSM changes: networks, users inside the HSMs, proxies.

use super::ConnectionError;
use imbl::{OrdMap, OrdSet};

/// A subnet of the account's VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Its Availability Zone.
    pub zone: String,
    /// Its VPC.
    pub vpc: String,
    /// Whether it has free addresses.
    pub has_free_addresses: bool,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// Why a signed cluster certificate is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// One of the two is not a certificate in PEM.
    Unreadable,
    /// The trust anchor is not a self-signed root.
    NotSelfSigned,
    /// The trust anchor did not sign the certificate.
    WrongSigner,
    /// The certificate is not for the key of the cluster's signing request.
    WrongKey,
}

/// What happened outside AWS, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outside {
    /// Whether everything that happens outside is known, because only the harness makes it happen.
    /// Otherwise subnets, users and proxies may be in any state.
    pub known: bool,
    /// Subnets by id.
    pub subnets: OrdMap<String, Subnet>,
    /// How connecting to a proxy fails, by its endpoint. A proxy that is not named is healthy.
    pub failing_proxies: OrdMap<String, ConnectionError>,
    /// Ids of VPC endpoint services that do not exist.
    pub missing_vpc_services: OrdSet<String>,
    /// What cryptography told about the certificates in the current request; `None` where they are
    /// good or where there are none. Whoever runs the model sets it.
    pub certificate_fault: Option<CertificateFault>,
}

impl Outside {
    /// The outside world of the emulator: one VPC with a subnet in each of three zones.
    pub fn with_default_vpc(region: &str) -> Outside {
        let subnets = [("a", "1"), ("b", "2"), ("c", "3")]
            .into_iter()
            .map(|(zone, digit)| {
                let subnet = Subnet {
                    zone: format!("{region}{zone}"),
                    vpc: "vpc-0a1b2c3d4e5f60718".to_owned(),
                    has_free_addresses: true,
                    deleted: false,
                };
                (format!("subnet-0a1b2c3d4e5f6071{digit}"), subnet)
            })
            .collect();
        Outside {
            known: true,
            subnets,
            ..Outside::default()
        }
    }
}
