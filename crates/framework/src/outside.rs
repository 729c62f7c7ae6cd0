//! What a feature may ask of Discord beyond answering: files that people attached, the history of a channel, and a
//! message that shows how far something has come. Everything leaves through the one sender, which the feature
//! never sees.

use std::fmt;

use futures::future::BoxFuture;
use guildhall_core::id::{ChannelId, GuildId, MessageId};

use crate::reply::Body;

/// Why Discord did not give what was asked for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OutsideError {
    /// It is not there any more, or the bot may not see it: another try would find the same.
    #[error("it is gone, or the bot may not see it")]
    Gone,
    /// It is larger than was asked for.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    /// The address is none of Discord's.
    #[error("the address is none of Discord's")]
    Foreign,
    /// It did not work just now.
    #[error("no answer: {0}")]
    Later(String),
}

impl OutsideError {
    /// Whether another try may help.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Later(_))
    }
}

/// A way to Discord.
pub trait Outside: fmt::Debug + Send + Sync {
    /// What is behind the address of an attachment, if it has at most so many bytes. Only Discord's own addresses
    /// are asked: anybody could name another.
    fn download<'a>(&'a self, url: &'a str, most: u64) -> BoxFuture<'a, Result<Vec<u8>, OutsideError>>;

    /// Up to 100 messages of a channel as Discord's JSON, newest first: the newest, or those before one.
    fn history(
        &self,
        channel: ChannelId,
        before: Option<MessageId>,
    ) -> BoxFuture<'_, Result<Vec<u8>, OutsideError>>;

    /// The public threads of a channel, archived ones too.
    fn threads(
        &self,
        guild: GuildId,
        channel: ChannelId,
    ) -> BoxFuture<'_, Result<Vec<ChannelId>, OutsideError>>;

    /// Fresh links for links to attachments, in the same order; what has none keeps its own.
    fn refresh<'a>(&'a self, links: &'a [String]) -> BoxFuture<'a, Result<Vec<String>, OutsideError>>;

    /// Posts a message whose loss or doubling does no harm, such as one that shows progress; its id.
    fn post<'a>(
        &'a self,
        channel: ChannelId,
        body: &'a Body,
    ) -> BoxFuture<'a, Result<MessageId, OutsideError>>;

    /// Gives an own message other words.
    fn edit<'a>(
        &'a self,
        channel: ChannelId,
        message: MessageId,
        body: &'a Body,
    ) -> BoxFuture<'a, Result<(), OutsideError>>;
}

/// No way to Discord: for work beside the running bot.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

fn nothing<'a, T: Send + 'a>() -> BoxFuture<'a, Result<T, OutsideError>> {
    Box::pin(async { Err(OutsideError::Gone) })
}

impl Outside for Nowhere {
    fn download<'a>(&'a self, _: &'a str, _: u64) -> BoxFuture<'a, Result<Vec<u8>, OutsideError>> {
        nothing()
    }

    fn history(&self, _: ChannelId, _: Option<MessageId>) -> BoxFuture<'_, Result<Vec<u8>, OutsideError>> {
        nothing()
    }

    fn threads(&self, _: GuildId, _: ChannelId) -> BoxFuture<'_, Result<Vec<ChannelId>, OutsideError>> {
        nothing()
    }

    fn refresh<'a>(&'a self, _: &'a [String]) -> BoxFuture<'a, Result<Vec<String>, OutsideError>> {
        nothing()
    }

    fn post<'a>(&'a self, _: ChannelId, _: &'a Body) -> BoxFuture<'a, Result<MessageId, OutsideError>> {
        nothing()
    }

    fn edit<'a>(
        &'a self,
        _: ChannelId,
        _: MessageId,
        _: &'a Body,
    ) -> BoxFuture<'a, Result<(), OutsideError>> {
        nothing()
    }
}
