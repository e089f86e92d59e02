//! Reading a `report.json`.

use super::ReportFile;
use crate::error::Error;
use crate::report::json::SCHEMA;
use serde_json::Value;
use std::path::Path;

/// Reads a `report.json`; the error tells in one line why it is none.
pub fn read(path: &Path) -> Result<ReportFile, Error> {
    let text = std::fs::read_to_string(path).map_err(|why| bad(path, why.to_string()))?;
    understand(&text).map_err(|why| bad(path, why))
}

fn understand(text: &str) -> Result<ReportFile, String> {
    let document: Value =
        serde_json::from_str(text).map_err(|why| format!("it is not JSON: {why}"))?;
    match document.get("schema").and_then(Value::as_u64) {
        Some(schema) if schema == u64::from(SCHEMA) => {}
        Some(schema) => {
            return Err(format!(
                "it has schema {schema}, but this version reads schema {SCHEMA}"
            ));
        }
        None => return Err("it has no member `schema`".to_owned()),
    }
    serde_json::from_value(document).map_err(|why| format!("it is no report: {why}"))
}

fn bad(path: &Path, why: String) -> Error {
    Error::BadReport {
        path: path.to_owned(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_report_is_told_apart() {
        let why = |text: &str| understand(text).unwrap_err();
        assert!(why("<html>").starts_with("it is not JSON: "));
        assert_eq!(why("{}"), "it has no member `schema`");
        assert_eq!(
            why(r#"{"schema": 2}"#),
            "it has schema 2, but this version reads schema 1"
        );
        assert!(why(r#"{"schema": 1, "plan": {}}"#).starts_with("it is no report: missing field"));
    }
}
