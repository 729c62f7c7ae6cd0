//! What is in a file that somebody is given: its bytes as text, and what is packed in it.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

/// The head of each file in a ZIP (PKWARE, APPNOTE): its name and extra field have their lengths at 26 and 28.
const HEAD: &[u8] = b"PK\x03\x04";
const HEAD_LENGTH: usize = 30;

/// Everything that can be read in it.
pub(super) fn opened(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    let heads = (0..bytes.len().saturating_sub(HEAD_LENGTH)).filter(|at| bytes[*at..].starts_with(HEAD));
    for at in heads {
        let length =
            |offset: usize| usize::from(u16::from_le_bytes([bytes[at + offset], bytes[at + offset + 1]]));
        let packed = bytes.get(at + HEAD_LENGTH + length(26) + length(28)..).unwrap_or_default();
        let mut plain = Vec::new();
        // What comes after the packed file is not read; what breaks off was read as far as it goes.
        let _ = DeflateDecoder::new(packed).read_to_end(&mut plain);
        text.push('\n');
        text.push_str(&String::from_utf8_lossy(&plain));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::DeflateEncoder};

    use super::*;

    #[test]
    fn a_packed_file_is_read() {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
        packed.write_all(b"a canary sits here, and a canary sits there").unwrap();
        let mut head = vec![0; HEAD_LENGTH];
        head[..4].copy_from_slice(HEAD);
        head[26] = 1;
        let zip = [head, b"x".to_vec(), packed.finish().unwrap(), b"PK\x01\x02 and more".to_vec()].concat();
        assert!(opened(&zip).contains("a canary sits there"));
    }
}
