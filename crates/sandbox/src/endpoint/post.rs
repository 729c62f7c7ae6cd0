//! One signed request to an address that an application registered. Only this machine is reached, unless
//! the sandbox was told otherwise: a bot must not make it knock at other doors. Redirects are not followed.

use std::net::SocketAddr;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::{HeaderMap, Request};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::json;
use thiserror::Error;
use tokio::net::TcpStream;
use url::{Host, Url};

use super::sign;
use crate::journal::{Entry, Kind};
use crate::rest::face::Face;
use crate::snowflake::{Id, Millis};

/// What an address answered.
#[derive(Debug)]
pub(crate) struct Answered {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Why an address did not answer.
#[derive(Debug, Error)]
pub(crate) enum Unanswered {
    /// It is no address of this kind.
    #[error("only http addresses are reached from a sandbox")]
    NotHttp,
    /// It leads to another machine.
    #[error("the address leads to another machine, which this sandbox was not allowed to reach")]
    NotLocal,
    /// Nothing is there.
    #[error("nothing answers at the address: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("the address did not answer in time")]
    Late,
}

/// One request.
#[derive(Debug)]
pub(crate) struct Letter<'l> {
    /// Whose address it is.
    pub application_id: Id,
    /// The address.
    pub url: &'l str,
    /// What is sent.
    pub body: Bytes,
    /// Whether the signature is wrong on purpose.
    pub forged: bool,
    /// Until when an answer counts, by the sandbox's clock.
    pub until: Millis,
}

/// Sends it, and writes down what came of it.
pub(crate) async fn post(face: &Face, letter: &Letter<'_>) -> Result<Answered, Unanswered> {
    let engine = &face.engine;
    let answered = tokio::select! {
        answered = exchange(face, letter) => answered,
        () = engine.clock().sleep_until(letter.until) => Err(Unanswered::Late),
    };
    let mut entry = Entry {
        application_id: Some(letter.application_id),
        body: letter.body.clone(),
        detail: Some(json!({ "forged": letter.forged })),
        ..Entry::new(Kind::Endpoint, format!("POST {}", letter.url.chars().take(256).collect::<String>()))
    };
    match &answered {
        Ok(answered) => {
            entry.status = Some(answered.status);
            entry.answer = answered.body.clone();
        }
        Err(error) => entry.detail = Some(json!({ "forged": letter.forged, "error": error.to_string() })),
    }
    engine.journal().push(entry, engine.now());
    answered
}

async fn exchange(face: &Face, letter: &Letter<'_>) -> Result<Answered, Unanswered> {
    let url = Url::parse(letter.url).map_err(|_| Unanswered::NotHttp)?;
    let addr = resolve(&url, face.engine.remote_endpoints()).await?;
    let gone = |error: &dyn std::fmt::Display| Unanswered::Unreachable(error.to_string());
    let stream = TcpStream::connect(addr).await.map_err(|error| gone(&error))?;
    let (mut sender, connection) =
        http1::handshake::<_, Body>(TokioIo::new(stream)).await.map_err(|error| gone(&error))?;
    let timestamp = (face.engine.now() / 1000).to_string();
    let mut signature = sign::sign(letter.application_id, &timestamp, &letter.body);
    if letter.forged {
        // Well-formed, and of something else.
        signature = sign::sign(letter.application_id, &timestamp, b"something else");
    }
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let request = Request::post(target)
        .header(HOST, host)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, "Discord-Interactions/1.0 (+https://discord.com)")
        .header("X-Signature-Ed25519", signature)
        .header("X-Signature-Timestamp", timestamp)
        .body(Body::from(letter.body.clone()))
        .map_err(|error| gone(&error))?;
    let most = face.engine.limits().request_bytes;
    let talk = async {
        let response = sender.send_request(request).await.map_err(|error| gone(&error))?;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(Body::new(body), most).await.map_err(|error| gone(&error))?;
        Ok(Answered { status: parts.status.as_u16(), headers: parts.headers, body })
    };
    tokio::pin!(talk, connection);
    // The connection lives exactly as long as the exchange.
    tokio::select! {
        answered = &mut talk => answered,
        ended = &mut connection => match ended {
            Ok(()) => talk.await,
            Err(error) => Err(gone(&error)),
        },
    }
}

/// Where a name leads. The address that was looked at is the one that is connected to, so that a name which
/// leads elsewhere at the second look gains nothing.
async fn resolve(url: &Url, remote: bool) -> Result<SocketAddr, Unanswered> {
    if url.scheme() != "http" {
        return Err(Unanswered::NotHttp);
    }
    let port = url.port().unwrap_or(80);
    let found: Vec<SocketAddr> = match url.host() {
        Some(Host::Ipv4(ip)) => vec![(ip, port).into()],
        Some(Host::Ipv6(ip)) => vec![(ip, port).into()],
        Some(Host::Domain(name)) => tokio::net::lookup_host((name, port))
            .await
            .map_err(|error| Unanswered::Unreachable(error.to_string()))?
            .collect(),
        None => return Err(Unanswered::NotHttp),
    };
    let first = found.first().copied().ok_or_else(|| Unanswered::Unreachable("no such name".to_owned()))?;
    if remote {
        return Ok(first);
    }
    found.into_iter().find(|addr| addr.ip().to_canonical().is_loopback()).ok_or(Unanswered::NotLocal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn other_machines_are_reached_only_when_allowed() {
        for (url, local) in [
            ("http://127.0.0.1:1/x", true),
            ("http://[::1]/", true),
            ("http://[::ffff:127.0.0.1]/", true),
            ("http://10.0.0.1/", false),
            ("http://169.254.169.254/latest", false),
            ("http://0x7f000001/", true),
            ("https://127.0.0.1/", false),
            ("file:///etc/passwd", false),
        ] {
            let url = Url::parse(url).expect("an address");
            assert_eq!(resolve(&url, false).await.is_ok(), local, "{url}");
        }
        assert!(resolve(&Url::parse("http://10.0.0.1/").expect("an address"), true).await.is_ok());
    }
}
