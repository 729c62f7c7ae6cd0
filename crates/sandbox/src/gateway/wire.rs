//! Between payloads and messages: encoding, then compression.

use bytes::Bytes;
use serde_json::Value;
use tokio_websockets::Message;

use super::{
    compress::{Framer, PackError, Packer},
    etf,
    session::Outgoing,
};

/// How payloads are written (Discord docs: Gateway, Encoding and Compression).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Encoding {
    /// As JSON.
    #[default]
    Json,
    /// In Erlang's external term format.
    Etf,
}

/// Writes and reads the messages of one connection.
#[derive(Default)]
pub(super) struct Wire {
    encoding: Encoding,
    packer: Packer,
    framer: Framer,
}

impl Wire {
    pub(super) fn new(encoding: Encoding, packer: Packer) -> Self {
        Self { encoding, packer, framer: Framer::default() }
    }

    /// A dispatch, not yet packed.
    pub(super) fn dispatch(&mut self, out: &Outgoing) -> Result<Bytes, PackError> {
        match self.encoding {
            Encoding::Json => Ok(self.framer.dispatch(out.event, out.seq, &out.data)),
            Encoding::Etf => etf::dispatch(out.event, out.seq, &out.data).ok_or(PackError),
        }
    }

    /// A payload that is no dispatch, as a message.
    pub(super) fn plain(&mut self, op: u8, data: &Value) -> Result<Message, PackError> {
        let payload = match self.encoding {
            Encoding::Json => super::compress::plain(op, data),
            Encoding::Etf => etf::plain(op, data),
        };
        self.pack(payload)
    }

    /// Compresses a payload as the connection wants it.
    pub(super) fn pack(&mut self, payload: Bytes) -> Result<Message, PackError> {
        self.packer.pack(payload, self.encoding == Encoding::Etf)
    }

    /// Each large payload is packed by itself from now on, unless there is a stream or no JSON.
    pub(super) fn pack_payloads(&mut self) {
        if self.encoding == Encoding::Json && matches!(self.packer, Packer::Plain) {
            self.packer = Packer::Payload;
        }
    }

    /// Whether one message of the stream may come in several frames.
    pub(super) fn splits(&self) -> bool {
        matches!(self.packer, Packer::Zlib(_))
    }

    /// Reads a client's payload. JSON comes as text or as binary, terms as binary alone.
    pub(super) fn read(&self, payload: &[u8], is_text: bool) -> Option<Value> {
        match self.encoding {
            Encoding::Json => serde_json::from_slice(payload).ok(),
            Encoding::Etf if is_text => None,
            Encoding::Etf => etf::read(payload),
        }
    }
}
