//! What a feature declares, and what its handlers receive.
//!
//! A feature is one folder with one [`Feature`] declaration: its toggle, commands, components, events,
//! settings, jobs, tables and texts. Registration with Discord, `/help`, `/server_config`, permission
//! checks and the walls around its data are derived from it. This crate knows no socket and no bus, and
//! does not know which features exist.

pub mod caching;
pub mod change;
pub mod command;
pub mod component;
pub mod consent;
pub mod ctx;
pub mod directory;
pub mod event;
pub mod extensions;
pub mod failure;
pub mod feature;
pub mod job;
pub mod localise;
pub mod operating;
pub mod operators;
pub mod outside;
pub mod permissions;
pub mod registry;
pub mod reply;
pub mod report;
pub mod rollout;
pub mod schedule;
mod tally;
pub mod tasks;
pub mod text_command;

pub use command::{Access, Choice, Command, Place, SlashCommand};
pub use component::{Component, OnComponent};
pub use consent::Consents;
pub use ctx::{Ctx, Invocation, Services};
pub use event::{Event, EventHandler, OnEvent};
pub use extensions::Extensions;
pub use failure::{Failure, Unreadable};
pub use feature::{Feature, Figure, Figures, Toggle};
pub use job::{Ended, JobKind, JobOptions, OnJob, Rules};
pub use operating::Operating;
pub use operators::Operators;
pub use outside::{Nowhere, Outside, OutsideError};
pub use registry::Registry;
pub use reply::{Body, File, Outgoing, Reply};
pub use report::{Processes, Report};
pub use rollout::Rollout;
pub use schedule::{Missed, Periodic, Schedule, When};
pub use tally::Tallies;
pub use tasks::Tasks;
