//! The shapes of CloudHSM request members. Source: the service model `cloudhsmv2/2017-04-28`.

use crate::input::input;
use crate::shape::Shape;

pub(crate) const BACKUP_ARN: Shape = Shape::matching(
    "^(arn:aws(-(us-gov))?:cloudhsm:([a-z]{2}(-(gov|isob|iso))?-(east|west|north|south|central)\
     {1,2}-[0-9]{1}):[0-9]{12}:backup/)?backup-[2-7a-zA-Z]{11,16}",
);
pub(crate) const BACKUP_ID: Shape = Shape::matching("backup-[2-7a-zA-Z]{11,16}");
pub(crate) const CERTIFICATE: Shape = Shape::pattern(0, 20_000, r"[a-zA-Z0-9+-/=\s]*");
pub(crate) const CLOUDHSM_ARN: Shape = Shape::matching(
    "arn:aws(-(us-gov))?:cloudhsm:([a-z]{2}(-(gov|isob|iso))?-(east|west|north|south|central)\
     {1,2}-[0-9]{1}):[0-9]{12}:(backup/backup|cluster/cluster|hsm/hsm)-[2-7a-zA-Z]{11,16}",
);
pub(crate) const CLUSTER_ID: Shape = Shape::matching("cluster-[2-7a-zA-Z]{11,16}");
pub(crate) const CLUSTER_MODE: Shape = Shape::Choice(&["FIPS", "NON_FIPS"]);
pub(crate) const ENI_ID: Shape = Shape::matching("eni-[0-9a-fA-F]{8,17}");
pub(crate) const FILTERS: Shape = Shape::Map {
    key: &Shape::matching("[a-zA-Z0-9_-]+"),
    value: &Shape::List {
        of: &Shape::ANY_TEXT,
        min: 0,
        max: None,
    },
    max: Some(30),
};
pub(crate) const HSM_ID: Shape = Shape::matching("hsm-[2-7a-zA-Z]{11,16}");
pub(crate) const HSM_TYPE: Shape = Shape::pattern(0, 32, r"((p|)hsm[0-9][a-z.]*\.[a-zA-Z]+)");
pub(crate) const IP_ADDRESS: Shape = Shape::matching(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}");
pub(crate) const NETWORK_TYPE: Shape = Shape::Choice(&["IPV4", "DUALSTACK"]);
pub(crate) const NEXT_TOKEN: Shape = Shape::pattern(0, 256, ".*");
pub(crate) const REGION: Shape =
    Shape::matching(r"[a-z]{2}(-(gov))?-(east|west|north|south|central){1,2}-\d");
pub(crate) const RESOURCE_ID: Shape = Shape::matching("(?:cluster|backup)-[2-7a-zA-Z]{11,16}");
pub(crate) const RESOURCE_POLICY: Shape = Shape::text(1, 20_000);
pub(crate) const RETENTION: Shape = Shape::Structure(RETENTION_POLICY);
pub(crate) const SUBNET_IDS: Shape = Shape::List {
    of: &Shape::matching("subnet-[0-9a-fA-F]{8,17}"),
    min: 1,
    max: Some(10),
};
pub(crate) const TAG_KEYS: Shape = Shape::List {
    of: &TAG_KEY,
    min: 1,
    max: Some(50),
};
pub(crate) const TAG_LIST: Shape = Shape::List {
    of: &Shape::Structure(TAG),
    min: 1,
    max: Some(50),
};
pub(crate) const ZONE: Shape =
    Shape::matching(r"[a-z]{2}(-(gov))?-(east|west|north|south|central){1,2}-\d[a-z]");

const TAG_KEY: Shape = Shape::pattern(1, 128, r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$");
const TAG_VALUE: Shape = Shape::pattern(0, 256, r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$");

input! {
    /// A tag.
    HsmTag, TAG {
        key: String = "Key", TAG_KEY;
        value: String = "Value", TAG_VALUE;
    }
}

input! {
    /// How long backups are kept.
    Retention, RETENTION_POLICY {
        kind: Option<String> = "Type", Shape::Choice(&["DAYS"]);
        value: Option<String> = "Value", Shape::pattern(1, 3, "[0-9]+");
    }
}
