//! `load.html`: a load on one page that loads nothing from anywhere.

use super::super::gate::Gate;
use super::super::knee::Knee;
use super::super::latencies::Percentiles;
use super::super::options::Drive;
use super::{Loaded, svg};
use crate::exit_code::ExitCode;
use crate::report::html::{fact, finding, grouped, page};
use maud::{Markup, PreEscaped, html};

/// The text of `load.html`.
pub(super) fn render(loaded: &Loaded) -> String {
    let title = format!("{} {}", loaded.target.name, loaded.verdict());
    let content = html! {
        header { (head(loaded)) }
        main {
            section aria-labelledby="latency-title" {
                h2 #latency-title { "Latency" }
                p { "From the moment that was planned for a request; dashed and in italics from that at "
                    "which it was sent, where the two differ." }
                (PreEscaped(svg::render(&loaded.measured)))
                (outcomes(loaded))
            }
            @if let Some(knee) = &loaded.knee { (of_knee(knee)) }
            @if !loaded.pairs.is_empty() { (pairs(loaded)) }
            (judged(loaded))
        }
        footer {
            p { (env!("CARGO_PKG_NAME")) " " (env!("CARGO_PKG_VERSION"))
                ". Passwords, plaintexts and key material are left out." }
        }
    };
    page(&title, &content)
}

fn head(loaded: &Loaded) -> Markup {
    let class = match loaded.exit_code() {
        ExitCode::Conforms => "verdict conforms",
        ExitCode::Divergences => "verdict diverges",
        _ => "verdict inconclusive",
    };
    let measured = &loaded.measured;
    let target = &loaded.target;
    let is_planned = matches!(loaded.options.drive, Drive::Open { .. } | Drive::Knee);
    html! {
        p.kicker { "Load on AWS KMS and CloudHSM v2" }
        h1 { span.target { (target.name) } " " span class=(class) { (loaded.verdict()) } }
        p.lead { (loaded.what()) "." }
        dl.facts {
            (fact("Target", if target.url.is_empty() { &target.name } else { &target.url }))
            @if is_planned { (fact("Offered", &rate(measured.offered()))) }
            (fact("Achieved", &rate(measured.achieved())))
            (fact("New keys", &rate(measured.keys_per_second())))
            (fact("Requests", &grouped(measured.planned)))
            (fact("Measured", &format!("{:.1} s", measured.seconds)))
        }
    }
}

fn rate(rate: f64) -> String {
    format!("{rate:.1} /s")
}

fn outcomes(loaded: &Loaded) -> Markup {
    html! {
        table {
            thead { tr {
                th { "ms" } th { "requests" } th { "p50" } th { "p90" } th { "p99" } th { "p99.9" } th { "max" }
            } }
            tbody {
                @for (outcome, latencies) in &loaded.measured.outcomes {
                    tr {
                        th scope="row" { (outcome.name()) }
                        td { (grouped(latencies.planned.len())) }
                        (times(&(&latencies.planned).into()))
                    }
                    @if latencies.planned != latencies.service {
                        tr {
                            th scope="row" { em { "from its actual start" } }
                            td {}
                            (times(&(&latencies.service).into()))
                        }
                    }
                }
            }
        }
    }
}

fn times(times: &Percentiles) -> Markup {
    let all = [
        times.p50_ms,
        times.p90_ms,
        times.p99_ms,
        times.p999_ms,
        times.max_ms,
    ];
    html! { @for time in all { td { (format!("{time:.3}")) } } }
}

fn of_knee(knee: &Knee) -> Markup {
    html! {
        section aria-labelledby="knee-title" {
            h2 #knee-title { "Knee" }
            p {
                @match knee.rate {
                    Some(rate) => { "The highest rate that was kept up with: " strong { (format!("{rate:.0} requests/s")) } "." }
                    None => { "No rate that was tried was kept up with." }
                }
                " The p99 of one client alone was " (format!("{:.3} ms", knee.unloaded_p99_ms))
                ", and up to " (format!("{:.3} ms", knee.bound_ms)) " counts as keeping up."
            }
            table {
                thead { tr { th { "offered/s" } th { "achieved/s" } th { "p99 ms" } th { "" } } }
                tbody {
                    @for step in &knee.steps {
                        tr {
                            td { (format!("{:.0}", step.offered)) }
                            td { (format!("{:.1}", step.achieved)) }
                            td { (format!("{:.3}", step.p99_ms)) }
                            td { @if step.kept_up { "kept up" } @else { "too much" } }
                        }
                    }
                }
            }
        }
    }
}

fn pairs(loaded: &Loaded) -> Markup {
    html! {
        section aria-labelledby="pairs-title" {
            h2 #pairs-title { "Compared with " (loaded.other) }
            @if let Some(gate) = &loaded.gate { (of_gate(gate)) }
            table {
                thead { tr { th { "pair" } th { "target/s" } th { "other/s" } th { "ratio" } } }
                tbody {
                    @for (nth, pair) in loaded.pairs.iter().enumerate() {
                        tr {
                            td { (nth + 1) }
                            td { (format!("{:.1}", pair.target)) }
                            td { (format!("{:.1}", pair.other)) }
                            td { (format!("{:.3}", pair.target / pair.other)) }
                        }
                    }
                }
            }
        }
    }
}

fn of_gate(gate: &Gate) -> Markup {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    html! {
        p {
            strong { (gate.verdict.words()) } ": " (percent(gate.ratio)) " of its speed, between "
            (percent(gate.low)) " and " (percent(gate.high)) " with "
            (format!("{:.0} %", 100.0 * gate.confidence)) " confidence. A regression is less than "
            (percent(1.0 - gate.tolerance)) "."
        }
    }
}

fn judged(loaded: &Loaded) -> Markup {
    let told = &loaded.told;
    html! {
        section aria-labelledby="judged-title" {
            h2 #judged-title { "Judged" }
            p {
                "The judge heard " (told.kept) " of " (told.of) " exchanges after the measurement. The ids of "
                (told.new_keys) " new keys were looked at, " (told.described)
                " of the keys were described and " (told.opened) " ciphertexts opened."
            }
            @for finding in &loaded.findings { (finding::card(finding)) }
            @if !loaded.unknown.is_empty() {
                h3 { "Not judged" }
                dl.notes {
                    @for note in &loaded.unknown {
                        dt { (note.place()) } dd { (note.count) " × " (note.reason) }
                    }
                }
            }
        }
    }
}
