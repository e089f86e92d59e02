//! How runs end whose target has nothing to ask for, or goes away: they end, and what they found is kept.

use kms_conformance::check;
use kms_conformance::error::Error;
use kms_conformance::summary::Ended;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// A server on a free port that answers so many requests alike, and then is gone. Gives its URL.
fn server(requests: usize, status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming().take(requests) {
            // A client that gave up is no matter.
            let _ = answer(&connection.unwrap(), status, body);
        }
    });
    url
}

fn answer(mut connection: &TcpStream, status: &str, body: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection);
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        let header = line.to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    reader.read_exact(&mut vec![0; length])?;
    let bytes = body.len();
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Length: {bytes}\r\nConnection: close\r\n\r\n{body}"
    )
}

#[test]
fn a_run_ends_when_the_target_has_no_operation_left() {
    let url = server(usize::MAX, "404 Not Found", "<html>not here</html>");
    let summary = check(url).max_calls(20_000).run().unwrap();
    assert_eq!(summary.ended, Ended::Unsupported);
    assert!(summary.totals.calls < 1_000, "{:?}", summary.totals);
    // The only findings are about requests that name no operation.
    let mut findings = summary.findings.iter();
    assert!(
        findings.all(|finding| finding.operation == "(wire)"),
        "{:#?}",
        summary.findings
    );
}

#[test]
fn what_was_found_outlives_the_target() {
    let url = server(150, "200 OK", "{}");
    let dir = tempfile::tempdir().unwrap();
    let ended = check(url).max_calls(20_000).report_dir(dir.path()).run();
    assert!(matches!(ended, Err(Error::Unreachable { .. })), "{ended:?}");
    let report = std::fs::read_to_string(dir.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert!(!report["findings"].as_array().unwrap().is_empty());
}
