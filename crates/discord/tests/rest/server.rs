//! A small API server that a test scripts.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use guildhall_core::{clock::SystemClock, random::SystemRandom, secret::SecretString};
use guildhall_discord::rest::{Rest, RestOptions};

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: serde_json::Value,
}

/// What the server does with it.
pub(crate) enum Reply {
    Json(u16, Vec<(&'static str, String)>, serde_json::Value),
    Html(u16, Vec<(&'static str, String)>),
    /// Closes the connection without an answer.
    Reset,
}

impl Reply {
    pub(crate) fn ok() -> Self {
        Self::Json(200, Vec::new(), serde_json::json!({}))
    }

    pub(crate) fn limited(scope: &str, seconds: u64) -> Self {
        let headers = vec![
            ("via", "1.1 test".to_owned()),
            ("retry-after", seconds.to_string()),
            ("x-ratelimit-scope", scope.to_owned()),
        ];
        let body = serde_json::json!({
            "message": "You are being rate limited.", "retry_after": seconds, "global": scope == "global",
        });
        Self::Json(429, headers, body)
    }
}

type Script = dyn Fn(&Seen) -> Reply + Send + Sync;

/// The running server.
pub(crate) struct Api {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

#[derive(Clone)]
struct Shared {
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Api {
    pub(crate) async fn start(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let shared = Shared { script: Arc::new(script), seen: Arc::clone(&seen) };
        let app = Router::new().fallback(handle).with_state(shared);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, seen }
    }

    /// A sender to this server.
    pub(crate) fn rest(&self) -> Rest {
        let options = RestOptions {
            base: format!("http://{}/api/v10", self.address),
            ..RestOptions::new(SecretString::from("test.token"))
        };
        Rest::new(options, Arc::new(SystemClock), Arc::new(SystemRandom::new())).unwrap()
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn handle(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path_and_query().unwrap().as_str().strip_prefix("/api/v10/").unwrap().to_owned();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let seen = Seen { method, path, headers, body };
    shared.seen.lock().unwrap().push(seen.clone());
    let answer = |status, headers: Vec<(&'static str, String)>, body: String| {
        let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
        for (name, value) in headers {
            let value = HeaderValue::from_str(&value).unwrap();
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        response
    };
    match (shared.script)(&seen) {
        Reply::Json(204, headers, _) => answer(204, headers, String::new()),
        Reply::Json(status, headers, body) => answer(status, headers, body.to_string()),
        Reply::Html(status, headers) => answer(status, headers, "<html>error code: 1015</html>".to_owned()),
        // Unwinding ends the connection's task; going around the hook keeps the test's output clean.
        Reply::Reset => std::panic::resume_unwind(Box::new("reset")),
    }
}
