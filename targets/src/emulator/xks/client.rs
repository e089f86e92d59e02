//! Talking to an external key store proxy: one signed POST, and what its answer means.

use super::envelope::Envelope;
use super::question::{Asked, Door, Found, Question};
use super::signing::{ToSign, authorization};
use crate::emulator::Clock;
use crate::http::basic_date;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_conformance_model::state::{ProxyFailure, ProxyTrouble};
use reqwest::{Certificate, Client, Response};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::io::ErrorKind;
use std::time::Duration;

/// The most bytes of an answer that are read. The largest that the specification allows has a
/// ciphertext of some 6 KiB.
const MOST_BYTES: usize = 64 * 1024;
/// The most bytes of metadata that a proxy may add to a ciphertext.
const MOST_METADATA: usize = 20;
const TAG_BYTES: usize = 16;

/// A client that waits for answers so long.
pub(super) fn client(time_out: Duration, ca: Option<&[u8]>) -> Option<Client> {
    // Fails only where another provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .timeout(time_out)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    if let Some(pem) = ca {
        builder = builder.tls_certs_only(Certificate::from_pem_bundle(pem).ok()?);
    }
    builder.build().ok()
}

/// Asks a question, and understands the answer or the failure.
pub(super) async fn ask(client: &Client, asked: &Asked) -> Result<Found, ProxyFailure> {
    let answer = post(client, asked).await;
    let answer = match answer {
        Ok(answer) => understand(&asked.question, &answer),
        Err(failure) => Err(failure),
    };
    answer.map_err(|failure| fitting(&asked.question, failure))
}

/// A failure that the proxy API does not have for such a question is an answer that KMS cannot
/// interpret.
fn fitting(question: &Question, failure: ProxyFailure) -> ProxyFailure {
    let of_ciphertexts = matches!(
        failure,
        ProxyFailure::InvalidCiphertext | ProxyFailure::OtherCiphertext
    );
    let fits = match question {
        Question::Health => failure.is_of_the_proxy() || failure == ProxyFailure::AccessDenied,
        Question::Metadata | Question::Encrypt { .. } => !of_ciphertexts,
        Question::Decrypt { .. } => true,
    };
    match fits {
        true => failure,
        false => ProxyFailure::Malformed,
    }
}

async fn post(client: &Client, asked: &Asked) -> Result<Map<String, Value>, ProxyFailure> {
    let door = &asked.door;
    let credential = door
        .credential
        .as_ref()
        .ok_or(ProxyFailure::AuthenticationFailed)?;
    let path = format!("{}{}", door.path, place(door, &asked.question));
    let body = body(asked).to_string().into_bytes();
    let moment = basic_date(Clock::Real.now());
    let to_sign = ToSign {
        host: door.host(),
        path: &path,
        moment: &moment,
        region: &asked.region,
        body: &body,
    };
    let signature = authorization(&to_sign, credential);
    let request = client
        .post(format!("{}{path}", door.address))
        .header("Host", door.host())
        .header("X-Amz-Date", &moment)
        .header("Authorization", signature)
        .header("Content-Type", "application/json")
        .body(body);
    let response = request.send().await.map_err(|error| failure(&error))?;
    let ok = response.status() == reqwest::StatusCode::OK;
    let bytes = read(response).await?;
    let Ok(Value::Object(answer)) = serde_json::from_slice(&bytes) else {
        return Err(ProxyFailure::Malformed);
    };
    match ok {
        true => Ok(answer),
        false => Err(named(&answer)),
    }
}

fn place(door: &Door, question: &Question) -> String {
    let operation = match question {
        Question::Health => return "/health".to_owned(),
        Question::Metadata => "metadata",
        Question::Encrypt { .. } => "encrypt",
        Question::Decrypt { .. } => "decrypt",
    };
    format!("/keys/{}/{operation}", door.key)
}

async fn read(mut response: Response) -> Result<Vec<u8>, ProxyFailure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_BYTES {
            return Err(ProxyFailure::Malformed);
        }
    }
    Ok(bytes)
}

/// The failure that an answer names. KMS goes by `errorName` and not by the status.
fn named(answer: &Map<String, Value>) -> ProxyFailure {
    let name = answer.get("errorName").and_then(Value::as_str);
    name.filter(|name| name.ends_with("Exception"))
        .and_then(ProxyTrouble::named)
        .and_then(ProxyTrouble::failure)
        .unwrap_or(ProxyFailure::Malformed)
}

fn failure(error: &reqwest::Error) -> ProxyFailure {
    if error.is_timeout() {
        return ProxyFailure::SocketTimeout;
    }
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if error.is_connect() && is_of_a_handshake(inner) {
            return ProxyFailure::NoTls;
        }
        cause = inner.source();
    }
    match error.is_decode() || error.is_body() {
        true => ProxyFailure::Malformed,
        false => ProxyFailure::NoConnection,
    }
}

/// Whether a handshake failed: connecting by TCP alone ends in no error of these kinds. An I/O error
/// hides the error that it was made of, and does not name it as its source.
fn is_of_a_handshake(error: &(dyn Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    let Some(io) = error.downcast_ref::<std::io::Error>() else {
        return false;
    };
    let kinds = [
        ErrorKind::UnexpectedEof,
        ErrorKind::InvalidData,
        ErrorKind::ConnectionReset,
        ErrorKind::BrokenPipe,
    ];
    let hidden = io.get_ref();
    kinds.contains(&io.kind()) || hidden.is_some_and(|hidden| is_of_a_handshake(hidden))
}

fn set(object: &mut Value, member: &str, value: &str) {
    if let Some(members) = object.as_object_mut() {
        members.insert(member.to_owned(), value.into());
    }
}

fn body(asked: &Asked) -> Value {
    let mut metadata = json!({
        "kmsRequestId": uuid::Uuid::new_v4().to_string(), "kmsOperation": asked.operation,
    });
    let mut add = |member: &str, value: &str| set(&mut metadata, member, value);
    match &asked.question {
        Question::Health => {}
        // The key of a CreateKey has no ARN before its external key was looked at.
        Question::Metadata => add("awsPrincipalArn", &asked.principal),
        Question::Encrypt { .. } | Question::Decrypt { .. } => {
            add("awsPrincipalArn", &asked.principal);
            add("kmsKeyArn", &asked.door.key_arn);
        }
    }
    match &asked.question {
        Question::Health | Question::Metadata => json!({ "requestMetadata": metadata }),
        Question::Encrypt { plaintext, bound } => json!({
            "requestMetadata": metadata,
            "additionalAuthenticatedData": STANDARD.encode(bound),
            "plaintext": STANDARD.encode(plaintext),
            "encryptionAlgorithm": "AES_GCM",
            "ciphertextDataIntegrityValueAlgorithm": "SHA_256",
        }),
        Question::Decrypt { envelope, bound } => {
            let mut body = json!({
                "requestMetadata": metadata,
                "additionalAuthenticatedData": STANDARD.encode(bound),
                "ciphertext": STANDARD.encode(&envelope.ciphertext),
                "encryptionAlgorithm": "AES_GCM",
                "initializationVector": STANDARD.encode(&envelope.vector),
                "authenticationTag": STANDARD.encode(&envelope.tag),
            });
            if !envelope.metadata.is_empty() {
                let shown = STANDARD.encode(&envelope.metadata);
                set(&mut body, "ciphertextMetadata", &shown);
            }
            body
        }
    }
}

fn understand(question: &Question, answer: &Map<String, Value>) -> Result<Found, ProxyFailure> {
    let found = match question {
        Question::Health => healthy(answer),
        Question::Metadata => return fit(answer),
        Question::Encrypt { plaintext, bound } => encrypted(answer, plaintext, bound),
        Question::Decrypt { envelope, .. } => bytes(answer, "plaintext")
            .filter(|plaintext| plaintext.len() == envelope.ciphertext.len())
            .map(Found::Plaintext),
    };
    found.ok_or(ProxyFailure::Malformed)
}

fn bytes(answer: &Map<String, Value>, member: &str) -> Option<Vec<u8>> {
    STANDARD.decode(answer.get(member)?.as_str()?).ok()
}

fn healthy(answer: &Map<String, Value>) -> Option<Found> {
    const STATES: [&str; 3] = ["ACTIVE", "DEGRADED", "UNAVAILABLE"];
    let text = |value: Option<&Value>| value.and_then(Value::as_str).is_some();
    let fleet = answer.get("ekmFleetDetails")?.as_array()?;
    let manager = |manager: &Value| {
        let state = manager.get("healthStatus").and_then(Value::as_str);
        text(manager.get("id"))
            && text(manager.get("model"))
            && state.is_some_and(|state| STATES.contains(&state))
    };
    let complete = answer.get("xksProxyFleetSize")?.as_u64()? > 0
        && ["xksProxyVendor", "xksProxyModel", "ekmVendor"]
            .iter()
            .all(|member| text(answer.get(*member)))
        && (1..=10).contains(&fleet.len())
        && fleet.iter().all(manager);
    complete.then_some(Found::Health)
}

fn fit(answer: &Map<String, Value>) -> Result<Found, ProxyFailure> {
    let text = |member: &str| answer.get(member).and_then(Value::as_str);
    let usages = answer.get("keyUsage").and_then(Value::as_array);
    let (Some(spec), Some(status), Some(usages)) = (text("keySpec"), text("keyStatus"), usages)
    else {
        return Err(ProxyFailure::Malformed);
    };
    if usages.len() > 10 || !["ENABLED", "DISABLED"].contains(&status) {
        return Err(ProxyFailure::Malformed);
    }
    let may = |usage: &str| usages.iter().any(|known| known == usage);
    if status != "ENABLED" {
        Err(ProxyFailure::InvalidState)
    } else if spec != "AES_256" || !may("ENCRYPT") || !may("DECRYPT") {
        Err(ProxyFailure::UnfitKey)
    } else {
        Ok(Found::Metadata)
    }
}

fn encrypted(answer: &Map<String, Value>, plaintext: &[u8], bound: &[u8]) -> Option<Found> {
    let metadata = match answer.get("ciphertextMetadata") {
        None | Some(Value::Null) => Vec::new(),
        Some(_) => bytes(answer, "ciphertextMetadata")?,
    };
    let envelope = Envelope {
        key: String::new(),
        vector: bytes(answer, "initializationVector")?,
        tag: bytes(answer, "authenticationTag")?,
        metadata,
        ciphertext: bytes(answer, "ciphertext")?,
    };
    let covered = [
        bound,
        &envelope.metadata,
        &envelope.vector,
        &envelope.ciphertext,
        &envelope.tag,
    ];
    let sum = covered.iter().fold(Sha256::new(), Digest::chain_update);
    let good = [12, 16].contains(&envelope.vector.len())
        && envelope.tag.len() == TAG_BYTES
        && envelope.metadata.len() <= MOST_METADATA
        && envelope.ciphertext.len() == plaintext.len()
        && bytes(answer, "ciphertextDataIntegrityValue")? == sum.finalize().to_vec();
    good.then_some(Found::Envelope(envelope))
}
