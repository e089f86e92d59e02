//! Who calls, and whether the policies of the keys let them.

use super::Config;
use crate::wire::Asked;
use kms_conformance_model::authorisation::{Caller, Decision, Wish, decide, wanted};
use kms_conformance_model::{Service, State};

/// Why the request is denied, if policies are enforced and one denies it. What is not known to be
/// about a key that exists is left to the rules of its operation.
pub(super) fn denied(
    config: &Config,
    asked: &Asked,
    access_key: Option<&str>,
    state: &State,
) -> Option<String> {
    let principals = config.principals.as_ref()?;
    if asked.operation.service() != Service::Kms {
        return None;
    }
    let arn = access_key.and_then(|key| principals.get(key));
    let caller = match arn {
        Some(arn) => Caller { arn: arn.clone() },
        None => Caller::root(state),
    };
    let wishes = wanted(state, asked.operation.name(), &asked.body);
    wishes.iter().find_map(|(action, id)| {
        let wish = Wish {
            caller: &caller,
            action,
            key: state.keys.get(id)?,
            body: &asked.body,
        };
        match decide(state, &wish) {
            Decision::Allowed => None,
            Decision::Denied(_, why) => Some(why),
        }
    })
}
