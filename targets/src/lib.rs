//! How to reach a KMS: in process, over HTTP, and the reference emulator itself.
//!
//! A [`Target`] answers [`Request`]s with [`Response`]s; [`reply`] says what a response means. The
//! [`Emulator`] runs the model with real ids, keys and certificates. No verdicts are given here.

pub mod aws;
mod cloudtrail;
pub mod emulator;
mod http;
mod in_process;
mod outside;
pub mod peers;
mod shared;
pub mod sigv4;
mod target;
pub mod wire;
pub mod wrapping;
pub mod x509;
mod yardstick;

pub use cloudtrail::{Caller, Trail};
pub use emulator::{
    Answerer, Clock, Config, Emulator, Injection, RsaKeys, Running, Serving, TIME_OUT, XksProxies,
    serve, serve_with,
};
pub use http::{HttpOptions, HttpTarget};
pub use in_process::InProcess;
pub use outside::{OutsideCall, OutsideError};
pub use shared::Shared;
pub use target::{Lost, Request, Response, Sending, Target};
pub use wire::{Answer, reply};
pub use yardstick::Yardstick;
