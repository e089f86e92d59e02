//! The operations of KMS, one file each, and the rules that many of them share.

mod alias_names;
mod cancel_key_deletion;
mod ciphertexts;
mod connect_custom_key_store;
mod create_alias;
mod create_custom_key_store;
mod create_grant;
mod create_grant_refusals;
mod create_key;
mod create_key_refusals;
mod cryptography;
mod data_key_pairs;
mod data_keys;
mod decrypt;
mod delete_alias;
mod delete_custom_key_store;
mod delete_imported_key_material;
mod derive_shared_secret;
mod describe_custom_key_stores;
mod describe_key;
mod disable_key;
mod disable_key_rotation;
mod disconnect_custom_key_store;
mod enable_key;
mod enable_key_rotation;
mod encrypt;
mod generate_data_key;
mod generate_data_key_pair;
mod generate_data_key_pair_without_plaintext;
mod generate_data_key_without_plaintext;
mod generate_mac;
mod generate_random;
mod get_key_last_usage;
mod get_key_policy;
mod get_key_rotation_status;
mod get_parameters_for_import;
mod get_public_key;
mod grant_lists;
mod grants;
mod import_key_material;
mod import_rules;
mod key_states;
mod key_stores;
mod list_aliases;
mod list_grants;
mod list_key_policies;
mod list_key_rotations;
mod list_keys;
mod list_resource_tags;
mod list_retirable_grants;
mod lookups;
mod macs;
mod materials;
mod metadata;
mod pages;
pub mod policy;
mod policy_document;
mod principals;
mod put_key_policy;
mod re_encrypt;
mod regions;
mod replicate_key;
mod retire_grant;
mod revoke_grant;
mod rotate_key_on_demand;
mod rotations;
mod schedule_key_deletion;
mod shapes;
mod sign;
mod signatures;
mod standing;
mod store_clusters;
mod store_conflicts;
#[cfg(test)]
pub(crate) mod store_fixture;
mod store_limits;
mod tag_resource;
mod tags;
mod untag_resource;
mod update_alias;
mod update_custom_key_store;
mod update_key_description;
mod update_primary_region;
mod usage;
mod verify;
mod verify_mac;
mod xks_failures;
mod xks_proxies;

pub use cancel_key_deletion::CancelKeyDeletion;
pub use connect_custom_key_store::ConnectCustomKeyStore;
pub use create_alias::CreateAlias;
pub use create_custom_key_store::CreateCustomKeyStore;
pub use create_grant::CreateGrant;
pub use create_key::CreateKey;
pub use cryptography::EncryptionAlgorithm;
pub use data_keys::DataKeySpec;
pub use decrypt::Decrypt;
pub use delete_alias::DeleteAlias;
pub use delete_custom_key_store::DeleteCustomKeyStore;
pub use delete_imported_key_material::DeleteImportedKeyMaterial;
pub use derive_shared_secret::DeriveSharedSecret;
pub use describe_custom_key_stores::DescribeCustomKeyStores;
pub use describe_key::DescribeKey;
pub use disable_key::DisableKey;
pub(crate) use disable_key::SHOWS_LATER;
pub use disable_key_rotation::DisableKeyRotation;
pub use disconnect_custom_key_store::DisconnectCustomKeyStore;
pub use enable_key::EnableKey;
pub use enable_key_rotation::EnableKeyRotation;
pub use encrypt::Encrypt;
pub use generate_data_key::GenerateDataKey;
pub use generate_data_key_pair::GenerateDataKeyPair;
pub use generate_data_key_pair_without_plaintext::GenerateDataKeyPairWithoutPlaintext;
pub use generate_data_key_without_plaintext::GenerateDataKeyWithoutPlaintext;
pub use generate_mac::GenerateMac;
pub use generate_random::GenerateRandom;
pub use get_key_last_usage::GetKeyLastUsage;
pub use get_key_policy::GetKeyPolicy;
pub use get_key_rotation_status::GetKeyRotationStatus;
pub use get_parameters_for_import::GetParametersForImport;
pub use get_public_key::GetPublicKey;
pub use import_key_material::ImportKeyMaterial;
pub use list_aliases::ListAliases;
pub use list_grants::ListGrants;
pub use list_key_policies::ListKeyPolicies;
pub use list_key_rotations::ListKeyRotations;
pub use list_keys::ListKeys;
pub use list_resource_tags::ListResourceTags;
pub use list_retirable_grants::ListRetirableGrants;
pub use macs::MacAlgorithm;
pub use metadata::algorithms;
pub(crate) use policy_document::covers as policy_covers;
pub use put_key_policy::PutKeyPolicy;
pub use re_encrypt::ReEncrypt;
pub use replicate_key::ReplicateKey;
pub use retire_grant::RetireGrant;
pub use revoke_grant::RevokeGrant;
pub use rotate_key_on_demand::RotateKeyOnDemand;
pub use schedule_key_deletion::ScheduleKeyDeletion;
pub use sign::Sign;
pub use tag_resource::TagResource;
pub use untag_resource::UntagResource;
pub use update_alias::UpdateAlias;
pub(crate) use update_custom_key_store::PASSWORD_IS_TOLD;
pub use update_custom_key_store::UpdateCustomKeyStore;
pub use update_key_description::UpdateKeyDescription;
pub use update_primary_region::UpdatePrimaryRegion;
pub(crate) use usage::RECORDED;
pub use verify::Verify;
pub use verify_mac::VerifyMac;

use crate::operation::{AnyOperation, Erased};

/// Every operation of KMS that is modelled.
pub const OPERATIONS: &[&dyn AnyOperation] = &[
    &Erased::<CancelKeyDeletion>::NEW,
    &Erased::<ConnectCustomKeyStore>::NEW,
    &Erased::<CreateAlias>::NEW,
    &Erased::<CreateCustomKeyStore>::NEW,
    &Erased::<CreateGrant>::NEW,
    &Erased::<CreateKey>::NEW,
    &Erased::<Decrypt>::NEW,
    &Erased::<DeleteAlias>::NEW,
    &Erased::<DeleteCustomKeyStore>::NEW,
    &Erased::<DeleteImportedKeyMaterial>::NEW,
    &Erased::<DeriveSharedSecret>::NEW,
    &Erased::<DescribeCustomKeyStores>::NEW,
    &Erased::<DescribeKey>::NEW,
    &Erased::<DisableKey>::NEW,
    &Erased::<DisableKeyRotation>::NEW,
    &Erased::<DisconnectCustomKeyStore>::NEW,
    &Erased::<EnableKey>::NEW,
    &Erased::<EnableKeyRotation>::NEW,
    &Erased::<Encrypt>::NEW,
    &Erased::<GenerateDataKey>::NEW,
    &Erased::<GenerateDataKeyPair>::NEW,
    &Erased::<GenerateDataKeyPairWithoutPlaintext>::NEW,
    &Erased::<GenerateDataKeyWithoutPlaintext>::NEW,
    &Erased::<GenerateMac>::NEW,
    &Erased::<GenerateRandom>::NEW,
    &Erased::<GetKeyLastUsage>::NEW,
    &Erased::<GetKeyPolicy>::NEW,
    &Erased::<GetKeyRotationStatus>::NEW,
    &Erased::<GetParametersForImport>::NEW,
    &Erased::<GetPublicKey>::NEW,
    &Erased::<ImportKeyMaterial>::NEW,
    &Erased::<ListAliases>::NEW,
    &Erased::<ListGrants>::NEW,
    &Erased::<ListKeyPolicies>::NEW,
    &Erased::<ListKeyRotations>::NEW,
    &Erased::<ListKeys>::NEW,
    &Erased::<ListResourceTags>::NEW,
    &Erased::<ListRetirableGrants>::NEW,
    &Erased::<PutKeyPolicy>::NEW,
    &Erased::<ReEncrypt>::NEW,
    &Erased::<ReplicateKey>::NEW,
    &Erased::<RetireGrant>::NEW,
    &Erased::<RevokeGrant>::NEW,
    &Erased::<RotateKeyOnDemand>::NEW,
    &Erased::<ScheduleKeyDeletion>::NEW,
    &Erased::<Sign>::NEW,
    &Erased::<TagResource>::NEW,
    &Erased::<UntagResource>::NEW,
    &Erased::<UpdateAlias>::NEW,
    &Erased::<UpdateCustomKeyStore>::NEW,
    &Erased::<UpdateKeyDescription>::NEW,
    &Erased::<UpdatePrimaryRegion>::NEW,
    &Erased::<Verify>::NEW,
    &Erased::<VerifyMac>::NEW,
];
