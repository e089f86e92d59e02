//! The command line of runs on AWS: what they cost, whether somebody agrees, and cleaning up.

use crate::args::{AwsArgs, CheckArgs, CleanupArgs, TargetArgs};
use crate::cli::complain;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::finding::counted;
use crate::generate::is_about_key_stores;
use crate::on_aws::clean_up;
use crate::options::{AwsSettings, Profile, TargetChoice, USUAL_AWS_CALLS, variable};
use crate::plan::{Act, Plan};
use crate::report::cleaned_up;
use crate::setup::runtime;
use kms_conformance_model::{Service, catalog};
use kms_conformance_targets::Request;
use kms_conformance_targets::aws::{Asked, Ceiling, permissions};
use std::io::{IsTerminal, Write, stderr, stdin, stdout};

/// What a run would do.
pub(crate) enum Planned<'a> {
    /// Plans that are made as it goes.
    Run(&'a CheckArgs),
    /// This plan.
    Plan(&'a Plan),
}

/// Tells what a run on AWS costs and asks whether it may, or prints the policy that it needs. The
/// exit code is that nothing more is to be done.
pub(crate) fn asked(
    target: &TargetArgs,
    aws: &mut AwsArgs,
    planned: Planned<'_>,
) -> Result<Option<ExitCode>, Error> {
    if aws.print_policy {
        print_policy(target, aws, &planned);
        return Ok(Some(ExitCode::Conforms));
    }
    if target.target != Some(TargetChoice::Aws) {
        return Ok(None);
    }
    let ceiling = ceiling(aws, &planned);
    if !aws.create_cluster {
        // What would cost more than is told here is not sent.
        aws.max_dollars = aws.max_dollars.min(ceiling.dollars());
    }
    let cost = format!(
        "at most {} and {} if they are not cleaned up for a month",
        counted(usize::try_from(ceiling.keys).unwrap_or(usize::MAX), "key"),
        aws.max_dollars,
    );
    let journal = aws.journal.as_ref().map_or_else(
        || "kms-conformance-*.journal".to_owned(),
        |path| path.display().to_string(),
    );
    if aws.yes || is_watched() {
        complain(&format!(
            "a run on AWS: {cost}; what it makes is written to {journal}"
        ));
    }
    if aws.yes || agrees() {
        return Ok(None);
    }
    Err(Error::Usage(format!(
        "nothing was sent: a run on AWS costs money, {cost}; give --yes to agree"
    )))
}

/// Whether somebody sits at a terminal.
fn is_watched() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Asks whoever sits at the terminal.
fn agrees() -> bool {
    if !is_watched() {
        return false;
    }
    let _ = write!(stderr(), "go on? [y/N] ");
    let mut answer = String::new();
    let read = stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

fn ceiling(aws: &AwsArgs, planned: &Planned<'_>) -> Ceiling {
    match planned {
        Planned::Plan(plan) => {
            let of_plan = Ceiling::of(&requests(plan));
            Ceiling {
                keys: of_plan.keys.min(aws.max_keys),
                ..of_plan
            }
        }
        Planned::Run(args) => {
            let limited = args.cases.is_some() || args.time.is_some();
            let usual = if limited { u64::MAX } else { USUAL_AWS_CALLS };
            let requests = args.max_calls.unwrap_or(usual);
            Ceiling {
                keys: aws.max_keys,
                requests,
                pairs: requests,
                hsms: 0,
            }
        }
    }
}

fn requests(plan: &Plan) -> Vec<Asked> {
    let calls = plan.steps.iter().filter_map(|step| {
        let (service, operation) = step.operation()?;
        let body = serde_json::Value::Null;
        let request = Request::new(Service::of_cli_name(service), operation, &body);
        Asked::of(&request)
    });
    calls.collect()
}

/// Whether a plan is about another Region too.
fn leaves_region(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| match &step.act {
        Act::Call {
            operation, region, ..
        } => region.is_some() || operation == "ReplicateKey",
        _ => false,
    })
}

fn print_policy(target: &TargetArgs, aws: &AwsArgs, planned: &Planned<'_>) {
    let region = target.region.clone().or_else(|| variable("AWS_REGION"));
    let region = region.unwrap_or_else(|| "*".to_owned());
    // An attached key store is described first.
    let attached: &[(Service, &'static str)] = match aws.key_store {
        Some(_) => &[
            (Service::Kms, "DescribeCustomKeyStores"),
            (Service::CloudHsm, "DescribeClusters"),
        ],
        None => &[],
    };
    let account = target.account.clone().unwrap_or_else(|| "*".to_owned());
    let policy = match planned {
        Planned::Plan(plan) => {
            let asked = requests(plan);
            let operations = asked.iter().map(|it| (it.service, it.operation.as_str()));
            let operations = operations.chain(attached.iter().copied());
            permissions(operations, &region, leaves_region(plan), &account)
        }
        Planned::Run(args) => {
            let named = |name: &str| {
                let wanted = &args.operations;
                wanted.is_empty() || wanted.iter().any(|it| it == name)
            };
            let around_stores = args.profile == Profile::KeyStores;
            let operations = catalog::operations().filter(|operation| named(operation.name()));
            let operations = operations
                .filter(|it| !around_stores || is_about_key_stores(*it))
                .map(|operation| (operation.service(), operation.name()));
            permissions(
                operations.chain(attached.iter().copied()),
                &region,
                true,
                &account,
            )
        }
    };
    let text = serde_json::to_string_pretty(&policy).unwrap_or_default();
    // Whoever closed the pipe has read enough.
    let _ = writeln!(stdout(), "{text}");
}

/// Cleans up after a run that was cut off.
pub(crate) fn cleanup(args: &CleanupArgs) -> Result<ExitCode, Error> {
    let settings = AwsSettings {
        quota_share: args.quota_share,
        consistency: args.consistency,
        ..AwsSettings::default()
    };
    let note = runtime()?.block_on(clean_up(&args.journal, &settings))?;
    // Whoever closed the pipe has read enough.
    let _ = writeln!(stdout(), "{}", cleaned_up(&note).trim_start());
    Ok(match note.left.is_empty() {
        true => ExitCode::Conforms,
        false => ExitCode::Inconclusive,
    })
}

/// What the command line says a run may do.
pub(crate) fn settings(args: AwsArgs) -> AwsSettings {
    AwsSettings {
        // Whoever did not agree was not let through.
        yes: true,
        most_keys: args.max_keys,
        most: args.max_dollars,
        cluster: args.cluster,
        key_store: args.key_store,
        creates_clusters: args.create_cluster,
        journal: args.journal,
        quota_share: args.quota_share,
        consistency: args.consistency,
    }
}
