//! Why a call failed.

use std::time::Duration;

use guildhall_core::clock::Timestamp;

/// Why a call failed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RestError {
    /// Discord answered with an error.
    #[error("Discord answered {status}, code {code}: {message}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// Discord's own code, or 0 (Discord docs: Opcodes and Status Codes, JSON).
        code: u64,
        /// Discord's text, with the fields it complains about.
        message: String,
        /// How often the call was sent.
        tries: u32,
    },
    /// Discord asks for more patience than the call has.
    #[error("rate limited for another {retry_after:?}")]
    RateLimited {
        /// How long Discord asks to wait.
        retry_after: Duration,
    },
    /// Too many requests were refused: the sender holds back so that Discord does not ban the address.
    #[error("too many refused requests, nothing is sent until {until}")]
    BreakerOpen {
        /// When calls are taken again.
        until: Timestamp,
    },
    /// Discord refuses the bot token.
    #[error("Discord refuses the bot token (401), no authenticated call is sent until {until}")]
    TokenRefused {
        /// When the token is tried once more.
        until: Timestamp,
    },
    /// The deadline passed before the call was sent.
    #[error("the deadline passed before the call was sent")]
    Expired,
    /// No answer came.
    #[error("no answer from Discord: {message}")]
    Transport {
        /// What happened, without the address.
        message: String,
        /// Whether Discord may have carried the call out all the same.
        perhaps_done: bool,
    },
    /// The request is not one that Discord would take.
    #[error("invalid request: {0}")]
    Validation(String),
    /// A message without `allowed_mentions`.
    #[error("the message names no `allowed_mentions`")]
    MentionsMissing,
    /// An answer that does not have the expected shape.
    #[error("unexpected answer: {0}")]
    Body(String),
    /// Too many calls wait already.
    #[error("too many calls wait already")]
    QueueFull,
    /// The sender is shutting down.
    #[error("the sender is shutting down")]
    Stopping,
    /// The sender could not be set up.
    #[error("set up the HTTP client: {0}")]
    Setup(String),
}

impl RestError {
    /// Discord's own code, where it gave one.
    pub fn code(&self) -> Option<u64> {
        match self {
            Self::Status { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// The HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status >= 500,
            Self::RateLimited { .. }
            | Self::BreakerOpen { .. }
            | Self::TokenRefused { .. }
            | Self::Transport { .. }
            | Self::QueueFull
            | Self::Stopping => true,
            Self::Expired | Self::Validation(_) | Self::MentionsMissing | Self::Body(_) | Self::Setup(_) => {
                false
            }
        }
    }
}
