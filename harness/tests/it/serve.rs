//! The emulator as a process: where it says it listens, something answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

/// A served emulator, stopped when this is dropped.
pub struct Served {
    process: Child,
    greeting: String,
}

impl Served {
    /// Serves on a free port.
    pub fn start(arguments: &[&str]) -> Served {
        let mut process = Command::new(env!("CARGO_BIN_EXE_kms-conformance"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env("AWS_REGION", "eu-west-1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut greeting)
            .unwrap();
        Served { process, greeting }
    }

    /// Where it listens, as host and port.
    pub fn address(&self) -> &str {
        let url = self.greeting.split("http://").nth(1).unwrap();
        url.split(',').next().unwrap()
    }

    /// Where it is reached.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    fn create_key(&self, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: kms\r\nConnection: close\r\n\
             X-Amz-Target: TrentService.CreateKey\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn it_says_where_it_listens_and_answers_there() {
    let served = Served::start(&[]);
    assert!(
        served
            .greeting
            .ends_with(", account 123456789012 in eu-west-1\n"),
        "{}",
        served.greeting
    );
    let answer = served.create_key("{}");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(
        answer.contains("arn:aws:kms:eu-west-1:123456789012:key/"),
        "{answer}"
    );
}

#[test]
fn a_disabled_rule_does_not_refuse() {
    let body = r#"{"Tags":[{"TagKey":"a","TagValue":""},{"TagKey":"a","TagValue":""}]}"#;
    assert!(Served::start(&[]).create_key(body).contains("TagException"));
    let served = Served::start(&["--disable", "CreateKey/TAG-01"]);
    assert!(
        served.greeting.ends_with(", 1 rule broken on purpose\n"),
        "{}",
        served.greeting
    );
    assert!(!served.create_key(body).contains("TagException"));
}

#[test]
fn semantic_faults_are_named_and_planted_together() {
    let program = env!("CARGO_BIN_EXE_kms-conformance");
    let listed = Command::new(program)
        .args(["serve", "--list-faults"])
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names = [
        "a repeated tag is a ValidationException",
        "a new key is disabled",
    ];
    for name in names {
        assert!(listed.lines().any(|line| line == name), "{listed}");
    }
    let [first, second] = names;
    let served = Served::start(&["--fault", first, "--fault", second]);
    assert!(
        served.greeting.ends_with(", 2 semantic faults\n"),
        "{}",
        served.greeting
    );
    let body = r#"{"Tags":[{"TagKey":"a","TagValue":""},{"TagKey":"a","TagValue":""}]}"#;
    assert!(served.create_key(body).contains("ValidationException"));
    assert!(served.create_key("{}").starts_with("HTTP/1.1 200 "));
}

#[test]
fn an_unsigned_request_is_refused_where_signatures_are_required() {
    let answer = Served::start(&["--require-signature"]).create_key("{}");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(
        answer.contains("MissingAuthenticationTokenException"),
        "{answer}"
    );
}

#[test]
fn what_is_injected_goes_wrong() {
    let all = Served::start(&["--inject", "throttle=100%", "--inject-seed", "1"]);
    assert!(all.create_key("{}").contains("ThrottlingException"));
    let none = Served::start(&["--inject", "throttle=0%", "--stale-for", "1s"]);
    assert!(none.create_key("{}").starts_with("HTTP/1.1 200 "));
}

#[test]
fn an_address_that_is_taken_is_a_usage_error() {
    let served = Served::start(&[]);
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_kms-conformance"))
        .args(["serve", "--listen", served.address()])
        .output()
        .unwrap();
    assert_eq!(status.code(), Some(2));
    let stderr = String::from_utf8(stderr).unwrap();
    assert!(
        stderr.contains("give another --listen HOST:PORT"),
        "{stderr}"
    );
}
