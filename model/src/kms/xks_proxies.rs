//! What an external key store proxy must be like before a key store can be put in front of it.
//!
//! Absent on purpose: traffic with proxies. How one answers is known from outside.

use super::key_stores::trusted_stores;
use super::xks_failures::trouble_of_proxy;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::rule::{Answer, Refusal, Stage, may, must};
use crate::state::{Connectivity, Proxy, ProxyTrouble, State};

const PAGE: &str = "kms/latest/developerguide/create-xks-keystore.html";

/// The proxy that a key store shall have after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WantedProxy<'a> {
    /// How KMS shall reach it.
    pub connectivity: Option<Connectivity>,
    /// `https://` and a host name.
    pub endpoint: Option<&'a str>,
    /// The path of its API.
    pub path: Option<&'a str>,
    /// The name of the VPC endpoint service.
    pub service: Option<&'a str>,
    /// The account that owns the VPC endpoint service.
    pub owner: Option<&'a str>,
}

/// An operation that may bring the proxy of a key store.
pub(crate) trait BringsProxy: 'static {
    /// The proxy as it shall be; `None` where the request is not about one.
    fn wanted_proxy<'a>(&'a self, state: &'a State) -> Option<WantedProxy<'a>>;

    /// The id of the key store it is for, if that exists already.
    fn own_store(&self) -> Option<&str>;
}

const fn refusal<Op>(
    id: &'static str,
    says: &'static str,
    evidence: Evidence,
    error: Answer<Op>,
    when: fn(&State, &Op) -> bool,
) -> Refusal<Op> {
    Refusal {
        card: Card {
            id,
            says,
            cite: PAGE,
            evidence,
        },
        stage: Stage::Condition,
        error,
        when,
    }
}

/// The ways in which a proxy is refused.
pub(crate) const fn proxy_rules<Op: BringsProxy>() -> [Refusal<Op>; 7] {
    use Evidence::{Documented, Inferred};
    [
        refusal(
            "XKS-01a",
            "A VPC endpoint service is named exactly where it is the connectivity.",
            Documented,
            must(&[
                Validation,
                XksProxyInvalidConfiguration,
                XksProxyVpcEndpointServiceInvalidConfiguration,
                XksProxyVpcEndpointServiceNotFound,
            ]),
            |state, input| input.wanted_proxy(state).is_some_and(mixes_connectivity),
        ),
        refusal(
            "XKS-02",
            "A proxy with a public endpoint must answer when a key store is put in front of it.",
            Documented,
            must(&PUBLIC_FAILURES),
            |state, input| {
                let trouble = trouble_of_proxy(state, input);
                matches!(trouble, Some(ProxyTrouble::Code(_)))
            },
        ),
        refusal(
            "XKS-02a",
            "The VPC endpoint service of a proxy must exist.",
            Documented,
            must(&[XksProxyVpcEndpointServiceNotFound]),
            |state, input| {
                let service = input.wanted_proxy(state).and_then(|wanted| wanted.service);
                let missing = &state.outside.missing_vpc_services;
                service.is_some_and(|service| missing.contains(service))
            },
        ),
        refusal(
            "XKS-02b",
            "A proxy that nobody here watches may be unusable.",
            Inferred,
            may(&ANY_FAILURES),
            |state, input| !state.outside.known && input.wanted_proxy(state).is_some(),
        ),
        refusal(
            "XKS-03",
            "No two external key stores have the same endpoint and path.",
            Documented,
            must(&[XksProxyUriInUse]),
            |state, input| {
                clashes(state, input, |wanted, proxy| {
                    wanted.endpoint == Some(&proxy.endpoint.value)
                        && wanted.path == Some(&proxy.path.value)
                })
            },
        ),
        refusal(
            "XKS-03a",
            "Only external key stores with public connectivity can share an endpoint.",
            Documented,
            must(&[XksProxyUriEndpointInUse]),
            |state, input| {
                clashes(state, input, |wanted, proxy| {
                    let public = Connectivity::PublicEndpoint;
                    let both_public =
                        wanted.connectivity == Some(public) && proxy.connectivity.value == public;
                    wanted.endpoint == Some(&proxy.endpoint.value) && !both_public
                })
            },
        ),
        refusal(
            "XKS-03b",
            "Each external key store has a VPC endpoint service of its own.",
            Documented,
            must(&[XksProxyVpcEndpointServiceInUse]),
            |state, input| {
                clashes(state, input, |wanted, proxy| {
                    let service = proxy.vpc_service.as_ref();
                    service.is_some_and(|service| wanted.service == Some(&service.value))
                })
            },
        ),
    ]
}

const PUBLIC_FAILURES: [crate::error_code::ErrorCode; 4] = [
    XksProxyUriUnreachable,
    XksProxyIncorrectAuthenticationCredential,
    XksProxyInvalidResponse,
    XksProxyInvalidConfiguration,
];

const ANY_FAILURES: [crate::error_code::ErrorCode; 6] = [
    XksProxyUriUnreachable,
    XksProxyIncorrectAuthenticationCredential,
    XksProxyInvalidResponse,
    XksProxyInvalidConfiguration,
    XksProxyVpcEndpointServiceNotFound,
    XksProxyVpcEndpointServiceInvalidConfiguration,
];

fn mixes_connectivity(wanted: WantedProxy<'_>) -> bool {
    let Some(connectivity) = wanted.connectivity else {
        return false;
    };
    let by_vpc = connectivity == Connectivity::VpcEndpointService;
    wanted.service.is_some() != by_vpc || (wanted.owner.is_some() && !by_vpc)
}

fn clashes<Op: BringsProxy>(
    state: &State,
    input: &Op,
    clash: impl Fn(&WantedProxy<'_>, &Proxy) -> bool,
) -> bool {
    let Some(wanted) = input.wanted_proxy(state) else {
        return false;
    };
    trusted_stores(state)
        .filter(|store| input.own_store() != Some(store.id.as_str()))
        .filter_map(|store| store.proxy())
        .any(|proxy| clash(&wanted, proxy))
}
