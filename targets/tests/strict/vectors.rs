//! Requests whose signatures AWS published: those of its signing test suite (awslabs/aws-c-auth,
//! tests/aws-signing-test-suite/v4), and the example of its documentation (ListUsers of IAM).
//!
//! Each must be accepted, and refused after any change of what is signed.

use kms_conformance_targets::aws::{Scope, Signer, sign};
use kms_conformance_targets::sigv4::{Credentials, Expected, Refusal, Seen, Verified, verify};
use std::time::{Duration, UNIX_EPOCH};

/// 2015-08-30 12:36:00, the moment of all of them.
const NOW: i64 = 1_440_938_160_000;
const MOMENT: &str = "20150830T123600Z";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
/// The longer token of the requests of the suite with one from STS.
const STS_TOKEN: &str = concat!(
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfI",
    "eoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0",
    "wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDry",
    "pNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==",
);
const FORM_HASH: &str = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e";
const ALPHABET: &str = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A request and its signature. `Host` and `X-Amz-Date` are added to its headers.
struct Vector {
    name: &'static str,
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, &'static str)>,
    body: &'static str,
    signature: &'static str,
}

fn get(name: &'static str, target: &str, signature: &'static str) -> Vector {
    Vector {
        name,
        method: "GET",
        target: target.to_owned(),
        headers: Vec::new(),
        body: "",
        signature,
    }
}

fn post(name: &'static str, target: &str, signature: &'static str) -> Vector {
    Vector {
        method: "POST",
        ..get(name, target, signature)
    }
}

impl Vector {
    fn with(self, headers: &[(&'static str, &'static str)]) -> Vector {
        Vector {
            headers: headers.to_vec(),
            ..self
        }
    }
}

/// What the shortest request of the suite is signed with, and all that are the same in the end.
const VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

fn vectors() -> Vec<Vector> {
    let form = "application/x-www-form-urlencoded";
    let form_of = |kind: &'static str| {
        [
            ("Content-Type", kind),
            ("Content-Length", "13"),
            ("x-amz-content-sha256", FORM_HASH),
        ]
    };
    vec![
        get("get-vanilla", "/", VANILLA),
        get("get-relative", "/example/..", VANILLA),
        get("get-relative-relative", "/example1/example2/../..", VANILLA),
        get("get-slash-dot-slash", "/./", VANILLA),
        get(
            "get-slash-pointless-dot",
            "/./example",
            "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
        ),
        get(
            "get-slashes",
            "//example//",
            "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
        ),
        get(
            "get-space",
            "/example space/",
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
        ),
        get(
            "get-unreserved",
            &format!("/{ALPHABET}"),
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
        ),
        get(
            "get-utf8",
            "/\u{1234}",
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
        ),
        get(
            "get-vanilla-empty-query-key",
            "/?Param1=value1",
            "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
        ),
        get(
            "get-vanilla-query-order-encoded",
            "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
            "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
        ),
        get(
            "get-vanilla-query-order-key-case",
            "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        get(
            "get-vanilla-query-unreserved",
            &format!("/?{ALPHABET}={ALPHABET}"),
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
        get(
            "get-vanilla-utf8-query",
            "/?\u{1234}=bar",
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
        ),
        get(
            "get-vanilla-with-session-token",
            "/",
            "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
        )
        .with(&[("X-Amz-Security-Token", TOKEN)]),
        get(
            "get-header-key-duplicate",
            "/",
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
        )
        .with(&[
            ("My-Header1", "value2"),
            ("My-Header1", "value2"),
            ("My-Header1", "value1"),
        ]),
        get(
            "get-header-value-multiline",
            "/",
            "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790",
        )
        .with(&[("My-Header1", "value1\n  value2\n     value3")]),
        get(
            "get-header-value-order",
            "/",
            "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
        )
        .with(&[
            ("My-Header1", "value4"),
            ("My-Header1", "value1"),
            ("My-Header1", "value3"),
            ("My-Header1", "value2"),
        ]),
        get(
            "get-header-value-trim",
            "/",
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        )
        .with(&[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")]),
        post(
            "post-vanilla",
            "/",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        post(
            "post-vanilla-query",
            "/?Param1=value1",
            "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
        ),
        post(
            "post-header-key-sort",
            "/",
            "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
        )
        .with(&[("My-Header1", "value1")]),
        post(
            "post-header-value-case",
            "/",
            "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
        )
        .with(&[("My-Header1", "VALUE1")]),
        post(
            "post-sts-header-before",
            "/",
            "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
        )
        .with(&[("X-Amz-Security-Token", STS_TOKEN)]),
        Vector {
            body: "Param1=value1",
            ..post(
                "post-x-www-form-urlencoded",
                "/",
                "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
            )
            .with(&form_of(form))
        },
        Vector {
            body: "Param1=value1",
            ..post(
                "post-x-www-form-urlencoded-parameters",
                "/",
                "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422",
            )
            .with(&form_of("application/x-www-form-urlencoded; charset=utf-8"))
        },
        get(
            "list-users",
            "/?Action=ListUsers&Version=2010-05-08",
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        )
        .with(&[(
            "Content-Type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )]),
    ]
}

/// A request that owns its parts, so that each can be changed.
#[derive(Clone)]
struct Built {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Built {
    fn of(vector: &Vector) -> Built {
        let (path, query) = vector
            .target
            .split_once('?')
            .unwrap_or((&vector.target, ""));
        let host = match vector.name {
            "list-users" => "iam.amazonaws.com",
            _ => "example.amazonaws.com",
        };
        let mut headers = vec![("Host", host), ("X-Amz-Date", MOMENT)];
        headers.extend(&vector.headers);
        let mut signed: Vec<String> = headers.iter().map(|it| it.0.to_lowercase()).collect();
        signed.sort();
        signed.dedup();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/{}/aws4_request, \
             SignedHeaders={}, Signature={}",
            service(vector),
            signed.join(";"),
            vector.signature
        );
        let headers = headers.into_iter();
        let mut headers: Vec<(String, String)> = headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        headers.push(("Authorization".to_owned(), authorization));
        Built {
            method: vector.method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: vector.body.as_bytes().to_vec(),
        }
    }

    fn judged(&self, vector: &Vector) -> Result<Verified, Refusal> {
        let token = vector.headers.iter();
        let token = token.filter(|header| header.0 == "X-Amz-Security-Token");
        let token: String = token.map(|header| header.1).collect();
        let credentials: Credentials = format!("AKIDEXAMPLE {SECRET} {token}").parse().unwrap();
        self.judged_by(vector, &credentials)
    }

    fn judged_by(&self, vector: &Vector, credentials: &Credentials) -> Result<Verified, Refusal> {
        let seen = Seen {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        };
        let expected = Expected {
            service: service(vector),
            is_region: &|region| region == "us-east-1",
            now: NOW,
        };
        verify(&seen, credentials, &expected)
    }

    fn change(&self, change: impl FnOnce(&mut Built)) -> Built {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }
}

fn service(vector: &Vector) -> &'static str {
    match vector.name {
        "list-users" => "iam",
        _ => "service",
    }
}

#[test]
fn signatures_that_aws_published_are_accepted() {
    let expected = |service: &str| Verified {
        access_key: "AKIDEXAMPLE".to_owned(),
        region: "us-east-1".to_owned(),
        service: service.to_owned(),
    };
    for vector in vectors() {
        let judged = Built::of(&vector).judged(&vector);
        assert_eq!(judged, Ok(expected(service(&vector))), "{}", vector.name);
    }
}

#[test]
fn any_change_of_what_is_signed_is_refused() {
    let mut changes = 0;
    for vector in vectors() {
        let good = Built::of(&vector);
        let mut changed = vec![
            good.change(|it| it.method = "PUT".to_owned()),
            good.change(|it| it.path.push('a')),
            good.change(|it| it.query.push_str("&extra=1")),
            good.change(|it| it.body.push(b' ')),
        ];
        for place in 0..good.headers.len() {
            changed.push(good.change(|it| it.headers[place].1.push('1')));
            changed.push(good.change(|it| drop(it.headers.remove(place))));
            changed.push(good.change(|it| {
                let doubled = it.headers[place].clone();
                it.headers.push(doubled);
            }));
        }
        for changed in changed {
            assert!(changed.judged(&vector).is_err(), "{}", vector.name);
            changes += 1;
        }
    }
    assert!(changes > 300, "{changes}");
}

#[test]
fn each_bit_of_a_signature_counts() {
    for vector in vectors() {
        let good = Built::of(&vector);
        for place in 0..64 {
            let changed = good.change(|it| {
                let header = &mut it.headers.last_mut().unwrap().1;
                let digit = header.len() - 64 + place;
                let old = u8::from_str_radix(&header[digit..=digit], 16).unwrap();
                let new = format!("{:x}", old ^ (1 << (place % 4)));
                header.replace_range(digit..=digit, &new);
            });
            let judged = changed.judged(&vector);
            assert_eq!(judged, Err(Refusal::OtherSignature), "{}", vector.name);
        }
    }
}

#[test]
fn another_secret_signs_otherwise() {
    for vector in vectors() {
        let token = vector
            .headers
            .iter()
            .find(|it| it.0 == "X-Amz-Security-Token");
        let token = token.map(|header| header.1).unwrap_or_default();
        let text = format!("AKIDEXAMPLE {} {token}", SECRET.to_lowercase());
        let judged = Built::of(&vector).judged_by(&vector, &text.parse().unwrap());
        assert_eq!(judged, Err(Refusal::OtherSignature), "{}", vector.name);
    }
}

/// The suite has signatures over paths as S3 takes them, which no other service does.
#[test]
fn a_path_that_was_not_made_short_is_signed_otherwise() {
    for (target, signature) in [
        (
            "/example1/example2/../..",
            "dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b",
        ),
        (
            "//example//",
            "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5",
        ),
    ] {
        let vector = get("unnormalized", target, signature);
        let judged = Built::of(&vector).judged(&vector);
        assert_eq!(judged, Err(Refusal::OtherSignature), "{target}");
    }
}

/// A header that AWS reads must be signed, even where the signature is good without it.
#[test]
fn a_header_of_aws_that_is_not_signed_is_refused() {
    let vector = post(
        "post-vanilla",
        "/",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    );
    let good = Built::of(&vector);
    let target = (
        "X-Amz-Target".to_owned(),
        "TrentService.ListKeys".to_owned(),
    );
    let judged = good.change(|it| it.headers.push(target)).judged(&vector);
    assert_eq!(
        judged,
        Err(Refusal::UnsignedHeader("x-amz-target".to_owned()))
    );
    let other = ("My-Header".to_owned(), "1".to_owned());
    assert!(
        good.change(|it| it.headers.push(other))
            .judged(&vector)
            .is_ok()
    );
}

#[test]
fn our_signer_makes_the_signatures_that_aws_published() {
    let posts = vectors();
    let posts: Vec<&Vector> = posts.iter().filter(|it| it.method == "POST").collect();
    for vector in &posts {
        let token = vector.headers.iter();
        let mut token = token.filter(|it| it.0 == "X-Amz-Security-Token");
        let signer = Signer {
            access_key: "AKIDEXAMPLE",
            secret_key: SECRET,
            token: token.next().map(|header| header.1),
        };
        let headers = vector.headers.iter().copied();
        let headers: Vec<_> = headers
            .filter(|it| it.0 != "X-Amz-Security-Token")
            .collect();
        let scope = Scope {
            region: "us-east-1",
            service: service(vector),
        };
        let url = format!("https://example.amazonaws.com{}", vector.target);
        let at = UNIX_EPOCH + Duration::from_millis(NOW.unsigned_abs());
        let signed = sign(&url, &headers, vector.body.as_bytes(), scope, signer, at).unwrap();
        let signature = signed
            .iter()
            .find(|(name, _)| name == "authorization")
            .unwrap();
        assert!(signature.1.ends_with(vector.signature), "{}", vector.name);
    }
    assert_eq!(posts.len(), 7);
}
