//! A load from its beginning to its end.

use super::aftermath::look_after;
use super::books::Measured;
use super::closed::closed;
use super::gate::{Gate, Pair};
use super::history::History;
use super::judging::{Judgement, Judging, Stumbled};
use super::knee::{Knee, Search};
use super::measuring::Subject;
use super::open::open;
use super::options::{Against, Drive, LoadOptions};
use super::paired::{Rounds, Said};
use super::progress::Progress;
use super::report::{Earlier, Loaded, Told};
use super::served::Served;
use super::tape::Tape;
use super::work::Work;
use crate::error::Error;
use crate::generate::{Footing, footing};
use crate::options::{TargetChoice, TargetOptions};
use crate::reach::{Reached, named, reach_for};
use crate::session::Identity;
use crate::setup::{identity, runtime};
use crate::summary::UnknownNote;
use kms_conformance_targets::{HttpTarget, Yardstick};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// How many keys there are before the load, for what is done with keys.
const KEYS: u8 = 16;

/// The rate at which a search begins, as a share of what one client alone gets.
const FIRST_RATE: f64 = 0.5;

/// What reports call the server that does nothing.
pub(super) const YARDSTICK: &str = "yardstick";

/// Loads a target, judges what it answered, and tells everything that is known then.
pub(crate) fn load(options: &LoadOptions, progress: &Progress) -> Result<Loaded, Error> {
    let runtime = runtime()?;
    let baseline = Baseline::open(options)?;
    runtime.block_on(run(options, &baseline, progress))
}

/// What a target is compared with, as far as it is there before the target is.
enum Baseline {
    None,
    Yardstick,
    Earlier(Earlier),
    /// The other build, and this one beside it if it is the target: one of them in this process would
    /// share its threads with the client, and the other would not.
    Program(Served, Option<Served>),
}

impl Baseline {
    fn open(options: &LoadOptions) -> Result<Baseline, Error> {
        let Drive::Paired { against, .. } = &options.drive else {
            return Ok(Baseline::None);
        };
        match against {
            Against::Yardstick => Ok(Baseline::Yardstick),
            Against::Earlier(path) => {
                let read = fs::read_to_string(path).map_err(|why| why.to_string());
                let read = read.and_then(|text| Earlier::read(&text, options));
                read.map(Baseline::Earlier).map_err(|why| bad(path, why))
            }
            Against::Program(path) => {
                let region = &options.target.region;
                let other = Served::start(path, region).map_err(|why| bad(path, why))?;
                let present = match options.target.choice {
                    TargetChoice::Emulator => {
                        let this = std::env::current_exe();
                        let this = this.map_err(|why| Error::Internal(why.to_string()))?;
                        Some(Served::start(&this, region).map_err(Error::Internal)?)
                    }
                    _ => None,
                };
                Ok(Baseline::Program(other, present))
            }
        }
    }
}

fn bad(path: &Path, why: String) -> Error {
    Error::BadBaseline {
        path: path.to_owned(),
        why,
    }
}

async fn run(
    options: &LoadOptions,
    baseline: &Baseline,
    progress: &Progress,
) -> Result<Loaded, Error> {
    progress.does("preparing");
    let target = match baseline {
        Baseline::Program(_, Some(present)) => TargetOptions {
            choice: TargetChoice::Url(present.url.clone()),
            ..options.target.clone()
        },
        _ => options.target.clone(),
    };
    let reached = reach_for(&target, None).await?;
    let name = named(&options.target);
    if options.key_store && !reached.target().offers_outside() {
        return Err(Error::Usage(format!(
            "{} cannot be loaded with --key-store: a cluster and its HSMs are made ready by calls \
             outside AWS, which it does not offer; leave --key-store out",
            name.name
        )));
    }
    let identity = identity(&target, u64::from(std::process::id()));
    let footing = make_footing(options, &identity)?;
    let tape = Tape::new(reached.shared());
    let stumbled = |why: Stumbled| why.error(&name.name);
    let judging = Judging::begin(&tape, &identity).await;
    let mut judging = judging.map_err(|lost| reached.lost(&lost))?;
    judging.stand_on(&footing).await.map_err(stumbled)?;
    let history = Arc::new(History::new(options.history));
    let subject = Subject {
        target: reached.shared(),
        work: Arc::new(Work::new(
            options.operation,
            &footing,
            &mut judging.session.scope,
        )),
        history: Some(Arc::clone(&history)),
        offset: judging.session.clock().1,
    };
    let figures = match &options.drive {
        Drive::Paired { .. } => {
            let side = other_side(options, baseline, &subject, &identity, &footing).await?;
            pairs(options, baseline, &subject, &side, progress).await
        }
        _ => measure(options, &subject, progress).await,
    };
    progress.does("judging");
    let remains = history.take();
    let told = Told {
        kept: remains.kept.len(),
        of: remains.seen,
        new_keys: remains.ids.len(),
        ..Told::default()
    };
    let heard = judging.hear(&remains).await;
    heard.map_err(|lost| reached.lost(&lost))?;
    let asked = look_after(&mut judging, &remains).await;
    let asked = asked.map_err(|lost| reached.lost(&lost))?;
    let told = Told {
        described: asked.described,
        opened: asked.opened,
        ..told
    };
    let Judgement {
        findings, unknown, ..
    } = judging.judgement;
    let unknown = unknown
        .into_iter()
        .map(|((operation, reason), count)| UnknownNote {
            operation,
            reason,
            count,
        });
    Ok(Loaded {
        target: name,
        options: options.clone(),
        measured: figures.measured,
        knee: figures.knee,
        pairs: figures.pairs,
        other: figures.other,
        gate: figures.gate,
        told,
        findings,
        unknown: unknown.collect(),
    })
}

fn make_footing(options: &LoadOptions, identity: &Identity) -> Result<Footing, Error> {
    let opens = options.operation.opens();
    footing(identity, options.key_store, KEYS, opens)
        .ok_or_else(|| Error::Internal("the private emulator does not answer".to_owned()))
}

/// The figures of a load.
#[derive(Default)]
struct Figures {
    measured: Measured,
    knee: Option<Knee>,
    pairs: Vec<Pair>,
    other: String,
    gate: Option<Gate>,
}

async fn measure(options: &LoadOptions, subject: &Subject, progress: &Progress) -> Figures {
    let (warm_up, duration) = (options.warm_up, options.duration);
    let part = || progress.takes("measuring", warm_up + duration);
    let measured = match &options.drive {
        Drive::Open { rate } => {
            let _part = part();
            open(subject, *rate, warm_up, duration).await
        }
        Drive::Closed { clients } => {
            let _part = part();
            closed(subject, *clients, warm_up, duration).await
        }
        Drive::Knee | Drive::Paired { .. } => return find_knee(options, subject, progress).await,
    };
    Figures {
        measured,
        ..Figures::default()
    }
}

async fn find_knee(options: &LoadOptions, subject: &Subject, progress: &Progress) -> Figures {
    let (warm_up, duration) = (options.warm_up, options.duration);
    let part = progress.takes("one client alone", warm_up + duration);
    let alone = closed(subject, 1, warm_up, duration).await;
    drop(part);
    let mut knee = Knee::of(&alone);
    let mut search = Search::from(alone.achieved() * FIRST_RATE);
    let mut best: Option<(f64, Measured)> = None;
    while let Some(rate) = search.next() {
        let what = format!("{rate:.0} requests/s");
        let _part = progress.takes(&what, warm_up + duration);
        let measured = open(subject, rate, warm_up, duration).await;
        let kept_up = knee.note(rate, &measured);
        search.learn(kept_up);
        if kept_up && best.as_ref().is_none_or(|(highest, _)| rate > *highest) {
            best = Some((rate, measured));
        }
    }
    knee.rate = search.found();
    Figures {
        measured: best.map_or(alone, |(_, measured)| measured),
        knee: Some(knee),
        ..Figures::default()
    }
}

/// What a target is paired with, for as long as this lives.
struct Side {
    subject: Subject,
    name: &'static str,
    _yardstick: Option<Yardstick>,
    _reached: Option<Reached>,
}

async fn other_side(
    options: &LoadOptions,
    baseline: &Baseline,
    target: &Subject,
    identity: &Identity,
    footing: &Footing,
) -> Result<Side, Error> {
    let Baseline::Program(other, _) = baseline else {
        return yardstick(options, target).await;
    };
    let at = TargetOptions {
        choice: TargetChoice::Url(other.url.clone()),
        ..options.target.clone()
    };
    let reached = reach_for(&at, None).await?;
    let tape = Tape::new(reached.shared());
    let judging = Judging::begin(&tape, identity).await;
    let mut judging = judging.map_err(|lost| reached.lost(&lost))?;
    let stood = judging.stand_on(footing).await;
    stood.map_err(|why| why.error("the baseline"))?;
    let scope = &mut judging.session.scope;
    let work = Arc::new(Work::new(options.operation, footing, scope));
    let subject = Subject {
        target: reached.shared(),
        work,
        history: None,
        offset: 0,
    };
    Ok(Side {
        subject,
        name: "the baseline",
        _yardstick: None,
        _reached: Some(reached),
    })
}

/// A server that does nothing but send back the body that the target sends, to the same client.
async fn yardstick(options: &LoadOptions, target: &Subject) -> Result<Side, Error> {
    let call = target.work.call(0);
    let call = call.ok_or_else(|| Error::Internal("there is nothing to send".to_owned()))?;
    let unreachable = |why: String| Error::Unreachable {
        url: named(&options.target).name,
        why,
    };
    let response = target.target.send(&call.request).await;
    let response = response.map_err(|lost| unreachable(lost.to_string()))?;
    let cannot_listen = |why: String| Error::CannotListen {
        listen: "127.0.0.1:0".to_owned(),
        why,
    };
    let yardstick = Yardstick::start(response.body).await;
    let yardstick = yardstick.map_err(|why| cannot_listen(why.to_string()))?;
    let client = HttpTarget::new(&yardstick.url(), &options.target.region).await;
    let client = client.map_err(|lost| unreachable(lost.to_string()))?;
    Ok(Side {
        subject: Subject {
            target: Arc::new(client),
            history: None,
            ..target.clone()
        },
        name: YARDSTICK,
        _yardstick: Some(yardstick),
        _reached: None,
    })
}

async fn pairs(
    options: &LoadOptions,
    baseline: &Baseline,
    target: &Subject,
    side: &Side,
    progress: &Progress,
) -> Figures {
    let Drive::Paired { clients, pairs, .. } = options.drive else {
        return Figures::default();
    };
    let (said, pairs) = match baseline {
        Baseline::Earlier(earlier) => (Said::Since(&earlier.pairs), earlier.pairs.len()),
        Baseline::Program(..) => (Said::Directly, pairs),
        Baseline::None | Baseline::Yardstick => (Said::Nothing, pairs),
    };
    let rounds = Rounds {
        clients,
        pairs,
        duration: options.duration,
        warm_up: options.warm_up,
    };
    let measuring = rounds.measure(target, &side.subject, said, progress);
    let (paired, gate) = measuring.await;
    Figures {
        measured: paired.measured,
        pairs: paired.pairs,
        other: side.name.to_owned(),
        gate,
        knee: None,
    }
}
