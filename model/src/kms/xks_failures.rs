//! How failures of an external key store proxy show in the operations of KMS: the table in the
//! specification of the proxy API, one rule for each error that an operation answers with.

use super::create_key::CreateKey;
use super::cryptography::{UsesMaterial, fits};
use super::decrypt::Decrypt;
use super::key_states::key_of;
use super::xks_proxies::BringsProxy;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::rule::{Answer, Refusal, Stage, may, must};
use crate::state::{ConnectionError, Connectivity, ProxyFailure, ProxyTrouble, State};

const SPEC: &str = "github.com/aws/aws-kms-xksproxy-api-spec";
const FAILS: &str = "The external key store proxy fails.";

const fn refusal<Op>(
    id: &'static str,
    says: &'static str,
    error: Answer<Op>,
    when: fn(&State, &Op) -> bool,
) -> Refusal<Op> {
    Refusal {
        card: Card {
            id,
            says,
            cite: SPEC,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error,
        when,
    }
}

fn text(trouble: Option<ProxyTrouble>) -> String {
    let failure = trouble.and_then(ProxyTrouble::failure);
    let known = failure.and_then(ProxyFailure::message);
    known.unwrap_or(FAILS).to_owned()
}

/// The failures of a public proxy that show when a key store is put in front of it.
pub(crate) const fn public_proxy_rules<Op: BringsProxy>() -> [Refusal<Op>; 4] {
    use ProxyFailure::*;
    [
        refusal(
            "XKS-02c",
            "A proxy that KMS cannot understand, or that does not reach its key manager, gives no \
             key store.",
            must(&[XksProxyInvalidResponse])
                .saying(|state, input| text(trouble_of_proxy(state, input))),
            |state, input| {
                fails(state, input, |failure| {
                    matches!(failure, Validation | Internal | Malformed)
                })
            },
        ),
        refusal(
            "XKS-02d",
            "A proxy that does not know the credential gives no key store.",
            must(&[XksProxyIncorrectAuthenticationCredential])
                .saying(|state, input| text(trouble_of_proxy(state, input))),
            |state, input| fails(state, input, |failure| failure == AuthenticationFailed),
        ),
        refusal(
            "XKS-02e",
            "A proxy that does not know the path gives no key store.",
            must(&[XksProxyInvalidConfiguration])
                .saying(|state, input| text(trouble_of_proxy(state, input))),
            |state, input| fails(state, input, |failure| failure == InvalidUriPath),
        ),
        refusal(
            "XKS-02f",
            "A proxy that is out of reach, late or overloaded gives no key store.",
            must(&[XksProxyUriUnreachable])
                .saying(|state, input| text(trouble_of_proxy(state, input))),
            |state, input| fails(state, input, is_unreachable),
        ),
    ]
}

const fn is_unreachable(failure: ProxyFailure) -> bool {
    use ProxyFailure::*;
    matches!(
        failure,
        DependencyTimeout | Throttling | NoConnection | NoTls | SocketTimeout
    )
}

fn fails<Op: BringsProxy>(state: &State, input: &Op, way: impl Fn(ProxyFailure) -> bool) -> bool {
    let trouble = trouble_of_proxy(state, input);
    trouble.and_then(ProxyTrouble::failure).is_some_and(way)
}

/// What is wrong with the public proxy that a key store shall have.
pub(crate) fn trouble_of_proxy<Op: BringsProxy>(state: &State, input: &Op) -> Option<ProxyTrouble> {
    let wanted = input.wanted_proxy(state)?;
    let public = wanted.connectivity == Some(Connectivity::PublicEndpoint);
    let at = (wanted.endpoint?, wanted.path.unwrap_or_default());
    state.outside.trouble_at(at.0, at.1).filter(|_| public)
}

/// The failures that show when a KMS key is made of an external key.
pub(crate) const EXTERNAL_KEY_RULES: [Refusal<CreateKey>; 6] = [
    refusal(
        "XKS-05a",
        "The external key must exist in its key manager.",
        must(&[XksKeyNotFound]).saying(|state, input| text(trouble_of_new(state, input))),
        |state, input| is_in(state, input, |failure| failure == ProxyFailure::KeyNotFound),
    ),
    refusal(
        "XKS-05b",
        "The external key must be an enabled AES-256 key that encrypts and decrypts.",
        must(&[XksKeyInvalidConfiguration])
            .saying(|state, input| text(trouble_of_new(state, input))),
        |state, input| {
            is_in(state, input, |failure| {
                use ProxyFailure::*;
                matches!(failure, InvalidState | InvalidKeyUsage | UnfitKey)
            })
        },
    ),
    refusal(
        "XKS-05c",
        "No key is made while the proxy fails.",
        must(&[CustomKeyStoreInvalidState])
            .saying(|state, input| text(trouble_of_new(state, input))),
        |state, input| match trouble_of_new(state, input) {
            Some(ProxyTrouble::Code(code)) => code != ConnectionError::XksProxyAccessDenied,
            Some(ProxyTrouble::Failure(failure)) => failure.is_of_the_proxy(),
            None => false,
        },
    ),
    refusal(
        "XKS-05d",
        "No key is made of an external key to which the proxy denies access.",
        must(&[KmsInvalidState]).saying(|state, input| text(trouble_of_new(state, input))),
        |state, input| {
            let trouble = trouble_of_new(state, input);
            let denied = [
                ProxyTrouble::Code(ConnectionError::XksProxyAccessDenied),
                ProxyTrouble::Failure(ProxyFailure::AccessDenied),
            ];
            trouble.is_some_and(|trouble| denied.contains(&trouble))
        },
    ),
    // The table names an exception here that the service model has not.
    refusal(
        "XKS-05e",
        "No key is made by a proxy that does not tell about external keys.",
        must(&[
            XksKeyInvalidConfiguration,
            CustomKeyStoreInvalidState,
            XksProxyInvalidResponse,
            UnsupportedOperation,
        ])
        .saying(|state, input| text(trouble_of_new(state, input))),
        |state, input| {
            is_in(state, input, |failure| {
                failure == ProxyFailure::UnsupportedOperation
            })
        },
    ),
    refusal(
        "XKS-05f",
        "A key manager that nobody here watches may not have the external key, or fail.",
        may(&[
            XksKeyNotFound,
            XksKeyInvalidConfiguration,
            CustomKeyStoreInvalidState,
            KmsInvalidState,
        ]),
        |state, input| {
            let store = input.store(state);
            let external = store.is_some_and(|store| store.proxy().is_some());
            !state.outside.known && external && input.xks_key.is_some()
        },
    ),
];

fn is_in(state: &State, input: &CreateKey, way: impl Fn(ProxyFailure) -> bool) -> bool {
    let trouble = trouble_of_new(state, input);
    trouble.and_then(ProxyTrouble::failure).is_some_and(way)
}

/// What goes wrong with the external key that a new key shall stand for.
fn trouble_of_new(state: &State, input: &CreateKey) -> Option<ProxyTrouble> {
    let store = input.store(state).filter(|store| store.is_connected())?;
    let key = input.xks_key.as_deref()?;
    state.outside.trouble_with_key(store.proxy()?, key)
}

/// The failures that stop whatever uses the material of a key.
pub(crate) const fn proxy_in_use<Op: UsesMaterial>() -> Refusal<Op> {
    refusal(
        "XKS-08",
        "A key cannot be used while the proxy of its external key store fails, or has not the \
         external key to use.",
        must(&[KmsInvalidState]).saying(|state, input| text(trouble_in_use(state, input))),
        |state, input| {
            use ProxyFailure::{InvalidCiphertext, OtherCiphertext, UnfitKey};
            match trouble_in_use(state, input) {
                Some(ProxyTrouble::Code(_)) => true,
                Some(ProxyTrouble::Failure(failure)) => {
                    !matches!(failure, InvalidCiphertext | OtherCiphertext | UnfitKey)
                }
                None => false,
            }
        },
    )
}

/// What goes wrong with the external key behind the key of a request, in a connected store.
fn trouble_in_use<Op: UsesMaterial>(state: &State, input: &Op) -> Option<ProxyTrouble> {
    let key = key_of(state, input).filter(|key| fits(key, input.algorithm()))?;
    let store = state.store_of(key).filter(|store| store.is_connected())?;
    let external = key.xks_key.as_deref().unwrap_or_default();
    state.outside.trouble_with_key(store.proxy()?, external)
}

/// What a proxy says of a ciphertext.
pub(crate) const EXTERNAL_CIPHERTEXT_RULES: [Refusal<Decrypt>; 2] = [
    refusal(
        "XKS-08c",
        "A ciphertext that the proxy does not open, or opens as something else, is an invalid \
         state of the key.",
        must(&[KmsInvalidState]).saying(|state, input| text(trouble_in_use(state, input))),
        |state, input| {
            use ProxyFailure::{InvalidCiphertext, OtherCiphertext};
            let failure = trouble_in_use(state, input).and_then(ProxyTrouble::failure);
            input.opens() && matches!(failure, Some(InvalidCiphertext | OtherCiphertext))
        },
    ),
    refusal(
        "XKS-08d",
        "For a key in an external key store, another encryption context may be what the proxy \
         complains about.",
        may(&[KmsInvalidState]),
        |state, input| {
            let key = key_of(state, input).filter(|key| key.xks_key.is_some());
            let sealed = input.sealed(state).filter(|_| input.opens());
            key.is_some() && sealed.is_some_and(|sealed| !input.has_context_of(sealed))
        },
    ),
];

#[cfg(test)]
mod tests {
    use crate::outside::OutsideAction::{ChangeExternalKey, FailProxy};
    use crate::testing::{World, external_store_body};
    use serde_json::{Value, json};

    const ENDPOINT: &str = "https://xks.example.com";

    fn fail(world: &mut World, error: Option<&str>) {
        world.outside(FailProxy {
            endpoint: ENDPOINT.to_owned(),
            error: error.map(str::to_owned),
        });
    }

    fn change(world: &mut World, error: Option<&str>) {
        world.outside(ChangeExternalKey {
            endpoint: ENDPOINT.to_owned(),
            key: "key-1".to_owned(),
            error: error.map(str::to_owned),
        });
    }

    fn connected() -> (World, Value) {
        let mut world = World::new();
        let store = world.external_store("x", ENDPOINT);
        let named = json!({ "CustomKeyStoreId": store });
        world.ok("ConnectCustomKeyStore", named.clone());
        world.ok("DescribeCustomKeyStores", named);
        (world, store)
    }

    fn key_in(store: &Value) -> Value {
        json!({"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": "key-1"})
    }

    /// The rows of the table: what creating a store, a key and a ciphertext is refused with.
    const TABLE: &[(&str, Option<&str>, Option<&str>, bool)] = &[
        (
            "ValidationException",
            Some("XksProxyInvalidResponseException"),
            Some("CustomKeyStoreInvalidStateException"),
            true,
        ),
        (
            "InvalidStateException",
            None,
            Some("XksKeyInvalidConfigurationException"),
            true,
        ),
        ("InvalidCiphertextException", None, None, false),
        ("InvalidCiphertext", None, None, false),
        (
            "InvalidKeyUsageException",
            None,
            Some("XksKeyInvalidConfigurationException"),
            true,
        ),
        (
            "AuthenticationFailedException",
            Some("XksProxyIncorrectAuthenticationCredentialException"),
            Some("CustomKeyStoreInvalidStateException"),
            true,
        ),
        (
            "AccessDeniedException",
            None,
            Some("KMSInvalidStateException"),
            true,
        ),
        (
            "KeyNotFoundException",
            None,
            Some("XksKeyNotFoundException"),
            true,
        ),
        (
            "InvalidUriPathException",
            Some("XksProxyInvalidConfigurationException"),
            Some("CustomKeyStoreInvalidStateException"),
            true,
        ),
        (
            "UnsupportedOperationException",
            None,
            Some("CustomKeyStoreInvalidStateException"),
            true,
        ),
        (
            "DependencyTimeoutException",
            Some("XksProxyUriUnreachableException"),
            Some("CustomKeyStoreInvalidStateException"),
            true,
        ),
        (
            "ThrottlingException",
            Some("XksProxyUriUnreachableException"),
            Some("CustomKeyStoreInvalidStateException"),
            true,
        ),
        (
            "InternalException",
            Some("XksProxyInvalidResponseException"),
            Some("CustomKeyStoreInvalidStateException"),
            true,
        ),
        (
            "NoConnection",
            Some("XksProxyUriUnreachableException"),
            Some("CustomKeyStoreInvalidStateException"),
            true,
        ),
        (
            "NoTls",
            Some("XksProxyUriUnreachableException"),
            Some("CustomKeyStoreInvalidStateException"),
            true,
        ),
        (
            "SocketTimeout",
            Some("XksProxyUriUnreachableException"),
            Some("CustomKeyStoreInvalidStateException"),
            true,
        ),
        (
            "MalformedResponse",
            Some("XksProxyInvalidResponseException"),
            Some("CustomKeyStoreInvalidStateException"),
            true,
        ),
        (
            "UnfitKey",
            None,
            Some("XksKeyInvalidConfigurationException"),
            false,
        ),
    ];

    #[test]
    fn every_row_of_the_table_is_refused_as_it_says() {
        for (failure, of_store, of_key, of_use) in TABLE {
            let (mut world, store) = connected();
            let made = world.ok("CreateKey", key_in(&store));
            let used = &made["KeyMetadata"]["KeyId"];
            let encrypt = json!({"KeyId": used, "Plaintext": "c2VjcmV0"});
            let sealed = world.ok("Encrypt", encrypt.clone())["CiphertextBlob"].clone();
            let decrypt = json!({ "CiphertextBlob": sealed });
            let other = json!({"CiphertextBlob": sealed, "DestinationKeyId": used});
            fail(&mut world, Some(failure));

            let mut second = external_store_body("y", ENDPOINT);
            second["XksProxyUriPath"] = json!("/second/kms/xks/v1");
            match of_store {
                Some(code) => {
                    assert_eq!(
                        world.refused("CreateCustomKeyStore", second),
                        [*code],
                        "{failure}"
                    );
                }
                None => {
                    world.ok("CreateCustomKeyStore", second);
                }
            }
            let mut body = key_in(&store);
            body["XksKeyId"] = json!("key-2");
            match of_key {
                Some(code) => {
                    let refused = world.refused("CreateKey", body);
                    assert!(refused.contains(code), "{failure} {refused:?}");
                }
                None => {
                    world.ok("CreateKey", body);
                }
            }
            let state = ["KMSInvalidStateException"];
            match of_use {
                true => {
                    assert_eq!(world.refused("Encrypt", encrypt), state, "{failure}");
                    assert_eq!(world.refused("ReEncrypt", other), state, "{failure}");
                    assert_eq!(world.refused("Decrypt", decrypt), state, "{failure}");
                }
                false if failure.starts_with("InvalidCiphertext") => {
                    world.ok("Encrypt", encrypt);
                    assert_eq!(world.fired("Decrypt", decrypt), ["XKS-08c"]);
                    assert_eq!(world.fired("ReEncrypt", other), ["XKS-08c"]);
                }
                false => {
                    world.ok("Encrypt", encrypt);
                    world.ok("Decrypt", decrypt);
                }
            }
        }
    }

    #[test]
    fn a_store_that_changes_its_proxy_is_probed_anew() {
        let mut world = World::new();
        let store = world.external_store("x", ENDPOINT);
        fail(&mut world, Some("AuthenticationFailedException"));
        let credential = json!({"CustomKeyStoreId": store, "XksProxyAuthenticationCredential": {
            "AccessKeyId": "ABCDEFGHIJKLMNOPQRST",
            "RawSecretAccessKey": "DXjSUawnel2fr6SKC7G25CNxTyWKE5PF9XX6H/u9pSo=",
        }});
        assert_eq!(
            world.fired("UpdateCustomKeyStore", credential.clone()),
            ["XKS-02d"]
        );
        let renamed = json!({"CustomKeyStoreId": store, "NewCustomKeyStoreName": "z"});
        world.ok("UpdateCustomKeyStore", renamed);
        fail(&mut world, None);
        world.ok("UpdateCustomKeyStore", credential);
    }

    #[test]
    fn a_failure_of_one_key_leaves_the_others_alone() {
        let (mut world, store) = connected();
        for (failure, rule) in [
            ("KeyNotFoundException", "XKS-05a"),
            ("UnfitKey", "XKS-05b"),
            ("AccessDeniedException", "XKS-05d"),
            ("UnsupportedOperationException", "XKS-05e"),
        ] {
            change(&mut world, Some(failure));
            assert_eq!(world.fired("CreateKey", key_in(&store)), [rule]);
        }
        let mut body = key_in(&store);
        body["XksKeyId"] = json!("key-2");
        world.ok("CreateKey", body);
        change(&mut world, None);
        world.ok("CreateKey", key_in(&store));
    }

    #[test]
    fn the_text_tells_of_the_failure() {
        let (mut world, store) = connected();
        fail(&mut world, Some("ThrottlingException"));
        assert_eq!(world.fired("CreateKey", key_in(&store)), ["XKS-05c"]);
        let trouble = super::ProxyTrouble::named("ThrottlingException");
        assert!(super::text(trouble).contains("very high request rate"));
    }

    #[test]
    fn another_context_may_be_an_invalid_state() {
        let (mut world, store) = connected();
        let made = world.ok("CreateKey", key_in(&store));
        let body = json!({"KeyId": made["KeyMetadata"]["KeyId"], "Plaintext": "c2VjcmV0"});
        let sealed = world.ok("Encrypt", body)["CiphertextBlob"].clone();
        let other = json!({"CiphertextBlob": sealed, "EncryptionContext": {"a": "b"}});
        assert_eq!(world.fired("Decrypt", other), ["CKX-101", "XKS-08d"]);
    }

    #[test]
    fn where_the_outside_is_not_known_an_external_key_may_be_missing() {
        let (mut world, store) = connected();
        world.given(|state| state.outside.known = false);
        assert_eq!(world.fired("CreateKey", key_in(&store)), ["XKS-05f"]);
        world.ok("CreateKey", key_in(&store));
    }

    #[test]
    fn connecting_ends_with_the_code_of_the_failure() {
        for (failure, code) in [
            ("AuthenticationFailedException", "INVALID_CREDENTIALS"),
            ("InvalidUriPathException", "XKS_PROXY_INVALID_CONFIGURATION"),
            ("MalformedResponse", "XKS_PROXY_INVALID_RESPONSE"),
            ("NoTls", "XKS_PROXY_INVALID_TLS_CONFIGURATION"),
            ("NoConnection", "XKS_PROXY_NOT_REACHABLE"),
            ("SocketTimeout", "XKS_PROXY_TIMED_OUT"),
        ] {
            let mut world = World::new();
            let store = world.external_store("x", ENDPOINT);
            fail(&mut world, Some(failure));
            let named = json!({ "CustomKeyStoreId": store });
            world.ok("ConnectCustomKeyStore", named.clone());
            let shown = world.ok("DescribeCustomKeyStores", named);
            assert_eq!(shown["CustomKeyStores"][0]["ConnectionErrorCode"], code);
        }
    }
}
