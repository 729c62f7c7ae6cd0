//! The runtime over a real database and a recording stand-in for Discord's REST interface.

#[path = "runtime/budget.rs"]
mod budget;
#[path = "runtime/commands.rs"]
mod commands;
#[path = "runtime/crash.rs"]
mod crash;
#[path = "runtime/discord.rs"]
mod discord;
#[path = "runtime/end_to_end.rs"]
mod end_to_end;
#[path = "runtime/events.rs"]
mod events;
#[path = "runtime/feature.rs"]
mod feature;
#[path = "runtime/jobs.rs"]
mod jobs;
#[path = "runtime/jobs_house.rs"]
mod jobs_house;
#[path = "runtime/log.rs"]
mod log;
#[path = "runtime/split.rs"]
mod split;
#[path = "runtime/stage.rs"]
mod stage;
#[path = "runtime/text.rs"]
mod text;
