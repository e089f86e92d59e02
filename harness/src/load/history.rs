//! What was sent and answered, kept for the judge. The memory is bounded: of a long run an even sample
//! is kept, and of every new key its id alone, in 16 bytes.

use super::work::Call;
use kms_conformance_targets::{Lost, Response};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many parts there are, so that those who write rarely wait for each other.
const PARTS: usize = 8;

/// An exchange that was kept.
#[derive(Debug)]
pub(super) struct Kept {
    /// What was sent.
    pub(super) call: Arc<Call>,
    /// The moment of the target's clock at which the answer was there, in milliseconds.
    pub(super) at: i64,
    nth: u64,
    answer: Result<Packed, Lost>,
}

/// A response in little memory.
#[derive(Debug)]
struct Packed {
    status: u16,
    /// A line for each header.
    headers: Box<str>,
    body: Box<[u8]>,
}

impl Kept {
    /// The answer as it came.
    pub(super) fn answer(&self) -> Result<Response, Lost> {
        let packed = self.answer.as_ref().map_err(Clone::clone)?;
        let headers = packed.headers.lines();
        let headers = headers.filter_map(|line| line.split_once(": "));
        Ok(Response {
            status: packed.status,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: packed.body.to_vec(),
        })
    }

    /// Whether the answer is a success.
    pub(super) fn succeeded(&self) -> bool {
        let status = self.answer.as_ref().map(|packed| packed.status);
        status.is_ok_and(|status| (200..300).contains(&status))
    }
}

impl From<Response> for Packed {
    fn from(response: Response) -> Packed {
        let lines = response.headers.iter();
        let lines: String = lines
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect();
        Packed {
            status: response.status,
            headers: lines.into_boxed_str(),
            body: response.body.into_boxed_slice(),
        }
    }
}

/// One part of a history.
#[derive(Debug, Default)]
struct Part {
    kept: Vec<Kept>,
    /// Every exchange whose number among those of this part this divides is kept.
    stride: u64,
    /// The places of those that must make room, because they are not to be kept any more.
    leaving: Vec<usize>,
    seen: u64,
    ids: Vec<u128>,
}

/// Everything that was sent and answered.
#[derive(Debug)]
pub(super) struct History {
    parts: Vec<Mutex<Part>>,
    /// How many exchanges each part keeps at the most.
    most: usize,
}

/// What is left of a history in the end.
#[derive(Debug, Default)]
pub(super) struct Remains {
    /// The exchanges that were kept, in the order of their answers.
    pub(super) kept: Vec<Kept>,
    /// How many there were.
    pub(super) seen: u64,
    /// The ids of all new keys in order, as numbers.
    pub(super) ids: Vec<u128>,
}

impl History {
    /// An empty one that keeps so many exchanges at the most.
    pub(super) fn new(most: usize) -> History {
        History {
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            most: most.div_ceil(PARTS).max(1),
        }
    }

    /// Takes note of the exchange of this number. What was never sent is no exchange.
    pub(super) fn note(&self, nth: u64, call: &Arc<Call>, at: i64, answer: Result<Response, Lost>) {
        let not_sent = |lost: &Lost| matches!(lost, Lost::Unreachable(_) | Lost::NotSent(_));
        if answer.as_ref().is_err_and(not_sent) {
            return;
        }
        let part = usize::try_from(nth).unwrap_or_default() % PARTS;
        let Some(part) = self.parts.get(part) else {
            return;
        };
        let mut part = locked(part);
        let success = answer.as_ref().ok();
        let success = success.filter(|it| call.makes_key() && (200..300).contains(&it.status));
        part.ids.extend(success.and_then(|it| id_in(&it.body)));
        let Some(place) = part.place(self.most) else {
            return;
        };
        let kept = Kept {
            call: Arc::clone(call),
            at,
            nth: part.seen - 1,
            answer: answer.map(Packed::from),
        };
        match part.kept.get_mut(place) {
            Some(old) => *old = kept,
            None => part.kept.push(kept),
        }
    }

    /// What there is, which is taken away.
    pub(super) fn take(&self) -> Remains {
        let mut remains = Remains::default();
        for part in &self.parts {
            let part = std::mem::take(&mut *locked(part));
            remains.seen += part.seen;
            remains.ids.extend(part.ids);
            let stride = part.stride.max(1);
            let even = part.kept.into_iter();
            remains
                .kept
                .extend(even.filter(|kept| kept.nth.is_multiple_of(stride)));
        }
        remains.kept.sort_by_key(|kept| kept.at);
        remains.ids.sort_unstable();
        remains
    }
}

impl Part {
    /// Where the next exchange is kept; `None` where it is not. When all places are taken, every other
    /// exchange is kept from there on, and half of those that were kept make room one by one, so that
    /// nobody ever waits for a long clean-up.
    fn place(&mut self, most: usize) -> Option<usize> {
        let nth = self.seen;
        self.seen += 1;
        self.stride = self.stride.max(1);
        if !nth.is_multiple_of(self.stride) {
            return None;
        }
        if self.kept.len() < most {
            return Some(self.kept.len());
        }
        if self.leaving.is_empty() {
            self.stride *= 2;
            let stride = self.stride;
            let kept = self.kept.iter().enumerate();
            let leaving = kept.filter(|(_, kept)| !kept.nth.is_multiple_of(stride));
            self.leaving = leaving.map(|(place, _)| place).collect();
            if !nth.is_multiple_of(stride) {
                return None;
            }
        }
        self.leaving.pop()
    }
}

/// The id of the key in the answer to CreateKey, as a number: that of its UUID, or a hash of anything
/// else.
fn id_in(body: &[u8]) -> Option<u128> {
    const MEMBER: &[u8] = b"\"KeyId\":";
    let at = body.windows(MEMBER.len()).position(|part| part == MEMBER)?;
    let rest = body.get(at + MEMBER.len()..)?;
    let mut parts = rest.split(|byte| *byte == b'"');
    let id = parts.nth(1)?;
    let number =
        id.iter()
            .filter(|byte| **byte != b'-')
            .try_fold((0_u128, 0), |(number, digits), byte| {
                let digit = char::from(*byte).to_digit(16)?;
                Some((number << 4 | u128::from(digit), digits + 1))
            });
    match number {
        Some((number, 32)) => Some(number),
        _ => Some(hash(id)),
    }
}

/// The hash FNV-1a with 128 bits.
fn hash(bytes: &[u8]) -> u128 {
    bytes
        .iter()
        .fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
            (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        })
}

fn locked(part: &Mutex<Part>) -> MutexGuard<'_, Part> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn history(most: usize, exchanges: u64) -> Remains {
        let history = History::new(most);
        let call = Arc::new(Call::kms("CreateKey", json!({})).unwrap());
        for nth in 0..exchanges {
            let response = Response {
                status: 200,
                headers: vec![("Date".to_owned(), "now: then".to_owned())],
                body: format!(r#"{{"KeyMetadata":{{"KeyId":"k-{nth}"}}}}"#).into_bytes(),
            };
            history.note(nth, &call, nth as i64, Ok(response));
        }
        history.take()
    }

    #[test]
    fn a_short_run_is_kept_whole() {
        let remains = history(100, 90);
        assert_eq!((remains.kept.len(), remains.seen), (90, 90));
        let answer = remains.kept[7].answer().unwrap();
        assert_eq!(answer.header("date"), Some("now: then"));
        assert_eq!(answer.body, br#"{"KeyMetadata":{"KeyId":"k-7"}}"#);
    }

    #[test]
    fn of_a_long_run_an_even_sample_is_kept_and_every_id() {
        for exchanges in [801, 1_700, 10_000, 12_345] {
            let remains = history(800, exchanges);
            assert_eq!(remains.seen, exchanges);
            assert_eq!(remains.ids.len() as u64, exchanges);
            let kept = remains.kept.len();
            assert!((350..=800).contains(&kept), "{kept} of {exchanges}");
            let gaps = remains.kept.windows(2).map(|two| two[1].at - two[0].at);
            let widest = gaps.max().unwrap();
            let mean = exchanges as usize / kept;
            assert!(widest as usize <= 16 * mean, "{widest} against {mean}");
        }
    }

    #[test]
    fn ids_are_numbers() {
        let id = |id: &str| id_in(format!(r#"{{"A":1,"KeyId": "{id}","B":2}}"#).as_bytes());
        assert_eq!(id("00000000-0000-0000-0000-0000000000ff"), Some(255));
        assert_ne!(id("mrk-1"), id("mrk-2"));
        assert_eq!(id("mrk-1"), id("mrk-1"));
        assert_eq!(id_in(b"{}"), None);
    }
}
