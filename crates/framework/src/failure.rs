//! What goes wrong in a handler. Expected failures are told to the user in their language; internal ones
//! give a reference id and are written to the log, never shown.

use std::error::Error;

use guildhall_core::{l10n::Text, text};
use guildhall_store::StoreError;
use twilight_model::guild::Permissions;

use crate::reply::FILE_BYTES;

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

/// Where a JSON text could not be read, and of which sort the fault is. Not what stands there: the words of
/// the library quote it, and it may be what people wrote, or a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the JSON has a fault of {sort} at line {line}, column {column}")]
pub struct Unreadable {
    sort: &'static str,
    line: usize,
    column: usize,
}

impl From<&serde_json::Error> for Unreadable {
    fn from(error: &serde_json::Error) -> Self {
        use serde_json::error::Category;
        let sort = match error.classify() {
            Category::Io => "reading",
            Category::Syntax => "syntax",
            Category::Data => "type",
            Category::Eof => "length",
        };
        Self { sort, line: error.line(), column: error.column() }
    }
}

impl Failure {
    /// A JSON text that does not read.
    #[expect(clippy::needless_pass_by_value, reason = "fits where an error is mapped")]
    pub fn unreadable(error: serde_json::Error) -> Self {
        Self::internal(Unreadable::from(&error))
    }

    /// An internal failure with this cause.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// A command that works in servers only was used in a direct message.
    pub fn guild_only() -> Self {
        Self::Refused(text!("failure-guild-only"))
    }

    /// Whether the database could not serve anybody just now, so that nothing is wrong with what was asked.
    pub const fn is_outage(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_outage())
    }

    /// The answer has more bytes of files than Discord takes.
    pub fn files_too_large() -> Self {
        Self::Refused(text!("failure-files-too-large", most = FILE_BYTES / (1024 * 1024)))
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
