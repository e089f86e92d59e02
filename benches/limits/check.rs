//! `check` over HTTP beside a client that sends the same bytes and judges nothing.
//!
//! There are two such clients. One stands between another check and its emulator, passes on what comes
//! and counts only the time that the emulator takes for it: the requests and the answers are the very
//! same. The other sends a recording again, without a pause, to an emulator that draws the same ids.
//! What depends on time or chance, such as the certificate of a cluster, does not come back there, and
//! what was built on it is refused; how many answers have another status is told.

use crate::rounds::{Samples, in_turns};
use crate::settings::Settings;
use crate::table::{Goal, Unit, Yardstick, ratio};
use kms_conformance_benches::Failure;
use kms_conformance_benches::Runtimes;
use kms_conformance_benches::client::Connection;
use kms_conformance_benches::message::{self, Side};
use kms_conformance_model::drift::Latency;
use kms_conformance_targets::{Config, Emulator, Running};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

/// What went through a relay.
#[derive(Default)]
struct Relayed {
    /// The requests, and the statuses of their answers.
    sent: Vec<(Vec<u8>, u16)>,
    /// The time that the emulator took for all of them.
    taken: Duration,
}

/// Adds the rows.
pub fn measure(settings: &Settings) -> Result<(), Failure> {
    let runtimes = Runtimes::start()?;
    let mut differing = 0;
    let (direct, bare) = in_turns(
        settings.rounds,
        || {
            let running = start(&runtimes)?;
            let begun = Instant::now();
            let calls = check(running.addr, settings.checked)?;
            Ok(calls / begun.elapsed().as_secs_f64())
        },
        || {
            let (calls, relayed) = check_relayed(&runtimes, settings.checked)?;
            let running = start(&runtimes)?;
            let begun = Instant::now();
            let replay = replay(&relayed.sent, running.addr);
            differing = runtimes.clients.block_on(replay)? * 100 / relayed.sent.len().max(1);
            let replayed = calls / begun.elapsed().as_secs_f64();
            Ok((calls / relayed.taken.as_secs_f64(), replayed))
        },
    )?;
    let direct = Samples(direct);
    let (passed_on, replayed): (Vec<f64>, Vec<f64>) = bare.into_iter().unzip();
    let of_replay = format!("the same sent again ({differing} % with another status)");
    for (name, samples) in [
        ("the same passed on", Samples(passed_on)),
        (of_replay.as_str(), Samples(replayed)),
    ] {
        let samples = &samples;
        let yardstick = Yardstick { name, samples };
        let goal = Goal::RatioFrom(0.8);
        ratio("check over HTTP", Unit::PerSecond, &direct, yardstick, goal);
    }
    Ok(())
}

/// Runs a check through a relay, and gives the number of its calls too.
fn check_relayed(runtimes: &Runtimes, requests: u64) -> Result<(f64, Relayed), Failure> {
    let running = start(runtimes)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let listener = runtimes.servers.block_on(listener)?;
    let address = listener.local_addr()?;
    let relayed = Arc::new(Mutex::default());
    let relay = relay(listener, running.addr, Arc::clone(&relayed));
    let relay = runtimes.servers.spawn(relay);
    let calls = check(address, requests)?;
    relay.abort();
    Ok((calls, std::mem::take(&mut *lock(&relayed))))
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

/// Passes requests and answers on.
async fn relay(
    listener: TcpListener,
    to: SocketAddr,
    relayed: Arc<Mutex<Relayed>>,
) -> io::Result<()> {
    loop {
        let (client, _) = listener.accept().await?;
        tokio::spawn(pass_on(client, to, Arc::clone(&relayed)));
    }
}

/// Passes on what comes over one connection, one request after the other.
async fn pass_on(
    mut client: TcpStream,
    to: SocketAddr,
    relayed: Arc<Mutex<Relayed>>,
) -> Result<(), Failure> {
    client.set_nodelay(true)?;
    let mut emulator = Connection::open(to).await?;
    let mut request = Vec::new();
    while message::read(&mut client, Side::Request, &mut request)
        .await?
        .is_some()
    {
        let begun = Instant::now();
        let status = emulator.exchange(&request).await?;
        let taken = begun.elapsed();
        {
            let mut relayed = lock(&relayed);
            relayed.taken += taken;
            relayed.sent.push((request.clone(), status));
        }
        client.write_all(emulator.answer()).await?;
    }
    Ok(())
}

/// Sends everything again over one connection, and gives how many answers have another status.
async fn replay(sent: &[(Vec<u8>, u16)], to: SocketAddr) -> Result<usize, Failure> {
    let mut connection = Connection::open(to).await?;
    let mut differing = 0;
    for (request, before) in sent {
        let status = connection.exchange(request).await?;
        differing += usize::from(status != *before);
    }
    Ok(differing)
}

fn lock(relayed: &Mutex<Relayed>) -> MutexGuard<'_, Relayed> {
    relayed.lock().unwrap_or_else(PoisonError::into_inner)
}
