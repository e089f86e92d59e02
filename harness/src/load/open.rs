//! An open loop: requests are planned ahead, and a target that stalls does not slow the plan down.
//!
//! The time of a request counts from the moment that was planned for it. Otherwise a target that is
//! slow keeps a client from asking, and all that it did not ask is missing from the figures, which is
//! known as coordinated omission.

use super::books::{Books, Measured};
use super::measuring::{Measuring, Subject};
use super::window::Window;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How many requests may be under way at once. What is due meanwhile waits, and its time runs.
pub(super) const MOST_UNDER_WAY: usize = 1024;

/// How long after the plan what is late may still be sent. What is not sent by then is given up.
const GRACE: Duration = Duration::from_secs(5);

/// The moments at which requests are due.
#[derive(Clone, Copy, Debug)]
struct Arrivals {
    start: Instant,
    rate: f64,
    number: u64,
}

impl Arrivals {
    fn new(window: &Window, rate: f64) -> Arrivals {
        let seconds = (window.to - window.start).as_secs_f64();
        Arrivals {
            start: window.start,
            rate,
            number: (seconds * rate).ceil() as u64,
        }
    }

    /// When the request of this number is due.
    fn at(&self, nth: u64) -> Instant {
        self.start + Duration::from_secs_f64(nth as f64 / self.rate)
    }

    /// How many requests are due by now.
    fn due(&self) -> u64 {
        let since = self.start.elapsed().as_secs_f64();
        ((since * self.rate) as u64)
            .saturating_add(1)
            .min(self.number)
    }
}

/// Measures with so many requests a second.
pub(super) async fn open(
    subject: &Subject,
    rate: f64,
    warm_up: Duration,
    duration: Duration,
) -> Measured {
    // The timers of the runtime are a millisecond coarse, and threads wait more exactly.
    let wait = async |moment: Instant| {
        thread::sleep(moment.saturating_duration_since(Instant::now()));
    };
    let window = Window::now(warm_up, duration);
    let plan = Arrivals::new(&window, rate);
    let measuring = Measuring::new(subject, Books::new(window));
    let due = Arc::new(Semaphore::new(0));
    let (handle, released) = (Handle::current(), Arc::clone(&due));
    let clock = thread::spawn(move || handle.block_on(release(&plan, &released, wait)));
    answer_all(&measuring, plan, &due, MOST_UNDER_WAY).await;
    // It has ended by now, since nobody else lets the last requests go.
    let _ = clock.join();
    measuring.books.total()
}

/// Lets each request go when it is due; in the end also those who wait for one that never comes.
async fn release(plan: &Arrivals, due: &Semaphore, wait: impl AsyncFn(Instant)) {
    let mut released = 0;
    while released < plan.number {
        wait(plan.at(released)).await;
        let by_now = plan.due().max(released + 1);
        due.add_permits(usize::try_from(by_now - released).unwrap_or_default());
        released = by_now;
    }
    due.add_permits(MOST_UNDER_WAY);
}

/// Sends what is due, so many at once.
async fn answer_all(
    measuring: &Arc<Measuring>,
    plan: Arrivals,
    due: &Arc<Semaphore>,
    under_way: usize,
) {
    let last = measuring.books.window.to + GRACE;
    let mut tasks = JoinSet::new();
    for _ in 0..under_way {
        let (measuring, due) = (Arc::clone(measuring), Arc::clone(due));
        tasks.spawn(async move {
            // It is never closed.
            while let Ok(permit) = due.acquire().await {
                permit.forget();
                let nth = measuring.next();
                if nth >= plan.number {
                    break;
                }
                match Instant::now() < last {
                    true => measuring.send(nth, Some(plan.at(nth))).await,
                    false => measuring.give_up(nth, plan.at(nth)),
                }
            }
        });
    }
    while tasks.join_next().await.is_some() {}
}

#[cfg(test)]
mod tests {
    use super::super::latencies::Percentiles;
    use super::super::outcome::Outcome;
    use super::super::work::{Call, Work};
    use super::*;
    use kms_conformance_targets::{
        Lost, OutsideCall, OutsideError, Request, Response, Sending, Target,
    };
    use serde_json::{Value, json};
    use std::sync::atomic::{AtomicU64, Ordering};

    /// It answers at once, but for one request.
    struct Stalling {
        requests: AtomicU64,
        stalls_at: u64,
        for_so_long: Duration,
    }

    impl Target for Stalling {
        fn name(&self) -> String {
            "stalling".to_owned()
        }

        fn send<'a>(&'a self, _: &'a Request) -> Sending<'a, Result<Response, Lost>> {
            Box::pin(async {
                if self.requests.fetch_add(1, Ordering::Relaxed) == self.stalls_at {
                    tokio::time::sleep(self.for_so_long).await;
                }
                Ok(Response {
                    status: 200,
                    headers: Vec::new(),
                    body: Vec::new(),
                })
            })
        }

        fn offers_outside(&self) -> bool {
            false
        }

        fn outside<'a>(&'a self, _: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
            Box::pin(async { Err(OutsideError::NotOffered) })
        }
    }

    async fn measured(stalls_at: u64, for_so_long: Duration, under_way: usize) -> Measured {
        let call = Arc::new(Call::kms("CreateKey", json!({})).unwrap());
        let subject = Subject {
            target: Arc::new(Stalling {
                requests: AtomicU64::new(0),
                stalls_at,
                for_so_long,
            }),
            work: Arc::new(Work::of(vec![call])),
            history: None,
            offset: 0,
        };
        let window = Window::now(Duration::ZERO, Duration::from_secs(1));
        let plan = Arrivals::new(&window, 1000.0);
        let measuring = Measuring::new(&subject, Books::new(window));
        let due = Arc::new(Semaphore::new(0));
        let wait = async |moment| tokio::time::sleep_until(moment).await;
        tokio::join!(
            release(&plan, &due, wait),
            answer_all(&measuring, plan, &due, under_way)
        );
        measuring.books.total()
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_shows_from_the_planned_start_and_not_from_the_actual_one() {
        let measured = measured(500, Duration::from_millis(50), 1).await;
        assert_eq!((measured.planned, measured.succeeded), (1000, 1000));
        let latencies = &measured.outcomes[&Outcome::Success];
        let planned = Percentiles::from(&latencies.planned);
        let service = Percentiles::from(&latencies.service);
        assert!((35.0..=50.0).contains(&planned.p99_ms), "{planned:?}");
        assert!(service.p99_ms < 1.0, "{service:?}");
        assert!((49.9..=50.1).contains(&service.max_ms), "{service:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn with_room_enough_one_stall_holds_nobody_else_up() {
        let measured = measured(500, Duration::from_millis(50), 16).await;
        let latencies = &measured.outcomes[&Outcome::Success];
        let planned = Percentiles::from(&latencies.planned);
        assert!(planned.p99_ms <= 1.1, "{planned:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_sent_in_time_is_given_up_and_counts() {
        let measured = measured(100, Duration::from_secs(60), 1).await;
        assert_eq!(measured.planned, 1000);
        let given_up = &measured.outcomes[&Outcome::NotStarted];
        assert_eq!(given_up.planned.len(), 899);
        assert!(Percentiles::from(&given_up.planned).p50_ms > 59_000.0);
    }
}
