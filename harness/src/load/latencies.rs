//! How long requests of one outcome took: from when they were planned, and from when they were sent.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest time that is told from longer ones, in nanoseconds: ten minutes.
const LONGEST: u64 = 600_000_000_000;

/// How exact a time is kept, in significant digits.
const DIGITS: u8 = 3;

/// The shares of requests whose time is named in reports.
pub(super) const SHARES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];

/// How long the requests of one outcome took.
#[derive(Clone, Debug)]
pub(super) struct Latencies {
    /// From the moment that was planned for the request. Where nothing is planned ahead it is that
    /// at which it was sent.
    pub(super) planned: Histogram<u64>,
    /// From the moment at which it was sent.
    pub(super) service: Histogram<u64>,
}

impl Latencies {
    /// None so far. Nothing is ever wrong with the bounds, which are constants.
    pub(super) fn none() -> Option<Latencies> {
        let empty = Histogram::new_with_bounds(1, LONGEST, DIGITS).ok()?;
        Some(Latencies {
            planned: empty.clone(),
            service: empty,
        })
    }

    /// Notes a request.
    pub(super) fn note(&mut self, planned: Duration, service: Duration) {
        self.planned.saturating_record(nanoseconds(planned));
        self.service.saturating_record(nanoseconds(service));
    }

    /// Adds those of somebody else.
    pub(super) fn add(&mut self, other: &Latencies) {
        // They have the same bounds, so that this cannot fail.
        let _ = self.planned.add(&other.planned);
        let _ = self.service.add(&other.service);
    }
}

/// The times of a histogram that reports name, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Percentiles {
    /// Half of the requests took no longer.
    pub(crate) p50_ms: f64,
    /// Nine of ten took no longer.
    pub(crate) p90_ms: f64,
    /// 99 of 100 took no longer.
    pub(crate) p99_ms: f64,
    /// 999 of 1,000 took no longer.
    pub(crate) p999_ms: f64,
    /// The longest.
    pub(crate) max_ms: f64,
}

impl From<&Histogram<u64>> for Percentiles {
    fn from(histogram: &Histogram<u64>) -> Percentiles {
        let [p50_ms, p90_ms, p99_ms, p999_ms] =
            SHARES.map(|share| milliseconds(histogram.value_at_quantile(share)));
        Percentiles {
            p50_ms,
            p90_ms,
            p99_ms,
            p999_ms,
            max_ms: milliseconds(histogram.max()),
        }
    }
}

/// Nanoseconds as milliseconds.
pub(super) fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(LONGEST).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_in_milliseconds() {
        let mut latencies = Latencies::none().unwrap();
        for millis in 1..=1000 {
            let time = Duration::from_millis(millis);
            latencies.note(time, time / 2);
        }
        let near = |found: f64, expected: f64| (found - expected).abs() < expected / 500.0;
        let planned = Percentiles::from(&latencies.planned);
        assert!(near(planned.p50_ms, 500.0), "{planned:?}");
        assert!(near(planned.p99_ms, 990.0), "{planned:?}");
        assert!(near(planned.max_ms, 1000.0), "{planned:?}");
        let service = Percentiles::from(&latencies.service);
        assert!(near(service.p90_ms, 450.0), "{service:?}");
    }

    #[test]
    fn what_takes_longer_than_can_be_told_counts_as_the_longest() {
        let mut latencies = Latencies::none().unwrap();
        latencies.note(Duration::from_secs(7_000), Duration::ZERO);
        assert!(latencies.planned.max() >= LONGEST);
        assert_eq!(latencies.service.max(), 1);
    }
}
