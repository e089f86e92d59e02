//! DescribeClusters: lists clusters, and shows what became of them by themselves.

use super::cards::{documented, observed};
use super::cluster_view;
use super::filters::{
    Filtering, Filters, Known, Paged, is_foreign, is_id, odd_filters, page_limit, token_rules,
};
use super::shapes::*;
use crate::input::input;
use crate::lists::{Listed, Paging};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, always};
use crate::shape::{Member, Shape};
use crate::state::{Cluster, ClusterState};
use crate::success::Success;
use serde_json::json;

input! {
    /// Input of DescribeClusters.
    DescribeClusters, MEMBERS {
        filters: Option<Filters> = "Filters", FILTERS;
        next_token: Option<String> = "NextToken", NEXT_TOKEN;
        max_results: Option<i64> = "MaxResults", Shape::Whole { min: 1, max: 25 };
    }
}

/// The most clusters on a page, and the number where none is asked for.
const LONGEST_PAGE: i64 = 25;

const API: &str = "cloudhsm/latest/APIReference/API_DescribeClusters.html";

impl Filtering for DescribeClusters {
    const KNOWN: &'static [Known] = &[
        ("clusterIds", |text| is_id("cluster-", text)),
        ("vpcIds", |text| text.starts_with("vpc-")),
        ("states", |text| ClusterState::NAMES.contains(&text)),
    ];

    fn filters(&self) -> Option<&Filters> {
        self.filters.as_ref()
    }
}

impl Paged for DescribeClusters {
    fn next_token(&self) -> Option<&str> {
        self.next_token.as_deref()
    }

    fn list_name(&self) -> String {
        format!("DescribeClusters {}", json!(self.filters))
    }
}

impl Operation for DescribeClusters {
    const NAME: &'static str = "DescribeClusters";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&token_rules(), &[odd_filters()]];
    const PROMISES: &'static [Promise<Self>] = &[
        LISTS_CLUSTERS,
        SHOWS_CLUSTERS,
        SHOWS_HSMS,
        SHOWS_SECURITY_GROUPS,
        SHOWS_SIGNING_REQUESTS,
        SHOWS_CERTIFICATES,
        SHOWS_TAGS,
    ];
}

const LISTS_CLUSTERS: Promise<DescribeClusters> = Promise {
    card: documented(
        "HSM-DX-01",
        "DescribeClusters lists exactly the clusters that pass the filters, page by page; an id \
         that no cluster has is left out.",
        API,
    ),
    when: always,
    make: |input, success| {
        let listed = listed(input, success);
        let name = input.list_name();
        let limit = page_limit(input.max_results, LONGEST_PAGE, success);
        let paging = Paging {
            list: "Clusters",
            key: "ClusterId",
            name: &name,
            marker: input.marker(),
            limit: usize::try_from(limit).unwrap_or_default(),
            next: "NextToken",
            truncated: "",
        };
        success.subject = success.list(&paging, &listed).join(" ");
    },
};

const SHOWS_CLUSTERS: Promise<DescribeClusters> = Promise {
    card: observed(
        "HSM-DX-04",
        "DescribeClusters shows the current state of each cluster, and what it was made with.",
        "recording issues/cloudhsm-quick-setup-2025-07",
    ),
    when: always,
    make: |_, success| {
        for id in on_page(success) {
            let at = Path::of("Clusters").entry("ClusterId", id.as_str());
            cluster_view::settle(success, &at, &id);
        }
        each(success, |success, at, cluster| {
            success.show(&at.then("Certificates"), json!({}));
            cluster_view::show_common(success, at, cluster);
            cluster_view::show_state(success, at, cluster);
        });
    },
};

const SHOWS_HSMS: Promise<DescribeClusters> = Promise {
    card: observed(
        "HSM-CH-08",
        "DescribeClusters shows each HSM of a cluster with its state, and with its network \
         interface once it is active.",
        "recording issues/cloudhsm-quick-setup-2025-07",
    ),
    when: always,
    make: |_, success| each(success, cluster_view::show_hsms),
};

const SHOWS_SECURITY_GROUPS: Promise<DescribeClusters> = Promise {
    card: observed(
        "HSM-CC-09",
        "Every cluster has a security group, which never changes.",
        "recording issues/cloudhsm-quick-setup-2025-07",
    ),
    when: always,
    make: |_, success| each(success, cluster_view::show_security_group),
};

const SHOWS_SIGNING_REQUESTS: Promise<DescribeClusters> = Promise {
    card: documented(
        "HSM-IC-01",
        "The certificate signing request is shown while the cluster is UNINITIALIZED and has an \
         HSM.",
        "cloudhsm/latest/userguide/initialize-cluster.html",
    ),
    when: always,
    make: |_, success| each(success, cluster_view::show_signing_request),
};

const SHOWS_CERTIFICATES: Promise<DescribeClusters> = Promise {
    card: documented(
        "HSM-IC-08",
        "An initialised cluster shows the certificate it was initialised with.",
        "cloudhsm/latest/APIReference/API_Certificates.html",
    ),
    when: always,
    make: |_, success| each(success, cluster_view::show_certificate),
};

const SHOWS_TAGS: Promise<DescribeClusters> = Promise {
    card: observed(
        "HSM-TG-102",
        "DescribeClusters shows the tags of each cluster.",
        "recording cloud-custodian placebo.cloudhsmv2 test_cloudhsm_cluster_tag_event",
    ),
    when: always,
    make: |_, success| each(success, cluster_view::show_tags),
};

fn on_page(success: &Success<'_>) -> Vec<String> {
    success
        .subject
        .split_whitespace()
        .filter(|id| {
            let resource = Resource::Cluster((*id).to_owned());
            !success.state.distrusted.contains(&resource)
        })
        .map(str::to_owned)
        .collect()
}

fn each(success: &mut Success<'_>, show: impl Fn(&mut Success<'_>, &Path, &Cluster)) {
    for id in on_page(success) {
        if let Some(cluster) = success.state.clusters.get(&id).cloned() {
            let at = Path::of("Clusters").entry("ClusterId", id);
            show(success, &at, &cluster);
        }
    }
}

/// The clusters that pass the filters for sure, and those that may.
fn listed(input: &DescribeClusters, success: &Success<'_>) -> Listed {
    let mut listed = Listed::default();
    let state = &success.state;
    let unsure = is_foreign(state, input) || input.is_odd();
    for cluster in state.clusters.values() {
        let vpc = cluster.vpc.as_deref().unwrap_or_default();
        if !input.passes("clusterIds", &cluster.id) || !input.passes("vpcIds", vpc) {
            continue;
        }
        let fits = |shown: &ClusterState| input.passes("states", shown.wire_name());
        if success.is_settled() {
            if fits(&cluster.state.value) && cluster_view::is_listed_by_emulator(cluster, state.now)
            {
                listed.present.push(cluster.id.clone());
            }
            continue;
        }
        let states = possible_states(success, &cluster.id);
        let surely = states.iter().all(fits) && !states.contains(&ClusterState::Deleted);
        let resource = Resource::Cluster(cluster.id.clone());
        if unsure || state.distrusted.contains(&resource) {
            listed.optional.push(cluster.id.clone());
        } else if surely {
            listed.present.push(cluster.id.clone());
        } else if states.iter().any(fits) {
            listed.optional.push(cluster.id.clone());
        }
    }
    listed
}

/// All states that a cluster may be shown in by now.
fn possible_states(success: &Success<'_>, id: &str) -> Vec<ClusterState> {
    let around = success.state.around(&Resource::Cluster(id.to_owned()));
    let variants = crate::drift::closure_of_all(success.state, &around, crate::belief::MOST_STATES);
    variants
        .iter()
        .filter_map(|variant| variant.clusters.get(id).map(|cluster| (variant, cluster)))
        .flat_map(|(variant, cluster)| cluster_view::visible_states(cluster, variant.now))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    #[test]
    fn the_signing_request_is_there_while_it_is_needed() {
        let mut world = World::new();
        let id = world.new_cluster();
        let csr = |world: &mut World| {
            let shown = world.ok("DescribeClusters", json!({}));
            shown["Clusters"][0]["Certificates"]["ClusterCsr"].clone()
        };
        assert_eq!(csr(&mut world), Value::Null);
        world.ok(
            "CreateHsm",
            json!({"ClusterId": id, "AvailabilityZone": "us-east-1a"}),
        );
        let first = csr(&mut world);
        assert!(first.is_string());
        assert_eq!(csr(&mut world), first);
        world.ok(
            "InitializeCluster",
            json!({"ClusterId": id, "SignedCert": "c", "TrustAnchor": "t"}),
        );
        assert_eq!(csr(&mut world), Value::Null);
    }

    #[test]
    fn filters_choose_clusters() {
        let mut world = World::new();
        let first = world.new_cluster();
        world.new_cluster();
        let count = |world: &mut World, filters: Value| {
            let shown = world.ok("DescribeClusters", json!({"Filters": filters}));
            shown["Clusters"].as_array().unwrap().len()
        };
        assert_eq!(count(&mut world, json!({"clusterIds": [first]})), 1);
        assert_eq!(count(&mut world, json!({"states": ["UNINITIALIZED"]})), 2);
        assert_eq!(count(&mut world, json!({"states": ["ACTIVE"]})), 0);
        assert_eq!(
            count(&mut world, json!({"vpcIds": ["vpc-0a1b2c3d4e5f60718"]})),
            2
        );
        let unknown = json!({"clusterIds": ["cluster-zzzzzzzzzzz"]});
        assert_eq!(count(&mut world, unknown), 0);
    }

    #[test]
    fn pages_show_every_cluster_once() {
        let mut world = World::new();
        for _ in 0..3 {
            world.new_cluster();
        }
        let page = world.ok("DescribeClusters", json!({"MaxResults": 2}));
        assert_eq!(page["Clusters"].as_array().unwrap().len(), 2);
        let next = page["NextToken"].clone();
        let page = world.ok("DescribeClusters", json!({"NextToken": next}));
        assert_eq!(page["Clusters"].as_array().unwrap().len(), 1);
        assert_eq!(page["NextToken"], Value::Null);
    }

    #[test]
    fn a_token_must_be_one_that_was_handed_out() {
        World::new().refused("DescribeClusters", json!({"NextToken": "x"}));
    }
}
