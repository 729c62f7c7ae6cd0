//! The web port: health, readiness, metrics and a status page.
//!
//! Knows no SQL and no sockets to Discord: what it shows comes from the program as a [`Snapshot`].

mod connections;
mod pages;
mod process;
mod server;
pub mod status;

pub use self::{
    server::{Web, WebError, WebOptions},
    status::{Check, DatabaseView, Link, ShardView, Snapshot, Status},
};
