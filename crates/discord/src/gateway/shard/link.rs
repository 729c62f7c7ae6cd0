//! The socket of one connection: frames in, heartbeats and commands out. It ends when the socket ends and
//! never connects again by itself.
//!
//! twilight's `Shard` could not be used for this: when a server closes without a close frame it connects
//! again from inside its stream, at once and unseen, so that no governor can hold it.

use std::{ops::Range, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use tokio::{
    net::TcpStream,
    time::{Instant, Sleep, sleep_until, timeout},
};
use tokio_websockets::{
    ClientBuilder, CloseCode, Connector, Limits, MaybeTlsStream, Message, WebSocketStream,
};
use twilight_model::gateway::payload::outgoing::Heartbeat;

use super::inflate::Inflater;
use crate::gateway::ledger::Ledger;

/// Longest time for TCP, TLS and the websocket's handshake.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// Longest time for one send. A server that takes no bytes for so long is gone.
const SEND_PATIENCE: Duration = Duration::from_secs(10);
/// The close code that keeps the session; 1000 and 1001 would end it
/// (Discord docs: Gateway, Initiating a Disconnect).
const KEEP_SESSION: u16 = 4000;
/// Heartbeat intervals outside of this are taken for nonsense.
const INTERVALS: Range<u64> = 100..600_000;
/// After how many frames in a row the heartbeat is looked at.
const HEART_CHECK: u32 = 64;

/// What the socket gave.
pub(super) enum Incoming {
    /// A frame: [`Link::frame`] has it.
    Frame,
    /// The end, with the close code where there was one.
    Closed(Option<u16>),
    /// The server has stopped answering.
    Silent,
    /// What came was not decipherable.
    Broken,
}

/// No connection came about.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("the address is malformed")]
    Address,
    #[error("nobody answered in time")]
    Late,
    #[error(transparent)]
    Socket(#[from] tokio_websockets::Error),
}

pub(super) struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    inflater: Option<Inflater>,
    /// The last frame where it came uncompressed.
    plain: Option<Bytes>,
    heart: Option<Heart>,
    /// Whose sequence heartbeats carry.
    ledger: Option<Arc<Ledger>>,
    frames: u32,
}

struct Heart {
    interval: Duration,
    next: Pin<Box<Sleep>>,
    /// When the last heartbeat was sent, until it is answered.
    sent: Option<Instant>,
    /// Whether anything came since.
    heard: bool,
}

impl Link {
    /// Connects to an address made of scheme, host and port.
    pub(super) async fn connect(
        address: &str,
        compress: bool,
        ledger: Option<Arc<Ledger>>,
        tls: &Connector,
    ) -> Result<Self, LinkError> {
        let compression = if compress { "&compress=zstd-stream" } else { "" };
        let uri = format!("{address}/?v=10&encoding=json{compression}");
        let builder = ClientBuilder::new()
            .uri(&uri)
            .map_err(|_| LinkError::Address)?
            .limits(Limits::default())
            .connector(tls);
        let (socket, _) =
            timeout(CONNECT_PATIENCE, builder.connect()).await.map_err(|_| LinkError::Late)??;
        let inflater = compress.then(Inflater::new);
        Ok(Self { socket, inflater, plain: None, heart: None, ledger, frames: 0 })
    }

    /// The frame that [`Incoming::Frame`] told of.
    pub(super) fn frame(&self) -> &[u8] {
        match (&self.plain, &self.inflater) {
            (Some(plain), _) => plain,
            (None, Some(inflater)) => inflater.event(),
            (None, None) => &[],
        }
    }

    /// A part of the frame, to be kept.
    pub(super) fn keep(&self, part: Range<usize>) -> Bytes {
        match &self.plain {
            Some(plain) => plain.slice(part),
            None => Bytes::copy_from_slice(self.frame().get(part).unwrap_or_default()),
        }
    }

    /// Has heartbeats carry the sequence of another session.
    pub(super) fn follow(&mut self, ledger: Arc<Ledger>) {
        self.ledger = Some(ledger);
    }

    /// Begins with heartbeats, the first after `jitter` of an interval
    /// (Discord docs: Gateway, Sending Heartbeats).
    pub(super) fn start_heart(&mut self, interval_ms: u64, jitter: f64) -> bool {
        if !INTERVALS.contains(&interval_ms) {
            return false;
        }
        let interval = Duration::from_millis(interval_ms);
        let next = Box::pin(sleep_until(Instant::now() + interval.mul_f64(jitter)));
        self.heart = Some(Heart { interval, next, sent: None, heard: false });
        true
    }

    /// Notes the answer to a heartbeat; returns how long it took.
    pub(super) fn heart_answered(&mut self) -> Option<Duration> {
        self.heart.as_mut()?.sent.take().map(|sent| sent.elapsed())
    }

    /// Waits for the next frame or the end, and keeps the heart beating meanwhile. May be dropped and
    /// called again.
    pub(super) async fn next(&mut self) -> Incoming {
        loop {
            // The timer yields to a socket that always has something, so the heart is looked at by hand.
            self.frames = self.frames.wrapping_add(1);
            let due = self.frames.is_multiple_of(HEART_CHECK)
                && self.heart.as_ref().is_some_and(|heart| heart.next.deadline() <= Instant::now());
            if due {
                if !self.beat_or_despair().await {
                    return Incoming::Silent;
                }
                continue;
            }
            tokio::select! {
                biased;
                message = self.socket.next() => {
                    if let Some(incoming) = self.take(message) {
                        return incoming;
                    }
                }
                () = tick(self.heart.as_mut()) => {
                    if !self.beat_or_despair().await {
                        return Incoming::Silent;
                    }
                }
            }
        }
    }

    fn take(&mut self, message: Option<Result<Message, tokio_websockets::Error>>) -> Option<Incoming> {
        let Some(Ok(message)) = message else { return Some(Incoming::Closed(None)) };
        if let Some(heart) = &mut self.heart {
            heart.heard = true;
        }
        if message.is_text() {
            self.plain = Some(message.into_payload().into());
        } else if message.is_binary() {
            let inflater = self.inflater.as_mut();
            let legible = inflater.is_some_and(|inflater| inflater.inflate(message.as_payload()).is_ok());
            if !legible {
                return Some(Incoming::Broken);
            }
            self.plain = None;
        } else {
            // Pings are answered by the socket itself.
            let (code, _) = message.as_close()?;
            let told = code != CloseCode::NO_STATUS_RECEIVED;
            return Some(Incoming::Closed(told.then(|| code.into())));
        }
        Some(Incoming::Frame)
    }

    /// Sends a heartbeat; false where the last one drew no answer and nothing else came since
    /// (Discord docs: Gateway, Heartbeat Interval), or where the server takes no bytes.
    async fn beat_or_despair(&mut self) -> bool {
        let Some(heart) = &mut self.heart else { return true };
        if heart.sent.is_some() && !heart.heard {
            return false;
        }
        heart.next.as_mut().reset(Instant::now() + heart.interval);
        heart.sent = Some(Instant::now());
        heart.heard = false;
        self.beat().await
    }

    /// Sends a heartbeat, as the server may also ask for.
    pub(super) async fn beat(&mut self) -> bool {
        let sequence = self.ledger.as_ref().map(|ledger| ledger.received());
        self.send(&Heartbeat::new(sequence)).await
    }

    /// Sends a command. False where the server takes no bytes.
    pub(super) async fn send(&mut self, command: &impl serde::Serialize) -> bool {
        let Ok(text) = serde_json::to_string(command) else { return false };
        matches!(timeout(SEND_PATIENCE, self.socket.send(Message::text(text))).await, Ok(Ok(())))
    }

    /// Closes so that the session lives on, and waits up to `patience` for the answer. What still comes
    /// is not looked at: the cursor stays before it, and Discord replays it.
    pub(super) async fn close(mut self, patience: Duration) {
        let code = CloseCode::try_from(KEEP_SESSION).ok();
        let _ = timeout(patience, async {
            if self.socket.send(Message::close(code, "")).await.is_ok() {
                while let Some(Ok(_)) = self.socket.next().await {}
            }
        })
        .await;
    }
}

/// Waits until the heart should beat; for ever where there is none yet.
async fn tick(heart: Option<&mut Heart>) {
    match heart {
        Some(heart) => heart.next.as_mut().await,
        None => std::future::pending().await,
    }
}
