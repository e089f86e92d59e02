//! The record of one call, or of what happened by itself.

use super::resources::resource;
use super::{Caller, additional, elements, moment};
use crate::target::{Request, Response};
use kms_conformance_model::{ErrorCode, Service, State, catalog};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The version of the record format that the newest samples have.
const EVENT_VERSION: &str = "1.11";

/// How the names of operations begin that change nothing.
const READ_ONLY: &[&str] = &[
    "Decrypt",
    "DeriveSharedSecret",
    "Describe",
    "Encrypt",
    "Generate",
    "Get",
    "List",
    "ReEncrypt",
    "Sign",
    "Verify",
];

/// The errors of requests that were not understood, of which nothing is shown.
const NOT_UNDERSTOOD: &[ErrorCode] = &[
    ErrorCode::RequestEntityTooLarge,
    ErrorCode::Serialization,
    ErrorCode::Validation,
];

/// A request and its answer, as they came.
pub(super) struct Exchange<'e> {
    pub service: Service,
    pub operation: &'e str,
    pub request: &'e Request,
    pub response: &'e Response,
    pub caller: &'e Caller,
    /// What the account held before the call.
    pub before: &'e State,
    /// What it held afterwards.
    pub after: &'e State,
}

/// A call that was made.
pub(super) struct Call<'e> {
    pub service: Service,
    pub operation: &'e str,
    pub before: &'e State,
    pub after: &'e State,
    /// The input; empty if there was none.
    pub body: Value,
    /// The response or the error; empty if there was none.
    pub answer: Value,
    response: &'e Response,
    caller: &'e Caller,
}

impl<'e> Call<'e> {
    pub(super) fn new(exchange: &Exchange<'e>) -> Call<'e> {
        let parsed = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_else(|_| json!({}));
        Call {
            service: exchange.service,
            operation: exchange.operation,
            before: exchange.before,
            after: exchange.after,
            body: parsed(&exchange.request.body),
            answer: parsed(&exchange.response.body),
            response: exchange.response,
            caller: exchange.caller,
        }
    }

    /// Its record.
    pub(super) fn event(&self) -> Value {
        let mut event = envelope(self.after, self.operation);
        let read_only = READ_ONLY
            .iter()
            .any(|start| self.operation.starts_with(start));
        let source = match self.service {
            Service::Kms => "kms.amazonaws.com",
            Service::CloudHsm => "cloudhsm.amazonaws.com",
        };
        let known = [
            ("userIdentity", self.identity()),
            ("eventSource", source.into()),
            ("sourceIPAddress", self.caller.address.to_string().into()),
            ("requestParameters", self.parameters()),
            ("responseElements", self.elements(read_only)),
            ("readOnly", read_only.into()),
            ("eventType", "AwsApiCall".into()),
        ];
        put(&mut event, known.map(|(name, value)| (name, Some(value))));
        let optional = [
            ("userAgent", self.caller.agent.as_deref().map(Value::from)),
            (
                "requestID",
                self.response.header("x-amzn-requestid").map(Value::from),
            ),
            ("additionalEventData", self.additional()),
            ("resources", self.resources()),
            ("errorCode", self.error_code().map(Value::from)),
            ("errorMessage", self.error_message().map(Value::from)),
        ];
        put(&mut event, optional);
        event.into()
    }

    /// The emulator knows no users: whoever calls is the account.
    fn identity(&self) -> Value {
        let account = &self.after.account;
        let mut identity = Map::new();
        let members = [
            ("type", Some("Root".into())),
            ("principalId", Some(account.id.as_str().into())),
            (
                "arn",
                Some(format!("arn:{}:iam::{}:root", account.partition, account.id).into()),
            ),
            ("accountId", Some(account.id.as_str().into())),
            (
                "accessKeyId",
                self.caller.access_key.as_deref().map(Value::from),
            ),
        ];
        put(&mut identity, members);
        identity.into()
    }

    fn parameters(&self) -> Value {
        let understood = !NOT_UNDERSTOOD
            .iter()
            .any(|code| self.error() == Some(code.wire_name()));
        match catalog::operation(self.service, self.operation).filter(|_| understood) {
            Some(operation) => {
                elements::parameters(self.operation, operation.members(), &self.body)
            }
            None => Value::Null,
        }
    }

    /// What a change answered. Since December 2022 it holds the ARN of the key, whether the
    /// operation answers with it or not.
    fn elements(&self, read_only: bool) -> Value {
        if read_only || self.error().is_some() {
            return Value::Null;
        }
        let mut elements = elements::response(&self.answer);
        let shows_key = ["keyMetadata", "replicaKeyMetadata"]
            .iter()
            .any(|member| elements.contains_key(*member));
        if let Some(key) = self.key().filter(|_| !shows_key) {
            elements.insert("keyId".to_owned(), self.after.key_arn(&key.id).into());
        }
        elements::or_null(elements)
    }

    /// The type of the error, if it is one.
    fn error(&self) -> Option<&str> {
        let failed = self.response.status >= 400;
        self.answer.get("__type").filter(|_| failed)?.as_str()
    }

    fn error_code(&self) -> Option<&str> {
        let error = self.error()?;
        match ErrorCode::from_wire(error) {
            // The one that has another name in CloudTrail than on the wire.
            Some(ErrorCode::AccessDenied) => Some("AccessDenied"),
            _ => Some(error),
        }
    }

    fn error_message(&self) -> Option<&str> {
        self.error()?;
        ["message", "Message"]
            .iter()
            .find_map(|member| self.answer.get(member)?.as_str())
    }
}

/// The records of the keys whose waiting period was over and that are gone.
pub(super) fn deletions(before: &State, after: &State) -> Vec<Value> {
    let gone = before.keys.values().filter(|key| {
        let date = key.deletion.as_ref().map(|date| date.value);
        date.is_some_and(|date| date <= after.now) && !after.keys.contains_key(&key.id)
    });
    gone.map(|key| {
        let account = &after.account.id;
        let mut event = envelope(after, "DeleteKey");
        let members = [
            (
                "userIdentity",
                Some(json!({ "accountId": account, "invokedBy": "AWS Internal" })),
            ),
            ("eventSource", Some("kms.amazonaws.com".into())),
            ("sourceIPAddress", Some("AWS Internal".into())),
            ("userAgent", Some("AWS Internal".into())),
            ("requestParameters", Some(Value::Null)),
            (
                "responseElements",
                Some(json!({ "keyId": after.key_arn(&key.id) })),
            ),
            (
                "additionalEventData",
                additional::deleted(before, after, key),
            ),
            ("readOnly", Some(false.into())),
            (
                "resources",
                Some(Value::from(vec![resource(
                    account,
                    &after.key_arn(&key.id),
                )])),
            ),
            ("eventType", Some("AwsServiceEvent".into())),
        ];
        put(&mut event, members);
        event.into()
    })
    .collect()
}

/// What all records have.
fn envelope(state: &State, name: &str) -> Map<String, Value> {
    let mut event = Map::new();
    let members = [
        ("eventVersion", EVENT_VERSION.into()),
        ("eventTime", moment::of_event(state.now).into()),
        ("eventName", name.into()),
        ("awsRegion", state.account.region.as_str().into()),
        ("eventID", Uuid::new_v4().to_string().into()),
        ("managementEvent", true.into()),
        ("eventCategory", "Management".into()),
        ("recipientAccountId", state.account.id.as_str().into()),
    ];
    put(
        &mut event,
        members.map(|(name, value): (_, Value)| (name, Some(value))),
    );
    event
}

fn put<const N: usize>(event: &mut Map<String, Value>, members: [(&str, Option<Value>); N]) {
    for (name, value) in members {
        if let Some(value) = value {
            event.insert(name.to_owned(), value);
        }
    }
}
