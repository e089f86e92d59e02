//! Everything that is known after a load.

use super::super::books::Measured;
use super::super::gate::{Gate, Pair, Verdict};
use super::super::knee::Knee;
use super::super::options::{Drive, LoadOptions};
use crate::exit_code::ExitCode;
use crate::finding::{Finding, counted};
use crate::summary::{TargetRef, UnknownNote};

/// How much the judge was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// How many exchanges of the load it heard.
    pub(crate) kept: usize,
    /// How many there were.
    pub(crate) of: u64,
    /// How many new keys there were, whose ids were all looked at.
    pub(crate) new_keys: usize,
    /// How many of them were described afterwards.
    pub(crate) described: usize,
    /// How many ciphertexts were opened afterwards.
    pub(crate) opened: usize,
}

/// Everything that is known after a load.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The target.
    pub(in crate::load) target: TargetRef,
    /// What was asked for.
    pub(in crate::load) options: LoadOptions,
    /// The figures; in a search those of the highest rate that was achieved.
    pub(in crate::load) measured: Measured,
    /// What a search found.
    pub(in crate::load) knee: Option<Knee>,
    /// The rates of each pair of rounds.
    pub(in crate::load) pairs: Vec<Pair>,
    /// What the target was paired with.
    pub(in crate::load) other: String,
    /// What the gate says.
    pub(in crate::load) gate: Option<Gate>,
    /// How much the judge was told.
    pub(in crate::load) told: Told,
    /// What the judge found.
    pub(in crate::load) findings: Vec<Finding>,
    /// What could not be judged.
    pub(in crate::load) unknown: Vec<UnknownNote>,
}

impl Loaded {
    /// How the program ends.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let gate = self.gate.map(|gate| gate.verdict);
        if self.findings.iter().any(Finding::fails) || gate == Some(Verdict::Regression) {
            ExitCode::Divergences
        } else if !self.unknown.is_empty()
            || gate == Some(Verdict::Inconclusive)
            || self.measured.succeeded == 0
        {
            ExitCode::Inconclusive
        } else {
            ExitCode::Conforms
        }
    }

    /// What the judge and the gate say, in words.
    pub(crate) fn verdict(&self) -> String {
        let failing = self.findings.iter().filter(|it| it.fails()).count();
        let unjudged: u64 = self.unknown.iter().map(|note| note.count).sum();
        let judged = match (failing, unjudged, self.measured.succeeded) {
            (0, 0, 0) => "is inconclusive (nothing succeeded)".to_owned(),
            (0, 0, _) => "conforms".to_owned(),
            (0, unjudged, _) => format!("is inconclusive ({unjudged} answers not judged)"),
            (failing, _, _) => format!("diverges ({})", counted(failing, "finding")),
        };
        match self.gate {
            Some(gate) => format!("{judged}; {}", gate.verdict.words()),
            None => judged,
        }
    }

    /// What was done, in words.
    pub(crate) fn what(&self) -> String {
        let LoadOptions {
            operation,
            key_store,
            drive,
            duration,
            warm_up,
            ..
        } = &self.options;
        let place = match key_store {
            true => " in a CloudHSM key store",
            false => "",
        };
        let how = match drive {
            Drive::Open { rate } => format!("open loop of {rate} requests/s"),
            Drive::Closed { clients } => format!("closed loop of {}", counted(*clients, "client")),
            Drive::Knee => "search for the knee".to_owned(),
            Drive::Paired { clients, .. } => format!(
                "{} of rounds with {}",
                counted(self.pairs.len(), "pair"),
                counted(*clients, "client")
            ),
        };
        let of = match drive {
            Drive::Knee => " a step",
            Drive::Paired { .. } => " a round",
            _ => "",
        };
        format!(
            "{}{place}, {how}, {duration:?}{of} after {warm_up:?} of warm-up",
            operation.word()
        )
    }
}
