//! What goes wrong in a handler. Expected failures are told to the user in their language; internal ones
//! give a reference id and are written to the log, never shown.

use std::error::Error;

use guildhall_core::{l10n::Text, text};
use guildhall_store::StoreError;
use twilight_model::guild::Permissions;

/// Why a handler did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The world is not as it should be: the text says what happened and what to do.
    #[error("refused with `{}`", .0.key)]
    Refused(Text),
    /// The bot lacks permissions in the channel.
    #[error("the bot lacks {0:?}")]
    BotLacks(Permissions),
    /// The caller lacks permissions.
    #[error("the caller lacks {0:?}")]
    CallerLacks(Permissions),
    /// This very event had its effect before: a replay after a crash. Nothing is to be done.
    #[error("done before")]
    DoneBefore,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// Anything else that should not happen.
    #[error("an internal error")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl Failure {
    /// An internal failure with this cause.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// A command that works in servers only was used in a direct message.
    pub fn guild_only() -> Self {
        Self::Refused(text!("failure-guild-only"))
    }

    /// Whether the failure is ours: those get a reference id.
    pub const fn is_internal(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Internal(_))
    }
}

impl From<Text> for Failure {
    fn from(text: Text) -> Self {
        Self::Refused(text)
    }
}
