//! Faults that show what is not, or not any more, or not all of it.

use super::{Bend, Fault, Told, fault, leave_out, names_a_key};
use serde_json::{Value, json};

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "a key is described as it was first",
        &["CreateKey", "DescribeKey", "DisableKey", "DescribeKey"],
        Bend::Answer("DescribeKey", |told| {
            let key = told.request["KeyId"].to_string();
            remember(told, &key);
        }),
    ),
    fault(
        "key stores are described as they were first",
        &[
            "DescribeCustomKeyStores",
            "CreateCustomKeyStore",
            "DescribeCustomKeyStores",
        ],
        Bend::Answer("DescribeCustomKeyStores", repeat_the_first),
    ),
    fault(
        "aliases are listed as they were first",
        &["CreateKey", "ListAliases", "CreateAlias", "ListAliases"],
        Bend::Answer("ListAliases", repeat_the_first),
    ),
    fault(
        "tags are listed as they were first",
        &[
            "CreateKey",
            "ListResourceTags",
            "TagResource",
            "ListResourceTags",
        ],
        Bend::Answer("ListResourceTags", repeat_the_first),
    ),
    fault(
        "the last key of a page is left out",
        &["CreateKey", "ListKeys"],
        Bend::Answer("ListKeys", |told| drop_last(told, "Keys")),
    ),
    fault(
        "the last alias of a page is left out",
        &["CreateKey", "CreateAlias", "ListAliases"],
        Bend::Answer("ListAliases", |told| drop_last(told, "Aliases")),
    ),
    fault(
        "a page of keys is one too long",
        &["CreateKey", "CreateKey", "ListKeys"],
        Bend::Misread(&["ListKeys"], |body, _| {
            if let Some(limit) = body["Limit"]
                .as_u64()
                .filter(|limit| (1..1_000).contains(limit))
            {
                body["Limit"] = json!(limit + 1);
            }
        }),
    ),
    fault(
        "a list of keys ends with its first page",
        &["CreateKey", "CreateKey", "ListKeys"],
        Bend::Answer("ListKeys", end_here),
    ),
    fault(
        "a list of aliases ends with its first page",
        &["CreateKey", "CreateAlias", "CreateAlias", "ListAliases"],
        Bend::Answer("ListAliases", end_here),
    ),
    fault(
        "the second page is the first again",
        &["CreateKey", "CreateKey", "ListKeys", "ListKeys"],
        Bend::Misread(&["ListKeys"], |body, state| {
            let known = body["Marker"]
                .as_str()
                .and_then(|marker| state.markers.get(marker))
                .is_some_and(|marker| marker.list == "ListKeys");
            if known {
                leave_out(body, "Marker");
            }
        }),
    ),
    fault(
        "an entry stands on a page twice",
        &["CreateKey", "ListKeys"],
        Bend::Answer("ListKeys", |told| {
            if let Some(keys) = told.answer["Keys"].as_array_mut()
                && let Some(first) = keys.first().cloned()
            {
                keys.push(first);
            }
        }),
    ),
    fault(
        "Truncated is left out",
        &["ListKeys"],
        Bend::Answer("ListKeys", |told| leave_out(told.answer, "Truncated")),
    ),
    fault(
        "the aliases of a key are those of all keys",
        &["CreateKey", "CreateKey", "CreateAlias", "ListAliases"],
        Bend::Misread(&["ListAliases"], |body, state| {
            if names_a_key(body, state) {
                leave_out(body, "KeyId");
            }
        }),
    ),
    fault(
        "a key store is looked for in vain by its name",
        &["CreateCustomKeyStore", "DescribeCustomKeyStores"],
        Bend::Answer("DescribeCustomKeyStores", |told| {
            if told.request.get("CustomKeyStoreName").is_some() && *told.status == 200 {
                told.answer["CustomKeyStores"] = json!([]);
            }
        }),
    ),
    fault(
        "the filter for clusters lets all pass",
        &["CreateCluster", "CreateCluster", "DescribeClusters"],
        Bend::Misread(&["DescribeClusters"], |body, state| {
            let ids = body
                .pointer("/Filters/clusterIds")
                .and_then(Value::as_array);
            let known = |id: &Value| {
                id.as_str()
                    .is_some_and(|id| state.clusters.contains_key(id))
            };
            let alone = body["Filters"].as_object().is_some_and(|it| it.len() == 1);
            if alone && ids.is_some_and(|ids| ids.iter().any(known)) {
                body["Filters"] = json!({});
            }
        }),
    ),
    fault(
        "a connection that failed is shown as connected",
        after_a_cluster!(
            "CreateCustomKeyStore",
            "ConnectCustomKeyStore",
            "wait",
            "DescribeCustomKeyStores"
        ),
        Bend::Answer("DescribeCustomKeyStores", |told| {
            for store in told.answer["CustomKeyStores"]
                .as_array_mut()
                .into_iter()
                .flatten()
            {
                let is_of_a_cluster = store.get("CloudHsmClusterId").is_some();
                if is_of_a_cluster && store["ConnectionState"] == json!("FAILED") {
                    store["ConnectionState"] = json!("CONNECTED");
                    leave_out(store, "ConnectionErrorCode");
                }
            }
        }),
    ),
    fault(
        "a failed connection has no reason",
        after_a_cluster!(
            "CreateCustomKeyStore",
            "ConnectCustomKeyStore",
            "wait",
            "DescribeCustomKeyStores"
        ),
        Bend::Answer("DescribeCustomKeyStores", |told| {
            for store in told.answer["CustomKeyStores"]
                .as_array_mut()
                .into_iter()
                .flatten()
            {
                if store.get("CloudHsmClusterId").is_some() {
                    leave_out(store, "ConnectionErrorCode");
                }
            }
        }),
    ),
    fault(
        "a key is in no key store",
        &[
            "CreateCustomKeyStore",
            "ConnectCustomKeyStore",
            "wait",
            "CreateKey",
        ],
        Bend::Answer("CreateKey", |told| {
            if let Some(shown) = told.answer.get_mut("KeyMetadata") {
                leave_out(shown, "CustomKeyStoreId");
            }
        }),
    ),
    fault(
        "the ARN of a key is of another account",
        &["CreateKey"],
        Bend::Answer("CreateKey", |told| {
            if let Some(arn) = told.answer.pointer_mut("/KeyMetadata/Arn")
                && let Some(text) = arn.as_str()
            {
                *arn = json!(text.replace(":123456789012:", ":210987654321:"));
            }
        }),
    ),
    fault(
        "dates are in milliseconds",
        &["CreateKey"],
        Bend::Answer("CreateKey", |told| {
            if let Some(date) = told.answer.pointer_mut("/KeyMetadata/CreationDate")
                && let Some(seconds) = date.as_f64()
            {
                *date = json!(seconds * 1_000.0);
            }
        }),
    ),
    fault(
        "the name of a deleted alias stays in use",
        &["CreateKey", "CreateAlias", "DeleteAlias", "CreateAlias"],
        Bend::Answer("CreateAlias", |told| {
            let name = told.request["AliasName"].to_string();
            if *told.status == 200 {
                let again = told.memory.get(&name).is_some();
                told.memory[&name] = json!(true);
                if again {
                    refuse(told, "AlreadyExistsException");
                }
            }
        }),
    ),
    fault(
        "the name of a key store stays in use for ever, in all Regions",
        &["CreateCustomKeyStore", "CreateCustomKeyStore"],
        Bend::Answer("CreateCustomKeyStore", |told| {
            let name = told.request["CustomKeyStoreName"].to_string();
            if *told.status == 200 {
                let earlier = told.memory.get(&name).cloned();
                told.memory[&name] = told.answer["CustomKeyStoreId"].clone();
                if earlier.is_some_and(|id| id != told.answer["CustomKeyStoreId"]) {
                    refuse(told, "CustomKeyStoreNameInUseException");
                }
            }
        }),
    ),
];

/// Answers what was answered to the same request first.
fn repeat_the_first(told: &mut Told<'_>) {
    let request = told.request.to_string();
    remember(told, &request);
}

/// Answers what was answered to this question first.
fn remember(told: &mut Told<'_>, question: &str) {
    if *told.status != 200 {
        return;
    }
    match told.memory.get(question) {
        Some(first) => *told.answer = first.clone(),
        None => told.memory[question] = told.answer.clone(),
    }
}

fn drop_last(told: &mut Told<'_>, list: &str) {
    if let Some(entries) = told.answer[list].as_array_mut() {
        entries.pop();
    }
}

fn end_here(told: &mut Told<'_>) {
    if told.answer["Truncated"] == json!(true) {
        told.answer["Truncated"] = json!(false);
        leave_out(told.answer, "NextMarker");
    }
}

fn refuse(told: &mut Told<'_>, error: &str) {
    *told.status = 400;
    *told.answer = json!({"__type": error, "message": Value::Null});
}
