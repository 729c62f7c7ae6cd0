//! One connection: from the first byte to the end, and what its end means.

use std::{pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::StreamExt as _;
use guildhall_core::event::Envelope;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use twilight_gateway::{
    CloseFrame, Message, Shard, ShardState as TwilightState,
    error::{ReceiveMessageError, ReceiveMessageErrorType},
};

use super::{End, ShardTask};
use crate::gateway::{
    classify,
    error::Refusal,
    governor::Governor,
    ledger::{Done, Ledger},
    status::ShardState,
    telemetry::{self, FrameCounters},
};

/// How long a server may take to answer our close.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
/// Longer than twilight gives TCP, TLS and the websocket's handshake.
const CONNECT_PATIENCE: Duration = Duration::from_secs(15);
/// After how many frames in a row the order to stop is looked for.
const STOP_CHECK: u32 = 64;

/// One connection's state.
pub(super) struct Connection {
    pub(super) shard: Shard<Governor>,
    pub(super) ledger: Option<Arc<Ledger>>,
    pub(super) frames: FrameCounters,
    /// When READY or RESUMED came.
    pub(super) established: Option<Instant>,
    /// The sequence that was asked to be resumed from.
    pub(super) resumed_from: u64,
    /// When HELLO, READY or RESUMED is overdue.
    overdue: Pin<Box<Sleep>>,
}

/// What a frame asks the read loop to do.
pub(super) enum Step {
    Continue,
    Deliver(Envelope<Bytes>, Done),
    End(End),
}

impl ShardTask {
    /// Connects and reads until the end of the connection.
    pub(super) async fn connection(&mut self) -> End {
        let ledger = self.keeper.live().map(|live| live.ledger);
        telemetry::connecting(self.id, ledger.is_some());
        self.monitor.connecting();
        let patience = CONNECT_PATIENCE + self.common.options.handshake_timeout;
        let mut connection = Connection {
            shard: self.twilight(),
            resumed_from: ledger.as_ref().map_or(0, |ledger| ledger.received()),
            ledger,
            frames: FrameCounters::new(self.id),
            established: None,
            overdue: Box::pin(sleep_until(Instant::now() + patience)),
        };
        let end = self.read(&mut connection).await;
        let healthy_after = self.common.options.healthy_after;
        let healthy = connection.established.is_some_and(|since| since.elapsed() >= healthy_after);
        let (code, why) = end.told();
        telemetry::disconnected(self.id, code, why, healthy);
        self.backoff.ended(healthy);
        // A resume address that does not lead to a session alternates with the first address.
        self.avoid_resume_url = connection.established.is_none() && !self.avoid_resume_url;
        end
    }

    async fn read(&mut self, connection: &mut Connection) -> End {
        let stop = self.common.stop.clone();
        let stopped = stop.cancelled();
        tokio::pin!(stopped);
        let mut frames = 0_u32;
        loop {
            // The socket first: it nearly always has something, and the other two are then not even
            // looked at. twilight's stream yields to the runtime by itself.
            let item = tokio::select! {
                biased;
                item = connection.shard.next() => item,
                () = &mut stopped => return close(&mut connection.shard).await,
                () = &mut connection.overdue, if connection.established.is_none() => {
                    if self.common.governor.is_waiting(self.id) {
                        self.expect_answer(connection);
                        continue;
                    }
                    return End::Closed { code: None, why: "silent" };
                }
            };
            let step = match item {
                Some(Ok(Message::Text(text))) => self.frame(connection, text),
                Some(Ok(Message::Close(frame))) => Step::End(End::of(frame.map(|frame| frame.code))),
                Some(Err(error)) => self.stream_error(&error),
                None => Step::End(End::of(None)),
            };
            match step {
                Step::Continue => {}
                Step::Deliver(envelope, done) => {
                    tokio::select! {
                        () = self.lanes.put(envelope, done) => {}
                        () = &mut stopped => return close(&mut connection.shard).await,
                    }
                }
                Step::End(end) => return end,
            }
            // Polled again in this state, twilight would connect at once.
            if matches!(
                connection.shard.state(),
                TwilightState::Disconnected { .. } | TwilightState::FatallyClosed
            ) {
                return End::Closed { code: None, why: "protocol" };
            }
            frames = frames.wrapping_add(1);
            if frames.is_multiple_of(STOP_CHECK) && stop.is_cancelled() {
                return close(&mut connection.shard).await;
            }
        }
    }

    /// What one text frame asks for (Discord docs: Gateway Events, Payload Structure).
    fn frame(&mut self, connection: &mut Connection, text: String) -> Step {
        connection.frames.bytes(text.len());
        let Some(head) = classify::head(text.as_bytes()) else {
            telemetry::malformed(self.id, "no opcode");
            return Step::Continue;
        };
        match head.op {
            0 => return self.dispatch(connection, &head, text),
            7 => return Step::End(End::Closed { code: None, why: "reconnect" }),
            9 => {
                let resumable = text.get(head.data) == Some("true");
                let end = if resumable {
                    End::Closed { code: None, why: "invalid_session" }
                } else {
                    End::Lost { code: None }
                };
                return Step::End(end);
            }
            10 => {
                let resumes = connection.ledger.is_some();
                self.monitor.state(if resumes { ShardState::Resuming } else { ShardState::Connecting });
                self.expect_answer(connection);
            }
            11 => {
                self.keeper.heard();
                if let Some(latency) = connection.shard.latency().recent().first() {
                    self.monitor.latency(*latency);
                }
            }
            _ => {}
        }
        Step::Continue
    }

    fn expect_answer(&self, connection: &mut Connection) {
        connection.overdue.as_mut().reset(Instant::now() + self.common.options.handshake_timeout);
    }

    fn stream_error(&self, error: &ReceiveMessageError) -> Step {
        match error.kind() {
            ReceiveMessageErrorType::Reconnect => {
                telemetry::connect_failed(self.id, error);
                Step::End(End::Unreachable)
            }
            ReceiveMessageErrorType::Deserializing { .. } => {
                // The error's own text holds the frame, which is nobody's business.
                telemetry::malformed(self.id, "twilight could not read it");
                Step::Continue
            }
            _ => Step::End(End::Closed { code: None, why: "compression" }),
        }
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

/// Closes so that the session lives on (Discord docs: Gateway, Initiating a Disconnect). What still
/// arrives is not taken: the cursor stays before it, and Discord replays it.
async fn close(shard: &mut Shard<Governor>) -> End {
    if !matches!(shard.state(), TwilightState::Disconnected { .. }) {
        shard.close(CloseFrame::RESUME);
        let answered = async {
            while let Some(Ok(Message::Text(_))) = shard.next().await {}
        };
        if timeout(CLOSE_PATIENCE, answered).await.is_err() {
            tracing::debug!("the server did not answer the close");
        }
    }
    End::Stopped
}
