//! Runs on AWS that are killed at any of their requests: the clean-up leaves nothing.

use super::{account_of_others, apart, check, cleanup, left, said, served};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

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
        let served = served(&emulator, None).await;
        let dir = TempDir::new().unwrap();
        // A number of requests and a side that are spread over the run, the same each time.
        let at = 1 + point.wrapping_mul(0x9e37_79b9) % 60;
        let killing = Killing::new(served.addr, at, point % 2 == 0).await;
        let clusters: &[&str] = if point % 3 == 0 {
            &["--create-cluster", "--max-dollars", "500"]
        } else {
            &[]
        };
        let operations = "CreateKey,CreateAlias,ReplicateKey,UpdateAlias,ScheduleKeyDeletion,\
                          CancelKeyDeletion,CreateGrant,CreateCluster,CreateHsm,CreateCustomKeyStore";
        let limits = [
            &["--max-calls", "150", "--operations", operations],
            clusters,
        ]
        .concat();
        let mut command = check(&killing.url(), dir.path(), point, &limits);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        killed += usize::from(killing.kill(command).await);
        had_to_clean += usize::from(left(&emulator.state()) != before);
        if !dir.path().join("journal").exists() {
            // It was killed before it could make anything.
            assert_eq!(left(&emulator.state()), before, "point {point}");
            continue;
        }
        let (url, path) = (served.url(), dir.path().to_owned());
        let output = apart(move || cleanup(&url, &path)).await;
        assert_eq!(
            output.status.code(),
            Some(0),
            "point {point}: {}",
            said(&output)
        );
        assert_eq!(
            left(&emulator.state()),
            before,
            "point {point}: {}",
            said(&output)
        );
    }
    println!(
        "{killed} of {} runs killed, {had_to_clean} had left something",
        kill_points()
    );
    assert!(killed * 2 > kill_points(), "only {killed} runs were killed");
    assert!(
        had_to_clean * 3 > killed,
        "only {had_to_clean} runs left anything"
    );
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
pub(super) async fn message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
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
