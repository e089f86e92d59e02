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
    says: "Each new key, key store, cluster, HSM and grant gets an id that no other has, and each \
           answer to CreateGrant a token of its own.",
    cite: "kms/latest/developerguide/concepts.html",
    evidence: Evidence::Documented,
};

/// Material is unique.
pub const OWN_MATERIAL: Card = Card {
    id: "META-10",
    says: "Data keys, random bytes and public keys that are made twice differ, and none of them is \
           one byte over and over.",
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

/// Each encryption is new.
pub const NEW_CIPHERTEXT: Card = Card {
    id: "META-21",
    says: "Two encryptions make two ciphertexts, also of one plaintext under one key.",
    cite: "kms/latest/cryptographic-details/crypto-primitives.html",
    evidence: Evidence::Documented,
};

/// A key stream is used once.
pub const NO_KEY_STREAM: Card = Card {
    id: "META-22",
    says: "No two ciphertexts share a key stream, and none holds its plaintext.",
    cite: "kms/latest/cryptographic-details/crypto-primitives.html",
    evidence: Evidence::Documented,
};

/// Ciphertexts grow.
pub const LONGER: Card = Card {
    id: "META-23",
    says: "Under one symmetric key and in one encryption context, a longer plaintext has a \
           longer ciphertext.",
    cite: "kms/latest/cryptographic-details/crypto-primitives.html",
    evidence: Evidence::Inferred,
};

/// Lengths follow from request and key spec.
pub const LENGTHS: Card = Card {
    id: "META-24",
    says: "Ciphertexts and signatures of RSA are as long as the modulus; authentication codes, \
           shared secrets, other signatures, data keys and random bytes are as long as the \
           algorithm or the request says.",
    cite: "kms/latest/developerguide/symm-asymm-choose-key-spec.html",
    evidence: Evidence::Documented,
};

/// Signatures on curves are in DER.
pub const DER_SIGNATURES: Card = Card {
    id: "META-25",
    says: "A signature of an elliptic curve key is a DER sequence of two integers.",
    cite: "kms/latest/APIReference/API_Sign.html",
    evidence: Evidence::Documented,
};

/// What draws no random number repeats.
pub const SAME_RESULT: Card = Card {
    id: "META-26",
    says: "A key makes the same authentication code, PKCS #1 v1.5 or Ed25519 signature and \
           shared secret of the same input each time.",
    cite: "kms/latest/developerguide/symm-asymm-choose-key-spec.html",
    evidence: Evidence::Documented,
};

/// Results depend on key and input.
pub const OTHER_RESULT: Card = Card {
    id: "META-27",
    says: "Authentication codes, signatures and shared secrets of other inputs, or of other \
           keys, differ.",
    cite: "kms/latest/developerguide/hmac.html",
    evidence: Evidence::Documented,
};

/// Signatures with random numbers differ.
pub const FRESH_SIGNATURE: Card = Card {
    id: "META-28",
    says: "PSS signatures of one message differ each time.",
    cite: "kms/latest/developerguide/symm-asymm-choose-key-spec.html",
    evidence: Evidence::Inferred,
};

/// What was signed verifies.
pub const VERIFIES: Card = Card {
    id: "META-29",
    says: "What a key signed verifies with it as it was signed, and no other message and no \
           other signature does.",
    cite: "kms/latest/APIReference/API_Verify.html",
    evidence: Evidence::Documented,
};

/// Both sides have one secret.
pub const AGREED: Card = Card {
    id: "META-30",
    says: "Both sides of a key agreement get the same secret, be the peer a KMS key or one held \
           outside.",
    cite: "kms/latest/APIReference/API_DeriveSharedSecret.html",
    evidence: Evidence::Documented,
};

/// ARNs hold what is beside them.
pub const ARNS_AGREE: Card = Card {
    id: "META-31",
    says: "An ARN holds the id, alias or account that is shown beside it, and the account and \
           Region of what it is listed with.",
    cite: "kms/latest/developerguide/concepts.html",
    evidence: Evidence::Documented,
};

/// Members of a description agree.
pub const DESCRIPTIONS_AGREE: Card = Card {
    id: "META-32",
    says: "Members of one description agree: Enabled is KeyState, and what belongs to a state, \
           an origin, a usage or a type is shown with it only.",
    cite: "kms/latest/APIReference/API_KeyMetadata.html",
    evidence: Evidence::Documented,
};

/// Dates are in order.
pub const DATES_AGREE: Card = Card {
    id: "META-33",
    says: "Nothing was made in the future or before it was asked for, no change is older than \
           what it changes, and a deletion is as far away as was asked.",
    cite: "kms/latest/APIReference/API_ScheduleKeyDeletion.html",
    evidence: Evidence::Documented,
};

/// States follow requests.
pub const STATE_FOLLOWS: Card = Card {
    id: "META-34",
    says: "A key is in the state that the last successful request put it into.",
    cite: "kms/latest/developerguide/key-state.html",
    evidence: Evidence::Documented,
};

/// Rotation is shown as it was set.
pub const ROTATION_STAYS: Card = Card {
    id: "META-35",
    says: "GetKeyRotationStatus shows what EnableKeyRotation or DisableKeyRotation set last.",
    cite: "kms/latest/APIReference/API_GetKeyRotationStatus.html",
    evidence: Evidence::Documented,
};

/// What was made is listed.
pub const OWN_ARE_LISTED: Card = Card {
    id: "META-36",
    says: "Whoever reads a list to its end sees everything that was made here and not deleted, \
           whatever others do.",
    cite: "kms/latest/APIReference/API_ListKeys.html",
    evidence: Evidence::Documented,
};

/// A name is used once.
pub const NAMED_ONCE: Card = Card {
    id: "META-37",
    says: "No alias is made whose name is taken, and nothing is deleted twice.",
    cite: "kms/latest/APIReference/API_CreateAlias.html",
    evidence: Evidence::Documented,
};

/// Key stores, clusters and backups stay as asked.
pub const ASKED_STAYS: Card = Card {
    id: "META-38",
    says: "A key store, cluster or backup is described as the last request that set it said.",
    cite: "kms/latest/APIReference/API_UpdateCustomKeyStore.html",
    evidence: Evidence::Documented,
};

/// The halves of a pair belong together.
pub const HALVES: Card = Card {
    id: "META-39",
    says: "The halves of a data key pair belong together, also when the private one is \
           decrypted later.",
    cite: "kms/latest/APIReference/API_GenerateDataKeyPairWithoutPlaintext.html",
    evidence: Evidence::Documented,
};

/// A page says whether there are more.
pub const PAGE_MEMBERS: Card = Card {
    id: "META-40",
    says: "Truncated is true where there is a NextMarker and nowhere else, and a page has no \
           more entries than were asked for.",
    cite: "kms/latest/APIReference/API_ListKeys.html",
    evidence: Evidence::Documented,
};

/// Public keys are of their spec.
pub const OWN_SPEC: Card = Card {
    id: "META-41",
    says: "A public key is of the spec that the answers say.",
    cite: "kms/latest/APIReference/API_GetPublicKey.html",
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
    NEW_CIPHERTEXT,
    NO_KEY_STREAM,
    LONGER,
    LENGTHS,
    DER_SIGNATURES,
    SAME_RESULT,
    OTHER_RESULT,
    FRESH_SIGNATURE,
    VERIFIES,
    AGREED,
    ARNS_AGREE,
    DESCRIPTIONS_AGREE,
    DATES_AGREE,
    STATE_FOLLOWS,
    ROTATION_STAYS,
    OWN_ARE_LISTED,
    NAMED_ONCE,
    ASKED_STAYS,
    HALVES,
    PAGE_MEMBERS,
    OWN_SPEC,
];
