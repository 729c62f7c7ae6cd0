//! One connection of a taker, from Hello to its end.

use std::{sync::Arc, time::Duration};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};
use tokio_websockets::{ClientBuilder, Limits, MaybeTlsStream, Message, WebSocketStream};

use super::{Taker, Tally, count, frame::Frame};

/// How long a connection may take to be made and to say Hello.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a session stands.
#[derive(Debug, Default)]
pub(super) struct Place {
    session: Option<String>,
    resume_url: Option<String>,
    /// The last event's number.
    pub(super) seq: u64,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Parted {
    /// The session may be resumed.
    Lost,
    /// The session is over.
    Forgotten,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects, identifies or resumes, and takes events until the connection ends.
pub(super) async fn talk(taker: &Taker, place: &mut Place, tally: &Arc<Tally>) -> Parted {
    let base = place.resume_url.as_deref().unwrap_or(&taker.gateway);
    let Ok(builder) = ClientBuilder::new().uri(&format!("{base}/?v=10&encoding=json")) else {
        return Parted::Forgotten;
    };
    // A server with many channels is one large message.
    let builder = builder.limits(Limits::unlimited());
    let Ok(Ok((mut socket, _))) = timeout(PATIENCE, builder.connect()).await else { return Parted::Lost };
    if let MaybeTlsStream::Plain(stream) = socket.get_ref()
        && stream.set_nodelay(true).is_err()
    {
        return Parted::Lost;
    }
    count(&tally.connects, 1);
    count(&tally.connected, 1);
    let parted = Talk { taker, place, tally, socket: &mut socket }.run().await;
    tally.connected.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
    parted
}

struct Talk<'t> {
    taker: &'t Taker,
    place: &'t mut Place,
    tally: &'t Tally,
    socket: &'t mut Socket,
}

impl Talk<'_> {
    async fn run(mut self) -> Parted {
        let Ok(Some(Ok(hello))) = timeout(PATIENCE, self.socket.next()).await else { return Parted::Lost };
        let Some(Frame::Other { op: 10, data }) = Frame::read(hello.as_payload()) else {
            return Parted::Lost;
        };
        let interval = Duration::from_millis(data["heartbeat_interval"].as_u64().unwrap_or(41_250).max(100));
        if self.introduce().await.is_err() {
            return Parted::Lost;
        }
        let mut beat = Instant::now() + interval;
        let mut acknowledged = true;
        loop {
            tokio::select! {
                biased;
                () = sleep_until(beat) => {
                    // No acknowledgement between two beats: the connection is a zombie
                    // (Discord docs: Gateway, Sending Heartbeats).
                    if !acknowledged || self.heartbeat().await.is_err() {
                        return Parted::Lost;
                    }
                    acknowledged = false;
                    beat = Instant::now() + interval;
                }
                message = self.socket.next() => {
                    let Some(Ok(message)) = message else { return Parted::Lost };
                    if let Some((code, _)) = message.as_close() {
                        return Self::closed(code.into());
                    }
                    let payload = message.as_payload();
                    count(&self.tally.bytes, payload.len() as u64);
                    // A payload that was cut short is as good as a broken line.
                    if !payload.ends_with(b"}") {
                        return Parted::Lost;
                    }
                    match Frame::read(payload) {
                        Some(Frame::Dispatch { event, seq }) => self.dispatch(event, seq, payload),
                        Some(Frame::Other { op: 11, .. }) => acknowledged = true,
                        Some(Frame::Other { op: 1, .. }) => if self.heartbeat().await.is_err() {
                            return Parted::Lost;
                        },
                        Some(Frame::Other { op: 9, data }) => return self.invalid(&data),
                        // Reconnect, or no payload at all.
                        Some(Frame::Other { op: 7, .. }) | None => return Parted::Lost,
                        Some(Frame::Other { .. }) => {}
                    }
                }
            }
        }
    }

    /// Identify, or Resume where there is a session.
    async fn introduce(&mut self) -> Result<(), tokio_websockets::Error> {
        let taker = self.taker;
        let (op, data) = if let Some(session) = &self.place.session {
            (6, json!({ "token": taker.token, "session_id": session, "seq": self.place.seq }))
        } else {
            count(&self.tally.identifies, 1);
            let properties = json!({ "os": "linux", "browser": "taker", "device": "taker" });
            let (id, all) = taker.shard;
            let data = json!({
                "token": taker.token, "intents": taker.intents, "properties": properties, "shard": [id, all],
            });
            (2, data)
        };
        self.send(op, &data).await
    }

    async fn heartbeat(&mut self) -> Result<(), tokio_websockets::Error> {
        let seq = Some(self.place.seq).filter(|seq| *seq > 0);
        self.send(1, &json!(seq)).await
    }

    async fn send(&mut self, op: u8, data: &Value) -> Result<(), tokio_websockets::Error> {
        self.socket.send(Message::text(json!({ "op": op, "d": data }).to_string())).await
    }

    fn dispatch(&mut self, event: &str, seq: u64, payload: &[u8]) {
        let tally = self.tally;
        match seq.checked_sub(self.place.seq + 1) {
            Some(left_out) => {
                count(&tally.missing, left_out);
                self.place.seq = seq;
            }
            None => count(&tally.doubled, 1),
        }
        match event {
            "MESSAGE_CREATE" => count(&tally.messages, 1),
            "GUILD_CREATE" => count(&tally.guilds, 1),
            "READY" => {
                count(&tally.ready, 1);
                self.settle(payload);
            }
            "RESUMED" => count(&tally.resumes, 1),
            _ => count(&tally.others, 1),
        }
    }

    /// Keeps what a resume takes.
    fn settle(&mut self, payload: &[u8]) {
        let ready: Value = serde_json::from_slice(payload).unwrap_or_default();
        let text = |key: &str| ready["d"][key].as_str().map(str::to_owned);
        self.place.session = text("session_id");
        self.place.resume_url = text("resume_gateway_url");
    }

    fn invalid(&self, resumable: &Value) -> Parted {
        if resumable.as_bool() == Some(true) && self.place.session.is_some() {
            return Parted::Lost;
        }
        if self.place.session.is_some() {
            count(&self.tally.refused, 1);
        }
        Parted::Forgotten
    }

    fn closed(code: u16) -> Parted {
        match code {
            1000 | 1001 | 4004 | 4007 | 4009..=4014 => Parted::Forgotten,
            _ => Parted::Lost,
        }
    }
}
