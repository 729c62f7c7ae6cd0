//! What a client says (Discord docs: Gateway Events, Send Events).

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio_websockets::Message;

use super::{
    close::Close,
    commands,
    identify::{Identify, Resume},
    session::Session,
    socket::{End, Talk},
};
use crate::{
    engine::{Counter, Moment, Point, Refusal},
    journal::{Entry, Kind},
    snowflake::Millis,
};

impl Talk {
    /// Takes one message from the client.
    pub(super) async fn hear(&mut self, message: Message) -> Result<(), End> {
        if let Some((code, _)) = message.as_close() {
            return Err(End::Peer(Some(code.into())));
        }
        if !message.is_text() && !message.is_binary() {
            return Ok(());
        }
        let limits = self.engine.limits();
        let sends = self.spend(limits.gateway_send_window);
        let is_text = message.is_text();
        let payload = Bytes::from(message.into_payload());
        let read = self.wire.read(&payload, is_text);
        let op = read.as_ref().and_then(|read| read["op"].as_u64());
        self.journal_in(op, read.as_ref(), &payload);
        if sends > limits.gateway_sends {
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

    /// Counts a payload, and tells how many have come in this window.
    fn spend(&mut self, window: u64) -> u32 {
        spend(&mut self.window, self.engine.clock().gateway_now(), window)
    }

    async fn answer(&mut self, op: u64, data: Value) -> Result<(), End> {
        let session = self.session.clone();
        match (op, session) {
            (1, session) => self.heartbeat(&data, session.as_deref()).await,
            (2 | 6, Some(_)) => Err(End::Close(Close::ALREADY_AUTHENTICATED)),
            (2, None) => {
                let identify = Identify::read(&data, self.engine.now()).map_err(End::Close)?;
                let application =
                    self.engine.read(|world| world.authenticate(&identify.token).map(|own| own.id));
                let moment = Moment {
                    application,
                    shard: Some(identify.shard.unwrap_or((0, 1))),
                    ..Moment::default()
                };
                if self.act(Point::Identify, Some(&moment)).await? {
                    return Ok(());
                }
                if identify.compress {
                    self.wire.pack_payloads();
                }
                let opened = self.engine.identify(self.connection, &identify);
                self.begin(opened).await
            }
            (6, None) => {
                let resume = Resume::read(&data).map_err(End::Close)?;
                let application =
                    self.engine.read(|world| world.authenticate(&resume.token).map(|own| own.id));
                let shard = self.engine.shard_of_session(&resume.session_id);
                let moment =
                    Moment { application, session: Some(&resume.session_id), shard, ..Moment::default() };
                if self.act(Point::Resume, Some(&moment)).await? {
                    return Ok(());
                }
                let resumed = self.engine.resume(self.connection, &resume);
                self.begin(resumed).await
            }
            (3 | 4 | 8 | 31 | 43, None) => Err(End::Close(Close::NOT_AUTHENTICATED)),
            (3, Some(session)) => self.presence(&session, &data),
            (4 | 8 | 31 | 43, Some(session)) => {
                commands::run(&self.engine, &session, op, &data).map_err(End::Close)
            }
            _ => Err(End::Close(Close::UNKNOWN_OPCODE)),
        }
    }

    /// A presence; those beyond the limit have no effect.
    fn presence(&mut self, session: &Session, data: &Value) -> Result<(), End> {
        let presence = super::presence::read(data, self.engine.now()).map_err(End::Close)?;
        let limits = self.engine.limits();
        let now = self.engine.clock().gateway_now();
        if spend(&mut self.presences, now, limits.presence_window) > limits.presence_updates {
            self.note("presence limited", None, Value::Null);
            return Ok(());
        }
        self.engine.apply(|world, _| ((), world.set_presence(session.bot_id, presence)));
        Ok(())
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
                self.send(9, json!(false)).await
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
        self.deadline = self.engine.clock().gateway_now().saturating_add(self.beat);
        if self.act(Point::Heartbeat, None).await? {
            return Ok(());
        }
        self.send(11, Value::Null).await
    }

    /// Notes what came. Tokens are left out, and so is what cannot be read and may hold one.
    fn journal_in(&self, op: Option<u64>, read: Option<&Value>, payload: &Bytes) {
        let label = op.map_or("unreadable".to_owned(), |op| format!("op {op}"));
        let body = match read {
            Some(read) if read["d"].get("token").is_some() => {
                let mut masked = read.clone();
                masked["d"]["token"] = json!("[token]");
                Bytes::from(masked.to_string())
            }
            // Terms are shown as JSON.
            Some(read) if payload.first() != Some(&b'{') => Bytes::from(read.to_string()),
            None if payload.windows(5).any(|part| part == b"token") => Bytes::from_static(b"[unreadable]"),
            _ => payload.clone(),
        };
        let entry = Entry { body, ..self.entry(Kind::GatewayIn, label) };
        self.engine.journal().push(entry, self.engine.now());
    }
}

/// Counts one in a window that begins with its first.
fn spend(window: &mut (Millis, u32), now: Millis, length: u64) -> u32 {
    if now - window.0 >= Millis::try_from(length).unwrap_or(Millis::MAX) {
        *window = (now, 0);
    }
    window.1 = window.1.saturating_add(1);
    window.1
}
