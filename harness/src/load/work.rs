//! The requests of a load, which are the same again and again.

use super::options::Operation;
use crate::generate::Footing;
use crate::template::Scope;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_conformance_model::{AnyOperation, Service, catalog};
use kms_conformance_targets::Request;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;

/// Of ten requests of a mixed load, which operation each calls.
const MIXTURE: [&str; 10] = [
    "CreateKey",
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
];

/// A request with what the judge needs to know of it.
pub(super) struct Call {
    /// The operation.
    pub(super) operation: &'static dyn AnyOperation,
    /// Its body.
    pub(super) body: Value,
    /// Both in their wire form.
    pub(super) request: Request,
}

impl fmt::Debug for Call {
    /// The body may hold a plaintext, which nobody is to read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation.name())
    }
}

impl Call {
    /// A call of KMS; `None` where it has no such operation.
    pub(super) fn kms(name: &str, body: Value) -> Option<Call> {
        Some(Call {
            operation: catalog::operation(Service::Kms, name)?,
            request: Request::new(Service::Kms, name, &body),
            body,
        })
    }

    /// Whether it asks for a new key.
    pub(super) fn makes_key(&self) -> bool {
        self.operation.name() == "CreateKey"
    }

    /// Whether its answer holds a ciphertext.
    pub(super) fn seals(&self) -> bool {
        matches!(self.operation.name(), "Encrypt" | "GenerateDataKey")
    }
}

/// The requests of a load.
#[derive(Debug)]
pub(super) struct Work {
    calls: Vec<Arc<Call>>,
}

impl Work {
    /// These requests.
    #[cfg(test)]
    pub(super) fn of(calls: Vec<Arc<Call>>) -> Work {
        Work { calls }
    }

    /// The requests about what the plan of the footing made.
    pub(super) fn new(operation: Operation, footing: &Footing, scope: &mut Scope) -> Work {
        let create_key = scope.resolve(&footing.create_key);
        let ciphertexts = footing.ciphertexts.iter().map(Some);
        let ciphertexts = ciphertexts.chain(std::iter::repeat(None));
        let mut calls = Vec::new();
        for ((key, ciphertext), nth) in footing.keys.iter().zip(ciphertexts).zip(0_u8..) {
            let key = scope.resolve(key);
            let ciphertext = ciphertext.map(|ciphertext| scope.resolve(ciphertext));
            let body = |name: &str| match name {
                "CreateKey" => create_key.clone(),
                "Encrypt" => json!({ "KeyId": key, "Plaintext": STANDARD.encode([nth; 32]) }),
                "Decrypt" => json!({ "CiphertextBlob": ciphertext }),
                _ => json!({ "KeyId": key, "KeySpec": "AES_256" }),
            };
            let names = match operation {
                Operation::Mixed => &MIXTURE[..],
                one => &[one.word()][..],
            };
            let of_key = names.iter().filter_map(|name| Call::kms(name, body(name)));
            calls.extend(of_key.map(Arc::new));
        }
        Work { calls }
    }

    /// The request of this number; `None` where there is none at all.
    pub(super) fn call(&self, nth: u64) -> Option<&Arc<Call>> {
        let number = u64::try_from(self.calls.len()).ok()?;
        let place = usize::try_from(nth.checked_rem(number)?).ok()?;
        self.calls.get(place)
    }
}

impl Operation {
    /// Whether it opens what was encrypted before.
    pub(super) const fn opens(self) -> bool {
        matches!(self, Operation::Decrypt | Operation::Mixed)
    }
}
