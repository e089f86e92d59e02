//! The verb `judge`: the same verdicts about recorded exchanges, without a target.

mod note;
mod precedence;
mod settle;
mod upgrade;

pub use note::{Note, Outcome, Settled};
pub use precedence::{Key, Order, Precedence, Question, asked, questions, render};
pub use settle::settling;
pub use upgrade::upgrades;

use crate::error::Error;
use crate::event::Event;
use crate::metamorphic::{EachRegion, Standing};
use crate::options::JudgeOptions;
use crate::plan::{Plan, Step};
use crate::player::{Played, Playing, Watch, play_watched};
use crate::recording::{self, Line, Recording, Replayed};
use crate::report::Report;
use crate::session::{Identity, Session, Timing};
use crate::setup::{finding, runtime};
use crate::summary::{Summary, TargetRef};
use crate::taken::Taken;
use crate::tally::Tally;
use kms_conformance_model::{Absent, Level, Terms};
use kms_conformance_targets::Lost;
use std::time::Instant;

/// How many plans are drawn in search of requests that several rules refuse.
pub const PLANS: u64 = 300;

/// What was judged of one recording.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// What became of each part of it that is about one account, with its plan.
    pub parts: Vec<(Plan, Played)>,
    /// What each exchange shows.
    pub notes: Vec<Note>,
}

/// Judges recordings and emits all events, `RunFinished` included. Before that, `tell` hears what each
/// exchange shows.
pub fn judge(
    options: &JudgeOptions,
    report: &mut dyn Report,
    tell: &mut dyn FnMut(&[Note]),
) -> Result<Summary, Error> {
    let recordings: Result<Vec<Recording>, Error> = options
        .recordings
        .iter()
        .map(|path| recording::read(path))
        .collect();
    let recordings = recordings?;
    let target = target_of(&recordings);
    let mut summary = Summary::new(target.clone(), 0);
    report.on(&Event::RunStarted {
        version: summary.version.clone(),
        target,
        seed: 0,
    });
    let started = Instant::now();
    let deepest = options.strictness.deepest();
    let mut tally = Tally::default();
    let mut notes = Vec::new();
    for recording in &recordings {
        let judgement = judge_recording(recording, deepest >= Level::MessageText)?;
        for (plan, played) in &judgement.parts {
            let compared = played.seen.iter();
            for seen in compared.filter(|seen| seen.divergence.level <= deepest) {
                if tally.claim(&seen.fingerprint()) {
                    let found = finding(plan, played, seen.step, &seen.divergence);
                    tally.findings.push(found);
                }
            }
            tally.add(played);
        }
        notes.extend(judgement.notes);
    }
    tally.fill(&mut summary);
    summary.totals.cases = u64::try_from(recordings.len()).unwrap_or(u64::MAX);
    summary.totals.seconds = started.elapsed().as_secs_f64();
    tell(&notes);
    report.on(&Event::RunFinished(Box::new(summary.clone())));
    Ok(summary)
}

/// Judges one recording.
pub fn judge_recording(recording: &Recording, texts: bool) -> Result<Judgement, Error> {
    let runtime = runtime()?;
    let mut judgement = Judgement::default();
    for part in recording.parts() {
        let judged = runtime.block_on(judge_part(&part, texts));
        let (plan, played, notes) = judged
            .map_err(|lost| Error::Internal(format!("a recording cannot be played: {lost}")))?;
        judgement.parts.push((plan, played));
        judgement.notes.extend(notes);
    }
    Ok(judgement)
}

async fn judge_part(recording: &Recording, texts: bool) -> Result<(Plan, Played, Vec<Note>), Lost> {
    let replayed = Replayed::new(recording);
    let identity = Identity {
        account: recording.header.account.clone(),
        region: recording.header.region.clone(),
        salt: "recorded".to_owned(),
    };
    let playing = Playing {
        timing: Timing::Still,
        texts,
        ..Playing::new(&replayed, &identity)
    };
    let plan = recording.plan();
    let mut listening = Listening {
        recording,
        replayed: &replayed,
        notes: Vec::new(),
    };
    let played = play_watched(&plan, &playing, &mut listening).await?;
    Ok((plan, played, listening.notes))
}

/// Lets the target answer, and the judge look, as the line at hand says.
struct Listening<'r> {
    recording: &'r Recording,
    replayed: &'r Replayed<'r>,
    notes: Vec<Note>,
}

impl Watch for Listening<'_> {
    fn before(&mut self, index: usize, _: &Step, session: &mut Session<'_>) {
        let Some((_, line)) = self.recording.lines.get(index) else {
            return;
        };
        self.replayed.turn_to(index);
        if index == 0 && !self.recording.header.exclusive {
            // Whether its answers were current, nobody knows.
            let region = &self.recording.header.region;
            session.relations = EachRegion::new(Standing::Delayed, region);
        }
        session.stand_at(line.at);
        session.belief.on_terms(terms(self.recording, line));
        session.relations.hear_stand_ins();
        session.hear_in_part(line.partial || !self.recording.header.fresh);
        session.scope.wrapped.clone_from(&self.recording.wrapped);
    }

    fn after(&mut self, index: usize, _: &Session<'_>, taken: &Taken) {
        let Some((number, line)) = self.recording.lines.get(index) else {
            return;
        };
        let path = &self.recording.path;
        let name = path.file_name().unwrap_or(path.as_os_str());
        let place = format!("{}:{number}", name.to_string_lossy());
        self.notes
            .extend(Note::new(place, self.recording, line, taken));
    }
}

fn terms(recording: &Recording, line: &Line) -> Terms {
    Terms {
        stand_ins: true,
        absent: match (line.partial, line.lacks.is_empty()) {
            (true, _) => Absent::Unknown,
            (false, false) => Absent::Later(line.lacks.clone()),
            (false, true) => Absent::Lacking,
        },
        has_past: !recording.header.fresh,
        guessed: line.guessed,
    }
}

fn target_of(recordings: &[Recording]) -> TargetRef {
    let mut names: Vec<&str> = recordings
        .iter()
        .map(|recording| recording.header.target.as_str())
        .collect();
    names.dedup();
    TargetRef {
        name: format!("recordings of {}", names.join(", ")),
        url: String::new(),
    }
}
