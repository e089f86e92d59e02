//! The operations of KMS, one file each, and the rules that many of them share.

mod create_key;
mod cryptography;
mod data_keys;
mod decrypt;
mod describe_key;
mod encrypt;
mod generate_data_key;
mod generate_data_key_without_plaintext;
mod key_states;
mod lookups;
mod metadata;
pub mod policy;
mod re_encrypt;
mod shapes;
#[cfg(test)]
mod store_fixture;
mod tags;

pub use create_key::CreateKey;
pub use cryptography::EncryptionAlgorithm;
pub use data_keys::DataKeySpec;
pub use decrypt::Decrypt;
pub use describe_key::DescribeKey;
pub use encrypt::Encrypt;
pub use generate_data_key::GenerateDataKey;
pub use generate_data_key_without_plaintext::GenerateDataKeyWithoutPlaintext;
pub use re_encrypt::ReEncrypt;

use crate::operation::{AnyOperation, Erased};

/// Every operation of KMS that is modelled.
pub const OPERATIONS: &[&dyn AnyOperation] = &[
    &Erased::<CreateKey>::NEW,
    &Erased::<Decrypt>::NEW,
    &Erased::<DescribeKey>::NEW,
    &Erased::<Encrypt>::NEW,
    &Erased::<GenerateDataKey>::NEW,
    &Erased::<GenerateDataKeyWithoutPlaintext>::NEW,
    &Erased::<ReEncrypt>::NEW,
];
