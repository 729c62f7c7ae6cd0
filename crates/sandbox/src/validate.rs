//! Pure validation of request bodies. Every function takes JSON and collects Discord's own nested
//! field errors (code 50035), all of them at once, as Discord does.

pub mod command;
pub mod components;
pub mod embed;
pub mod form;
pub mod message;
pub mod modal;
