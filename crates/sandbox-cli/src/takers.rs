//! `guildhall sandbox takers`: one client a shard, in a process of its own. Each line of its output is
//! what they have seen so far, as JSON.

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use guildhall_sandbox::taker::{Taken, Taker, Tally};
use serde::{Deserialize, Serialize};
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tokio_util::sync::CancellationToken;

use crate::{args::TakersArgs, stop};

/// How often they tell.
const EVERY: Duration = Duration::from_millis(100);

/// Guilds, guild messages and message content.
const INTENTS: u64 = 1 | 1 << 9 | 1 << 15;

/// One line of the output.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(super) struct Told {
    /// What came over the gateway.
    pub(super) taken: Taken,
    /// Bytes that came over the bare sockets.
    pub(super) bare_bytes: u64,
}

pub(super) async fn run(args: &TakersArgs) -> Result<()> {
    let (tally, bare) = (Arc::new(Tally::default()), Arc::new(AtomicU64::new(0)));
    let stop = CancellationToken::new();
    let mut tasks = tokio::task::JoinSet::new();
    for shard in 0..args.shards {
        let taker = Taker {
            gateway: args.gateway.clone(),
            token: args.token.clone(),
            shard: (shard, args.shards),
            intents: INTENTS,
        };
        let (tally, stop) = (Arc::clone(&tally), stop.clone());
        tasks.spawn(async move { taker.take(&tally, &stop).await });
        if let Some(address) = args.bare {
            let bare = Arc::clone(&bare);
            tasks.spawn(async move { read(address, &bare).await });
        }
    }
    let mut tick = tokio::time::interval(EVERY);
    let ending = stop::asked();
    tokio::pin!(ending);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            ended = &mut ending => return ended,
        }
        let told = Told { taken: tally.taken(), bare_bytes: bare.load(Ordering::Relaxed) };
        let line = serde_json::to_string(&told)?;
        let mut out = std::io::stdout().lock();
        // Nobody reads any more: the sandbox is gone.
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            return Ok(());
        }
    }
}

/// Reads a bare socket to its end.
async fn read(address: std::net::SocketAddr, bytes: &AtomicU64) {
    let Ok(mut socket) = TcpStream::connect(address).await else { return };
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = socket.read(&mut buffer).await {
        bytes.fetch_add(count as u64, Ordering::Relaxed);
    }
}
