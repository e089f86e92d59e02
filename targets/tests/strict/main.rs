//! The strict side of the emulator: signatures that it demands, who calls, and what goes wrong on
//! purpose.

#![cfg(test)]

mod identity;
mod injection;
mod refusals;
mod signer;
mod vectors;
