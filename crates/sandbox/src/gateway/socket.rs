//! One gateway connection, from Hello to its end (Discord docs: Gateway, Connection Lifecycle).

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_websockets::{CloseCode, Message, WebSocketStream};

use super::{
    close::Close,
    commands,
    compress::{Framer, Packer, plain},
    identify::{Identify, Resume},
    session::{Session, Signal},
};
use crate::{
    Engine,
    engine::{Connection, Counter, FaultKind, Refusal},
    journal::{Entry, Kind},
};

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// How long a client may stay after Reconnect.
const LINGER: Duration = Duration::from_secs(5);

/// What the address asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    version: Option<String>,
    encoding: Option<String>,
    compress: Option<String>,
}

impl Query {
    /// Reads the address; keys that are not known are passed over.
    pub(crate) fn read(text: &str) -> Self {
        let mut query = Self::default();
        for (key, value) in url::form_urlencoded::parse(text.as_bytes()) {
            match &*key {
                "v" => query.version = Some(value.into_owned()),
                "encoding" => query.encoding = Some(value.into_owned()),
                "compress" => query.compress = Some(value.into_owned()),
                _ => {}
            }
        }
        query
    }

    /// How to pack, or why not to talk at all.
    fn packer(&self) -> Result<Packer, Close> {
        if !matches!(self.version.as_deref(), None | Some("9" | "10")) {
            return Err(Close::INVALID_VERSION);
        }
        if !matches!(self.encoding.as_deref(), None | Some("json")) {
            return Err(Close::DECODE_ERROR);
        }
        Packer::for_transport(self.compress.as_deref().unwrap_or_default()).ok_or(Close::DECODE_ERROR)
    }
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
enum End {
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
    let beat = Duration::from_millis(limits.heartbeat_interval + limits.heartbeat_grace);
    let packer = query.packer();
    let mut talk = Talk {
        connection,
        socket,
        packer: Packer::Plain,
        framer: Framer::default(),
        session: None,
        released: None,
        deadline: Instant::now() + beat,
        beat,
        window: (Instant::now(), 0),
        engine,
    };
    talk.note("open", None, Value::Null);
    let end = match packer {
        Ok(packer) => {
            talk.packer = packer;
            talk.run().await
        }
        Err(close) => End::Close(close),
    };
    talk.finish(end).await;
}

/// A connection and all it remembers.
struct Talk {
    engine: Arc<Engine>,
    connection: Connection,
    socket: Socket,
    packer: Packer,
    framer: Framer,
    session: Option<Arc<Session>>,
    /// A session that this connection was told to leave.
    released: Option<Arc<Session>>,
    /// When the connection ends unless a heartbeat comes first.
    deadline: Instant,
    beat: Duration,
    /// The send window: when it began, and how much has come in it.
    window: (Instant, u32),
}

impl Talk {
    async fn run(&mut self) -> End {
        let fault = |kind: &FaultKind| {
            matches!(kind, FaultKind::AcceptThenClose { .. } | FaultKind::ReconnectAtHello)
        };
        match self.engine.faults().play(self.engine.now(), fault) {
            Some(FaultKind::AcceptThenClose { code: Some(code) }) => return End::Close(Close::of(code)),
            Some(FaultKind::AcceptThenClose { code: None }) => return End::Drop,
            Some(_) => return self.leave(7, Value::Null).await.unwrap_or_else(|end| end),
            None => {}
        }
        let hello = json!({
            "heartbeat_interval": self.engine.limits().heartbeat_interval,
            "_trace": ["[\"guildhall-sandbox\",{\"micros\":0.0}]"],
        });
        match self.send(10, &hello).await {
            Ok(()) => self.talk().await,
            Err(end) => end,
        }
    }

    async fn talk(&mut self) -> End {
        let stop = self.engine.stopped().clone();
        loop {
            if let ControlFlow::Break(end) = self.obey().await {
                return end;
            }
            let session = self.session.clone();
            let busy = session.as_ref().is_some_and(|session| session.has_more());
            let woken = async {
                match &session {
                    Some(session) if !busy => session.wake.notified().await,
                    Some(_) => {}
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
                () = sleep_until(self.deadline) => return End::Close(Close::UNKNOWN_ERROR),
                () = woken => {
                    if let Some(session) = session.filter(|_| busy)
                        && let Err(end) = self.tell(&session).await
                    {
                        return end;
                    }
                }
            }
        }
    }

    /// Sends the next dispatches. A client that does not read is waited for until its heartbeat is due.
    async fn tell(&mut self, session: &Arc<Session>) -> Result<(), End> {
        let mut batch = Vec::new();
        self.engine.next_batch(session, self.connection, &mut batch);
        let application = Some(session.application_id);
        self.engine.counters().add(Counter::Dispatches, application, batch.len() as u64);
        let entries = batch.iter().map(|(seq, event, data)| Entry {
            application_id: application,
            shard: session.shard.map(|(shard, _)| shard),
            subject: Some(Arc::clone(&session.id)),
            sequence: Some(*seq),
            body: data.clone(),
            ..Entry::new(Kind::GatewayOut, *event)
        });
        self.engine.journal().extend(entries, self.engine.now());
        let (framer, packer, socket) = (&mut self.framer, &mut self.packer, &mut self.socket);
        let write = async {
            for (seq, event, data) in batch {
                let message = packer.pack(framer.dispatch(event, seq, &data)).map_err(|_| End::Drop)?;
                socket.feed(message).await.map_err(|_| End::Lost)?;
            }
            if session.has_more() { Ok(()) } else { socket.flush().await.map_err(|_| End::Lost) }
        };
        tokio::select! {
            biased;
            written = write => written,
            () = session.signalled(self.connection.0) => Ok(()),
            () = self.engine.stopped().cancelled() => Ok(()),
            () = sleep_until(self.deadline) => Err(End::Close(Close::UNKNOWN_ERROR)),
        }
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
            Signal::Reconnect => {
                self.engine.counters().count(Counter::Reconnects, Some(session.application_id));
                self.release(true);
                Err(self.leave(7, Value::Null).await.unwrap_or_else(|end| end))
            }
            Signal::Invalidate { resumable } => {
                self.engine.counters().count(Counter::InvalidSessions, Some(session.application_id));
                self.release(resumable);
                self.send(9, &json!(resumable)).await
            }
        };
        ended.map_or_else(ControlFlow::Break, ControlFlow::Continue)
    }

    /// Lets go of the session but not of the socket.
    fn release(&mut self, keep: bool) {
        if let Some(session) = self.session.take() {
            self.engine.disconnect(self.connection, &session, keep);
            self.released = keep.then_some(session);
        }
    }

    /// Says that the client should go, and waits a little for it to do so.
    async fn leave(&mut self, op: u8, data: Value) -> Result<End, End> {
        self.send(op, &data).await?;
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

    /// Takes one message from the client.
    async fn hear(&mut self, message: Message) -> Result<(), End> {
        if let Some((code, _)) = message.as_close() {
            return Err(End::Peer(Some(code.into())));
        }
        if !message.is_text() && !message.is_binary() {
            return Ok(());
        }
        let limits = self.engine.limits();
        let window = Duration::from_millis(limits.gateway_send_window);
        if self.window.0.elapsed() >= window {
            self.window = (Instant::now(), 0);
        }
        self.window.1 += 1;
        let payload = Bytes::from(message.into_payload());
        let read = serde_json::from_slice::<Value>(&payload).ok();
        let op = read.as_ref().and_then(|read| read["op"].as_u64());
        self.journal_in(op, payload.clone());
        if self.window.1 > limits.gateway_sends {
            return Err(End::Close(Close::RATE_LIMITED));
        }
        if payload.len() > limits.gateway_payload {
            return Err(End::Close(Close::DECODE_ERROR));
        }
        match (op, read) {
            (Some(op), Some(mut read)) => self.answer(op, read["d"].take()).await,
            _ => Err(End::Close(Close::DECODE_ERROR)),
        }
    }

    async fn answer(&mut self, op: u64, data: Value) -> Result<(), End> {
        let session = self.session.clone();
        match (op, session) {
            (1, session) => self.heartbeat(&data, session.as_deref()).await,
            (2 | 6, Some(_)) => Err(End::Close(Close::ALREADY_AUTHENTICATED)),
            (2, None) => {
                let identify = Identify::read(&data).map_err(End::Close)?;
                if identify.compress && matches!(self.packer, Packer::Plain) {
                    self.packer = Packer::Payload;
                }
                let opened = self.engine.identify(self.connection, &identify);
                self.begin(opened).await
            }
            (6, None) => {
                let resume = Resume::read(&data).map_err(End::Close)?;
                let resumed = self.engine.resume(self.connection, &resume);
                self.begin(resumed).await
            }
            (3 | 4 | 8 | 31 | 43, None) => Err(End::Close(Close::NOT_AUTHENTICATED)),
            (3 | 4 | 8 | 31 | 43, Some(session)) => {
                commands::run(&self.engine, &session, op, &data).map_err(End::Close)
            }
            _ => Err(End::Close(Close::UNKNOWN_OPCODE)),
        }
    }

    /// A session begins or goes on, or the client is told that it does not.
    async fn begin(&mut self, opened: Result<Arc<Session>, Refusal>) -> Result<(), End> {
        match opened {
            Ok(session) => {
                self.note("session", None, json!({ "shard": session.shard.map(|(id, n)| [id, n]) }));
                self.session = Some(session);
                self.released = None;
                Ok(())
            }
            Err(Refusal::Invalid) => {
                self.engine.counters().count(Counter::InvalidSessions, None);
                self.send(9, &json!(false)).await
            }
            Err(Refusal::Closed(close)) => Err(End::Close(close)),
        }
    }

    async fn heartbeat(&mut self, data: &Value, session: Option<&Session>) -> Result<(), End> {
        if !(data.is_null() || data.is_u64()) {
            return Err(End::Close(Close::DECODE_ERROR));
        }
        let application = session.map(|session| session.application_id);
        self.engine.counters().count(Counter::Heartbeats, application);
        self.deadline = Instant::now() + self.beat;
        let id = session.map(|session| &*session.id);
        let silent = |kind: &FaultKind| match kind {
            FaultKind::HeartbeatSilence { session } => {
                session.is_none() || session.as_deref().is_some_and(|meant| Some(meant) == id)
            }
            _ => false,
        };
        if self.engine.faults().play(self.engine.now(), silent).is_some() {
            return Ok(());
        }
        self.send(11, &Value::Null).await
    }

    /// Sends a payload that is no dispatch.
    async fn send(&mut self, op: u8, data: &Value) -> Result<(), End> {
        let payload = plain(op, data);
        let entry = Entry { body: payload.clone(), ..self.entry(Kind::GatewayOut, format!("op {op}")) };
        self.engine.journal().push(entry, self.engine.now());
        let message = self.packer.pack(payload).map_err(|_| End::Drop)?;
        let sent = timeout(self.beat, self.socket.send(message)).await;
        sent.unwrap_or(Err(tokio_websockets::Error::AlreadyClosed)).map_err(|_| End::Lost)
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

    fn entry(&self, kind: Kind, label: impl Into<std::borrow::Cow<'static, str>>) -> Entry {
        Entry {
            application_id: self.session.as_ref().map(|session| session.application_id),
            shard: self.session.as_ref().and_then(|session| session.shard).map(|(shard, _)| shard),
            subject: self.session.as_ref().map(|session| Arc::clone(&session.id)),
            ..Entry::new(kind, label)
        }
    }

    fn journal_in(&self, op: Option<u64>, body: Bytes) {
        let label = op.map_or("unreadable".to_owned(), |op| format!("op {op}"));
        let entry = Entry { body, ..self.entry(Kind::GatewayIn, label) };
        self.engine.journal().push(entry, self.engine.now());
    }

    fn note(&self, what: &'static str, code: Option<u16>, detail: Value) {
        let detail = Some(detail).filter(|detail| !detail.is_null());
        let entry = Entry { status: code, detail, ..self.entry(Kind::Connection, what) };
        self.engine.journal().push(entry, self.engine.now());
    }
}
