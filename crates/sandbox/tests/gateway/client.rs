//! A gateway client of a few lines, which sees what goes over the wire.

use std::time::Duration;

use flate2::{Decompress, FlushDecompress};
use futures::{SinkExt, StreamExt};
use guildhall_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_websockets::{ClientBuilder, CloseCode, MaybeTlsStream, Message, WebSocketStream};
use zstd_safe::{DCtx, InBuffer, OutBuffer};

/// Nothing takes longer than this unless something is wrong.
const BOUND: Duration = Duration::from_secs(20);

/// What a client heard.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A payload.
    Payload(Value),
    /// A close frame with its code.
    Closed(u16),
    /// The end without a close frame.
    Gone,
}

/// How messages are unpacked.
enum Unpacker {
    Plain,
    Zlib(Decompress),
    Zstd(DCtx<'static>),
}

/// A connection.
pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    unpacker: Unpacker,
    /// The last dispatch's number.
    pub(crate) seq: u64,
    /// How many messages came as binary.
    pub(crate) binary: u32,
    /// The text of the last message.
    pub(crate) raw: String,
}

impl Client {
    /// Connects with this query and reads Hello.
    pub(crate) async fn connect(sandbox: &Sandbox, query: &str) -> Self {
        let mut client = Self::open(sandbox, query).await;
        let hello = client.payload().await;
        assert_eq!(hello["op"], 10, "{hello}");
        assert_eq!(hello["s"], Value::Null);
        assert!(hello["d"]["heartbeat_interval"].is_u64());
        client
    }

    /// Connects without reading anything.
    pub(crate) async fn open(sandbox: &Sandbox, query: &str) -> Self {
        Self::try_open(sandbox, query).await.expect("the sandbox takes connections")
    }

    /// The same, unless the sandbox does not take the connection.
    pub(crate) async fn try_open(sandbox: &Sandbox, query: &str) -> Option<Self> {
        let uri = format!("{}/?{query}", sandbox.gateway_url());
        let builder = ClientBuilder::new().uri(&uri).unwrap();
        let (socket, _) = timeout(BOUND, builder.connect()).await.unwrap().ok()?;
        let unpacker = if query.contains("zlib-stream") {
            Unpacker::Zlib(Decompress::new(true))
        } else if query.contains("zstd-stream") {
            Unpacker::Zstd(DCtx::create())
        } else {
            Unpacker::Plain
        };
        Some(Self { socket, unpacker, seq: 0, binary: 0, raw: String::new() })
    }

    /// The next message as it is.
    pub(crate) async fn bytes(&mut self) -> Vec<u8> {
        let next = timeout(BOUND, self.socket.next()).await.expect("the sandbox says something in time");
        next.expect("a message").expect("a sound message").as_payload().to_vec()
    }

    /// Sends bytes as a binary message.
    pub(crate) async fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.socket.send(Message::binary(bytes)).await.unwrap();
    }

    /// Unpacks bytes of a zlib stream.
    pub(crate) fn inflate(&mut self, bytes: &[u8]) -> String {
        match &mut self.unpacker {
            Unpacker::Zlib(stream) => inflate(stream, bytes),
            _ => panic!("the connection is no zlib stream"),
        }
    }

    /// Sends an operation as text.
    pub(crate) async fn send(&mut self, op: u8, data: Value) {
        self.send_raw(json!({ "op": op, "d": data }).to_string()).await;
    }

    /// Sends any text.
    pub(crate) async fn send_raw(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Sends any bytes; tells whether the connection still took them.
    pub(crate) async fn try_send_bytes(&mut self, bytes: Vec<u8>) -> bool {
        let message = match String::from_utf8(bytes) {
            Ok(text) => Message::text(text),
            Err(error) => Message::binary(error.into_bytes()),
        };
        self.socket.send(message).await.is_ok()
    }

    /// Sends an operation as a binary message.
    pub(crate) async fn send_binary(&mut self, op: u8, data: Value) {
        self.socket
            .send(Message::binary(json!({ "op": op, "d": data }).to_string().into_bytes()))
            .await
            .unwrap();
    }

    /// Closes with a code and waits for the end.
    pub(crate) async fn close(mut self, code: u16) {
        let code = CloseCode::try_from(code).unwrap();
        self.socket.send(Message::close(Some(code), "")).await.unwrap();
        let _end = timeout(BOUND, async { while let Some(Ok(_)) = self.socket.next().await {} }).await;
    }

    /// The next payload, close or end.
    pub(crate) async fn hear(&mut self) -> Heard {
        let next = timeout(BOUND, self.socket.next()).await.expect("the sandbox says something in time");
        let Some(Ok(message)) = next else { return Heard::Gone };
        if let Some((code, _)) = message.as_close() {
            return Heard::Closed(code.into());
        }
        self.binary += u32::from(message.is_binary());
        let text = self.unpack(&message);
        let payload: Value = serde_json::from_str(&text).unwrap();
        self.raw = text;
        if let Some(seq) = payload["s"].as_u64() {
            self.seq = seq;
        }
        Heard::Payload(payload)
    }

    /// The next payload.
    pub(crate) async fn payload(&mut self) -> Value {
        match self.hear().await {
            Heard::Payload(payload) => payload,
            other => panic!("expected a payload, heard {other:?}"),
        }
    }

    /// The code of the close frame; payloads before it are passed over.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match self.hear().await {
                Heard::Payload(_) => {}
                Heard::Closed(code) => return code,
                Heard::Gone => panic!("the line broke without a close frame"),
            }
        }
    }

    /// The data of the next dispatch, which must be this event.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        let mut payload = self.payload().await;
        assert_eq!(payload["t"], name, "{payload}");
        assert_eq!(payload["op"], 0);
        payload["d"].take()
    }

    /// Identifies with a token, intents and further keys, and reads READY.
    pub(crate) async fn identify(&mut self, token: &str, intents: u64, more: Value) -> Value {
        self.ask_identify(token, intents, more).await;
        self.event("READY").await
    }

    /// Identifies and reads nothing.
    pub(crate) async fn ask_identify(&mut self, token: &str, intents: u64, more: Value) {
        let mut data = json!({ "token": token, "intents": intents, "properties": {} });
        data.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.send(2, data).await;
    }

    /// Asks to resume and reads nothing.
    pub(crate) async fn ask_resume(&mut self, token: &str, session_id: &str, seq: u64) {
        self.send(6, json!({ "token": token, "session_id": session_id, "seq": seq })).await;
    }

    fn unpack(&mut self, message: &Message) -> String {
        let bytes: &[u8] = message.as_payload();
        match &mut self.unpacker {
            Unpacker::Plain if message.is_text() => String::from_utf8(bytes.to_vec()).unwrap(),
            Unpacker::Plain => inflate(&mut Decompress::new(true), bytes),
            Unpacker::Zlib(stream) => {
                assert!(bytes.ends_with(&[0, 0, 0xff, 0xff]), "each message ends with a flush");
                inflate(stream, bytes)
            }
            Unpacker::Zstd(stream) => {
                let mut out = vec![0; 4 * 1024 * 1024];
                let mut input = InBuffer::around(bytes);
                let mut output = OutBuffer::around(out.as_mut_slice());
                while input.pos() < bytes.len() {
                    stream.decompress_stream(&mut output, &mut input).unwrap();
                }
                String::from_utf8(output.as_slice().to_vec()).unwrap()
            }
        }
    }
}

fn inflate(stream: &mut Decompress, bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(4 * 1024 * 1024);
    stream.decompress_vec(bytes, &mut out, FlushDecompress::Sync).unwrap();
    String::from_utf8(out).unwrap()
}
