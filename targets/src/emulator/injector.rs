//! Lets go wrong what an [`Injection`] asks for, and counts it.

use super::Emulator;
use super::injection::Injection;
use super::stale::{Old, Past, is_alike};
use crate::target::{Request, Response};
use crate::wire;
use kms_conformance_model::time::Millis;
use kms_conformance_model::{ErrorCode, Service};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What KMS was seen to say when it throttles (WIRE-45).
const KMS_THROTTLES: &str = "You have exceeded the rate at which you may call KMS. Reduce the \
                             frequency of your calls.";

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// It is throttled.
    Throttle,
    /// It fails with an internal error.
    Error {
        /// Whether it is carried out nevertheless.
        is_done: bool,
        /// Whether the whole service is down for the moment.
        is_down: bool,
    },
    /// It is not answered.
    Lost {
        /// Whether it is carried out nevertheless.
        is_done: bool,
    },
    /// It is answered by what was so many milliseconds ago.
    Stale {
        /// How long ago.
        age: Millis,
    },
}

/// What chance gives one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drawn {
    /// How long its answer is held back.
    pub delay: Duration,
    /// What goes wrong with it.
    pub fault: Fault,
}

#[derive(Debug, Default)]
struct Counts {
    throttle: AtomicU64,
    error: AtomicU64,
    error_after: AtomicU64,
    lost: AtomicU64,
    lost_after: AtomicU64,
    stale: AtomicU64,
    delay: AtomicU64,
}

/// An injection under way.
#[derive(Debug)]
pub(super) struct Injector {
    what: Injection,
    chance: Mutex<StdRng>,
    counts: Counts,
    past: Mutex<Past>,
}

impl Injector {
    /// Begins, with nothing counted.
    pub(super) fn new(what: Injection) -> Injector {
        Injector {
            what,
            chance: Mutex::new(StdRng::seed_from_u64(
                what.seed.unwrap_or_else(rand::random),
            )),
            counts: Counts::default(),
            past: Mutex::default(),
        }
    }

    /// What happens to the next request. Each draws the same numbers, so that what happens to later
    /// ones does not depend on what happened to it.
    pub(super) fn draw(&self) -> Drawn {
        let mut chance = lock(&self.chance);
        let [which, held_back, how_old]: [f64; 3] = chance.random();
        let [is_done, is_down]: [bool; 2] = chance.random();
        drop(chance);
        let what = &self.what;
        let faults = [
            (what.throttle, Fault::Throttle),
            (what.error, Fault::Error { is_done, is_down }),
            (what.lost, Fault::Lost { is_done }),
            (
                what.stale,
                Fault::Stale {
                    age: millis(what.stale_for.mul_f64(how_old)),
                },
            ),
        ];
        let mut below = 0.0;
        let met = faults.into_iter().find(|(share, _)| {
            below += share;
            which < below
        });
        Drawn {
            delay: what.delay.mul_f64(held_back),
            fault: met.map_or(Fault::None, |(_, fault)| fault),
        }
    }

    /// The answer to a request that meets a fault; `None` is no answer at all. `handle` has it
    /// answered as if nothing had gone wrong.
    pub(super) fn answer(
        &self,
        fault: Fault,
        emulator: &Emulator,
        request: &Request,
        access_key: Option<&str>,
        handle: &dyn Fn() -> Response,
    ) -> Option<Response> {
        self.see(emulator);
        let service = Service::of_target(request.target.as_deref().unwrap_or_default());
        let counts = &self.counts;
        let answer = match fault {
            Fault::None => Some(handle()),
            Fault::Throttle => {
                count(&counts.throttle);
                Some(throttled(service))
            }
            Fault::Error { is_done, is_down } => {
                count(&counts.error);
                if is_done {
                    count(&counts.error_after);
                    handle();
                }
                Some(match is_down {
                    true => wire::unavailable(service),
                    false => wire::refused(service, internal(service), None),
                })
            }
            Fault::Lost { is_done } => {
                count(&counts.lost);
                if is_done {
                    count(&counts.lost_after);
                    handle();
                }
                None
            }
            Fault::Stale { age } => {
                let stale = self.stale(emulator, request, access_key, age, handle);
                Some(stale.unwrap_or_else(handle))
            }
        };
        self.see(emulator);
        answer
    }

    /// The answer by what was some time ago, if there is one that differs in what it goes by.
    ///
    /// What is refused by the past is not carried out. What the past only reads is carried out at
    /// present too, for the trace that it leaves, and answered by the present if that changes.
    fn stale(
        &self,
        emulator: &Emulator,
        request: &Request,
        access_key: Option<&str>,
        age: Millis,
        handle: &dyn Fn() -> Response,
    ) -> Option<Response> {
        let before = emulator.state();
        let moment = before.now - age;
        let old = lock(&self.past).at(moment).cloned()?;
        match emulator.answer_of_old(request, access_key, &old, moment)? {
            Old::Refused(response) => {
                count(&self.counts.stale);
                Some(response)
            }
            Old::Read(response) => {
                let present = handle();
                let is_old = present.body != response.body;
                match is_old && is_alike(&before, &emulator.state()) {
                    true => {
                        count(&self.counts.stale);
                        Some(response)
                    }
                    false => Some(present),
                }
            }
        }
    }

    /// Notes that an answer is held back.
    pub(super) fn delayed(&self) {
        count(&self.counts.delay);
    }

    /// Remembers what the account holds, where it may be needed.
    pub(super) fn see(&self, emulator: &Emulator) {
        if self.what.stale > 0.0 {
            lock(&self.past).add(emulator.state(), millis(self.what.stale_for));
        }
    }

    /// Forgets what the account held: it was emptied, and nothing of it is left.
    pub(super) fn forget(&self) {
        lock(&self.past).clear();
    }

    /// How often what went wrong.
    pub(super) fn counted(&self) -> Value {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        json!({
            "throttle": read(&counts.throttle),
            "error": read(&counts.error),
            "error_after": read(&counts.error_after),
            "lost": read(&counts.lost),
            "lost_after": read(&counts.lost_after),
            "stale": read(&counts.stale),
            "delay": read(&counts.delay),
        })
    }
}

fn throttled(service: Service) -> Response {
    let message = match service {
        Service::Kms => KMS_THROTTLES,
        Service::CloudHsm => "Rate exceeded",
    };
    wire::refused(service, ErrorCode::Throttling, Some(message))
}

fn internal(service: Service) -> ErrorCode {
    match service {
        Service::Kms => ErrorCode::KmsInternal,
        Service::CloudHsm => ErrorCode::CloudHsmInternalFailure,
    }
}

fn count(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

fn millis(span: Duration) -> Millis {
    Millis::try_from(span.as_millis()).unwrap_or(Millis::MAX)
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn injector(list: &str, seed: u64) -> Injector {
        Injector::new(Injection {
            seed: Some(seed),
            ..list.parse().unwrap()
        })
    }

    fn drawn(injector: &Injector) -> Vec<Drawn> {
        (0..1000).map(|_| injector.draw()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let list = "throttle=10%,error=10%,lost=10%,stale=10%,delay=20ms";
        assert_eq!(drawn(&injector(list, 1)), drawn(&injector(list, 1)));
        assert_ne!(drawn(&injector(list, 1)), drawn(&injector(list, 2)));
    }

    #[test]
    fn faults_are_as_frequent_as_asked() {
        let drawn = drawn(&injector("throttle=20%,lost=20%", 1));
        let number =
            |fault: fn(&Fault) -> bool| drawn.iter().filter(|drawn| fault(&drawn.fault)).count();
        let about = 150..250;
        assert!(about.contains(&number(|fault| *fault == Fault::Throttle)));
        assert!(about.contains(&number(|fault| matches!(fault, Fault::Lost { .. }))));
        assert_eq!(number(|fault| matches!(fault, Fault::Error { .. })), 0);
        assert_eq!(number(|fault| matches!(fault, Fault::Stale { .. })), 0);
        let half = number(|fault| matches!(fault, Fault::Lost { is_done: true }));
        assert!((60..140).contains(&half), "{half}");
    }

    #[test]
    fn all_or_nothing_is_that() {
        let all = drawn(&injector("throttle=100%", 1));
        assert!(all.iter().all(|drawn| drawn.fault == Fault::Throttle));
        let nothing = drawn(&injector("throttle=0%", 1));
        assert!(nothing.iter().all(|drawn| drawn.fault == Fault::None));
    }
}
