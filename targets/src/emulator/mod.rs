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
}

impl Default for Config {
    /// An honest emulator of an account in `us-east-1` in which things happen at once.
    fn default() -> Config {
        Config {
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            latency: Latency::Instant,
            switches: Switches::none(),
            clock: Clock::Real,
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
}

impl Emulator {
    /// An emulator of an empty account.
    pub fn new(config: Config) -> Emulator {
        let world = World {
            state: empty(&config),
            offset: 0,
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
        match wire::decode(request) {
            Ok(asked) => self.answer(&asked),
            Err(undecodable) => refuse(&undecodable),
        }
    }

    /// Does or asks what no AWS operation does.
    ///
    /// # Errors
    /// `Impossible` where the call names what does not exist; nothing has changed then.
    pub fn outside(&self, call: &OutsideCall) -> Result<Value, OutsideError> {
        outside::outside(self, call)
    }

    fn answer(&self, asked: &Asked) -> Response {
        let service = asked.operation.service();
        let ciphertexts = opening::ciphertexts(asked, &self.vault);
        let mut world = self.settled();
        let mut next = world.state.clone();
        next.ciphertexts.extend(ciphertexts);
        next.outside.certificate_fault = opening::certificate_fault(asked, &next);
        let mut source = Making {
            vault: &self.vault,
            region: &self.config.region,
        };
        let switches = &self.config.switches;
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
                next.outside.certificate_fault = None;
                materials::follow(&world.state, &next, &self.vault);
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
        Undecodable::NotJson(service) => wire::refused(*service, ErrorCode::Serialization, None),
    }
}
