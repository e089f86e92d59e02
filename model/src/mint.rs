//! The other side of a success: whoever knows what the model cannot.
//!
//! A promise is one program with two interpreters. The emulator's `Mint` makes ids, dates, random
//! bytes and ciphertexts, and writes the response. The judge's `Mint` reads the same things out of
//! an observed response and checks their form, and compares what is shown.

use crate::path::Path;
use crate::time::Millis;
use serde_json::Value;
use std::collections::BTreeMap;

/// The form of a value that AWS makes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A UUID in lower case.
    Uuid,
    /// `mrk-` and 32 hex digits.
    MultiRegionKeyId,
    /// `cks-` and 17 hex digits.
    KeyStoreId,
    /// `cluster-` and 11 to 16 base32 characters.
    ClusterId,
    /// `hsm-` and 11 to 16 base32 characters.
    HsmId,
    /// `backup-` and 11 to 16 base32 characters.
    BackupId,
    /// `eni-` and 8 to 17 hex digits.
    EniId,
    /// A dotted quad.
    IpAddress,
    /// `sg-` and 8 to 17 hex digits.
    SecurityGroupId,
    /// `vpc-` and hex digits.
    VpcId,
    /// The token of an import, in base64.
    ImportToken,
    /// A public key of RSA_2048 that wraps key material, in base64.
    WrappingKey2048,
    /// The same of RSA_3072.
    WrappingKey3072,
    /// The same of RSA_4096.
    WrappingKey4096,
    /// 64 hex digits.
    Hex64,
    /// The name of an Availability Zone.
    Zone,
    /// A certificate signing request of a new cluster, in PEM.
    ClusterCsr,
    /// A certificate in PEM.
    Certificate,
    /// Any text that is not empty.
    Opaque,
}

/// What was sealed in a ciphertext.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plaintext {
    /// These bytes.
    Known(Vec<u8>),
    /// This many bytes, which only the target knows.
    Hidden(usize),
}

impl Plaintext {
    /// How many bytes there are.
    pub fn length(&self) -> usize {
        match self {
            Plaintext::Known(bytes) => bytes.len(),
            Plaintext::Hidden(length) => *length,
        }
    }
}

impl std::fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plaintext({} bytes)", self.length())
    }
}

/// What a ciphertext holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sealed {
    /// The id of the KMS key that sealed it.
    pub key: String,
    /// The number of the material of the key.
    pub material: usize,
    /// The encryption context.
    pub context: BTreeMap<String, String>,
    /// What was sealed.
    pub plaintext: Plaintext,
}

/// What the response was expected to show, and did not.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Where.
    pub at: Path,
    /// What was expected, in words or as JSON.
    pub expected: String,
    /// What came; `None` where the member was absent.
    pub observed: Option<Value>,
    /// Whether only the form of the value is wrong.
    pub of_form: bool,
}

/// The result of one look at the response.
pub type Seen<T> = Result<T, Mismatch>;

/// One page out of a list.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The member that holds the list.
    pub list: &'static str,
    /// The member of an entry that identifies it; empty for lists of plain strings.
    pub key: &'static str,
    /// The ids that are still to come, in the emulator's order.
    pub rest: &'a [String],
    /// The ids that may be shown or not.
    pub optional: &'a [String],
    /// The ids that must not be shown: what was deleted.
    pub gone: &'a [String],
    /// Whether entries are allowed that nobody here knows of, since the account is shared.
    pub strangers: bool,
    /// Which entries are allowed although nobody made them: what AWS puts into every account.
    pub tolerated: fn(&str) -> bool,
    /// The most entries a page may have.
    pub limit: usize,
    /// The member that holds the marker of the next page.
    pub marker: &'static str,
    /// The member that says whether there is a next page; empty where there is none.
    pub truncated: &'static str,
}

/// What `Mint::page` found or made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paged {
    /// The known ids on this page.
    pub shown: Vec<String>,
    /// The marker of the next page.
    pub next: Option<String>,
}

/// Supplies what the model cannot know. Each method names the place in the response where the value
/// stands.
pub trait Mint {
    /// The response shows `value`. Objects may have further members.
    fn show(&mut self, at: &Path, value: Value) -> Seen<()>;

    /// The response shows `value`, which is a secret: no mismatch holds it, nor what came instead.
    fn show_secret(&mut self, at: &Path, value: Value) -> Seen<()>;

    /// The response may show `value` or leave the member out.
    fn may_show(&mut self, at: &Path, value: Value) -> Seen<()>;

    /// The response shows `value`, or another that is `as_good`.
    fn show_like(
        &mut self,
        at: &Path,
        value: Value,
        _as_good: &dyn Fn(&Value) -> bool,
    ) -> Seen<()> {
        self.show(at, value)
    }

    /// The response must not have this member.
    fn absent(&mut self, at: &Path) -> Seen<()>;

    /// A made-up text.
    fn text(&mut self, at: &Path, form: Form) -> Seen<String>;

    /// A made-up text that not every implementation shows; `None` where it is absent.
    fn may_text(&mut self, at: &Path, form: Form) -> Seen<Option<String>>;

    /// A made-up text that is none of `known`; `None` where it is absent and not `required`.
    fn fresh(
        &mut self,
        at: &Path,
        form: Form,
        _known: &[String],
        required: bool,
    ) -> Seen<Option<String>> {
        match required {
            true => self.text(at, form).map(Some),
            false => self.may_text(at, form),
        }
    }

    /// What the response shows at `at`, for those who have to find out which of several things it is
    /// about; nothing in the emulator, which knows.
    fn look(&self, _at: &Path) -> Option<Value> {
        None
    }

    /// A date within `tolerance` of `near`.
    fn date(&mut self, at: &Path, near: Millis, tolerance: Millis) -> Seen<Millis>;

    /// Random bytes of the given length.
    fn random(&mut self, at: &Path, length: usize) -> Seen<Vec<u8>>;

    /// Random bytes that the response does not show.
    fn hidden_random(&mut self, length: usize) -> Plaintext;

    /// The ciphertext of `sealed`, as base64.
    fn seal(&mut self, at: &Path, sealed: &Sealed) -> Seen<String>;

    /// Whether the state is known to be what it is, so that nothing needs to be chosen. The emulator
    /// has settled everything that is due before it answers.
    fn is_settled(&self) -> bool {
        false
    }

    /// Which of `options` the response shows at `at`: the index of the last one, which is the
    /// least settled, whose members are all there. What may have happened besides stays possible.
    fn choose(&mut self, at: &Path, options: &[Value]) -> Seen<usize>;

    /// One page of a list.
    fn page(&mut self, page: &Page<'_>) -> Seen<Paged>;

    /// The id of an entry of `list` that is not in `known` and whose members are all those of
    /// `like`: something AWS made by itself. The emulator makes an id of the given form.
    fn name(
        &mut self,
        list: &Path,
        key: &'static str,
        form: Form,
        like: &Value,
        known: &[String],
    ) -> Option<String>;

    /// The text at `at`, made by `make` in the emulator and taken as it is by the judge.
    fn learn(&mut self, at: &Path, made: &str) -> Seen<String>;

    /// The map of texts at `at`, made by the emulator and taken as it is by the judge.
    fn learn_map(
        &mut self,
        at: &Path,
        made: &BTreeMap<String, String>,
    ) -> Seen<BTreeMap<String, String>>;
}
