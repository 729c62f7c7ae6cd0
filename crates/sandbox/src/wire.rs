//! Things as Discord writes them. Every key that Discord's own description requires is present.
//!
//! Each function has two forms: a borrowed struct that serialises fast, for the gateway, and a
//! [`serde_json::Value`], for answers that are put together from parts.

pub mod application;
pub mod audit;
pub mod automod;
pub mod channel;
pub mod command;
pub mod community;
pub mod expression;
pub mod guild;
pub mod interaction;
pub mod invite;
pub mod links;
pub mod member;
pub mod message;
pub mod monetization;
pub mod poll;
pub mod role;
pub mod scheduled_event;
pub mod user;
pub mod voice;
pub mod webhook;

use serde::Serialize;
use serde_json::Value;

pub use application::{application, own_application};
pub use audit::audit_entry;
pub use automod::{automod_action, automod_rule};
pub use channel::{channel, thread_member};
pub use expression::{emoji, sound, sticker, sticker_item};
pub use guild::{guild, guild_create};
pub use invite::invite;
pub use member::member;
pub use message::{message, message_event, referenced, strip_content, strip_own_content};
pub use poll::{poll, poll_result};
pub use role::role;
pub use scheduled_event::{event_exception, scheduled_event};
pub use user::{own_user, user};
pub use voice::{stage, voice_state};
pub use webhook::webhook;

/// A borrowed wire struct as a value.
pub(crate) fn value(data: &impl Serialize) -> Value {
    serde_json::to_value(data).expect("wire data has string keys and no failing serialiser")
}
