//! A server that answers every request with the same body: what the network, the HTTP stack and the
//! client take by themselves.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A yardstick that is served on a free port of the loopback interface until this is dropped.
#[derive(Debug)]
pub struct Yardstick {
    addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Yardstick {
    /// Starts serving this body.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(body: Vec<u8>) -> io::Result<Yardstick> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let task = tokio::spawn(serve(listener, Bytes::from(body)));
        Ok(Yardstick { addr, task })
    }

    /// The URL of the endpoint, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Yardstick {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, body: Bytes) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, body.clone()));
                }
                // Mostly a lack of file descriptors: some are free again in a moment.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Reads each request to its end, as any server must, and looks at nothing of it.
async fn serve_connection(stream: TcpStream, body: Bytes) {
    // Answers are small and somebody waits for each.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let body = body.clone();
        async move {
            let _ = request.into_body().collect().await;
            let mut response = hyper::Response::new(Full::new(body));
            let json = HeaderValue::from_static("application/x-amz-json-1.1");
            response.headers_mut().insert(CONTENT_TYPE, json);
            Ok::<_, Infallible>(response)
        }
    });
    // A connection that breaks is over, and whoever is at its other end knows.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
