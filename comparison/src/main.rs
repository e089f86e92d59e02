//! The Rust half of the comparison: our engine, proptest-state-machine, and a server for Hypothesis.

mod account;
mod counted;
mod ours;
mod problems;
mod psm;
mod serve;

use counted::{Run, Search};
use problems::{BUDGET, HONEST, PROBLEMS, SEEDS, fault};
use serde_json::json;
use std::error::Error;

/// What looks for a fault.
type Engine = fn(&Search) -> Run;

const ENGINES: [(&str, Engine); 2] = [("ours", ours::run), ("psm", psm::run)];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["problems"] => list(),
        ["honest"] => honest(),
        ["measure"] => measure(),
        ["serve", name, percent] => serve::serve(fault(name)?, percent.parse()?),
        _ => Err("usage: comparison problems | honest | measure | serve FAULT PERCENT".into()),
    }
}

/// Prints what the other engine must know.
fn list() -> Result<(), Box<dyn Error>> {
    let problems = PROBLEMS.iter().map(|name| {
        let fault = fault(name)?;
        Ok(json!({"problem": name, "minimum": fault.minimum()}))
    });
    let problems = problems.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let all = json!({"budget": BUDGET, "honest": HONEST, "seeds": SEEDS, "problems": problems});
    println!("{all}");
    Ok(())
}

/// Fails where an engine finds something in a target without a fault.
fn honest() -> Result<(), Box<dyn Error>> {
    for (engine, run) in ENGINES {
        for seed in SEEDS {
            let search = Search {
                fault: fault(PROBLEMS[0])?,
                percent: 0,
                seed,
                budget: HONEST,
            };
            let run = run(&search);
            if run.found.is_some() || run.sent < HONEST {
                let why = format!("{engine}, an honest target, seed {seed}: {run:?}");
                return Err(why.into());
            }
        }
    }
    Ok(())
}

/// Prints a line for each run.
fn measure() -> Result<(), Box<dyn Error>> {
    for name in PROBLEMS {
        for (engine, run) in ENGINES {
            for seed in SEEDS {
                let search = Search {
                    fault: fault(name)?,
                    percent: 100,
                    seed,
                    budget: BUDGET,
                };
                let run = run(&search);
                // An engine that gives up before its budget is spent is broken.
                if run.found.is_none() && run.sent < BUDGET {
                    return Err(format!("{engine} gives up on {name:?} with seed {seed}").into());
                }
                let line = json!({
                    "problem": name, "engine": engine, "seed": seed, "found": run.found,
                    "shrink": run.shrink, "length": run.length, "shown": run.shown,
                });
                println!("{line}");
            }
        }
    }
    Ok(())
}
