//! `check` over HTTP beside a client that sends the same bytes and looks at no answer.
//!
//! The requests are recorded between a check and an emulator. Ids are drawn from the same number in
//! every emulator and from the same beginning after every reset, so that what is replayed names what
//! is there. What depends on the time or on chance, such as ciphertexts, does not come back; how many
//! answers have another status than in the recording is told.

use crate::rounds::side_by_side;
use crate::settings::Settings;
use crate::table::{Goal, Unit, ratio};
use kms_conformance_benches::Failure;
use kms_conformance_benches::Runtimes;
use kms_conformance_benches::client::Connection;
use kms_conformance_benches::message::{self, Side};
use kms_conformance_model::drift::Latency;
use kms_conformance_targets::{Config, Emulator, Running};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

/// A request as it was sent, and the status of its answer.
struct Sent {
    request: Vec<u8>,
    status: u16,
}

type Recording = Arc<Mutex<Vec<Sent>>>;

/// Adds the row, and a note of how alike the replays were.
pub fn measure(settings: &Settings) -> Result<(), Failure> {
    let runtimes = Runtimes::start()?;
    let recording = Recording::default();
    let running = start(&runtimes)?;
    let relay = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let relay = runtimes.servers.block_on(relay)?;
    let address = relay.local_addr()?;
    let relayed = runtimes
        .servers
        .spawn(record(relay, running.addr, Arc::clone(&recording)));
    let calls = check(address, settings.checked)?;
    relayed.abort();
    let recording = std::mem::take(&mut *lock(&recording));
    let mut differing = 0;
    let (ours, theirs) = side_by_side(
        settings.rounds,
        || {
            let running = start(&runtimes)?;
            let begun = Instant::now();
            let calls = check(running.addr, settings.checked)?;
            Ok(calls / begun.elapsed().as_secs_f64())
        },
        || {
            let running = start(&runtimes)?;
            let begun = Instant::now();
            differing = runtimes
                .clients
                .block_on(replay(&recording, running.addr))?;
            Ok(calls / begun.elapsed().as_secs_f64())
        },
    )?;
    let all = recording.len();
    let name = format!(
        "check over HTTP; a client that sends the same {all} requests \
         ({differing} of which are answered with another status)"
    );
    ratio(&name, Unit::PerSecond, &ours, &theirs, Goal::RatioFrom(0.8));
    Ok(())
}

/// Serves an empty account, as `check` does for itself, but with ids that come back.
fn start(runtimes: &Runtimes) -> io::Result<Running> {
    let emulator = Emulator::new(Config {
        latency: Latency::Aws,
        ids: Some(1),
        ..Config::default()
    });
    runtimes
        .servers
        .block_on(Running::start(Arc::new(emulator)))
}

/// Runs a check and gives the number of its calls.
fn check(at: SocketAddr, requests: u64) -> Result<f64, Failure> {
    let check = kms_conformance::check(format!("http://{at}"));
    let summary = check.seed(1).max_calls(requests).run()?;
    match summary.findings.is_empty() {
        true => Ok(summary.totals.calls as f64),
        false => Err(format!("the emulator {}", summary.verdict()).into()),
    }
}

/// Passes requests and answers on, one after the other, and keeps them.
async fn record(relay: TcpListener, to: SocketAddr, recording: Recording) -> io::Result<()> {
    loop {
        let (client, _) = relay.accept().await?;
        tokio::spawn(pass_on(client, to, Arc::clone(&recording)));
    }
}

async fn pass_on(
    mut client: TcpStream,
    to: SocketAddr,
    recording: Recording,
) -> Result<(), Failure> {
    let mut server = TcpStream::connect(to).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut request, mut answer) = (Vec::new(), Vec::new());
    while message::read(&mut client, Side::Request, &mut request)
        .await?
        .is_some()
    {
        server.write_all(&request).await?;
        let status = message::read(&mut server, Side::Response, &mut answer).await?;
        let status = status.ok_or("the emulator has closed the connection")?;
        client.write_all(&answer).await?;
        let request = request.clone();
        lock(&recording).push(Sent { request, status });
    }
    Ok(())
}

/// Sends everything again over one connection, and gives how many answers have another status.
async fn replay(recording: &[Sent], to: SocketAddr) -> Result<usize, Failure> {
    let mut connection = Connection::open(to).await?;
    let mut differing = 0;
    for sent in recording {
        let status = connection.exchange(&sent.request).await?;
        differing += usize::from(status != sent.status);
    }
    Ok(differing)
}

fn lock(recording: &Recording) -> std::sync::MutexGuard<'_, Vec<Sent>> {
    recording.lock().unwrap_or_else(PoisonError::into_inner)
}
