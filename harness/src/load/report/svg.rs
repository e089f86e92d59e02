//! `latency.svg`: how long requests took, by the share that took longer. Both axes are logarithmic, so
//! that the slowest of a thousand has as much room as the slowest of ten.

use super::super::books::Measured;
use super::super::latencies::milliseconds;
use hdrhistogram::Histogram;
use std::fmt::Write;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 230.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 60.0;

/// The colours of the lines, which can be told apart by those who see no red or no green (Okabe and
/// Ito, 2008).
const COLOURS: [&str; 6] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
];

/// Places on the axis of shares, and what they are called.
const SHARES: [(f64, &str); 6] = [
    (0.0, "0 %"),
    (0.9, "90 %"),
    (0.99, "99 %"),
    (0.999, "99.9 %"),
    (0.9999, "99.99 %"),
    (0.99999, "99.999 %"),
];

/// One line.
struct Line {
    name: String,
    /// The number of nines and the time in milliseconds.
    points: Vec<(f64, f64)>,
    dashed: bool,
    colour: &'static str,
}

/// The text of `latency.svg`.
pub(super) fn render(measured: &Measured) -> String {
    let lines = lines(measured);
    let points = || lines.iter().flat_map(|line| line.points.iter());
    let nines = points().map(|point| point.0).fold(1.0, f64::max).ceil();
    let lowest = points().map(|point| point.1).fold(f64::INFINITY, f64::min);
    let highest = points().map(|point| point.1).fold(0.0, f64::max);
    let (low, high) = match highest > 0.0 {
        true => (lowest.log10().floor(), highest.log10().ceil()),
        false => (0.0, 1.0),
    };
    let scale = Scale {
        nines,
        low,
        high: high.max(low + 1.0),
    };
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"Latency by percentile\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n"
    );
    scale.draw(&mut text);
    for (nth, line) in lines.iter().enumerate() {
        scale.line(&mut text, nth, line);
    }
    text.push_str("</svg>\n");
    text
}

/// A line from the planned start for each outcome, and one from the actual start where they differ.
fn lines(measured: &Measured) -> Vec<Line> {
    let mut lines = Vec::new();
    for (nth, (outcome, latencies)) in measured.outcomes.iter().enumerate() {
        let colour = COLOURS
            .get(nth % COLOURS.len())
            .copied()
            .unwrap_or_default();
        let differs = latencies.planned != latencies.service;
        lines.push(Line {
            name: outcome.name(),
            points: points(&latencies.planned),
            dashed: false,
            colour,
        });
        if differs {
            lines.push(Line {
                name: format!("{}, actual start", outcome.name()),
                points: points(&latencies.service),
                dashed: true,
                colour,
            });
        }
    }
    lines
}

fn points(histogram: &Histogram<u64>) -> Vec<(f64, f64)> {
    let most = (histogram.len().max(1) as f64).log10();
    let steps = (most * 40.0).ceil() as usize;
    let nines = (0..=steps).map(|step| (step as f64 / 40.0).min(most));
    nines
        .map(|nines| {
            let time = histogram.value_at_quantile(1.0 - 10_f64.powf(-nines));
            (nines, milliseconds(time.max(1)))
        })
        .collect()
}

/// Where things stand: `nines` is the width, and the height goes from 10^`low` to 10^`high` ms.
struct Scale {
    nines: f64,
    low: f64,
    high: f64,
}

impl Scale {
    fn x(&self, nines: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * nines / self.nines
    }

    fn y(&self, milliseconds: f64) -> f64 {
        let height = (milliseconds.log10() - self.low) / (self.high - self.low);
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * height
    }

    fn draw(&self, text: &mut String) {
        let (right, bottom) = (self.x(self.nines), HEIGHT - BOTTOM);
        for (share, name) in SHARES {
            let nines = -(1.0_f64 - share).log10();
            if nines > self.nines + 1e-9 {
                continue;
            }
            let x = self.x(nines);
            let _ = writeln!(
                text,
                "<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"#dddddd\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>",
                bottom + 18.0
            );
        }
        let mut power = self.low;
        while power <= self.high {
            let y = self.y(10_f64.powf(power));
            let _ = writeln!(
                text,
                "<path d=\"M{LEFT} {y:.1}H{right:.1}\" stroke=\"#dddddd\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{} ms</text>",
                LEFT - 8.0,
                y + 4.0,
                10_f64.powf(power)
            );
            power += 1.0;
        }
        let _ = writeln!(
            text,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">share of requests that took no \
             longer</text>",
            (LEFT + right) / 2.0,
            bottom + 42.0
        );
    }

    fn line(&self, text: &mut String, nth: usize, line: &Line) {
        let mut path = String::new();
        for (nines, time) in &line.points {
            let verb = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{verb}{:.1} {:.1}", self.x(*nines), self.y(*time));
        }
        let dashes = match line.dashed {
            true => " stroke-dasharray=\"5 4\"",
            false => "",
        };
        let colour = line.colour;
        let y = TOP + 10.0 + 20.0 * nth as f64;
        let x = WIDTH - RIGHT + 20.0;
        let _ = writeln!(
            text,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>\n\
             <path d=\"M{x} {y}h24\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>\
             <text x=\"{}\" y=\"{}\">{}</text>",
            x + 30.0,
            y + 4.0,
            escaped(&line.name)
        );
    }
}

/// Error types come from the target and may hold anything.
fn escaped(name: &str) -> String {
    let short: String = name.chars().take(40).collect();
    short
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::super::latencies::Latencies;
    use super::super::super::outcome::Outcome;
    use super::*;
    use std::time::Duration;

    fn measured() -> Measured {
        let mut measured = Measured::default();
        for (outcome, factor) in [
            (Outcome::Success, 1),
            (Outcome::Error("<Odd&Exception>".to_owned()), 3),
        ] {
            let mut latencies = Latencies::none().unwrap();
            for nth in 1..=1000 {
                let time = Duration::from_micros(nth * factor);
                latencies.note(time * 2, time);
            }
            measured.outcomes.insert(outcome, latencies);
        }
        measured
    }

    #[test]
    fn each_outcome_has_its_lines_and_names_are_escaped() {
        let text = render(&measured());
        assert_eq!(text.matches("stroke-width=\"2\"").count(), 8);
        assert_eq!(text.matches("stroke-dasharray").count(), 4);
        assert!(text.contains("&lt;Odd&amp;Exception&gt;"), "{text}");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        assert!(
            text.contains("99.9 %") && !text.contains("99.99 %"),
            "{text}"
        );
    }

    #[test]
    fn nothing_measured_is_an_empty_plot() {
        let text = render(&Measured::default());
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"));
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
}
