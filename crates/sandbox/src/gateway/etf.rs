//! Erlang's external term format, as far as Discord uses it (Discord docs: Gateway, Using ETF Encoding).
//! JSON becomes terms when it is sent; a client's terms become JSON values when they are read.

mod read;
mod write;

use bytes::{Bytes, BytesMut};
use serde_json::{Value, json};

pub(super) use read::read;

/// The version with which every term begins.
const VERSION: u8 = 131;

mod tag {
    pub(super) const NEW_FLOAT: u8 = 70;
    pub(super) const SMALL_INTEGER: u8 = 97;
    pub(super) const INTEGER: u8 = 98;
    pub(super) const FLOAT: u8 = 99;
    pub(super) const ATOM: u8 = 100;
    pub(super) const NIL: u8 = 106;
    pub(super) const STRING: u8 = 107;
    pub(super) const LIST: u8 = 108;
    pub(super) const BINARY: u8 = 109;
    pub(super) const SMALL_BIG: u8 = 110;
    pub(super) const SMALL_ATOM: u8 = 115;
    pub(super) const MAP: u8 = 116;
    pub(super) const ATOM_UTF8: u8 = 118;
    pub(super) const SMALL_ATOM_UTF8: u8 = 119;
}

/// A dispatch whose data is JSON; nothing when it is not.
pub(super) fn dispatch(event: &str, seq: u64, data: &[u8]) -> Option<Bytes> {
    let mut out = BytesMut::with_capacity(data.len() + 64);
    write::head(&mut out, 4);
    write::entry(&mut out, "t", &json!(event));
    write::entry(&mut out, "s", &json!(seq));
    write::entry(&mut out, "op", &json!(0));
    write::text(&mut out, "d");
    write::json(&mut out, data)?;
    Some(out.freeze())
}

/// A payload that is no dispatch.
pub(super) fn plain(op: u8, data: &Value) -> Bytes {
    let mut out = BytesMut::with_capacity(256);
    write::head(&mut out, 4);
    write::entry(&mut out, "t", &Value::Null);
    write::entry(&mut out, "s", &Value::Null);
    write::entry(&mut out, "op", &json!(op));
    write::entry(&mut out, "d", data);
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let data = json!({
            "id": "81384788765712384", "none": null, "yes": true, "no": false, "small": 200, "large": 70_000,
            "negative": -5, "huge": u64::MAX, "least": i64::MIN, "half": 0.5, "empty": [], "list": [1, "é", {}],
        });
        let bytes = dispatch("READY", 7, data.to_string().as_bytes()).unwrap();
        assert_eq!(read(&bytes), Some(json!({ "t": "READY", "s": 7, "op": 0, "d": data })));
        let hello = plain(10, &json!({ "heartbeat_interval": 41_250 }));
        assert_eq!(read(&hello).unwrap()["d"]["heartbeat_interval"], 41_250);
    }

    #[test]
    fn the_bytes_are_those_of_the_format() {
        assert_eq!(
            &plain(11, &Value::Null)[..],
            [
                &[131, 116, 0, 0, 0, 4][..],
                &[109, 0, 0, 0, 1, b't', 115, 3, b'n', b'i', b'l'],
                &[109, 0, 0, 0, 1, b's', 115, 3, b'n', b'i', b'l'],
                &[109, 0, 0, 0, 2, b'o', b'p', 97, 11],
                &[109, 0, 0, 0, 1, b'd', 115, 3, b'n', b'i', b'l']
            ]
            .concat()
        );
    }
}
