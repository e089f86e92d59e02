//! Semantic faults: ways in which an emulator gets AWS wrong, each with a name, to grade the finding
//! engine with. Unlike the rules that the saboteur breaks, most of them know nothing of the model:
//! they lose updates, mix up resources, skip pages, or answer what was true a moment ago.

/// The fewest steps to a cluster with two active HSMs whose certificate is known.
macro_rules! after_a_cluster {
    ($($more:literal),*) => {
        &[
            "CreateCluster", "wait", "CreateHsm", "wait", "DescribeClusters", "InitializeCluster",
            "wait", "ActivateCluster", "CreateHsm", "wait", $($more),*
        ]
    };
}

mod checks;
mod ciphers;
mod computations;
mod effects;
mod errors;
mod faulty;
mod grants;
mod imports;
mod lists;
mod planted;
mod record;
mod regions;
mod relations;
mod rotations;
mod updates;

pub use faulty::Faulty;
pub use planted::Planted;
pub use record::{Effort, Record, Row, record};

use kms_conformance_model::State;
use serde_json::Value;
use std::fmt;

/// A way in which an emulator gets AWS wrong.
pub struct Fault {
    /// What it is called.
    pub name: &'static str,
    /// The operations, outside actions and waits of the shortest plan that shows it, in order. None
    /// of them can be left out.
    pub shortest: &'static [&'static str],
    bend: Bend,
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fault").field(&self.name).finish()
    }
}

/// Faults are the same that have the same name.
impl PartialEq for Fault {
    fn eq(&self, other: &Fault) -> bool {
        self.name == other.name
    }
}

impl Fault {
    /// The operations, by name, whose requests, answers or effects it bends.
    pub fn operations(&self) -> &[&'static str] {
        match &self.bend {
            Bend::Misread(operations, _) => operations,
            Bend::Unchecked(of, _)
            | Bend::Error(of, ..)
            | Bend::Lost(of)
            | Bend::Effect(of, _)
            | Bend::Answer(of, _) => std::slice::from_ref(of),
        }
    }

    /// How many steps the shortest plan has that shows it.
    pub const fn minimum(&self) -> usize {
        self.shortest.len()
    }
}

/// How the emulator is bent.
enum Bend {
    /// The operation does not check this rule.
    Unchecked(&'static str, &'static str),
    /// The operation answers the second error where the first is due.
    Error(&'static str, &'static str, &'static str),
    /// The operation says that it has done what it has not.
    Lost(&'static str),
    /// A success of the operation does something else to the account; the state before it is given
    /// too, and the request.
    Effect(&'static str, fn(&mut State, &State, &Value)),
    /// These operations understand another request than was sent, with a view to the account.
    Misread(&'static [&'static str], fn(&mut Value, &State)),
    /// The operation answers something else, with a view to the request and to what the fault
    /// remembers.
    Answer(&'static str, fn(&mut Told<'_>)),
}

/// An answer on its way back, and what a fault may know.
struct Told<'t> {
    /// The body of the request.
    request: &'t Value,
    /// The HTTP status.
    status: &'t mut u16,
    /// The body of the answer.
    answer: &'t mut Value,
    /// What the fault remembers since the account was emptied; an object.
    memory: &'t mut Value,
}

/// Every fault.
pub fn faults() -> impl Iterator<Item = &'static Fault> {
    let families: [&[Fault]; 12] = [
        errors::FAULTS,
        checks::FAULTS,
        updates::FAULTS,
        effects::FAULTS,
        lists::FAULTS,
        ciphers::FAULTS,
        computations::FAULTS,
        grants::FAULTS,
        rotations::FAULTS,
        imports::FAULTS,
        regions::FAULTS,
        relations::FAULTS,
    ];
    families.into_iter().flatten()
}

/// The fault of this name.
pub fn named(name: &str) -> Option<&'static Fault> {
    faults().find(|fault| fault.name == name)
}

const fn fault(name: &'static str, shortest: &'static [&'static str], bend: Bend) -> Fault {
    Fault {
        name,
        shortest,
        bend,
    }
}

/// Takes a member out, if it is there.
fn leave_out(from: &mut Value, member: &str) {
    if let Some(members) = from.as_object_mut() {
        members.remove(member);
    }
}

/// Whether the request names a key of the account by its id or ARN.
fn names_a_key(request: &Value, state: &State) -> bool {
    let name = request.get("KeyId").and_then(Value::as_str);
    let id = name.and_then(|name| name.rsplit('/').next());
    id.is_some_and(|id| state.keys.contains_key(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn faults_have_names_of_their_own_and_a_shortest_plan() {
        let names: BTreeSet<&str> = faults().map(|fault| fault.name).collect();
        assert_eq!(names.len(), faults().count());
        assert!(faults().all(|fault| fault.minimum() > 0));
    }
}
