//! Answers against answers: relations between what one account answered at different times.
//!
//! The judge compares each answer with the model, so a fault that model and target share is not seen.
//! The relations compare answers with each other. They know of the documentation only what they need
//! to tell which answers are about the same thing.
//!
//! Where the judge blames an answer, they are silent about it and forget what it names: what they
//! would say has the same cause.

mod at;
mod ciphers;
mod ends;
mod facts;
mod filters;
mod fresh;
mod grants;
mod lists;
mod names;
mod pages;
mod policies;
mod reads;
mod regions;
mod said;
mod tags;

pub use at::At;
pub(crate) use at::uses_material;
pub use regions::EachRegion;

use crate::judge::Judged;
use at::Names;
use kms_conformance_model::{Reply, Verdict};
use said::Said;

/// A family of relations, with what it remembers.
trait Family: Send + Sync {
    /// Compares an exchange with what is known, and learns from it.
    fn look(&mut self, at: &At<'_>, said: &mut Said);

    /// What was read before may be read in another way from here on: something was written, or time
    /// passed, or something happened outside. It is told before the success that wrote is looked at.
    fn stirred(&mut self) {}

    /// Forgets what it knows of these.
    fn forget(&mut self, names: &Names);
}

/// Watches the exchanges of a session.
pub struct Relations {
    /// What holds whoever else writes in the account.
    always: Vec<Box<dyn Family>>,
    /// What holds only while all that is written is known.
    alone: Vec<Box<dyn Family>>,
}

impl Relations {
    /// Knows nothing yet. Unless the account is `exclusive`, others may write there, and what is read
    /// may be old.
    pub fn new(exclusive: bool) -> Relations {
        let always: Vec<Box<dyn Family>> = vec![
            Box::new(ciphers::Ciphers::default()),
            Box::new(fresh::Fresh::default()),
            Box::new(names::OwnNames),
            Box::new(facts::Facts::default()),
        ];
        let alone: Vec<Box<dyn Family>> = vec![
            Box::new(ends::Ends::default()),
            Box::new(names::Aliases::default()),
            Box::new(facts::Descriptions::default()),
            Box::new(tags::Tags::default()),
            Box::new(policies::Policies::default()),
            Box::new(reads::Reads::default()),
            Box::new(names::Forms::default()),
            Box::new(lists::Lists::default()),
            Box::new(filters::Filters::default()),
            Box::new(grants::Grants::default()),
            Box::new(pages::Pages::default()),
        ];
        Relations {
            always,
            alone: if exclusive { alone } else { Vec::new() },
        }
    }

    /// Compares an exchange with the ones before it. `verdict` is what the judge says of it.
    pub fn observe(&mut self, at: &At<'_>, verdict: &Verdict) -> Vec<Judged> {
        if at.writes() {
            match at.reply {
                Reply::Done(_) => self.stirred(),
                // It may yet happen, at any moment.
                Reply::Lost(_) => self.alone.clear(),
                Reply::Refused(_) => {}
            }
        }
        if matches!(verdict, Verdict::Diverges(_)) {
            // What a deletion took away that went wrong may vanish later.
            if at.deletes() && at.done().is_some() {
                self.alone.clear();
            }
            self.forget(at);
            return Vec::new();
        }
        let mut said = Said::default();
        for family in self.always.iter_mut().chain(&mut self.alone) {
            family.look(at, &mut said);
        }
        if said.is_broken() {
            self.forget(at);
        }
        said.judged()
    }

    /// Time passed, something happened outside, or something was sent that no operation sees.
    pub fn stirred(&mut self) {
        for family in self.always.iter_mut().chain(&mut self.alone) {
            family.stirred();
        }
    }

    /// A list does not name what it lost, so nothing is known after a wrong one.
    fn forget(&mut self, at: &At<'_>) {
        let named = at.names();
        for family in &mut self.always {
            family.forget(&named);
        }
        let all = Names {
            all: at.is_about_all(),
            ..named
        };
        for family in &mut self.alone {
            family.stirred();
            family.forget(&all);
        }
    }
}
