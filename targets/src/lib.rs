//! How to reach a KMS.
