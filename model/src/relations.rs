//! Rules about several answers of one account: what they say of each other, whatever the state is.
//!
//! They name no state and need no model of it. The harness compares the answers; here stands only
//! what follows from the documentation.

use crate::card::{Card, Evidence};

/// A refused request changes nothing.
pub const NO_TRACE: Card = Card {
    id: "META-01",
    says: "A request that was refused leaves no trace: what was read before it is read after it.",
    cite: "kms/latest/APIReference/CommonErrors.html",
    evidence: Evidence::Inferred,
};

/// ListKeys is the union of what DescribeKey shows.
pub const KEYS_ARE_LISTED: Card = Card {
    id: "META-02",
    says: "ListKeys shows all keys of the account, so a key that DescribeKey shows is among them, \
           and DescribeKey finds each of them.",
    cite: "kms/latest/APIReference/API_ListKeys.html",
    evidence: Evidence::Documented,
};

/// ListAliases is the union of what DescribeKey shows by alias.
pub const ALIASES_ARE_LISTED: Card = Card {
    id: "META-03",
    says: "ListAliases shows all aliases with the keys that DescribeKey finds by them, and with \
           KeyId those of one key.",
    cite: "kms/latest/APIReference/API_ListAliases.html",
    evidence: Evidence::Documented,
};

/// A filter selects and alters nothing.
pub const FILTERS_SELECT: Card = Card {
    id: "META-04",
    says: "A list of key stores or clusters that is asked for some of them shows of each what the \
           list of all shows.",
    cite: "kms/latest/APIReference/API_DescribeCustomKeyStores.html",
    evidence: Evidence::Documented,
};

/// Pages partition a list.
pub const PAGES_PARTITION: Card = Card {
    id: "META-05",
    says: "The pages of a list, while nothing is written, show each entry once and lose none.",
    cite: "kms/latest/APIReference/API_ListAliases.html",
    evidence: Evidence::Inferred,
};

/// Id, ARN and alias name one key.
pub const ONE_KEY: Card = Card {
    id: "META-06",
    says: "The id, the ARN, the alias and the alias ARN of a key name the same key.",
    cite: "kms/latest/APIReference/API_DescribeKey.html",
    evidence: Evidence::Documented,
};

/// Reads change nothing.
pub const SAME_READ: Card = Card {
    id: "META-07",
    says: "A read that is repeated, with nothing written between, shows the same, except what \
           changes by itself.",
    cite: "kms/latest/developerguide/accessing-kms.html",
    evidence: Evidence::Inferred,
};

/// What was deleted stays deleted.
pub const GONE: Card = Card {
    id: "META-08",
    says: "What a successful deletion took away is not shown as usable again, and works no more, \
           until it is made anew, cancelled or restored.",
    cite: "kms/latest/developerguide/deleting-keys.html",
    evidence: Evidence::Documented,
};

/// Ids are unique.
pub const OWN_ID: Card = Card {
    id: "META-09",
    says: "Each new key, key store, cluster, HSM and grant gets an id that no other has.",
    cite: "kms/latest/developerguide/concepts.html",
    evidence: Evidence::Documented,
};

/// Material is unique.
pub const OWN_MATERIAL: Card = Card {
    id: "META-10",
    says: "Data keys, random bytes and public keys that are made twice differ.",
    cite: "kms/latest/APIReference/API_GenerateDataKey.html",
    evidence: Evidence::Documented,
};

/// A ciphertext opens to what was sealed.
pub const OPENS: Card = Card {
    id: "META-11",
    says: "A ciphertext decrypts to the plaintext that it was made of, under the key that made it.",
    cite: "kms/latest/APIReference/API_Decrypt.html",
    evidence: Evidence::Documented,
};

/// A ciphertext opens under nothing else.
pub const OPENS_ALONE: Card = Card {
    id: "META-12",
    says: "A ciphertext opens neither under another key nor with another encryption context than \
           those it was made with.",
    cite: "kms/latest/developerguide/encrypt_context.html",
    evidence: Evidence::Documented,
};

/// What a creation shows stays true.
pub const FACTS_STAY: Card = Card {
    id: "META-13",
    says: "A new key or cluster is what the request asked for, and every later answer shows the \
           same of what nobody can change.",
    cite: "kms/latest/APIReference/API_CreateKey.html",
    evidence: Evidence::Documented,
};

/// Tags are listed as they were set.
pub const TAGS_STAY: Card = Card {
    id: "META-14",
    says: "The tags of a resource are those that were set, less those that were taken away.",
    cite: "kms/latest/APIReference/API_ListResourceTags.html",
    evidence: Evidence::Documented,
};

/// A policy is shown as it was set.
pub const POLICY_STAYS: Card = Card {
    id: "META-15",
    says: "GetKeyPolicy shows the policy that was set last.",
    cite: "kms/latest/APIReference/API_GetKeyPolicy.html",
    evidence: Evidence::Documented,
};

/// The lists of grants agree.
pub const GRANTS_ARE_LISTED: Card = Card {
    id: "META-20",
    says: "A grant is the same in the list of its key, in the list that is asked for it alone and in \
           the list of those that its retiring principal may retire, and is what was asked for.",
    cite: "kms/latest/APIReference/API_ListRetirableGrants.html",
    evidence: Evidence::Documented,
};

/// All of them, in the order of their names.
pub const RELATIONS: &[Card] = &[
    NO_TRACE,
    KEYS_ARE_LISTED,
    ALIASES_ARE_LISTED,
    FILTERS_SELECT,
    PAGES_PARTITION,
    ONE_KEY,
    SAME_READ,
    GONE,
    OWN_ID,
    OWN_MATERIAL,
    OPENS,
    OPENS_ALONE,
    FACTS_STAY,
    TAGS_STAY,
    POLICY_STAYS,
    GRANTS_ARE_LISTED,
];
