//! References inside the bodies of a plan, and how they become values.
//!
//! A reference is an object with one member whose name begins with `$`:
//!
//! | reference | becomes |
//! |---|---|
//! | `{"$of": [3, "KeyMetadata.KeyId"]}` | what the response of step 3 shows there |
//! | `{"$unknown": "KeyId"}` | a well-formed id of this kind that never existed |
//! | `{"$name": "store-1"}` | a name that only this run uses |
//! | `{"$account": true}`, `{"$region": true}` | the account id, the Region |
//! | `{"$elsewhere": 0}` | a Region of the same partition that is not that of the run |
//! | `{"$subnet": 0}`, `{"$zone": 0}` | a subnet of the account, its Availability Zone |
//! | `{"$concat": [..]}` | the parts as one text |
//! | `{"$json": ..}` | the value as JSON text |
//! | `{"$literal": ..}` | the value as it stands, whatever it looks like |
//! | `{"$text": ["x", 300]}` | the text repeated |
//! | `{"$bytes": [7, 300]}` | base64 of that byte repeated |
//! | `{"$sized": [.., 256]}` | the text with so many characters: cut, or filled up with `a` |
//! | `{"$part": [.., 2, 8]}` | the characters of the text from one place to before another |
//! | `{"$serial": "a"}` | 17 hex digits that only this run uses, the same for the same name |
//! | `{"$cut": [.., 12]}` | base64 of that many bytes at the beginning |
//! | `{"$tampered": [.., 12]}` | base64 with one bit of that byte flipped |
//! | `{"$anchor": "a"}` | the certificate of the authority `a` |
//! | `{"$signed": [.., "a"]}` | the signing request, signed by the authority `a` |
//! | `{"$later": 3600}` | the moment so many seconds from now, in epoch seconds |
//! | `{"$wrapped": [.., "RSAES_OAEP_SHA_256", {"name": "a", "bytes": 32}]}` | material that is the same for the same name, wrapped with this public key; with `"private": true` a private key on P-256 |
//! | `{"$peer": ["ECC_NIST_P256", "a"]}` | the public key, as base64 of DER, of a private key on this NIST curve that the harness holds; it is the same for the same name |
//!
//! Where step 3 did not succeed or is not there, `$of` becomes an id that never existed, so the
//! plan still runs and the judge expects that nothing is found.

pub use crate::paths::path_to;
use crate::texts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_conformance_model::asymmetric::PrivateKey;
use kms_conformance_model::state::{Enclosed, Forgery, MadeUp, Wrapped, partition_of};
use kms_conformance_targets::peers::{CURVES, named_peer};
use kms_conformance_targets::wrapping;
use kms_conformance_targets::x509::Authority;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The identifiers of things that never existed, which `$unknown` becomes.
pub const NEVER_EXISTED: &[&str] = &[KEY, KEY_STORE, CLUSTER, HSM, NETWORK_INTERFACE, BACKUP];

const KEY: &str = "99999999-aaaa-4bbb-8ccc-dddddddddddd";
const KEY_STORE: &str = "cks-99999999999999999";
const CLUSTER: &str = "cluster-zzzzzzzzzzz";
const HSM: &str = "hsm-zzzzzzzzzzz";
const NETWORK_INTERFACE: &str = "eni-99999999999999999";
const BACKUP: &str = "backup-zzzzzzzzzzz";

/// What references are resolved against.
pub struct Scope {
    /// The account id.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The name of the Region, where `region` only stands for it.
    pub home: String,
    /// What makes names unique to a run.
    pub salt: String,
    /// The responses of the steps so far.
    pub responses: BTreeMap<u32, Value>,
    /// The subnets of the account.
    pub subnets: Vec<String>,
    /// The moment, in milliseconds since the Unix epoch.
    pub now: i64,
    /// What is inside the key material that was wrapped here, by its base64.
    pub wrapped: BTreeMap<String, Wrapped>,
    /// What was made up, altered or encrypted here, by its base64.
    pub made_up: MadeUp,
    /// The private keys that the harness holds, by the base64 of their public keys.
    pub peers: BTreeMap<String, PrivateKey>,
    authorities: BTreeMap<String, Authority>,
}

impl Scope {
    /// A scope without responses.
    pub fn new(account: &str, region: &str, salt: &str) -> Scope {
        Scope {
            account: account.to_owned(),
            region: region.to_owned(),
            home: region.to_owned(),
            salt: salt.to_owned(),
            responses: BTreeMap::new(),
            subnets: ["1", "2", "3"]
                .map(|digit| format!("subnet-0a1b2c3d4e5f6071{digit}"))
                .to_vec(),
            now: 0,
            wrapped: BTreeMap::new(),
            made_up: MadeUp::default(),
            peers: BTreeMap::new(),
            authorities: BTreeMap::new(),
        }
    }

    /// `template` with every reference replaced.
    pub fn resolve(&mut self, template: &Value) -> Value {
        match template {
            Value::Object(members) => {
                let mut pairs = members.iter();
                match (pairs.next(), pairs.next()) {
                    (Some((name, of)), None) if name.starts_with('$') => self.reference(name, of),
                    _ => members
                        .iter()
                        .map(|(name, value)| (name.clone(), self.resolve(value)))
                        .collect(),
                }
            }
            Value::Array(entries) => entries.iter().map(|entry| self.resolve(entry)).collect(),
            other => other.clone(),
        }
    }

    fn reference(&mut self, name: &str, of: &Value) -> Value {
        let first = of.get(0).unwrap_or(&Value::Null);
        let second = of.get(1).unwrap_or(&Value::Null);
        match name {
            "$of" => self.made_by(first, second),
            "$unknown" => {
                let unknown = self.unknown(of.as_str().unwrap_or_default());
                self.made_up(unknown)
            }
            "$name" => json!(format!("{}-{}", of.as_str().unwrap_or_default(), self.salt)),
            "$account" => json!(self.account),
            "$region" => json!(self.region),
            "$elsewhere" => json!(self.elsewhere(index(of))),
            "$subnet" => json!(self.subnets.get(index(of)).cloned().unwrap_or_default()),
            "$zone" => {
                let letter = char::from(b'a'.saturating_add(index(of) as u8));
                json!(format!("{}{letter}", self.region))
            }
            "$concat" => self.concat(of),
            "$literal" => of.clone(),
            "$json" => json!(self.resolve(of).to_string()),
            "$text" => {
                let text = first.as_str().unwrap_or_default().repeat(index(second));
                self.made_up(json!(text))
            }
            "$bytes" => {
                let bytes = STANDARD.encode(vec![index(first) as u8; index(second)]);
                self.made_up(json!(bytes))
            }
            "$sized" => json!(texts::sized(&self.text(first), index(second))),
            "$part" => {
                let end = of.get(2).map_or(0, index);
                json!(texts::part(&self.text(first), index(second), end))
            }
            "$serial" => json!(texts::serial(of.as_str().unwrap_or_default(), &self.salt)),
            "$cut" => self.cut(first, index(second)),
            "$tampered" => self.tampered(first, index(second)),
            "$later" => json!(self.now / 1_000 + of.as_i64().unwrap_or_default()),
            "$wrapped" => self.wrapped(first, second, of.get(2).unwrap_or(&Value::Null)),
            "$peer" => self.peer(first, second),
            "$anchor" => json!(
                self.authority(of)
                    .map(|authority| authority.certificate_pem())
            ),
            "$signed" => {
                let csr = self.resolve(first);
                let csr = csr.as_str().unwrap_or_default();
                let signed = self.authority(second).and_then(|it| it.sign(csr).ok());
                json!(signed.unwrap_or_else(|| "not a certificate".to_owned()))
            }
            _ => Value::Null,
        }
    }

    /// The Region that a reference to another one becomes.
    pub(crate) fn another_region(&self, reference: &Value) -> Option<&'static str> {
        Some(self.elsewhere(index(reference.get("$elsewhere")?)))
    }

    /// Another Region of the partition, by its number.
    fn elsewhere(&self, number: usize) -> &'static str {
        let regions: &[&str] = match partition_of(&self.home) {
            "aws-cn" => &["cn-northwest-1", "cn-north-1"],
            "aws-us-gov" => &["us-gov-west-1", "us-gov-east-1"],
            _ => &["eu-west-1", "us-west-2", "ap-southeast-2", "us-east-1"],
        };
        let others = regions.iter().filter(|region| **region != self.home);
        others.copied().cycle().nth(number).unwrap_or_default()
    }

    /// How many references to what steps made lead to nothing: they become unknown ids.
    pub fn unmade(&self, template: &Value) -> usize {
        match template {
            Value::Object(members) => {
                let of = members.get("$of");
                let lost = of.is_some_and(|of| {
                    let (step, path) = (of.get(0), of.get(1));
                    let found = step
                        .zip(path)
                        .and_then(|(step, path)| self.found(step, path));
                    found.is_none()
                });
                usize::from(lost) + members.values().map(|it| self.unmade(it)).sum::<usize>()
            }
            Value::Array(entries) => entries.iter().map(|it| self.unmade(it)).sum(),
            _ => 0,
        }
    }

    fn found(&self, step: &Value, path: &Value) -> Option<&Value> {
        let step = step.as_u64().and_then(|id| u32::try_from(id).ok());
        at(
            self.responses.get(&step?)?,
            path.as_str().unwrap_or_default(),
        )
    }

    fn made_by(&mut self, step: &Value, path: &Value) -> Value {
        if let Some(made) = self.found(step, path) {
            return made.clone();
        }
        let path = path.as_str().unwrap_or_default();
        let unknown = self.unknown(path.rsplit('.').next().unwrap_or_default());
        self.made_up(unknown)
    }

    /// Notes that nobody made this value with a key, if it can stand for bytes.
    fn made_up(&mut self, value: Value) -> Value {
        self.forged(value, Forgery::MadeUp)
    }

    fn forged(&mut self, value: Value, forgery: Forgery) -> Value {
        let text = value.as_str().unwrap_or_default();
        if !text.is_empty() && STANDARD.decode(text).is_ok() {
            self.made_up.forged.insert(text.to_owned(), forgery);
        }
        value
    }

    /// A well-formed value of the kind that a member of this name holds, behind which nothing is.
    fn unknown(&self, member: &str) -> Value {
        let (account, region) = (&self.account, &self.region);
        let text = match member {
            "KeyId" | "TargetKeyId" => KEY.to_owned(),
            "Arn" | "KeyArn" => format!("arn:aws:kms:{region}:{account}:key/{KEY}"),
            "CustomKeyStoreId" => KEY_STORE.to_owned(),
            "ClusterId" => CLUSTER.to_owned(),
            "HsmId" => HSM.to_owned(),
            "GrantId" => "9".repeat(64),
            "EniId" => NETWORK_INTERFACE.to_owned(),
            "BackupId" => BACKUP.to_owned(),
            "BackupArn" => {
                format!("arn:aws:cloudhsm:{region}:{account}:backup/{BACKUP}")
            }
            "SubnetId" => "subnet-99999999999999999".to_owned(),
            "CiphertextBlob" | "ImportToken" => STANDARD.encode([0x99; 120]),
            "NextMarker" | "NextToken" => "no-such-marker".to_owned(),
            _ => "unknown".to_owned(),
        };
        Value::String(text)
    }

    fn concat(&mut self, parts: &Value) -> Value {
        let parts = parts.as_array().map(Vec::as_slice).unwrap_or_default();
        let texts = parts.iter().map(|part| match self.resolve(part) {
            Value::String(text) => text,
            other => other.to_string(),
        });
        Value::String(texts.collect())
    }

    fn text(&mut self, template: &Value) -> String {
        let text = self.resolve(template);
        text.as_str().unwrap_or_default().to_owned()
    }

    fn bytes(&mut self, blob: &Value) -> Vec<u8> {
        STANDARD.decode(self.text(blob)).unwrap_or_default()
    }

    fn cut(&mut self, blob: &Value, length: usize) -> Value {
        let mut bytes = self.bytes(blob);
        let is_shorter = length < bytes.len();
        bytes.truncate(length);
        let cut = Value::String(STANDARD.encode(bytes));
        match is_shorter {
            true => self.forged(cut, Forgery::Altered),
            false => cut,
        }
    }

    fn tampered(&mut self, blob: &Value, byte: usize) -> Value {
        let mut bytes = self.bytes(blob);
        let length = bytes.len().max(1);
        if let Some(byte) = bytes.get_mut(byte % length) {
            *byte ^= 1;
        }
        let altered = Value::String(STANDARD.encode(bytes));
        self.forged(altered, Forgery::Altered)
    }

    /// Material, wrapped. Without the public key it is something that nobody can unwrap.
    fn wrapped(&mut self, public_key: &Value, algorithm: &Value, material: &Value) -> Value {
        let public_key = self.resolve(public_key);
        let public_key = public_key.as_str().unwrap_or_default();
        let algorithm = algorithm.as_str().unwrap_or_default();
        let name = material.get("name").and_then(Value::as_str);
        let name = name.unwrap_or_default();
        let private = material.get("private").and_then(Value::as_bool);
        let material = match private {
            Some(true) => wrapping::named_private_key(name).unwrap_or_default(),
            _ => {
                let bytes = material.get("bytes").map_or(32, index);
                wrapping::named_material(name, bytes)
            }
        };
        let Some(blob) = wrapping::wrap(public_key, algorithm, &material) else {
            return self.made_up(json!(STANDARD.encode([0x99; 256])));
        };
        let blob = STANDARD.encode(blob);
        let known = wrapping::known(public_key, algorithm, &material);
        let enclosed = Enclosed {
            public_key: public_key.to_owned(),
            algorithm: algorithm.to_owned(),
            plaintext: material.to_vec(),
        };
        self.made_up.enclosed.insert(blob.clone(), enclosed);
        self.wrapped.insert(blob.clone(), known);
        Value::String(blob)
    }

    /// The public key of a private key that is held here from now on. On no known curve it is nothing
    /// that can be read.
    fn peer(&mut self, curve: &Value, name: &Value) -> Value {
        let curve = curve.as_str().unwrap_or_default();
        let curve = CURVES.iter().find(|spec| spec.wire_name() == curve);
        let key = curve.and_then(|spec| named_peer(*spec, name.as_str().unwrap_or_default()));
        let public = key.as_ref().and_then(|key| key.public().der());
        let public = STANDARD.encode(public.unwrap_or_default());
        self.peers
            .extend(key.map(|private| (public.clone(), private)));
        Value::String(public)
    }

    fn authority(&mut self, name: &Value) -> Option<&Authority> {
        let name = name.as_str().unwrap_or_default();
        if !self.authorities.contains_key(name) {
            self.authorities
                .insert(name.to_owned(), Authority::new(name).ok()?);
        }
        self.authorities.get(name)
    }
}

/// The value at a dotted path whose numbers count list entries.
pub fn at<'v>(document: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.')
        .try_fold(document, |at, part| match part.parse::<usize>() {
            Ok(index) if at.is_array() => at.get(index),
            _ => at.get(part),
        })
}

/// Collects the steps that a template refers to.
pub fn steps_in(template: &Value, found: &mut Vec<u32>) {
    match template {
        Value::Object(members) => {
            if let Some(step) = members
                .get("$of")
                .and_then(|of| of.get(0))
                .and_then(Value::as_u64)
            {
                found.extend(u32::try_from(step).ok());
            }
            members.values().for_each(|value| steps_in(value, found));
        }
        Value::Array(entries) => entries.iter().for_each(|entry| steps_in(entry, found)),
        _ => {}
    }
}

fn index(value: &Value) -> usize {
    value
        .as_u64()
        .and_then(|number| usize::try_from(number).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let mut scope = Scope::new("111122223333", "us-east-1", "s");
        scope.responses.insert(
            1,
            json!({"KeyMetadata": {"KeyId": "k"}, "Keys": [{"KeyId": "l"}]}),
        );
        scope
    }

    #[test]
    fn what_a_step_made_is_found_by_its_path() {
        let template = json!({"KeyId": {"$of": [1, "Keys.0.KeyId"]}});
        assert_eq!(scope().resolve(&template), json!({"KeyId": "l"}));
        assert_eq!(
            path_to(&scope().responses[&1], "l").as_deref(),
            Some("Keys.0.KeyId")
        );
    }

    #[test]
    fn what_was_never_made_is_an_unknown_of_the_same_kind() {
        let unknown = scope().resolve(&json!({"$of": [9, "CustomKeyStoreId"]}));
        assert_eq!(unknown, json!("cks-99999999999999999"));
    }

    #[test]
    fn another_region_is_never_that_of_the_run() {
        for (home, elsewhere) in [("us-east-1", "eu-west-1"), ("eu-west-1", "us-west-2")] {
            let mut scope = Scope::new("111122223333", home, "s");
            assert_eq!(scope.resolve(&json!({ "$elsewhere": 0 })), json!(elsewhere));
        }
    }

    #[test]
    fn what_is_made_up_here_is_remembered() {
        let mut scope = scope();
        let mut forged = |template: Value| {
            let resolved = scope.resolve(&template);
            let text = resolved.as_str().unwrap_or_default();
            scope.made_up.forged.get(text).copied()
        };
        assert_eq!(forged(json!({ "$bytes": [7, 3] })), Some(Forgery::MadeUp));
        let blob = json!({ "$unknown": "CiphertextBlob" });
        assert_eq!(forged(blob.clone()), Some(Forgery::MadeUp));
        let unmade = json!({ "$of": [9, "CiphertextBlob"] });
        assert_eq!(forged(unmade), Some(Forgery::MadeUp));
        assert_eq!(
            forged(json!({ "$tampered": [blob, 3] })),
            Some(Forgery::Altered)
        );
        assert_eq!(forged(json!({ "$of": [1, "KeyMetadata.KeyId"] })), None);
        let wrapped = json!({ "$wrapped": ["AAAA", "RSAES_OAEP_SHA_1", {"name": "a"}] });
        assert_eq!(forged(wrapped), Some(Forgery::MadeUp));
    }

    #[test]
    fn the_private_key_of_a_peer_is_held() {
        let mut scope = scope();
        let template = json!({ "$peer": ["ECC_NIST_P384", "a"] });
        let public = scope.resolve(&template);
        assert_eq!(scope.resolve(&template), public);
        let held = &scope.peers[public.as_str().unwrap()];
        assert_eq!(held.public().spec().unwrap().wire_name(), "ECC_NIST_P384");
    }

    #[test]
    fn texts_are_put_together() {
        let template = json!({"$concat": ["alias/", {"$name": "a"}, {"$text": ["x", 3]}]});
        assert_eq!(scope().resolve(&template), json!("alias/a-sxxx"));
    }

    #[test]
    fn texts_are_cut_and_filled_up() {
        let mut scope = scope();
        let name = json!({"$concat": ["alias/", {"$name": "a"}]});
        assert_eq!(
            scope.resolve(&json!({"$sized": [name, 12]})),
            json!("alias/a-saaa")
        );
        assert_eq!(scope.resolve(&json!({"$sized": [name, 5]})), json!("alias"));
        assert_eq!(scope.resolve(&json!({"$part": [name, 6, 8]})), json!("a-"));
        assert_eq!(
            scope.resolve(&json!({"$cut": [{"$bytes": [7, 9]}, 2]})),
            scope.resolve(&json!({"$bytes": [7, 2]}))
        );
    }

    #[test]
    fn a_literal_is_no_reference() {
        let body = json!({"EncryptionContext": {"$name": "a"}});
        assert_eq!(scope().resolve(&json!({ "$literal": body })), body);
    }

    #[test]
    fn a_signed_certificate_is_for_the_request() {
        let template = json!({"$signed": ["garbage", "a"]});
        assert_eq!(scope().resolve(&template), json!("not a certificate"));
    }
}
