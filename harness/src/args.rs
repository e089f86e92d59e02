//! The command line as it is written, before the environment fills in what is missing.

use crate::faults::Fault;
use crate::load::{Operation, rate};
use crate::options::{
    Disabled, Pace, Profile, Shard, Strictness, TargetChoice, account, duration, fault, principal,
    xks_proxy,
};
use clap::{Args, Parser, Subcommand};
use kms_conformance_targets::Injection;
use kms_conformance_targets::aws::Dollars;
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
    /// Measure throughput and latency, and judge what was answered
    Load(LoadArgs),
    /// List the rules, or explain one
    Rules(RulesArgs),
    /// Delete what a run on AWS left behind
    Cleanup(CleanupArgs),
    /// Compare the reports of several targets
    Merge(MergeArgs),
}

/// The target and the account behind it.
#[derive(Clone, Debug, Args)]
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

/// What may be done where the target is AWS.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "With --target aws")]
pub struct AwsArgs {
    /// Agree to the costs, which are printed, without being asked
    #[arg(long)]
    pub yes: bool,
    /// The most keys to make
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub max_keys: u64,
    /// The most that everything may cost if nothing were ever cleaned up
    #[arg(long, value_name = "DOLLARS", default_value = "60")]
    pub max_dollars: Dollars,
    /// A cluster that is there already, to make key stores on
    #[arg(long, value_name = "CLUSTER-ID")]
    pub cluster: Option<String>,
    /// A connected key store that is there already, to make keys in
    #[arg(long, value_name = "KEY-STORE-ID")]
    pub key_store: Option<String>,
    /// Make clusters and HSMs too, which cost dollars an hour
    #[arg(long)]
    pub create_cluster: bool,
    /// Where to write what is made [default: a new file in the working directory]
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// The share of each documented request quota to use, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub quota_share: u32,
    /// How old an answer may be, as in 60s
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub consistency: Duration,
    /// Print the least permissions that it needs, as a policy of IAM, and do nothing
    #[arg(long)]
    pub print_policy: bool,
}

/// The options of `cleanup`.
#[derive(Debug, Args)]
pub struct CleanupArgs {
    /// The journal of the run
    #[arg(long, value_name = "FILE")]
    pub journal: PathBuf,
    /// The share of each documented request quota to use, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 50,
        value_parser = clap::value_parser!(u32).range(1..))]
    pub quota_share: u32,
    /// How old an answer may be, as in 60s
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub consistency: Duration,
}

/// The options of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Which target.
    #[command(flatten)]
    pub target: TargetArgs,
    /// What may be done where it is AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
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
    /// Others use the account meanwhile: reset nothing, and expect what they may have done
    #[arg(long)]
    pub shared_account: bool,
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
    /// Refuse AWS requests without a good signature (Signature Version 4)
    #[arg(long)]
    pub require_signature: bool,
    /// Whose signatures are good, in lines of ACCESSKEYID SECRETKEY [SESSIONTOKEN [EXPIRES]]; without
    /// it those of AKIAIOSFODNN7EXAMPLE, the example of AWS's documentation
    #[arg(long, value_name = "FILE", requires = "require_signature")]
    pub credentials: Option<PathBuf>,
    /// Let AWS requests go wrong, as in throttle=5%,error=2%,lost=2%,stale=10%,delay=20ms
    #[arg(long, value_name = "LIST")]
    pub inject: Option<Injection>,
    /// Draw from this seed which of them go wrong; from chance where there is none
    #[arg(long, value_name = "N", requires = "inject")]
    pub inject_seed: Option<u64>,
    /// How old a stale answer may be; 2s where it is not said
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "inject")]
    pub stale_for: Option<Duration>,
    /// Break a rule on purpose, everywhere or as in CreateKey/CK-36
    #[arg(long, value_name = "RULE-ID")]
    pub disable: Vec<Disabled>,
    /// Have this semantic fault on purpose, as in 'a new alias is lost'; may be given several times
    #[arg(long, value_name = "NAME", value_parser = fault)]
    pub fault: Vec<&'static Fault>,
    /// List the semantic faults and do nothing
    #[arg(long)]
    pub list_faults: bool,
    /// Offer no /_outside: no reset, clock or environment actions, as a foreign emulator
    #[arg(long)]
    pub no_admin: bool,
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
    /// What may be done where it is AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// Others use the account meanwhile: reset nothing, and expect what they may have done
    #[arg(long)]
    pub shared_account: bool,
    /// How much is compared
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    pub strictness: Strictness,
    /// Where to write report.html, report.json, junit.xml, summary.md, events.ndjson and the findings
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
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
    /// What may be done where it is AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// Where to write the recording
    #[arg(long, value_name = "RECORDING.jsonl")]
    pub out: PathBuf,
    /// Make the plan first, and write it: the one that settles which of several errors comes first,
    /// but for what this file of judge --precedence knows
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub settle: Option<Option<PathBuf>>,
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
        long, value_name = "FILE", num_args = 0..=1,
        conflicts_with_all = ["id", "markdown"]
    )]
    pub undecided: Option<Option<PathBuf>>,
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

/// The options of `load`.
#[derive(Debug, Args)]
#[command(after_help = crate::load_cli::AFTER_HELP)]
pub struct LoadArgs {
    /// Which target.
    #[command(flatten)]
    pub target: TargetArgs,
    /// What to send
    #[arg(long, value_enum, default_value_t)]
    pub operation: Operation,
    /// Make a connected CloudHSM key store first, and all keys in it
    #[arg(long)]
    pub key_store: bool,
    /// Open loop: plan so many requests a second ahead, and count from the plan
    #[arg(long, value_name = "R", value_parser = rate, conflicts_with_all = ["concurrency", "pairs", "baseline"])]
    pub rate: Option<f64>,
    /// Closed loop: so many clients, each of which sends when it has its answer [default: 8]
    #[arg(long, value_name = "C", value_parser = clap::value_parser!(u16).range(1..))]
    pub concurrency: Option<u16>,
    /// How long to measure [default: 10s; 2s a step with --find-knee, 1s a round with --pairs]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub duration: Option<Duration>,
    /// How long to cut away before that [default: 2s; 500ms a step with --find-knee]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub warm_up: Option<Duration>,
    /// Search for the highest rate that is still achieved
    #[arg(long, conflicts_with_all = ["rate", "concurrency", "pairs", "baseline"])]
    pub find_knee: bool,
    /// End with 1 if the target is slower than this: another build of this program, or the load.json
    /// of an earlier run with --pairs
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Measure in so many pairs of rounds, against a server that does nothing or the --baseline
    /// [default with --baseline: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(5..=1000))]
    pub pairs: Option<u16>,
    /// How many exchanges to keep for the judge at the most, evenly chosen
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    pub history: usize,
    /// Where to write load.json, latency.svg and load.html
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
}
