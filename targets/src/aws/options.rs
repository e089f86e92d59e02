//! What a run on AWS may do.

use super::cost::Dollars;
use super::guard::Attached;
use std::time::Duration;

/// What a run on AWS may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsOptions {
    /// What the run is called: the value of the tag of everything that it makes.
    pub run: String,
    /// The most keys that are made, replicas included.
    pub most_keys: u64,
    /// What all that is made and asked may cost at the most.
    pub most: Dollars,
    /// Whether clusters and HSMs may be made.
    pub creates_clusters: bool,
    /// What is there already and may be used.
    pub attached: Attached,
    /// The share of each documented request quota that is used, in percent.
    pub quota_share: u32,
    /// How old an answer may be: after this time every change is seen by every request.
    pub consistency: Duration,
    /// How long to wait for a response.
    pub time_out: Duration,
    /// Identifiers of things that never existed, which any request may name.
    pub never_existed: &'static [&'static str],
}

impl Default for AwsOptions {
    fn default() -> AwsOptions {
        AwsOptions {
            run: String::new(),
            most_keys: 50,
            most: Dollars::whole(60),
            creates_clusters: false,
            attached: Attached::default(),
            quota_share: 50,
            consistency: Duration::from_secs(60),
            time_out: Duration::from_secs(30),
            never_existed: &[],
        }
    }
}
