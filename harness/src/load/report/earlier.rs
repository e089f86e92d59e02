//! A `load.json` of an earlier run, to compare with.

use super::super::gate::Pair;
use super::super::options::{LoadOptions, Operation};
use super::document::{How, SCHEMA};
use serde::Deserialize;

/// What a comparison needs of an earlier run.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Earlier {
    schema: u32,
    operation: Operation,
    key_store: bool,
    drive: How,
    /// The rates of its pairs.
    #[serde(default)]
    pub(crate) pairs: Vec<Pair>,
    #[serde(default)]
    paired_with: String,
}

impl Earlier {
    /// Reads a file that was written by a run with `--pairs`. The error is why it is no use.
    pub(crate) fn read(text: &str, options: &LoadOptions) -> Result<Earlier, String> {
        let earlier: Earlier =
            serde_json::from_str(text).map_err(|why| format!("it is no load.json: {why}"))?;
        if earlier.schema != SCHEMA {
            return Err(format!(
                "it has schema {}, but this version reads schema {SCHEMA}",
                earlier.schema
            ));
        }
        if earlier.pairs.is_empty() || earlier.paired_with != super::super::run::YARDSTICK {
            return Err(
                "its run was not paired with the yardstick; run it with --pairs".to_owned(),
            );
        }
        let same = earlier.operation == options.operation
            && earlier.key_store == options.key_store
            && earlier.drive == How::from(options);
        match same {
            true => Ok(earlier),
            false => Err(
                "its run had another --operation, --key-store, --concurrency or --duration"
                    .to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::options::{Against, Drive};
    use super::*;
    use crate::options::{AwsSettings, TargetChoice, TargetOptions};
    use serde_json::{Value, json};
    use std::time::Duration;

    fn read(change: impl FnOnce(&mut Value)) -> Result<Earlier, String> {
        let mut document = json!({
            "schema": 1,
            "operation": "CreateKey",
            "key_store": false,
            "drive": {"loop": "paired", "clients": 8, "round_seconds": 1.0},
            "pairs": [{"target": 1.0, "other": 2.0}],
            "paired_with": "yardstick",
            "anything": "else",
        });
        change(&mut document);
        let options = LoadOptions {
            target: TargetOptions {
                choice: TargetChoice::Model,
                region: "us-east-1".to_owned(),
                account: None,
                shared: false,
                aws: AwsSettings::default(),
            },
            operation: Operation::CreateKey,
            key_store: false,
            drive: Drive::Paired {
                clients: 8,
                pairs: 1,
                against: Against::Yardstick,
            },
            duration: Duration::from_secs(1),
            warm_up: Duration::from_secs(1),
            history: 1,
        };
        Earlier::read(&document.to_string(), &options)
    }

    #[test]
    fn only_a_run_that_did_the_same_is_of_use() {
        assert_eq!(read(|_| {}).unwrap().pairs.len(), 1);
        let why = read(|it| it["operation"] = json!("mixed")).unwrap_err();
        assert!(why.contains("another --operation"), "{why}");
        let why = read(|it| it["drive"]["clients"] = json!(9)).unwrap_err();
        assert!(why.contains("--concurrency"), "{why}");
        let why = read(|it| it["pairs"] = json!([])).unwrap_err();
        assert!(why.contains("--pairs"), "{why}");
        let why = read(|it| it["schema"] = json!(2)).unwrap_err();
        assert!(why.contains("schema 2"), "{why}");
    }
}
