//! Scenarios: directed plans for what random choice would take long to find, and for the procedures
//! that people follow. Every run plays them first.

use super::draft::Draft;
use super::scenes::look_around;
use super::{
    Generated, private_emulator, raw_requests, scenarios_clusters, scenarios_cryptography,
    scenarios_grants, scenarios_import, scenarios_keys, scenarios_neighbours, scenarios_proxies,
    scenarios_regions, scenarios_relations, scenarios_results, scenarios_rotation,
    scenarios_states, scenarios_stores, sweeps, variations_clusters, variations_stores,
};
use crate::session::Identity;
use kms_conformance_model::Switches;

type Scenario = (&'static str, fn(&mut Draft<'_>));

const SCENARIOS: &[Scenario] = &[
    (
        "the console procedure: a key in a CloudHSM key store",
        scenarios_keys::console_procedure,
    ),
    (
        "every cause of a failed connection",
        scenarios_stores::failed_connections,
    ),
    (
        "keys become unavailable with their store and come back",
        scenarios_stores::disconnection,
    ),
    (
        "a connected store whose cluster breaks",
        scenarios_stores::broken_cluster,
    ),
    (
        "an identical key store is made only once",
        scenarios_stores::identical_store,
    ),
    (
        "a key store moves to a related cluster",
        scenarios_stores::related_cluster,
    ),
    ("the quota of key stores", scenarios_stores::store_quota),
    ("external key stores", scenarios_stores::external_stores),
    (
        "a backup and what may be done with it",
        scenarios_clusters::backups,
    ),
    (
        "certificates that do not initialise a cluster",
        scenarios_clusters::wrong_certificates,
    ),
    ("a deletion that comes to its end", scenarios_keys::deletion),
    ("the limit of aliases", scenarios_keys::alias_limit),
    (
        "CloudHSM key stores that cannot be",
        variations_stores::cloudhsm_stores,
    ),
    (
        "clusters that are unfit for a key store",
        variations_stores::unfit_clusters,
    ),
    (
        "external key stores that cannot be",
        variations_stores::external_stores,
    ),
    ("clusters that cannot be", variations_clusters::clusters),
    ("HSMs that cannot be", variations_clusters::hsms),
    (
        "a key store whose cluster is deleted",
        scenarios_stores::lost_cluster,
    ),
    ("backups that grow old", scenarios_clusters::old_backups),
    ("ciphertexts that do not open", scenarios_keys::ciphertexts),
    (
        "grants of two keys side by side",
        scenarios_grants::side_by_side,
    ),
    ("grants that cannot be", scenarios_grants::refused),
    (
        "grants of keys that cannot be used",
        scenarios_grants::of_unusable_keys,
    ),
    ("keys and aliases side by side", scenarios_neighbours::keys),
    ("lists of several pages", scenarios_neighbours::pages),
    ("key stores side by side", scenarios_neighbours::stores),
    ("clusters in each state", scenarios_states::clusters),
    ("backups in each state", scenarios_states::backups),
    ("key stores in each state", scenarios_states::key_stores),
    (
        "proxies that fail in each way",
        scenarios_proxies::failing_proxies,
    ),
    (
        "external keys that fail in each way",
        scenarios_proxies::failing_keys,
    ),
    (
        "connections to proxies that fail in each way",
        scenarios_proxies::failing_connections,
    ),
    (
        "a replica key from its first moment on",
        scenarios_regions::replicas,
    ),
    (
        "a primary key and its replica key rotate",
        scenarios_regions::rotations,
    ),
    (
        "automatic rotation that is shared and that stands still",
        scenarios_regions::rotation_is_shared,
    ),
    (
        "a replica key that waits for its deletion",
        scenarios_regions::replica_pending_deletion,
    ),
    (
        "replica keys that cannot be",
        scenarios_regions::unfit_replicas,
    ),
    (
        "a primary Region that moves",
        scenarios_regions::primary_moves,
    ),
    (
        "a primary key that waits for its replica keys",
        scenarios_regions::deletion,
    ),
    ("everything from two sides", scenarios_relations::two_sides),
    (
        "every result twice and from two sides",
        scenarios_results::results,
    ),
    ("rotations on demand", scenarios_rotation::on_demand),
    (
        "one rotation on demand too many",
        scenarios_rotation::too_many,
    ),
    ("rotations by themselves", scenarios_rotation::automatic),
    (
        "rotations of two keys side by side",
        scenarios_rotation::side_by_side,
    ),
    (
        "rotations that keys for imported material do not have",
        scenarios_rotation::external,
    ),
    ("imported material", scenarios_import::life),
    ("imports that cannot be", scenarios_import::refused),
    (
        "imports while a key is disabled or waits",
        scenarios_import::while_it_waits,
    ),
    ("several imported materials", scenarios_import::several),
    (
        "imported material in two Regions",
        scenarios_import::regions,
    ),
    ("imported pairs and codes", scenarios_import::not_symmetric),
    ("the last use of a key", scenarios_rotation::last_use),
    (
        "signatures, and what is none",
        scenarios_cryptography::signatures,
    ),
    (
        "authentication codes, and what is none",
        scenarios_cryptography::codes,
    ),
    (
        "two sides that agree on a secret",
        scenarios_cryptography::agreements,
    ),
    ("data key pairs", scenarios_cryptography::key_pairs),
    (
        "asymmetric encryption",
        scenarios_cryptography::asymmetric_encryption,
    ),
    ("requests that no operation sees", |draft| {
        for act in raw_requests() {
            draft.push(act);
        }
    }),
];

/// How many directed plans there are.
pub(super) fn count() -> usize {
    SCENARIOS.len() + sweeps::count()
}

/// A directed plan by its number, tried on a private emulator.
pub fn scenario(number: usize, identity: &Identity) -> Option<Generated> {
    let emulator = private_emulator(identity, &Switches::none());
    let mut draft = Draft::begin(&emulator, identity)?;
    let title = directed(number, &mut draft)?;
    Some(draft.generated(&title))
}

/// Writes a directed plan by its number, and gives its title.
pub(super) fn directed(number: usize, draft: &mut Draft<'_>) -> Option<String> {
    let title = match SCENARIOS.get(number) {
        Some((title, write)) => {
            write(draft);
            (*title).to_owned()
        }
        None => sweeps::write(number - SCENARIOS.len(), draft)?,
    };
    look_around(draft);
    Some(title)
}
