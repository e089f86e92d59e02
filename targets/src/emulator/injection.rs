//! What goes wrong on purpose between a client and the emulator.

use std::str::FromStr;
use std::time::Duration;

/// How often what goes wrong. Each request meets one of these at most, apart from the delay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Injection {
    /// The share of requests, from 0 to 1, that are throttled and not carried out.
    pub throttle: f64,
    /// The share that is answered with an internal error, before or after being carried out.
    pub error: f64,
    /// The share that is not answered at all, before or after being carried out.
    pub lost: f64,
    /// The share that is answered as if some writes had not happened yet, where that makes a
    /// difference.
    pub stale: f64,
    /// The longest that an answer is held back.
    pub delay: Duration,
    /// How old a stale answer may be.
    pub stale_for: Duration,
    /// What chance is drawn from; by chance where there is none.
    pub seed: Option<u64>,
}

impl Default for Injection {
    /// Nothing goes wrong. Stale answers would be up to two seconds old.
    fn default() -> Injection {
        Injection {
            throttle: 0.0,
            error: 0.0,
            lost: 0.0,
            stale: 0.0,
            delay: Duration::ZERO,
            stale_for: Duration::from_secs(2),
            seed: None,
        }
    }
}

impl FromStr for Injection {
    type Err = String;

    /// Reads shares and the delay, as in `throttle=5%,error=0.5%,lost=2%,stale=10%,delay=20ms`.
    fn from_str(text: &str) -> Result<Injection, String> {
        let mut injection = Injection::default();
        let mut seen: Vec<&str> = Vec::new();
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(hint)?;
            if seen.contains(&name) {
                return Err(format!("give {name} once"));
            }
            seen.push(name);
            match name {
                "throttle" => injection.throttle = share(value)?,
                "error" => injection.error = share(value)?,
                "lost" => injection.lost = share(value)?,
                "stale" => injection.stale = share(value)?,
                "delay" => injection.delay = milliseconds(value)?,
                _ => return Err(hint()),
            }
        }
        let Injection {
            throttle,
            error,
            lost,
            stale,
            ..
        } = injection;
        match throttle + error + lost + stale > 1.0 {
            true => Err("give shares of 100% together at most".to_owned()),
            false => Ok(injection),
        }
    }
}

fn hint() -> String {
    "give some of throttle=5%,error=2%,lost=2%,stale=10%,delay=20ms".to_owned()
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').and_then(|text| text.parse().ok());
    let share = number.filter(|percent| (0.0..=100.0).contains(percent));
    share.map(|percent: f64| percent / 100.0).ok_or_else(hint)
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    let number = text.strip_suffix("ms").and_then(|text| text.parse().ok());
    number.map(Duration::from_millis).ok_or_else(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_shares_and_a_delay() {
        let text = "throttle=5%,error=0.5%,lost=2%,stale=10%,delay=20ms";
        let expected = Injection {
            throttle: 0.05,
            error: 0.005,
            lost: 0.02,
            stale: 0.1,
            delay: Duration::from_millis(20),
            ..Injection::default()
        };
        assert_eq!(text.parse(), Ok(expected));
        let all: Injection = "lost=100%".parse().unwrap();
        assert_eq!((all.lost, all.stale), (1.0, 0.0));
    }

    #[test]
    fn a_list_that_makes_no_sense_says_what_would() {
        for wrong in [
            "",
            "throttle",
            "throttle=5",
            "throttle=-1%",
            "throttle=101%",
            "throttle=NaN%",
            "throttle=60%,lost=60%",
            "lost=1%,lost=1%",
            "delay=20",
            "delay=2s",
            "chaos=1%",
            "lost=1%,",
        ] {
            assert!(wrong.parse::<Injection>().is_err(), "{wrong}");
        }
    }
}
