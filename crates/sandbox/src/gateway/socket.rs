//! One gateway connection, from Hello to its end (Discord docs: Gateway, Connection Lifecycle).

use std::{collections::VecDeque, ops::ControlFlow, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_websockets::{CloseCode, Message, WebSocketStream};

use super::{
    close::Close,
    query::Query,
    session::{Due, Outgoing, Session, Signal},
    wire::Wire,
};
use crate::{
    Engine,
    engine::{Connection, Counter, Point},
    journal::{Entry, Kind},
    snowflake::Millis,
};

pub(super) type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// How long a client may stay after Reconnect.
const LINGER: Duration = Duration::from_secs(5);

/// Payloads other than dispatches that may wait while nothing is sent.
const HELD: usize = 256;

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// The client closed it, with a code or without.
    Peer(Option<u16>),
    /// The line broke.
    Lost,
    /// The sandbox closes it.
    Close(Close),
    /// The sandbox lets the line break.
    Drop,
}

/// Serves a connection to its end.
pub(crate) async fn serve(engine: Arc<Engine>, socket: Socket, query: Query) {
    let connection = engine.connect();
    let limits = engine.limits();
    let beat = limits.heartbeat_interval.saturating_add(limits.heartbeat_grace);
    let beat = Millis::try_from(beat).unwrap_or(Millis::MAX);
    let now = engine.clock().gateway_now();
    let wire = query.wire();
    let mut talk = Talk {
        connection,
        socket,
        wire: Wire::default(),
        session: None,
        released: None,
        deadline: now.saturating_add(beat),
        beat,
        window: (now, 0),
        presences: (now, 0),
        pending: VecDeque::new(),
        quiet_until: None,
        held: Vec::new(),
        engine,
    };
    talk.note("open", None, Value::Null);
    let end = match wire {
        Ok(wire) => {
            talk.wire = wire;
            talk.run().await
        }
        Err(close) => End::Close(close),
    };
    talk.finish(end).await;
}

/// A connection and all it remembers. Its own times are those of the clock's gateway side.
pub(super) struct Talk {
    pub(super) engine: Arc<Engine>,
    pub(super) connection: Connection,
    pub(super) socket: Socket,
    pub(super) wire: Wire,
    pub(super) session: Option<Arc<Session>>,
    /// A session that this connection was told to leave.
    pub(super) released: Option<Arc<Session>>,
    /// When the connection ends unless a heartbeat comes first.
    pub(super) deadline: Millis,
    pub(super) beat: Millis,
    /// The send window: when it began, and how much has come in it.
    pub(super) window: (Millis, u32),
    /// The same for presences.
    pub(super) presences: (Millis, u32),
    /// Dispatches that were taken from the session and not written yet.
    pub(super) pending: VecDeque<Outgoing>,
    /// Until when nothing is sent, since a fault wants it so.
    pub(super) quiet_until: Option<Millis>,
    /// What else would have been sent meanwhile.
    held: Vec<(u8, Value)>,
}

impl Talk {
    async fn run(&mut self) -> End {
        match self.act(Point::Connect, None).await {
            Ok(_) => {}
            Err(end) => return end,
        }
        let hello = json!({
            "heartbeat_interval": self.engine.limits().heartbeat_interval,
            "_trace": ["[\"guildhall-sandbox\",{\"micros\":0.0}]"],
        });
        match self.send(10, hello).await {
            Ok(()) => self.talk().await,
            Err(end) => end,
        }
    }

    async fn talk(&mut self) -> End {
        let stop = self.engine.stopped().clone();
        let engine = Arc::clone(&self.engine);
        loop {
            // Made before looking, so that no rule slips in between.
            let changed = engine.faults().changed().notified();
            if let ControlFlow::Break(end) = self.obey().await {
                return end;
            }
            if self.cut_off() {
                if let Err(end) = self.endure().await {
                    return end;
                }
                continue;
            }
            if let Err(end) = self.speak_again().await {
                return end;
            }
            let session = self.session.clone();
            let due = match &session {
                _ if self.quiet_until.is_some() => Due::Never,
                Some(_) if !self.pending.is_empty() => Due::Now,
                Some(session) => session.due(engine.now()),
                None => Due::Never,
            };
            let quiet_until = self.quiet_until;
            let woken = async {
                match (&session, due) {
                    (_, Due::Now) => {}
                    (Some(session), Due::At(at)) => tokio::select! {
                        () = session.wake.notified() => {}
                        () = engine.clock().sleep_until(at) => {}
                    },
                    (Some(session), Due::Never) => session.wake.notified().await,
                    (None, _) => std::future::pending().await,
                }
            };
            let noise = async {
                match quiet_until {
                    Some(at) => engine.clock().sleep_until_gateway(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return End::Close(Close { code: 1001, reason: "" }),
                message = self.socket.next() => {
                    let heard = match message {
                        Some(Ok(message)) => self.hear(message).await,
                        Some(Err(_)) | None => Err(End::Lost),
                    };
                    if let Err(end) = heard {
                        return end;
                    }
                }
                () = engine.clock().sleep_until_gateway(self.deadline) => return self.overdue(),
                () = changed => {}
                () = noise => {}
                () = woken => {
                    if let Some(session) = session.filter(|_| due == Due::Now)
                        && let Err(end) = self.tell(&session).await
                    {
                        return end;
                    }
                }
            }
        }
    }

    /// How a connection ends whose heartbeat did not come. No close frame leaves a network that is cut.
    pub(super) fn overdue(&self) -> End {
        if self.cut_off() { End::Drop } else { End::Close(Close::UNKNOWN_ERROR) }
    }

    /// Does what the control interface or the engine wants of this connection.
    async fn obey(&mut self) -> ControlFlow<End> {
        let Some(session) = self.session.clone() else { return ControlFlow::Continue(()) };
        let Some(signal) = session.next_signal(self.connection.0) else {
            return ControlFlow::Continue(());
        };
        let ended = match signal {
            Signal::Drop => Err(End::Drop),
            Signal::Close(code) => Err(End::Close(Close::of(code))),
            Signal::Superseded => {
                self.session = None;
                Err(End::Close(Close::UNKNOWN_ERROR))
            }
            Signal::Reconnect => self.reconnect().await,
            Signal::Invalidate { resumable } => self.invalidate(resumable).await,
            Signal::Heartbeat => self.send(1, Value::Null).await,
        };
        ended.map_or_else(ControlFlow::Break, ControlFlow::Continue)
    }

    /// Sends Reconnect, and the connection ends.
    pub(super) async fn reconnect(&mut self) -> Result<(), End> {
        let application = self.session.as_ref().map(|session| session.application_id);
        self.engine.counters().count(Counter::Reconnects, application);
        self.release(true);
        Err(self.leave(7, Value::Null).await.unwrap_or_else(|end| end))
    }

    /// Sends Invalid Session; the session is no longer on this connection.
    pub(super) async fn invalidate(&mut self, resumable: bool) -> Result<(), End> {
        let application = self.session.as_ref().map(|session| session.application_id);
        self.engine.counters().count(Counter::InvalidSessions, application);
        self.release(resumable);
        self.send(9, json!(resumable)).await
    }

    /// Lets go of the session but not of the socket.
    fn release(&mut self, keep: bool) {
        self.pending.clear();
        if let Some(session) = self.session.take() {
            self.engine.disconnect(self.connection, &session, keep);
            self.released = keep.then_some(session);
        }
    }

    /// Says that the client should go, and waits a little for it to do so.
    async fn leave(&mut self, op: u8, data: Value) -> Result<End, End> {
        self.send(op, data).await?;
        let going = async {
            while let Some(Ok(message)) = self.socket.next().await {
                if let Some((code, _)) = message.as_close() {
                    return End::Peer(Some(code.into()));
                }
            }
            End::Lost
        };
        Ok(timeout(LINGER, going).await.unwrap_or(End::Close(Close::UNKNOWN_ERROR)))
    }

    /// Sends a payload that is no dispatch; while nothing is sent it waits.
    pub(super) async fn send(&mut self, op: u8, data: Value) -> Result<(), End> {
        if self.quiet_until.is_some() {
            if self.held.len() < HELD {
                self.held.push((op, data));
            }
            return Ok(());
        }
        let body = Bytes::from(data.to_string());
        let entry = Entry { body, ..self.entry(Kind::GatewayOut, format!("op {op}")) };
        self.engine.journal().push(entry, self.engine.now());
        let message = self.wire.plain(op, &data).map_err(|_| End::Drop)?;
        let beat = Duration::from_millis(u64::try_from(self.beat).unwrap_or(0));
        let sent = timeout(beat, self.socket.send(message)).await;
        sent.unwrap_or(Err(tokio_websockets::Error::AlreadyClosed)).map_err(|_| End::Lost)
    }

    /// Sends what waited, once the quiet is over.
    async fn speak_again(&mut self) -> Result<(), End> {
        if self.quiet_until.is_none_or(|until| self.engine.clock().gateway_now() < until) {
            return Ok(());
        }
        self.quiet_until = None;
        for (op, data) in std::mem::take(&mut self.held) {
            self.send(op, data).await?;
        }
        Ok(())
    }

    /// Ends the connection. The session is kept unless the client or the sandbox ended it for good
    /// (Discord docs: Gateway, Initiating a Disconnect).
    async fn finish(mut self, end: End) {
        let (code, keep) = match end {
            End::Peer(code) => (code, !matches!(code, Some(1000 | 1001))),
            End::Lost | End::Drop => (None, true),
            End::Close(close) => (Some(close.code), !matches!(close.code, 1000 | 4004 | 4007 | 4009..=4014)),
        };
        let how = match end {
            End::Peer(_) => "closed by the client",
            End::Lost => "lost",
            End::Close(_) => "closed by the sandbox",
            End::Drop => "dropped by the sandbox",
        };
        self.note(how, code, Value::Null);
        if let Some(session) = self.session.take() {
            self.engine.disconnect(self.connection, &session, keep);
        } else if let Some(session) = self.released.take()
            && !keep
            && !session.standing().connected
        {
            self.engine.end(&session);
        }
        match end {
            End::Close(close) => {
                self.engine.counters().count(Counter::Closes, None);
                let code = CloseCode::try_from(close.code).ok().filter(|code| !code.is_reserved());
                let parting = async {
                    // What cannot be sent any more need not be.
                    let _unsent = self.socket.send(Message::close(code, close.reason)).await;
                    // Read to the end, so that the close frame is not lost in a reset.
                    while let Some(Ok(_)) = self.socket.next().await {}
                };
                let _late = timeout(Duration::from_secs(2), parting).await;
            }
            End::Peer(_) => {
                // One more read sends the answer to the close frame.
                let _late = timeout(Duration::from_secs(2), self.socket.next()).await;
            }
            End::Lost | End::Drop => {}
        }
    }

    pub(super) fn entry(&self, kind: Kind, label: impl Into<std::borrow::Cow<'static, str>>) -> Entry {
        Entry {
            application_id: self.session.as_ref().map(|session| session.application_id),
            shard: self.session.as_ref().and_then(|session| session.shard).map(|(shard, _)| shard),
            subject: self.session.as_ref().map(|session| Arc::clone(&session.id)),
            ..Entry::new(kind, label)
        }
    }

    pub(super) fn note(&self, what: &'static str, code: Option<u16>, detail: Value) {
        let detail = Some(detail).filter(|detail| !detail.is_null());
        let entry = Entry { status: code, detail, ..self.entry(Kind::Connection, what) };
        self.engine.journal().push(entry, self.engine.now());
    }
}
