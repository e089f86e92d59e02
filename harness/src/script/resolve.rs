//! Templates for the shell: what a plan only describes becomes files and variables that the script
//! makes on the way. Secrets become placeholders.

use super::quote::{Expr, MARK, only, word};
use crate::plan::{Act, Plan};
use crate::redact;
use crate::template::{Scope, at};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Longer repetitions are made by the script.
const LONGEST_TEXT: usize = 120;

/// Variables of the script itself.
const RESERVED: &[&str] = &["account", "dir", "endpoint", "region", "run"];

/// A value that a later step uses.
#[derive(Clone, Debug)]
pub(super) struct Capture {
    /// Where the response shows it.
    pub path: String,
    /// The variable that keeps it.
    pub variable: String,
}

/// What references become in a script.
pub(super) struct Resolver {
    scope: Scope,
    /// What the marks stand for.
    pub exprs: Vec<Expr>,
    /// What must be done before the step that is being written.
    pub before: Vec<String>,
    /// The placeholders, as variable and value.
    pub placeholders: Vec<(String, String)>,
    captures: BTreeMap<(u32, String), String>,
    secrets: Vec<String>,
    authorities: BTreeSet<String>,
    files: usize,
}

impl Resolver {
    /// For a plan of which these responses are known, by the id of the step.
    pub(super) fn new(plan: &Plan, responses: &BTreeMap<u32, &Value>, region: &str) -> Resolver {
        let mut exprs = Vec::new();
        let mut variable = |name: &str| {
            exprs.push(Expr::Variable(name.to_owned()));
            mark(exprs.len() - 1)
        };
        let mut scope = Scope::new(&variable("account"), &variable("region"), &variable("run"));
        region.clone_into(&mut scope.home);
        Resolver {
            scope,
            exprs,
            before: Vec::new(),
            placeholders: Vec::new(),
            captures: captures(plan, responses),
            secrets: Vec::new(),
            authorities: BTreeSet::new(),
            files: 0,
        }
    }

    /// What later steps use of the response of this one.
    pub(super) fn captures_of(&self, step: u32) -> Vec<Capture> {
        let here = self.captures.iter().filter(|((of, _), _)| *of == step);
        here.map(|((_, path), variable)| Capture {
            path: path.clone(),
            variable: variable.clone(),
        })
        .collect()
    }

    /// The template with marks for what only the shell knows.
    pub(super) fn resolve(&mut self, template: &Value) -> Value {
        let prepared = self.prepare(template, None);
        self.scope.resolve(&prepared)
    }

    /// A file below `$dir` with the bytes that the text is the base64 of.
    pub(super) fn blob(&mut self, text: &str) -> String {
        match only(text, &self.exprs) {
            Some(Expr::Blob(file)) => file.clone(),
            _ => {
                let file = self.file("blob");
                let quoted = word(text, &self.exprs);
                self.before
                    .push(format!("printf '%s' {quoted} | base64 -d >\"$dir/{file}\""));
                file
            }
        }
    }

    /// `secret` is the member whose value this is, if that is a secret one.
    fn prepare(&mut self, template: &Value, secret: Option<&str>) -> Value {
        match template {
            Value::Object(members) => {
                let mut pairs = members.iter();
                match (pairs.next(), pairs.next()) {
                    (Some((name, of)), None) if name.starts_with('$') => {
                        self.reference(name, of, secret)
                    }
                    _ => members
                        .iter()
                        .map(|(name, value)| {
                            let inner = redact::is_secret(name).then_some(name.as_str());
                            (name.clone(), self.prepare(value, secret.or(inner)))
                        })
                        .collect(),
                }
            }
            Value::Array(entries) => entries
                .iter()
                .map(|entry| self.prepare(entry, secret))
                .collect(),
            Value::String(text) => match secret {
                Some(member) => self.placeholder(member, text),
                None => template.clone(),
            },
            other => other.clone(),
        }
    }

    fn reference(&mut self, name: &str, of: &Value, secret: Option<&str>) -> Value {
        let first = of.get(0).unwrap_or(&Value::Null);
        let second = of.get(1).unwrap_or(&Value::Null);
        let number = second.as_u64().and_then(|it| usize::try_from(it).ok());
        let number = number.unwrap_or_default();
        match name {
            "$of" => {
                let step = first.as_u64().and_then(|id| u32::try_from(id).ok());
                let path = second.as_str().unwrap_or_default().to_owned();
                match self.captures.get(&(step.unwrap_or_default(), path)) {
                    Some(variable) => self.known(Expr::Variable(variable.clone())),
                    None => json!({ name: of }),
                }
            }
            "$text" => self.repeated(first.as_str().unwrap_or_default(), number, of),
            "$bytes" => {
                let file = self.file("blob");
                let byte = first.as_u64().unwrap_or_default() as u8;
                self.before
                    .push(format!("bytes '\\{byte:03o}' {number} >\"$dir/{file}\""));
                self.known(Expr::Blob(file))
            }
            "$tampered" => self.changed(first, &format!("flip {number}")),
            "$cut" => self.changed(first, &format!("head -c {number}")),
            "$part" => self.part(first, number, of.get(2).and_then(Value::as_u64)),
            "$anchor" => {
                let authority = self.authority(of);
                self.known(Expr::Text(format!("{authority}.crt")))
            }
            "$signed" => self.signed(first, second),
            "$later" => {
                let variable = format!("later_{}", self.exprs.len());
                let seconds = of.as_i64().unwrap_or_default();
                self.before
                    .push(format!("{variable}=$(($(date +%s) + {seconds}))"));
                self.known(Expr::Variable(variable))
            }
            "$wrapped" => self.wrapped(first, second, of.get(2).unwrap_or(&Value::Null)),
            "$concat" | "$json" => json!({ name: self.prepare(of, secret) }),
            _ => json!({ name: of }),
        }
    }

    fn repeated(&mut self, text: &str, times: usize, of: &Value) -> Value {
        let mut chars = text.chars();
        let (Some(only), None) = (chars.next(), chars.next()) else {
            return json!({ "$text": of });
        };
        if times <= LONGEST_TEXT && only != '\n' || !only.is_ascii() {
            return json!({ "$text": of });
        }
        let byte = format!("bytes '\\{:03o}' {times}", u32::from(only));
        if only == '\n' {
            // A variable would lose line ends.
            let file = self.file("text");
            self.before.push(format!("{byte} >\"$dir/{file}\""));
            return self.known(Expr::Text(file));
        }
        self.files += 1;
        let variable = format!("text_{}", self.files);
        self.before.push(format!("{variable}=$({byte})"));
        self.known(Expr::Variable(variable))
    }

    /// The blob as a command leaves it that reads the file after its arguments.
    fn changed(&mut self, blob: &Value, command: &str) -> Value {
        let blob = self.resolve(blob);
        let whole = self.blob(blob.as_str().unwrap_or_default());
        let file = self.file("blob");
        self.before.push(match command.starts_with("head") {
            true => format!("{command} \"$dir/{whole}\" >\"$dir/{file}\""),
            false => format!("{command} {whole} >\"$dir/{file}\""),
        });
        self.known(Expr::Blob(file))
    }

    /// The characters of a text from one place to before another.
    fn part(&mut self, text: &Value, from: usize, to: Option<u64>) -> Value {
        let text = self.resolve(text);
        let text = word(text.as_str().unwrap_or_default(), &self.exprs);
        let (from, to) = (from + 1, to.unwrap_or_default());
        self.files += 1;
        let variable = format!("part_{}", self.files);
        let cut = format!("printf '%s' {text} | cut -c{from}-{to}");
        self.before.push(format!("{variable}=$({cut})"));
        self.known(Expr::Variable(variable))
    }

    fn signed(&mut self, csr: &Value, authority: &Value) -> Value {
        let csr = self.resolve(csr);
        let Some(Expr::Variable(csr)) = only(csr.as_str().unwrap_or_default(), &self.exprs) else {
            return json!("not a certificate");
        };
        let csr = csr.clone();
        let authority = self.authority(authority);
        let file = self.file("signed");
        self.before
            .push(format!("sign \"${csr}\" {authority} >\"$dir/{file}\""));
        self.known(Expr::Text(file))
    }

    /// Material of up to 32 bytes, wrapped by RSA alone. What else plans wrap, the shell cannot make.
    fn wrapped(&mut self, public_key: &Value, algorithm: &Value, material: &Value) -> Value {
        let public_key = self.resolve(public_key);
        let public_key = self.blob(public_key.as_str().unwrap_or_default());
        let file = self.file("wrapped");
        let bytes = material.get("bytes").and_then(Value::as_u64).unwrap_or(32);
        let hash = match algorithm.as_str() {
            Some("RSAES_OAEP_SHA_1") => "sha1",
            Some("RSAES_OAEP_SHA_256") => "sha256",
            _ => "",
        };
        if hash.is_empty() || bytes > 32 || material.get("private").is_some() {
            self.before.push(
                "# The material of the run cannot be wrapped here: zeros stand for it.".to_owned(),
            );
            self.before
                .push(format!("bytes '\\000' 256 >\"$dir/{file}\""));
            return self.known(Expr::Blob(file));
        }
        let name = material.get("name").and_then(Value::as_str);
        let name = word(name.unwrap_or_default(), &[]);
        self.before.push(format!(
            "{{ bytes '\\000' 4; printf '%s' {name}; }} | openssl dgst -sha256 -binary | head -c {bytes} \
             >\"$dir/material\""
        ));
        self.before.push(format!(
            "openssl pkeyutl -encrypt -pubin -keyform DER -inkey \"$dir/{public_key}\" -pkeyopt \
             rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:{hash} -pkeyopt rsa_mgf1_md:{hash} -in \
             \"$dir/material\" -out \"$dir/{file}\""
        ));
        self.known(Expr::Blob(file))
    }

    /// The name of an authority, which the script makes before it is first used.
    fn authority(&mut self, name: &Value) -> String {
        let name = name.as_str().unwrap_or_default();
        let name = format!("authority-{}", snake(name));
        if self.authorities.insert(name.clone()) {
            self.before.push(format!("authority {name}"));
        }
        name
    }

    fn placeholder(&mut self, member: &str, secret: &str) -> Value {
        let known = self.secrets.iter().position(|known| known == secret);
        let nth = known.unwrap_or(self.secrets.len());
        if known.is_none() {
            self.secrets.push(secret.to_owned());
            let base = format!("fake_{}", snake(member));
            let variable = match nth {
                0 => base,
                _ => format!("{base}_{}", nth + 1),
            };
            self.placeholders.push((variable, masked(secret, nth)));
        }
        let variable = self.placeholders.get(nth).map(|(variable, _)| variable);
        let variable = variable.cloned().unwrap_or_default();
        self.known(Expr::Variable(variable))
    }

    fn known(&mut self, expr: Expr) -> Value {
        self.exprs.push(expr);
        Value::String(mark(self.exprs.len() - 1))
    }

    fn file(&mut self, kind: &str) -> String {
        self.files += 1;
        format!("{kind}-{}", self.files)
    }
}

fn mark(nth: usize) -> String {
    format!("{MARK}{nth}{MARK}")
}

/// A text of the same shape that tells nothing: letters and digits are replaced, so that what is
/// wrong about a password, such as its length or a space in it, still is.
fn masked(secret: &str, nth: usize) -> String {
    let step = u8::try_from(nth % 10).unwrap_or_default();
    if let Ok(bytes) = STANDARD.decode(secret)
        && secret.ends_with('=')
    {
        return STANDARD.encode(vec![b'a' + step; bytes.len()]);
    }
    let cover = |c: char| match c {
        'a'..='z' => char::from(b'a' + step),
        'A'..='Z' => char::from(b'A' + step),
        '0'..='9' => char::from(b'0' + step),
        other => other,
    };
    secret.chars().map(cover).collect()
}

/// What later steps use and the responses showed, with a variable for each.
fn captures(plan: &Plan, responses: &BTreeMap<u32, &Value>) -> BTreeMap<(u32, String), String> {
    let mut wanted = BTreeSet::new();
    for step in &plan.steps {
        match &step.act {
            Act::Call { body, .. } => wanted_in(body, &mut wanted),
            Act::Outside(action) => wanted_in(action, &mut wanted),
            Act::LookInside { cluster } => wanted_in(cluster, &mut wanted),
            Act::Raw { .. } | Act::Advance { .. } => {}
        }
    }
    let mut taken: BTreeSet<String> = RESERVED.iter().map(|name| (*name).to_owned()).collect();
    let shown = |(step, path): &(u32, String)| {
        let response = responses.get(step);
        response.is_some_and(|response| at(response, path).is_some())
    };
    let named = |key: (u32, String)| {
        let base = variable(&key.1);
        let mut name = base.clone();
        let mut nth = 1;
        while !taken.insert(name.clone()) {
            nth += 1;
            name = format!("{base}_{nth}");
        }
        (key, name)
    };
    wanted.into_iter().filter(shown).map(named).collect()
}

fn wanted_in(template: &Value, wanted: &mut BTreeSet<(u32, String)>) {
    match template {
        Value::Object(members) => {
            if let Some([step, path]) = members
                .get("$of")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
                && let Some(step) = step.as_u64().and_then(|id| u32::try_from(id).ok())
            {
                wanted.insert((step, path.as_str().unwrap_or_default().to_owned()));
            }
            members.values().for_each(|value| wanted_in(value, wanted));
        }
        Value::Array(entries) => entries.iter().for_each(|entry| wanted_in(entry, wanted)),
        _ => {}
    }
}

/// What the value at a path is called: `KeyMetadata.KeyId` is `key_id`, `Cluster.Arn` is
/// `cluster_arn`.
fn variable(path: &str) -> String {
    let names: Vec<&str> = path
        .split('.')
        .filter(|part| part.parse::<usize>().is_err())
        .collect();
    match names.as_slice() {
        [.., parent, "Arn"] => snake(&format!("{}Arn", parent.trim_end_matches("Metadata"))),
        [.., last] => snake(last),
        [] => "value".to_owned(),
    }
}

fn snake(name: &str) -> String {
    super::lower(name, '_')
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_keeps_the_shape_and_nothing_else() {
        assert_eq!(masked("kmsPswd1", 0), "aaaAaaa0");
        assert_eq!(masked("with spaces", 1), "bbbb bbbbbb");
        let blob = masked("c2VjcmV0cw==", 0);
        assert_eq!(STANDARD.decode(blob).unwrap(), b"aaaaaaa");
    }

    #[test]
    fn a_variable_says_what_it_holds() {
        assert_eq!(variable("KeyMetadata.KeyId"), "key_id");
        assert_eq!(variable("KeyMetadata.Arn"), "key_arn");
        assert_eq!(variable("Clusters.0.Hsms.1.HsmId"), "hsm_id");
        assert_eq!(variable("Cluster.SubnetMapping.us-east-1a"), "us_east_1a");
    }
}
