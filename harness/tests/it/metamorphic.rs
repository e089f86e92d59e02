//! Answers against answers: each relation finds a lie about it and names it, an honest history breaks
//! none, and where others write or replies are lost nobody cries wolf.
//!
//! The lies are told to the relations alone: the judge would see most of them first.

use kms_conformance::generate::{Generator, Wishes, private_emulator, scenario};
use kms_conformance::metamorphic::{At, Relations};
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
use std::collections::BTreeSet;
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

fn two_sides() -> Plan {
    let identity = identity();
    let mut all = (0..).map_while(|number| scenario(number, &identity));
    let made = all.find(|made| made.plan.title == "everything from two sides");
    made.unwrap().plan
}

/// What an honest emulator answers to the scenario that looks at everything from two sides.
async fn honest() -> Vec<Event> {
    let target = tapped(|_, _, _| ());
    played_on(&two_sides(), &target).await;
    target.history.into_inner().unwrap()
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

fn told(exclusive: bool, history: &[Event]) -> Told {
    let mut relations = Relations::new(exclusive);
    let mut told = Told::default();
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
        for judged in relations.observe(&at, &Verdict::Conforms(Vec::new())) {
            assert_eq!(judged.operation, RELATION);
            match judged.verdict {
                Verdict::Conforms(cards) => {
                    told.held
                        .extend(cards.iter().map(|card| card.id.to_owned()));
                }
                Verdict::Diverges(divergence) => told.broken.push(*divergence),
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
    let told = told(true, &honest().await);
    assert!(told.broken.is_empty(), "{:#?}", told.broken);
    let all: BTreeSet<String> = RELATIONS.iter().map(|card| card.id.to_owned()).collect();
    assert_eq!(told.held, all);
}

/// The lies, by the relation that must name each.
#[tokio::test]
async fn every_relation_finds_a_lie_and_names_it() {
    let history = honest().await;
    let mut named = BTreeSet::new();
    for (id, lie, history) in lies(&history) {
        let told = told(true, &history);
        assert!(told.ids().contains(id), "{id}: {lie}: {:?}", told.ids());
        for divergence in &told.broken {
            let shown = format!("{divergence:?}");
            assert!(!shown.contains(SECRET), "{lie} shows a secret: {shown}");
        }
        named.insert(id);
    }
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

/// Where others write, old and new answers mix. What only holds alone is silent there.
#[tokio::test]
async fn a_shared_account_may_show_what_others_wrote() {
    let history = honest().await;
    let always = [
        "META-06", "META-09", "META-10", "META-11", "META-12", "META-13",
    ];
    for (id, lie, history) in lies(&history) {
        let told = told(false, &history);
        let strange: Vec<&str> = told
            .ids()
            .into_iter()
            .filter(|id| !always.contains(id))
            .collect();
        assert_eq!(strange, Vec::<&str>::new(), "{id}: {lie}");
    }
    let told = told(false, &history);
    assert!(told.broken.is_empty(), "{:#?}", told.broken);
    assert_eq!(told.held.len(), always.len());
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
        let told = told(true, &history);
        assert!(told.broken.is_empty(), "{lie}: {:#?}", told.broken);
    }
}

/// What the judge blames is no second finding, neither then nor later.
#[tokio::test]
async fn where_the_judge_blames_an_answer_the_relations_forget_it() {
    let history = honest().await;
    let blamed = Verdict::Diverges(Box::new(Divergence {
        operation: "CreateKey",
        level: kms_conformance_model::Level::Members,
        rules: Vec::new(),
        expected: Vec::new(),
        observed: "success".to_owned(),
        status: 200,
        member: String::new(),
        at: None,
    }));
    let policy = twice(&history, "GetKeyPolicy", |response| {
        response["Policy"] = json!("{}");
    });
    let (last, before) = policy.split_last().unwrap();
    let mut relations = Relations::new(true);
    let mut observe = |event: &Event, verdict: &Verdict| match event {
        Event::Stir => {
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
        let told = told(true, &history);
        assert!(told.broken.is_empty(), "{name}: {:#?}", told.broken);
    }
}

/// The judge accepts any random bytes, so only the relation sees that they come twice; and what it
/// finds is shrunk and counted like any other finding.
#[tokio::test]
async fn a_lie_that_the_model_believes_is_found_shrunk_and_counted() {
    let target = tapped(|name, _, response| {
        if name == "GenerateRandom" {
            response["Plaintext"] = json!(format!("{}=", "A".repeat(43)));
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
        time: Duration::from_secs(60),
        calls: 8_000,
    };
    let shrinker = Shrinker::new(seen, budget, &playing);
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
    let mut generator = Generator::new(11, &identity);
    let directed = (0..).map_while(|number| scenario(number, &identity));
    let drawn: Vec<_> = (0..60).filter_map(|_| generator.plan(&wishes)).collect();
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
