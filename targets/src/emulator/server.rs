//! The emulator behind HTTP/1.1.

use super::Emulator;
use crate::cloudtrail::{Caller, Trail};
use crate::outside::OutsideCall;
use crate::target::{Request, Response};
use crate::wire::MOST_BYTES;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Bytes of a body that is too large that are still read, so that a client which reads no answer
/// before it has sent everything gets one.
const MOST_DISCARDED: usize = 16 * MOST_BYTES;

/// Serves the emulator until the future is dropped, which ends all connections too.
///
/// `POST /` takes AWS requests, each answered in the Region that it is signed for, `POST /_outside` an
/// [`OutsideCall`], and `GET /_outside/health` tells that this is the emulator. Where there is a trail,
/// each AWS request has an event in it.
pub async fn serve(listener: TcpListener, emulator: Arc<Emulator>, trail: Option<Arc<Trail>>) {
    let served = Arc::new(Served { emulator, trail });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(serve_connection(stream, peer.ip(), Arc::clone(&served)));
                }
                // Mostly a lack of file descriptors: some are free again in a moment.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// An emulator that is served on a free port of the loopback interface until this is dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Running {
    /// Starts serving.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(emulator: Arc<Emulator>) -> io::Result<Running> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let task = tokio::spawn(serve(listener, emulator, None));
        Ok(Running { addr, task })
    }

    /// The URL of the endpoint, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is served.
#[derive(Debug)]
struct Served {
    emulator: Arc<Emulator>,
    trail: Option<Arc<Trail>>,
}

impl Served {
    fn handle(&self, request: &Request, caller: &Caller) -> Response {
        match &self.trail {
            Some(trail) => trail.handle(&self.emulator, request, caller),
            None => {
                let access_key = caller.access_key.as_deref();
                self.emulator.handle_as(request, access_key)
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, peer: IpAddr, served: Arc<Served>) {
    // Answers are small, and waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let served = Arc::clone(&served);
        async move { Ok::<_, Infallible>(route(request, peer, &served).await) }
    });
    // A connection that breaks is the client's concern; there is nobody here to tell.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn route(
    request: hyper::Request<Incoming>,
    peer: IpAddr,
    served: &Arc<Served>,
) -> hyper::Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    match (&head.method, head.uri.path()) {
        (&Method::GET, "/_outside/health") => json_response(StatusCode::OK, &health()),
        (&Method::POST, "/_outside") => match read(body).await {
            Some(body) => outside(served, &body),
            None => json_response(StatusCode::BAD_REQUEST, &json!({"error": "no body"})),
        },
        (&Method::POST, "/") => match read(body).await {
            Some(body) => {
                let target = header(&head.headers, "x-amz-target");
                let caller = caller(&head.headers, peer);
                aws_response(
                    answer(
                        served,
                        Request {
                            target,
                            body,
                            region: region(&head.headers),
                        },
                        caller,
                    )
                    .await,
                )
            }
            None => json_response(StatusCode::BAD_REQUEST, &json!({})),
        },
        _ => aws_response(served.emulator.handle(&Request {
            target: None,
            body: Vec::new(),
            region: None,
        })),
    }
}

/// Answers, on a thread of its own where the emulator may have to wait for others.
async fn answer(served: &Arc<Served>, request: Request, caller: Caller) -> Response {
    if !served.emulator.asks_others() {
        return served.handle(&request, &caller);
    }
    let served = Arc::clone(served);
    let answered = tokio::task::spawn_blocking(move || served.handle(&request, &caller));
    answered.await.unwrap_or_else(|_| Response {
        status: StatusCode::INTERNAL_SERVER_ERROR.as_u16(),
        headers: Vec::new(),
        body: Vec::new(),
    })
}

fn health() -> Value {
    json!({"emulator": "kms-conformance", "version": env!("CARGO_PKG_VERSION")})
}

fn outside(served: &Served, body: &[u8]) -> hyper::Response<Full<Bytes>> {
    let call = match serde_json::from_slice::<OutsideCall>(body) {
        Ok(call) => call,
        Err(error) => {
            let error = json!({"error": error.to_string()});
            return json_response(StatusCode::BAD_REQUEST, &error);
        }
    };
    let answer = served.emulator.outside(&call);
    if let Some(trail) = &served.trail {
        trail.catch_up(&served.emulator);
    }
    match answer {
        Ok(answer) => json_response(StatusCode::OK, &answer),
        Err(error) => json_response(StatusCode::CONFLICT, &json!({"error": error.to_string()})),
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// A part of the credential in the signature, which is not checked:
/// `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
fn credential(headers: &HeaderMap, part: usize) -> Option<String> {
    let signature = header(headers, "authorization")?;
    let (_, credential) = signature.split_once("Credential=")?;
    credential.split('/').nth(part).map(str::to_owned)
}

/// Who sent a request.
fn caller(headers: &HeaderMap, address: IpAddr) -> Caller {
    Caller {
        address,
        agent: header(headers, "user-agent"),
        access_key: credential(headers, 0),
    }
}

/// The Region that a request is signed for.
fn region(headers: &HeaderMap) -> Option<String> {
    credential(headers, 2)
}

/// The body, cut one byte above the limit; `None` where the connection broke. A client that sends
/// without end is answered before it has finished, which closes the connection.
async fn read(mut body: Incoming) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut seen = 0;
    while seen <= MOST_DISCARDED
        && let Some(frame) = body.frame().await
    {
        let Ok(data) = frame.ok()?.into_data() else {
            continue;
        };
        seen += data.len();
        let room = (MOST_BYTES + 1).saturating_sub(bytes.len());
        bytes.extend_from_slice(data.get(..room).unwrap_or(&data));
    }
    Some(bytes)
}

fn aws_response(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    finish(builder, response.body)
}

fn json_response(status: StatusCode, body: &Value) -> hyper::Response<Full<Bytes>> {
    let builder = hyper::Response::builder()
        .status(status)
        .header("Content-Type", "application/json");
    finish(builder, body.to_string().into_bytes())
}

fn finish(builder: hyper::http::response::Builder, body: Vec<u8>) -> hyper::Response<Full<Bytes>> {
    // Fails only for a status or header that is not one, and all of them are written here.
    builder
        .body(Full::new(Bytes::from(body)))
        .unwrap_or_default()
}
