//! The limit that a load is measured beside: the same bytes over as many bare sockets, without frames,
//! sessions or a world.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
};

/// Events written at once: what the sandbox, too, hands to a socket before it flushes when much waits.
const AT_ONCE: usize = 64;

/// Bare sockets to the takers.
pub(super) struct Bare {
    listener: TcpListener,
}

/// What was written.
pub(super) struct Written {
    pub(super) bytes: u64,
    pub(super) seconds: f64,
}

impl Bare {
    pub(super) async fn listen() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listen for bare sockets")?;
        Ok(Self { listener })
    }

    pub(super) fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Takes this many connections.
    pub(super) async fn accept(&self, count: u32) -> Result<Vec<TcpStream>> {
        let mut sockets = Vec::new();
        for _ in 0..count {
            let (socket, _) = self.listener.accept().await.context("a bare socket")?;
            socket.set_nodelay(true)?;
            sockets.push(socket);
        }
        Ok(sockets)
    }
}

/// Writes events of this size for a while, as fast as the sockets take them.
pub(super) async fn write(sockets: Vec<TcpStream>, size: usize, lasting: Duration) -> Written {
    let chunk = Bytes::from(vec![b'x'; size * AT_ONCE]);
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for mut socket in sockets {
        let chunk = chunk.clone();
        tasks.spawn(async move {
            let mut bytes = 0;
            while began.elapsed() < lasting && socket.write_all(&chunk).await.is_ok() {
                bytes += chunk.len() as u64;
            }
            bytes
        });
    }
    let bytes = tasks.join_all().await.into_iter().sum();
    Written { bytes, seconds: began.elapsed().as_secs_f64() }
}
