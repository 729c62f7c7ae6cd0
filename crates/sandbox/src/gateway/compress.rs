//! The ways a payload is packed (Discord docs: Gateway, Encoding and Compression).

use bytes::{BufMut, Bytes, BytesMut};
use flate2::{Compress, Compression, FlushCompress};
use thiserror::Error;
use tokio_websockets::Message;
use zstd_safe::{CCtx, InBuffer, OutBuffer, zstd_sys::ZSTD_EndDirective};

/// Payloads smaller than this are not worth compressing one by one.
const WORTHWHILE: usize = 1_024;

/// How payloads are packed on one connection.
#[derive(Default)]
pub(crate) enum Packer {
    /// Not at all.
    #[default]
    Plain,
    /// Each large payload by itself, as asked for in Identify.
    Payload,
    /// One zlib stream; every message ends with a flush.
    Zlib(Box<Compress>),
    /// One zstd stream; every message is flushed, the frame never ends.
    Zstd(CCtx<'static>),
}

/// The packing failed, which leaves a stream unusable.
#[derive(Debug, Error)]
#[error("compress a payload")]
pub(crate) struct PackError;

impl Packer {
    /// The packing that the address asked for.
    pub(crate) fn for_transport(name: &str) -> Option<Self> {
        match name {
            "" => Some(Self::Plain),
            "zlib-stream" => Some(Self::Zlib(Box::new(Compress::new(Compression::fast(), true)))),
            "zstd-stream" => {
                let mut context = CCtx::create();
                context.init(1).ok()?;
                Some(Self::Zstd(context))
            }
            _ => None,
        }
    }

    /// Packs one payload; without compression it goes as text, unless it is none.
    pub(crate) fn pack(&mut self, payload: Bytes, binary: bool) -> Result<Message, PackError> {
        match self {
            Self::Plain if binary => Ok(Message::binary(payload)),
            Self::Plain => Ok(Message::text(payload)),
            Self::Payload if payload.len() < WORTHWHILE => Ok(Message::text(payload)),
            Self::Payload => {
                let mut once = Compress::new(Compression::fast(), true);
                deflate(&mut once, &payload, FlushCompress::Finish).map(Message::binary)
            }
            Self::Zlib(stream) => deflate(stream, &payload, FlushCompress::Sync).map(Message::binary),
            Self::Zstd(stream) => squeeze(stream, &payload).map(Message::binary),
        }
    }
}

fn deflate(stream: &mut Compress, payload: &[u8], flush: FlushCompress) -> Result<Bytes, PackError> {
    let mut out = Vec::with_capacity(payload.len() / 3 + 64);
    let begun = stream.total_in();
    loop {
        let eaten = usize::try_from(stream.total_in() - begun).map_err(|_| PackError)?;
        let status = stream.compress_vec(&payload[eaten..], &mut out, flush).map_err(|_| PackError)?;
        let all_eaten = stream.total_in() - begun == payload.len() as u64;
        // Room left in the buffer tells that the flush is complete.
        if status == flate2::Status::StreamEnd || (all_eaten && out.len() < out.capacity()) {
            return Ok(out.into());
        }
        out.reserve(out.capacity().max(256));
    }
}

fn squeeze(stream: &mut CCtx<'static>, payload: &[u8]) -> Result<Bytes, PackError> {
    let mut out = vec![0; zstd_safe::compress_bound(payload.len()) + 64];
    let mut written = 0;
    let mut input = InBuffer::around(payload);
    loop {
        let mut output = OutBuffer::around_pos(out.as_mut_slice(), written);
        let left = stream
            .compress_stream2(&mut output, &mut input, ZSTD_EndDirective::ZSTD_e_flush)
            .map_err(|_| PackError)?;
        written = output.pos();
        if left == 0 {
            // Copied, since the buffer was made for the worst case and may wait long in a socket's queue.
            return Ok(Bytes::copy_from_slice(&out[..written]));
        }
        out.resize(written + left.max(256), 0);
    }
}

/// Puts dispatches together: only the prefix with name and number is made for each session.
#[derive(Debug, Default)]
pub(crate) struct Framer {
    buffer: BytesMut,
}

impl Framer {
    /// A dispatch as it goes over the wire, in Discord's order of keys.
    pub(crate) fn dispatch(&mut self, event: &str, seq: u64, data: &[u8]) -> Bytes {
        let digits = itoa(seq);
        let number = digits.text();
        let size = event.len() + number.len() + data.len() + 26;
        if self.buffer.capacity() < size {
            self.buffer.reserve(size.max(256 * 1024));
        }
        let out = &mut self.buffer;
        out.put_slice(b"{\"t\":\"");
        out.put_slice(event.as_bytes());
        out.put_slice(b"\",\"s\":");
        out.put_slice(number);
        out.put_slice(b",\"op\":0,\"d\":");
        out.put_slice(data);
        out.put_u8(b'}');
        out.split().freeze()
    }
}

struct Digits {
    bytes: [u8; 20],
    from: usize,
}

impl Digits {
    fn text(&self) -> &[u8] {
        &self.bytes[self.from..]
    }
}

fn itoa(mut number: u64) -> Digits {
    let mut digits = Digits { bytes: [b'0'; 20], from: 20 };
    loop {
        digits.from -= 1;
        digits.bytes[digits.from] = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        if number == 0 {
            return digits;
        }
    }
}

/// A payload that is no dispatch.
pub(crate) fn plain(op: u8, data: &serde_json::Value) -> Bytes {
    format!("{{\"t\":null,\"s\":null,\"op\":{op},\"d\":{data}}}").into()
}

#[cfg(test)]
mod tests {
    use flate2::{Decompress, FlushDecompress};

    use super::*;

    const SAMPLES: [&str; 3] = ["{\"op\":10}", "{\"op\":11,\"d\":null}", "x"];

    fn packed(packer: &mut Packer, text: &str) -> Vec<u8> {
        let message = packer.pack(Bytes::copy_from_slice(text.as_bytes()), false).unwrap();
        assert!(message.is_binary());
        message.as_payload().to_vec()
    }

    #[test]
    fn zlib_messages_share_one_stream_and_end_with_a_flush() {
        let mut packer = Packer::for_transport("zlib-stream").unwrap();
        let mut reader = Decompress::new(true);
        let long = "abc".repeat(100_000);
        for text in SAMPLES.into_iter().chain([long.as_str()]) {
            let bytes = packed(&mut packer, text);
            assert!(bytes.ends_with(&[0, 0, 0xff, 0xff]));
            let mut out = Vec::with_capacity(text.len() + 64);
            reader.decompress_vec(&bytes, &mut out, FlushDecompress::Sync).unwrap();
            assert_eq!(out, text.as_bytes());
        }
    }

    #[test]
    fn zstd_messages_share_one_stream() {
        let mut packer = Packer::for_transport("zstd-stream").unwrap();
        let mut reader = zstd_safe::DCtx::create();
        for text in SAMPLES {
            let bytes = packed(&mut packer, text);
            let mut out = [0; 4_096];
            let mut input = InBuffer::around(&bytes);
            let mut output = OutBuffer::around(out.as_mut_slice());
            reader.decompress_stream(&mut output, &mut input).unwrap();
            assert_eq!(output.as_slice(), text.as_bytes());
        }
    }

    #[test]
    fn only_large_payloads_are_packed_by_themselves() {
        let mut packer = Packer::Payload;
        assert!(packer.pack(Bytes::from_static(b"{}"), false).unwrap().is_text());
        let long = "abc".repeat(1_000);
        let bytes = packed(&mut packer, &long);
        let mut out = Vec::with_capacity(long.len() + 64);
        Decompress::new(true).decompress_vec(&bytes, &mut out, FlushDecompress::Finish).unwrap();
        assert_eq!(out, long.as_bytes());
    }

    #[test]
    fn a_dispatch_has_discords_order_of_keys() {
        let mut framer = Framer::default();
        assert_eq!(framer.dispatch("READY", 1, b"{}"), "{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{}}");
        assert_eq!(framer.dispatch("A", 1_234_567, b"[]"), "{\"t\":\"A\",\"s\":1234567,\"op\":0,\"d\":[]}");
    }
}
