//! Who may use which command where. (Discord docs: Application Commands, Permissions and Contexts.)

use serde_json::Value;

use crate::{
    model::{Channel, Command, Guild},
    permissions::{self, Permissions},
    snowflake::{Id, Millis},
    validate::form::parse_snowflake,
    world::World,
};

/// Overwrites by whom they are for (Application Command Permission Type).
const ROLE: u64 = 1;
const USER: u64 = 2;
const CHANNEL: u64 = 3;

/// By which installations an application reaches someone somewhere.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Reach {
    /// It is installed in the guild, or its bot is in the direct message.
    pub guild: bool,
    /// The person installed it for themselves.
    pub user: bool,
}

impl World {
    /// By which installations an application reaches a person in a channel.
    pub fn reach(&self, application_id: Id, user_id: Id, channel: &Channel) -> Reach {
        let bot = self.applications.get(&application_id).map_or(0, |a| a.bot_id);
        let guild = match channel.guild_id {
            Some(guild_id) => self.is_guild_installed(application_id, guild_id),
            None => channel.recipients.contains(&bot),
        };
        Reach { guild, user: self.is_user_installed(application_id, user_id) }
    }

    /// Where an interaction takes place: 0 in a guild, 1 in a direct message with the bot, 2 elsewhere.
    pub fn interaction_context(&self, application_id: Id, channel: &Channel) -> u8 {
        let bot = self.applications.get(&application_id).map_or(0, |a| a.bot_id);
        match channel.guild_id {
            Some(_) => 0,
            None if channel.recipients.contains(&bot) => 1,
            None => 2,
        }
    }

    /// By which installations a person may use a command in a channel that they see; none when they may not.
    pub fn may_use(&self, command: &Command, channel: &Channel, user_id: Id, now: Millis) -> Option<Reach> {
        let context = self.interaction_context(command.application_id, channel);
        if !in_context(command, context) {
            return None;
        }
        let supports = |kind: u64| {
            command.guild_id.is_some() && kind == 0
                || command
                    .body
                    .get("integration_types")
                    .and_then(Value::as_array)
                    .is_some_and(|kinds| kinds.iter().any(|one| one.as_u64() == Some(kind)))
        };
        let reach = self.reach(command.application_id, user_id, channel);
        let mut reach = Reach { guild: reach.guild && supports(0), user: reach.user && supports(1) };
        if let Some(guild) = channel.guild_id.and_then(|id| self.guilds.get(&id)) {
            if command.guild_id.is_some_and(|id| id != guild.id) {
                return None;
            }
            let parent = channel.parent_id.filter(|_| channel.kind.is_thread());
            let place = parent.and_then(|id| guild.channel(id)).unwrap_or(channel);
            let adult = command.body.get("nsfw").and_then(Value::as_bool) == Some(true);
            if adult && !place.nsfw {
                return None;
            }
            let own = permissions::in_channel(guild, channel, user_id, now).implied(channel);
            if !own.contains(Permissions::USE_APPLICATION_COMMANDS) {
                return None;
            }
            // What a guild set for an application binds its installation in that guild.
            reach.guild = reach.guild && self.is_permitted(command, guild, place, user_id, own);
        }
        (reach.guild || reach.user).then_some(reach)
    }

    /// The rules in order: those who may do everything, the channel, the command's own overwrites for the
    /// person, the application's, and last what the command asks for by default.
    fn is_permitted(
        &self,
        command: &Command,
        guild: &Guild,
        place: &Channel,
        user_id: Id,
        own: Permissions,
    ) -> bool {
        if guild.owner_id == user_id || own.contains(Permissions::ADMINISTRATOR) {
            return true;
        }
        let by_command = command.permissions_in(guild.id);
        let by_application = self
            .applications
            .get(&command.application_id)
            .map_or(&[][..], |application| application.command_permissions_in(guild.id));
        let in_place =
            in_channel(by_command, guild, place).or_else(|| in_channel(by_application, guild, place));
        if in_place == Some(false) {
            return false;
        }
        if let Some(decided) = for_member(by_command, guild, user_id) {
            return decided;
        }
        if for_member(by_application, guild, user_id) == Some(false) {
            return false;
        }
        match command.body.get("default_member_permissions").and_then(parse_snowflake) {
            // `0` is for administrators alone.
            Some(0) => false,
            Some(wanted) => own.contains(Permissions(wanted)),
            None => true,
        }
    }
}

/// Whether a command is offered in a context.
fn in_context(command: &Command, context: u8) -> bool {
    if command.guild_id.is_some() {
        return context == 0;
    }
    match command.body.get("contexts") {
        Some(Value::Array(list)) => list.iter().any(|one| one.as_u64() == Some(u64::from(context))),
        _ => context == 0 || command.body.get("dm_permission").and_then(Value::as_bool).unwrap_or(true),
    }
}

fn overwrite(list: &[Value], kind: u64, id: Id) -> Option<bool> {
    let found = list.iter().find(|one| one["type"] == kind && parse_snowflake(&one["id"]) == Some(id))?;
    found["permission"].as_bool()
}

/// The channel's own overwrite, or that for all channels, whose id is the guild's minus one.
fn in_channel(list: &[Value], guild: &Guild, place: &Channel) -> Option<bool> {
    overwrite(list, CHANNEL, place.id).or_else(|| overwrite(list, CHANNEL, guild.id.saturating_sub(1)))
}

/// The member's own overwrite, then those of their roles, of which one that allows wins, then everyone's.
fn for_member(list: &[Value], guild: &Guild, user_id: Id) -> Option<bool> {
    if let Some(own) = overwrite(list, USER, user_id) {
        return Some(own);
    }
    let roles = guild.member(user_id).map_or(&[][..], |member| &member.roles);
    let decided: Vec<bool> = roles.iter().filter_map(|id| overwrite(list, ROLE, *id)).collect();
    if decided.is_empty() { overwrite(list, ROLE, guild.id) } else { Some(decided.contains(&true)) }
}
