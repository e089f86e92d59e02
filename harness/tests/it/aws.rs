//! Runs on AWS, with the reference emulator in its place: nothing is left behind, whatever ends them,
//! and nothing that was there before is touched.

use kms_conformance_model::state::{BackupState, ClusterState, State};
use kms_conformance_targets::{Config, Emulator, Request, RsaKeys, Running};
use kms_conformance_model::Service;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The pair of the documentation's examples, which the emulator knows.
const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// An account in which somebody else has a key, an alias and a grant.
fn account_of_others() -> Arc<Emulator> {
    let emulator = Emulator::new(Config {
        rsa: RsaKeys::Shared,
        ..Config::default()
    });
    let key = done(&emulator, "CreateKey", json!({ "Description": "of others" }));
    let id = key["KeyMetadata"]["KeyId"].clone();
    done(&emulator, "CreateAlias", json!({ "AliasName": "alias/others", "TargetKeyId": id }));
    let grant = json!({
        "KeyId": id, "Operations": ["Encrypt"],
        "GranteePrincipal": "arn:aws:iam::123456789012:role/others",
    });
    done(&emulator, "CreateGrant", grant);
    Arc::new(emulator)
}

fn done(emulator: &Emulator, operation: &str, body: Value) -> Value {
    let response = emulator.handle(&Request::new(Service::Kms, operation, &body));
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    serde_json::from_slice(&response.body).unwrap_or_default()
}

/// What of an account a run could have left: everything but keys that AWS deletes by itself.
fn left(state: &State) -> Vec<String> {
    let mut left = Vec::new();
    let elsewhere = state.elsewhere.values().map(AsRef::as_ref);
    for region in std::iter::once(state).chain(elsewhere) {
        let keys = region.keys.values();
        let alive = keys.filter(|key| !key.is_pending_deletion());
        left.extend(alive.map(|key| format!("key {} {:?}", key.id, key.state.value)));
        left.extend(region.aliases.keys().map(|name| format!("alias {name}")));
        left.extend(region.key_stores.keys().map(|id| format!("store {id}")));
        let clusters = region.clusters.values();
        let going = [ClusterState::DeleteInProgress, ClusterState::Deleted];
        let alive = clusters.filter(|cluster| !going.contains(&cluster.state.value));
        left.extend(alive.map(|cluster| format!("cluster {}", cluster.id)));
        let backups = region.backups.values();
        let alive = backups.filter(|backup| backup.state.value == BackupState::Ready);
        left.extend(alive.map(|backup| format!("backup {}", backup.id)));
    }
    left.sort();
    left
}

/// The program, as it runs on AWS, with these endpoints in the place of those of AWS.
fn program(url: &str, dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kms-conformance"));
    command
        .current_dir(dir)
        .env_clear()
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", dir.join("no-config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", dir.join("no-credentials"))
        .stdin(Stdio::null());
    command
}

fn check(url: &str, dir: &Path, seed: usize, more: &[&str]) -> Command {
    let mut command = program(url, dir);
    let seed = seed.to_string();
    command
        .args(["check", "--target", "aws", "--yes", "--seed", &seed])
        .args(["--journal", "journal", "--quota-share", "100000"])
        .args(["--consistency", "60ms"])
        .args(more);
    command
}

fn cleanup(url: &str, dir: &Path) -> Output {
    let mut command = program(url, dir);
    command.args(["cleanup", "--journal", "journal", "--quota-share", "100000"]);
    command.args(["--consistency", "60ms"]).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    text.join("\n")
}

/// A run off the tokio threads that serve the account meanwhile.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_leaves_nothing_and_touches_nothing_of_others() {
    let emulator = account_of_others();
    let before = left(&emulator.state());
    let served = Running::start(Arc::clone(&emulator)).await.unwrap();
    let url = served.url();
    let dir = TempDir::new().unwrap();
    let path = dir.path().to_owned();
    let output = apart(move || {
        let limits = ["--max-calls", "400", "--report-dir", "report"];
        check(&url, &path, 5, &limits).output().unwrap()
    });
    let output = output.await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(left(&emulator.state()), before);
    let report = std::fs::read_to_string(dir.path().join("report/report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["findings"], json!([]));
    assert!(report["aws"]["made"].as_u64().unwrap() > 5, "{}", report["aws"]);
    assert_eq!(report["aws"]["left"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_before_somebody_agrees() {
    let emulator = account_of_others();
    let served = Running::start(Arc::clone(&emulator)).await.unwrap();
    let (url, dir) = (served.url(), TempDir::new().unwrap());
    let before = emulator.state();
    let path = dir.path().to_owned();
    let output = apart(move || {
        let mut command = program(&url, &path);
        command.args(["check", "--target", "aws"]).output().unwrap()
    });
    let output = output.await;
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("give --yes"), "{}", said(&output));
    assert_eq!(emulator.state().keys, before.keys);
    assert!(!dir.path().join("journal").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_interrupted_cleans_up() {
    let emulator = account_of_others();
    let before = left(&emulator.state());
    let served = Running::start(Arc::clone(&emulator)).await.unwrap();
    let (url, dir) = (served.url(), TempDir::new().unwrap());
    let mut command = check(&url, dir.path(), 7, &["--max-calls", "100000"]);
    let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while emulator.state().keys.len() < 3 {
        tokio::task::yield_now().await;
    }
    let id = run.id().to_string();
    let output = apart(move || {
        let interrupted = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(interrupted.success());
        run.wait_with_output().unwrap()
    });
    let output = output.await;
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("interrupted"), "{}", said(&output));
    assert_eq!(left(&emulator.state()), before);
}

/// How many points in a run are tried at which it is killed. `KILL_POINTS` makes it more.
fn kill_points() -> usize {
    let given = std::env::var("KILL_POINTS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(24)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_run_left_is_cleaned_up() {
    let mut killed = 0;
    let mut had_to_clean = 0;
    for point in 0..kill_points() {
        let emulator = account_of_others();
        let before = left(&emulator.state());
        let served = Running::start(Arc::clone(&emulator)).await.unwrap();
        let dir = TempDir::new().unwrap();
        // A number of requests and a side that are spread over the run, the same each time.
        let at = 1 + point.wrapping_mul(0x9e37_79b9) % 120;
        let killing = Killing::new(served.addr, at, point % 2 == 0).await;
        let clusters: &[&str] = if point % 3 == 0 {
            &["--create-cluster", "--max-dollars", "500"]
        } else {
            &[]
        };
        let mut command = check(&killing.url(), dir.path(), point, &["--max-calls", "150"]);
        command.args(clusters).stdout(Stdio::null()).stderr(Stdio::null());
        killed += usize::from(killing.kill(command).await);
        had_to_clean += usize::from(left(&emulator.state()) != before);
        let (url, path) = (served.url(), dir.path().to_owned());
        let output = apart(move || cleanup(&url, &path)).await;
        assert_eq!(output.status.code(), Some(0), "point {point}: {}", said(&output));
        assert_eq!(left(&emulator.state()), before, "point {point}: {}", said(&output));
        // Doing it again does nothing, and says so.
        assert!(dir.path().join("journal").exists());
    }
    println!("{killed} of {} runs killed, {had_to_clean} had left something", kill_points());
    assert!(killed * 2 > kill_points(), "only {killed} runs were killed");
    assert!(had_to_clean * 3 > killed, "only {had_to_clean} runs left anything");
}

/// Stands between a run and the account, and kills the run at one of its requests: before the request
/// is passed on, or after it was carried out and before the run hears of it.
struct Killing {
    listener: TcpListener,
    account: std::net::SocketAddr,
    at: usize,
    before: bool,
}

impl Killing {
    async fn new(account: std::net::SocketAddr, at: usize, before: bool) -> Killing {
        Killing {
            listener: TcpListener::bind(("127.0.0.1", 0)).await.unwrap(),
            account,
            at,
            before,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.listener.local_addr().unwrap())
    }

    /// Runs the command and kills it; tells whether it lived long enough to be killed.
    async fn kill(self, mut command: Command) -> bool {
        let mut run = command.spawn().unwrap();
        let seen = Arc::new(AtomicUsize::new(0));
        let (tell, mut told) = tokio::sync::mpsc::channel::<()>(1);
        let (account, at, before) = (self.account, self.at, self.before);
        let listener = self.listener;
        let passing = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (seen, tell) = (Arc::clone(&seen), tell.clone());
                tokio::spawn(async move {
                    let _ = pass_on(client, account, &seen, at, before, &tell).await;
                });
            }
        });
        let killed = loop {
            tokio::select! {
                Some(()) = told.recv() => {
                    run.kill().unwrap();
                    break true;
                }
                () = tokio::time::sleep(std::time::Duration::from_millis(5)) => {
                    if run.try_wait().unwrap().is_some() {
                        break false;
                    }
                }
            }
        };
        run.wait().unwrap();
        passing.abort();
        killed
    }
}

/// Passes the requests of a connection on, one after the other, until the one at which the run is to
/// be killed. What is held back then never arrives.
async fn pass_on(
    mut client: TcpStream,
    account: std::net::SocketAddr,
    seen: &AtomicUsize,
    at: usize,
    before: bool,
    tell: &tokio::sync::mpsc::Sender<()>,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(account).await?;
    loop {
        let request = message(&mut client).await?;
        let last = seen.fetch_add(1, Ordering::SeqCst) + 1 == at;
        if last && before {
            let _ = tell.send(()).await;
            return std::future::pending().await;
        }
        server.write_all(&request).await?;
        let response = message(&mut server).await?;
        if last {
            let _ = tell.send(()).await;
            return std::future::pending().await;
        }
        client.write_all(&response).await?;
    }
}

/// One HTTP message: its head, and as much of a body as the head tells of.
async fn message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break end + 4;
        }
        let mut more = [0; 4096];
        let read = stream.read(&mut more).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&more[..read]);
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    let length = text.split("content-length:").nth(1);
    let length = length.and_then(|it| it.split("\r\n").next()?.trim().parse().ok());
    let whole = head + length.unwrap_or(0);
    while bytes.len() < whole {
        let mut more = vec![0; whole - bytes.len()];
        stream.read_exact(&mut more).await?;
        bytes.extend_from_slice(&more);
    }
    Ok(bytes)
}
