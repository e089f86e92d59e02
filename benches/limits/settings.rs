//! How much is measured.

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How often both sides of a ratio are measured.
    pub rounds: usize,
    /// Requests in a round of one connection; those of several send four times as many.
    pub requests: usize,
    /// Keys in an account with few.
    pub few_keys: usize,
    /// Keys in an account with some.
    pub some_keys: usize,
    /// Keys in an account with very many.
    pub many_keys: usize,
    /// Requests in a round that fills an account hardly any further.
    pub few_requests: usize,
    /// Pages in a round.
    pub pages: usize,
    /// Reads in a round.
    pub reads: usize,
    /// Keys in a round in process.
    pub keys: usize,
    /// Requests of a `check` beside a client that sends the same.
    pub checked: u64,
    /// Plans in a round whose steps are generated and judged.
    pub plans: usize,
    /// Requests of a short `check`.
    pub short: u64,
    /// Requests of a long one.
    pub long: u64,
}

impl Settings {
    /// Enough for figures, or hardly anything, to see that it works.
    pub fn of(is_test: bool) -> Settings {
        match is_test {
            false => Settings {
                rounds: 7,
                requests: 5_000,
                few_keys: 1_000,
                some_keys: 100_000,
                many_keys: 1_000_000,
                few_requests: 4_000,
                pages: 20,
                reads: 20_000,
                keys: 200_000,
                checked: 3_000,
                plans: 30,
                short: 10_000,
                long: 100_000,
            },
            true => Settings {
                rounds: 1,
                requests: 64,
                few_keys: 200,
                some_keys: 300,
                many_keys: 400,
                few_requests: 64,
                pages: 1,
                reads: 50,
                keys: 100,
                checked: 60,
                plans: 1,
                short: 400,
                long: 800,
            },
        }
    }
}

/// The numbers of connections that load is sent over.
pub const CONNECTIONS: [usize; 3] = [1, 8, 64];
