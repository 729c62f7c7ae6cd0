//! Backups of real stores, and their way back.

mod damage;
mod erasures;
mod guilds;
mod keys;
mod round_trip;
mod schedule;
mod snapshot;
mod world;
