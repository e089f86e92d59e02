//! HTTP/1.1 messages as bytes: where one ends, and no more than that.

use crate::Failure;
use httparse::{EMPTY_HEADER, Header, Status};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// To the server.
    Request,
    /// To the client.
    Response,
}

/// What its head says about a message.
#[derive(Clone, Copy, Debug)]
struct Head {
    status: u16,
    /// The bytes of the head and the body together.
    length: usize,
}

/// The most headers that a message here has.
const MOST_HEADERS: usize = 32;

/// Reads one message into `buffer`, which is emptied first, and gives its status, which is 0 for a
/// request. `None` is that the other side has closed the connection. The peer must send nothing
/// beyond the message before it is answered.
///
/// # Errors
/// When the connection breaks, or what comes is not HTTP.
pub async fn read(
    stream: &mut TcpStream,
    side: Side,
    buffer: &mut Vec<u8>,
) -> Result<Option<u16>, Failure> {
    buffer.clear();
    let mut head = None;
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return match buffer.is_empty() {
                true => Ok(None),
                false => Err("the connection was closed within a message".into()),
            };
        }
        if head.is_none() {
            head = head_of(side, buffer)?;
        }
        if let Some(Head { status, length }) = head
            && buffer.len() >= length
        {
            return Ok(Some(status));
        }
    }
}

/// The head, once all of it is there.
fn head_of(side: Side, bytes: &[u8]) -> Result<Option<Head>, Failure> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    match side {
        Side::Request => {
            let mut request = httparse::Request::new(&mut headers);
            let parsed = request.parse(bytes)?;
            head(parsed, 0, request.headers)
        }
        Side::Response => {
            let mut response = httparse::Response::new(&mut headers);
            let parsed = response.parse(bytes)?;
            head(parsed, response.code.unwrap_or_default(), response.headers)
        }
    }
}

fn head(
    parsed: Status<usize>,
    status: u16,
    headers: &[Header<'_>],
) -> Result<Option<Head>, Failure> {
    Ok(match parsed {
        Status::Complete(length) => {
            let length = length + body_length(headers)?;
            Some(Head { status, length })
        }
        Status::Partial => None,
    })
}

fn body_length(headers: &[Header<'_>]) -> Result<usize, Failure> {
    let length = headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"));
    match length {
        Some(length) => Ok(std::str::from_utf8(length.value)?.parse()?),
        None => Ok(0),
    }
}
