//! Files inside JSON: `data:image/png;base64,...` (Discord docs: Reference, Image Data). The bytes decide
//! what a file is; what it claims to be does not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::form::{Form, Path};
use crate::model::Asset;

/// What kind of file is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A picture.
    Image,
    /// A sound.
    Audio,
}

/// A file in a field, at most `max` bytes; absent and null give `None`.
pub(crate) fn read(
    form: &mut Form,
    object: &Map<String, Value>,
    key: &str,
    path: Path<'_>,
    (expected, max): (Expected, usize),
) -> Option<Asset> {
    let text = match object.get(key) {
        None | Some(Value::Null) => return None,
        Some(Value::String(text)) => text.as_str(),
        Some(_) => "",
    };
    match decode(text, expected, max) {
        Ok(asset) => Some(asset),
        Err((code, message)) => {
            form.error(path.key(key), code, message);
            None
        }
    }
}

fn decode(text: &str, expected: Expected, max: usize) -> Result<Asset, (&'static str, String)> {
    let invalid = || match expected {
        Expected::Image => ("IMAGE_INVALID", "Invalid image data".to_owned()),
        Expected::Audio => ("SOUND_INVALID", "Invalid audio data".to_owned()),
    };
    let (head, body) = text.split_once(',').ok_or_else(invalid)?;
    if !head.starts_with("data:") || !head.ends_with(";base64") {
        return Err(invalid());
    }
    let too_large = || ("BINARY_TYPE_MAX_SIZE", format!("File cannot be larger than {}.0 kb.", max / 1024));
    // Four characters are three bytes; padding may make it look up to two bytes larger.
    if body.len() / 4 * 3 > max + 2 {
        return Err(too_large());
    }
    let data = STANDARD.decode(body).map_err(|_| invalid())?;
    if data.len() > max {
        return Err(too_large());
    }
    let kind = sniff(&data).filter(|kind| match expected {
        Expected::Image => kind.starts_with("image/"),
        Expected::Audio => kind.starts_with("audio/"),
    });
    Ok(Asset { kind: kind.ok_or_else(invalid)?, data: data.into() })
}

/// The media type of a file, by its first bytes.
pub(crate) fn sniff(data: &[u8]) -> Option<&'static str> {
    match data {
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f', ..] => Some("image/avif"),
        [b'O', b'g', b'g', b'S', ..] => Some("audio/ogg"),
        [b'I', b'D', b'3', ..] => Some("audio/mpeg"),
        // An MPEG frame: eleven bits of sync, and layer 3.
        [0xFF, second, ..] if second & 0xE6 == 0xE2 => Some("audio/mpeg"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    fn uri(data: &[u8]) -> String {
        format!("data:image/png;base64,{}", STANDARD.encode(data))
    }

    #[test]
    fn the_bytes_decide_what_it_is() {
        assert_eq!(decode(&uri(PNG), Expected::Image, 100).expect("a picture").kind, "image/png");
        assert_eq!(decode(&uri(b"GIF89a"), Expected::Image, 100).expect("a picture").kind, "image/gif");
        assert_eq!(decode(&uri(b"OggS"), Expected::Audio, 100).expect("a sound").kind, "audio/ogg");
        for bad in [uri(b"<html>"), uri(b"OggS"), "data:image/png,abc".to_owned(), "x".to_owned()] {
            assert_eq!(decode(&bad, Expected::Image, 100).expect_err("not a picture").0, "IMAGE_INVALID");
        }
    }

    #[test]
    fn the_size_is_bounded_before_it_is_decoded() {
        assert!(decode(&uri(PNG), Expected::Image, PNG.len()).is_ok());
        assert_eq!(decode(&uri(PNG), Expected::Image, 8).expect_err("large").0, "BINARY_TYPE_MAX_SIZE");
    }
}
