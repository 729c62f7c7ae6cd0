//! A client that takes events and does nothing with them but count: what loads and soaks are sent to.
//! It keeps the rules of a bot's connection (heartbeats, zombies, resume), and notices every event that
//! is missing or comes twice.

mod connection;
mod frame;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use connection::{Parted, Place};

/// The first pause before a connection is tried again; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Whom a taker plays.
#[derive(Clone, Debug)]
pub struct Taker {
    /// Where the gateway is: scheme and authority.
    pub gateway: String,
    /// The bot's token.
    pub token: String,
    /// The shard and how many there are.
    pub shard: (u32, u32),
    /// The intents.
    pub intents: u64,
}

/// What takers have seen together.
#[derive(Debug, Default)]
pub struct Tally {
    connects: AtomicU64,
    identifies: AtomicU64,
    resumes: AtomicU64,
    refused: AtomicU64,
    ready: AtomicU64,
    guilds: AtomicU64,
    messages: AtomicU64,
    others: AtomicU64,
    bytes: AtomicU64,
    missing: AtomicU64,
    doubled: AtomicU64,
    connected: AtomicU64,
}

/// The same at one moment.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Taken {
    /// Sockets opened.
    pub connects: u64,
    /// Identifies sent.
    pub identifies: u64,
    /// Resumes that were answered with RESUMED.
    pub resumes: u64,
    /// Resumes that were answered with Invalid Session.
    pub refused: u64,
    /// READY received.
    pub ready: u64,
    /// `GUILD_CREATE` received.
    pub guilds: u64,
    /// `MESSAGE_CREATE` received.
    pub messages: u64,
    /// Other dispatches received.
    pub others: u64,
    /// Bytes of all payloads.
    pub bytes: u64,
    /// Numbers that were left out within a session.
    pub missing: u64,
    /// Numbers that came again within a session.
    pub doubled: u64,
    /// Sockets that are open at the moment.
    pub connected: u64,
}

impl Tally {
    /// What has been seen so far.
    pub fn taken(&self) -> Taken {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Taken {
            connects: read(&self.connects),
            identifies: read(&self.identifies),
            resumes: read(&self.resumes),
            refused: read(&self.refused),
            ready: read(&self.ready),
            guilds: read(&self.guilds),
            messages: read(&self.messages),
            others: read(&self.others),
            bytes: read(&self.bytes),
            missing: read(&self.missing),
            doubled: read(&self.doubled),
            connected: read(&self.connected),
        }
    }
}

fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

impl Taker {
    /// Takes events until it is told to stop. A connection that ends is made again, and its session
    /// resumed where that is possible.
    pub async fn take(&self, tally: &Arc<Tally>, stop: &CancellationToken) {
        let mut place = Place::default();
        let mut pause = FIRST_PAUSE;
        while !stop.is_cancelled() {
            let before = place.seq;
            let talk = connection::talk(self, &mut place, tally);
            let parted = tokio::select! {
                parted = talk => parted,
                () = stop.cancelled() => return,
            };
            // A connection that got anywhere begins the pauses anew.
            pause = if place.seq > before { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
            if parted == Parted::Forgotten {
                place = Place::default();
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return,
            }
        }
    }
}
