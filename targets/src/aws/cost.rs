//! What a run may cost at the most, in list prices.
//!
//! KMS: <https://aws.amazon.com/kms/pricing/>. A key costs 1 dollar a month, prorated by the hour,
//! and nothing once its deletion is scheduled; here it counts as a whole month, which is what it
//! costs if nobody ever cleans up. What an HSM costs an hour differs by Region and type; it counts
//! as a day at a price above those that AWS lists.

use super::asked::Asked;
use super::things::Kind;
use std::fmt;
use std::ops::Add;
use std::str::FromStr;

/// An amount of money, in millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dollars(u64);

/// A key for a month, or one more key material of a key.
const KEY_MONTH: Dollars = Dollars(1_000_000);

/// An HSM for a day.
const HSM_DAY: Dollars = Dollars(60_000_000);

/// The dearest request but for pairs of data keys: one to an asymmetric key.
const REQUEST: Dollars = Dollars(15);

/// A pair of RSA data keys, which is the dearest kind.
const DATA_KEY_PAIR: Dollars = Dollars(1_200);

impl Dollars {
    /// So many dollars.
    pub const fn whole(dollars: u64) -> Dollars {
        Dollars(dollars.saturating_mul(1_000_000))
    }

    /// So many times as much.
    pub const fn times(self, number: u64) -> Dollars {
        Dollars(self.0.saturating_mul(number))
    }
}

impl Add for Dollars {
    type Output = Dollars;

    fn add(self, other: Dollars) -> Dollars {
        Dollars(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Dollars {
    /// In cents, rounded up.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.div_ceil(10_000);
        write!(f, "${}.{:02}", cents / 100, cents % 100)
    }
}

impl FromStr for Dollars {
    type Err = String;

    fn from_str(text: &str) -> Result<Dollars, String> {
        let wrong = || "give an amount of dollars, as in 5 or 2.50".to_owned();
        let (whole, cents) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if cents.len() > 2 || !is_number(whole) || !is_number(cents) {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let cents: u64 = format!("{cents:0<2}").parse().map_err(|_| wrong())?;
        Ok(Dollars::whole(whole) + Dollars(cents * 10_000))
    }
}

/// What a request costs at the most, with what it makes.
pub(super) fn price(asked: Option<&Asked>) -> Dollars {
    let Some(asked) = asked else {
        return REQUEST;
    };
    match asked.makes() {
        _ if asked.pays_for_a_key() => KEY_MONTH + REQUEST,
        Some(Kind::Hsm) => HSM_DAY,
        _ if asked.makes_pair() => DATA_KEY_PAIR,
        _ => REQUEST,
    }
}

/// What a run may cost at the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ceiling {
    /// The keys that may be made.
    pub keys: u64,
    /// The HSMs that may be made.
    pub hsms: u64,
    /// The requests that may be sent.
    pub requests: u64,
    /// The requests among them that make a pair of data keys.
    pub pairs: u64,
}

impl Ceiling {
    /// What these requests may make and cost.
    pub fn of<'a>(asked: impl IntoIterator<Item = &'a Asked>) -> Ceiling {
        let mut ceiling = Ceiling::default();
        for asked in asked {
            ceiling.requests += 1;
            ceiling.pairs += u64::from(asked.makes_pair());
            ceiling.keys += u64::from(asked.pays_for_a_key());
            ceiling.hsms += u64::from(asked.makes() == Some(Kind::Hsm));
        }
        ceiling
    }

    /// What it comes to if nothing is ever cleaned up: keys for a month, HSMs for a day.
    pub fn dollars(&self) -> Dollars {
        let single = self.requests.saturating_sub(self.pairs);
        KEY_MONTH.times(self.keys)
            + HSM_DAY.times(self.hsms)
            + REQUEST.times(single)
            + DATA_KEY_PAIR.times(self.pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written() {
        for (text, shown) in [("5", "$5.00"), ("2.5", "$2.50"), ("0.01", "$0.01")] {
            assert_eq!(text.parse::<Dollars>().unwrap().to_string(), shown);
        }
        assert_eq!(Dollars(1).to_string(), "$0.01");
        for wrong in ["", "-1", "1.234", "x", "1.x", "."] {
            assert!(wrong.parse::<Dollars>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_ceiling_counts_what_would_be_left() {
        let asked = ["CreateKey", "DescribeKey", "RotateKeyOnDemand"].map(Asked::kms);
        let ceiling = Ceiling::of(&asked);
        assert_eq!((ceiling.keys, ceiling.requests), (2, 3));
        assert_eq!(ceiling.dollars(), Dollars(2_000_045));
        let prices = asked.iter().map(|asked| price(Some(asked)));
        assert_eq!(prices.fold(Dollars(0), Add::add), ceiling.dollars());
    }
}
