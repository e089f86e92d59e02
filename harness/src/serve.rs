//! Serving the reference emulator until somebody stops it.

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::faults::{Fault, Planted};
use crate::finding::counted;
use crate::options::{Pace, ServeOptions};
use kms_conformance_model::drift::Latency;
use kms_conformance_model::{Sabotage, Switches};
use kms_conformance_targets::{Answerer, Config, Emulator, RsaKeys, Serving, Trail};
use std::fmt::Display;
use std::future::pending;
use std::io::{self, Write, stdout};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

/// Serves until the process is interrupted. The first line on standard output tells the address.
pub fn serve(options: ServeOptions) -> Result<ExitCode, Error> {
    let config = config(&options);
    let place = format!("account {} in {}", config.account, config.region);
    let emulator = Arc::new(Emulator::new(config));
    let trail = match &options.cloudtrail {
        Some(path) => {
            let opened = Trail::open(path, &emulator).map_err(|why| cannot_log(path, &why));
            Some(Arc::new(opened?))
        }
        None => None,
    };
    let serving = Serving {
        trail: trail.clone(),
        signatures: options.signatures.clone(),
        injection: options.injection,
        answerer: answerer(&options.faults),
        without_outside: options.without_outside,
    };
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(internal)?;
    runtime.block_on(async {
        let cannot_listen = |error: io::Error| Error::CannotListen {
            listen: options.listen.clone(),
            why: error.to_string(),
        };
        let listener = TcpListener::bind(&options.listen)
            .await
            .map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(internal)?;
        announce(address, &place, &options);
        tokio::select! {
            () = kms_conformance_targets::serve_with(listener, emulator, serving) => {}
            error = lost_events(&options, trail.as_deref()) => return Err(error),
            interrupted = tokio::signal::ctrl_c() => interrupted.map_err(internal)?,
        }
        Ok(ExitCode::Conforms)
    })
}

/// Ends when an event could not be written: a log with holes would be taken for a whole one.
async fn lost_events(options: &ServeOptions, trail: Option<&Trail>) -> Error {
    match (&options.cloudtrail, trail) {
        (Some(path), Some(trail)) => cannot_log(path, &trail.failed().await),
        _ => pending().await,
    }
}

fn cannot_log(path: &Path, why: &dyn Display) -> Error {
    Error::CannotWriteTrail {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

fn config(options: &ServeOptions) -> Config {
    let mut switches = Switches::none();
    for disabled in &options.disabled {
        switches.break_rule(disabled.operation.as_deref(), &disabled.id, Sabotage::Off);
    }
    let latency = match options.pace {
        Pace::Instant => Latency::Instant,
        Pace::Aws => Latency::Aws,
    };
    Config {
        region: options.region.clone(),
        latency,
        switches,
        rsa: RsaKeys::Fresh,
        xks: options.xks.clone(),
        principals: options.principals.clone(),
        ..Config::default()
    }
}

/// Who answers in the place of the emulator where it has semantic faults.
fn answerer(faults: &[&'static Fault]) -> Option<Arc<dyn Answerer>> {
    match faults {
        [] => None,
        faults => Some(Arc::new(Planted::always(faults.iter().copied()))),
    }
}

fn announce(address: SocketAddr, place: &str, options: &ServeOptions) {
    let part = |number: usize, what: &str, how: &str| match number {
        0 => String::new(),
        number => format!(", {}{how}", counted(number, what)),
    };
    let broken = part(options.disabled.len(), "rule", " broken on purpose")
        + &part(options.faults.len(), "semantic fault", "");
    // The emulator is of use even where nobody reads this.
    let mut out = stdout();
    let _ = writeln!(
        out,
        "serving KMS and CloudHSM v2 at http://{address}, {place}{broken}"
    );
    let _ = out.flush();
}

fn internal(error: io::Error) -> Error {
    Error::Internal(error.to_string())
}
