//! How AWS finds the key that a request names.

use super::{Key, State};
use std::sync::Arc;

/// The members of requests that name keys.
pub const MEMBERS_THAT_NAME_KEYS: &[&str] =
    &["KeyId", "SourceKeyId", "DestinationKeyId", "TargetKeyId"];

/// Which names of a key an operation accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Key id, key ARN, alias name and alias ARN.
    All,
    /// Key id and key ARN.
    IdOrArn,
}

/// What a name of a key leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyLookup {
    /// A key of this account, by its id.
    Found(String),
    /// Neither a key id nor an ARN nor an alias.
    Malformed,
    /// An ARN of another Region.
    OtherRegion,
    /// An ARN of another account.
    OtherAccount,
    /// A key ARN whose id has not the form of one.
    MalformedIdInArn,
    /// An ARN that is no ARN of a key or an alias.
    BrokenArn,
    /// Well-formed, but there is no such key.
    Unknown,
    /// An alias that does not exist.
    UnknownAlias,
    /// An alias, where only ids and key ARNs are accepted.
    AliasNotAccepted,
}

impl State {
    /// What `name` leads to.
    pub fn look_up(&self, name: &str, names: Names) -> KeyLookup {
        if self.keys.contains_key(name) {
            return KeyLookup::Found(name.to_owned());
        }
        if name.starts_with("arn:") {
            return self.look_up_arn(name, names);
        }
        if name.starts_with("alias/") {
            return self.look_up_alias(name, names);
        }
        if !self.may_be_id(name) {
            return KeyLookup::Malformed;
        }
        self.look_up_id(name)
    }

    /// The key that `name` leads to, if it does.
    pub fn key_named(&self, name: &str, names: Names) -> Option<&Arc<Key>> {
        self.keys
            .get(name)
            .or_else(|| match self.look_up(name, names) {
                KeyLookup::Found(id) => self.keys.get(&id),
                _ => None,
            })
    }

    /// The id of the key that `name` means to a target that accepts more names than AWS does: names of
    /// every form, of another account or Region, and with spaces around them.
    pub(crate) fn key_meant(&self, name: &str) -> Option<String> {
        let name = name.trim();
        let named = |name: &str| match self.look_up(name, Names::All) {
            KeyLookup::Found(id) => Some(id),
            _ => None,
        };
        let resource = name.rsplit(':').next().unwrap_or(name);
        let names = [name, resource, resource.trim_start_matches("key/")];
        names.into_iter().find_map(named)
    }

    /// A target that hands out malformed ids must know them again.
    fn may_be_id(&self, text: &str) -> bool {
        has_form_of_id(text) || self.keys.contains_key(text)
    }

    fn look_up_id(&self, id: &str) -> KeyLookup {
        if self.keys.contains_key(id) {
            KeyLookup::Found(id.to_owned())
        } else {
            KeyLookup::Unknown
        }
    }

    fn look_up_alias(&self, name: &str, names: Names) -> KeyLookup {
        match self.aliases.get(name) {
            _ if names == Names::IdOrArn => KeyLookup::AliasNotAccepted,
            Some(alias) => KeyLookup::Found(alias.target.value.clone()),
            None => KeyLookup::UnknownAlias,
        }
    }

    fn look_up_arn(&self, arn: &str, names: Names) -> KeyLookup {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, "kms", region, account, resource] = parts.as_slice() else {
            return KeyLookup::BrokenArn;
        };
        let is_alias = resource.starts_with("alias/");
        if *partition != self.account.partition || !(is_alias || resource.starts_with("key/")) {
            return KeyLookup::BrokenArn;
        }
        // An alias may be refused for being one before anybody looks at its Region.
        if is_alias && names == Names::IdOrArn {
            return KeyLookup::AliasNotAccepted;
        }
        if *region != self.account.region {
            return KeyLookup::OtherRegion;
        }
        if is_alias {
            return match *account == self.account.id {
                true => self.look_up_alias(resource, names),
                false => KeyLookup::OtherAccount,
            };
        }
        match resource.strip_prefix("key/") {
            None => KeyLookup::BrokenArn,
            Some(id) if !self.may_be_id(id) => KeyLookup::MalformedIdInArn,
            Some(_) if *account != self.account.id => KeyLookup::OtherAccount,
            Some(id) => self.look_up_id(id),
        }
    }
}

/// Whether `text` has the form of a key id: a UUID, or `mrk-` and 32 hex digits.
pub(crate) fn has_form_of_id(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix("mrk-") {
        return digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_or_multi_region() {
        assert!(has_form_of_id("1234abcd-12ab-34cd-56ef-1234567890ab"));
        assert!(has_form_of_id("mrk-1234abcd12ab34cd56ef1234567890ab"));
        assert!(!has_form_of_id("1234abcd12ab34cd56ef1234567890ab"));
        assert!(!has_form_of_id("mrk-fake-key-id"));
    }
}
