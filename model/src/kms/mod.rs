//! The operations of KMS, one file each, and the rules that many of them share.

mod alias_names;
mod cancel_key_deletion;
mod create_alias;
mod create_key;
mod create_key_refusals;
mod cryptography;
mod data_keys;
mod decrypt;
mod delete_alias;
mod describe_key;
mod disable_key;
mod enable_key;
mod encrypt;
mod generate_data_key;
mod generate_data_key_without_plaintext;
mod get_key_policy;
mod key_states;
mod list_aliases;
mod list_key_policies;
mod list_keys;
mod list_resource_tags;
mod lookups;
mod metadata;
mod pages;
pub mod policy;
mod policy_document;
mod put_key_policy;
mod re_encrypt;
mod schedule_key_deletion;
mod shapes;
mod standing;
#[cfg(test)]
mod store_fixture;
mod tag_resource;
mod tags;
mod untag_resource;
mod update_alias;
mod update_key_description;

pub use cancel_key_deletion::CancelKeyDeletion;
pub use create_alias::CreateAlias;
pub use create_key::CreateKey;
pub use cryptography::EncryptionAlgorithm;
pub use data_keys::DataKeySpec;
pub use decrypt::Decrypt;
pub use delete_alias::DeleteAlias;
pub use describe_key::DescribeKey;
pub use disable_key::DisableKey;
pub use enable_key::EnableKey;
pub use encrypt::Encrypt;
pub use generate_data_key::GenerateDataKey;
pub use generate_data_key_without_plaintext::GenerateDataKeyWithoutPlaintext;
pub use get_key_policy::GetKeyPolicy;
pub use list_aliases::ListAliases;
pub use list_key_policies::ListKeyPolicies;
pub use list_keys::ListKeys;
pub use list_resource_tags::ListResourceTags;
pub use put_key_policy::PutKeyPolicy;
pub use re_encrypt::ReEncrypt;
pub use schedule_key_deletion::ScheduleKeyDeletion;
pub use tag_resource::TagResource;
pub use untag_resource::UntagResource;
pub use update_alias::UpdateAlias;
pub use update_key_description::UpdateKeyDescription;

use crate::operation::{AnyOperation, Erased};

/// Every operation of KMS that is modelled.
pub const OPERATIONS: &[&dyn AnyOperation] = &[
    &Erased::<CancelKeyDeletion>::NEW,
    &Erased::<CreateAlias>::NEW,
    &Erased::<CreateKey>::NEW,
    &Erased::<Decrypt>::NEW,
    &Erased::<DeleteAlias>::NEW,
    &Erased::<DescribeKey>::NEW,
    &Erased::<DisableKey>::NEW,
    &Erased::<EnableKey>::NEW,
    &Erased::<GetKeyPolicy>::NEW,
    &Erased::<Encrypt>::NEW,
    &Erased::<GenerateDataKey>::NEW,
    &Erased::<GenerateDataKeyWithoutPlaintext>::NEW,
    &Erased::<ListAliases>::NEW,
    &Erased::<ListKeyPolicies>::NEW,
    &Erased::<ListKeys>::NEW,
    &Erased::<ListResourceTags>::NEW,
    &Erased::<PutKeyPolicy>::NEW,
    &Erased::<ReEncrypt>::NEW,
    &Erased::<ScheduleKeyDeletion>::NEW,
    &Erased::<TagResource>::NEW,
    &Erased::<UntagResource>::NEW,
    &Erased::<UpdateAlias>::NEW,
    &Erased::<UpdateKeyDescription>::NEW,
];
