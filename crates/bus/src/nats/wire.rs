//! How events and notices look on the wire.
//!
//! An event is one byte for the version, four for the length of a JSON header, the header, and the raw payload,
//! compressed where that is worth it.

use std::{
    borrow::Cow,
    io::{Read as _, Write as _},
    sync::Arc,
};

use bytes::{BufMut as _, Bytes, BytesMut};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use guildhall_core::{
    clock::Timestamp,
    event::{Envelope, EventKind, Origin},
    id::{GuildId, InteractionId},
};
use serde::{Deserialize, Serialize};

/// The format that is written, and the only one that is read.
const VERSION: u8 = 1;

/// Payloads from this size on are compressed: a server refuses messages above 1 MB, and a large guild has more.
const COMPRESSED_FROM: usize = 16 * 1024;

/// A payload may not be larger than this when it is unpacked.
const MOST: u32 = 256 << 20;

/// The name of an event on the bus: the process that published it, and its number there.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Name {
    pub(super) instance: Arc<str>,
    pub(super) number: u64,
}

/// A message that is no event.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error("it has version {0}, and this program knows only {VERSION}: update it")]
    Version(u8),
    #[error("it ends too early")]
    Short,
    #[error("its header is malformed: {0}")]
    Header(#[from] serde_json::Error),
    #[error("it is a `{0}`, which this program does not know: update it")]
    Kind(String),
    #[error("its payload cannot be unpacked")]
    Payload,
}

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    /// The event's kind.
    #[serde(borrow)]
    k: Cow<'a, str>,
    /// The guild.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    g: Option<u64>,
    /// The interaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    i: Option<u64>,
    /// Shard, session and sequence that it came from.
    s: u32,
    #[serde(borrow)]
    e: Cow<'a, str>,
    q: u64,
    /// When it was received.
    r: i64,
    /// Who published it, and under which number.
    #[serde(borrow)]
    f: Cow<'a, str>,
    n: u64,
    /// The size of the payload when it is unpacked, where it is packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    z: Option<u32>,
}

/// An event as a message.
pub(super) fn encode(envelope: &Envelope<Bytes>, name: &Name) -> Bytes {
    let packed = pack(&envelope.payload);
    let header = Header {
        k: envelope.kind.name().into(),
        g: envelope.guild.map(GuildId::get),
        i: envelope.interaction.map(InteractionId::get),
        s: envelope.origin.shard,
        e: Cow::Borrowed(&envelope.origin.session),
        q: envelope.origin.sequence,
        r: envelope.received.0,
        f: Cow::Borrowed(&name.instance),
        n: name.number,
        z: packed.as_ref().and_then(|_| u32::try_from(envelope.payload.len()).ok()),
    };
    let header = serde_json::to_vec(&header).expect("numbers and texts are JSON");
    let payload = packed.as_deref().unwrap_or(&envelope.payload);
    let mut message = BytesMut::with_capacity(5 + header.len() + payload.len());
    message.put_u8(VERSION);
    message.put_u32(u32::try_from(header.len()).expect("a header is small"));
    message.put_slice(&header);
    message.put_slice(payload);
    message.freeze()
}

/// The event in a message.
pub(super) fn decode(message: &Bytes) -> Result<(Name, Envelope<Bytes>), WireError> {
    let version = *message.first().ok_or(WireError::Short)?;
    if version != VERSION {
        return Err(WireError::Version(version));
    }
    let length =
        message.get(1..5).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).ok_or(WireError::Short)?;
    let end = usize::try_from(u32::from_be_bytes(length)).ok().and_then(|length| length.checked_add(5));
    let end = end.filter(|end| *end <= message.len()).ok_or(WireError::Short)?;
    let header: Header<'_> = serde_json::from_slice(&message[5..end])?;
    let kind = EventKind::from_name(header.k.as_bytes());
    if kind.name() != header.k {
        return Err(WireError::Kind(header.k.into_owned()));
    }
    let payload = match header.z {
        None => message.slice(end..),
        Some(size) => unpack(&message[end..], size).ok_or(WireError::Payload)?,
    };
    let name = Name { instance: Arc::from(&*header.f), number: header.n };
    let origin = Origin { shard: header.s, session: Arc::from(&*header.e), sequence: header.q };
    let (guild, interaction) = (header.g.and_then(GuildId::new), header.i.and_then(InteractionId::new));
    Ok((name, Envelope { kind, guild, interaction, origin, received: Timestamp(header.r), payload }))
}

/// The payload packed, where it is large and gets smaller by that.
fn pack(payload: &[u8]) -> Option<Vec<u8>> {
    if payload.len() < COMPRESSED_FROM || payload.len() > MOST as usize {
        return None;
    }
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(payload.len() / 4), Compression::fast());
    encoder.write_all(payload).ok()?;
    encoder.finish().ok().filter(|packed| packed.len() < payload.len())
}

fn unpack(packed: &[u8], size: u32) -> Option<Bytes> {
    if size > MOST {
        return None;
    }
    let mut payload = Vec::new();
    // One byte more than it says, so that a payload that is longer is found out.
    ZlibDecoder::new(packed).take(u64::from(size) + 1).read_to_end(&mut payload).ok()?;
    (payload.len() == size as usize).then(|| payload.into())
}

/// What a worker tells the publisher of events, by their numbers.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub(super) struct Notice {
    /// Finished.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) done: Vec<u64>,
    /// Being worked on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) held: Vec<u64>,
    /// Given up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) back: Vec<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(payload: Bytes) -> Envelope<Bytes> {
        Envelope {
            kind: EventKind::MessageCreate,
            guild: GuildId::new(41_771_983_423_143_937),
            interaction: InteractionId::new(7),
            origin: Origin { shard: 3, session: "a \"session\"".into(), sequence: u64::MAX },
            received: Timestamp(-5),
            payload,
        }
    }

    fn name() -> Name {
        Name { instance: "0af3".into(), number: 12 }
    }

    #[test]
    fn an_event_comes_back_as_it_was() {
        let large = Bytes::from("{\"a\":1}".repeat(COMPRESSED_FROM));
        for payload in [Bytes::new(), Bytes::from_static(b"{}\0\xff"), large.clone()] {
            let event = event(payload.clone());
            let message = encode(&event, &name());
            let (found, read) = decode(&message).unwrap();
            assert_eq!(found, name());
            assert_eq!(
                (read.kind, read.guild, read.interaction),
                (event.kind, event.guild, event.interaction)
            );
            assert_eq!((read.origin, read.received, read.payload), (event.origin, event.received, payload));
        }
        assert!(encode(&event(large.clone()), &name()).len() < large.len() / 10);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let message = encode(&event(Bytes::from_static(b"{}")), &name());
        let mut newer = message.to_vec();
        newer[0] = 2;
        let fault = |bytes: Vec<u8>| decode(&bytes.into()).unwrap_err();
        assert!(matches!(fault(newer), WireError::Version(2)));
        assert!(matches!(fault(Vec::new()), WireError::Short));
        for length in 1..message.len() - 2 {
            fault(message[..length].to_vec());
        }
        let text =
            String::from_utf8(message[5..].to_vec()).unwrap().replace("MESSAGE_CREATE", "MESSAGE_SINGED");
        let strange = [&message[..5], text.as_bytes()].concat();
        assert!(matches!(fault(strange), WireError::Kind(kind) if kind == "MESSAGE_SINGED"));
    }

    #[test]
    fn a_payload_that_is_not_as_long_as_it_says_is_refused() {
        let packed = pack(&vec![b'x'; 20_000]).unwrap();
        assert!(unpack(&packed, 20_000).is_some());
        assert!(unpack(&packed, 19_999).is_none() && unpack(&packed, 20_001).is_none());
        assert!(unpack(&packed, u32::MAX).is_none());
    }

    #[test]
    fn a_notice_says_only_what_there_is_and_takes_what_it_does_not_know() {
        let notice = Notice { done: vec![1, 2], ..Notice::default() };
        assert_eq!(serde_json::to_string(&notice).unwrap(), r#"{"done":[1,2]}"#);
        assert_eq!(serde_json::from_str::<Notice>(r#"{"done":[1,2],"new":[3]}"#).unwrap(), notice);
    }
}
