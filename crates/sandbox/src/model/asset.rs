//! Pictures and sounds that were uploaded as text, and are served again.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

/// Pictures kept at the same time; each is at most 10 MiB and mostly a few KiB.
const MOST: usize = 2_000;

/// A file with its kind.
#[derive(Clone, Debug, Default)]
pub struct Asset {
    /// The bytes.
    pub data: Bytes,
    /// The media type, recognised by the bytes.
    pub kind: &'static str,
}

impl Asset {
    /// Whether it is a picture that may move.
    pub fn is_animated(&self) -> bool {
        self.kind == "image/gif" || (self.kind == "image/webp" && self.data.get(12..16) == Some(b"VP8X"))
    }

    /// A name that stands for the content, as Discord names pictures; animated ones begin with `a_`.
    pub fn hash(&self) -> String {
        let digest = format!("{}", sha1_smol::Sha1::from(&self.data).digest());
        let short = &digest[..32];
        if self.is_animated() { format!("a_{short}") } else { short.to_owned() }
    }
}

/// Pictures by hash, such as icons and avatars; the oldest go first.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    by_hash: HashMap<String, Asset>,
    order: VecDeque<String>,
}

impl Assets {
    /// Keeps a picture and returns its hash.
    pub fn put(&mut self, asset: Asset) -> String {
        let hash = asset.hash();
        if self.by_hash.insert(hash.clone(), asset).is_none() {
            self.order.push_back(hash.clone());
            if self.order.len() > MOST
                && let Some(oldest) = self.order.pop_front()
            {
                self.by_hash.remove(&oldest);
            }
        }
        hash
    }

    /// A picture that is still kept.
    pub fn get(&self, hash: &str) -> Option<&Asset> {
        self.by_hash.get(hash)
    }
}
