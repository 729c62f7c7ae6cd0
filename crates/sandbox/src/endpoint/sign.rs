//! The signature under everything that is sent to an application's own address.
//! (Discord docs: Interactions Overview, Setting Up an Endpoint.)

use ring::digest;
use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::snowflake::Id;

/// The public key of an application, in hexadecimal. It is made from the id, so that it stays the same when
/// the sandbox is started anew; it proves nothing beyond a sandbox.
pub(crate) fn verify_key(application_id: Id) -> String {
    pair(application_id).map(|pair| hex(pair.public_key().as_ref())).unwrap_or_default()
}

/// The signature over a timestamp and a body, in hexadecimal.
pub(crate) fn sign(application_id: Id, timestamp: &str, body: &[u8]) -> String {
    let signed = [timestamp.as_bytes(), body].concat();
    pair(application_id).map(|pair| hex(pair.sign(&signed).as_ref())).unwrap_or_default()
}

fn pair(application_id: Id) -> Option<Ed25519KeyPair> {
    let seed = digest::digest(&digest::SHA256, format!("the sandbox signs for {application_id}").as_bytes());
    Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
    }

    #[test]
    fn signatures_fit_the_public_key_and_the_body() {
        let key = UnparsedPublicKey::new(&ED25519, bytes(&verify_key(7)));
        let signature = bytes(&sign(7, "1790000000", b"{}"));
        assert!(key.verify(b"1790000000{}", &signature).is_ok());
        assert!(key.verify(b"1790000001{}", &signature).is_err());
        assert_ne!(verify_key(7), verify_key(8));
    }
}
