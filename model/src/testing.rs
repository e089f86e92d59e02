//! A world for unit tests: an account driven request by request, each answer judged on the way.

use crate::answer::{Answered, answer};
use crate::belief::{Belief, Exchange, Verdict};
use crate::catalog;
use crate::drift::{Latency, settle_due};
use crate::mint::{Form, Sealed};
use crate::operation::{AnyOperation, Service};
use crate::outside::OutsideAction;
use crate::reply::{Refused, Reply};
use crate::state::{Account, Outside, State};
use crate::switches::Switches;
use crate::time::Millis;
use crate::writing::Source;
use serde_json::Value;

/// Makes ids by counting.
#[derive(Default)]
struct Counting(u64);

impl Source for Counting {
    fn text(&mut self, form: Form) -> String {
        self.0 += 1;
        let n = self.0;
        let base32: String = format!("{n:011}")
            .replace('0', "a")
            .replace('1', "b")
            .replace(['8', '9'], "c");
        match form {
            Form::Uuid => format!("00000000-0000-0000-0000-{n:012x}"),
            Form::MultiRegionKeyId => format!("mrk-{n:032x}"),
            Form::KeyStoreId => format!("cks-{n:017x}"),
            Form::ClusterId => format!("cluster-{base32}"),
            Form::HsmId => format!("hsm-{base32}"),
            Form::BackupId => format!("backup-{base32}"),
            Form::EniId => format!("eni-{n:017x}"),
            Form::IpAddress => format!("10.0.0.{}", n % 256),
            Form::SecurityGroupId => format!("sg-{n:017x}"),
            Form::VpcId => format!("vpc-{n:017x}"),
            Form::Hex64 => format!("{n:064x}"),
            Form::Zone => "us-east-1a".to_owned(),
            Form::ClusterCsr => format!("-----BEGIN CERTIFICATE REQUEST-----\n{n}"),
            Form::Certificate => format!("-----BEGIN CERTIFICATE-----\n{n}"),
            Form::Opaque => format!("opaque-{n}"),
        }
    }

    fn random(&mut self, length: usize) -> Vec<u8> {
        self.0 += 1;
        let n = self.0;
        (0..length)
            .map(|index| (n as usize * 31 + index) as u8)
            .collect()
    }

    fn seal(&mut self, sealed: &Sealed) -> Vec<u8> {
        self.0 += 1;
        format!("{} sealed by {}", self.0, sealed.key).into_bytes()
    }
}

/// An account under test. Everything it answers is judged too, so a test that passes also shows that
/// emulator and judge agree.
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) belief: Belief,
    pub(crate) latency: Latency,
    source: Counting,
}

impl World {
    /// An empty account in which things settle at once.
    pub(crate) fn new() -> World {
        let state = State::new(
            Account::new("111122223333", "us-east-1"),
            Outside::with_default_vpc("us-east-1"),
        );
        let belief = Belief::certain(state.clone());
        World {
            state,
            belief,
            latency: Latency::Instant,
            source: Counting::default(),
        }
    }

    /// Sends a request that must succeed, and gives the response.
    pub(crate) fn ok(&mut self, name: &str, body: Value) -> Value {
        match self.send(name, &body) {
            Answered::Done(response) => response,
            other => panic!("{name} {body} answered {other:?}"),
        }
    }

    /// Sends a request that must be refused, and gives the error types that AWS may answer with.
    pub(crate) fn refused(&mut self, name: &str, body: Value) -> Vec<&'static str> {
        let operation = named(name);
        settle_due(&mut self.state, self.latency, &Switches::none());
        let fired = match operation.read(&body, &Switches::none()) {
            Err(fired) => fired,
            Ok(call) => call.refusals(&self.state, &Switches::none()),
        };
        let allowed = crate::operation::allowed(fired);
        assert!(!allowed.success, "{name} {body} may succeed");
        let answered = self.send(name, &body);
        assert!(
            matches!(answered, Answered::Refused(..)),
            "{name} {body} answered {answered:?}"
        );
        let codes = allowed.refusals.iter().flat_map(|rule| rule.codes);
        let mut names: Vec<&str> = codes.map(|code| code.wire_name()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The ids of the refusals that fire for a request, in any stage.
    pub(crate) fn fired(&mut self, name: &str, body: Value) -> Vec<&'static str> {
        match named(name).read(&body, &Switches::none()) {
            Err(fired) => fired.iter().map(|rule| rule.card.id).collect(),
            Ok(call) => call
                .refusals(&self.state, &Switches::none())
                .iter()
                .map(|rule| rule.card.id)
                .collect(),
        }
    }

    /// Lets something happen outside.
    pub(crate) fn outside(&mut self, action: OutsideAction) {
        action
            .act(&mut self.state)
            .expect("the action must be possible");
        self.belief
            .outside(|state| action.act(state).expect("possible for the judge too"));
    }

    /// Puts into the account what no request of a test makes, and lets the judge know.
    pub(crate) fn given(&mut self, change: impl Fn(&mut State)) {
        change(&mut self.state);
        self.belief.outside(change);
    }

    /// Makes a key and gives its id.
    pub(crate) fn key(&mut self, body: Value) -> String {
        let made = self.ok("CreateKey", body);
        let id = made["KeyMetadata"]["KeyId"].as_str();
        id.expect("a key has an id").to_owned()
    }

    /// Makes the material of a key unreachable or reachable, as its key store would.
    pub(crate) fn reach(&mut self, id: &str, reachable: bool) {
        let act = |state: &mut State| {
            let key = state.key_mut(id).expect("the key must exist");
            key.reachable.value = reachable;
        };
        act(&mut self.state);
        self.belief.outside(act);
    }

    /// Moves the clock.
    pub(crate) fn advance(&mut self, by: Millis) {
        self.state.now += by;
    }

    fn send(&mut self, name: &str, body: &Value) -> Answered {
        let operation = named(name);
        settle_due(&mut self.state, self.latency, &Switches::none());
        let answered = answer(
            operation,
            &mut self.state,
            body,
            &mut self.source,
            &Switches::none(),
        );
        let reply = match &answered {
            Answered::Done(response) => Reply::Done(response.clone()),
            Answered::Refused(code, message) => Reply::Refused(Refused {
                error: code.wire_name().to_owned(),
                message: message.clone(),
                status: code.status(),
            }),
            Answered::NotModelled => return answered,
        };
        let verdict = self.belief.observe(&Exchange {
            operation,
            body,
            reply: &reply,
            received: self.state.now,
            certificate_fault: self.state.outside.certificate_fault,
        });
        assert!(
            matches!(verdict, Verdict::Conforms(_)),
            "{name} {body}\nanswered {reply:?}\nand was judged {verdict:?}"
        );
        answered
    }
}

/// The operation with this name; `CloudHsm/` before it tells the two TagResource apart.
fn named(name: &str) -> &'static dyn AnyOperation {
    let found = match name.strip_prefix("CloudHsm/") {
        Some(name) => catalog::operation(Service::CloudHsm, name),
        None => catalog::operation(Service::Kms, name)
            .or_else(|| catalog::operation(Service::CloudHsm, name)),
    };
    found.unwrap_or_else(|| panic!("there is no operation {name}"))
}
