//! The layout of a ciphertext of an external key store: what its proxy made of KMS's own ciphertext.
//!
//! ```text
//! mark 1 | length 1, key id | length 1, initialization vector | length 1, tag | length 1, metadata | ciphertext
//! ```

const MARK: u8 = 2;

/// What a proxy answered to Encrypt, and the KMS key that it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    /// The id of the KMS key.
    pub key: String,
    /// The initialization vector.
    pub vector: Vec<u8>,
    /// The authentication tag.
    pub tag: Vec<u8>,
    /// What the proxy wants to be given again; may be empty.
    pub metadata: Vec<u8>,
    /// The ciphertext.
    pub ciphertext: Vec<u8>,
}

impl Envelope {
    /// The ciphertext blob; `None` for a part of more than 255 bytes.
    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = vec![MARK];
        for part in [self.key.as_bytes(), &self.vector, &self.tag, &self.metadata] {
            bytes.push(u8::try_from(part.len()).ok()?);
            bytes.extend_from_slice(part);
        }
        bytes.extend_from_slice(&self.ciphertext);
        Some(bytes)
    }

    /// Takes a ciphertext blob apart; `None` for anything that cannot be one.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Envelope> {
        let (&mark, mut rest) = bytes.split_first()?;
        let mut part = || -> Option<Vec<u8>> {
            let (&length, after) = rest.split_first()?;
            let (part, after) = after.split_at_checked(usize::from(length))?;
            rest = after;
            Some(part.to_vec())
        };
        let (key, vector, tag, metadata) = (part()?, part()?, part()?, part()?);
        (mark == MARK).then_some(Envelope {
            key: String::from_utf8(key).ok()?,
            vector,
            tag,
            metadata,
            ciphertext: rest.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_read_as_it_was_written() {
        let envelope = Envelope {
            key: "1234abcd-12ab-34cd-56ef-1234567890ab".to_owned(),
            vector: vec![1; 12],
            tag: vec![2; 16],
            metadata: Vec::new(),
            ciphertext: vec![3; 99],
        };
        let bytes = envelope.to_bytes().unwrap();
        assert_eq!(Envelope::from_bytes(&bytes), Some(envelope));
        for length in 0..50 {
            assert_eq!(Envelope::from_bytes(&bytes[..length]), None, "{length}");
        }
        assert_eq!(Envelope::from_bytes(&[1; 200]), None);
    }
}
