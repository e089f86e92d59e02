//! The command line of `serve`.

use crate::args::ServeArgs;
use crate::catalogue;
use crate::cli::{later, region};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::faults::faults;
use crate::options::ServeOptions;
use kms_conformance_targets::sigv4::{BadCredentials, Credentials};
use kms_conformance_targets::{Injection, XksProxies};
use std::fs;
use std::io::{Write, stdout};
use std::path::Path;
use std::sync::Arc;

/// What the command line asks to serve.
pub(crate) fn options(args: ServeArgs) -> Result<ServeOptions, Error> {
    if args.data_dir.is_some() {
        return later(
            "--data-dir",
            "the emulator keeps everything in memory; leave it out",
        );
    }
    for disabled in &args.disable {
        catalogue::check(disabled.operation.as_deref(), &disabled.id)?;
    }
    Ok(ServeOptions {
        listen: args.listen,
        region: region(None),
        pace: args.latency,
        disabled: args.disable,
        faults: args.fault,
        without_outside: args.no_admin,
        cloudtrail: args.cloudtrail,
        xks: xks(args.xks_proxy, args.xks_ca.as_deref())?,
        principals: args
            .enforce_policies
            .then(|| args.principal.into_iter().collect()),
        signatures: match args.require_signature {
            true => Some(Arc::new(credentials(args.credentials.as_deref())?)),
            false => None,
        },
        injection: args.inject.map(|inject| Injection {
            seed: args.inject_seed,
            stale_for: args.stale_for.unwrap_or(inject.stale_for),
            ..inject
        }),
    })
}

/// Prints the names of the semantic faults, one a line.
pub(crate) fn list_faults() -> ExitCode {
    let names = faults().map(|fault| format!("{}\n", fault.name));
    // Whoever closed the pipe has read enough.
    let _ = stdout().write_all(names.collect::<String>().as_bytes());
    ExitCode::Conforms
}

fn credentials(file: Option<&Path>) -> Result<Credentials, Error> {
    let Some(path) = file else {
        return Ok(Credentials::default());
    };
    let unusable = |why: &str| {
        let shown = path.display();
        Error::Usage(format!("{shown} holds no credentials: {why}"))
    };
    let text = fs::read_to_string(path)
        .map_err(|why| unusable(&format!("{why}; give another --credentials FILE")))?;
    text.parse()
        .map_err(|bad: BadCredentials| unusable(&bad.to_string()))
}

fn xks(addresses: Vec<(String, String)>, ca: Option<&Path>) -> Result<XksProxies, Error> {
    let unusable = |file: &Path, why: &str| {
        Error::Usage(format!("{} cannot be used as a CA: {why}", file.display()))
    };
    let pem = |file: &Path| std::fs::read(file).map_err(|error| unusable(file, &error.to_string()));
    let proxies = XksProxies {
        addresses: addresses.into_iter().collect(),
        ca: ca.map(pem).transpose()?,
        ..XksProxies::default()
    };
    match ca {
        Some(file) if !proxies.has_good_ca() => Err(unusable(file, "it holds no certificates")),
        _ => Ok(proxies),
    }
}
