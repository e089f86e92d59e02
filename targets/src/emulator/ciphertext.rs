//! The layout of a ciphertext: what stands where, before any key is involved.
//!
//! ```text
//! version 1 | length of the key id 1 | key id | nonce 12 | AES-256-GCM ciphertext and its tag | seal 16
//! ```
//! The seal is a tag of the vault over everything before it. It shows that the vault made the
//! ciphertext even when the key is gone or the encryption context is another one.

use std::collections::BTreeMap;

pub(super) const NONCE_BYTES: usize = 12;
pub(super) const TAG_BYTES: usize = 16;
const VERSION: u8 = 1;

/// A ciphertext taken apart. Nothing in it has been checked.
pub(super) struct Parts<'c> {
    /// Version, key id and nonce, which the key's tag covers.
    pub header: &'c [u8],
    /// The id of the key.
    pub key: &'c str,
    /// The nonce.
    pub nonce: [u8; NONCE_BYTES],
    /// The ciphertext and its tag.
    pub sealed: &'c [u8],
    /// Everything that the vault's seal covers.
    pub covered: &'c [u8],
    /// The vault's seal.
    pub seal: &'c [u8],
}

/// Version, key id and nonce; `None` for a key id of more than 255 bytes.
pub(super) fn header(key: &str, nonce: &[u8; NONCE_BYTES]) -> Option<Vec<u8>> {
    let mut header = vec![VERSION, u8::try_from(key.len()).ok()?];
    header.extend_from_slice(key.as_bytes());
    header.extend_from_slice(nonce);
    Some(header)
}

/// Takes a ciphertext apart; `None` for anything that cannot be one.
pub(super) fn parts(ciphertext: &[u8]) -> Option<Parts<'_>> {
    let covered = ciphertext.get(..ciphertext.len().checked_sub(TAG_BYTES)?)?;
    let seal = ciphertext.get(covered.len()..)?;
    let (&[version, length], rest) = covered.split_first_chunk::<2>()?;
    let (key, rest) = rest.split_at_checked(usize::from(length))?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
    if version != VERSION {
        return None;
    }
    Some(Parts {
        header: covered.get(..covered.len() - sealed.len())?,
        key: std::str::from_utf8(key).ok()?,
        nonce: *nonce,
        sealed,
        covered,
        seal,
    })
}

/// What the key's tag covers besides the plaintext: the header and the encryption context, sorted,
/// each text with its length before it so that no two contexts are written alike.
pub(super) fn associated_data(header: &[u8], context: &BTreeMap<String, String>) -> Vec<u8> {
    let mut data = header.to_vec();
    for text in context.iter().flat_map(|(name, value)| [name, value]) {
        data.extend_from_slice(&(text.len() as u64).to_be_bytes());
        data.extend_from_slice(text.as_bytes());
    }
    data
}
