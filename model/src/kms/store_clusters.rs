//! What a cluster must be like before a custom key store can be put in front of it.

use super::key_stores::{is_being_changed, is_inactive, lacks_subnets};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{
    CloudHsmClusterInvalidConfiguration, CloudHsmClusterNotActive, CloudHsmClusterNotFound,
};
use crate::rule::{Refusal, Stage, may, must};
use crate::state::{Cluster, ClusterState, State};
use std::sync::Arc;

/// An operation that may bring the cluster of a key store.
pub(crate) trait BringsCluster: 'static {
    /// The id of the cluster it brings, unless the cluster need not be looked at.
    fn cluster_to_check<'a>(&'a self, state: &State) -> Option<&'a str>;

    /// That cluster, if it exists.
    fn brought<'s>(&self, state: &'s State) -> Option<&'s Cluster> {
        let cluster = state.clusters.get(self.cluster_to_check(state)?)?;
        (cluster.state.value != ClusterState::Deleted).then_some(Arc::as_ref(cluster))
    }
}

/// The ids that the rules have in one operation.
pub(crate) struct ClusterRuleIds {
    /// The cluster exists.
    pub exists: &'static str,
    /// It is active.
    pub active: &'static str,
    /// It may be refused while it is being changed.
    pub changing: &'static str,
    /// It has two active HSMs.
    pub hsms: &'static str,
    /// Its security group is unchanged.
    pub security_group: &'static str,
    /// Its subnets are there.
    pub subnets: &'static str,
    /// What happened to it outside is not known.
    pub unknown: &'static str,
}

const fn card(
    id: &'static str,
    says: &'static str,
    cite: &'static str,
    evidence: Evidence,
) -> Card {
    Card {
        id,
        says,
        cite,
        evidence,
    }
}

const fn refusal<Op>(
    card: Card,
    error: crate::rule::Answer<Op>,
    when: fn(&State, &Op) -> bool,
) -> Refusal<Op> {
    Refusal {
        card,
        stage: Stage::Condition,
        error,
        when,
    }
}

/// The ways in which a cluster that a key store shall stand for is refused.
pub(crate) const fn cluster_rules<Op: BringsCluster>(
    ids: ClusterRuleIds,
    cite: &'static str,
) -> [Refusal<Op>; 7] {
    use Evidence::{Documented, Inferred};
    [
        refusal(
            card(ids.exists, "The cluster must exist.", cite, Documented),
            must(&[CloudHsmClusterNotFound]),
            |state, input| {
                input.cluster_to_check(state).is_some() && input.brought(state).is_none()
            },
        ),
        refusal(
            card(ids.active, "The cluster must be active.", cite, Documented),
            must(&[CloudHsmClusterNotActive]),
            |state, input| {
                let cluster = input.cluster_to_check(state);
                let cluster = cluster.and_then(|id| state.clusters.get(id));
                cluster.is_some_and(|cluster| is_inactive(cluster))
            },
        ),
        refusal(
            card(
                ids.changing,
                "A cluster that is being changed may count as not active.",
                cite,
                Inferred,
            ),
            may(&[CloudHsmClusterNotActive]),
            |state, input| input.brought(state).is_some_and(is_being_changed),
        ),
        refusal(
            card(
                ids.hsms,
                "The cluster needs active HSMs in two Availability Zones.",
                cite,
                Documented,
            ),
            must(&[CloudHsmClusterInvalidConfiguration]).saying(|_, _| {
                "CloudHSM cluster must contain active HSMs in at least two Availability Zones"
                    .to_owned()
            }),
            |state, input| {
                let cluster = input.brought(state);
                cluster.is_some_and(|cluster| cluster.active_zones() < 2)
            },
        ),
        refusal(
            card(
                ids.security_group,
                "The security group of the cluster must be as CloudHSM made it.",
                cite,
                Documented,
            ),
            must(&[CloudHsmClusterInvalidConfiguration]),
            |state, input| {
                let cluster = input.brought(state);
                cluster.is_some_and(|cluster| cluster.security_group_changed)
            },
        ),
        refusal(
            card(
                ids.subnets,
                "The cluster needs private subnets in two Availability Zones.",
                cite,
                Documented,
            ),
            must(&[CloudHsmClusterInvalidConfiguration]),
            |state, input| {
                let cluster = input.brought(state);
                cluster.is_some_and(|cluster| lacks_subnets(state, cluster))
            },
        ),
        refusal(
            card(
                ids.unknown,
                "Networks that nobody here watches may have made the cluster unusable.",
                cite,
                Inferred,
            ),
            may(&[CloudHsmClusterInvalidConfiguration]),
            |state, input| !state.outside.known && input.brought(state).is_some(),
        ),
    ]
}

/// Whether any of the rules speaks against the cluster with this id.
pub(crate) fn is_doubtful(state: &State, id: &str) -> bool {
    state.clusters.get(id).is_none_or(|cluster| {
        cluster.state.value != ClusterState::Active
            || cluster.active_zones() < 2
            || cluster.security_group_changed
            || lacks_subnets(state, cluster)
            || !state.outside.known
    })
}
