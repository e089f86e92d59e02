//! The judge is graded: every rule of the catalogue, broken on purpose in the emulator, must be found
//! and named, and an honest emulator must not be blamed for anything.

use kms_conformance::grade::{Effort, faults, grade};

#[test]
fn every_fault_is_found_and_named() {
    let faults = faults();
    let effort = Effort {
        drawn: 200,
        plays: 1_000,
        threads: 2,
    };
    let grades = grade(&faults, 1, effort).unwrap();
    println!("{grades}");
    assert_eq!(grades.alarms, Vec::<String>::new());
    let missed: Vec<String> = grades
        .missed()
        .map(|fault| format!("{} {}", fault.operation, fault.card.id))
        .collect();
    assert_eq!(missed, Vec::<String>::new());
    assert_eq!(grades.rows.len(), faults.len());
}
