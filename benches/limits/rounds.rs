//! Both sides of a ratio, measured in turns, so that what else the machine does meets both.

use kms_conformance_benches::Failure;

/// What one side came to, round by round.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples(pub Vec<f64>);

impl Samples {
    /// The middle one; of an even number, the lower of the two.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len().saturating_sub(1) / 2;
        sorted.get(middle).copied().unwrap_or(f64::NAN)
    }

    /// The least and the most.
    pub fn spread(&self) -> (f64, f64) {
        let values = self.0.iter().copied();
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), it| {
            (least.min(it), most.max(it))
        })
    }

    /// What each round came to in terms of the same round of the other side.
    pub fn per(&self, yardstick: &Samples) -> Samples {
        let pairs = self.0.iter().zip(&yardstick.0);
        Samples(
            pairs
                .map(|(measured, yardstick)| measured / yardstick)
                .collect(),
        )
    }
}

/// Measures both sides in this many rounds, as [`in_turns`] does.
pub fn side_by_side(
    rounds: usize,
    measured: impl FnMut() -> Result<f64, Failure>,
    yardstick: impl FnMut() -> Result<f64, Failure>,
) -> Result<(Samples, Samples), Failure> {
    let (ours, theirs) = in_turns(rounds, measured, yardstick)?;
    Ok((Samples(ours), Samples(theirs)))
}

/// Measures both sides in this many rounds, in the order A B, B A, A B and so on. A round before them
/// warms both up and does not count.
pub fn in_turns<M, Y>(
    rounds: usize,
    mut measured: impl FnMut() -> Result<M, Failure>,
    mut yardstick: impl FnMut() -> Result<Y, Failure>,
) -> Result<(Vec<M>, Vec<Y>), Failure> {
    measured()?;
    yardstick()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        if round % 2 == 0 {
            ours.push(measured()?);
            theirs.push(yardstick()?);
        } else {
            theirs.push(yardstick()?);
            ours.push(measured()?);
        }
    }
    Ok((ours, theirs))
}
