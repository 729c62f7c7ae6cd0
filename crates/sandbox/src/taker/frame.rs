//! What a payload is, read from its first bytes where it looks as the sandbox writes it.

use serde::Deserialize;
use serde_json::Value;

/// A payload, as far as a taker looks into it.
#[derive(Debug, PartialEq)]
pub(super) enum Frame<'f> {
    /// An event with its number. Its data is looked at only where it is small.
    Dispatch { event: &'f str, seq: u64 },
    /// Anything else.
    Other { op: u64, data: Value },
}

impl<'f> Frame<'f> {
    /// Reads a payload; nothing for what is none.
    pub(super) fn read(payload: &'f [u8]) -> Option<Self> {
        Self::glance(payload).or_else(|| Self::parse(payload))
    }

    /// `{"t":"EVENT","s":NUMBER,` needs no parser.
    fn glance(payload: &'f [u8]) -> Option<Self> {
        let rest = payload.strip_prefix(b"{\"t\":\"")?;
        let name = rest.iter().position(|byte| *byte == b'"')?;
        let event = std::str::from_utf8(&rest[..name]).ok()?;
        let rest = rest[name..].strip_prefix(b"\",\"s\":")?;
        let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
        let seq = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        Some(Self::Dispatch { event, seq })
    }

    fn parse(payload: &'f [u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Whole<'w> {
            op: u64,
            #[serde(default)]
            s: Option<u64>,
            #[serde(default, borrow)]
            t: Option<&'w str>,
            #[serde(default)]
            d: Value,
        }
        let whole: Whole<'f> = serde_json::from_slice(payload).ok()?;
        Some(match (whole.op, whole.t, whole.s) {
            (0, Some(event), Some(seq)) => Self::Dispatch { event, seq },
            (op, _, _) => Self::Other { op, data: whole.d },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_dispatch_is_known_by_its_first_bytes_in_either_order() {
        let ours = br#"{"t":"MESSAGE_CREATE","s":17,"op":0,"d":{"x":"#;
        assert_eq!(Frame::read(ours), Some(Frame::Dispatch { event: "MESSAGE_CREATE", seq: 17 }));
        let other = br#"{"op":0,"d":{},"s":18,"t":"READY"}"#;
        assert_eq!(Frame::read(other), Some(Frame::Dispatch { event: "READY", seq: 18 }));
        let hello = br#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":5}}"#;
        assert_eq!(
            Frame::read(hello),
            Some(Frame::Other { op: 10, data: json!({ "heartbeat_interval": 5 }) })
        );
        assert_eq!(Frame::read(b"{\"t\":\"X"), None);
    }
}
