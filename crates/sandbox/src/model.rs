//! The things a Discord consists of, as plain data.

pub mod application;
pub mod asset;
pub mod audit;
pub mod automod;
pub mod channel;
pub mod command;
pub mod expression;
pub mod extras;
pub mod guild;
pub mod interaction;
pub mod invite;
pub mod member;
pub mod message;
pub mod oauth;
pub mod role;
pub mod user;
pub mod voice;
pub mod webhook;

pub use application::{Application, EventWebhooks, EventWebhooksStatus};
pub use asset::{Asset, Assets};
pub use audit::{AuditAction, AuditEntry};
pub use automod::{AutomodAction, AutomodRule, Trigger, Words};
pub use channel::{Channel, ChannelKind, Overwrite, OverwriteKind, Thread, Voice};
pub use command::Command;
pub use expression::{Emoji, Sound, Sticker};
pub use extras::Extras;
pub use guild::{Ban, Guild};
pub use interaction::{Interaction, InteractionState};
pub use invite::{Invite, InviteTarget, TargetUsers};
pub use member::Member;
pub use message::{Attachment, Message, Reaction, WebhookAuthor};
pub use oauth::{Authorization, Challenge, Code, Grant, Install, Scopes};
pub use role::{Role, RoleTags};
pub use user::User;
pub use voice::{StageInstance, VoiceRoom, VoiceState};
pub use webhook::Webhook;
