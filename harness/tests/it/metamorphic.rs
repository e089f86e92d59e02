//! Answers against answers: each relation finds a lie about it and names it, an honest history breaks
//! none, and where others write or replies are lost nobody cries wolf.
//!
//! The lies are told to the relations alone: the judge would see most of them first.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_conformance::generate::{Plans, Wishes, private_emulator, scenario};
use kms_conformance::metamorphic::{At, Relations, Standing};
use kms_conformance::plan::Plan;
use kms_conformance::player::{Played, Playing, play};
use kms_conformance::session::{Identity, Timing};
use kms_conformance::shrink::{Budget, Shrinker};
use kms_conformance_model::catalog::RELATION;
use kms_conformance_model::relations::RELATIONS;
use kms_conformance_model::{
    AnyOperation, Divergence, Refused, Reply, Service, Switches, Verdict, catalog,
};
use kms_conformance_targets::{
    Answer, InProcess, Lost, OutsideCall, OutsideError, Request, Response, Sending, Target, reply,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

fn identity() -> Identity {
    Identity {
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        salt: "related".to_owned(),
    }
}

/// What happened to an account.
#[derive(Clone)]
enum Event {
    /// A request and its answer.
    Exchange {
        operation: &'static dyn AnyOperation,
        body: Value,
        reply: Reply,
    },
    /// Time passed, or something happened outside.
    Stir,
    /// Another account begins.
    Begin,
}

/// A target that writes down what happens, and may alter answers before anybody sees them.
struct Tapped<L> {
    inner: InProcess,
    lie: L,
    history: Mutex<Vec<Event>>,
}

impl<L: Fn(&str, &Value, &mut Value) + Send + Sync> Target for Tapped<L> {
    fn name(&self) -> String {
        "tapped".to_owned()
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        Box::pin(async move {
            let mut response = self.inner.send(request).await?;
            let operation = request.target.as_deref().and_then(operation_of);
            let body = serde_json::from_slice(&request.body).unwrap_or_default();
            if let (Some(operation), 200) = (operation, response.status)
                && let Ok(mut answer) = serde_json::from_slice(&response.body)
            {
                (self.lie)(operation.name(), &body, &mut answer);
                response.body = answer.to_string().into_bytes();
            }
            if let (Some(operation), Answer::Reply(reply)) = (operation, reply(&response)) {
                self.history.lock().unwrap().push(Event::Exchange {
                    operation,
                    body,
                    reply,
                });
            }
            Ok(response)
        })
    }

    fn offers_outside(&self) -> bool {
        self.inner.offers_outside()
    }

    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        self.history.lock().unwrap().push(Event::Stir);
        self.inner.outside(call)
    }
}

fn operation_of(target: &str) -> Option<&'static dyn AnyOperation> {
    let name = target.split_once('.')?.1;
    catalog::operation(Service::of_target(target), name)
}

fn tapped<L: Fn(&str, &Value, &mut Value) + Send + Sync>(lie: L) -> Tapped<L> {
    Tapped {
        inner: private_emulator(&identity(), &Switches::none()),
        lie,
        history: Mutex::new(Vec::new()),
    }
}

async fn played_on(plan: &Plan, target: &dyn Target) -> Played {
    let playing = Playing {
        timing: Timing::Still,
        ..Playing::new(target, &identity())
    };
    play(plan, &playing).await.unwrap()
}

fn plan(title: &str) -> Plan {
    let identity = identity();
    let mut all = (0..).map_while(|number| scenario(number, &identity));
    let made = all.find(|made| made.plan.title == title);
    made.unwrap().plan
}

fn two_sides() -> Plan {
    plan("everything from two sides")
}

/// What an honest emulator answers to this scenario.
async fn answers_to(title: &str) -> Vec<Event> {
    let target = tapped(|_, _, _| ());
    played_on(&plan(title), &target).await;
    target.history.into_inner().unwrap()
}

/// What it answers to the scenario that looks at everything from two sides.
async fn honest() -> Vec<Event> {
    answers_to("everything from two sides").await
}

/// What it answers to that which asks for every result twice.
async fn results() -> Vec<Event> {
    answers_to("every result twice and from two sides").await
}

/// The relations that held and those that did not, by id.
#[derive(Default)]
struct Told {
    held: BTreeSet<String>,
    broken: Vec<Divergence>,
}

impl Told {
    fn ids(&self) -> BTreeSet<&str> {
        self.broken.iter().map(|it| it.rules[0].id).collect()
    }
}

/// A shared account, in which what is made here has names of its own.
fn shared() -> Standing {
    Standing::Shared {
        salt: "related".to_owned(),
    }
}

fn told(standing: &Standing, history: &[Event]) -> Told {
    let mut relations = Relations::new(standing.clone());
    let mut told = Told::default();
    for event in history {
        if matches!(event, Event::Begin) {
            relations = Relations::new(standing.clone());
        }
        let Event::Exchange {
            operation,
            body,
            reply,
        } = event
        else {
            relations.stirred();
            continue;
        };
        let at = At {
            operation: *operation,
            body,
            reply,
        };
        for judged in relations.observe(&at, &Verdict::Conforms(Vec::new())) {
            assert_eq!(judged.operation, RELATION);
            match judged.verdict {
                Verdict::Conforms(cards) => {
                    told.held
                        .extend(cards.iter().map(|card| card.id.to_owned()));
                }
                Verdict::Diverges(divergences) => told.broken.extend(divergences),
                Verdict::Unknown(why) => panic!("{why}"),
            }
        }
    }
    told
}

/// Alters the answers to one operation from the `from`th on, counted from 0.
fn altered(
    history: &[Event],
    name: &str,
    from: usize,
    mut alter: impl FnMut(&Value, &mut Reply),
) -> Vec<Event> {
    let mut nth = 0;
    let mut history = history.to_vec();
    for event in &mut history {
        if let Event::Exchange {
            operation,
            body,
            reply,
        } = event
            && operation.name() == name
        {
            if nth >= from {
                alter(body, reply);
            }
            nth += 1;
        }
    }
    history
}

/// The same for successes, by the response.
fn answering(
    history: &[Event],
    name: &str,
    from: usize,
    mut alter: impl FnMut(&Value, &mut Value),
) -> Vec<Event> {
    altered(history, name, from, |body, reply| {
        if let Reply::Done(response) = reply {
            alter(body, response);
        }
    })
}

#[tokio::test]
async fn an_honest_history_breaks_no_relation_and_shows_each() {
    let history = [honest().await, vec![Event::Begin], results().await].concat();
    let told = told(&Standing::Exclusive, &history);
    assert!(told.broken.is_empty(), "{:#?}", told.broken);
    let all: BTreeSet<String> = RELATIONS.iter().map(|card| card.id.to_owned()).collect();
    assert_eq!(told.held, all);
}

/// The lies, by the relation that must name each.
#[tokio::test]
async fn every_relation_finds_a_lie_and_names_it() {
    let lies = [
        lies(&honest().await),
        lies_about_results(&results().await),
        lies_about_lives(&results().await),
    ];
    let mut named = BTreeSet::new();
    let mut missed = Vec::new();
    for (id, lie, history) in lies.concat() {
        let told = told(&Standing::Exclusive, &history);
        if !told.ids().contains(id) {
            missed.push(format!("{id}: {lie}: {:?}", told.ids()));
        }
        for divergence in &told.broken {
            let shown = format!("{divergence:?}");
            assert!(!shown.contains(SECRET), "{lie} shows a secret: {shown}");
        }
        named.insert(id);
    }
    assert_eq!(missed, Vec::<String>::new());
    let all: BTreeSet<&str> = RELATIONS.iter().map(|card| card.id).collect();
    assert_eq!(named, all);
}

/// The plaintext that the scenario seals, as the bytes of its base64.
const SECRET: &str = "BQUFBQUF";

type Lie = (&'static str, &'static str, Vec<Event>);

fn lies(history: &[Event]) -> Vec<Lie> {
    [
        lies_about_lists(history),
        lies_about_names(history),
        lies_about_ends(history),
        lies_about_material(history),
        lies_about_facts(history),
    ]
    .concat()
}

fn lies_about_lists(history: &[Event]) -> Vec<Lie> {
    let leave_out = |member: &'static str| {
        move |_: &Value, response: &mut Value| {
            response[member].as_array_mut().unwrap().pop();
        }
    };
    let extra_key = json!({"KeyId": "0", "KeyArn": "arn:aws:kms:us-east-1:123456789012:key/0"});
    vec![
        (
            "META-01",
            "a refused creation leaves a key",
            answering(history, "ListKeys", 1, |_, response| {
                response["Keys"]
                    .as_array_mut()
                    .unwrap()
                    .push(extra_key.clone());
            }),
        ),
        (
            "META-02",
            "a list of keys lacks one",
            answering(history, "ListKeys", 0, leave_out("Keys")),
        ),
        (
            "META-03",
            "a list of aliases shows another target",
            answering(history, "ListAliases", 0, |_, response| {
                for entry in response["Aliases"].as_array_mut().unwrap() {
                    entry["TargetKeyId"] = json!("0");
                }
            }),
        ),
        (
            "META-03",
            "the list of one key's aliases lacks one",
            answering(history, "ListAliases", 0, |body, response| {
                if body.get("KeyId").is_some() {
                    response["Aliases"].as_array_mut().unwrap().pop();
                }
            }),
        ),
        (
            "META-04",
            "a key store has another name when it is asked for",
            answering(history, "DescribeCustomKeyStores", 0, |body, response| {
                if body.get("CustomKeyStoreId").is_some() {
                    response["CustomKeyStores"][0]["CustomKeyStoreName"] = json!("another");
                }
            }),
        ),
        (
            "META-04",
            "a cluster that is listed is not found",
            answering(history, "DescribeClusters", 0, |body, response| {
                let listed = body.get("Filters").is_none();
                if !listed {
                    response["Clusters"] = json!([]);
                }
            }),
        ),
        (
            "META-20",
            "a grant is confined to another context where its principal is asked for",
            answering(history, "ListRetirableGrants", 0, |_, response| {
                for entry in response["Grants"].as_array_mut().unwrap() {
                    entry["Constraints"]["EncryptionContextSubset"] = json!({"a": "c"});
                }
            }),
        ),
        (
            "META-20",
            "a grant has no constraint",
            answering(history, "ListGrants", 0, |_, response| {
                for entry in response["Grants"].as_array_mut().unwrap() {
                    entry["Constraints"] = json!({});
                }
            }),
        ),
        (
            "META-20",
            "a grant is not found by its id",
            answering(history, "ListGrants", 0, |body, response| {
                if body.get("GrantId").is_some() {
                    response["Grants"] = json!([]);
                }
            }),
        ),
        ("META-05", "a page repeats an entry", repeated_page(history)),
        (
            "META-05",
            "an entry is lost between two pages",
            answering(history, "ListAliases", 0, |body, response| {
                if body.get("Marker").is_some() {
                    response["Aliases"] = json!([]);
                }
            }),
        ),
        (
            "META-07",
            "a cluster keeps backups for another time at the second look",
            twice(history, "DescribeClusters", |response| {
                response["Clusters"][0]["BackupRetentionPolicy"]["Value"] = json!("7");
            }),
        ),
    ]
}

/// Each page of aliases shows what the first one did.
fn repeated_page(history: &[Event]) -> Vec<Event> {
    let mut first = Value::Null;
    answering(history, "ListAliases", 0, move |body, response| {
        if body.get("Limit").is_some() {
            match body.get("Marker") {
                None => first = response["Aliases"].clone(),
                Some(_) => response["Aliases"] = first.clone(),
            }
        }
    })
}

/// Repeats the first exchange of an operation at once, with another answer.
fn twice(history: &[Event], name: &str, alter: impl Fn(&mut Value)) -> Vec<Event> {
    let place = history.iter().position(
        |event| matches!(event, Event::Exchange { operation, .. } if operation.name() == name),
    );
    let place = place.unwrap();
    let mut history = history[..=place].to_vec();
    let mut again = history[place].clone();
    if let Event::Exchange {
        reply: Reply::Done(response),
        ..
    } = &mut again
    {
        alter(response);
    }
    history.push(again);
    history
}

fn lies_about_names(history: &[Event]) -> Vec<Lie> {
    let by = |prefix: &'static str, history: &[Event]| {
        answering(history, "DescribeKey", 0, move |body, response| {
            if body["KeyId"].as_str().unwrap().starts_with(prefix) {
                response["KeyMetadata"]["KeyId"] = json!("0");
            }
        })
    };
    vec![
        (
            "META-06",
            "an alias names another key",
            by("alias/", history),
        ),
        (
            "META-06",
            "an ARN names another key",
            by("arn:aws:kms:us-east-1:123456789012:key/", history),
        ),
        (
            "META-06",
            "a key has another description by its ARN",
            answering(history, "DescribeKey", 0, |body, response| {
                if body["KeyId"].as_str().unwrap().starts_with("arn:") {
                    response["KeyMetadata"]["Description"] = json!("another");
                }
            }),
        ),
    ]
}

fn lies_about_ends(history: &[Event]) -> Vec<Lie> {
    let done = |response: Value| {
        move |_: &Value, reply: &mut Reply| *reply = Reply::Done(response.clone())
    };
    let usable = |list: &'static str, member: &'static str, state: &'static str| {
        move |_: &Value, response: &mut Value| {
            for entry in response[list].as_array_mut().unwrap() {
                entry[member] = json!(state);
            }
        }
    };
    let stores = |history: &[Event]| {
        let mut first = Value::Null;
        answering(
            history,
            "DescribeCustomKeyStores",
            0,
            move |body, response| {
                if body.as_object().unwrap().is_empty() {
                    if first.is_null() {
                        first = response.clone();
                    }
                    *response = first.clone();
                }
            },
        )
    };
    vec![
        (
            "META-08",
            "a key that is being deleted encrypts",
            altered(
                history,
                "Encrypt",
                1,
                done(json!({"CiphertextBlob": "AA=="})),
            ),
        ),
        (
            "META-08",
            "a key that is being deleted is enabled",
            answering(history, "DescribeKey", 0, |_, response| {
                response["KeyMetadata"]["KeyState"] = json!("Enabled");
            }),
        ),
        ("META-08", "a deleted key store is listed", stores(history)),
        (
            "META-08",
            "a deleted cluster is as before",
            answering(
                history,
                "DescribeClusters",
                0,
                usable("Clusters", "State", "INITIALIZED"),
            ),
        ),
        (
            "META-08",
            "a deleted HSM is active",
            answering(history, "DescribeClusters", 0, |_, response| {
                for cluster in response["Clusters"].as_array_mut().unwrap() {
                    for hsm in cluster["Hsms"].as_array_mut().into_iter().flatten() {
                        hsm["State"] = json!("ACTIVE");
                    }
                }
            }),
        ),
        (
            "META-08",
            "a deleted backup is ready",
            [history, &deleted_backup()].concat(),
        ),
    ]
}

/// A backup that is deleted and listed all the same.
fn deleted_backup() -> [Event; 2] {
    let event = |name: &str, body: Value, response: Value| Event::Exchange {
        operation: catalog::operation(Service::CloudHsm, name).unwrap(),
        body,
        reply: Reply::Done(response),
    };
    let shown = |state: &str| json!({ "BackupId": "backup-1", "BackupState": state });
    let deleted = json!({ "Backup": shown("PENDING_DELETION") });
    let listed = json!({ "Backups": [shown("READY")] });
    [
        event("DeleteBackup", json!({ "BackupId": "backup-1" }), deleted),
        event("DescribeBackups", json!({}), listed),
    ]
}

fn lies_about_material(history: &[Event]) -> Vec<Lie> {
    let same = |name: &'static str, pointer: &'static str, history: &[Event]| {
        let mut first = Value::Null;
        answering(history, name, 0, move |_, response| {
            let value = response.pointer_mut(pointer).unwrap();
            if first.is_null() {
                first = value.clone();
            }
            *value = first.clone();
        })
    };
    let wrong_plaintext = json!({"Plaintext": "AAAA"});
    vec![
        (
            "META-09",
            "two keys have one id",
            same("CreateKey", "/KeyMetadata/KeyId", history),
        ),
        (
            "META-10",
            "random bytes come twice",
            same("GenerateRandom", "/Plaintext", history),
        ),
        (
            "META-10",
            "a data key comes twice",
            same("GenerateDataKey", "/Plaintext", history),
        ),
        (
            "META-10",
            "two keys have one public key",
            [history, &[public_key("key-1"), public_key("key-2")]].concat(),
        ),
        (
            "META-11",
            "a ciphertext opens to another plaintext",
            answering(history, "Decrypt", 0, |_, response| {
                response["Plaintext"] = json!("AAAA");
            }),
        ),
        (
            "META-11",
            "a moved ciphertext opens to another plaintext",
            answering(history, "Decrypt", 4, |_, response| {
                response["Plaintext"] = json!("AAAA");
            }),
        ),
        (
            "META-12",
            "a ciphertext opens in any context",
            altered(history, "Decrypt", 1, |body, reply| {
                if body["EncryptionContext"] != json!({"purpose": "test"}) {
                    *reply = Reply::Done(wrong_plaintext.clone());
                }
            }),
        ),
        (
            "META-12",
            "a ciphertext opens under another key",
            altered(history, "Decrypt", 3, |_, reply| {
                *reply = Reply::Done(wrong_plaintext.clone());
            }),
        ),
    ]
}

/// An answer that the emulator does not model.
fn public_key(key: &str) -> Event {
    Event::Exchange {
        operation: catalog::operation(Service::Kms, "GetPublicKey").unwrap(),
        body: json!({ "KeyId": key }),
        reply: Reply::Done(json!({ "KeyId": key, "PublicKey": "AAAA" })),
    }
}

fn lies_about_facts(history: &[Event]) -> Vec<Lie> {
    let of_key = |member: &'static str, history: &[Event]| {
        answering(history, "DescribeKey", 0, move |_, response| {
            response["KeyMetadata"][member] = json!("another");
        })
    };
    vec![
        (
            "META-13",
            "a key is not what was asked for",
            answering(history, "CreateKey", 0, |_, response| {
                response["KeyMetadata"]["Description"] = json!("another");
            }),
        ),
        (
            "META-13",
            "a key was made at another time",
            of_key("CreationDate", history),
        ),
        (
            "META-13",
            "a key has another description",
            of_key("Description", history),
        ),
        (
            "META-13",
            "a cluster is in another VPC",
            answering(history, "DescribeClusters", 0, |_, response| {
                response["Clusters"][0]["VpcId"] = json!("vpc-0");
            }),
        ),
        (
            "META-38",
            "a proxy is elsewhere",
            answering(history, "DescribeCustomKeyStores", 0, |_, response| {
                for store in response["CustomKeyStores"].as_array_mut().unwrap() {
                    store["XksProxyConfiguration"]["UriPath"] = json!("/elsewhere");
                }
            }),
        ),
        (
            "META-14",
            "a tag of a key is lost",
            answering(history, "ListResourceTags", 0, |_, response| {
                response["Tags"].as_array_mut().unwrap().pop();
            }),
        ),
        (
            "META-14",
            "a tag of a cluster has another value",
            answering(history, "ListTags", 0, |_, response| {
                response["TagList"][0]["Value"] = json!("another");
            }),
        ),
        (
            "META-15",
            "a policy is not the one that was set",
            answering(history, "GetKeyPolicy", 0, |_, response| {
                response["Policy"] = json!("{}");
            }),
        ),
    ]
}

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn bytes(text: &Value) -> Vec<u8> {
    STANDARD.decode(text.as_str().unwrap()).unwrap()
}

fn lies_about_results(history: &[Event]) -> Vec<Lie> {
    let by = |name: &'static str, lie: fn(&Value, &mut Value)| answering(history, name, 0, lie);
    // Each answer shows what the first one with the same member of the request did.
    let repeated = |name: &'static str, member: &'static str, shown: &'static str| {
        let mut first: BTreeMap<String, Value> = BTreeMap::new();
        answering(history, name, 0, move |body, response| {
            let known = first.entry(body[member].to_string());
            response[shown] = known.or_insert_with(|| response[shown].clone()).clone();
        })
    };
    let counted = |name: &'static str, shown: &'static str| {
        let mut count = 0_u8;
        answering(history, name, 0, move |_, response| {
            count += 1;
            let mut result = bytes(&response[shown]);
            result[0] = count;
            response[shown] = json!(base64(&result));
        })
    };
    let verdict = |name: &'static str, lie: fn(&mut Reply)| {
        altered(history, name, 0, move |_, reply| lie(reply))
    };
    vec![
        (
            "META-21",
            "equal plaintexts have equal ciphertexts",
            repeated("Encrypt", "Plaintext", "CiphertextBlob"),
        ),
        (
            "META-22",
            "one key stream encrypts everything",
            by("Encrypt", |body, response| {
                let stream = (0_u8..=255).cycle().map(|it| it.wrapping_mul(37) ^ 0x5a);
                let plain = bytes(&body["Plaintext"]);
                let sealed: Vec<u8> = plain.iter().zip(stream).map(|(a, b)| a ^ b).collect();
                response["CiphertextBlob"] = json!(base64(&[vec![1; 12], sealed].concat()));
            }),
        ),
        (
            "META-22",
            "a ciphertext holds its plaintext",
            by("Encrypt", |body, response| {
                let plain = bytes(&body["Plaintext"]);
                let blob = bytes(&response["CiphertextBlob"]);
                response["CiphertextBlob"] = json!(base64(&[blob, plain].concat()));
            }),
        ),
        (
            "META-23",
            "all ciphertexts are equally long",
            by("Encrypt", |_, response| {
                let blob = bytes(&response["CiphertextBlob"]);
                response["CiphertextBlob"] = json!(base64(&blob[blob.len() - 29..]));
            }),
        ),
        (
            "META-24",
            "a ciphertext of RSA has a byte in front",
            by("Encrypt", |_, response| {
                let blob = bytes(&response["CiphertextBlob"]);
                response["CiphertextBlob"] = json!(base64(&[vec![0], blob].concat()));
            }),
        ),
        (
            "META-24",
            "a code is cut off",
            by("GenerateMac", |_, response| {
                response["Mac"] = json!(base64(&bytes(&response["Mac"])[..16]));
            }),
        ),
        (
            "META-24",
            "a data key is too long",
            by("GenerateDataKey", |_, response| {
                response["Plaintext"] = json!(base64(&[7; 33]));
            }),
        ),
        (
            "META-25",
            "a signature on a curve is two numbers side by side",
            by("Sign", |_, response| {
                let mut signature = bytes(&response["Signature"]);
                signature.truncate(64);
                response["Signature"] = json!(base64(&signature));
            }),
        ),
        (
            "META-26",
            "each code of a message is another one",
            counted("GenerateMac", "Mac"),
        ),
        (
            "META-26",
            "each signature is another one",
            counted("Sign", "Signature"),
        ),
        (
            "META-27",
            "a code depends on the algorithm only",
            repeated("GenerateMac", "MacAlgorithm", "Mac"),
        ),
        (
            "META-27",
            "two keys make one code",
            repeated("GenerateMac", "Message", "Mac"),
        ),
        (
            "META-27",
            "a secret depends on the peer only",
            repeated("DeriveSharedSecret", "PublicKey", "SharedSecret"),
        ),
        (
            "META-28",
            "equal messages have equal signatures",
            repeated("Sign", "Message", "Signature"),
        ),
        (
            "META-29",
            "every signature is right",
            verdict("Verify", |reply| {
                *reply = Reply::Done(json!({ "SignatureValid": true }));
            }),
        ),
        (
            "META-29",
            "no code is right",
            verdict("VerifyMac", |reply| {
                *reply = Reply::Refused(Refused {
                    error: "KMSInvalidMacException".to_owned(),
                    message: None,
                    status: 400,
                });
            }),
        ),
        (
            "META-30",
            "the two sides have two secrets",
            counted("DeriveSharedSecret", "SharedSecret"),
        ),
        (
            "META-39",
            "the halves of a pair are of two pairs",
            repeated("GenerateDataKeyPair", "KeyId", "PublicKey"),
        ),
        (
            "META-41",
            "a public key is on another curve",
            repeated("GetPublicKey", "GrantTokens", "PublicKey"),
        ),
    ]
}

fn lies_about_lives(history: &[Event]) -> Vec<Lie> {
    let by = |name: &'static str, lie: fn(&Value, &mut Value)| answering(history, name, 0, lie);
    let made = json!({});
    let all_done = |name: &'static str| {
        let made = made.clone();
        altered(history, name, 0, move |_, reply| {
            if matches!(reply, Reply::Refused(_)) {
                *reply = Reply::Done(made.clone());
            }
        })
    };
    vec![
        (
            "META-09",
            "an equal grant has an equal token",
            by("CreateGrant", |_, response| {
                response["GrantToken"] = json!("token");
            }),
        ),
        (
            "META-31",
            "an ARN holds another id",
            by("DescribeKey", |_, response| {
                response["KeyMetadata"]["Arn"] =
                    json!("arn:aws:kms:us-east-1:123456789012:key/another");
            }),
        ),
        (
            "META-31",
            "a list shows keys of another Region",
            by("ListKeys", |_, response| {
                for key in response["Keys"].as_array_mut().unwrap() {
                    let arn = key["KeyArn"].as_str().unwrap();
                    key["KeyArn"] = json!(arn.replace("us-east-1", "eu-west-1"));
                }
            }),
        ),
        (
            "META-32",
            "every key is enabled",
            by("DescribeKey", |_, response| {
                response["KeyMetadata"]["Enabled"] = json!(true);
            }),
        ),
        (
            "META-32",
            "an enabled key has a date of deletion",
            by("DescribeKey", |_, response| {
                response["KeyMetadata"]["DeletionDate"] = json!(1.9e9);
            }),
        ),
        (
            "META-33",
            "the date of a deletion moves",
            by("DescribeKey", |_, response| {
                if let Some(date) = response["KeyMetadata"]["DeletionDate"].as_f64() {
                    response["KeyMetadata"]["DeletionDate"] = json!(date + 86_400.0);
                }
            }),
        ),
        (
            "META-33",
            "an alias was changed before it was made",
            by("ListAliases", |_, response| {
                for alias in response["Aliases"].as_array_mut().unwrap() {
                    alias["LastUpdatedDate"] = json!(1.0);
                }
            }),
        ),
        (
            "META-34",
            "a key is always enabled",
            by("DescribeKey", |_, response| {
                response["KeyMetadata"]["KeyState"] = json!("Enabled");
            }),
        ),
        (
            "META-35",
            "no key rotates",
            by("GetKeyRotationStatus", |_, response| {
                response["KeyRotationEnabled"] = json!(false);
            }),
        ),
        (
            "META-35",
            "every key rotates once a year",
            by("GetKeyRotationStatus", |_, response| {
                response["RotationPeriodInDays"] = json!(365);
            }),
        ),
        (
            "META-36",
            "a list of keys lacks the last one",
            by("ListKeys", |_, response| {
                response["Keys"].as_array_mut().unwrap().pop();
            }),
        ),
        ("META-37", "an alias is made twice", all_done("CreateAlias")),
        (
            "META-37",
            "an alias is deleted twice",
            all_done("DeleteAlias"),
        ),
        (
            "META-40",
            "a list says that there is more",
            by("ListKeys", |_, response| {
                response["Truncated"] = json!(true);
            }),
        ),
    ]
}

/// Where answers are old, what only holds of what was written last is silent.
#[tokio::test]
async fn an_old_answer_is_no_lie() {
    let history = honest().await;
    let always = [
        "META-06", "META-09", "META-10", "META-11", "META-12", "META-13", "META-31", "META-32",
    ];
    for (id, lie, history) in lies(&history) {
        let told = told(&Standing::Delayed, &history);
        let ids = told.ids().into_iter();
        let strange: Vec<&str> = ids.filter(|id| !always.contains(id)).collect();
        assert_eq!(strange, Vec::<&str>::new(), "{id}: {lie}");
    }
    let told = told(&Standing::Delayed, &history);
    assert!(told.broken.is_empty(), "{:#?}", told.broken);
}

/// In a shared account, lies about what was made here are found all the same.
#[tokio::test]
async fn a_shared_account_hides_no_lie_about_what_is_ours() {
    let history = honest().await;
    let results = results().await;
    for history in [&history, &results] {
        let told = told(&shared(), history);
        assert!(told.broken.is_empty(), "{:#?}", told.broken);
    }
    // What a list of all shows more than before, others may have made; backups are made by nobody
    // here; and a list that is read page by page may change meanwhile.
    let excused = [
        "a refused creation leaves a key",
        "a cluster keeps backups for another time at the second look",
        "a deleted backup is ready",
        "a page repeats an entry",
        "an entry is lost between two pages",
    ];
    let lies = [
        lies(&history),
        lies_about_results(&results),
        lies_about_lives(&results),
    ];
    let mut strange = Vec::new();
    for (id, lie, history) in lies.concat() {
        let told = told(&shared(), &history);
        if told.ids().contains(id) == excused.contains(&lie) {
            strange.push(format!("{id}: {lie}: {:?}", told.ids()));
        }
    }
    assert_eq!(strange, Vec::<String>::new());
}

/// What others make, change and delete in a shared account is none of our business.
#[tokio::test]
async fn a_shared_account_may_show_what_others_wrote() {
    let arn = |rest: &str| format!("arn:aws:kms:us-east-1:123456789012:{rest}");
    let mut history = [honest().await, vec![Event::Begin], results().await].concat();
    // In every second list of all there is something else.
    for (name, list, entry) in [
        (
            "ListKeys",
            "Keys",
            json!({"KeyId": "k1", "KeyArn": arn("key/k1")}),
        ),
        (
            "ListAliases",
            "Aliases",
            json!({
                "AliasName": "alias/theirs", "AliasArn": arn("alias/theirs"), "TargetKeyId": "k1",
            }),
        ),
        (
            "DescribeCustomKeyStores",
            "CustomKeyStores",
            json!({"CustomKeyStoreId": "cks-1", "CustomKeyStoreName": "theirs"}),
        ),
        (
            "DescribeClusters",
            "Clusters",
            json!({"ClusterId": "cluster-1"}),
        ),
    ] {
        let mut nth = 0;
        history = answering(&history, name, 0, |body, response| {
            nth += 1;
            if body.as_object().unwrap().is_empty() && nth % 2 == 0 {
                response[list].as_array_mut().unwrap().push(entry.clone());
            }
        });
    }
    let theirs = ["Enabled", "Disabled", "PendingDeletion", "Enabled"];
    for state in theirs {
        let description = json!({
            "KeyId": "k1", "Arn": arn("key/k1"), "KeyState": state,
            "Enabled": state == "Enabled", "Description": state,
        });
        history.push(Event::Exchange {
            operation: catalog::operation(Service::Kms, "DescribeKey").unwrap(),
            body: json!({ "KeyId": "k1" }),
            reply: Reply::Done(json!({ "KeyMetadata": description })),
        });
    }
    let told = told(&shared(), &history);
    assert!(told.broken.is_empty(), "{:#?}", told.broken);
}

/// A write whose reply was lost may happen at any later moment.
#[tokio::test]
async fn after_a_lost_write_nothing_is_said_of_what_is_read() {
    let history = honest().await;
    let lost = Event::Exchange {
        operation: catalog::operation(Service::Kms, "CreateKey").unwrap(),
        body: json!({}),
        reply: Reply::Lost("reset".to_owned()),
    };
    let with_loss: Vec<Event> = std::iter::once(lost).chain(history).collect();
    for (_, lie, history) in lies_about_lists(&with_loss) {
        let told = told(&Standing::Exclusive, &history);
        assert!(told.broken.is_empty(), "{lie}: {:#?}", told.broken);
    }
}

/// What the judge blames is no second finding, neither then nor later.
#[tokio::test]
async fn where_the_judge_blames_an_answer_the_relations_forget_it() {
    let history = honest().await;
    let blamed = Verdict::Diverges(vec![Divergence {
        operation: "CreateKey",
        level: kms_conformance_model::Level::Members,
        rules: Vec::new(),
        expected: Vec::new(),
        observed: "success".to_owned(),
        status: 200,
        member: String::new(),
        at: None,
        class: String::new(),
    }]);
    let policy = twice(&history, "GetKeyPolicy", |response| {
        response["Policy"] = json!("{}");
    });
    let (last, before) = policy.split_last().unwrap();
    let mut relations = Relations::new(Standing::Exclusive);
    let mut observe = |event: &Event, verdict: &Verdict| match event {
        Event::Stir | Event::Begin => {
            relations.stirred();
            0
        }
        Event::Exchange {
            operation,
            body,
            reply,
        } => {
            let at = At {
                operation: *operation,
                body,
                reply,
            };
            let judged = relations.observe(&at, verdict);
            judged
                .iter()
                .filter(|it| matches!(it.verdict, Verdict::Diverges(_)))
                .count()
        }
    };
    for event in before {
        observe(event, &Verdict::Conforms(Vec::new()));
    }
    assert_eq!(observe(last, &blamed), 0);
    assert_eq!(observe(last, &Verdict::Conforms(Vec::new())), 0);
}

/// The relations go on without a member that the judge blames, and say nothing about it.
#[tokio::test]
async fn where_the_judge_blames_a_member_the_relations_speak_of_the_others() {
    let history = honest().await;
    let blamed = Verdict::Diverges(vec![Divergence {
        operation: "DescribeKey",
        level: kms_conformance_model::Level::Members,
        rules: Vec::new(),
        expected: Vec::new(),
        observed: "success with KeyMetadata.Origin: absent".to_owned(),
        status: 200,
        member: "KeyMetadata.Origin".to_owned(),
        at: Some(kms_conformance_model::Path::of("KeyMetadata.Origin")),
        class: String::new(),
    }]);
    let lying = |member: &'static str| {
        answering(&history, "DescribeKey", 0, move |_, response| {
            response["KeyMetadata"][member] = json!("another");
        })
    };
    let broken = |history: &[Event]| {
        let mut relations = Relations::new(Standing::Exclusive);
        let mut broken = BTreeSet::new();
        for event in history {
            let Event::Exchange {
                operation,
                body,
                reply,
            } = event
            else {
                relations.stirred();
                continue;
            };
            let at = At {
                operation: *operation,
                body,
                reply,
            };
            let verdict = match operation.name() {
                "DescribeKey" => blamed.clone(),
                _ => Verdict::Conforms(Vec::new()),
            };
            for judged in relations.observe(&at, &verdict) {
                let divergences = judged.verdict.divergences().iter();
                broken.extend(divergences.map(|it| it.member.clone()));
            }
        }
        broken
    };
    assert_eq!(broken(&lying("Origin")), BTreeSet::new());
    let members = broken(&lying("Description"));
    assert!(members.contains("Description"), "{members:?}");
}

/// What the harness computes itself: the secret with a peer whose private key it holds, and the
/// plaintext that it encrypted with the public key.
#[tokio::test]
async fn what_the_harness_holds_is_compared() {
    let reversed = |response: &mut Value, member: &str| {
        let mut result = bytes(&response[member]);
        result.reverse();
        response[member] = json!(base64(&result));
    };
    let plan = plan("every result twice and from two sides");
    let secrets = tapped(move |name, _, response| {
        if name == "DeriveSharedSecret" {
            reversed(response, "SharedSecret");
        }
    });
    let plaintexts = tapped(move |name, body, response| {
        if name == "Decrypt" && body["EncryptionAlgorithm"] == "RSAES_OAEP_SHA_256" {
            response["Plaintext"] = json!(base64(&[9; 24]));
        }
    });
    let ids = |played: Played| -> BTreeSet<&str> {
        let seen = played.seen.iter();
        seen.map(|seen| seen.divergence.rules[0].id).collect()
    };
    let seen = ids(played_on(&plan, &secrets).await);
    assert!(seen.contains("META-30"), "{seen:?}");
    // The judge may know what it wrapped, and then the relations need not say it again.
    let seen = ids(played_on(&plan, &plaintexts).await);
    assert_eq!(seen.len(), 1, "{seen:?}");
}

/// Throttling and other refusals say nothing about what is there.
#[tokio::test]
async fn a_throttled_read_breaks_nothing() {
    let throttled = Reply::Refused(Refused {
        error: "ThrottlingException".to_owned(),
        message: None,
        status: 400,
    });
    let history = honest().await;
    for name in [
        "DescribeKey",
        "ListKeys",
        "ListAliases",
        "Decrypt",
        "DescribeClusters",
    ] {
        let mut nth = 0;
        let history = altered(&history, name, 0, |_, reply| {
            nth += 1;
            if nth % 2 == 0 {
                *reply = throttled.clone();
            }
        });
        let told = told(&Standing::Exclusive, &history);
        assert!(told.broken.is_empty(), "{name}: {:#?}", told.broken);
    }
}

/// The judge accepts any random bytes, so only the relation sees that they come twice; and what it
/// finds is shrunk and counted like any other finding.
#[tokio::test]
async fn a_lie_that_the_model_believes_is_found_shrunk_and_counted() {
    let target = tapped(|name, _, response| {
        if name == "GenerateRandom" {
            let bytes: Vec<u8> = (0..32).collect();
            response["Plaintext"] = json!(base64(&bytes));
        }
    });
    let plan = two_sides();
    let played = played_on(&plan, &target).await;
    let [seen] = &played.seen[..] else {
        panic!("{:#?}", played.seen);
    };
    assert_eq!(seen.divergence.rules[0].id, "META-10");
    assert_eq!(seen.divergence.operation, "GenerateRandom");
    let count = played.coverage.rule("GenerateRandom", "META-10");
    assert_eq!(count.refuted, 1);
    assert!(count.held > 0);
    let identity = identity();
    let playing = Playing {
        timing: Timing::Still,
        ..Playing::new(&target, &identity)
    };
    let budget = Budget {
        confirmations: 3,
        patience: 60,
        time: Duration::from_secs(60),
        calls: 8_000,
    };
    let shrinker = Shrinker::new(seen, &played, budget, &playing);
    let shrunk = shrinker.shrink(&plan).await.unwrap();
    assert_eq!(shrunk.plan.steps.len(), 2, "{:#?}", shrunk.plan);
    assert_eq!(shrunk.reproduced, (3, 3));
}

#[tokio::test]
async fn an_honest_emulator_breaks_no_relation() {
    let identity = identity();
    let wishes = Wishes {
        outside: true,
        ..Wishes::default()
    };
    let strategy = Plans::of(&wishes, &identity);
    let directed = (0..).map_while(|number| scenario(number, &identity));
    let drawn = strategy.from_seed(11).take(60);
    for made in directed.chain(drawn) {
        let broken = made
            .played
            .seen
            .iter()
            .filter(|seen| seen.divergence.rules[0].id.starts_with("META"));
        let broken: Vec<_> = broken.collect();
        assert!(broken.is_empty(), "{}: {broken:#?}", made.plan.title);
    }
}
