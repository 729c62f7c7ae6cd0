//! A faithful local stand-in for Discord: REST v10 and gateway v10 over one world, with a control
//! interface, a journal of everything sent and received, and a web client.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use guildhall_sandbox::{Options, Sandbox, example};
//!
//! let sandbox = Sandbox::start(Options::default()).await?;
//! println!("{} with token {}", sandbox.rest_url(), example::BOT_TOKEN);
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod client;
pub mod clock;
mod control;
mod endpoint;
pub mod engine;
pub mod example;
pub mod gateway;
#[cfg(test)]
mod hostile;
pub mod journal;
pub mod model;
pub mod options;
pub mod permissions;
mod rest;
mod sandbox;
pub mod snowflake;
pub mod taker;
mod validate;
pub mod wire;
pub mod world;

pub use control::{openapi as control_openapi, reference as control_reference};
pub use engine::Engine;
pub use options::{Limits, Options, Seed};
pub use rest::catalogue::page as routes_page;
pub use sandbox::{Sandbox, StartError};
