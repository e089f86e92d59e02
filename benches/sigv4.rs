//! How long does it take to sign a request with Signature Version 4, and to verify the signature?

use criterion::Criterion;
use kms_conformance_benches::{Failure, NOW};
use kms_conformance_targets::aws::{Scope, Signer, sign};
use kms_conformance_targets::sigv4::{Credentials, Expected, Seen, verify};
use std::hint::black_box;
use std::time::{Duration, UNIX_EPOCH};

const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const REGION: &str = "us-east-1";
const BODY: &[u8] = b"{}";
const HEADERS: [(&str, &str); 3] = [
    ("host", "kms.us-east-1.amazonaws.com"),
    ("content-type", "application/x-amz-json-1.1"),
    ("x-amz-target", "TrentService.CreateKey"),
];

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    let credentials = Credentials::default();
    let example = credentials.of(ACCESS_KEY).ok_or("no example")?;
    let signer = Signer {
        access_key: ACCESS_KEY,
        secret_key: &example.secret,
        token: None,
    };
    let scope = Scope {
        region: REGION,
        service: "kms",
    };
    let at = UNIX_EPOCH + Duration::from_millis(NOW.unsigned_abs());
    let url = "https://kms.us-east-1.amazonaws.com/";
    let sign = || sign(url, &HEADERS, black_box(BODY), scope, signer, at);
    let given = HEADERS.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let headers = [given.to_vec(), sign()?].concat();
    criterion.bench_function("sigv4/sign", |bencher| bencher.iter(sign));
    let seen = Seen {
        method: "POST",
        path: "/",
        query: "",
        headers: &headers,
        body: BODY,
    };
    let expected = Expected {
        service: "kms",
        is_region: &|region: &str| region == REGION,
        now: NOW,
    };
    let verify = || verify(black_box(&seen), &credentials, &expected);
    assert!(verify().is_ok(), "a good signature is refused");
    criterion.bench_function("sigv4/verify", |bencher| bencher.iter(verify));
    criterion.final_summary();
    Ok(())
}
