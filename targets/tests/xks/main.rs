//! Keys in external key stores, with a proxy over real HTTP.

#![cfg(test)]

mod proxy;

use kms_conformance_model::{Reply, Service};
use kms_conformance_targets::{
    Answer, Config, Emulator, HttpTarget, Request, Running, Target, XksProxies, reply,
};
use proxy::{ACCESS_KEY, Fault, HOST, PATH, Proxy, SECRET, good_key};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Long enough for a busy machine; the tests of late answers have a shorter one.
const PATIENCE: Duration = Duration::from_secs(20);
const INVALID_STATE: &str = "KMSInvalidStateException";
const STORE_STATE: &str = "CustomKeyStoreInvalidStateException";

struct World {
    proxy: Proxy,
    emulator: Arc<Emulator>,
    _running: Running,
    target: HttpTarget,
}

fn store_body(name: &str) -> Value {
    json!({
        "CustomKeyStoreName": name, "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyConnectivity": "PUBLIC_ENDPOINT",
        "XksProxyUriEndpoint": format!("https://{HOST}"), "XksProxyUriPath": PATH,
        "XksProxyAuthenticationCredential": {
            "AccessKeyId": ACCESS_KEY, "RawSecretAccessKey": SECRET,
        },
    })
}

impl World {
    async fn at(address: impl FnOnce(&Proxy) -> String, time_out: Duration) -> World {
        let proxy = Proxy::start().await;
        let xks = XksProxies {
            addresses: BTreeMap::from([(format!("https://{HOST}"), address(&proxy))]),
            time_out,
            ca: None,
        };
        let emulator = Arc::new(Emulator::new(Config {
            xks,
            ..Config::default()
        }));
        let running = Running::start(Arc::clone(&emulator)).await.unwrap();
        let target = HttpTarget::new(&running.url(), "us-east-1").await.unwrap();
        World {
            proxy,
            emulator,
            _running: running,
            target,
        }
    }

    async fn new() -> World {
        World::at(|proxy| format!("http://{}", proxy.addr), PATIENCE).await
    }

    async fn ask(&self, operation: &str, body: Value) -> Reply {
        let request = Request::new(Service::Kms, operation, &body);
        match reply(&self.target.send(&request).await.unwrap()) {
            Answer::Reply(reply) => reply,
            Answer::Unsupported(why) | Answer::Untyped(why) => panic!("{operation}: {why}"),
        }
    }

    async fn ok(&self, operation: &str, body: Value) -> Value {
        match self.ask(operation, body).await {
            Reply::Done(response) => response,
            other => panic!("{operation} was answered {other:?}"),
        }
    }

    /// The code and the text of a refusal.
    async fn refused(&self, operation: &str, body: Value) -> (String, String) {
        match self.ask(operation, body).await {
            Reply::Refused(refused) => (
                refused.error.clone(),
                refused.message.clone().unwrap_or_default(),
            ),
            other => panic!("{operation} was answered {other:?}"),
        }
    }

    async fn connect(&self, store: &Value) -> Value {
        let named = json!({ "CustomKeyStoreId": store });
        self.ok("ConnectCustomKeyStore", named.clone()).await;
        let shown = self.ok("DescribeCustomKeyStores", named).await;
        shown["CustomKeyStores"][0].clone()
    }

    async fn connected(&self) -> Value {
        let made = self.ok("CreateCustomKeyStore", store_body("store")).await;
        let store = made["CustomKeyStoreId"].clone();
        assert_eq!(self.connect(&store).await["ConnectionState"], "CONNECTED");
        store
    }

    async fn key(&self, store: &Value, id: &str) -> Value {
        let made = self.ok("CreateKey", key_body(store, id)).await;
        made["KeyMetadata"]["KeyId"].clone()
    }
}

fn key_body(store: &Value, id: &str) -> Value {
    json!({"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": id})
}

fn operations(seen: &[(String, Value)]) -> Vec<(&str, &str)> {
    seen.iter()
        .map(|(place, body)| {
            let operation = body["requestMetadata"]["kmsOperation"].as_str();
            (place.as_str(), operation.unwrap_or_default())
        })
        .collect()
}

#[tokio::test]
async fn from_a_store_to_a_plaintext_the_proxy_is_asked_at_every_step() {
    let world = World::new().await;
    let store = world.connected().await;
    let key = world.key(&store, "key-1").await;
    let seen = world.proxy.seen();
    assert_eq!(
        operations(&seen),
        [
            ("/health", "CreateCustomKeyStore"),
            ("/health", "ConnectCustomKeyStore"),
            ("/keys/key-1/metadata", "CreateKey"),
        ]
    );
    assert_eq!(
        seen[2].1["requestMetadata"]["awsPrincipalArn"],
        "arn:aws:iam::123456789012:root"
    );

    let context = json!({"purpose": "test"});
    let body = json!({"KeyId": key, "Plaintext": "c2VjcmV0", "EncryptionContext": context});
    let sealed = world.ok("Encrypt", body).await["CiphertextBlob"].clone();
    let body = json!({"CiphertextBlob": sealed, "EncryptionContext": context});
    assert_eq!(world.ok("Decrypt", body).await["Plaintext"], "c2VjcmV0");
    let seen = world.proxy.seen();
    assert_eq!(
        operations(&seen),
        [
            ("/keys/key-1/encrypt", "Encrypt"),
            ("/keys/key-1/decrypt", "Decrypt"),
        ]
    );
    let arn = seen[0].1["requestMetadata"]["kmsKeyArn"].as_str().unwrap();
    assert!(arn.ends_with(key.as_str().unwrap()), "{arn}");
    assert_ne!(seen[0].1["plaintext"], "c2VjcmV0", "KMS encrypts first");
    assert_eq!(world.proxy.known.lock().unwrap().rejected, 0);
}

#[tokio::test]
async fn data_keys_and_reencryption_go_through_the_proxy() {
    let world = World::new().await;
    let store = world.connected().await;
    let key = world.key(&store, "key-1").await;
    let other = world.key(&store, "key-2").await;
    let own = world.ok("CreateKey", json!({})).await["KeyMetadata"]["KeyId"].clone();
    world.proxy.seen();

    let body = json!({"KeyId": key, "KeySpec": "AES_256"});
    let made = world.ok("GenerateDataKey", body.clone()).await;
    world.ok("GenerateDataKeyWithoutPlaintext", body).await;
    let mut blob = made["CiphertextBlob"].clone();
    for to in [&other, &own, &key] {
        let body = json!({"CiphertextBlob": blob, "DestinationKeyId": to});
        blob = world.ok("ReEncrypt", body).await["CiphertextBlob"].clone();
    }
    let opened = world.ok("Decrypt", json!({ "CiphertextBlob": blob })).await;
    assert_eq!(opened["Plaintext"], made["Plaintext"]);
    let seen = world.proxy.seen();
    assert_eq!(
        operations(&seen),
        [
            ("/keys/key-1/encrypt", "GenerateDataKey"),
            ("/keys/key-1/encrypt", "GenerateDataKeyWithoutPlaintext"),
            ("/keys/key-1/decrypt", "ReEncrypt"),
            ("/keys/key-2/encrypt", "ReEncrypt"),
            ("/keys/key-2/decrypt", "ReEncrypt"),
            ("/keys/key-1/encrypt", "ReEncrypt"),
            ("/keys/key-1/decrypt", "Decrypt"),
        ]
    );
}

#[tokio::test]
async fn a_request_that_is_refused_anyway_asks_nothing() {
    let world = World::new().await;
    let store = world.connected().await;
    let key = world.key(&store, "key-1").await;
    world.proxy.seen();
    world.refused("CreateKey", key_body(&store, "key-1")).await;
    world.ok("DisableKey", json!({ "KeyId": key })).await;
    let body = json!({"KeyId": key, "Plaintext": "c2VjcmV0"});
    world.refused("Encrypt", body).await;
    world
        .refused("CreateCustomKeyStore", store_body("store"))
        .await;
    assert_eq!(world.proxy.seen(), []);
}

/// A row of the table of failures: what the proxy does, what a new store, a new key and an
/// encryption are refused with (nothing where they are not), the connection error code, and a part
/// of the text.
type Row = (
    Fault,
    Option<&'static str>,
    Option<&'static str>,
    &'static str,
    &'static str,
);

fn rows() -> Vec<Row> {
    let unreachable = Some("XksProxyUriUnreachableException");
    let not_understood = Some("XksProxyInvalidResponseException");
    let (store, fit) = (
        Some(STORE_STATE),
        Some("XksKeyInvalidConfigurationException"),
    );
    let interpret = "cannot interpret the response";
    let invalid = "XKS_PROXY_INVALID_RESPONSE";
    vec![
        (
            Fault::Error(400, "ValidationException"),
            not_understood,
            store,
            invalid,
            interpret,
        ),
        (
            Fault::Error(400, "InvalidStateException"),
            not_understood,
            fit,
            invalid,
            "is not enabled in the external key manager",
        ),
        (
            Fault::Error(400, "InvalidKeyUsageException"),
            not_understood,
            fit,
            invalid,
            "does not support the requested operation",
        ),
        (
            Fault::Error(401, "AuthenticationFailedException"),
            Some("XksProxyIncorrectAuthenticationCredentialException"),
            store,
            "INVALID_CREDENTIALS",
            "could not authenticate AWS KMS",
        ),
        (
            Fault::Error(403, "AccessDeniedException"),
            unreachable,
            Some(INVALID_STATE),
            "XKS_PROXY_ACCESS_DENIED",
            "denied access to the operation",
        ),
        (
            Fault::Error(404, "KeyNotFoundException"),
            not_understood,
            Some("XksKeyNotFoundException"),
            invalid,
            "was not found in its external key manager",
        ),
        (
            Fault::Error(404, "InvalidUriPathException"),
            Some("XksProxyInvalidConfigurationException"),
            store,
            "XKS_PROXY_INVALID_CONFIGURATION",
            "because of an invalid URI path",
        ),
        (
            Fault::Error(501, "UnsupportedOperationException"),
            not_understood,
            fit,
            invalid,
            "does not support the requested operation",
        ),
        (
            Fault::Error(503, "DependencyTimeoutException"),
            unreachable,
            store,
            "XKS_PROXY_TIMED_OUT",
            "did not respond to the request in the time allotted",
        ),
        (
            Fault::Error(429, "ThrottlingException"),
            unreachable,
            store,
            "XKS_PROXY_NOT_REACHABLE",
            "very high request rate",
        ),
        (
            Fault::Error(500, "InternalException"),
            not_understood,
            store,
            invalid,
            "cannot communicate with the external key manager",
        ),
        (
            Fault::Closes,
            unreachable,
            store,
            "XKS_PROXY_NOT_REACHABLE",
            "cannot communicate with the external key store proxy",
        ),
        (
            Fault::Body("garbage"),
            not_understood,
            store,
            invalid,
            interpret,
        ),
        (Fault::Body("{}"), not_understood, store, invalid, interpret),
        (
            Fault::Error(500, "OutOfCoffeeException"),
            not_understood,
            store,
            invalid,
            interpret,
        ),
        (
            Fault::Error(500, "NoTls"),
            not_understood,
            store,
            invalid,
            interpret,
        ),
    ]
}

#[tokio::test]
async fn every_row_of_the_table_of_failures_is_answered_as_it_says() {
    let world = World::new().await;
    let store = world.connected().await;
    let key = world.key(&store, "key-1").await;
    let encrypt = json!({"KeyId": key, "Plaintext": "c2VjcmV0"});
    let sealed = world.ok("Encrypt", encrypt.clone()).await["CiphertextBlob"].clone();
    let mut second = store_body("second");
    second["XksProxyUriPath"] = json!("/second/kms/xks/v1");
    for (fault, of_store, of_key, connection, text) in rows() {
        world.proxy.fail(Some(fault.clone()));
        let (code, message) = world.refused("CreateCustomKeyStore", second.clone()).await;
        assert_eq!(Some(code.as_str()), of_store, "{fault:?}");
        if of_key == Some(STORE_STATE) {
            assert!(message.contains(text), "{fault:?} {message}");
        }
        let (code, message) = world.refused("CreateKey", key_body(&store, "key-2")).await;
        assert_eq!(Some(code.as_str()), of_key, "{fault:?}");
        assert!(message.contains(text), "{fault:?} {message}");
        for (operation, body) in [
            ("Encrypt", encrypt.clone()),
            ("GenerateDataKey", json!({"KeyId": key, "NumberOfBytes": 8})),
            ("Decrypt", json!({ "CiphertextBlob": sealed })),
            (
                "ReEncrypt",
                json!({"CiphertextBlob": sealed, "DestinationKeyId": key}),
            ),
        ] {
            let (code, message) = world.refused(operation, body).await;
            assert_eq!(code, INVALID_STATE, "{operation} {fault:?}");
            assert!(message.contains(text), "{operation} {fault:?} {message}");
        }

        world.proxy.fail(None);
        let named = json!({ "CustomKeyStoreId": store });
        world.ok("DisconnectCustomKeyStore", named.clone()).await;
        world.proxy.fail(Some(fault.clone()));
        let shown = world.connect(&store).await;
        assert_eq!(shown["ConnectionState"], "FAILED", "{fault:?}");
        assert_eq!(shown["ConnectionErrorCode"], connection, "{fault:?}");
        world.ok("DisconnectCustomKeyStore", named).await;

        world.proxy.fail(None);
        let shown = world.connect(&store).await;
        assert_eq!(shown["ConnectionState"], "CONNECTED", "{fault:?}");
        world.ok("Encrypt", encrypt.clone()).await;
    }
}

#[tokio::test]
async fn a_proxy_that_is_late_times_out() {
    let time_out = Duration::from_millis(250);
    let world = World::at(|proxy| format!("http://{}", proxy.addr), time_out).await;
    world.proxy.fail(Some(Fault::Late(PATIENCE)));
    let begun = Instant::now();
    let (code, message) = world
        .refused("CreateCustomKeyStore", store_body("store"))
        .await;
    assert_eq!(code, "XksProxyUriUnreachableException");
    assert!(message.contains("did not respond in time"), "{message}");
    assert!(begun.elapsed() < PATIENCE);
}

#[tokio::test]
async fn nobody_waits_for_the_proxy_but_who_asked_it() {
    let world = World::new().await;
    world.proxy.fail(Some(Fault::Late(Duration::from_secs(2))));
    let late = world.ask("CreateCustomKeyStore", store_body("store"));
    let other = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let begun = Instant::now();
        world.ok("CreateKey", json!({})).await;
        begun.elapsed()
    };
    let (late, took) = tokio::join!(late, other);
    assert!(matches!(late, Reply::Done(_)), "{late:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_or_speaks_no_tls_is_unreachable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    for (address, text) in [
        (Some(nowhere), "cannot communicate"),
        (None, "cannot establish a TLS connection"),
    ] {
        let plain = |proxy: &Proxy| format!("https://{}", proxy.addr);
        let world = World::at(|proxy| address.unwrap_or_else(|| plain(proxy)), PATIENCE).await;
        let (code, message) = world
            .refused("CreateCustomKeyStore", store_body("store"))
            .await;
        assert_eq!(code, "XksProxyUriUnreachableException");
        assert!(message.contains(text), "{message}");
    }
}

#[tokio::test]
async fn a_wrong_secret_or_path_is_noticed_and_can_be_put_right() {
    let world = World::new().await;
    let mut wrong = store_body("store");
    let secret = "x".repeat(43);
    wrong["XksProxyAuthenticationCredential"]["RawSecretAccessKey"] = json!(secret);
    let (code, message) = world.refused("CreateCustomKeyStore", wrong.clone()).await;
    assert_eq!(code, "XksProxyIncorrectAuthenticationCredentialException");
    assert!(!message.contains(&secret), "{message}");
    let mut elsewhere = store_body("store");
    elsewhere["XksProxyUriPath"] = json!("/wrong/kms/xks/v1");
    let (code, _) = world.refused("CreateCustomKeyStore", elsewhere).await;
    assert_eq!(code, "XksProxyInvalidConfigurationException");

    let made = world.ok("CreateCustomKeyStore", store_body("store")).await;
    let store = made["CustomKeyStoreId"].clone();
    let update = |secret: &str| {
        json!({"CustomKeyStoreId": store, "XksProxyAuthenticationCredential": {
            "AccessKeyId": ACCESS_KEY, "RawSecretAccessKey": secret,
        }})
    };
    let (code, _) = world.refused("UpdateCustomKeyStore", update(&secret)).await;
    assert_eq!(code, "XksProxyIncorrectAuthenticationCredentialException");
    assert_eq!(world.connect(&store).await["ConnectionState"], "CONNECTED");
    let shown = format!("{:?}", world.emulator);
    assert!(!shown.contains(SECRET) && !shown.contains(&secret));
}

#[tokio::test]
async fn an_external_key_must_be_there_enabled_and_fit() {
    let world = World::new().await;
    let store = world.connected().await;
    let (not_found, unfit) = (
        "XksKeyNotFoundException",
        "XksKeyInvalidConfigurationException",
    );
    let with = |member: &str, value: Value| {
        let mut key = good_key();
        key[member] = value;
        Some(key)
    };
    for (metadata, expected) in [
        (None, not_found),
        (with("keyStatus", json!("DISABLED")), unfit),
        (with("keySpec", json!("AES_128")), unfit),
        (with("keyUsage", json!(["ENCRYPT"])), unfit),
        (with("keyUsage", json!("ENCRYPT")), STORE_STATE),
        (with("keyStatus", json!("ASLEEP")), STORE_STATE),
    ] {
        world.proxy.set_key("key-1", metadata.clone());
        let (code, _) = world.refused("CreateKey", key_body(&store, "key-1")).await;
        assert_eq!(code, expected, "{metadata:?}");
    }
    world.proxy.set_key("key-1", Some(good_key()));
    let key = world.key(&store, "key-1").await;
    let body = json!({"KeyId": key, "Plaintext": "c2VjcmV0"});
    world.ok("Encrypt", body.clone()).await;
    world
        .proxy
        .set_key("key-1", with("keyStatus", json!("DISABLED")));
    let (code, message) = world.refused("Encrypt", body.clone()).await;
    assert_eq!(code, INVALID_STATE);
    assert!(message.contains("is not enabled"), "{message}");
    world.proxy.set_key("key-1", None);
    let (code, message) = world.refused("Encrypt", body).await;
    assert_eq!(code, INVALID_STATE);
    assert!(message.contains("was not found"), "{message}");
}

#[tokio::test]
async fn a_ciphertext_is_bound_to_kms_and_to_the_proxy() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let world = World::new().await;
    let store = world.connected().await;
    let key = world.key(&store, "key-1").await;
    let encrypt = json!({"KeyId": key, "Plaintext": "c2VjcmV0", "EncryptionContext": {"a": "b"}});
    let sealed = world.ok("Encrypt", encrypt.clone()).await["CiphertextBlob"].clone();
    let decrypt = |blob: &Value, context: Value| json!({"CiphertextBlob": blob, "EncryptionContext": context});
    let rejected = "rejected the request because the specified ciphertext";
    let (code, message) = world.refused("Decrypt", decrypt(&sealed, json!({}))).await;
    assert_eq!(code, INVALID_STATE);
    assert!(message.contains(rejected), "{message}");
    let mut bytes = STANDARD.decode(sealed.as_str().unwrap()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    let altered = json!(STANDARD.encode(bytes));
    let good = json!({"a": "b"});
    let (code, message) = world
        .refused("Decrypt", decrypt(&altered, good.clone()))
        .await;
    assert_eq!(code, INVALID_STATE);
    assert!(message.contains(rejected), "{message}");

    world.proxy.fail(Some(Fault::OpensWrongly));
    let (code, message) = world
        .refused("Decrypt", decrypt(&sealed, good.clone()))
        .await;
    assert_eq!(code, INVALID_STATE);
    assert!(message.contains("submitted for decryption"), "{message}");
    for fault in [Fault::WrongSum, Fault::MuchMetadata] {
        world.proxy.fail(Some(fault));
        let (code, message) = world.refused("Encrypt", encrypt.clone()).await;
        assert_eq!(code, INVALID_STATE);
        assert!(message.contains("cannot interpret"), "{message}");
    }
    world.proxy.fail(None);
    world.ok("Decrypt", decrypt(&sealed, good)).await;
}

#[tokio::test]
async fn a_key_store_without_a_real_proxy_needs_none() {
    let world = World::new().await;
    let mut body = store_body("modelled");
    body["XksProxyUriEndpoint"] = json!("https://xks2.example.com");
    let made = world.ok("CreateCustomKeyStore", body).await;
    let store = made["CustomKeyStoreId"].clone();
    world.connect(&store).await;
    let key = world.key(&store, "any").await;
    let body = json!({"KeyId": key, "Plaintext": "c2VjcmV0"});
    let sealed = world.ok("Encrypt", body).await["CiphertextBlob"].clone();
    let opened = world
        .ok("Decrypt", json!({ "CiphertextBlob": sealed }))
        .await;
    assert_eq!(opened["Plaintext"], "c2VjcmV0");
    assert_eq!(world.proxy.seen(), []);
}
