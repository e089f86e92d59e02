//! Confidence intervals of trimmed means (Yuen, 1974): a fifth of the samples is cut off at each end,
//! so that a few disturbed rounds do not count, and the variance is that of the samples pulled in to
//! what is left. The rest is Student's t.

/// How sure an interval is, two-sided.
pub(super) const CONFIDENCE: f64 = 0.99;

/// The share that is cut off at each end.
const TRIMMED: f64 = 0.2;

/// Student's t at 0.995 for 1 to 30 degrees of freedom. Above, that of 30 is a little too wide.
const T: [f64; 30] = [
    63.657, 9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.250, 3.169, 3.106, 3.055, 3.012,
    2.977, 2.947, 2.921, 2.898, 2.878, 2.861, 2.845, 2.831, 2.819, 2.807, 2.797, 2.787, 2.779,
    2.771, 2.763, 2.756, 2.750,
];

/// An interval, and the estimate in its middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) centre: f64,
    pub(super) high: f64,
}

/// The trimmed mean of samples, the square of its standard error, and its degrees of freedom.
struct Trimmed {
    mean: f64,
    square_error: f64,
    freedom: f64,
}

impl Trimmed {
    /// `None` where too few samples are left to tell how much they differ.
    fn of(samples: &[f64]) -> Option<Trimmed> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let number = sorted.len();
        let cut = (TRIMMED * number as f64).floor() as usize;
        let left = number.checked_sub(2 * cut).filter(|left| *left >= 2)?;
        let inner = sorted.get(cut..cut + left)?;
        let (first, last) = (*inner.first()?, *inner.last()?);
        let mean = inner.iter().sum::<f64>() / left as f64;
        let pulled_in = sorted.iter().map(|sample| sample.clamp(first, last));
        let pulled_in: Vec<f64> = pulled_in.collect();
        let centre = pulled_in.iter().sum::<f64>() / number as f64;
        let squares: f64 = pulled_in.iter().map(|it| (it - centre).powi(2)).sum();
        let left = left as f64;
        Some(Trimmed {
            mean,
            square_error: squares / (left * (left - 1.0)),
            freedom: left - 1.0,
        })
    }
}

/// Where the mean of what these samples are drawn from lies.
pub(super) fn of_mean(samples: &[f64]) -> Option<Interval> {
    let trimmed = Trimmed::of(samples)?;
    Some(around(trimmed.mean, trimmed.square_error, trimmed.freedom))
}

/// Where the difference of two such means lies, whose samples do not belong together.
pub(super) fn of_difference(one: &[f64], other: &[f64]) -> Option<Interval> {
    let (one, other) = (Trimmed::of(one)?, Trimmed::of(other)?);
    let square_error = one.square_error + other.square_error;
    // Welch's degrees of freedom.
    let share = |it: &Trimmed| it.square_error.powi(2) / it.freedom;
    let shares = share(&one) + share(&other);
    let freedom = match shares > 0.0 {
        true => square_error.powi(2) / shares,
        false => one.freedom.min(other.freedom),
    };
    Some(around(one.mean - other.mean, square_error, freedom))
}

fn around(centre: f64, square_error: f64, freedom: f64) -> Interval {
    let place = (freedom.floor() as usize).clamp(1, T.len()) - 1;
    let t = T.get(place).copied().unwrap_or(f64::INFINITY);
    let half = t * square_error.sqrt();
    Interval {
        low: centre - half,
        centre,
        high: centre + half,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_interval() {
        // Of 1 to 10, 3 to 8 are left: mean 5.5; pulled in 3,3,3,4,5,6,7,8,8,8 with squares 42.5.
        let samples: Vec<f64> = (1..=10).map(f64::from).collect();
        let interval = of_mean(&samples).unwrap();
        let half = 4.032 * (42.5_f64 / 30.0).sqrt();
        assert!((interval.centre - 5.5).abs() < 1e-9, "{interval:?}");
        assert!(
            (interval.high - interval.centre - half).abs() < 1e-9,
            "{interval:?}"
        );
        let difference = of_difference(&samples, &samples).unwrap();
        assert!(difference.centre.abs() < 1e-9);
        assert!(difference.high > half);
    }

    #[test]
    fn outliers_move_nothing() {
        let mut samples = vec![1.0; 20];
        samples.extend([1000.0, -1000.0, 1000.0]);
        let interval = of_mean(&samples).unwrap();
        assert!((interval.low - 1.0).abs() < 1e-9 && (interval.high - 1.0).abs() < 1e-9);
    }

    #[test]
    fn too_few_samples_say_nothing() {
        assert_eq!(of_mean(&[1.0]), None);
        assert_eq!(of_mean(&[]), None);
    }
}
