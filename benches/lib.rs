//! Benches only; nothing is exported.
