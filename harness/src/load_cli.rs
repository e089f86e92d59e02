//! The command line of `load`.

use crate::args::LoadArgs;
use crate::cli::{colours, target_choice};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::load::{Against, Directory, Drive, LoadOptions, Progress, load, terminal};
use crate::options::{AwsSettings, TargetChoice, TargetOptions};
use std::fs::File;
use std::io::{Read, Write, stdout};
use std::path::Path;
use std::time::Duration;

/// What `--help` says last.
pub(crate) const AFTER_HELP: &str = "\
An open loop counts the time of a request from the moment that was planned for it, so that a target which
stalls shows. At most 1024 requests are under way; what waits for its turn counts, and what could not be
sent within 5s after the plan is given up. All that was answered is judged after the measurement: at most
--history exchanges, the ids of all new keys, and up to 2000 keys described and 500 ciphertexts opened. A
target that can be reset is emptied first.

--find-knee: a rate is kept up with where 99 % of it is achieved and p99 is at most ten times that of one
client alone. --baseline: a regression is a speed below 95 %, beyond a 99 % confidence interval. Where that
says neither, the program ends with 4; against another build pairs are added before, up to three times as
many. Against a load.json as many pairs are measured as it has, of which 30 are worth having, and nothing is
said where the machine itself is 1.5 times faster or slower than it was.";

/// How many clients there are where nobody says.
const CLIENTS: usize = 8;

/// How many pairs of rounds there are at first where nobody says.
const PAIRS: usize = 10;

/// How long is measured where nobody says: all in all, in each step of a search, in each round.
const DURATIONS: [Duration; 3] = [
    Duration::from_secs(10),
    Duration::from_secs(2),
    Duration::from_secs(1),
];

/// How long is cut away before that where nobody says.
const WARM_UPS: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_millis(500),
    Duration::from_secs(2),
];

/// Loads a target, prints what came of it, and writes the reports.
pub(crate) fn perform(args: LoadArgs) -> Result<ExitCode, Error> {
    let report_dir = args.report_dir.clone();
    let options = options(args)?;
    let directory = report_dir.as_deref().map(Directory::create).transpose()?;
    let progress = Progress::new();
    let loaded = load(&options, &progress)?;
    drop(progress);
    // Whoever closed the pipe has read enough.
    let _ = stdout().write_all(terminal(&loaded, colours()).as_bytes());
    if let Some(directory) = directory {
        directory.write_all(&loaded)?;
    }
    Ok(loaded.exit_code())
}

fn options(args: LoadArgs) -> Result<LoadOptions, Error> {
    let choice = target_choice(args.target.target.clone())?;
    if choice == TargetChoice::Aws {
        return Err(Error::Usage(
            "load does not run on AWS: every key costs money, and request quotas are shared with \
             everybody in the account; give --target emulator, model or a URL"
                .to_owned(),
        ));
    }
    let drive = drive(&args)?;
    let kind = match &drive {
        Drive::Open { .. } | Drive::Closed { .. } => 0,
        Drive::Knee => 1,
        Drive::Paired { .. } => 2,
    };
    let usual = |of: &[Duration]| of.get(kind).copied().unwrap_or_default();
    Ok(LoadOptions {
        target: TargetOptions {
            choice,
            region: crate::cli::region(args.target.region),
            account: args.target.account,
            shared: false,
            aws: AwsSettings::default(),
        },
        operation: args.operation,
        key_store: args.key_store,
        drive,
        duration: args.duration.unwrap_or_else(|| usual(&DURATIONS)),
        warm_up: args.warm_up.unwrap_or_else(|| usual(&WARM_UPS)),
        history: args.history,
    })
}

fn drive(args: &LoadArgs) -> Result<Drive, Error> {
    if args.find_knee {
        return Ok(Drive::Knee);
    }
    if let Some(rate) = args.rate {
        return Ok(Drive::Open { rate });
    }
    let clients = args.concurrency.map_or(CLIENTS, usize::from);
    let against = match &args.baseline {
        Some(path) if is_report(path)? => Against::Earlier(path.clone()),
        Some(path) => Against::Program(path.clone()),
        None if args.pairs.is_some() => Against::Yardstick,
        None => return Ok(Drive::Closed { clients }),
    };
    Ok(Drive::Paired {
        clients,
        pairs: args.pairs.map_or(PAIRS, usize::from),
        against,
    })
}

/// Whether a file is a `load.json`; anything else is taken for a program.
fn is_report(path: &Path) -> Result<bool, Error> {
    let mut first = [0];
    let read = File::open(path).and_then(|mut file| file.read(&mut first));
    let read = read.map_err(|why| Error::BadBaseline {
        path: path.to_owned(),
        why: why.to_string(),
    })?;
    Ok(read == 0 || first == *b"{")
}
