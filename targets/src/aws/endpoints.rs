//! Where the services are: the endpoints of a Region, or those that the environment names.
//!
//! <https://docs.aws.amazon.com/general/latest/gr/kms.html>,
//! <https://docs.aws.amazon.com/general/latest/gr/cloudhsm.html>

use kms_conformance_model::Service;
use kms_conformance_model::state::partition_of;

/// Where the services are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Whether to use the endpoints that are validated to FIPS 140.
    pub fips: bool,
    /// Whether to use the endpoints that have IPv6 addresses too.
    pub dual_stack: bool,
    /// A URL in place of all of them, in every Region.
    pub any: Option<String>,
    /// A URL in place of those of KMS.
    pub kms: Option<String>,
    /// A URL in place of those of CloudHSM.
    pub cloud_hsm: Option<String>,
}

impl Endpoints {
    /// The URL of a service in a Region, without a slash at the end.
    pub fn url(&self, service: Service, region: &str) -> String {
        let (named, prefix) = match service {
            Service::Kms => (&self.kms, "kms"),
            Service::CloudHsm => (&self.cloud_hsm, "cloudhsmv2"),
        };
        self.of(named.as_deref(), prefix, region)
    }

    /// The URL at which callers learn who they are.
    pub(super) fn sts(&self, region: &str) -> String {
        self.of(None, "sts", region)
    }

    fn of(&self, named: Option<&str>, prefix: &str, region: &str) -> String {
        if let Some(url) = named.or(self.any.as_deref()) {
            return url.trim_end_matches('/').to_owned();
        }
        let partition = partition_of(region);
        let domain = match (partition, self.dual_stack) {
            ("aws-cn", false) => "amazonaws.com.cn",
            ("aws-cn", true) => "api.amazonwebservices.com.cn",
            (_, false) => "amazonaws.com",
            (_, true) => "api.aws",
        };
        let fips = if self.fips { "-fips" } else { "" };
        format!("https://{prefix}{fips}.{region}.{domain}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(endpoints: &Endpoints, region: &str) -> [String; 2] {
        [Service::Kms, Service::CloudHsm].map(|service| endpoints.url(service, region))
    }

    #[test]
    fn each_service_has_an_endpoint_in_each_region() {
        let usual = Endpoints::default();
        assert_eq!(
            urls(&usual, "eu-west-1"),
            [
                "https://kms.eu-west-1.amazonaws.com",
                "https://cloudhsmv2.eu-west-1.amazonaws.com"
            ]
        );
        assert_eq!(
            usual.url(Service::Kms, "cn-north-1"),
            "https://kms.cn-north-1.amazonaws.com.cn"
        );
    }

    #[test]
    fn fips_and_dual_stack_have_names_of_their_own() {
        let both = Endpoints {
            fips: true,
            dual_stack: true,
            ..Endpoints::default()
        };
        assert_eq!(
            urls(&both, "us-gov-west-1"),
            [
                "https://kms-fips.us-gov-west-1.api.aws",
                "https://cloudhsmv2-fips.us-gov-west-1.api.aws"
            ]
        );
    }

    #[test]
    fn a_url_of_a_service_goes_before_one_of_all() {
        let named = Endpoints {
            any: Some("http://127.0.0.1:1/".to_owned()),
            kms: Some("http://127.0.0.1:2".to_owned()),
            ..Endpoints::default()
        };
        let expected = ["http://127.0.0.1:2", "http://127.0.0.1:1"];
        assert_eq!(urls(&named, "us-east-1"), expected);
        assert_eq!(named.sts("us-east-1"), "http://127.0.0.1:1");
    }
}
