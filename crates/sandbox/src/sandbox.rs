//! The embedding interface: a sandbox on a port of its own, within this process.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::Request, middleware::Next, response::Response, serve::ListenerExt};
use thiserror::Error;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{Engine, Hands, Options, client, control, endpoint, gateway, rest};

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    engine: Arc<Engine>,
    pub(crate) hands: Hands,
    addr: SocketAddr,
    server: Option<JoinHandle<()>>,
}

/// Why a sandbox did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Anyone in reach could act as anyone.
    #[error("listen on {0}: the sandbox has no login, so other machines must be let in explicitly")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("listen on {addr}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Sandbox {
    /// Starts a sandbox on the current runtime. It listens when this returns.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        if !options.listen.ip().is_loopback() && !options.allow_remote {
            return Err(StartError::NotLoopback(options.listen));
        }
        let refused = |source| StartError::Listen { addr: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(refused)?;
        let addr = listener.local_addr().map_err(refused)?;
        let engine = Engine::new(&options);
        engine.set_gateway_url(format!("ws://{addr}"));
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a socket keeps delaying small packets");
            }
        });
        let face = rest::face(Arc::clone(&engine));
        let hands = Hands::new(control::router(Arc::clone(&face)), &engine);
        let app = router(&engine, Arc::clone(&face)).into_make_service_with_connect_info::<SocketAddr>();
        let stop = engine.stopped().clone();
        let serving = axum::serve(listener, app);
        let keeper = Arc::clone(&engine);
        let server = tokio::spawn(async move {
            tokio::select! {
                served = serving => if let Err(error) = served {
                    tracing::error!(%error, "the sandbox stopped listening");
                },
                () = stop.cancelled() => {}
                () = sweep(&keeper) => {}
                () = endpoint::run(face) => {}
            }
        });
        Ok(Self { engine, hands, addr, server: Some(server) })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base address for REST, with the version.
    pub fn rest_url(&self) -> String {
        format!("http://{}/api/v10", self.addr)
    }

    /// The address of the gateway, without a path.
    pub fn gateway_url(&self) -> String {
        self.engine.gateway_url()
    }

    /// The world and its sessions.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Stops listening and ends every connection.
    pub async fn shutdown(mut self) {
        self.engine.stopped().cancel();
        if let Some(server) = self.server.take() {
            let stopped = tokio::time::timeout(Duration::from_secs(5), server).await;
            if stopped.is_err() {
                tracing::warn!("the sandbox did not stop in time");
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.engine.stopped().cancel();
    }
}

/// Every face of the sandbox. A websocket at `/` is the gateway; a page at `/` is the web client.
fn router(engine: &Arc<Engine>, face: Arc<rest::face::Face>) -> Router {
    let gateway_engine = Arc::clone(engine);
    let mut app = rest::router(Arc::clone(&face)).nest("/control", control::router(face));
    if engine.serves_web_client() {
        app = app.merge(client::router());
    }
    app.layer(axum::middleware::from_fn(move |request: Request, next: Next| {
        let engine = Arc::clone(&gateway_engine);
        async move { gateway_or(engine, request, next).await }
    }))
}

async fn gateway_or(engine: Arc<Engine>, request: Request, next: Next) -> Response {
    if gateway::upgrade::wanted(&request) {
        if rest::cut_off(&engine, None).await {
            return rest::answer::lost();
        }
        gateway::upgrade::accept(engine, request)
    } else {
        next.run(request).await
    }
}

/// Ends forgotten sessions, for as long as the sandbox runs.
async fn sweep(engine: &Engine) {
    let mut every = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            _ = every.tick() => {}
            () = engine.clock().moved().notified() => {}
        }
        engine.sweep();
        engine.run_due();
    }
}
