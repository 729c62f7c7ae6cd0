//! What a handler answers, and what it sends besides. Nothing pings anyone unless it names them.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use guildhall_core::id::{ChannelId, GuildId, UserId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use twilight_model::channel::message::{Component, Embed};

use crate::failure::Failure;

/// Files of one message (Discord docs: Reference, Uploading Files).
pub const FILES: usize = 10;
/// Bytes of all files of one message together. Discord takes 10 MiB from a bot in a server without boosts; the
/// rest is for what goes around them. They are stored with the answer until Discord has them.
pub const FILE_BYTES: usize = 9 * 1024 * 1024;

/// The visible part of a message.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Body {
    /// Up to 2,000 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// Up to ten embeds of 6,000 characters together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub embeds: Vec<Embed>,
    /// Up to five rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
    /// The users that this message may ping; usually nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pings: Vec<UserId>,
    /// Up to [`FILES`] files of [`FILE_BYTES`] bytes together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
}

/// A file of a message.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
pub struct File {
    /// Its name with the ending: letters, digits, `_`, `-` and `.`.
    pub name: String,
    /// What it is, for those who cannot open it; up to 1,024 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What is in it.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub bytes: Vec<u8>,
}

/// Without what is in it.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({}, {} bytes)", self.name, self.bytes.len())
    }
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(|_| D::Error::custom("no base 64"))
}

/// The answer to one interaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A new message.
    Message {
        /// What it shows.
        body: Body,
        /// Whether only the caller sees it.
        ephemeral: bool,
    },
    /// The message that carries the clicked component becomes this.
    Update(Body),
    /// A form.
    Modal(Modal),
    /// Nothing new to see.
    Acknowledge,
}

/// A form of up to five inputs (Discord docs: Receiving and Responding, Modal).
#[derive(Clone, Debug, PartialEq)]
pub struct Modal {
    /// Names the handler, made by [`custom_id`](crate::component::custom_id).
    pub custom_id: String,
    /// Up to 45 characters.
    pub title: String,
    /// The labels and inputs.
    pub components: Vec<Component>,
}

impl Reply {
    /// A message that everyone in the channel sees.
    pub fn public(content: impl Into<String>) -> Self {
        Self::Message { body: Body::text(content), ephemeral: false }
    }

    /// A message that only the caller sees.
    pub fn hidden(content: impl Into<String>) -> Self {
        Self::Message { body: Body::text(content), ephemeral: true }
    }

    /// A message with these embeds that everyone in the channel sees.
    pub fn embed(embed: Embed) -> Self {
        Self::Message { body: Body { embeds: vec![embed], ..Body::default() }, ephemeral: false }
    }

    /// The same, seen only by the caller.
    pub fn ephemeral(self) -> Self {
        match self {
            Self::Message { body, .. } => Self::Message { body, ephemeral: true },
            other => other,
        }
    }

    /// The same, if Discord would take its files.
    pub fn checked(self) -> Result<Self, Failure> {
        if let Self::Message { body, .. } | Self::Update(body) = &self {
            body.check()?;
        }
        Ok(self)
    }

    /// The same with these files.
    pub fn with_files(mut self, files: Vec<File>) -> Self {
        if let Self::Message { body, .. } | Self::Update(body) = &mut self {
            body.files = files;
        }
        self
    }

    /// The same with these rows of components.
    pub fn with_components(mut self, rows: Vec<Component>) -> Self {
        if let Self::Message { body, .. } | Self::Update(body) = &mut self {
            body.components = rows;
        }
        self
    }
}

impl Body {
    /// Whether Discord would take the files, and whether the names are plain.
    pub fn check(&self) -> Result<(), Failure> {
        let plain = |name: &str| {
            !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-.".contains(&c))
        };
        if self.files.len() > FILES || self.files.iter().any(|file| !plain(&file.name)) {
            return Err(Failure::internal(
                "a message has too many files, or one with a name that is not plain",
            ));
        }
        let bytes: usize = self.files.iter().map(|file| file.bytes.len()).sum();
        if bytes > FILE_BYTES {
            return Err(Failure::files_too_large());
        }
        Ok(())
    }

    /// A body of words alone.
    pub fn text(content: impl Into<String>) -> Self {
        Self { content: content.into(), ..Self::default() }
    }
}

/// A message that a handler sends to a channel. It is stored with the handler's effects and sent after
/// they are committed, once.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// The guild that it belongs to.
    pub guild: GuildId,
    /// Where it goes.
    pub channel: ChannelId,
    /// What it shows.
    pub body: Body,
    /// Whether it gives way to everything else: nobody waits for it.
    pub patient: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, size: usize) -> File {
        File { name: name.to_owned(), description: None, bytes: vec![7; size] }
    }

    #[test]
    fn a_file_survives_the_store_and_shows_nothing_in_a_debug_print() {
        let body = Body { files: vec![file("a.zip", 300)], ..Body::text("x") };
        let text = serde_json::to_string(&body).unwrap();
        assert_eq!(serde_json::from_str::<Body>(&text).unwrap(), body);
        assert_eq!(format!("{:?}", body.files), "[File(a.zip, 300 bytes)]");
        assert!(serde_json::from_str::<Body>(r#"{"files":[{"name":"a","bytes":"?"}]}"#).is_err());
    }

    #[test]
    fn files_that_discord_would_not_take_are_refused_before_they_are_stored() {
        let refused = |files| Reply::hidden("x").with_files(files).checked();
        assert!(refused(vec![file("a.zip", FILE_BYTES)]).is_ok());
        let large = refused(vec![file("a.zip", FILE_BYTES), file("b.zip", 1)]);
        assert!(matches!(large, Err(Failure::Refused(text)) if text.key == "failure-files-too-large"));
        for files in [vec![file("../a", 1)], vec![file("", 1)], vec![file("a", 1); 11]] {
            assert!(matches!(refused(files), Err(Failure::Internal(_))));
        }
    }
}
