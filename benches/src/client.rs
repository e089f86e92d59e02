//! A bare client: it writes bytes that stand ready and reads where the answer ends.

use crate::Failure;
use crate::message::{self, Side};
use kms_conformance_targets::Request;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A connection that is kept alive.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn open(to: SocketAddr) -> Result<Connection, Failure> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let answer = Vec::with_capacity(8_192);
        Ok(Connection { stream, answer })
    }

    /// Sends one request and waits for the answer. Gives its status.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<u16, Failure> {
        self.stream.write_all(request).await?;
        let status = message::read(&mut self.stream, Side::Response, &mut self.answer).await?;
        status.ok_or_else(|| "the connection was closed".into())
    }

    /// The bytes of the answer that came last.
    pub fn answer(&self) -> &[u8] {
        &self.answer
    }
}

/// The bytes of a request, with the headers that a client of AWS sends.
pub fn bytes_of(request: &Request, to: SocketAddr) -> Arc<[u8]> {
    let target = request.target.as_deref().unwrap_or_default();
    let length = request.body.len();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {to}\r\naccept: */*\r\n\
         content-type: application/x-amz-json-1.1\r\n\
         authorization: AWS4-HMAC-SHA256 \
         Credential=AKIAIOSFODNN7EXAMPLE/20270115/us-east-1/kms/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature={:064}\r\n\
         x-amz-date: 20270115T080000Z\r\nx-amz-target: {target}\r\ncontent-length: {length}\r\n\r\n",
        0
    );
    Arc::from([head.as_bytes(), &request.body].concat())
}

/// Sends the same request again and again over this many connections, each of which waits for an
/// answer before it sends the next, and gives how many were answered in a second.
///
/// # Errors
/// When one of them is not answered with 200.
pub async fn load(
    to: SocketAddr,
    request: &Arc<[u8]>,
    connections: usize,
    requests: usize,
) -> Result<f64, Failure> {
    let mut open = Vec::new();
    for _ in 0..connections {
        let mut connection = Connection::open(to).await?;
        connection.exchange(request).await?;
        open.push(connection);
    }
    let each = requests.div_ceil(connections);
    let begun = Instant::now();
    let mut clients = JoinSet::new();
    for connection in open {
        clients.spawn(send_all(connection, Arc::clone(request), each));
    }
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    Ok((each * connections) as f64 / begun.elapsed().as_secs_f64())
}

async fn send_all(
    mut connection: Connection,
    request: Arc<[u8]>,
    times: usize,
) -> Result<(), Failure> {
    for _ in 0..times {
        match connection.exchange(&request).await? {
            200 => {}
            status => return Err(format!("a request was answered with {status}").into()),
        }
    }
    Ok(())
}
