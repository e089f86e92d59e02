//! The command line: understands it, calls who does the work, and says how the program ends.

use crate::args::{
    Arguments, AwsArgs, CheckArgs, JudgeArgs, MergeArgs, RecordArgs, ReplayArgs, RulesArgs,
    TargetArgs, Verb,
};
use crate::aws_cli::{self, Planned};
use crate::catalogue;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::finding::counted;
use crate::known::{Ledger, today};
use crate::offline::Precedence;
use crate::options::{
    CheckOptions, JudgeOptions, RecordOptions, ReplayOptions, TargetChoice, TargetOptions,
    USUAL_AWS_CALLS, cases, from_variable, variable,
};
use crate::plan::Plan;
use crate::report::{Directory, Progress, Report, Reports, Terminal, html};
use crate::{load_cli, merge, offline, record, run, serve, serve_cli};
use clap::Parser;
use clap::error::ErrorKind;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::Path;

/// Runs the program with the arguments it was started with.
pub fn main() -> ExitCode {
    match Arguments::try_parse() {
        Ok(arguments) => perform(arguments.verb).unwrap_or_else(|error| {
            complain(&error.to_string());
            error.exit_code()
        }),
        Err(error) => misunderstood(&error),
    }
}

fn perform(verb: Verb) -> Result<ExitCode, Error> {
    match verb {
        Verb::Check(args) => check(args),
        Verb::Serve(args) if args.list_faults => Ok(serve_cli::list_faults()),
        Verb::Serve(args) => serve::serve(serve_cli::options(args)?),
        Verb::Replay(args) => replay(args),
        Verb::Rules(args) => rules(&args),
        Verb::Judge(args) => judge(args),
        Verb::Record(args) => record(args),
        Verb::Load(args) => load_cli::perform(args),
        Verb::Cleanup(args) => aws_cli::cleanup(&args),
        Verb::Merge(args) => merge(&args),
    }
}

fn check(mut args: CheckArgs) -> Result<ExitCode, Error> {
    for name in &args.operations {
        catalogue::check_operation(name)?;
    }
    let mut aws = args.aws.clone();
    if let Some(asked) = aws_cli::asked(&args.target, &mut aws, Planned::Run(&args))? {
        return Ok(asked);
    }
    args.aws = aws;
    let report_dir = args.report_dir.clone();
    let write_known = args.write_known.clone();
    if let Some(path) = &write_known {
        can_be_written(path, args.known.as_deref())?;
    }
    let options = check_options(args)?;
    let known = options.known.clone();
    if let Some(warning) = known.warning() {
        complain(&format!("warning: {warning}"));
    }
    let progress = Progress::new(options.cases);
    let mut reports = reports(report_dir.as_deref(), Some(progress))?;
    let summary = run::check(options, &mut reports)?;
    reports.finish()?;
    if let Some(path) = &write_known {
        let ledger = known.updated(path, &summary.findings, &today());
        fs::write(path, ledger.render()).map_err(|why| cannot_write(path, &why.to_string()))?;
        let entries = counted(ledger.len(), "accepted deviation");
        complain(&format!(
            "wrote {entries} to {}; give each a reason",
            path.display()
        ));
    }
    Ok(summary.exit_code())
}

/// Finds out before the run whether a ledger can be written after it. One that is not read first
/// would lose its reasons.
fn can_be_written(path: &Path, known: Option<&Path>) -> Result<(), Error> {
    if path.exists() && known != Some(path) {
        let shown = path.display();
        return Err(Error::Usage(format!(
            "{shown} exists already; give --known {shown} too, which keeps its reasons"
        )));
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(cannot_write(path, "its folder does not exist")),
        _ => Ok(()),
    }
}

fn cannot_write(path: &Path, why: &str) -> Error {
    let shown = path.display();
    Error::Usage(format!(
        "cannot write {shown}: {why}; give another --write-known FILE"
    ))
}

fn check_options(args: CheckArgs) -> Result<CheckOptions, Error> {
    let target = TargetOptions {
        shared: args.shared_account,
        ..target_options(args.target, args.aws)?
    };
    let limited = args.cases.is_some() || args.max_calls.is_some() || args.time.is_some();
    let on_aws = target.choice == TargetChoice::Aws;
    let usual = (on_aws && !limited).then_some(USUAL_AWS_CALLS);
    let max_calls = args.max_calls.or(usual);
    let other_limit = max_calls.is_some() || args.time.is_some();
    Ok(CheckOptions {
        target,
        seed: args.seed.unwrap_or_else(random_seed),
        cases: cases(args.cases, other_limit)?,
        max_calls,
        time: args.time,
        operations: args.operations,
        profile: args.profile,
        strictness: args.strictness,
        must_cover: args.must_cover,
        shard: args.shard,
        concurrency: usize::from(args.concurrency),
        known: match &args.known {
            Some(path) => Ledger::read(path)?,
            None => Ledger::default(),
        },
    })
}

fn replay(mut args: ReplayArgs) -> Result<ExitCode, Error> {
    let plan = Plan::read(&args.plan)?;
    if let Some(asked) = aws_cli::asked(&args.target, &mut args.aws, Planned::Plan(&plan))? {
        return Ok(asked);
    }
    let options = ReplayOptions {
        plan: args.plan,
        target: TargetOptions {
            shared: args.shared_account,
            ..target_options(args.target, args.aws)?
        },
        strictness: args.strictness,
    };
    let mut reports = reports(args.report_dir.as_deref(), None)?;
    let summary = run::replay(options, &mut reports)?;
    reports.finish()?;
    Ok(summary.exit_code())
}

fn record(mut args: RecordArgs) -> Result<ExitCode, Error> {
    let mut options = RecordOptions {
        plan: args.plan,
        target: target_options(args.target.clone(), args.aws.clone())?,
        out: args.out,
        strictness: args.strictness,
        settle: args.settle.map(Option::unwrap_or_default),
    };
    let plan = record::plan(&options)?;
    if let Some(asked) = aws_cli::asked(&args.target, &mut args.aws, Planned::Plan(&plan))? {
        return Ok(asked);
    }
    options.target.aws = aws_cli::settings(args.aws);
    let mut reports = reports(None, None)?;
    let summary = record::record(&plan, &options, &mut reports)?;
    reports.finish()?;
    Ok(summary.exit_code())
}

fn judge(args: JudgeArgs) -> Result<ExitCode, Error> {
    let asked = args.evidence.as_deref().filter(|id| !id.is_empty());
    if let Some(id) = asked {
        catalogue::check(None, id)?;
    }
    let options = JudgeOptions {
        recordings: args.recordings,
        strictness: args.strictness,
    };
    let mut precedence = match &args.precedence {
        Some(path) => Precedence::read(path)?,
        None => Precedence::default(),
    };
    let mut reports = reports(args.report_dir.as_deref(), None)?;
    let evidence = args.evidence.is_some();
    let summary = offline::judge(&options, &mut reports, &mut |notes| {
        precedence.learn(notes);
        let text: String = match evidence {
            true => offline::upgrades(notes, asked),
            false => notes.iter().map(|note| format!("{note}\n")).collect(),
        };
        // Whoever closed the pipe has read enough.
        let _ = stdout().write_all(text.as_bytes());
    })?;
    reports.finish()?;
    if let Some(path) = &args.precedence {
        let written = fs::write(path, precedence.render());
        written.map_err(|why| Error::CannotRecord {
            path: path.clone(),
            why: why.to_string(),
            option: "--precedence",
        })?;
    }
    Ok(summary.exit_code())
}

fn rules(args: &RulesArgs) -> Result<ExitCode, Error> {
    let text = match &args.id {
        None if args.undecided.is_some() => {
            let known = args.undecided.clone().flatten().unwrap_or_default();
            let known = Precedence::read(&known)?;
            offline::render(&offline::questions(&known, offline::PLANS, true)?)
        }
        Some(id) => catalogue::explain(id)?,
        None if args.markdown => catalogue::markdown(),
        None => catalogue::listing(),
    };
    // Whoever closed the pipe has read enough.
    let _ = stdout().write_all(text.as_bytes());
    Ok(ExitCode::Conforms)
}

fn merge(args: &MergeArgs) -> Result<ExitCode, Error> {
    let reports: Result<Vec<_>, Error> =
        args.reports.iter().map(|path| merge::read(path)).collect();
    let matrix = merge::Matrix::new(&reports?);
    if let Some(path) = &args.out {
        let written = std::fs::write(path, html::merged(&matrix));
        written.map_err(|why| Error::CannotWritePage {
            path: path.clone(),
            why: why.to_string(),
        })?;
    }
    // Whoever closed the pipe has read enough.
    let _ = stdout().write_all(merge::table(&matrix, colours()).as_bytes());
    Ok(ExitCode::Conforms)
}

pub(crate) fn later<T>(what: &str, instead: &str) -> Result<T, Error> {
    Err(Error::NotAvailable {
        what: what.to_owned(),
        instead: instead.to_owned(),
    })
}

/// The target that is given, or else the one that the environment names.
pub(crate) fn target_choice(given: Option<TargetChoice>) -> Result<TargetChoice, Error> {
    let endpoint = ["AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL"]
        .iter()
        .find_map(|name| variable(name).map(|url| (*name, url)));
    match (given, endpoint) {
        (Some(choice), _) => Ok(choice),
        (None, Some((name, url))) => {
            from_variable(name, &url, "give a URL that starts with http://")
        }
        (None, None) => Ok(TargetChoice::Emulator),
    }
}

fn target_options(args: TargetArgs, aws: AwsArgs) -> Result<TargetOptions, Error> {
    let choice = target_choice(args.target)?;
    // The profile may name a Region for AWS.
    let region = match choice {
        TargetChoice::Aws => args
            .region
            .or_else(|| variable("AWS_REGION"))
            .unwrap_or_default(),
        _ => region(args.region),
    };
    Ok(TargetOptions {
        choice,
        region,
        account: args.account,
        shared: false,
        aws: aws_cli::settings(aws),
    })
}

pub(crate) fn region(given: Option<String>) -> String {
    given
        .or_else(|| variable("AWS_REGION"))
        .unwrap_or_else(|| "us-east-1".to_owned())
}

fn reports(report_dir: Option<&Path>, progress: Option<Progress>) -> Result<Reports, Error> {
    let mut terminal = Terminal::new(stdout(), colours(), report_dir.map(Path::to_owned));
    if let Some(progress) = progress {
        terminal = terminal.with_progress(progress);
    }
    let mut reports = Reports::default();
    reports.push(terminal);
    if let Some(dir) = report_dir {
        reports.push(Directory::create(dir)?);
    }
    Ok(reports)
}

pub(crate) fn colours() -> bool {
    stdout().is_terminal() && variable("NO_COLOR").is_none()
}

fn random_seed() -> u64 {
    // The standard library seeds its hashers from the operating system.
    RandomState::new().hash_one("seed")
}

fn misunderstood(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            ExitCode::Conforms
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            ExitCode::Usage
        }
        _ => {
            complain(&one_line(&error.to_string()));
            ExitCode::Usage
        }
    }
}

/// What clap says before it repeats the usage, on one line.
fn one_line(text: &str) -> String {
    let text = text.split("\nUsage:").next().unwrap_or(text);
    let text = text.split("\nFor more information").next().unwrap_or(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let line = line
        .strip_prefix("error: ")
        .unwrap_or(&line)
        .replace(" tip: ", "; ");
    format!("{line}; see --help")
}

pub(crate) fn complain(message: &str) {
    let _ = writeln!(stderr(), "kms-conformance: {message}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_complaint_is_one_line() {
        let error = Arguments::try_parse_from(["kms-conformance", "check", "--sed", "1"]);
        let line = one_line(&error.unwrap_err().to_string());
        assert!(!line.contains('\n'), "{line}");
        assert!(line.contains("'--seed'"), "{line}");
    }
}
