//! The gateway: the socket over which a bot hears what happens.

pub(crate) mod close;
mod commands;
mod compress;
pub(crate) mod identify;
pub mod intents;
pub(crate) mod session;
mod socket;
pub(crate) mod upgrade;
