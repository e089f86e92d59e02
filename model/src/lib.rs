//! What AWS KMS and CloudHSM v2 do.
