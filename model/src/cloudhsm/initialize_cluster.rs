//! InitializeCluster: gives a cluster its certificate.

use super::cards::{REFUSED, documented, inferred, observed};
use super::lookups::{OnCluster, cluster_lookups};
use super::shapes::*;
use crate::card::Card;
use crate::error_code::ErrorCode::{CloudHsmInvalidRequest, Validation};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::{CertificateFault, ClusterState, HsmState, State};

input! {
    /// Input of InitializeCluster.
    InitializeCluster, MEMBERS {
        cluster: String = "ClusterId", CLUSTER_ID;
        signed_certificate: String = "SignedCert", CERTIFICATE;
        trust_anchor: String = "TrustAnchor", CERTIFICATE;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_InitializeCluster.html";
const GUIDE: &str = "cloudhsm/latest/userguide/initialize-cluster.html";

/// The longest certificate that the API page allows; the service model allows more.
const LONGEST_DOCUMENTED: usize = 5_000;

impl OnCluster for InitializeCluster {
    fn cluster_id(&self) -> &str {
        &self.cluster
    }
}

impl Operation for InitializeCluster {
    const NAME: &'static str = "InitializeCluster";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &cluster_lookups(),
        &[
            CLUSTER_IS_UNINITIALISED,
            RESTORED_NEEDS_NONE,
            HAS_AN_HSM,
            HSM_MAY_HAVE_TO_BE_ACTIVE,
            CERTIFICATES_ARE_READABLE,
            ANCHOR_IS_SELF_SIGNED,
            ANCHOR_SIGNED,
            SIGNS_THE_KEY_OF_THE_CLUSTER,
            LONG_CERTIFICATES,
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[IS_BEING_INITIALISED, KEEPS_THE_CERTIFICATES];
}

const CLUSTER_IS_UNINITIALISED: Refusal<InitializeCluster> = Refusal {
    card: documented(
        "HSM-IC-01a",
        "Only an UNINITIALIZED cluster can be initialised.",
        GUIDE,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        input
            .cluster(state)
            .is_some_and(|cluster| cluster.state.value != ClusterState::Uninitialized)
    },
};

const RESTORED_NEEDS_NONE: Refusal<InitializeCluster> = Refusal {
    card: inferred(
        "HSM-SM-05b",
        "A cluster made from a backup has its certificate and is not initialised again.",
        "cloudhsm/latest/userguide/create-cluster-from-backup.html",
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        input.is_in(state, &[ClusterState::Uninitialized])
            && input
                .cluster(state)
                .is_some_and(|cluster| cluster.certificate.is_some())
    },
};

const HAS_AN_HSM: Refusal<InitializeCluster> = Refusal {
    card: documented(
        "HSM-IC-01b",
        "A cluster without an HSM has no signing request and cannot be initialised.",
        GUIDE,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        input.cluster(state).is_some_and(|cluster| {
            cluster.state.value == ClusterState::Uninitialized
                && cluster.standing_hsms().next().is_none()
        })
    },
};

const HSM_MAY_HAVE_TO_BE_ACTIVE: Refusal<InitializeCluster> = Refusal {
    card: inferred(
        "HSM-IC-01c",
        "A cluster whose only HSM is not active may not be ready to be initialised.",
        GUIDE,
    ),
    stage: Stage::Condition,
    error: may(REFUSED),
    when: |state, input| {
        input.cluster(state).is_some_and(|cluster| {
            cluster
                .standing_hsms()
                .any(|hsm| hsm.state.value != HsmState::Active)
        })
    },
};

const CERTIFICATES_ARE_READABLE: Refusal<InitializeCluster> = fault(
    documented(
        "HSM-IC-02a",
        "Certificate and trust anchor must be X.509 certificates in PEM.",
        API,
    ),
    |state, _| is(state, CertificateFault::Unreadable),
);

const ANCHOR_IS_SELF_SIGNED: Refusal<InitializeCluster> = fault(
    documented(
        "HSM-IC-02b",
        "The trust anchor must be a self-signed root certificate.",
        API,
    ),
    |state, _| is(state, CertificateFault::NotSelfSigned),
);

const ANCHOR_SIGNED: Refusal<InitializeCluster> = fault(
    documented(
        "HSM-IC-02c",
        "The trust anchor must have signed the certificate.",
        API,
    ),
    |state, _| is(state, CertificateFault::WrongSigner),
);

const SIGNS_THE_KEY_OF_THE_CLUSTER: Refusal<InitializeCluster> = fault(
    documented(
        "HSM-IC-02d",
        "The certificate must be for the key of the cluster's signing request.",
        API,
    ),
    |state, _| is(state, CertificateFault::WrongKey),
);

const LONG_CERTIFICATES: Refusal<InitializeCluster> = Refusal {
    card: documented(
        "HSM-IC-04",
        "The API page allows 5000 characters of certificate, the guide a longer chain.",
        API,
    ),
    stage: Stage::Condition,
    error: may(&[CloudHsmInvalidRequest, Validation]),
    when: |_, input| {
        input.signed_certificate.len().max(input.trust_anchor.len()) > LONGEST_DOCUMENTED
    },
};

const fn fault(
    card: Card,
    when: fn(&State, &InitializeCluster) -> bool,
) -> Refusal<InitializeCluster> {
    Refusal {
        card,
        stage: Stage::Condition,
        error: must(REFUSED),
        when,
    }
}

fn is(state: &State, fault: CertificateFault) -> bool {
    state.outside.certificate_fault == Some(fault)
}

const IS_BEING_INITIALISED: Promise<InitializeCluster> = Promise {
    card: observed(
        "HSM-IC-06",
        "A cluster that is given its certificate is being initialised.",
        "recording issues/cloudhsm-quick-setup-2025-07",
    ),
    when: always,
    make: |input, success| {
        let state = success.traced(ClusterState::InitializeInProgress);
        success.show(&Path::of("State"), state.value);
        success.learn(
            &Path::of("StateMessage"),
            "Cluster is initializing. State will change to INITIALIZED upon completion.",
        );
        let now = success.state.now;
        if let Some(cluster) = success.state.cluster_mut(&input.cluster) {
            cluster.state = state;
            cluster.since = now;
        }
        success
            .state
            .unsettled
            .insert(Resource::Cluster(input.cluster.clone()));
    },
};

const KEEPS_THE_CERTIFICATES: Promise<InitializeCluster> = Promise {
    card: documented(
        "HSM-IC-08a",
        "An initialised cluster keeps its certificate and its trust anchor.",
        "cloudhsm/latest/APIReference/API_Certificates.html",
    ),
    when: always,
    make: |input, success| {
        let certificate = success.traced(input.signed_certificate.clone());
        if let Some(cluster) = success.state.cluster_mut(&input.cluster) {
            cluster.certificate = Some(certificate);
            cluster.trust_anchor = Some(input.trust_anchor.clone());
            cluster.csr = None;
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::state::CertificateFault;
    use crate::testing::World;
    use serde_json::{Value, json};

    fn body(cluster: &str) -> Value {
        json!({"ClusterId": cluster, "SignedCert": "signed\n", "TrustAnchor": "anchor"})
    }

    fn waiting(world: &mut World) -> String {
        let id = world.new_cluster();
        let hsm = json!({"ClusterId": id, "AvailabilityZone": "us-east-1a"});
        world.ok("CreateHsm", hsm);
        world.ok("DescribeClusters", json!({}));
        id
    }

    #[test]
    fn a_cluster_is_initialised_with_its_certificate() {
        let mut world = World::new();
        let id = waiting(&mut world);
        let answer = world.ok("InitializeCluster", body(&id));
        assert_eq!(answer["State"], "INITIALIZE_IN_PROGRESS");
        let shown = world.ok("DescribeClusters", json!({}));
        let cluster = &shown["Clusters"][0];
        assert_eq!(cluster["State"], "INITIALIZED");
        assert_eq!(cluster["Certificates"]["ClusterCertificate"], "signed\n");
    }

    #[test]
    fn a_cluster_without_an_hsm_cannot_be_initialised() {
        let mut world = World::new();
        let id = world.new_cluster();
        world.refused("InitializeCluster", body(&id));
        world.ok("DescribeClusters", json!({}));
        assert_eq!(world.fired("InitializeCluster", body(&id)), ["HSM-IC-01b"]);
    }

    #[test]
    fn a_cluster_is_initialised_once() {
        let mut world = World::new();
        let id = waiting(&mut world);
        world.ok("InitializeCluster", body(&id));
        assert_eq!(world.fired("InitializeCluster", body(&id)), ["HSM-IC-01a"]);
        world.refused("InitializeCluster", body(&id));
    }

    #[test]
    fn every_fault_of_a_certificate_is_refused() {
        for (fault, id) in [
            (CertificateFault::Unreadable, "HSM-IC-02a"),
            (CertificateFault::NotSelfSigned, "HSM-IC-02b"),
            (CertificateFault::WrongSigner, "HSM-IC-02c"),
            (CertificateFault::WrongKey, "HSM-IC-02d"),
        ] {
            let mut world = World::new();
            let cluster = waiting(&mut world);
            world.state.outside.certificate_fault = Some(fault);
            assert_eq!(world.fired("InitializeCluster", body(&cluster)), [id]);
            let refused = world.refused("InitializeCluster", body(&cluster));
            assert!(refused.contains(&"CloudHsmInvalidRequestException"));
        }
    }
}
