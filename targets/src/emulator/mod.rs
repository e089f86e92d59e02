//! The reference emulator: the model with a clock, real ids, real keys and real certificates.

mod answerer;
mod answering;
mod ciphertext;
mod clock;
mod held;
mod injection;
mod injector;
mod materials;
mod opening;
mod outside;
mod pairs;
mod permission;
mod server;
mod signatures;
mod source;
mod stale;
mod sts;
mod vault;
mod verifying;
mod xks;

pub use answerer::Answerer;
pub use clock::Clock;
pub use injection::Injection;
pub use pairs::RsaKeys;
pub use server::{Running, Serving, serve, serve_with};
pub use xks::{TIME_OUT, XksProxies};

use crate::outside::{OutsideCall, OutsideError};
use crate::target::{Request, Response};
use crate::wire;
use held::{Held, Turn};
use kms_conformance_model::drift::Latency;
use kms_conformance_model::shape::matches;
use kms_conformance_model::state::{Account, Outside, partition_of};
use kms_conformance_model::{ErrorCode, Service, State, Switches};
use serde_json::Value;
use std::collections::BTreeMap;
use vault::Vault;
use wire::Undecodable;
use xks::Proxies;

/// What an emulator is like.
#[derive(Clone, Debug)]
pub struct Config {
    /// The id of the account: twelve digits.
    pub account: String,
    /// The Region of requests that name none, for example `us-east-1`. All Regions of its partition
    /// are there.
    pub region: String,
    /// How long things take that happen by themselves.
    pub latency: Latency,
    /// The rules that are broken on purpose.
    pub switches: Switches,
    /// Where the time comes from.
    pub clock: Clock,
    /// What ids are drawn from: the same ids in the same order for the same number, from each reset
    /// on; by chance where there is none. Keys and random bytes always come from chance.
    pub ids: Option<u64>,
    /// Where RSA keys come from.
    pub rsa: RsaKeys,
    /// The external key store proxies that are asked for real.
    pub xks: XksProxies,
    /// Who calls, by access key id, where key policies are enforced; `None` where they are not. Of
    /// any other access key the root user of the account is taken to be the owner.
    pub principals: Option<BTreeMap<String, String>>,
}

impl Default for Config {
    /// An honest emulator of an account in `us-east-1` in which things happen at once.
    fn default() -> Config {
        Config {
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            latency: Latency::Instant,
            switches: Switches::none(),
            clock: Clock::Real,
            ids: None,
            rsa: RsaKeys::Shared,
            xks: XksProxies::default(),
            principals: None,
        }
    }
}

/// An AWS account in memory, in all Regions of a partition.
///
/// Requests may come from many threads. Each takes effect at one moment, in some order.
#[derive(Debug)]
pub struct Emulator {
    config: Config,
    vault: Vault,
    proxies: Proxies,
    held: Held,
}

impl Emulator {
    /// An emulator of an empty account.
    pub fn new(config: Config) -> Emulator {
        Emulator {
            vault: Vault::new(config.rsa),
            proxies: Proxies::new(&config.xks),
            held: Held::new(&config),
            config,
        }
    }

    /// Answers a request as AWS would, and changes the account accordingly. Only a success leaves a
    /// trace.
    pub fn handle(&self, request: &Request) -> Response {
        self.handle_as(request, None)
    }

    /// Answers a request that was signed with this access key.
    pub fn handle_as(&self, request: &Request, access_key: Option<&str>) -> Response {
        self.handle_with(request, access_key, &self.config.switches)
    }

    /// Answers a request that was signed with this access key, with these rules broken on purpose,
    /// whatever the configuration says.
    pub fn handle_with(
        &self,
        request: &Request,
        access_key: Option<&str>,
        switches: &Switches,
    ) -> Response {
        let mut response = match wire::decode(request, switches) {
            Ok(asked) => self.answer(&asked, self.region_of(request), access_key, switches),
            Err(undecodable) => refuse(&undecodable),
        };
        wire::spoil(&mut response, switches);
        response
    }

    /// Does or asks what no AWS operation does.
    ///
    /// # Errors
    /// `Impossible` where the call names what does not exist; nothing has changed then.
    pub fn outside(&self, call: &OutsideCall) -> Result<Value, OutsideError> {
        outside::outside(self, call)
    }

    /// The rules that are broken on purpose.
    pub const fn switches(&self) -> &Switches {
        &self.config.switches
    }

    /// What the account holds at this moment.
    pub fn state(&self) -> State {
        self.held.present(&self.config, &self.vault)
    }

    /// Changes what the account holds behind the back of the API, as a fault does.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        let turn = self.turn();
        let mut next = State::clone(&turn.state);
        change(&mut next);
        turn.end(next);
    }

    /// Waits for the turn to change the account.
    fn turn(&self) -> Turn<'_> {
        self.held.turn(&self.config, &self.vault)
    }

    /// The Region that a request is sent to. One that cannot be a Region of the partition stands for the
    /// configured one.
    pub(crate) fn region_of<'r>(&'r self, request: &'r Request) -> &'r str {
        let region = request.region.as_ref();
        let region = region.filter(|region| self.has_region(region));
        region.unwrap_or(&self.config.region)
    }

    /// Whether this can be a Region of the partition.
    pub(crate) fn has_region(&self, region: &str) -> bool {
        matches(REGION, region) && partition_of(region) == partition_of(&self.config.region)
    }

    /// Whether answering may take as long as others need to answer.
    pub fn asks_others(&self) -> bool {
        self.proxies.are_asked()
    }
}

/// What the name of a Region looks like.
const REGION: &str = r"([a-z]+-){2,3}\d+";

fn empty(config: &Config) -> State {
    let account = Account::new(&config.account, &config.region);
    State::new(account, Outside::with_default_vpc(&config.region))
}

fn refuse(undecodable: &Undecodable) -> Response {
    match undecodable {
        Undecodable::TooLarge => {
            let message = format!("The body has more than {} bytes.", wire::MOST_BYTES);
            wire::refused(
                Service::Kms,
                ErrorCode::RequestEntityTooLarge,
                Some(&message),
            )
        }
        Undecodable::UnknownOperation => {
            wire::refused(Service::Kms, ErrorCode::UnknownOperation, None)
        }
        Undecodable::NotModelled(service, name) => wire::not_modelled(*service, name),
        Undecodable::Ignored => wire::done(&Value::Null, true),
        Undecodable::NotJson(service) => wire::refused(*service, ErrorCode::Serialization, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Answer, reply};
    use kms_conformance_model::Reply;
    use serde_json::json;
    use std::collections::BTreeSet;
    use std::sync::{Arc, mpsc};
    use std::time::Duration;

    fn emulator() -> Emulator {
        Emulator::new(Config {
            clock: Clock::Fixed(1_800_000_000_000),
            ..Config::default()
        })
    }

    fn ask(emulator: &Emulator, operation: &str, body: &Value) -> Reply {
        let request = Request::new(Service::Kms, operation, body);
        match reply(&emulator.handle(&request)) {
            Answer::Reply(reply) => reply,
            Answer::Unsupported(why) | Answer::Untyped(why) => panic!("{why}"),
        }
    }

    fn create_key(emulator: &Emulator) -> String {
        match ask(emulator, "CreateKey", &json!({})) {
            Reply::Done(made) => made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_new_key_has_material_and_a_forgotten_one_has_none() {
        let emulator = emulator();
        let id = create_key(&emulator);
        assert!(emulator.vault.check_value(&id).is_some());
        emulator.change(|state| {
            state.keys.remove(&id);
        });
        assert_eq!(emulator.vault.check_value(&id), None);
    }

    #[test]
    fn a_refusal_leaves_no_trace() {
        let emulator = emulator();
        create_key(&emulator);
        let before = emulator.state();
        for body in [
            json!({"Description": 1}),
            json!({"KeySpec": "RSA_1024"}),
            json!({"Origin": "AWS_CLOUDHSM"}),
            json!([]),
        ] {
            let reply = ask(&emulator, "CreateKey", &body);
            assert!(matches!(reply, Reply::Refused(_)), "{body} {reply:?}");
        }
        assert_eq!(emulator.state(), before);
    }

    #[test]
    fn a_success_leaves_no_ciphertext_behind() {
        let emulator = emulator();
        let id = create_key(&emulator);
        let secret = json!({"KeyId": id, "Plaintext": "c2VjcmV0"});
        assert!(matches!(ask(&emulator, "Encrypt", &secret), Reply::Done(_)));
        assert!(emulator.state().ciphertexts.is_empty());
    }

    #[test]
    fn the_clock_advances_and_never_goes_back() {
        let emulator = emulator();
        let now = |answer: Value| answer["now"].as_i64().unwrap();
        let before = now(emulator.outside(&OutsideCall::Clock).unwrap());
        let advance = OutsideCall::Advance {
            milliseconds: 1_500,
        };
        assert_eq!(now(emulator.outside(&advance).unwrap()), before + 1_500);
        let back = OutsideCall::Advance { milliseconds: -1 };
        assert!(emulator.outside(&back).is_err());
        let far = OutsideCall::Advance {
            milliseconds: i64::MAX,
        };
        assert_eq!(now(emulator.outside(&far).unwrap()), i64::MAX);
    }

    #[test]
    fn the_real_clock_is_that_of_the_system() {
        let emulator = Emulator::new(Config::default());
        let (before, after) = (Clock::Real.now(), emulator.state().now);
        assert!(before <= after && after <= Clock::Real.now());
    }

    #[test]
    fn a_reset_forgets_keys_and_material_and_sets_the_clock_right() {
        let emulator = emulator();
        let start = emulator.state().now;
        let id = create_key(&emulator);
        let advance = OutsideCall::Advance {
            milliseconds: 1_000,
        };
        emulator.outside(&advance).unwrap();
        assert_eq!(emulator.outside(&OutsideCall::Reset), Ok(json!({})));
        assert_eq!(emulator.vault.check_value(&id), None);
        let state = emulator.state();
        assert_eq!((state.keys.len(), state.now), (0, start));
    }

    #[test]
    fn arns_carry_account_region_and_partition() {
        for (region, partition) in [
            ("eu-west-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
        ] {
            let emulator = Emulator::new(Config {
                account: "210987654321".to_owned(),
                region: region.to_owned(),
                ..Config::default()
            });
            let arn = emulator.state().key_arn("a");
            assert_eq!(
                arn,
                format!("arn:{partition}:kms:{region}:210987654321:key/a")
            );
        }
    }

    #[test]
    fn who_looks_does_not_wait_for_whose_turn_it_is() {
        let emulator = Arc::new(emulator());
        let id = create_key(&emulator);
        let turn = emulator.turn();
        let (sender, answers) = mpsc::channel();
        let other = Arc::clone(&emulator);
        let looking = std::thread::spawn(move || {
            sender.send(ask(&other, "DescribeKey", &json!({ "KeyId": id })))
        });
        let answer = answers.recv_timeout(Duration::from_secs(30));
        drop(turn);
        looking.join().unwrap().unwrap();
        assert!(matches!(answer, Ok(Reply::Done(_))), "{answer:?}");
    }

    #[test]
    fn pages_go_on_after_a_key_that_is_gone() {
        let emulator = emulator();
        let ids: BTreeSet<String> = (0..5).map(|_| create_key(&emulator)).collect();
        let page = |body: Value| match ask(&emulator, "ListKeys", &body) {
            Reply::Done(page) => page,
            other => panic!("{other:?}"),
        };
        let first = page(json!({ "Limit": 2 }));
        emulator.change(|state| {
            state.keys.remove(ids.iter().nth(1).unwrap());
        });
        let rest = page(json!({ "Marker": first["NextMarker"] }));
        let shown = rest["Keys"].as_array().unwrap().iter();
        let shown: Vec<&str> = shown.map(|key| key["KeyId"].as_str().unwrap()).collect();
        assert!(shown.into_iter().eq(ids.iter().skip(2)));
        assert_eq!(rest["Truncated"], false);
    }

    #[test]
    fn threads_do_not_lose_each_others_keys() {
        let emulator = emulator();
        let ids: BTreeSet<String> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..50).map(|_| create_key(&emulator)).collect::<Vec<_>>()))
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().unwrap())
                .collect()
        });
        assert_eq!(ids.len(), 200);
        assert_eq!(emulator.state().keys.len(), 200);
    }
}
