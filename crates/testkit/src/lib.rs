//! Starts the real things for tests: scripts that drive unmodified client libraries,
//! the built binary, and a validator for what the sandbox answers.
//!
//! Nothing here fakes a result. A tool that is missing is a failed test with a hint,
//! never a silent pass.

pub use guildhall_server_kit::{nats, pgbouncer, postgres, proxy, redis};

pub mod browser;
pub mod control;
pub mod database;
pub mod fuzz;
pub mod gateway_fields;
pub mod openapi;
pub mod process;
pub mod script;
pub mod tools;
pub mod wait;
