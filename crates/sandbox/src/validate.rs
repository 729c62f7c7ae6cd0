//! Pure validation of request bodies. Every function takes JSON and collects Discord's own nested
//! field errors (code 50035), all of them at once, as Discord does.

pub(crate) mod automod;
pub(crate) mod command;
pub(crate) mod components;
pub(crate) mod data_uri;
pub(crate) mod embed;
pub(crate) mod file_types;
pub(crate) mod form;
pub(crate) mod message;
pub(crate) mod modal;
pub(crate) mod poll;
pub(crate) mod recurrence;
pub(crate) mod time;
