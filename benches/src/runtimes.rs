//! Where servers and clients run.

use crate::Failure;
use crate::calls::create_key;
use crate::client::{bytes_of, load};
use std::io;
use std::net::SocketAddr;
use tokio::runtime::{Builder, Runtime};

/// Two runtimes, so that neither side's tasks wait for those of the other: servers with as many
/// threads as `serve` has, and one thread of clients.
pub struct Runtimes {
    /// That of the servers.
    pub servers: Runtime,
    /// That of the clients.
    pub clients: Runtime,
}

impl Runtimes {
    /// Starts both.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn start() -> io::Result<Runtimes> {
        Ok(Runtimes {
            servers: Builder::new_multi_thread().enable_all().build()?,
            clients: Builder::new_current_thread().enable_all().build()?,
        })
    }

    /// CreateKeys in a second at this address, over this many connections.
    ///
    /// # Errors
    /// When one is refused or not answered.
    pub fn create_keys(
        &self,
        to: SocketAddr,
        connections: usize,
        requests: usize,
    ) -> Result<f64, Failure> {
        let request = bytes_of(&create_key(), to);
        let load = load(to, &request, connections, requests);
        self.clients.block_on(load)
    }
}
