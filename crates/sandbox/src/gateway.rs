//! The gateway: the socket over which a bot hears what happens.

pub(crate) mod close;
mod commands;
mod compress;
mod etf;
mod hear;
pub(crate) mod identify;
pub mod intents;
pub(crate) mod presence;
mod query;
pub(crate) mod session;
mod socket;
mod tell;
pub(crate) mod upgrade;
pub(crate) mod voice;
mod wire;
