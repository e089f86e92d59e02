//! The command line as it is written, before the environment fills in what is missing.

use crate::options::{
    Disabled, Pace, Profile, Shard, Strictness, TargetChoice, account, duration, principal,
    xks_proxy,
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "kms-conformance",
    version,
    about = "Judges whether a target behaves as AWS KMS and CloudHSM v2 do",
    after_help = "Exit codes: 0 conforms, 1 divergences, 2 usage, 3 target unreachable, \
                  4 inconclusive, 5 internal error."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Judge a target with generated plans
    Check(CheckArgs),
    /// Serve the reference emulator over HTTP
    Serve(ServeArgs),
    /// Run the plan of a finding again
    Replay(ReplayArgs),
    /// Judge recorded exchanges offline
    Judge(JudgeArgs),
    /// Run a plan and record its exchanges
    Record(RecordArgs),
    /// Measure throughput and latency (not available yet)
    Load(Later),
    /// List the rules, or explain one
    Rules(RulesArgs),
    /// Delete what an AWS run left behind (not available yet)
    Cleanup(Later),
    /// Compare the reports of several targets
    Merge(MergeArgs),
}

/// The target and the account behind it.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// emulator, model, aws or a URL [default: AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL or emulator]
    #[arg(long, value_name = "TARGET")]
    pub target: Option<TargetChoice>,
    /// The Region in ARNs [default: AWS_REGION or us-east-1]
    #[arg(long)]
    pub region: Option<String>,
    /// The account in ARNs, twelve digits
    #[arg(long, value_parser = account)]
    pub account: Option<String>,
}

/// The options of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Which target.
    #[command(flatten)]
    pub target: TargetArgs,
    /// The seed that makes the same plans again [default: a random one, which is printed]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The most plans to run [default: PROPTEST_CASES, or 256 without another limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub cases: Option<u64>,
    /// The most requests to send
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_calls: Option<u64>,
    /// The longest the run may take, as in 60s or 2m
    #[arg(long, value_parser = duration)]
    pub time: Option<Duration>,
    /// The only operations to judge, as in CreateKey,DescribeKey
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub operations: Vec<String>,
    /// Which operations to draw from
    #[arg(long, value_enum, default_value_t)]
    pub profile: Profile,
    /// How much is compared
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    pub strictness: Strictness,
    /// End with 4 if a judged operation has a rule that went one way only or an untried class of state
    #[arg(long)]
    pub must_cover: bool,
    /// The deviations that are accepted: they do not fail the run, unless they are gone
    #[arg(long, value_name = "FILE")]
    pub known: Option<PathBuf>,
    /// Accept everything that was found: write it there, for the reasons to be filled in
    #[arg(long, value_name = "FILE")]
    pub write_known: Option<PathBuf>,
    /// The part of the run to do, as in 1/4
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Where to write report.html, report.json, junit.xml, summary.md, events.ndjson and the findings
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
    /// How many clients send at the same time
    #[arg(
        long, value_name = "N", default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub concurrency: u16,
}

/// The options of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where to listen
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:4599")]
    pub listen: String,
    /// Keep the account in this directory (not available yet)
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// How long things take that AWS takes minutes for
    #[arg(long, value_enum, default_value_t)]
    pub latency: Pace,
    /// Refuse unsigned requests (not available yet)
    #[arg(long)]
    pub require_signature: bool,
    /// Break a rule on purpose, everywhere or as in CreateKey/CK-36
    #[arg(long, value_name = "RULE-ID")]
    pub disable: Vec<Disabled>,
    /// Add an event for each call to this file, as CloudTrail records it, one a line
    #[arg(long, value_name = "FILE")]
    pub cloudtrail: Option<PathBuf>,
    /// Ask the external key store proxy of this endpoint for real, at this URL
    #[arg(long, value_name = "ENDPOINT=URL", value_parser = xks_proxy)]
    pub xks_proxy: Vec<(String, String)>,
    /// The certificates, in PEM, of who signs those of the proxies
    #[arg(long, value_name = "FILE", requires = "xks_proxy")]
    pub xks_ca: Option<PathBuf>,
    /// Let key policies decide who may do what
    #[arg(long)]
    pub enforce_policies: bool,
    /// Who calls with this access key; the root user of the account where it is not named
    #[arg(
        long, value_name = "ACCESSKEYID=ARN", value_parser = principal,
        requires = "enforce_policies"
    )]
    pub principal: Vec<(String, String)>,
}

/// The options of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// A plan, or a finding that a check wrote
    #[arg(value_name = "PLAN-OR-FINDING.json")]
    pub plan: PathBuf,
    /// Which target.
    #[command(flatten)]
    pub target: TargetArgs,
    /// How much is compared
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    pub strictness: Strictness,
}

/// The options of `judge`.
#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// The recordings
    #[arg(value_name = "RECORDING.jsonl", required = true)]
    pub recordings: Vec<PathBuf>,
    /// How much is compared
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    pub strictness: Strictness,
    /// List the inferred rules that answers of AWS show, or all places that show this one
    #[arg(long, value_name = "RULE-ID", num_args = 0..=1, default_missing_value = "")]
    pub evidence: Option<String>,
    /// Add which of several errors was named to this file
    #[arg(long, value_name = "FILE")]
    pub precedence: Option<PathBuf>,
    /// Where to write report.html, report.json, junit.xml, summary.md, events.ndjson and the findings
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
}

/// The options of `record`.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// A plan, or a finding that a check wrote
    #[arg(value_name = "PLAN-OR-FINDING.json")]
    pub plan: PathBuf,
    /// Which target.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Where to write the recording
    #[arg(long, value_name = "RECORDING.jsonl")]
    pub out: PathBuf,
    /// Make the plan first, and write it: the one that settles which of several errors comes first,
    /// but for what this file of judge --precedence knows
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "")]
    pub settle: Option<PathBuf>,
    /// How much is compared
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    pub strictness: Strictness,
}

/// The options of `rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// The rule to explain
    pub id: Option<String>,
    /// List the pairs of refusals of which nobody saw which one AWS names, but for those in this file
    #[arg(
        long, value_name = "FILE", num_args = 0..=1, default_missing_value = "",
        conflicts_with_all = ["id", "markdown"]
    )]
    pub undecided: Option<PathBuf>,
    /// Write the catalogue as markdown, as kept in snapshots/rules.md
    #[arg(long, conflicts_with = "id")]
    pub markdown: bool,
}

/// The options of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The report.json of each run
    #[arg(value_name = "REPORT.json", required = true)]
    pub reports: Vec<PathBuf>,
    /// Where to write the comparison as a page
    #[arg(long, value_name = "FILE.html")]
    pub out: Option<PathBuf>,
}

/// The options of a verb that is not built.
#[derive(Debug, Args)]
pub struct Later {
    /// Whatever it will take
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<String>,
}
