//! How long does one CreateKey take over HTTP on the loopback interface? Where several connections ask
//! at the same time, it is the time from one key to the next.

use criterion::Criterion;
use kms_conformance_benches::Failure;
use kms_conformance_benches::Runtimes;
use kms_conformance_targets::{Config, Emulator, Running};
use std::sync::Arc;
use std::time::Duration;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    let runtimes = Runtimes::start()?;
    for connections in [1, 8, 64] {
        let emulator = Arc::new(Emulator::new(Config::default()));
        let running = runtimes.servers.block_on(Running::start(emulator))?;
        let name = format!("create_key_http/{connections}");
        let mut failed = None;
        criterion.bench_function(&name, |bencher| {
            bencher.iter_custom(|keys| {
                let requests = usize::try_from(keys).unwrap_or(usize::MAX);
                let load = runtimes.create_keys(running.addr, connections, requests);
                match load {
                    Ok(in_a_second) => Duration::from_secs_f64(keys as f64 / in_a_second),
                    Err(why) => {
                        failed = Some(why);
                        Duration::MAX
                    }
                }
            });
        });
        if let Some(why) = failed {
            return Err(why);
        }
    }
    criterion.final_summary();
    Ok(())
}
