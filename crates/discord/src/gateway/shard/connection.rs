//! One connection: from the first byte to the end, and what its end means.

use std::{env::consts::OS, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use guildhall_core::{event::Envelope, secret::ExposeSecret as _};
use serde::Deserialize;
use tokio::{
    sync::oneshot,
    time::{Instant, Sleep, sleep_until},
};
use twilight_gateway_queue::Queue as _;
use twilight_model::gateway::{
    Capabilities, ShardId,
    payload::outgoing::{
        Identify, Resume,
        identify::{IdentifyInfo, IdentifyProperties},
    },
};

use super::{
    End, ShardTask,
    link::{Incoming, Link},
};
use crate::gateway::{
    classify,
    error::Refusal,
    ledger::{Done, Ledger},
    status::ShardState,
    telemetry::{self, FrameCounters},
};

/// How long a server may take to answer our close when we stop, and when we only reconnect.
const LAST_CLOSE: Duration = Duration::from_secs(2);
const QUICK_CLOSE: Duration = Duration::from_millis(250);
/// After how many frames in a row the order to stop is looked for.
const STOP_CHECK: u32 = 64;
/// Above this many members `GUILD_CREATE` leaves out who is offline: the smallest that Discord allows.
const LARGE_THRESHOLD: u64 = 50;

/// One connection's state besides its socket.
pub(super) struct Connection {
    pub(super) ledger: Option<Arc<Ledger>>,
    pub(super) frames: FrameCounters,
    /// When READY or RESUMED came.
    pub(super) established: Option<Instant>,
    /// The sequence that was asked to be resumed from.
    pub(super) resumed_from: u64,
    /// When HELLO, READY or RESUMED is overdue.
    overdue: Pin<Box<Sleep>>,
    /// The governor's leave to IDENTIFY, while it is waited for.
    grant: Option<oneshot::Receiver<()>>,
}

/// What a frame asks the read loop to do.
pub(super) enum Step {
    Continue,
    Deliver(Envelope<Bytes>, Done),
    Hello { interval_ms: u64 },
    Beat,
    End(End),
}

/// HELLO (Discord docs: Gateway Events, Hello).
#[derive(Deserialize)]
struct Hello {
    heartbeat_interval: u64,
}

impl ShardTask {
    /// Connects and reads until the end of the connection.
    pub(super) async fn connection(&mut self) -> End {
        let ledger = self.keeper.live().map(|live| live.ledger);
        telemetry::connecting(self.id, ledger.is_some());
        self.monitor.connecting();
        let stop = self.stop.clone();
        let address = self.address();
        let compress = self.common.options.compress.unwrap_or_else(|| address.starts_with("wss:"));
        let connecting = Link::connect(&address, compress, ledger.clone(), &self.common.tls);
        let link = tokio::select! {
            link = connecting => link,
            () = stop.cancelled() => return End::Stopped,
        };
        let (end, healthy, established) = match link {
            Ok(link) => self.live_through(link, ledger).await,
            Err(error) => {
                telemetry::connect_failed(self.id, &error);
                (End::Unreachable, false, false)
            }
        };
        let (code, why) = end.told();
        telemetry::disconnected(self.id, code, why, healthy);
        self.backoff.ended(healthy);
        // A resume address that does not lead to a session alternates with the first address.
        self.avoid_resume_url = !established && !self.avoid_resume_url;
        end
    }

    /// Reads and closes; returns how it ended, whether it was healthy, whether it came to a session.
    async fn live_through(&mut self, mut link: Link, ledger: Option<Arc<Ledger>>) -> (End, bool, bool) {
        let patience = self.common.options.handshake_timeout;
        let mut connection = Connection {
            resumed_from: ledger.as_ref().map_or(0, |ledger| ledger.received()),
            ledger,
            frames: FrameCounters::new(self.id),
            established: None,
            overdue: Box::pin(sleep_until(Instant::now() + patience)),
            grant: None,
        };
        let end = self.read(&mut link, &mut connection).await;
        let healthy_after = self.common.options.healthy_after;
        let healthy = connection.established.is_some_and(|since| since.elapsed() >= healthy_after);
        link.close(if end == End::Stopped { LAST_CLOSE } else { QUICK_CLOSE }).await;
        (end, healthy, connection.established.is_some())
    }

    async fn read(&mut self, link: &mut Link, connection: &mut Connection) -> End {
        let stop = self.stop.clone();
        let stopped = stop.cancelled();
        tokio::pin!(stopped);
        let mut frames = 0_u32;
        loop {
            // The socket first: it nearly always has something, and the others are then not even looked
            // at. Sockets yield to the runtime by themselves.
            let incoming = tokio::select! {
                biased;
                incoming = link.next() => incoming,
                () = &mut stopped => return End::Stopped,
                granted = grant(connection.grant.as_mut()) => {
                    connection.grant = None;
                    if !granted || !link.send(&self.identify()).await {
                        return End::closed("no_identify");
                    }
                    self.expect_answer(connection);
                    continue;
                }
                () = &mut connection.overdue, if connection.established.is_none() => {
                    if connection.grant.is_none() {
                        return End::closed("silent");
                    }
                    self.expect_answer(connection);
                    continue;
                }
            };
            let asked = match incoming {
                Incoming::Frame => self.frame(link, connection),
                Incoming::Closed(code) => Step::End(End::of(code)),
                Incoming::Silent => Step::End(End::closed("silent")),
                Incoming::Broken => Step::End(End::closed("broken")),
            };
            match asked {
                Step::Continue => {}
                Step::Deliver(envelope, done) => {
                    tokio::select! {
                        () = self.lanes.put(envelope, done) => {}
                        () = &mut stopped => return End::Stopped,
                    }
                }
                Step::Hello { interval_ms } => {
                    if let Some(end) = self.hello(link, connection, interval_ms).await {
                        return end;
                    }
                }
                Step::Beat => {
                    if !link.beat().await {
                        return End::closed("silent");
                    }
                }
                Step::End(end) => return end,
            }
            frames = frames.wrapping_add(1);
            if frames.is_multiple_of(STOP_CHECK) && stop.is_cancelled() {
                return End::Stopped;
            }
        }
    }

    /// What one frame asks for (Discord docs: Gateway Events, Payload Structure).
    fn frame(&mut self, link: &mut Link, connection: &mut Connection) -> Step {
        let frame = link.frame();
        connection.frames.bytes(frame.len());
        let Some(head) = classify::head(frame) else {
            telemetry::malformed(self.id, "no opcode");
            return Step::Continue;
        };
        let data = frame.get(head.data.clone()).unwrap_or_default();
        match head.op {
            0 => self.dispatch(link, connection, &head),
            1 => Step::Beat,
            7 => Step::End(End::closed("reconnect")),
            9 if data == b"true" => Step::End(End::closed("invalid_session")),
            9 => Step::End(End::Lost { code: None }),
            10 => match serde_json::from_slice::<Hello>(data) {
                Ok(hello) => Step::Hello { interval_ms: hello.heartbeat_interval },
                Err(_) => Step::End(End::closed("malformed_hello")),
            },
            11 => {
                self.keeper.heard();
                if let Some(latency) = link.heart_answered() {
                    self.monitor.latency(latency);
                }
                Step::Continue
            }
            _ => Step::Continue,
        }
    }

    /// Answers HELLO: with RESUME where there is a session, else by queueing for an IDENTIFY.
    async fn hello(&self, link: &mut Link, connection: &mut Connection, interval_ms: u64) -> Option<End> {
        if !link.start_heart(interval_ms, self.common.random.fraction()) {
            return Some(End::closed("malformed_hello"));
        }
        self.expect_answer(connection);
        let Some(ledger) = &connection.ledger else {
            connection.grant = Some(self.common.governor.enqueue(self.id));
            return None;
        };
        self.monitor.state(ShardState::Resuming);
        let resume = Resume::new(ledger.received(), ledger.session().as_ref(), self.common.token());
        (!link.send(&resume).await).then(|| End::closed("silent"))
    }

    fn identify(&self) -> Identify {
        let options = &self.common.options;
        Identify::new(IdentifyInfo {
            capabilities: Capabilities::empty(),
            // Of single payloads; that of the transport is in the address.
            compress: false,
            intents: options.intents,
            large_threshold: LARGE_THRESHOLD,
            presence: options.presence.clone(),
            properties: IdentifyProperties::new("guildhall", "guildhall", OS),
            shard: Some(ShardId::new(self.id, self.common.total)),
            token: self.common.token().to_owned(),
        })
    }

    fn expect_answer(&self, connection: &mut Connection) {
        connection.overdue.as_mut().reset(Instant::now() + self.common.options.handshake_timeout);
    }
}

impl super::Common {
    /// The token as IDENTIFY wants it: bare.
    fn token(&self) -> &str {
        let token = self.options.token.expose_secret();
        token.strip_prefix("Bot ").unwrap_or(token)
    }
}

impl End {
    /// What the end of the connection means. No code, and codes that nobody has documented, leave the
    /// session alive (Discord docs: Opcodes and Status Codes, Gateway Close Event Codes).
    fn of(code: Option<u16>) -> Self {
        match code.map(|code| (code, Refusal::from_code(code))) {
            Some((code, Some(reason))) => Self::Refused(code, reason),
            Some((4007 | 4009, None)) => Self::Lost { code },
            _ => Self::Closed { code, why: "closed" },
        }
    }

    pub(super) const fn closed(why: &'static str) -> Self {
        Self::Closed { code: None, why }
    }

    const fn told(self) -> (Option<u16>, &'static str) {
        match self {
            Self::Stopped => (None, "stopped"),
            Self::Closed { code, why } => (code, why),
            Self::Lost { code } => (code, "session_lost"),
            Self::Refused(code, _) => (Some(code), "refused"),
            Self::Unreachable => (None, "unreachable"),
        }
    }
}

/// Waits for the governor's leave; false when it will never come. For ever where none is waited for.
async fn grant(waiting: Option<&mut oneshot::Receiver<()>>) -> bool {
    match waiting {
        Some(waiting) => waiting.await.is_ok(),
        None => std::future::pending().await,
    }
}
