//! From an HTTP request to a gateway socket (RFC 6455, section 4.2).

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use base64::Engine as _;
use hyper_util::rt::TokioIo;
use tokio_websockets::{Config, Limits, ServerBuilder};

use super::{query::Query, socket};
use crate::Engine;

/// What the key is mixed with, from RFC 6455.
const MAGIC: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Messages beyond this are refused by the socket itself; the documented limit is far below.
const HARD_LIMIT: usize = 1024 * 1024;

/// Bytes that may gather before they are written.
const GATHER: usize = 64 * 1024;

/// Whether a request asks for a gateway socket.
pub(crate) fn wanted(request: &Request) -> bool {
    matches!(request.uri().path(), "" | "/")
        && request.method() == Method::GET
        && has_token(request.headers(), header::UPGRADE, "websocket")
        && has_token(request.headers(), header::CONNECTION, "upgrade")
}

/// Answers with the switch of protocols and serves the socket from then on.
pub(crate) fn accept(engine: Arc<Engine>, mut request: Request) -> Response {
    let headers = request.headers();
    let version = headers.get(header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
    let answer = headers.get(header::SEC_WEBSOCKET_KEY).and_then(answer_to).filter(|_| version);
    let Some(answer) = answer else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::BAD_REQUEST;
        response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return response;
    };
    let query = Query::read(request.uri().query().unwrap_or_default());
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgrade.await {
            Ok(stream) => {
                let socket = ServerBuilder::new()
                    .config(Config::default().flush_threshold(GATHER))
                    .limits(Limits::default().max_payload_len(Some(HARD_LIMIT)))
                    .serve(TokioIo::new(stream));
                socket::serve(engine, socket, query).await;
            }
            Err(error) => tracing::debug!(%error, "a gateway socket was not opened"),
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, answer);
    response
}

fn has_token(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    let values = headers.get_all(name);
    let mut tokens = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    tokens.any(|found| found.trim().eq_ignore_ascii_case(token))
}

fn answer_to(key: &HeaderValue) -> Option<HeaderValue> {
    let mut hash = sha1_smol::Sha1::new();
    hash.update(key.as_bytes());
    hash.update(MAGIC.as_bytes());
    HeaderValue::from_str(&base64::engine::general_purpose::STANDARD.encode(hash.digest().bytes())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_answered_as_in_the_standard() {
        let key = HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(answer_to(&key).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
