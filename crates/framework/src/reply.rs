//! What a handler answers, and what it sends besides. Nothing pings anyone unless it names them.

use guildhall_core::id::{ChannelId, GuildId, UserId};
use serde::{Deserialize, Serialize};
use twilight_model::channel::message::{Component, Embed};

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

    /// The same with these rows of components.
    pub fn with_components(mut self, rows: Vec<Component>) -> Self {
        if let Self::Message { body, .. } | Self::Update(body) = &mut self {
            body.components = rows;
        }
        self
    }
}

impl Body {
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
}
