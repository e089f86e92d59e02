//! Faults of imported key material.

use super::{Bend, Fault, fault, leave_out};
use serde_json::json;

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "imported material never expires",
        &[
            "CreateKey",
            "GetParametersForImport",
            "ImportKeyMaterial",
            "DescribeKey",
        ],
        Bend::Misread(&["ImportKeyMaterial"], |body, _| {
            if body["ValidTo"].is_number() {
                leave_out(body, "ValidTo");
                body["ExpirationModel"] = json!("KEY_MATERIAL_DOES_NOT_EXPIRE");
            }
        }),
    ),
    fault(
        "other material is taken for the one that was imported",
        &["CreateKey", "GetParametersForImport", "ImportKeyMaterial"],
        Bend::Unchecked("ImportKeyMaterial", "IMP-11"),
    ),
    fault(
        "the token of another key brings its key the material",
        &[
            "CreateKey",
            "CreateKey",
            "GetParametersForImport",
            "ImportKeyMaterial",
        ],
        Bend::Misread(&["ImportKeyMaterial"], |body, state| {
            let token = body["ImportToken"].as_str().unwrap_or_default();
            if let Some(parameters) = state.import_tokens.get(token) {
                body["KeyId"] = json!(parameters.key);
            }
        }),
    ),
    fault(
        "deleted material still opens",
        &[
            "CreateKey",
            "GetParametersForImport",
            "ImportKeyMaterial",
            "DeleteImportedKeyMaterial",
            "DescribeKey",
        ],
        Bend::Lost("DeleteImportedKeyMaterial"),
    ),
];
