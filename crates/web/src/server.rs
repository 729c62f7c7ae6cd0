//! The server: its routes, its limits and its end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tower_http::{limit::RequestBodyLimitLayer, timeout::TimeoutLayer};

use crate::{connections, pages, status::Status};

/// Upkeep of the histograms: without it they only grow.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// How the web port is set up.
#[derive(Clone, Debug)]
pub struct WebOptions {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// How long a request may take.
    pub timeout: Duration,
    /// The longest request body in bytes.
    pub body_limit: usize,
    /// Connections at once; further ones wait.
    pub connections: usize,
    /// How long open requests may finish at the end.
    pub grace: Duration,
}

impl WebOptions {
    /// The usual limits on this address.
    pub const fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            timeout: Duration::from_secs(10),
            body_limit: 16 * 1024,
            connections: 256,
            grace: Duration::from_secs(3),
        }
    }
}

/// Why the web port could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The address cannot be listened on.
    #[error("listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// The running web port. It ends when this is dropped, at once, or gracefully by [`Self::shutdown`].
#[derive(Debug)]
pub struct Web {
    /// Where it listens.
    pub addr: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<()>,
    upkeep: JoinHandle<()>,
}

/// What the pages share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) status: Arc<dyn Status>,
    pub(crate) metrics: PrometheusHandle,
}

impl Web {
    /// Opens the port and serves it.
    pub async fn start(
        options: WebOptions,
        status: Arc<dyn Status>,
        metrics: PrometheusHandle,
    ) -> Result<Self, WebError> {
        let address = options.listen;
        let failed = |source| WebError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let stop = CancellationToken::new();
        let upkeep = tokio::spawn(upkeep(metrics.clone()));
        let router = router(&options, App { status, metrics });
        let server = tokio::spawn(connections::serve(listener, router, options, stop.clone()));
        tracing::info!(address = %addr, "the web port is open");
        Ok(Self { addr, stop, server, upkeep })
    }

    /// Takes no more connections and lets open requests finish.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        if let Err(error) = (&mut self.server).await {
            tracing::error!(%error, "the web port ended badly");
        }
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.server.abort();
        self.upkeep.abort();
    }
}

fn router(options: &WebOptions, app: App) -> Router {
    Router::new()
        .route("/", get(pages::home::page))
        .route("/style.css", get(pages::home::style))
        .route("/health", get(pages::health::page))
        .route("/ready", get(pages::ready::page))
        .route("/metrics", get(pages::metrics::page))
        .route("/servers", get(pages::counts::servers))
        .route("/database", get(pages::counts::database))
        .fallback(pages::not_found)
        .with_state(app)
        .layer(RequestBodyLimitLayer::new(options.body_limit))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, options.timeout))
        .layer(middleware::from_fn(secure))
}

/// Headers that let a browser do as little as possible with what it gets.
async fn secure(request: Request, next: Next) -> Response {
    const HEADERS: [(HeaderName, &str); 6] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn upkeep(metrics: PrometheusHandle) {
    let mut every = tokio::time::interval(UPKEEP_EVERY);
    loop {
        every.tick().await;
        metrics.run_upkeep();
    }
}
