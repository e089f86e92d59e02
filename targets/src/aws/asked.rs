//! What a request asks for, as far as it matters to whoever pays for it.

use super::things::Kind;
use crate::target::Request;
use kms_conformance_model::{Service, catalog};
use serde_json::Value;

/// A request for an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The service.
    pub service: Service,
    /// The operation.
    pub operation: String,
    /// The body.
    pub body: Value,
}

impl Asked {
    /// What a request asks for; `None` where it names no operation or its body is no JSON.
    pub fn of(request: &Request) -> Option<Asked> {
        let (prefix, operation) = request.target.as_deref()?.split_once('.')?;
        let services = [Service::Kms, Service::CloudHsm];
        let service = services
            .into_iter()
            .find(|it| it.target_prefix() == prefix)?;
        catalog::operation(service, operation)?;
        Some(Asked {
            service,
            operation: operation.to_owned(),
            body: serde_json::from_slice(&request.body).ok()?,
        })
    }

    /// An operation of KMS without a body.
    #[cfg(test)]
    pub(super) fn kms(operation: &str) -> Asked {
        Asked {
            service: Service::Kms,
            operation: operation.to_owned(),
            body: Value::Object(serde_json::Map::new()),
        }
    }

    /// Whether it can change nothing, whatever it names.
    pub(super) fn reads(&self) -> bool {
        let mut reading = ["Describe", "Get", "List"].into_iter();
        reading.any(|verb| self.operation.starts_with(verb))
    }

    /// What comes into being if it succeeds.
    pub(super) fn makes(&self) -> Option<Kind> {
        Some(match self.operation.as_str() {
            "CreateKey" | "ReplicateKey" => Kind::Key,
            "CreateAlias" => Kind::Alias,
            "CreateCustomKeyStore" => Kind::KeyStore,
            "CreateCluster" => Kind::Cluster,
            "CreateHsm" => Kind::Hsm,
            _ => return None,
        })
    }

    /// Whether it costs as much as a key does: one comes into being, or one more material of one.
    pub(super) fn pays_for_a_key(&self) -> bool {
        self.makes() == Some(Kind::Key) || self.operation == "RotateKeyOnDemand"
    }

    /// Whether it makes a pair of data keys, which costs more than other requests.
    pub(super) fn makes_pair(&self) -> bool {
        self.operation.starts_with("GenerateDataKeyPair")
    }

    /// A text of the body.
    pub(super) fn text(&self, member: &str) -> Option<&str> {
        self.body.get(member)?.as_str()
    }
}
