//! Faults that do not check what has to be checked.

use super::{Bend, Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "a cancelled deletion need not have been scheduled",
        &["CreateKey", "CancelKeyDeletion"],
        Bend::Unchecked("CancelKeyDeletion", "KST-04"),
    ),
    fault(
        "a disabled key encrypts",
        &["CreateKey", "DisableKey", "Encrypt"],
        Bend::Unchecked("Encrypt", "KST-01"),
    ),
    fault(
        "a key pending deletion encrypts",
        &["CreateKey", "ScheduleKeyDeletion", "Encrypt"],
        Bend::Unchecked("Encrypt", "KST-02"),
    ),
    fault(
        "a key pending deletion can be tagged",
        &["CreateKey", "ScheduleKeyDeletion", "TagResource"],
        Bend::Unchecked("TagResource", "KST-03"),
    ),
    fault(
        "a key pending deletion can be enabled",
        &["CreateKey", "ScheduleKeyDeletion", "EnableKey"],
        Bend::Unchecked("EnableKey", "KST-03"),
    ),
    fault(
        "an alias may be made twice",
        &["CreateKey", "CreateAlias", "CreateAlias"],
        Bend::Unchecked("CreateAlias", "ALI-03"),
    ),
    fault(
        "an alias may belong to AWS",
        &["CreateKey", "CreateAlias"],
        Bend::Unchecked("CreateAlias", "ALI-02"),
    ),
    fault(
        "a key may be given a tag twice",
        &["CreateKey"],
        Bend::Unchecked("CreateKey", "TAG-01"),
    ),
    fault(
        "a dry run encrypts",
        &["CreateKey", "Encrypt"],
        Bend::Unchecked("Encrypt", "GR-05"),
    ),
    fault(
        "a data key needs no length",
        &["CreateKey", "GenerateDataKey"],
        Bend::Unchecked("GenerateDataKey", "PREC-04"),
    ),
    fault(
        "the named key need not be the one that sealed",
        &["CreateKey", "CreateKey", "Encrypt", "Decrypt"],
        Bend::Unchecked("Decrypt", "PREC-07"),
    ),
    fault(
        "two key stores may have one name",
        &["CreateCustomKeyStore", "CreateCustomKeyStore"],
        Bend::Unchecked("CreateCustomKeyStore", "KS-CREATE-05"),
    ),
    fault(
        "two external key stores may share a proxy",
        &["CreateCustomKeyStore", "CreateCustomKeyStore"],
        Bend::Unchecked("CreateCustomKeyStore", "XKS-03"),
    ),
    fault(
        "a key store may be put before a proxy that does not know the credential",
        &["FailProxy", "CreateCustomKeyStore"],
        Bend::Unchecked("CreateCustomKeyStore", "XKS-02d"),
    ),
    fault(
        "a key store may be deleted while it is connected",
        &[
            "CreateCustomKeyStore",
            "ConnectCustomKeyStore",
            "DeleteCustomKeyStore",
        ],
        Bend::Unchecked("DeleteCustomKeyStore", "KS-DEL-03"),
    ),
    fault(
        "a key store may be disconnected twice",
        &["CreateCustomKeyStore", "DisconnectCustomKeyStore"],
        Bend::Unchecked("DisconnectCustomKeyStore", "KS-DISC-02"),
    ),
    fault(
        "a key store may take the name of another",
        &[
            "CreateCustomKeyStore",
            "CreateCustomKeyStore",
            "UpdateCustomKeyStore",
        ],
        Bend::Unchecked("UpdateCustomKeyStore", "KS-UPD-04"),
    ),
    fault(
        "a key need not be in a connected key store",
        &["CreateCustomKeyStore", "CreateKey"],
        Bend::Unchecked("CreateKey", "CK-34"),
    ),
    fault(
        "a cluster with HSMs may be deleted",
        &["CreateCluster", "wait", "CreateHsm", "DeleteCluster"],
        Bend::Unchecked("DeleteCluster", "HSM-DC-01"),
    ),
    fault(
        "one HSM is enough for a key store",
        &[
            "CreateCluster",
            "wait",
            "CreateHsm",
            "wait",
            "DescribeClusters",
            "InitializeCluster",
            "wait",
            "ActivateCluster",
            "CreateCustomKeyStore",
        ],
        Bend::Unchecked("CreateCustomKeyStore", "KS-CREATE-09"),
    ),
    fault(
        "any certificate is the trust anchor",
        after_a_cluster!("CreateCustomKeyStore"),
        Bend::Unchecked("CreateCustomKeyStore", "KS-CREATE-13"),
    ),
    fault(
        "a cluster may be behind two key stores",
        after_a_cluster!("CreateCustomKeyStore", "CreateCustomKeyStore"),
        Bend::Unchecked("CreateCustomKeyStore", "KS-CREATE-07"),
    ),
];
