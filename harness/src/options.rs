//! What a run was asked to do, after the command line and the environment were understood.

use crate::error::Error;
use crate::faults::{self, Fault};
use crate::known::Ledger;
use crate::nearest::nearest;
use kms_conformance_model::Level;
use kms_conformance_targets::aws::{AwsOptions, Dollars};
use kms_conformance_targets::sigv4::Credentials;
use kms_conformance_targets::{Injection, XksProxies};
use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// The target to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetChoice {
    /// The reference emulator over HTTP, started for this run.
    Emulator,
    /// The model in process, without HTTP.
    Model,
    /// AWS itself.
    Aws,
    /// Whatever answers at this URL.
    Url(String),
}

impl FromStr for TargetChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<TargetChoice, String> {
        match text {
            "emulator" => Ok(TargetChoice::Emulator),
            "model" => Ok(TargetChoice::Model),
            "aws" => Ok(TargetChoice::Aws),
            url if url.starts_with("http://") || url.starts_with("https://") => {
                Ok(TargetChoice::Url(url.trim_end_matches('/').to_owned()))
            }
            _ => Err("give emulator, model, aws or a URL that starts with http://".to_owned()),
        }
    }
}

/// Which operations a run draws from, when none are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// Everything around custom key stores, most of all.
    KeyStores,
    /// Every operation.
    #[default]
    All,
}

/// How much is compared: each level compares all that the levels before it do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Strictness {
    /// That answers come and can be read.
    Transport,
    /// Whether it is a success, and the error type.
    ErrorType,
    /// What later answers show of the state.
    EffectOnState,
    /// The members of responses.
    ResponseMembers,
    /// The form of ids, dates and ciphertexts.
    Formats,
    /// Which of several errors comes first.
    #[default]
    Precedence,
    /// The text of messages.
    MessageText,
}

impl Strictness {
    /// The deepest divergences that count.
    pub const fn deepest(self) -> Level {
        match self {
            Strictness::Transport => Level::Transport,
            Strictness::ErrorType => Level::ErrorType,
            Strictness::EffectOnState => Level::Effect,
            Strictness::ResponseMembers => Level::Members,
            Strictness::Formats => Level::Formats,
            Strictness::Precedence => Level::Precedence,
            Strictness::MessageText => Level::MessageText,
        }
    }
}

/// One part of a run that is spread over several machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub index: u64,
    /// How many parts there are.
    pub of: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/');
        let shard = parts.and_then(|(index, of)| {
            Some(Shard {
                index: index.parse().ok()?,
                of: of.parse().ok()?,
            })
        });
        shard
            .filter(|shard| (1..=shard.of).contains(&shard.index))
            .ok_or_else(|| "give it as 1/4, counted from 1".to_owned())
    }
}

/// A rule that the emulator breaks on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disabled {
    /// The operation in which it is broken; all where there is none.
    pub operation: Option<String>,
    /// The id of the rule.
    pub id: String,
}

impl FromStr for Disabled {
    type Err = String;

    fn from_str(text: &str) -> Result<Disabled, String> {
        // The label of an operation may hold a slash, and the id of a rule holds none.
        let (operation, id) = match text.rsplit_once('/') {
            Some((operation, id)) => (Some(operation.to_owned()), id),
            None => (None, text),
        };
        Ok(Disabled {
            operation,
            id: id.to_owned(),
        })
    }
}

/// How fast the emulator lets things settle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Pace {
    /// At once.
    #[default]
    Instant,
    /// As long as AWS takes.
    Aws,
}

/// Which target to judge, and what is known about the account behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetOptions {
    /// The target.
    pub choice: TargetChoice,
    /// The Region in its ARNs; on AWS, that of the profile where it is empty.
    pub region: String,
    /// The account in its ARNs, where it is known before the first answer.
    pub account: Option<String>,
    /// Whether others use the account meanwhile, so that it is not reset even where it can be.
    pub shared: bool,
    /// What may be done where the target is AWS.
    pub aws: AwsSettings,
}

/// What a run on AWS may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsSettings {
    /// Whether somebody agreed that it costs money.
    pub yes: bool,
    /// The most keys that are made.
    pub most_keys: u64,
    /// The most that everything may cost.
    pub most: Dollars,
    /// A cluster that is there already.
    pub cluster: Option<String>,
    /// A key store that is there already, to make keys in.
    pub key_store: Option<String>,
    /// Whether clusters and HSMs may be made.
    pub creates_clusters: bool,
    /// Where to write what is made; a new file in the working directory where there is none.
    pub journal: Option<PathBuf>,
    /// The share of each documented request quota that is used, in percent.
    pub quota_share: u32,
    /// How old an answer may be.
    pub consistency: Duration,
}

impl Default for AwsSettings {
    fn default() -> AwsSettings {
        let usual = AwsOptions::default();
        AwsSettings {
            yes: false,
            most_keys: usual.most_keys,
            most: usual.most,
            cluster: None,
            key_store: None,
            creates_clusters: false,
            journal: None,
            quota_share: usual.quota_share,
            consistency: usual.consistency,
        }
    }
}

/// What `check` was asked to do.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckOptions {
    /// The target.
    pub target: TargetOptions,
    /// The seed of all plans.
    pub seed: u64,
    /// The most plans to run; none where only `max_calls` or `time` ends the run.
    pub cases: Option<u64>,
    /// The most requests to send.
    pub max_calls: Option<u64>,
    /// The longest the run may take.
    pub time: Option<Duration>,
    /// The operations to judge; empty for those of the profile.
    pub operations: Vec<String>,
    /// Which operations a run draws from.
    pub profile: Profile,
    /// How much is compared.
    pub strictness: Strictness,
    /// Whether every rule within reach of an operation that is judged must be covered.
    pub must_cover: bool,
    /// The part of the run that is this one's.
    pub shard: Option<Shard>,
    /// How many clients send at the same time.
    pub concurrency: usize,
    /// The deviations that are accepted.
    pub known: Ledger,
}

/// How many requests a run on AWS sends when nothing else limits it.
pub const USUAL_AWS_CALLS: u64 = 1_000;

/// How many plans run when nothing else limits the run.
const USUAL_CASES: u64 = 256;

/// How many plans run at most: as many as are given, or as `PROPTEST_CASES` says, or a usual number
/// where nothing else limits the run.
pub fn cases(given: Option<u64>, limited: bool) -> Result<Option<u64>, Error> {
    match (given, variable("PROPTEST_CASES")) {
        (Some(cases), _) => Ok(Some(cases)),
        (None, Some(text)) => {
            let hint = "give a whole number from 1";
            let cases = from_variable::<NonZeroU64>("PROPTEST_CASES", &text, hint)?;
            Ok(Some(cases.get()))
        }
        (None, None) => Ok((!limited).then_some(USUAL_CASES)),
    }
}

/// An environment variable; one that is set to nothing counts as absent.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// What `replay` was asked to do.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayOptions {
    /// The file that holds a plan, or a finding with a plan.
    pub plan: PathBuf,
    /// The target.
    pub target: TargetOptions,
    /// How much is compared.
    pub strictness: Strictness,
}

/// What `record` was asked to do.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordOptions {
    /// The file that holds a plan, or a finding with a plan.
    pub plan: PathBuf,
    /// The target.
    pub target: TargetOptions,
    /// Where to write the recording; nothing is there yet.
    pub out: PathBuf,
    /// How much is compared.
    pub strictness: Strictness,
    /// The file with the orders of errors that are known, if the plan is to be made and written that
    /// settles all others; an empty path where none are known.
    pub settle: Option<PathBuf>,
}

/// What `judge` was asked to do.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeOptions {
    /// The files that hold recordings.
    pub recordings: Vec<PathBuf>,
    /// How much is compared.
    pub strictness: Strictness,
}

/// What `serve` was asked to do.
#[derive(Clone, Debug, PartialEq)]
pub struct ServeOptions {
    /// Where to listen, as in `127.0.0.1:4599`; port 0 takes a free one.
    pub listen: String,
    /// The Region of the account.
    pub region: String,
    /// How fast things settle.
    pub pace: Pace,
    /// The rules that are broken on purpose.
    pub disabled: Vec<Disabled>,
    /// The semantic faults that it has on purpose.
    pub faults: Vec<&'static Fault>,
    /// Whether it is served without `/_outside`.
    pub without_outside: bool,
    /// Where to write an event for each call.
    pub cloudtrail: Option<PathBuf>,
    /// The external key store proxies that are asked for real.
    pub xks: XksProxies,
    /// Who calls, by access key id, where key policies are enforced.
    pub principals: Option<BTreeMap<String, String>>,
    /// Whose signatures AWS requests must have, if any.
    pub signatures: Option<Arc<Credentials>>,
    /// What goes wrong on purpose.
    pub injection: Option<Injection>,
}

/// The semantic fault of this name.
pub fn fault(text: &str) -> Result<&'static Fault, String> {
    faults::named(text).ok_or_else(|| {
        let like = nearest(text, faults::faults().map(|fault| fault.name));
        let like = like
            .first()
            .map_or(String::new(), |name| format!("it looks like {name:?}; "));
        format!("{like}--list-faults lists all")
    })
}

/// An access key id and the ARN of the principal who has it.
pub fn principal(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(key, arn)| !key.is_empty() && arn.starts_with("arn:"))
        .map(|(key, arn)| (key.to_owned(), arn.to_owned()))
        .ok_or_else(|| {
            "give both, as in AKIAIOSFODNN7EXAMPLE=arn:aws:iam::123456789012:user/alice".to_owned()
        })
}

/// An endpoint of an external key store proxy and where it really is, as in
/// `https://xks1.example.com=http://127.0.0.1:8080`.
pub fn xks_proxy(text: &str) -> Result<(String, String), String> {
    let is_host = |host: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        !host.is_empty() && host.bytes().all(plain)
    };
    let (endpoint, url) = text.split_once('=').unwrap_or((text, ""));
    let endpoint_is_good = endpoint.strip_prefix("https://").is_some_and(is_host);
    let scheme = ["http://", "https://"].into_iter();
    let rest = scheme.filter_map(|scheme| url.strip_prefix(scheme)).next();
    match endpoint_is_good && rest.is_some_and(|rest| !rest.is_empty()) {
        true => Ok((endpoint.to_owned(), url.to_owned())),
        false => Err("give both, as in https://xks1.example.com=http://127.0.0.1:8080".to_owned()),
    }
}

/// A time as in `500ms`, `60s`, `2m` or `1h`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let millis: Option<u64> = match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let whole = number.parse::<u64>().ok();
    whole
        .zip(millis)
        .and_then(|(number, unit)| number.checked_mul(unit))
        .filter(|millis| *millis > 0)
        .map(Duration::from_millis)
        .ok_or_else(|| "give a number and its unit, as in 500ms, 60s, 2m or 1h".to_owned())
}

/// An AWS account id, which has twelve digits.
pub fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("give twelve digits, as in 111122223333".to_owned())
    }
}

/// Understands a value of an environment variable as the option it stands for.
pub fn from_variable<T: FromStr>(name: &str, text: &str, hint: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|_| Error::Usage(format!("{name} is {text:?}; {hint}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("60s"), Ok(Duration::from_secs(60)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for wrong in ["", "60", "s", "0s", "-1s", "1.5m", "99999999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_proxy_has_an_endpoint_and_a_place() {
        let place = ("https://xks1.example.com", "http://127.0.0.1:8080");
        let text = format!("{}={}", place.0, place.1);
        let pair = (place.0.to_owned(), place.1.to_owned());
        assert_eq!(xks_proxy(&text), Ok(pair));
        for wrong in [
            "",
            "https://xks1.example.com",
            "http://xks1.example.com=http://127.0.0.1:1",
            "https://xks1.example.com=127.0.0.1:1",
            "https://xks1.example.com:443=http://127.0.0.1:1",
            "https://=http://127.0.0.1:1",
        ] {
            assert!(xks_proxy(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shards_count_from_one() {
        assert_eq!("2/4".parse(), Ok(Shard { index: 2, of: 4 }));
        for wrong in ["0/4", "5/4", "1", "a/b", "1/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_target_is_a_name_or_a_url() {
        assert_eq!("model".parse(), Ok(TargetChoice::Model));
        let url = TargetChoice::Url("http://localhost:4566".to_owned());
        assert_eq!("http://localhost:4566/".parse(), Ok(url));
        assert!("localhost:4566".parse::<TargetChoice>().is_err());
    }

    #[test]
    fn a_rule_may_be_disabled_in_one_operation() {
        let one = Disabled {
            operation: Some("CreateKey".to_owned()),
            id: "CK-36".to_owned(),
        };
        assert_eq!("CreateKey/CK-36".parse(), Ok(one));
        assert_eq!(
            "CK-36".parse(),
            Ok(Disabled {
                operation: None,
                id: "CK-36".to_owned()
            })
        );
    }

    #[test]
    fn the_label_of_an_operation_may_hold_a_slash() {
        let one = Disabled {
            operation: Some("CloudHsm/TagResource".to_owned()),
            id: "HSM-TG-01".to_owned(),
        };
        assert_eq!("CloudHsm/TagResource/HSM-TG-01".parse(), Ok(one));
    }

    #[test]
    fn a_fault_has_a_name() {
        assert_eq!(
            fault("a new alias is lost").unwrap().name,
            "a new alias is lost"
        );
        let why = fault("a new alias was lost").unwrap_err();
        assert!(why.contains("\"a new alias is lost\""), "{why}");
    }

    #[test]
    fn strictness_is_a_ladder() {
        assert!(Strictness::Transport < Strictness::ErrorType);
        assert!(Strictness::default() < Strictness::MessageText);
    }
}
