//! The control interface over HTTP, and the Rust interface on top of it.

#[path = "../support/bot.rs"]
mod bot;
mod description;
