//! Answers against answers: relations between what one account answered at different times.
//!
//! The judge compares each answer with the model, so a fault that model and target share is not seen.
//! The relations compare answers with each other. They know of the documentation only what they need
//! to tell which answers are about the same thing.
//!
//! Where the judge blames members of an answer, they go on without those members; where it blames the
//! outcome itself, they are silent and forget what the answer names: what they would say has the same
//! cause.

mod agreed;
mod at;
mod ciphers;
mod dates;
mod ends;
mod facts;
mod filters;
mod forms;
mod fresh;
mod grants;
mod idents;
mod lists;
mod metadata;
mod names;
mod once;
mod pages;
mod policies;
mod reads;
mod regions;
mod results;
mod said;
mod seals;
mod states;
mod stores;
mod tags;
mod trust;
mod verified;
mod view;
mod walks;

pub use at::At;
pub(crate) use at::uses_material;
pub use regions::EachRegion;
pub use view::Standing;

use crate::judge::Judged;
use at::Names;
use kms_conformance_model::{Reply, Verdict};
use said::Said;
use trust::{Blamed, Trust};
use view::{Held, Own, View};

/// A family of relations, with what it remembers.
trait Family: Send + Sync {
    /// Compares an exchange with what is known, and learns from it.
    fn look(&mut self, at: &View<'_>, said: &mut Said);

    /// What was read before may be read in another way from here on: something was written, or time
    /// passed, or something happened outside. It is told before the success that wrote is looked at.
    fn stirred(&mut self) {}

    /// Forgets what it knows of these.
    fn forget(&mut self, names: &Names);
}

/// Watches the exchanges of a session in one Region.
pub struct Relations {
    /// What holds whoever else writes in the account, even where answers are old.
    always: Vec<Box<dyn Family>>,
    /// What holds of things that nobody else writes to, as long as answers are current.
    current: Vec<Box<dyn Family>>,
    own: Own,
    blamed: Blamed,
    held: Held,
}

impl Relations {
    /// Knows nothing yet.
    pub fn new(standing: Standing) -> Relations {
        let own = Own::new(standing);
        let always: Vec<Box<dyn Family>> = vec![
            Box::new(ciphers::Ciphers::default()),
            Box::new(fresh::Fresh::default()),
            Box::new(names::OwnNames),
            Box::new(facts::Facts::default()),
            Box::new(seals::Seals::default()),
            Box::new(forms::Forms::default()),
            Box::new(results::Results::default()),
            Box::new(verified::Verified::default()),
            Box::new(agreed::Agreed::default()),
            Box::new(idents::Idents::default()),
            Box::new(metadata::Metadata),
        ];
        let current: Vec<Box<dyn Family>> = vec![
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
            Box::new(walks::Walks::default()),
            Box::new(once::Once::default()),
            Box::new(stores::Asked::default()),
            Box::new(states::States::default()),
            Box::new(states::Rotations::default()),
            Box::new(dates::Dates::default()),
        ];
        Relations {
            always,
            current: if own.is_current() {
                current
            } else {
                Vec::new()
            },
            own,
            blamed: Blamed::default(),
            held: Held::default(),
        }
    }

    /// Compares an exchange with the ones before it. `verdict` is what the judge says of it.
    pub fn observe(&mut self, at: &At<'_>, verdict: &Verdict) -> Vec<Judged> {
        if at.writes() {
            match at.reply {
                Reply::Done(_) => self.stirred(),
                Reply::Lost(_) => self.lost(at),
                Reply::Refused(_) => {}
            }
        }
        match self.blamed.judge(at, verdict) {
            Trust::Whole => self.look(at),
            Trust::Part(rest) => self.look(&At {
                reply: &rest,
                ..*at
            }),
            Trust::Nothing => {
                // What a deletion took away that went wrong may vanish later.
                if at.deletes() && at.done().is_some() {
                    self.lost(at);
                }
                self.forget(at);
                Vec::new()
            }
        }
    }

    fn look(&mut self, at: &At<'_>) -> Vec<Judged> {
        self.own.learn(at);
        let view = View {
            at: *at,
            own: &self.own,
            held: &self.held,
            blamed: &self.blamed,
        };
        let mut said = Said::default();
        for family in self.always.iter_mut().chain(&mut self.current) {
            family.look(&view, &mut said);
        }
        if said.is_broken() {
            self.forget(at);
        }
        said.judged()
    }

    /// Time passed, something happened outside, or something was sent that no operation sees.
    pub fn stirred(&mut self) {
        for family in self.always.iter_mut().chain(&mut self.current) {
            family.stirred();
        }
    }

    /// A write may yet happen, at any moment. Where others write anyway, it matters only to what it
    /// names.
    fn lost(&mut self, at: &At<'_>) {
        if self.own.is_alone() {
            self.current.clear();
            return;
        }
        let named = at.names();
        let all = Names {
            // A token does not say which grant it is of.
            all: named.known.is_empty() || at.asked("GrantToken").is_some(),
            ..named
        };
        self.own.forget(&all);
        for family in &mut self.current {
            family.forget(&all);
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
        for family in &mut self.current {
            family.stirred();
            family.forget(&all);
        }
    }
}
