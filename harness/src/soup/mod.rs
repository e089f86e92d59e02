//! The soup: an exam of `check`. Several faults at once are planted in an emulator that is served over
//! HTTP without `/_outside`, in an account that another client uses meanwhile; a fault is found when
//! the plan of a finding shows the same finding on a private emulator that has no other fault.
//!
//! `docs/soup.md` says how to run it.

mod account;
mod cause;
mod exam;
mod ingredient;
mod missed;
mod neighbour;
mod report;
mod served;
mod table;

pub use exam::{Alarm, Exam, Found, Missed, Outcome};
pub use ingredient::{Ingredient, draw, ingredients};
pub use missed::{Repertoire, Why};
pub use neighbour::Neighbour;
pub use table::{Row, Table};
