//! A target with a fault behind HTTP, for an engine that is not written in Rust.

use crate::counted::identity;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kms_conformance::faults::{Fault, Faulty};
use kms_conformance_targets::{OutsideCall, Request, Target};
use std::error::Error;
use std::io::Write;
use std::net::Ipv4Addr;
use tokio::net::TcpListener;

type Failure = Box<dyn Error + Send + Sync>;

/// Serves one connection after the other until the process is ended. The first line of standard
/// output tells the port.
///
/// `POST /` takes requests, and `POST /_outside` the calls that the emulator takes there.
pub fn serve(fault: &'static Fault, percent: usize) -> Result<(), Box<dyn Error>> {
    let target = Faulty::new(fault, &identity(), percent, 0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut out = std::io::stdout();
        writeln!(out, "{}", listener.local_addr()?.port())?;
        out.flush()?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let service = service_fn(|request| answer(&target, request));
            // A connection that breaks is the client's concern.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        }
    })
}

async fn answer(
    target: &Faulty,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Full<Bytes>>, Failure> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes().to_vec();
    if head.uri.path() == "/_outside" {
        let call: OutsideCall = serde_json::from_slice(&body)?;
        let answer = target.outside(&call).await?;
        return Ok(hyper::Response::new(answer.to_string().into()));
    }
    let named = head.headers.get("x-amz-target");
    let named = named.map(|name| name.to_str().map(str::to_owned));
    let request = Request {
        target: named.transpose()?,
        body,
        region: None,
    };
    let response = target.send(&request).await?;
    let answer = hyper::Response::builder().status(response.status);
    Ok(answer.body(response.body.into())?)
}
