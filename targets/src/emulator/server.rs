//! The emulator behind HTTP/1.1.

use super::answerer::Answerer;
use super::answering::only_looks;
use super::injection::Injection;
use super::injector::{Fault, Injector};
use super::{Emulator, signatures, sts};
use crate::cloudtrail::{Caller, Trail};
use crate::outside::OutsideCall;
use crate::sigv4::Credentials;
use crate::target::{Request, Response};
use crate::wire::MOST_BYTES;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use kms_conformance_model::Service;
use serde_json::{Value, json};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::{JoinHandle, JoinSet};

/// Bytes of a body that is too large that are still read, so that a client which reads no answer
/// before it has sent everything gets one.
const MOST_DISCARDED: usize = 16 * MOST_BYTES;

/// How an emulator is served.
#[derive(Clone, Debug, Default)]
pub struct Serving {
    /// Where each AWS request has an event; `None` where none is kept.
    pub trail: Option<Arc<Trail>>,
    /// Whose signatures AWS requests must have; `None` where signatures are not looked at.
    pub signatures: Option<Arc<Credentials>>,
    /// What goes wrong with AWS requests on purpose.
    pub injection: Option<Injection>,
    /// Who answers AWS requests; the emulator itself where there is none.
    pub answerer: Option<Arc<dyn Answerer>>,
    /// Whether `/_outside` is not there, as on an emulator that is not this project's.
    pub without_outside: bool,
}

/// Serves the emulator until the future is dropped, as [`serve_with`] does. Signatures are not looked
/// at, and nothing goes wrong.
pub async fn serve(listener: TcpListener, emulator: Arc<Emulator>, trail: Option<Arc<Trail>>) {
    let serving = Serving {
        trail,
        ..Serving::default()
    };
    serve_with(listener, emulator, serving).await;
}

/// Serves the emulator until the future is dropped, which ends all connections too.
///
/// `POST /` takes AWS requests, each answered in the Region that it is signed for, `POST /_outside` an
/// [`OutsideCall`], and `GET /_outside/health` tells that this is the emulator. The last two need no
/// signature, and nothing goes wrong with them on purpose; they are not there where the serving is
/// without them. Nor does anything go wrong with STS, of which only GetCallerIdentity is answered.
pub async fn serve_with(listener: TcpListener, emulator: Arc<Emulator>, serving: Serving) {
    let served = Arc::new(Served {
        emulator,
        trail: serving.trail,
        signatures: serving.signatures,
        injector: serving.injection.map(Injector::new),
        answerer: serving.answerer,
        without_outside: serving.without_outside,
        turns: Mutex::default(),
    });
    if let Some(injector) = &served.injector {
        injector.see(&served.emulator);
    }
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
        Running::start_with(emulator, Serving::default()).await
    }

    /// Starts serving in this way.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start_with(emulator: Arc<Emulator>, serving: Serving) -> io::Result<Running> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let task = tokio::spawn(serve_with(listener, emulator, serving));
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
    signatures: Option<Arc<Credentials>>,
    injector: Option<Injector>,
    answerer: Option<Arc<dyn Answerer>>,
    without_outside: bool,
    /// Here wait those who may change the account. None of them keeps a thread from serving those who
    /// only look.
    turns: Mutex<()>,
}

impl Served {
    /// Waits until this request may be answered.
    async fn turn(&self, request: &Request) -> Option<MutexGuard<'_, ()>> {
        let target = request.target.as_deref().unwrap_or_default();
        let name = target.rsplit('.').next().unwrap_or_default();
        match only_looks(name) {
            true => None,
            false => Some(self.turns.lock().await),
        }
    }

    fn handle(&self, request: &Request, caller: &Caller) -> Response {
        let access_key = caller.access_key.as_deref();
        let answer = || match &self.answerer {
            Some(answerer) => answerer.answer(&self.emulator, request, access_key),
            None => self.emulator.handle_as(request, access_key),
        };
        match &self.trail {
            Some(trail) => trail.handle(&self.emulator, request, caller, answer),
            None => answer(),
        }
    }

    /// The same where a fault is met; `None` is no answer.
    fn handle_with(&self, request: &Request, caller: &Caller, fault: Fault) -> Option<Response> {
        let handle = || self.handle(request, caller);
        match &self.injector {
            Some(injector) => {
                let access_key = caller.access_key.as_deref();
                injector.answer(fault, &self.emulator, request, access_key, &handle)
            }
            None => Some(handle()),
        }
    }
}

/// A request that is not answered on purpose. Its connection is closed.
#[derive(Debug, thiserror::Error)]
#[error("the answer is lost on purpose")]
struct Unanswered;

async fn serve_connection(stream: TcpStream, peer: IpAddr, served: Arc<Served>) {
    // Answers are small, and waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let served = Arc::clone(&served);
        async move { route(request, peer, &served).await.ok_or(Unanswered) }
    });
    // A connection that breaks is the client's concern; there is nobody here to tell.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The answer; `None` where there is none on purpose.
async fn route(
    request: hyper::Request<Incoming>,
    peer: IpAddr,
    served: &Arc<Served>,
) -> Option<hyper::Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let offered = !served.without_outside;
    Some(match (&head.method, head.uri.path()) {
        (&Method::GET, "/_outside/health") if offered => json_response(StatusCode::OK, &health()),
        (&Method::POST, "/_outside") if offered => match read(body).await {
            Some(body) => outside(served, &body),
            None => json_response(StatusCode::BAD_REQUEST, &json!({"error": "no body"})),
        },
        (&Method::POST, "/") => match read(body).await {
            Some(body) => aws_response(aws(served, &head, body, peer).await?),
            None => json_response(StatusCode::BAD_REQUEST, &json!({})),
        },
        _ => aws_response(served.emulator.handle(&Request {
            target: None,
            body: Vec::new(),
            region: None,
        })),
    })
}

/// Answers a request to AWS. Who sent it is found out before it is read, as far as that can be: of a
/// body that is too long not everything is there that was signed, and it is refused for its length.
async fn aws(served: &Arc<Served>, head: &Parts, body: Vec<u8>, peer: IpAddr) -> Option<Response> {
    let target = header(&head.headers, "x-amz-target");
    let service = Service::of_target(target.as_deref().unwrap_or_default());
    let is_for_sts = sts::is_asked(&head.headers);
    let mut caller = caller(&head.headers, peer);
    let mut region = region(&head.headers);
    if let Some(credentials) = &served.signatures
        && body.len() <= MOST_BYTES
    {
        let name = match is_for_sts {
            true => sts::SIGNING_NAME,
            false => service.signing_name(),
        };
        match signatures::signer(&served.emulator, credentials, name, head, &body) {
            Ok(verified) => {
                caller.access_key = Some(verified.access_key);
                region = Some(verified.region);
            }
            Err(refusal) if is_for_sts => return Some(sts::refused(&refusal)),
            Err(refusal) => return Some(signatures::refused(service, &refusal)),
        }
    }
    if is_for_sts {
        let access_key = caller.access_key.as_deref();
        return Some(sts::answer(&served.emulator, &body, access_key));
    }
    let request = Request {
        target,
        body,
        region,
    };
    answer(served, request, caller).await
}

/// Answers, on a thread of its own where the emulator may have to wait for others.
async fn answer(served: &Arc<Served>, request: Request, caller: Caller) -> Option<Response> {
    let fault = match &served.injector {
        Some(injector) => {
            let drawn = injector.draw();
            if !drawn.delay.is_zero() {
                injector.delayed();
                tokio::time::sleep(drawn.delay).await;
            }
            drawn.fault
        }
        None => Fault::None,
    };
    if !served.emulator.asks_others() {
        let _turn = served.turn(&request).await;
        return served.handle_with(&request, &caller, fault);
    }
    let served = Arc::clone(served);
    let answered =
        tokio::task::spawn_blocking(move || served.handle_with(&request, &caller, fault));
    answered.await.unwrap_or_else(|_| {
        Some(Response {
            status: StatusCode::INTERNAL_SERVER_ERROR.as_u16(),
            headers: Vec::new(),
            body: Vec::new(),
        })
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
    let injector = served.injector.as_ref();
    let answer = match (&call, injector) {
        (OutsideCall::Injected, Some(injector)) => Ok(injector.counted()),
        _ => served.emulator.outside(&call),
    };
    if let Some(answerer) = &served.answerer
        && matches!(call, OutsideCall::Reset)
    {
        answerer.forget();
    }
    if let Some(injector) = injector {
        if matches!(call, OutsideCall::Reset) {
            injector.forget();
        }
        injector.see(&served.emulator);
    }
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

/// A part of the credential in the signature, which is not checked here:
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
