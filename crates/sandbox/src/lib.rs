//! A faithful local stand-in for Discord: REST v10 and gateway v10 over one world, with a control
//! interface, a journal of everything sent and received, and a web client.
//!
//! A bot's author needs fifteen lines to play a scenario with a bot of their own:
//!
//! ```no_run
//! # async fn start_your_bot(rest: String, gateway: String, token: String) {}
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use guildhall_sandbox::{Options, Sandbox, Seed};
//! use serde_json::json;
//!
//! let sandbox = Sandbox::start(Options { seed: Seed::Empty, ..Options::default() }).await?;
//! let (ada, linus) = (sandbox.person("ada").await?, sandbox.person("linus").await?);
//! let bot = sandbox.bot("greeter").await?;
//! let club = sandbox.guild("Book club").owner(&ada).member(&linus).bot(&bot).channel("general").make().await?;
//! tokio::spawn(start_your_bot(sandbox.rest_url(), sandbox.gateway_url(), bot.token.clone()));
//! sandbox.expects().connected(bot.application).await?;
//! ada.says(club.channel("general"), "hello").await?;
//! let greeting = sandbox.expects().message().by(bot.user).saying("Hello, ada").await?;
//! let pressed = linus.clicks(&greeting, "Again").await?;
//! sandbox.expects().answer(pressed.id).saying("Hello again").await?;
//! let asked = linus.runs(club.channel("general"), &bot, "form", json!({})).await?;
//! let wished = linus.submits(&asked, json!({ "what": "rain" })).await?;
//! sandbox.expects().answer(wished.id).saying("You wish for rain").await?;
//! sandbox.expects().ever().rest("POST /channels/{}/messages").times(1).await?;
//! # Ok(())
//! # }
//! ```

mod cast;
mod client;
pub mod clock;
mod control;
mod endpoint;
pub mod engine;
pub mod example;
pub mod expect;
pub mod gateway;
pub mod hands;
#[cfg(test)]
mod hostile;
pub mod journal;
pub mod model;
pub mod options;
pub mod permissions;
pub mod recording;
mod rest;
mod sandbox;
pub mod scenario;
pub mod snowflake;
pub mod taker;
mod validate;
pub mod wire;
pub mod world;

pub use cast::{Bot, GuildPlan, Person, Place, Said, Sent};
pub use control::{openapi as control_openapi, reference as control_reference};
pub use engine::Engine;
pub use hands::{Hands, Refused};
pub use options::{Limits, Options, Seed};
pub use rest::catalogue::page as routes_page;
pub use sandbox::{Sandbox, StartError};
