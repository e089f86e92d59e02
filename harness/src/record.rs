//! The verb `record`: plays a plan, as `replay` does, and writes down what is asked and answered.

use crate::error::Error;
use crate::offline::{PLANS, Precedence, questions, settling};
use crate::options::{RecordOptions, TargetChoice};
use crate::plan::{Plan, Step};
use crate::player::{Played, Playing, Watch, play_watched};
use crate::reach::{Reached, named};
use crate::recording::Recorder;
use crate::report::Report;
use crate::session::Session;
use crate::single::play_one;
use crate::summary::Summary;
use crate::taken::Taken;
use kms_conformance_targets::Lost;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// The plan to record: the one that was given, or one that is made, and written, to settle what is
/// open.
pub fn plan(options: &RecordOptions) -> Result<Plan, Error> {
    match &options.settle {
        Some(known) => settling_plan(options, known),
        None => Plan::read(&options.plan),
    }
}

/// Runs, judges and records one plan, and emits all events, `RunFinished` included.
pub fn record(
    plan: &Plan,
    options: &RecordOptions,
    report: &mut dyn Report,
) -> Result<Summary, Error> {
    let out = created(&options.out)?;
    let name = named(&options.target).name;
    let playing = async |plan: &Plan, playing: &Playing<'_>, reached: &Reached| {
        let recorded = record_play(plan, playing, &name, Box::new(out)).await;
        recorded.map_err(|why| match why {
            NotRecorded::Lost(lost) => reached.lost(&lost),
            NotRecorded::Unwritten(why) => cannot_record(&options.out, &why.to_string()),
        })
    };
    play_one(
        plan,
        options.target.clone(),
        options.strictness,
        report,
        playing,
    )
}

/// Makes the plan that settles what is open, and writes it.
fn settling_plan(options: &RecordOptions, known: &Path) -> Result<Plan, Error> {
    let outside = matches!(
        options.target.choice,
        TargetChoice::Emulator | TargetChoice::Model
    );
    let known = Precedence::read(known)?;
    let plan = settling(&questions(&known, PLANS, outside)?);
    let text = serde_json::to_string_pretty(&plan).unwrap_or_default();
    let written = created(&options.plan).map(|mut file| file.write_all(text.as_bytes()))?;
    written.map_err(|why| cannot_record(&options.plan, &why.to_string()))?;
    Ok(plan)
}

/// Why a play was not recorded to its end. What was written until then stays.
#[derive(Debug)]
pub enum NotRecorded {
    /// The target cannot be reached any more.
    Lost(Lost),
    /// The recording cannot be written any more.
    Unwritten(std::io::Error),
}

/// Plays a plan and writes a recording of it, in which the target has this name.
pub async fn record_play(
    plan: &Plan,
    playing: &Playing<'_>,
    name: &str,
    out: Box<dyn Write + Send>,
) -> Result<Played, NotRecorded> {
    let Playing {
        target,
        identity,
        timing,
        ..
    } = playing;
    let recorder = Recorder::new(*target, name, identity, *timing, out);
    let playing = Playing {
        target: &recorder,
        ..playing.clone()
    };
    let mut following = Following {
        recorder: &recorder,
    };
    let played = play_watched(plan, &playing, &mut following).await;
    match recorder.failure() {
        Some(why) => Err(NotRecorded::Unwritten(why)),
        None => played.map_err(NotRecorded::Lost),
    }
}

/// Tells the recorder which step is played.
struct Following<'r> {
    recorder: &'r Recorder<'r>,
}

impl Watch for Following<'_> {
    fn before(&mut self, _: usize, step: &Step, _: &mut Session<'_>) {
        self.recorder.turn_to(step);
    }

    fn after(&mut self, _: usize, session: &Session<'_>, _: &Taken) {
        self.recorder.know(&session.scope.wrapped);
    }
}

/// A new file: what was recorded before is not lost.
fn created(path: &Path) -> Result<File, Error> {
    File::create_new(path).map_err(|why| cannot_record(path, &why.to_string()))
}

fn cannot_record(path: &Path, why: &str) -> Error {
    Error::CannotRecord {
        path: path.to_owned(),
        why: why.to_owned(),
        option: "--out",
    }
}
