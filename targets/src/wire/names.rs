//! The names of all operations of both services, modelled here or not.

use kms_conformance_model::Service;

/// Whether AWS has an operation of this name.
pub fn is_aws_operation(service: Service, name: &str) -> bool {
    let names = match service {
        Service::Kms => KMS,
        Service::CloudHsm => CLOUDHSM,
    };
    names.binary_search(&name).is_ok()
}

const KMS: &[&str] = &[
    "CancelKeyDeletion",
    "ConnectCustomKeyStore",
    "CreateAlias",
    "CreateCustomKeyStore",
    "CreateGrant",
    "CreateKey",
    "Decrypt",
    "DeleteAlias",
    "DeleteCustomKeyStore",
    "DeleteImportedKeyMaterial",
    "DeriveSharedSecret",
    "DescribeCustomKeyStores",
    "DescribeKey",
    "DisableKey",
    "DisableKeyRotation",
    "DisconnectCustomKeyStore",
    "EnableKey",
    "EnableKeyRotation",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "GetKeyLastUsage",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "GetParametersForImport",
    "GetPublicKey",
    "ImportKeyMaterial",
    "ListAliases",
    "ListGrants",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListKeys",
    "ListResourceTags",
    "ListRetirableGrants",
    "PutKeyPolicy",
    "ReEncrypt",
    "ReplicateKey",
    "RetireGrant",
    "RevokeGrant",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "Sign",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateCustomKeyStore",
    "UpdateKeyDescription",
    "UpdatePrimaryRegion",
    "Verify",
    "VerifyMac",
];

const CLOUDHSM: &[&str] = &[
    "CopyBackupToRegion",
    "CreateCluster",
    "CreateHsm",
    "DeleteBackup",
    "DeleteCluster",
    "DeleteHsm",
    "DeleteResourcePolicy",
    "DescribeBackups",
    "DescribeClusters",
    "GetResourcePolicy",
    "InitializeCluster",
    "ListTags",
    "ModifyBackupAttributes",
    "ModifyCluster",
    "PutResourcePolicy",
    "RestoreBackup",
    "TagResource",
    "UntagResource",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_operations_are_found() {
        assert_eq!((KMS.len(), CLOUDHSM.len()), (54, 18));
        for name in KMS {
            assert!(is_aws_operation(Service::Kms, name), "{name}");
        }
        for name in CLOUDHSM {
            assert!(is_aws_operation(Service::CloudHsm, name), "{name}");
        }
    }

    #[test]
    fn everything_modelled_is_an_operation_of_aws() {
        for operation in kms_conformance_model::catalog::operations() {
            assert!(is_aws_operation(operation.service(), operation.name()));
        }
    }

    #[test]
    fn services_do_not_share_names_and_case_counts() {
        assert!(!is_aws_operation(Service::CloudHsm, "CreateKey"));
        assert!(!is_aws_operation(Service::Kms, "createkey"));
    }
}
