//! The emulator behind HTTP/1.1.

use super::Emulator;
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
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Bytes of a body that is too large that are still read, so that a client which reads no answer
/// before it has sent everything gets one.
const MOST_DISCARDED: usize = 16 * MOST_BYTES;

/// Serves the emulator until the future is dropped, which ends all connections too.
///
/// `POST /` takes AWS requests, each answered in the Region that it is signed for, `POST /_outside` an [`OutsideCall`], and `GET /_outside/health`
/// tells that this is the emulator.
pub async fn serve(listener: TcpListener, emulator: Arc<Emulator>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, Arc::clone(&emulator)));
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
        let task = tokio::spawn(serve(listener, emulator));
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

async fn serve_connection(stream: TcpStream, emulator: Arc<Emulator>) {
    // Answers are small, and waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let emulator = Arc::clone(&emulator);
        async move { Ok::<_, Infallible>(route(request, &emulator).await) }
    });
    // A connection that breaks is the client's concern; there is nobody here to tell.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn route(
    request: hyper::Request<Incoming>,
    emulator: &Emulator,
) -> hyper::Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    match (&head.method, head.uri.path()) {
        (&Method::GET, "/_outside/health") => json_response(StatusCode::OK, &health()),
        (&Method::POST, "/_outside") => match read(body).await {
            Some(body) => outside(emulator, &body),
            None => json_response(StatusCode::BAD_REQUEST, &json!({"error": "no body"})),
        },
        (&Method::POST, "/") => match read(body).await {
            Some(body) => aws_response(emulator.handle(&Request {
                target: target(&head.headers),
                body,
                region: region(&head.headers),
            })),
            None => json_response(StatusCode::BAD_REQUEST, &json!({})),
        },
        _ => aws_response(emulator.handle(&Request {
            target: None,
            body: Vec::new(),
            region: None,
        })),
    }
}

fn health() -> Value {
    json!({"emulator": "kms-conformance", "version": env!("CARGO_PKG_VERSION")})
}

fn outside(emulator: &Emulator, body: &[u8]) -> hyper::Response<Full<Bytes>> {
    let call = match serde_json::from_slice::<OutsideCall>(body) {
        Ok(call) => call,
        Err(error) => {
            let error = json!({"error": error.to_string()});
            return json_response(StatusCode::BAD_REQUEST, &error);
        }
    };
    match emulator.outside(&call) {
        Ok(answer) => json_response(StatusCode::OK, &answer),
        Err(error) => json_response(StatusCode::CONFLICT, &json!({"error": error.to_string()})),
    }
}

fn target(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("x-amz-target")?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The Region in the credential scope of the signature: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
fn region(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let (_, credential) = value.split_once("Credential=")?;
    credential.split('/').nth(2).map(str::to_owned)
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
