//! The operations of KMS, one file each, and the rules that many of them share.

mod alias_names;
mod cancel_key_deletion;
mod connect_custom_key_store;
mod create_alias;
mod create_custom_key_store;
mod create_key;
mod cryptography;
mod data_keys;
mod decrypt;
mod delete_alias;
mod delete_custom_key_store;
mod describe_custom_key_stores;
mod describe_key;
mod disable_key;
mod disconnect_custom_key_store;
mod enable_key;
mod encrypt;
mod generate_data_key;
mod generate_data_key_without_plaintext;
mod generate_random;
mod key_states;
mod key_stores;
mod list_aliases;
mod list_keys;
mod list_resource_tags;
mod lookups;
mod metadata;
mod pages;
pub mod policy;
mod re_encrypt;
mod schedule_key_deletion;
mod shapes;
mod standing;
mod store_clusters;
mod store_conflicts;
mod store_fixture;
mod tag_resource;
mod tags;
mod untag_resource;
mod update_alias;
mod update_custom_key_store;
mod update_key_description;
mod xks_proxies;

pub use cancel_key_deletion::CancelKeyDeletion;
pub use connect_custom_key_store::ConnectCustomKeyStore;
pub use create_alias::CreateAlias;
pub use create_custom_key_store::CreateCustomKeyStore;
pub use create_key::CreateKey;
pub use cryptography::EncryptionAlgorithm;
pub use data_keys::DataKeySpec;
pub use decrypt::Decrypt;
pub use delete_alias::DeleteAlias;
pub use delete_custom_key_store::DeleteCustomKeyStore;
pub use describe_custom_key_stores::DescribeCustomKeyStores;
pub use describe_key::DescribeKey;
pub use disable_key::DisableKey;
pub use disconnect_custom_key_store::DisconnectCustomKeyStore;
pub use enable_key::EnableKey;
pub use encrypt::Encrypt;
pub use generate_data_key::GenerateDataKey;
pub use generate_data_key_without_plaintext::GenerateDataKeyWithoutPlaintext;
pub use generate_random::GenerateRandom;
pub use list_aliases::ListAliases;
pub use list_keys::ListKeys;
pub use list_resource_tags::ListResourceTags;
pub use re_encrypt::ReEncrypt;
pub use schedule_key_deletion::ScheduleKeyDeletion;
pub use tag_resource::TagResource;
pub use untag_resource::UntagResource;
pub use update_alias::UpdateAlias;
pub(crate) use update_custom_key_store::PASSWORD_IS_TOLD;
pub use update_custom_key_store::UpdateCustomKeyStore;
pub use update_key_description::UpdateKeyDescription;

use crate::operation::{AnyOperation, Erased};

/// Every operation of KMS that is modelled.
pub const OPERATIONS: &[&dyn AnyOperation] = &[
    &Erased::<CancelKeyDeletion>::NEW,
    &Erased::<ConnectCustomKeyStore>::NEW,
    &Erased::<CreateAlias>::NEW,
    &Erased::<CreateCustomKeyStore>::NEW,
    &Erased::<CreateKey>::NEW,
    &Erased::<Decrypt>::NEW,
    &Erased::<DeleteAlias>::NEW,
    &Erased::<DeleteCustomKeyStore>::NEW,
    &Erased::<DescribeCustomKeyStores>::NEW,
    &Erased::<DescribeKey>::NEW,
    &Erased::<DisableKey>::NEW,
    &Erased::<DisconnectCustomKeyStore>::NEW,
    &Erased::<EnableKey>::NEW,
    &Erased::<Encrypt>::NEW,
    &Erased::<GenerateDataKey>::NEW,
    &Erased::<GenerateDataKeyWithoutPlaintext>::NEW,
    &Erased::<GenerateRandom>::NEW,
    &Erased::<ListAliases>::NEW,
    &Erased::<ListKeys>::NEW,
    &Erased::<ListResourceTags>::NEW,
    &Erased::<ReEncrypt>::NEW,
    &Erased::<ScheduleKeyDeletion>::NEW,
    &Erased::<TagResource>::NEW,
    &Erased::<UntagResource>::NEW,
    &Erased::<UpdateAlias>::NEW,
    &Erased::<UpdateCustomKeyStore>::NEW,
    &Erased::<UpdateKeyDescription>::NEW,
];
