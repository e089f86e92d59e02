//! What no AWS operation of KMS or CloudHSM changes: networks, users inside the HSMs, proxies.

use super::{Proxy, ProxyFailure, ProxyTrouble};
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
    /// What is wrong with proxies, by endpoint, or by endpoint and path where several answer at one
    /// endpoint. A proxy that is not named is healthy.
    pub failing_proxies: OrdMap<String, ProxyTrouble>,
    /// How proxies fail for single external keys, by endpoint, or endpoint and path, and the id of
    /// the external key.
    pub failing_keys: OrdMap<(String, String), ProxyFailure>,
    /// Ids of VPC endpoint services that do not exist.
    pub missing_vpc_services: OrdSet<String>,
    /// What cryptography told about the certificates in the current request; `None` where they are
    /// good or where there are none. Whoever runs the model sets it.
    pub certificate_fault: Option<CertificateFault>,
}

impl Outside {
    /// What is wrong with the proxy at this endpoint and path.
    pub fn trouble_at(&self, endpoint: &str, path: &str) -> Option<ProxyTrouble> {
        let exact = self.failing_proxies.get(&format!("{endpoint}{path}"));
        exact
            .or_else(|| self.failing_proxies.get(endpoint))
            .copied()
    }

    /// What goes wrong when the proxy is asked about an external key.
    pub fn trouble_with_key(&self, proxy: &Proxy, key: &str) -> Option<ProxyTrouble> {
        let (endpoint, path) = (&proxy.endpoint.value, &proxy.path.value);
        let of_key = |place: String| {
            let failure = self.failing_keys.get(&(place, key.to_owned()));
            failure.copied().map(ProxyTrouble::Failure)
        };
        self.trouble_at(endpoint, path)
            .or_else(|| of_key(format!("{endpoint}{path}")))
            .or_else(|| of_key(endpoint.clone()))
    }

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
