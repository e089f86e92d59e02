//! What a load prints.

use super::super::gate::Gate;
use super::super::knee::{ACHIEVED, Knee, SLOWER};
use super::super::latencies::Percentiles;
use super::super::options::Drive;
use super::Loaded;
use crate::exit_code::ExitCode;
use crate::finding::counted;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// The width of the names of rows.
const NAMES: usize = 28;

/// Everything, as plain text unless colours are asked for.
pub(crate) fn render(loaded: &Loaded, colours: bool) -> String {
    let mut text = format!("{}: {}\n", loaded.target.name, loaded.what());
    if let Some(knee) = &loaded.knee {
        text.push_str(&of_knee(knee));
    }
    text.push_str(&rates(loaded));
    text.push_str(&outcomes(loaded));
    if let Some(gate) = &loaded.gate {
        text.push_str(&of_gate(gate, &loaded.other));
    }
    for finding in &loaded.findings {
        let _ = writeln!(text, "\n{finding}");
    }
    text.push_str(&judged(loaded));
    let verdict = format!("{} {}", loaded.target.name, loaded.verdict());
    let colour = match loaded.exit_code() {
        ExitCode::Conforms => AnsiColor::Green,
        ExitCode::Divergences => AnsiColor::Red,
        _ => AnsiColor::Yellow,
    };
    let _ = match colours {
        true => {
            let style = Style::new().bold().fg_color(Some(colour.into()));
            writeln!(text, "{style}{verdict}{style:#}")
        }
        false => writeln!(text, "{verdict}"),
    };
    text
}

fn rates(loaded: &Loaded) -> String {
    let measured = &loaded.measured;
    let mut text = String::new();
    let is_planned = matches!(loaded.options.drive, Drive::Open { .. } | Drive::Knee);
    let achieved = measured.achieved();
    if is_planned {
        let offered = measured.offered();
        let _ = writeln!(text, "\noffered   {offered:>12.1} requests/s");
        let share = match offered > 0.0 {
            true => 100.0 * achieved / offered,
            false => 0.0,
        };
        let _ = writeln!(text, "achieved  {achieved:>12.1} successes/s, {share:.1} %");
    } else {
        let _ = writeln!(text, "\nachieved  {achieved:>12.1} successes/s");
    }
    let _ = writeln!(
        text,
        "new keys  {:>12.1} keys/s",
        measured.keys_per_second()
    );
    text
}

fn outcomes(loaded: &Loaded) -> String {
    let mut text = format!(
        "\n{:<NAMES$} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n",
        "in milliseconds", "requests", "p50", "p90", "p99", "p99.9", "max"
    );
    let is_planned = matches!(loaded.options.drive, Drive::Open { .. } | Drive::Knee);
    for (outcome, latencies) in &loaded.measured.outcomes {
        let count = latencies.planned.len().to_string();
        text.push_str(&row(&outcome.name(), &count, &(&latencies.planned).into()));
        if is_planned {
            let service = (&latencies.service).into();
            text.push_str(&row("  from its actual start", "", &service));
        }
    }
    text
}

fn row(name: &str, count: &str, times: &Percentiles) -> String {
    format!(
        "{name:<NAMES$} {count:>9} {:>9.3} {:>9.3} {:>9.3} {:>9.3} {:>9.3}\n",
        times.p50_ms, times.p90_ms, times.p99_ms, times.p999_ms, times.max_ms
    )
}

fn of_knee(knee: &Knee) -> String {
    let mut text = format!(
        "\na rate is kept up with where {:.0} % of it is achieved and p99 is at most {:.3} ms,\n\
         {SLOWER:.0} times the {:.3} ms of one client alone\n\n{:>12} {:>12} {:>9}\n",
        100.0 * ACHIEVED,
        knee.bound_ms,
        knee.unloaded_p99_ms,
        "offered/s",
        "achieved/s",
        "p99 ms"
    );
    for step in &knee.steps {
        let word = match step.kept_up {
            true => "kept up",
            false => "too much",
        };
        let _ = writeln!(
            text,
            "{:>12.0} {:>12.1} {:>9.3}  {word}",
            step.offered, step.achieved, step.p99_ms
        );
    }
    let _ = match knee.rate {
        Some(rate) => writeln!(text, "\nknee      {rate:>12.0} requests/s"),
        None => writeln!(text, "\nno rate that was tried was kept up with"),
    };
    text
}

fn of_gate(gate: &Gate, other: &str) -> String {
    let other = match gate.yardstick {
        Some(now) => format!(
            "an earlier run, by the {other}, which has {:.1} % of its speed then",
            100.0 * now
        ),
        None => other.to_owned(),
    };
    format!(
        "\nagainst {other}: {:.1} % of its speed, between {:.1} % and {:.1} % with {:.0} % confidence,\n\
         from {}; a regression is less than {:.0} %: {}\n",
        100.0 * gate.ratio,
        100.0 * gate.low,
        100.0 * gate.high.min(100.0),
        100.0 * gate.confidence,
        counted(gate.pairs, "pair"),
        100.0 * (1.0 - gate.tolerance),
        gate.verdict.words()
    )
}

fn judged(loaded: &Loaded) -> String {
    let told = &loaded.told;
    let mut text = format!(
        "\njudged {} of {} exchanges; looked at the ids of {} new keys, described {} of them, \
         opened {}\n",
        told.kept,
        told.of,
        told.new_keys,
        told.described,
        counted(told.opened, "ciphertext")
    );
    for note in &loaded.unknown {
        let place = note.place();
        let _ = writeln!(
            text,
            "not judged: {place} ({}): {}",
            note.count, note.reason
        );
    }
    text
}
