//! Text commands: where a server has set a prefix, what is written behind it runs the slash command of that name.
//!
//! [`parse()`] makes of the words what Discord would send for the slash command, so that handlers see no difference.
//! It is pure: whom a mention names is in [`Known`], and what is not there yet is asked for with [`Stop::Sought`].

mod fault;
mod lex;
mod parse;
mod prefix;
mod usage;
mod value;
mod vocabulary;

#[cfg(test)]
mod tests;

use guildhall_core::id::GuildId;
use twilight_model::application::command::Command as Definition;

use crate::ctx::Services;

pub use self::{
    fault::{Expected, Fault, shown},
    parse::{Stop, parse},
    prefix::{BadPrefix, PREFIX, Prefix, Prefixes},
    usage::usage,
    value::{Known, Sought},
    vocabulary::Vocabulary,
};

/// The name under which the prefix of a server is stored among the settings of features.
pub const OWNER: &str = "text_commands";

/// A message that calls a command.
#[derive(Clone, Copy, Debug)]
pub struct Called<'a> {
    /// The command, with its names in every language.
    pub definition: &'a Definition,
    /// What is written behind its name.
    pub rest: &'a str,
}

impl Services {
    /// The command that a message of this guild calls. What is written behind a prefix and is no command of this
    /// bot's is not for it: several bots share a prefix.
    pub fn called<'a>(&'a self, guild: GuildId, content: &'a str) -> Option<Called<'a>> {
        let behind = self.prefixes.strip(guild, content)?;
        let end = behind.find(char::is_whitespace).unwrap_or(behind.len());
        let (name, rest) = behind.split_at(end);
        let definition = self.registry.vocabulary().find(name)?;
        Some(Called { definition, rest })
    }
}
