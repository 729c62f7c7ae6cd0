//! Auto-moderation: rules made, changed, removed, and carried out. (Discord docs: Auto Moderation.)

mod matching;

use serde_json::{Map, Value, json};

use super::{Audience, Audit, Changed, Dispatch, Payload, World, WorldError, dispatch::to_bytes};
use crate::{
    model::{AuditAction, AutomodAction, AutomodRule, Guild, Member, Message},
    permissions::{self, Permissions},
    snowflake::{Id, Millis, Sid},
    wire,
};
use matching::Found;

/// The type of the message that tells moderators.
const ALERT: u8 = 24;

const KEYS: &[&str] = &[
    "name",
    "event_type",
    "trigger_type",
    "trigger_metadata",
    "actions",
    "enabled",
    "exempt_roles",
    "exempt_channels",
];

/// A message that a rule does not let through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocked {
    /// What its author is told, when the rule says something.
    pub message: Option<String>,
}

impl World {
    /// Adds a rule; its id is filled in here.
    pub fn create_rule(&mut self, guild_id: Id, mut rule: AutomodRule, now: Millis) -> Changed<Id> {
        rule.id = self.ids.next(now);
        let id = rule.id;
        let data = wire::automod_rule(guild_id, &rule);
        self.guild_mut(guild_id)?.extras_mut().automod.push(rule);
        Ok((id, self.tell_rule("AUTO_MODERATION_RULE_CREATE", guild_id, id, &Value::Null, &data)))
    }

    /// Replaces a rule.
    pub fn update_rule(&mut self, guild_id: Id, rule: AutomodRule) -> Changed<()> {
        let rules = &mut self.guild_mut(guild_id)?.extras_mut().automod;
        let known = rules.iter_mut().find(|known| known.id == rule.id).ok_or(WorldError::UnknownRule)?;
        let before = wire::automod_rule(guild_id, known);
        let (id, data) = (rule.id, wire::automod_rule(guild_id, &rule));
        *known = rule;
        Ok(((), self.tell_rule("AUTO_MODERATION_RULE_UPDATE", guild_id, id, &before, &data)))
    }

    /// Removes a rule.
    pub fn delete_rule(&mut self, guild_id: Id, id: Id) -> Changed<()> {
        let rules = &mut self.guild_mut(guild_id)?.extras_mut().automod;
        let place = rules.iter().position(|rule| rule.id == id).ok_or(WorldError::UnknownRule)?;
        let before = wire::automod_rule(guild_id, &rules.remove(place));
        Ok(((), self.tell_rule("AUTO_MODERATION_RULE_DELETE", guild_id, id, &before, &Value::Null)))
    }

    fn tell_rule(
        &mut self,
        event: &'static str,
        guild_id: Id,
        id: Id,
        before: &Value,
        after: &Value,
    ) -> Vec<Dispatch> {
        let kinds =
            [AuditAction::AutoModRuleCreate, AuditAction::AutoModRuleUpdate, AuditAction::AutoModRuleDelete];
        let data = if after.is_null() { before } else { after };
        let mut told = vec![Dispatch::guild(event, guild_id, data).gated(None, Permissions::MANAGE_GUILD)];
        told.extend(self.audit(guild_id, Audit::of(kinds, id, before, after, KEYS)));
        told
    }

    /// Lets the guild's rules look at what a person writes in `place` (for a new post its forum), before it
    /// is stored. What follows is owed, and told even when the message is refused. Bots, webhooks and those
    /// who manage the guild are left alone.
    pub fn moderate(&mut self, message: &mut Message, place: Id, now: Millis) -> Result<(), Blocked> {
        let Some(guild) = self.guild_of_channel(place) else { return Ok(()) };
        let author = message.author_id;
        if guild.extras().automod.is_empty()
            || message.webhook.is_some()
            || self.users.get(&author).is_none_or(|user| user.bot)
        {
            return Ok(());
        }
        let parent = guild.channel(place).and_then(|channel| channel.parent_id);
        let mentions = message.mentions.len() + message.mention_roles.len();
        let text = message.content.as_str();
        let hits: Vec<(AutomodRule, Found)> = active(guild, author, 1)
            .filter(|rule| {
                let exempt = |id: Id| rule.exempt_channels.contains(&id);
                !exempt(place) && !parent.is_some_and(exempt)
            })
            .filter_map(|rule| Some((rule.clone(), matching::find(&rule.trigger, text, mentions)?)))
            .collect();
        let guild_id = guild.id;
        if hits.is_empty() {
            return Ok(());
        }
        if message.id == 0 {
            message.id = self.ids.next(now);
        }
        let block = hits.iter().flat_map(|(rule, _)| &rule.actions).find_map(|action| match action {
            AutomodAction::Block { message } => Some(Blocked { message: message.clone() }),
            _ => None,
        });
        let place = Place { channel_id: Some(place), message_id: block.is_none().then_some(message.id) };
        for (rule, found) in hits {
            self.carry_out(guild_id, &rule, author, place, &message.content, &found, now);
        }
        block.map_or(Ok(()), Err)
    }

    /// Lets the guild's rules look at a member's names, after they joined or changed one.
    pub(super) fn moderate_names(&mut self, guild_id: Id, user_id: Id, now: Millis) {
        let Some(guild) = self.guilds.get(&guild_id) else { return };
        let (Some(user), Some(member)) = (self.users.get(&user_id), guild.member(user_id)) else { return };
        if user.bot || guild.extras().automod.is_empty() {
            return;
        }
        let names = [Some(&user.username), user.global_name.as_ref(), member.nick.as_ref()];
        let names: Vec<String> = names.into_iter().flatten().cloned().collect();
        let hit = active(guild, user_id, 2).find_map(|rule| {
            let found =
                names.iter().find_map(|name| Some((name, matching::find(&rule.trigger, name, 0)?)))?;
            Some((rule.clone(), found.0.clone(), found.1))
        });
        let marked = member.quarantined();
        match hit {
            Some((rule, name, found)) if !marked => {
                let place = Place { channel_id: None, message_id: None };
                self.carry_out(guild_id, &rule, user_id, place, &name, &found, now);
            }
            None if marked => self.quarantine(guild_id, user_id, false),
            _ => {}
        }
    }

    fn quarantine(&mut self, guild_id: Id, user_id: Id, on: bool) {
        let set = |member: &mut Member| {
            let mark = Member::QUARANTINED;
            member.flags = if on { member.flags | mark } else { member.flags & !mark };
        };
        if let Ok(((), told)) = self.silently(|world| world.update_member(guild_id, user_id, set)) {
            self.owe(told);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all that the event tells")]
    fn carry_out(
        &mut self,
        guild_id: Id,
        rule: &AutomodRule,
        user_id: Id,
        place: Place,
        content: &str,
        found: &Found,
        now: Millis,
    ) {
        for action in &rule.actions {
            let mut alert = None;
            let audit = match action {
                AutomodAction::Block { .. } => AuditAction::AutoModBlockMessage,
                AutomodAction::Alert { channel_id } => {
                    alert = self.alert(*channel_id, rule, user_id, place, content, found, now);
                    AuditAction::AutoModFlagToChannel
                }
                AutomodAction::Timeout { seconds } => {
                    let until = now + Millis::from(*seconds) * 1000;
                    let set = |member: &mut Member| member.timeout_until = Some(until);
                    if let Ok(((), told)) = self.silently(|world| world.update_member(guild_id, user_id, set))
                    {
                        self.owe(told);
                    }
                    AuditAction::AutoModTimeout
                }
                AutomodAction::Quarantine => {
                    self.quarantine(guild_id, user_id, true);
                    AuditAction::AutoModQuarantine
                }
            };
            let mut data = json!({
                "guild_id": Sid(guild_id),
                "action": wire::automod_action(action),
                "rule_id": Sid(rule.id),
                "rule_trigger_type": rule.trigger.code(),
                "user_id": Sid(user_id),
                "content": content,
                "matched_keyword": found.keyword,
                "matched_content": found.content,
            });
            let ids = [("channel_id", place.channel_id), ("message_id", place.message_id)];
            for (key, id) in ids.into_iter().chain([("alert_system_message_id", alert)]) {
                if let Some(id) = id {
                    data[key] = json!(Sid(id));
                }
            }
            let full = to_bytes(&data);
            // What was written is gated by the message content intent.
            data["content"] = json!("");
            data["matched_content"] = json!("");
            let payload = Payload::Message { full, stripped: Some(to_bytes(&data)), readers: Vec::new() };
            let event = "AUTO_MODERATION_ACTION_EXECUTION";
            let told = Dispatch::new(event, Audience::Guild(guild_id), payload);
            self.owe(vec![told.gated(None, Permissions::MANAGE_GUILD)]);
            let mut entry = Audit::new(audit)
                .target(user_id)
                .option("auto_moderation_rule_name", &rule.name)
                .option("auto_moderation_rule_trigger_type", rule.trigger.code());
            if let Some(id) = place.channel_id {
                entry = entry.option("channel_id", id);
            }
            let told = self.audit_by(guild_id, Some(user_id), None, now, entry);
            self.owe(told);
        }
    }

    /// Tells moderators in a channel of theirs; returns the message's id.
    #[expect(clippy::too_many_arguments, reason = "all that the message tells")]
    fn alert(
        &mut self,
        channel_id: Id,
        rule: &AutomodRule,
        user_id: Id,
        place: Place,
        content: &str,
        found: &Found,
        now: Millis,
    ) -> Option<Id> {
        let field = |name: &str, value: String| json!({ "name": name, "value": value, "inline": false });
        let mut fields = vec![field("rule_name", rule.name.clone())];
        if let Some(id) = place.channel_id {
            fields.push(field("channel_id", id.to_string()));
        }
        let more = [("keyword", &found.keyword), ("keyword_matched_content", &found.content)];
        fields.extend(more.into_iter().filter_map(|(name, value)| Some(field(name, value.clone()?))));
        if let Some(id) = place.message_id {
            fields.push(field("flagged_message_id", id.to_string()));
        }
        let mut embed = Map::new();
        embed.insert("type".to_owned(), json!("auto_moderation_message"));
        embed.insert("description".to_owned(), json!(content));
        embed.insert("fields".to_owned(), json!(fields));
        let message = Message {
            channel_id,
            kind: ALERT,
            author_id: user_id,
            embeds: vec![Value::Object(embed)],
            ..Message::default()
        };
        let (id, told) = self.create_message(message, now).ok()?;
        self.owe(told);
        Some(id)
    }
}

/// Where it happened.
#[derive(Clone, Copy)]
struct Place {
    channel_id: Option<Id>,
    /// The message, when it is let through.
    message_id: Option<Id>,
}

/// The rules of a guild that look at this user: not those who manage it, nor the exempt.
fn active(guild: &Guild, user_id: Id, event: u8) -> impl Iterator<Item = &AutomodRule> {
    let free = permissions::in_guild(guild, user_id, Millis::MAX).contains(Permissions::MANAGE_GUILD);
    let roles = guild.member(user_id).map_or(&[][..], |member| &member.roles);
    guild.extras().automod.iter().filter(move |rule| {
        let exempt = rule.exempt_roles.iter().any(|id| roles.contains(id) || *id == guild.id);
        !free && !exempt && rule.enabled && rule.trigger.event() == event
    })
}
