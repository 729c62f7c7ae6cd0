//! Proofs with real clients: unmodified client libraries and a real browser against a
//! sandbox in this process, with every REST answer checked against Discord's own
//! description where that file is present.

mod answers;
mod browser;
mod commands;
mod discord_js;
mod discord_py;
mod limits;
mod messages;
mod people;
mod resume;
mod scenarios;
mod show;
mod showcase;
mod stage;
mod typed;
mod variety;
