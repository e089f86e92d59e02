//! What the answers of each Region say of each other. What is asked in one Region says nothing of
//! another, but what is written there may change what is read elsewhere.

use super::view::{Held, Standing};
use super::{At, Relations};
use crate::judge::Judged;
use crate::template::Scope;
use kms_conformance_model::{Reply, Verdict};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Watches the exchanges of a session, Region by Region.
pub struct EachRegion {
    standing: Standing,
    held: Held,
    front: String,
    regions: BTreeMap<String, Relations>,
}

impl EachRegion {
    /// Knows nothing yet, and looks at this Region first.
    pub fn new(standing: Standing, region: &str) -> EachRegion {
        EachRegion {
            standing,
            held: Held::default(),
            front: region.to_owned(),
            regions: BTreeMap::new(),
        }
    }

    /// What is observed from here on happens in this Region.
    pub fn turn_to(&mut self, region: &str) {
        region.clone_into(&mut self.front);
    }

    /// Compares an exchange with the ones before it in its Region.
    pub fn observe(&mut self, at: &At<'_>, verdict: &Verdict) -> Vec<Judged> {
        if at.writes() {
            let others = self.regions.iter_mut();
            for (_, relations) in others.filter(|(region, _)| **region != self.front) {
                relations.stirred();
                // It makes or changes a key there.
                if matches!(at.kms(), Some("ReplicateKey" | "UpdatePrimaryRegion")) {
                    relations.forget(at);
                }
                if matches!(at.reply, Reply::Lost(_)) {
                    relations.lost(at);
                }
            }
        }
        let standing = self.standing.clone();
        let front = self.regions.entry(self.front.clone());
        let front = front.or_insert_with(|| Relations::new(standing));
        front.held.clone_from(&self.held);
        front.observe(at, verdict)
    }

    /// What is observed next is answered at this moment, in milliseconds since the Unix epoch.
    pub(crate) fn is_at(&mut self, now: i64) {
        self.held.now = Some(now);
    }

    /// From here on, other texts may stand for plaintexts and ciphertexts.
    pub(crate) fn hear_stand_ins(&mut self) {
        self.held.stand_ins = true;
    }

    /// Learns what the harness holds of what plans send.
    pub(crate) fn learn(&mut self, scope: &Scope) {
        let held = &mut self.held;
        if held.wrapped.len() != scope.wrapped.len() {
            held.wrapped = Arc::new(scope.wrapped.clone());
        }
        if held.peers.len() != scope.peers.len() {
            held.peers = Arc::new(scope.peers.clone());
        }
    }

    /// Time passed, something happened outside, or something was sent that no operation sees.
    pub fn stirred(&mut self) {
        self.regions.values_mut().for_each(Relations::stirred);
    }
}
