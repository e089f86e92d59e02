//! The yardstick of the emulator over HTTP: a server of the same stack and settings that reads each
//! request and answers a constant.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use kms_conformance_targets::Response;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A server that runs until this is dropped.
pub struct Bare {
    /// Where it listens.
    pub addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Bare {
    /// Starts a server that answers everything with this, on a free port of 127.0.0.1.
    pub async fn start(answer: Response) -> io::Result<Bare> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let task = tokio::spawn(serve(listener, Arc::new(Constant::from(answer))));
        Ok(Bare { addr, task })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An answer in the form in which it is sent.
struct Constant {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl From<Response> for Constant {
    fn from(response: Response) -> Constant {
        let headers = response.headers.iter();
        Constant {
            status: StatusCode::from_u16(response.status).unwrap_or_default(),
            headers: headers
                .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
                .collect(),
            body: Bytes::from(response.body),
        }
    }
}

async fn serve(listener: TcpListener, answer: Arc<Constant>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(serve_connection(stream, Arc::clone(&answer)));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, answer: Arc<Constant>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| respond(request, &answer));
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(
    request: hyper::Request<Incoming>,
    answer: &Constant,
) -> Result<hyper::Response<Full<Bytes>>, hyper::Error> {
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        frame?;
    }
    let mut response = hyper::Response::new(Full::new(answer.body.clone()));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers.clone();
    Ok(response)
}
