//! Recordings: what is recorded holds no secrets and no ids, and is judged offline as it was live.

use crate::snapshots::top;
use kms_conformance::generate::{private_emulator, scenario};
use kms_conformance::offline::{Judgement, Outcome, judge_recording};
use kms_conformance::plan::Plan;
use kms_conformance::player::{Played, Playing};
use kms_conformance::record::record_play;
use kms_conformance::recording::{Came, Recording, read};
use kms_conformance::session::{Identity, Timing};
use kms_conformance_model::Switches;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

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
    let identity = identity();
    let emulator = private_emulator(&identity, &Switches::none());
    let playing = Playing {
        timing: Timing::Still,
        ..Playing::new(&emulator, &identity)
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
    assert_eq!(won, Vec::<&(String, String)>::new());
    assert!(live.len() > 500, "{}", live.len());
    // The halves of a key pair cannot be put together any more: where they stand, all is left open.
    assert!(open > 0);
    let of_pairs = |(label, _): &(String, String)| label == "GenerateDataKeyPair";
    assert!(lost.iter().all(|rule| of_pairs(rule)), "{lost:?}");
}
