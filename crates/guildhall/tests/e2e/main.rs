//! The whole program from outside: the built binary against a sandbox, used as people and operators use it.
//!
//! One binary, so that what they share is compiled and linked once.

mod backup;
mod browser;
mod cache;
mod cluster;
mod crash;
mod erasure;
mod features;
mod flood;
mod guild_life;
mod import;
mod jobs;
mod manager;
mod markov;
mod operations;
mod operators;
mod person;
mod rows;
mod sandbox;
mod scenarios;
mod sessions;
mod stage;
mod text;
