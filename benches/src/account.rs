//! The account that benches are about.

use kms_conformance::session::Identity;
use kms_conformance_model::State;
use kms_conformance_model::state::{Account, Outside};
use kms_conformance_targets::{Clock, Config, Emulator};

/// The moment at which clocks stand, in milliseconds since the Unix epoch.
pub const NOW: i64 = 1_800_000_000_000;

const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";

/// An empty account that nobody else uses, as the model sees it.
pub fn account() -> State {
    let account = Account {
        exclusive: true,
        ..Account::new(ACCOUNT, REGION)
    };
    State {
        now: NOW,
        ..State::new(account, Outside::with_default_vpc(REGION))
    }
}

/// An emulator of that account, whose clock stands.
pub fn standing_emulator() -> Emulator {
    Emulator::new(Config {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        clock: Clock::Fixed(NOW),
        ..Config::default()
    })
}

/// The same account, for plans.
pub fn identity() -> Identity {
    Identity {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        salt: "benches".to_owned(),
    }
}
