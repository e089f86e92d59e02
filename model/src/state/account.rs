//! Whose account a state is about, and the markers its paged lists handed out.

use imbl::OrdSet;

/// Whose account this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// For example `us-east-1`.
    pub region: String,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// Whether nobody else uses the account, so that lists and quotas are exact.
    pub exclusive: bool,
}

impl Account {
    /// An account in the partition of this Region that nobody else uses.
    pub fn new(id: &str, region: &str) -> Account {
        Account {
            id: id.to_owned(),
            region: region.to_owned(),
            partition: partition_of(region).to_owned(),
            exclusive: true,
        }
    }

    /// The ARN of a resource of this account and Region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let (partition, region, id) = (&self.partition, &self.region, &self.id);
        ["arn", partition, service, region, id, resource].join(":")
    }
}

/// The partition that a Region belongs to, told by its name.
pub fn partition_of(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// What a marker stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The operation, and its filter, that handed it out.
    pub list: String,
    /// The ids that earlier pages showed.
    pub seen: OrdSet<String>,
    /// The ids that the list held when its first page was shown. Nothing says whether later pages
    /// show what came or went since.
    pub held: OrdSet<String>,
    /// The id that was shown last by the emulator, where it shows the list in the order of ids. It
    /// needs no other memory of the earlier pages then.
    pub last: Option<String>,
}
