//! Sending dispatches, and the faults that befall them on their way.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::{SinkExt, future::poll_fn};
use serde_json::{Value, json};
use tokio_websockets::Message;

use super::{
    close::Close,
    compress::PackError,
    session::{Outgoing, Session, moment_of},
    socket::{End, Socket, Talk},
    wire::Wire,
};
use crate::{
    engine::{Counter, Dice, FaultKind, Moment, Played, Point},
    journal::{Entry, Kind},
    snowflake::Millis,
};

impl Talk {
    /// Sends the next dispatches. A client that does not read is waited for until its heartbeat is due.
    pub(super) async fn tell(&mut self, session: &Arc<Session>) -> Result<(), End> {
        if self.pending.is_empty() {
            self.take(session);
        }
        let faulty = self.engine.faults().any(Point::Send);
        let engine = Arc::clone(&self.engine);
        let (pending, wire, socket) = (&mut self.pending, &mut self.wire, &mut self.socket);
        let write = async {
            while let Some(next) = pending.front() {
                let played = if faulty && !next.played { play(&engine, session, next) } else { None };
                if let Some(played) = played
                    && !on_the_way(played.kind)
                {
                    socket.flush().await.map_err(|_| End::Lost)?;
                    return Ok(Some(played));
                }
                // Packed only when there is room, since a stream cannot take back what it has packed.
                room(socket).await?;
                match played {
                    None => feed(socket, wire.dispatch(next).and_then(|payload| wire.pack(payload)))?,
                    Some(played) => {
                        for message in messages(wire, next, played).map_err(|_| End::Drop)? {
                            room(socket).await?;
                            feed(socket, Ok(message))?;
                        }
                    }
                }
                pending.pop_front();
            }
            if !session.has_more() {
                socket.flush().await.map_err(|_| End::Lost)?;
            }
            Ok(None)
        };
        let written = tokio::select! {
            biased;
            written = write => written?,
            () = session.signalled(self.connection.0) => None,
            () = self.engine.stopped().cancelled() => None,
            () = engine.clock().sleep_until_gateway(self.deadline) => {
                return Err(self.overdue());
            }
        };
        match written {
            Some(played) => self.suffer(played).await,
            None => Ok(()),
        }
    }

    fn take(&mut self, session: &Arc<Session>) {
        self.engine.next_batch(session, self.connection, &mut self.pending);
        let application = Some(session.application_id);
        self.engine.counters().add(Counter::Dispatches, application, self.pending.len() as u64);
        let entries = self.pending.iter().map(|out| Entry {
            application_id: application,
            shard: session.shard.map(|(shard, _)| shard),
            subject: Some(Arc::clone(&session.id)),
            sequence: Some(out.seq),
            body: out.data.clone(),
            ..Entry::new(Kind::GatewayOut, out.event)
        });
        self.engine.journal().extend(entries, self.engine.now());
    }

    /// Plays a fault that befalls the connection in place of the next dispatch, or before it.
    async fn suffer(&mut self, played: Played) -> Result<(), End> {
        if let FaultKind::SlowSocket { bytes_per_second } = played.kind {
            let size = self.pending.front().map_or(0, |next| next.data.len() as u64);
            self.quiet_for(size.saturating_mul(1_000) / bytes_per_second.max(1));
        } else if self.befall(played).await? {
            return Ok(());
        }
        if let Some(next) = self.pending.front_mut() {
            next.played = true;
        }
        Ok(())
    }

    /// Plays the fault that fits a moment of the connection; true when nothing else is to be done.
    pub(super) async fn act(&mut self, point: Point, moment: Option<&Moment<'_>>) -> Result<bool, End> {
        let faults = self.engine.faults();
        if !faults.any(point) {
            return Ok(false);
        }
        let own = self.session.as_deref().map(moment_of).unwrap_or_default();
        match faults.play(self.engine.now(), point, moment.unwrap_or(&own)) {
            Some(played) => self.befall(played).await,
            None => Ok(false),
        }
    }

    /// Plays a fault of the connection; true when nothing else is to be done.
    async fn befall(&mut self, played: Played) -> Result<bool, End> {
        self.note("fault", None, json!({ "rule": played.rule, "fault": played.kind }));
        match played.kind {
            FaultKind::AcceptThenClose { code: Some(code) } | FaultKind::Close { code: Some(code), .. } => {
                Err(End::Close(Close::of(code)))
            }
            FaultKind::AcceptThenClose { code: None } | FaultKind::Close { code: None, .. } => Err(End::Drop),
            FaultKind::ReconnectAtHello | FaultKind::Reconnect { .. } => {
                self.reconnect().await.map(|()| true)
            }
            FaultKind::Invalidate { resumable, .. } => self.invalidate(resumable).await.map(|()| true),
            FaultKind::ServerHeartbeat { .. } => self.send(1, Value::Null).await.map(|()| false),
            FaultKind::Stall { ms, .. } => {
                self.quiet_for(ms);
                Ok(false)
            }
            // Heartbeats alone meet it here, and are swallowed.
            FaultKind::HeartbeatSilence => Ok(true),
            _ => Ok(false),
        }
    }

    fn quiet_for(&mut self, ms: u64) {
        let ms = Millis::try_from(ms).unwrap_or(Millis::MAX);
        self.quiet_until = Some(self.engine.clock().gateway_now().saturating_add(ms));
    }

    /// Whether the network is cut for this connection.
    pub(super) fn cut_off(&self) -> bool {
        let application = self.session.as_ref().map(|session| session.application_id);
        self.engine.faults().partition(self.engine.now(), application).is_some()
    }

    /// Waits while the network is cut: nothing is read or sent. The line breaks when a heartbeat is due.
    pub(super) async fn endure(&mut self) -> Result<(), End> {
        let application = self.session.as_ref().map(|session| session.application_id);
        let engine = Arc::clone(&self.engine);
        let changed = engine.faults().changed().notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let Some((_, until)) = engine.faults().partition(engine.now(), application) else { return Ok(()) };
        tokio::select! {
            () = changed => Ok(()),
            () = engine.clock().sleep_until(until.unwrap_or(Millis::MAX)) => Ok(()),
            () = engine.clock().sleep_until_gateway(self.deadline) => Err(End::Drop),
            () = engine.stopped().cancelled() => Err(End::Drop),
        }
    }
}

fn play(engine: &crate::Engine, session: &Session, out: &Outgoing) -> Option<Played> {
    let moment = Moment { guild: out.guild_id, event: Some(out.event), ..moment_of(session) };
    engine.faults().play(engine.now(), Point::Send, &moment)
}

/// Whether a fault befalls the dispatch alone, and not the connection.
fn on_the_way(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Drop
            | FaultKind::Duplicate { .. }
            | FaultKind::Truncate { .. }
            | FaultKind::Corrupt
            | FaultKind::SplitFrames { .. }
    )
}

/// The messages that a dispatch becomes: one, unless a fault makes it none or several.
fn messages(wire: &mut Wire, out: &Outgoing, played: Played) -> Result<Vec<Message>, PackError> {
    let payload = wire.dispatch(out)?;
    Ok(match played.kind {
        FaultKind::Drop => Vec::new(),
        FaultKind::Duplicate { times, .. } => {
            (0..=times).map(|_| wire.pack(payload.clone())).collect::<Result<_, _>>()?
        }
        FaultKind::Truncate { bytes } => vec![cut(&wire.pack(payload)?, bytes)],
        FaultKind::Corrupt => vec![wire.pack(corrupted(&payload, played.chance))?],
        FaultKind::SplitFrames { pieces } if wire.splits() => {
            let whole = Bytes::from(wire.pack(payload)?.into_payload());
            let size = whole.len().div_ceil(usize::try_from(pieces).unwrap_or(1)).max(1);
            whole.chunks(size).map(|piece| Message::binary(Bytes::copy_from_slice(piece))).collect()
        }
        _ => vec![wire.pack(payload)?],
    })
}

/// The head of a message; text is cut between characters.
fn cut(message: &Message, bytes: Option<usize>) -> Message {
    let whole = message.as_payload().len();
    let mut keep = bytes.unwrap_or(whole / 2).min(whole.saturating_sub(1));
    match message.as_text() {
        Some(text) => {
            while !text.is_char_boundary(keep) {
                keep -= 1;
            }
            Message::text(text[..keep].to_owned())
        }
        None => Message::binary(Bytes::copy_from_slice(&message.as_payload()[..keep])),
    }
}

/// The payload with one byte of its plain characters replaced.
fn corrupted(payload: &Bytes, chance: u64) -> Bytes {
    let mut spoilt = BytesMut::from(&payload[..]);
    let mut dice = Dice(chance);
    for _ in 0..64 {
        let at = usize::try_from(dice.next() % spoilt.len().max(1) as u64).unwrap_or(0);
        if let Some(byte) = spoilt.get_mut(at).filter(|byte| byte.is_ascii_punctuation()) {
            *byte = b'#';
            break;
        }
    }
    spoilt.freeze()
}

/// Waits until the socket takes a message.
async fn room(socket: &mut Socket) -> Result<(), End> {
    poll_fn(|context| socket.poll_ready_unpin(context)).await.map_err(|_| End::Lost)
}

fn feed(socket: &mut Socket, message: Result<Message, PackError>) -> Result<(), End> {
    socket.start_send_unpin(message.map_err(|_| End::Drop)?).map_err(|_| End::Lost)
}
