//! The reference emulator: the model with a clock, real ids, real keys and real certificates.

mod ciphertext;
mod clock;
mod materials;
mod opening;
mod outside;
mod server;
mod source;
mod vault;

pub use clock::Clock;
pub use server::{Running, serve};

use crate::outside::{OutsideCall, OutsideError};
use crate::target::{Request, Response};
use crate::wire;
use kms_conformance_model::drift::{Latency, settle_due};
use kms_conformance_model::state::{Account, Outside};
use kms_conformance_model::time::Millis;
use kms_conformance_model::{Answered, ErrorCode, Service, State, Switches, answer};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use source::Making;
use std::sync::{Mutex, MutexGuard, PoisonError};
use vault::Vault;
use wire::{Asked, Undecodable};

/// What an emulator is like.
#[derive(Clone, Debug)]
pub struct Config {
    /// The id of the account: twelve digits.
    pub account: String,
    /// The Region, for example `us-east-1`.
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
        }
    }
}

/// An AWS account in one Region, in memory.
///
/// Requests may come from many threads. Each takes effect at one moment, in some order.
#[derive(Debug)]
pub struct Emulator {
    config: Config,
    vault: Vault,
    world: Mutex<World>,
}

/// What one request after the other sees.
#[derive(Debug)]
struct World {
    state: State,
    /// What was added to the clock.
    offset: Millis,
    /// What ids are drawn from.
    ids: StdRng,
}

impl Emulator {
    /// An emulator of an empty account.
    pub fn new(config: Config) -> Emulator {
        let world = World {
            state: empty(&config),
            offset: 0,
            ids: ids(&config),
        };
        Emulator {
            config,
            vault: Vault::new(),
            world: Mutex::new(world),
        }
    }

    /// Answers a request as AWS would, and changes the account accordingly. Only a success leaves a
    /// trace.
    pub fn handle(&self, request: &Request) -> Response {
        self.handle_with(request, &self.config.switches)
    }

    /// Answers a request with these rules broken on purpose, whatever the configuration says.
    pub fn handle_with(&self, request: &Request, switches: &Switches) -> Response {
        let mut response = match wire::decode(request, switches) {
            Ok(asked) => self.answer(&asked, switches),
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

    /// What the account holds at this moment.
    pub fn state(&self) -> State {
        self.settled().state.clone()
    }

    /// Changes what the account holds behind the back of the API, as a fault does.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        let mut world = self.settled();
        let mut next = world.state.clone();
        change(&mut next);
        materials::follow(&world.state, &next, &self.vault);
        world.state = next;
    }

    fn answer(&self, asked: &Asked, switches: &Switches) -> Response {
        let service = asked.operation.service();
        let ciphertexts = opening::ciphertexts(asked, &self.vault);
        let mut world = self.settled();
        let World { state, ids, .. } = &mut *world;
        let mut next = state.clone();
        next.ciphertexts.extend(ciphertexts);
        next.outside.certificate_fault = opening::certificate_fault(asked, &next);
        let wrapped = opening::wrapped(asked, &next);
        let known = wrapped
            .iter()
            .map(|(base64, known, _)| (base64.clone(), known.clone()));
        next.wrapped.extend(known);
        let mut source = Making {
            vault: &self.vault,
            region: &self.config.region,
            ids,
        };
        let answered = answer(
            asked.operation,
            &mut next,
            &asked.body,
            &mut source,
            switches,
        );
        match answered {
            Answered::Done(response) => {
                next.ciphertexts.clear();
                next.wrapped.clear();
                next.outside.certificate_fault = None;
                materials::follow(&world.state, &next, &self.vault);
                if let Some((_, known, bytes)) = wrapped {
                    materials::take_in(&world.state, &next, (&known.digest, bytes), &self.vault);
                }
                world.state = next;
                drop(world);
                wire::done(&response, asked.operation.empty_body())
            }
            Answered::Refused(code, message) => wire::refused(service, code, message.as_deref()),
            Answered::NotModelled => wire::not_modelled(service, asked.operation.name()),
        }
    }

    /// The world at this moment, after everything that is due has happened. Its clock never goes
    /// back, even where that of the system does.
    fn settled(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.config.clock.now().saturating_add(world.offset);
        world.state.now = now.max(world.state.now);
        if !world.state.unsettled.is_empty() {
            let before = world.state.clone();
            settle_due(&mut world.state, self.config.latency, &self.config.switches);
            materials::follow(&before, &world.state, &self.vault);
        }
        world
    }
}

fn ids(config: &Config) -> StdRng {
    StdRng::seed_from_u64(config.ids.unwrap_or_else(rand::random))
}

fn empty(config: &Config) -> State {
    let mut account = Account::new(&config.account, &config.region);
    if config.region.starts_with("cn-") {
        account.partition = "aws-cn".to_owned();
    } else if config.region.starts_with("us-gov-") {
        account.partition = "aws-us-gov".to_owned();
    }
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
            Answer::Unsupported(why) | Answer::Broke(why) => panic!("{why}"),
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
        let mut world = emulator.settled();
        let mut after = world.state.clone();
        after.keys.remove(&id);
        materials::follow(&world.state, &after, &emulator.vault);
        world.state = after;
        assert_eq!(emulator.vault.check_value(&id), None);
    }

    #[test]
    fn a_refusal_leaves_no_trace() {
        let emulator = emulator();
        create_key(&emulator);
        let before = emulator.settled().state.clone();
        for body in [
            json!({"Description": 1}),
            json!({"KeySpec": "RSA_1024"}),
            json!({"Origin": "AWS_CLOUDHSM"}),
            json!([]),
        ] {
            let reply = ask(&emulator, "CreateKey", &body);
            assert!(matches!(reply, Reply::Refused(_)), "{body} {reply:?}");
        }
        assert_eq!(emulator.settled().state, before);
    }

    #[test]
    fn a_success_leaves_no_ciphertext_behind() {
        let emulator = emulator();
        let id = create_key(&emulator);
        let secret = json!({"KeyId": id, "Plaintext": "c2VjcmV0"});
        assert!(matches!(ask(&emulator, "Encrypt", &secret), Reply::Done(_)));
        assert!(emulator.settled().state.ciphertexts.is_empty());
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
        let (before, after) = (Clock::Real.now(), emulator.settled().state.now);
        assert!(before <= after && after <= Clock::Real.now());
    }

    #[test]
    fn a_reset_forgets_keys_and_material_and_sets_the_clock_right() {
        let emulator = emulator();
        let start = emulator.settled().state.now;
        let id = create_key(&emulator);
        let advance = OutsideCall::Advance {
            milliseconds: 1_000,
        };
        emulator.outside(&advance).unwrap();
        assert_eq!(emulator.outside(&OutsideCall::Reset), Ok(json!({})));
        assert_eq!(emulator.vault.check_value(&id), None);
        let world = emulator.settled();
        assert_eq!((world.state.keys.len(), world.state.now), (0, start));
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
            let arn = emulator.settled().state.key_arn("a");
            assert_eq!(
                arn,
                format!("arn:{partition}:kms:{region}:210987654321:key/a")
            );
        }
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
        assert_eq!(emulator.settled().state.keys.len(), 200);
    }
}
