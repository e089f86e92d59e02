//! Faults of grants.

use super::effects::each_new;
use super::{Bend, Fault, Told, fault, leave_out, names_a_key};
use kms_conformance_model::State;
use kms_conformance_model::state::Constraints;
use serde_json::{Value, json};

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "a revoked grant stays",
        &["CreateKey", "CreateGrant", "RevokeGrant", "ListGrants"],
        Bend::Lost("RevokeGrant"),
    ),
    fault(
        "the same name gives another grant",
        &["CreateKey", "CreateGrant", "CreateGrant"],
        Bend::Misread(&["CreateGrant"], |body, _| leave_out(body, "Name")),
    ),
    fault(
        "a grant of the same name is the same whatever it allows",
        &["CreateKey", "CreateGrant", "CreateGrant", "ListGrants"],
        Bend::Misread(&["CreateGrant"], |body, state| {
            let name = body["Name"].as_str();
            let mut grants = state.grants.values();
            let earlier = grants.find(|grant| {
                let key = body["KeyId"].as_str().unwrap_or_default();
                grant.name.as_deref() == name && name.is_some() && key.ends_with(&grant.key)
            });
            if let Some(earlier) = earlier {
                body["Operations"] = json!(earlier.operations.iter().collect::<Vec<_>>());
            }
        }),
    ),
    fault(
        "the grants of a principal are those of all principals",
        &["CreateKey", "CreateGrant", "ListGrants"],
        Bend::Misread(&["ListGrants"], |body, state| {
            if names_a_key(body, state) && body.get("Marker").is_none() {
                leave_out(body, "GranteePrincipal");
            }
        }),
    ),
    fault(
        "the list of one grant is that of all",
        &["CreateKey", "CreateGrant", "ListGrants"],
        Bend::Misread(&["ListGrants"], |body, state| {
            if names_a_key(body, state) && body.get("Marker").is_none() {
                leave_out(body, "GrantId");
            }
        }),
    ),
    fault(
        "a grant goes to the first key of the account",
        &["CreateKey", "CreateKey", "CreateGrant", "ListGrants"],
        Bend::Effect("CreateGrant", |state, before, _| {
            let first = state.keys.keys().next().cloned().unwrap_or_default();
            each_new(&mut state.grants, &before.grants, |grant| {
                grant.key.clone_from(&first)
            });
        }),
    ),
    fault(
        "a constraint is lost",
        &["CreateKey", "CreateGrant", "ListGrants"],
        Bend::Effect("CreateGrant", |state, before, _| {
            each_new(&mut state.grants, &before.grants, |grant| {
                grant.constraints = Constraints::default()
            });
        }),
    ),
    fault(
        "the whole context is taken for a part",
        &["CreateKey", "CreateGrant", "ListGrants"],
        Bend::Effect("CreateGrant", |state, before, _| {
            each_new(&mut state.grants, &before.grants, |grant| {
                grant.constraints.subset = grant.constraints.equals.take();
            });
        }),
    ),
    fault(
        "a token retires the first grant of its key",
        &["CreateKey", "CreateGrant", "CreateGrant", "RetireGrant"],
        Bend::Misread(&["RetireGrant"], |body, state| {
            let token = body["GrantToken"].as_str().unwrap_or_default();
            let key = state.grant_named(token).map(|grant| grant.key.clone());
            let first = key.and_then(|key| Some(state.grants_of(&key).next()?.id.clone()));
            let mut tokens = state.grant_tokens.iter();
            if let Some((other, _)) = tokens.find(|(_, id)| Some(*id) == first.as_ref()) {
                body["GrantToken"] = json!(other);
            }
        }),
    ),
    fault(
        "retiring a grant retires all grants of its key",
        &[
            "CreateKey",
            "CreateGrant",
            "CreateGrant",
            "RetireGrant",
            "ListGrants",
        ],
        Bend::Effect("RetireGrant", all_of_the_key),
    ),
    fault(
        "a dry run revokes the grant",
        &["CreateKey", "CreateGrant", "RevokeGrant"],
        Bend::Unchecked("RevokeGrant", "GR-05"),
    ),
    fault(
        "a grant that is not there is revoked",
        &["CreateKey", "RevokeGrant"],
        Bend::Unchecked("RevokeGrant", "GR-03a"),
    ),
    fault(
        "a symmetric key is granted for signatures",
        &["CreateKey", "CreateGrant"],
        Bend::Unchecked("CreateGrant", "GR-02"),
    ),
    fault(
        "nobody may retire a grant",
        &["CreateKey", "CreateGrant", "ListGrants"],
        Bend::Effect("CreateGrant", |state, before, _| {
            each_new(&mut state.grants, &before.grants, |grant| {
                grant.retiring = None
            });
        }),
    ),
    fault(
        "a good token is refused",
        &["CreateKey", "CreateGrant", "Encrypt"],
        Bend::Answer("Encrypt", |told| {
            // What nobody handed out is shorter.
            let made = |token: &Value| token.as_str().is_some_and(|text| text.len() > 32);
            let tokens = told.request["GrantTokens"].as_array();
            if tokens.is_some_and(|tokens| tokens.iter().any(made)) && *told.status == 200 {
                refuse(told);
            }
        }),
    ),
];

fn all_of_the_key(state: &mut State, before: &State, _: &Value) {
    let gone = before.grants.iter();
    let gone = gone.filter(|(id, _)| !state.grants.contains_key(*id));
    let keys: Vec<String> = gone.map(|(_, grant)| grant.key.clone()).collect();
    let left = state.grants.iter();
    let left = left.filter(|(_, grant)| !keys.contains(&grant.key));
    state.grants = left
        .map(|(id, grant)| (id.clone(), grant.clone()))
        .collect();
}

fn refuse(told: &mut Told<'_>) {
    *told.status = 400;
    *told.answer = json!({ "__type": "InvalidGrantTokenException", "message": Value::Null });
}
