//! Faults that say that something is done and do not do it.

use super::{Bend, Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "a new alias is lost",
        &["CreateKey", "CreateAlias", "ListAliases"],
        Bend::Lost("CreateAlias"),
    ),
    fault(
        "a moved alias stays where it is",
        &[
            "CreateKey",
            "CreateKey",
            "CreateAlias",
            "UpdateAlias",
            "ListAliases",
        ],
        Bend::Lost("UpdateAlias"),
    ),
    fault(
        "a deleted alias stays",
        &["CreateKey", "CreateAlias", "DeleteAlias", "ListAliases"],
        Bend::Lost("DeleteAlias"),
    ),
    fault(
        "a new description is lost",
        &["CreateKey", "UpdateKeyDescription", "DescribeKey"],
        Bend::Lost("UpdateKeyDescription"),
    ),
    fault(
        "a disabled key stays enabled",
        &["CreateKey", "DisableKey", "DescribeKey"],
        Bend::Lost("DisableKey"),
    ),
    fault(
        "an enabled key stays disabled",
        &["CreateKey", "DisableKey", "EnableKey", "DescribeKey"],
        Bend::Lost("EnableKey"),
    ),
    fault(
        "new tags are lost",
        &["CreateKey", "TagResource", "ListResourceTags"],
        Bend::Lost("TagResource"),
    ),
    fault(
        "deleted tags stay",
        &["CreateKey", "UntagResource", "ListResourceTags"],
        Bend::Lost("UntagResource"),
    ),
    fault(
        "a new policy is lost",
        &["CreateKey", "PutKeyPolicy", "GetKeyPolicy"],
        Bend::Lost("PutKeyPolicy"),
    ),
    fault(
        "a scheduled deletion is lost",
        &["CreateKey", "ScheduleKeyDeletion", "DescribeKey"],
        Bend::Lost("ScheduleKeyDeletion"),
    ),
    fault(
        "a cancelled deletion stays scheduled",
        &[
            "CreateKey",
            "ScheduleKeyDeletion",
            "CancelKeyDeletion",
            "DescribeKey",
        ],
        Bend::Lost("CancelKeyDeletion"),
    ),
    fault(
        "a new key is lost",
        &["CreateKey", "ListKeys"],
        Bend::Lost("CreateKey"),
    ),
    fault(
        "a new key store is lost",
        &["CreateCustomKeyStore", "DescribeCustomKeyStores"],
        Bend::Lost("CreateCustomKeyStore"),
    ),
    fault(
        "a changed key store stays as it was",
        &[
            "CreateCustomKeyStore",
            "UpdateCustomKeyStore",
            "DescribeCustomKeyStores",
        ],
        Bend::Lost("UpdateCustomKeyStore"),
    ),
    fault(
        "a deleted key store stays",
        &[
            "CreateCustomKeyStore",
            "DeleteCustomKeyStore",
            "DescribeCustomKeyStores",
        ],
        Bend::Lost("DeleteCustomKeyStore"),
    ),
    fault(
        "a key store never begins to connect",
        &[
            "CreateCustomKeyStore",
            "ConnectCustomKeyStore",
            "DescribeCustomKeyStores",
        ],
        Bend::Lost("ConnectCustomKeyStore"),
    ),
    fault(
        "a key store never begins to disconnect",
        &[
            "CreateCustomKeyStore",
            "ConnectCustomKeyStore",
            "DisconnectCustomKeyStore",
            "DescribeCustomKeyStores",
        ],
        Bend::Lost("DisconnectCustomKeyStore"),
    ),
    fault(
        "a new cluster is lost",
        &["CreateCluster", "DescribeClusters"],
        Bend::Lost("CreateCluster"),
    ),
    fault(
        "a deleted cluster stays",
        &["CreateCluster", "DeleteCluster", "DescribeClusters"],
        Bend::Lost("DeleteCluster"),
    ),
    fault(
        "a changed cluster stays as it was",
        &["CreateCluster", "ModifyCluster", "DescribeClusters"],
        Bend::Lost("ModifyCluster"),
    ),
    fault(
        "a new HSM is lost",
        &["CreateCluster", "wait", "CreateHsm", "DescribeClusters"],
        Bend::Lost("CreateHsm"),
    ),
];
