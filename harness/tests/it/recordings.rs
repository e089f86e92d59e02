//! Recordings: what is recorded holds no secrets and no ids, and is judged offline as it was live.

use crate::cli::run;
use crate::snapshots::top;
use kms_conformance::generate::{private_emulator, scenario};
use kms_conformance::offline::{
    Judgement, Outcome, Precedence, asked, judge_recording, questions, settling,
};
use kms_conformance::plan::Plan;
use kms_conformance::player::{Played, Playing};
use kms_conformance::record::record_play;
use kms_conformance::recording::read;
use kms_conformance::session::{Identity, Timing};
use kms_conformance_model::Switches;
use kms_conformance_targets::{
    InProcess, Lost, OutsideCall, OutsideError, Request, Response, Sending, Target,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

fn identity() -> Identity {
    Identity {
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        salt: "recorded".to_owned(),
    }
}

/// The directed plans, and the kept ones, each with a name.
fn plans() -> Vec<(String, Plan)> {
    let directed = (0..).map_while(|nth| scenario(nth, &identity()));
    let directed = directed.map(|generated| (generated.plan.title.clone(), generated.plan));
    let folder = fs::read_dir(top().join("snapshots/plans")).unwrap();
    let mut kept: Vec<_> = folder.map(|file| file.unwrap().path()).collect();
    kept.sort();
    let kept = kept.into_iter().map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, Plan::read(&path).unwrap())
    });
    directed.chain(kept).collect()
}

/// Plays a plan on an emulator of its own and records it.
fn recorded(plan: &Plan, path: &Path) -> Played {
    let emulator = private_emulator(&identity(), &Switches::none());
    recorded_on(&emulator, plan, path)
}

fn recorded_on(target: &dyn Target, plan: &Plan, path: &Path) -> Played {
    let identity = identity();
    let playing = Playing {
        timing: Timing::Still,
        ..Playing::new(target, &identity)
    };
    let out = Box::new(fs::File::create(path).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let played = runtime.block_on(record_play(plan, &playing, "emulator", out));
    played.unwrap()
}

fn judged(path: &Path) -> Judgement {
    judge_recording(&read(path).unwrap(), false).unwrap()
}

/// The rules that held, by operation.
fn held(played: &Played) -> BTreeSet<(String, String)> {
    played
        .coverage
        .operations()
        .flat_map(|(label, entry)| {
            let held = entry.rules.iter().filter(|(_, count)| count.held > 0);
            held.map(move |(id, _)| (label.to_owned(), id.clone()))
        })
        .collect()
}

/// What only a private key itself would show, which is in no recording.
const OPEN: &str = "a stand-in hides the secret to compare";

#[test]
fn what_conformed_live_conforms_offline_by_the_same_rules() {
    let folder = tempfile::tempdir().unwrap();
    let mut live = BTreeSet::new();
    let mut offline = BTreeSet::new();
    let mut open = 0;
    for (nth, (name, plan)) in plans().into_iter().enumerate() {
        let path = folder.path().join(format!("{nth}.jsonl"));
        let played = recorded(&plan, &path);
        let judgement = judged(&path);
        let [(_, again)] = judgement.parts.as_slice() else {
            panic!("{name}: {} parts", judgement.parts.len());
        };
        assert!(again.seen.is_empty(), "{name}: {:#?}", again.seen);
        let hidden = again.unknown.iter().filter(|((_, why), _)| why == OPEN);
        open += hidden.map(|(_, count)| count).sum::<u64>();
        let news = again.unknown.iter().filter(|((_, why), _)| why != OPEN);
        let news: Vec<_> = news
            .filter(|(why, count)| played.unknown.get(why) != Some(count))
            .collect();
        assert!(
            news.is_empty(),
            "{name}: {news:?} instead of {:?}",
            played.unknown
        );
        live.extend(held(&played));
        offline.extend(held(again));
    }
    let lost: Vec<_> = live.difference(&offline).collect();
    let won: Vec<_> = offline.difference(&live).collect();
    println!(
        "{} rules held live, {} offline, {open} exchanges open for stand-ins, lost: {lost:?}",
        live.len(),
        offline.len()
    );
    // What a plan made up is not known any more, so that a code may have been made elsewhere.
    let of_codes = |rule: &&(String, String)| rule.1 == "CKX-128a";
    assert!(won.iter().all(of_codes), "{won:?}");
    assert!(live.len() > 500, "{}", live.len());
    // The halves of a key pair cannot be put together any more: where they stand, all is left open.
    assert!(open > 0);
    let of_pairs = |(label, _): &(String, String)| label == "GenerateDataKeyPair";
    // Neither can the bytes of plaintexts and ciphertexts be compared.
    let of_bytes = |(_, rule): &(String, String)| matches!(rule.as_str(), "META-22" | "META-39");
    let explained = |rule: &(String, String)| of_pairs(rule) || of_bytes(rule);
    assert!(lost.iter().all(|rule| explained(rule)), "{lost:?}");
}

/// A target that keeps what went by.
struct Tapped {
    emulator: InProcess,
    heard: Mutex<Vec<Value>>,
}

impl Tapped {
    fn hear(&self, document: &Value) {
        self.heard.lock().unwrap().push(document.clone());
    }
}

impl Target for Tapped {
    fn name(&self) -> String {
        self.emulator.name()
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        Box::pin(async move {
            let response = self.emulator.send(request).await?;
            for body in [&request.body, &response.body] {
                self.hear(&serde_json::from_slice(body).unwrap_or_default());
            }
            let id = response.header("x-amzn-requestid");
            self.hear(&json!({ "RequestId": id }));
            Ok(response)
        })
    }

    fn offers_outside(&self) -> bool {
        true
    }

    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        Box::pin(async move {
            self.hear(&serde_json::to_value(call).unwrap());
            self.emulator.outside(call).await
        })
    }
}

/// The members that no recording may show, and the shortest text that cannot be there by chance.
const HIDDEN: &[(&str, usize)] = &[
    ("AccessKeyId", 16),
    ("BackupId", 16),
    ("CiphertextBlob", 20),
    ("CloudHsmClusterId", 16),
    ("ClusterId", 16),
    ("CustomKeyStoreId", 16),
    ("EncryptedKeyMaterial", 20),
    ("EniId", 12),
    ("GrantId", 64),
    ("GrantToken", 20),
    ("HsmId", 14),
    ("ImportToken", 20),
    ("KeyId", 36),
    ("KeyMaterialId", 64),
    ("KeyStorePassword", 7),
    ("Plaintext", 20),
    ("PrivateKeyCiphertextBlob", 20),
    ("PrivateKeyPlaintext", 20),
    ("RawSecretAccessKey", 40),
    ("RequestId", 36),
    ("SharedSecret", 20),
    ("password", 7),
];

fn hidden(document: &Value, found: &mut BTreeSet<String>) {
    match document {
        Value::Object(members) => {
            for (name, value) in members {
                let shortest = HIDDEN.iter().find(|(hidden, _)| hidden == name);
                match (shortest, value) {
                    (Some((_, shortest)), Value::String(text)) => {
                        // What has not the form of an id is none, and a word is no secret.
                        let is_id = name.ends_with("Id") && name != "AccessKeyId";
                        let counts = text.len() >= *shortest
                            && text.contains(|letter: char| letter.is_ascii_digit())
                            && (!is_id || is_well_formed(text));
                        found.extend(Some(text.clone()).filter(|_| counts));
                    }
                    _ => hidden(value, found),
                }
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| hidden(entry, found)),
        _ => {}
    }
}

fn is_well_formed(id: &str) -> bool {
    let last = id.rsplit('/').next().unwrap();
    let rest = last.rsplit('-').next().unwrap();
    let prefixed = ["cks-", "cluster-", "hsm-", "backup-", "eni-", "mrk-"];
    let of_aws = prefixed.iter().any(|it| last.starts_with(it)) && rest.len() >= 11;
    let digits = |text: &str| text.chars().all(|it| it.is_ascii_hexdigit());
    let uuid = last.len() == 36 && last.split('-').all(digits) && last.split('-').count() == 5;
    let hex = last.len() == 64 && digits(last);
    let plain = rest.chars().all(|it| it.is_ascii_alphanumeric());
    let based = ["cluster-", "hsm-", "backup-"];
    if based.iter().any(|it| last.starts_with(it)) && rest.contains(['0', '1', '8', '9']) {
        return false;
    }
    plain && (of_aws && rest.len() <= 32 || uuid || hex)
}

/// What is public may be equal to something that is not.
fn public(document: &Value, found: &mut BTreeSet<String>) {
    match document {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("Message" | "PublicKey" | "Signature" | "Mac", Value::String(text)) => {
                        found.insert(text.clone());
                    }
                    _ => public(value, found),
                }
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| public(entry, found)),
        _ => {}
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => files_below(&path),
            false => vec![path],
        })
        .collect()
}

#[test]
fn no_artefact_of_a_recording_holds_an_id_or_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = BTreeSet::new();
    let mut arguments = vec!["judge".to_owned()];
    for (nth, (name, plan)) in plans().into_iter().enumerate() {
        let path = folder.path().join(format!("{nth}.jsonl"));
        let tapped = Tapped {
            emulator: private_emulator(&identity(), &Switches::none()),
            heard: Mutex::default(),
        };
        recorded_on(&tapped, &plan, &path);
        let mut secrets = BTreeSet::from(["123456789012".to_owned()]);
        let mut shown_anyway = BTreeSet::new();
        for document in tapped.heard.into_inner().unwrap() {
            hidden(&document, &mut secrets);
            public(&document, &mut shown_anyway);
        }
        // What is hardly more than one letter repeated may be the stand-in of another by chance.
        let letters = |it: &String| it.chars().collect::<BTreeSet<_>>().len();
        secrets.retain(|it| !shown_anyway.contains(it) && letters(it) > 4);
        let text = fs::read_to_string(&path).unwrap();
        let shown = secrets
            .iter()
            .filter(|secret| text.contains(secret.as_str()));
        let shown: Vec<&String> = shown.collect();
        assert!(shown.is_empty(), "{name}: {shown:?}");
        all.extend(secrets);
        arguments.push(path.to_string_lossy().into_owned());
    }
    println!("{} secrets and ids", all.len());
    assert!(all.len() > 10_000, "{}", all.len());
    // What is made of recordings holds no more than they do.
    let report = folder.path().join("report");
    arguments.extend([
        "--report-dir".to_owned(),
        report.to_string_lossy().into_owned(),
    ]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = run(&arguments);
    let reports = files_below(&report).into_iter();
    let mut texts: Vec<String> = reports
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    texts.extend([ran.out, ran.err]);
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "+/=-".contains(letter);
    for text in &texts {
        let words = text.split(|letter: char| !is_part(letter));
        let words: BTreeSet<&str> = words
            .flat_map(|word| word.split('/').chain([word]))
            .collect();
        let shown = all.iter().find(|secret| words.contains(secret.as_str()));
        assert_eq!(shown, None);
    }
}

fn call(id: u32, operation: &str, body: &Value) -> Value {
    json!({"id": id, "call": {"service": "kms", "operation": operation, "body": body}})
}

/// A key that is made, looked at, disabled and used.
fn small_plan() -> Value {
    let key = json!({"$of": [1, "KeyMetadata.KeyId"]});
    let steps = json!([
        call(1, "CreateKey", &json!({"Description": "a"})),
        call(2, "DescribeKey", &json!({ "KeyId": key })),
        call(3, "DisableKey", &json!({ "KeyId": key })),
        call(
            4,
            "Encrypt",
            &json!({ "KeyId": key, "Plaintext": "c29tZSBzZWNyZXQ=" })
        ),
        call(5, "ListResourceTags", &json!({ "KeyId": key })),
    ]);
    json!({"schema": 1, "title": "small", "steps": steps})
}

/// The lines of a recording of the small plan.
fn small_recording() -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.jsonl");
    let plan = serde_json::from_value(small_plan()).unwrap();
    assert!(recorded(&plan, &path).seen.is_empty());
    let text = fs::read_to_string(&path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn outcomes_of(lines: &[Value]) -> Vec<Outcome> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.jsonl");
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(&path, lines.join("\n")).unwrap();
    let notes = judged(&path).notes;
    notes.into_iter().map(|note| note.outcome).collect()
}

fn contradicts(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Contradicts { .. })
}

#[test]
fn a_recording_that_was_tampered_with_diverges() {
    let good = small_recording();
    assert_eq!(outcomes_of(&good), vec![Outcome::Conforms; 5]);
    let cases: [(&str, usize, &str, Value); 8] = [
        (
            "another error",
            4,
            "/reply/http/body/__type",
            json!("NotFoundException"),
        ),
        ("another status", 4, "/reply/http/status", json!(500)),
        (
            "another id",
            2,
            "/reply/http/body/KeyMetadata/KeyId",
            json!("00000000-0000-4000-8000-00000000abcd"),
        ),
        (
            "another ARN",
            2,
            "/reply/http/body/KeyMetadata/Arn",
            json!("arn:aws:kms:us-east-1:999988887777:key/x"),
        ),
        (
            "another state",
            2,
            "/reply/http/body/KeyMetadata/KeyState",
            json!("Disabled"),
        ),
        (
            "no member",
            2,
            "/reply/http/body/KeyMetadata/Origin",
            Value::Null,
        ),
        (
            "another description",
            2,
            "/reply/http/body/KeyMetadata/Description",
            json!("b"),
        ),
        (
            "a malformed request id",
            1,
            "/reply/http/headers/x-amzn-requestid",
            json!("1"),
        ),
    ];
    for (what, line, at, value) in cases {
        let mut lines = good.clone();
        *lines[line].pointer_mut(at).expect(what) = value;
        assert!(
            outcomes_of(&lines).iter().any(contradicts),
            "{what} is not found"
        );
    }
    // Without the creation, nothing that comes after it can have been.
    let mut lines = good.clone();
    lines.remove(1);
    assert!(contradicts(&outcomes_of(&lines)[0]));
}

#[test]
fn what_was_made_before_anybody_looked_is_judged_by_what_it_shows() {
    let mut lines = small_recording();
    lines.remove(1);
    lines[0]["fresh"] = json!(false);
    lines[0]["exclusive"] = json!(false);
    let outcomes = outcomes_of(&lines);
    assert!(!outcomes.iter().any(contradicts), "{outcomes:?}");
    assert_eq!(outcomes[0], Outcome::Conforms);
    let tampered = |line: usize, at: &str, value: Value| {
        let mut lines = lines.clone();
        *lines[line].pointer_mut(at).unwrap() = value;
        outcomes_of(&lines).iter().any(contradicts)
    };
    let metadata = |member: &str| format!("/reply/http/body/KeyMetadata/{member}");
    assert!(tampered(1, &metadata("Enabled"), json!(false)));
    assert!(tampered(
        1,
        &metadata("Arn"),
        json!("arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-00000000abcd")
    ));
    assert!(tampered(1, &metadata("KeySpec"), json!("AES_512")));
    assert!(tampered(1, &metadata("KeyUsage"), json!("SIGN_VERIFY")));
    assert!(tampered(1, &metadata("Origin"), Value::Null));
    assert!(tampered(
        3,
        "/reply/http/body/__type",
        json!("TagException")
    ));
    // What cannot change is remembered.
    let mut twice = lines.clone();
    twice.push(lines[1].clone());
    assert!(!outcomes_of(&twice).iter().any(contradicts));
    let last = twice.len() - 1;
    twice[last]["reply"]["http"]["body"]["KeyMetadata"]["CreationDate"] = json!(1.0);
    assert!(contradicts(outcomes_of(&twice).last().unwrap()));
    // It may as well not be there.
    let mut absent = lines[..2].to_vec();
    let error = json!({"__type": "NotFoundException", "message": "Key does not exist"});
    absent[1]["reply"] = json!({"http": {"status": 400, "body": error}});
    assert_eq!(outcomes_of(&absent), [Outcome::Conforms]);
}

#[test]
fn a_private_key_behind_a_stand_in_is_neither_believed_nor_doubted() {
    let key = json!({"$of": [1, "KeyMetadata.KeyId"]});
    let pair = json!({ "KeyId": key, "KeyPairSpec": "ECC_NIST_P256" });
    let sealed = json!({"CiphertextBlob": {"$of": [2, "PrivateKeyCiphertextBlob"]}});
    let steps = json!([
        call(1, "CreateKey", &json!({})),
        call(2, "GenerateDataKeyPair", &pair),
        call(3, "Decrypt", &sealed),
    ]);
    let plan = json!({"schema": 1, "title": "pair", "steps": steps});
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pair.jsonl");
    recorded(&serde_json::from_value(plan).unwrap(), &path);
    let outcomes: Vec<Outcome> = judged(&path)
        .notes
        .into_iter()
        .map(|it| it.outcome)
        .collect();
    assert_eq!(outcomes[1], Outcome::Unknown(OPEN.to_owned()));
    assert!(!contradicts(&outcomes[2]));
    // Whether the same key comes out again can still be told.
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<Value> = text
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    lines[3]["reply"]["http"]["body"]["Plaintext"] = json!("AAAA");
    assert!(!matches!(outcomes_of(&lines)[2], Outcome::Conforms));
}

#[test]
fn a_bad_line_is_named_with_the_fix() {
    let folder = tempfile::tempdir().unwrap();
    let good: Vec<String> = small_recording().iter().map(Value::to_string).collect();
    let header = good[0].clone();
    let cases: [(&str, Vec<String>, &str, &str); 7] = [
        ("empty", vec![], ":1:", "record it again"),
        ("no header", vec![good[1].clone()], ":1:", "header"),
        (
            "a later schema",
            vec![header.replace("\"schema\":1", "\"schema\":9")],
            ":1:",
            "record it again",
        ),
        (
            "half a line",
            vec![header.clone(), good[1][..40].to_owned()],
            ":2:",
            "broke off",
        ),
        (
            "no reply",
            vec![header.clone(), good[1].replace("\"reply\"", "\"answer\"")],
            ":2:",
            "reply",
        ),
        (
            "no act",
            vec![header.clone(), "{\"at\": 1}".to_owned()],
            ":2:",
            "`call`",
        ),
        (
            "an unknown operation",
            vec![header, good[1].replace("CreateKey", "CreateKy")],
            ":2:",
            "rules",
        ),
    ];
    for (what, lines, place, fix) in cases {
        let path = folder.path().join("bad.jsonl");
        fs::write(&path, lines.join("\n")).unwrap();
        let ran = run(&["judge", path.to_str().unwrap()]);
        assert_eq!(ran.code, Some(2), "{what}: {}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{what}: {}", ran.err);
        assert!(
            ran.err.contains(place) && ran.err.contains(fix),
            "{what}: {}",
            ran.err
        );
    }
}

#[test]
fn a_plan_is_recorded_and_judged_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let mut plan = small_plan();
    let steps = plan["steps"].as_array_mut().unwrap();
    // That a broken ARN is refused is written nowhere.
    steps.push(call(
        6,
        "DescribeKey",
        &json!({"KeyId": "arn:aws:kms:broken"}),
    ));
    fs::write(path("plan.json"), plan.to_string()).unwrap();
    let record = [
        "record",
        &path("plan.json"),
        "--target",
        "model",
        "--out",
        &path("a.jsonl"),
    ];
    let ran = run(&record);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    // What was recorded before is not written over.
    let ran = run(&record);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("give another --out"), "{}", ran.err);
    let ran = run(&[
        "judge",
        &path("a.jsonl"),
        "--precedence",
        &path("order.json"),
    ]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let line = ran
        .out
        .lines()
        .find(|line| line.starts_with("a.jsonl:5  kms Encrypt: DisabledException"));
    assert!(
        line.is_some_and(|line| line.contains("confirms KST-01")),
        "{}",
        ran.out
    );
    assert!(fs::exists(path("order.json")).unwrap());
    let ran = run(&["judge", &path("a.jsonl"), "--evidence"]);
    assert!(ran.out.contains("not recorded on AWS"), "{}", ran.out);
    // The same answers from AWS would be evidence.
    let text = fs::read_to_string(path("a.jsonl")).unwrap();
    let of_aws = text.replace("\"target\":\"model\"", "\"target\":\"aws\"");
    fs::write(path("aws.jsonl"), of_aws).unwrap();
    let ran = run(&["judge", &path("aws.jsonl"), "--evidence"]);
    assert!(
        ran.out.contains("KID-07  INF -> OBS  aws.jsonl:7"),
        "{}",
        ran.out
    );
    // A tampered recording fails.
    fs::write(
        path("bad.jsonl"),
        text.replace("DisabledException", "NotFoundException"),
    )
    .unwrap();
    let ran = run(&["judge", &path("bad.jsonl"), "--report-dir", &path("report")]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("contradicts KST-01"), "{}", ran.out);
    assert!(fs::exists(path("report/report.json")).unwrap());
}

#[test]
fn a_run_that_dies_loses_nothing_that_happened() {
    let lines = small_recording();
    let outcomes = outcomes_of(&lines[..4]);
    assert_eq!(outcomes, vec![Outcome::Conforms; 3]);
}

#[test]
fn pairs_of_refusals_whose_order_nobody_saw_are_questions() {
    let open = questions(&Precedence::default(), 20, true).unwrap();
    assert!(open.len() > 10, "{}", open.len());
    for question in &open {
        assert_ne!(question.errors.0, question.errors.1, "{question:?}");
    }
    // One plan asks them all, in fewer requests than one after the other.
    let plan = settling(&open);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let asked = runtime.block_on(asked(&plan)).unwrap();
    let still = open
        .iter()
        .filter(|question| asked.contains(&question.key()));
    let apart: usize = open.iter().map(|question| question.plan.calls()).sum();
    println!(
        "{} questions, {} asked by one plan of {} requests instead of {apart}",
        open.len(),
        still.clone().count(),
        plan.calls()
    );
    assert!(plan.calls() < apart);
    assert!(still.count() * 4 > open.len() * 3);
}
