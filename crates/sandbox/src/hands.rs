//! The control interface, called within the process: whatever a route can do, a test can do.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use parking_lot::Mutex;
use serde_json::Value;
use thiserror::Error;
use tokio::time::Instant;
use tower::ServiceExt;

use crate::{Engine, snowflake::Id, snowflake::Millis};

/// How often is looked again when nothing was written into the journal.
const GLANCE: Duration = Duration::from_millis(50);

/// Why something was refused, in the words of the control interface.
#[derive(Clone, Debug, Error)]
#[error("{what} was refused with {status}: {error}{}", hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default())]
pub struct Refused {
    /// Method and path.
    pub what: String,
    /// The HTTP status.
    pub status: u16,
    /// The reason.
    pub error: String,
    /// What to do about it, or Discord's own code.
    pub hint: Option<String>,
}

/// A moment: what came later has a higher number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    /// The journal's last entry.
    pub seq: u64,
    /// Lower than every id that is made later.
    pub id: Id,
    /// The sandbox's time.
    pub at: Millis,
}

/// Calls the control interface, and remembers when something was last done.
#[derive(Clone, Debug)]
pub struct Hands {
    router: Router,
    engine: Arc<Engine>,
    last: Arc<Mutex<Mark>>,
}

impl Hands {
    pub(crate) fn new(router: Router, engine: &Arc<Engine>) -> Self {
        let router = Router::new().nest("/control", router);
        Self { router, engine: Arc::clone(engine), last: Arc::default() }
    }

    /// What is moved.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Calls a route, such as `POST` on `/users`; a null body is none.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Result<Value, Refused> {
        if method != "GET" {
            self.mark();
        }
        let what = format!("{method} {path}");
        let refused = |status: u16, error: String, hint: Option<String>| Refused {
            what: what.clone(),
            status,
            error,
            hint,
        };
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = Request::builder()
            .method(method)
            .uri(format!("/control{path}"))
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|error| refused(400, error.to_string(), None))?;
        let Ok(response) = self.router.clone().oneshot(request).await;
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await;
        let bytes = bytes.map_err(|error| refused(500, error.to_string(), None))?;
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(answer);
        }
        let text = |key: &str| answer[key].as_str().map(str::to_owned);
        let error = text("error").or_else(|| text("message")).unwrap_or_else(|| status.to_string());
        let hint = text("hint").or_else(|| answer.get("code").map(|code| format!("Discord's code {code}")));
        Err(refused(status.as_u16(), error, hint))
    }

    /// Begins anew: what is expected from here on must come later than now.
    pub fn mark(&self) -> Mark {
        let seq = self.engine.journal().last();
        let (id, at) = self.engine.apply(|world, now| ((world.ids.next(now), now), Vec::new()));
        let mark = Mark { seq, id, at };
        *self.last.lock() = mark;
        mark
    }

    /// When something was last done.
    pub fn last(&self) -> Mark {
        *self.last.lock()
    }

    /// Looks until something is found, at most this long; else what was seen last.
    pub async fn until<T>(
        &self,
        within: Duration,
        mut look: impl FnMut(&Engine) -> Result<T, String>,
    ) -> Result<T, String> {
        let deadline = Instant::now() + within;
        loop {
            let seq = self.engine.journal().last();
            let seen = match look(&self.engine) {
                Ok(found) => return Ok(found),
                Err(seen) => seen,
            };
            let now = Instant::now();
            if now >= deadline {
                return Err(seen);
            }
            // Not every change is in the journal, so the wait is short.
            let glance =
                tokio::time::timeout_at(deadline.min(now + GLANCE), self.engine.journal().grown_since(seq));
            let _ = glance.await;
        }
    }
}
