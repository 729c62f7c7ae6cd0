//! Auto-moderation rules. (Discord docs: Auto Moderation.)

use serde_json::Value;

use super::access;
use super::call::{Answer, Call, Reply, ok};
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::{AutomodAction, AutomodRule, Guild};
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis};
use crate::validate::automod as rules;
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/guilds/{guild}/auto-moderation/rules", Auth::Bot, Pace::Ordinary, list);
    table.post("/guilds/{guild}/auto-moderation/rules", Auth::Bot, Pace::Ordinary, create);
    table.get("/guilds/{guild}/auto-moderation/rules/{rule}", Auth::Bot, Pace::Ordinary, get);
    table.patch("/guilds/{guild}/auto-moderation/rules/{rule}", Auth::Bot, Pace::Ordinary, edit);
    table.delete("/guilds/{guild}/auto-moderation/rules/{rule}", Auth::Bot, Pace::Ordinary, delete);
}

fn managed<'w>(world: &'w World, call: &Call, guild_id: Id) -> Result<&'w Guild, ApiError> {
    access::guild_with(world, call.caller()?, guild_id, Permissions::MANAGE_GUILD, call.now)
}

fn find(guild: &Guild, id: Id) -> Result<&AutomodRule, ApiError> {
    guild.extras().automod.iter().find(|rule| rule.id == id).ok_or(error::UNKNOWN_RULE)
}

/// `GET /guilds/{guild}/auto-moderation/rules`
pub(crate) fn list(call: &Call) -> Answer {
    let guild_id = call.id(0, "guild_id")?;
    ok(call.read(|world| {
        let rules = managed(world, call, guild_id)?.extras().automod.iter();
        Ok::<_, ApiError>(rules.map(|rule| wire::automod_rule(guild_id, rule)).collect::<Vec<_>>())
    })?)
}

/// `GET /guilds/{guild}/auto-moderation/rules/{rule}`
pub(crate) fn get(call: &Call) -> Answer {
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "rule_id")?);
    ok(call.read(|world| {
        Ok::<_, ApiError>(wire::automod_rule(guild_id, find(managed(world, call, guild_id)?, id)?))
    })?)
}

/// What a rule names must be there, and who adds a timeout must be allowed to time out.
fn check(guild: &Guild, rule: &AutomodRule, actor: Id, now: Millis) -> Result<(), ApiError> {
    for action in &rule.actions {
        match action {
            AutomodAction::Alert { channel_id } => {
                guild.channel(*channel_id).filter(|c| c.kind.has_messages()).ok_or(error::UNKNOWN_CHANNEL)?;
            }
            AutomodAction::Timeout { .. } => {
                access::need(permissions::in_guild(guild, actor, now), Permissions::MODERATE_MEMBERS)?;
            }
            AutomodAction::Block { .. } | AutomodAction::Quarantine => {}
        }
    }
    Ok(())
}

/// `POST /guilds/{guild}/auto-moderation/rules`
pub(crate) fn create(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let guild_id = call.id(0, "guild_id")?;
    call.read(|world| managed(world, call, guild_id).map(|_| ()))?;
    let body = call.object()?;
    let mut form = Form::default();
    let name = form.required_string(body, "name", Path::ROOT, (1, 100)).unwrap_or_default().to_owned();
    let trigger = rules::trigger(&mut form, body);
    let Some(trigger) = trigger else {
        form.finish()?;
        return Err(error::INVALID_FORM_BODY);
    };
    let actions = rules::actions(&mut form, body, &trigger);
    let enabled = form.boolean(body, "enabled", Path::ROOT).unwrap_or(false);
    let mut rule = AutomodRule {
        id: 0,
        name,
        creator_id: me,
        trigger,
        actions,
        enabled,
        exempt_roles: Vec::new(),
        exempt_channels: Vec::new(),
    };
    rules::exempt(&mut form, body, &mut rule);
    form.finish()?;
    ok(call.change(|world, now| {
        let most = if rule.trigger.code() == 1 { world.limits.automod_keyword_rules } else { 1 };
        let guild = managed(world, call, guild_id)?;
        check(guild, &rule, me, now)?;
        let same = guild.extras().automod.iter().filter(|other| other.trigger.code() == rule.trigger.code());
        if same.count() >= most {
            let code = "AUTO_MODERATION_MAX_RULES_OF_TYPE_EXCEEDED";
            return Err(ApiError::field(&[], code, "Maximum number of rules of this type reached."));
        }
        let (id, told) = world.create_rule(guild_id, rule, now)?;
        Ok((wire::automod_rule(guild_id, find(world.guild(guild_id)?, id)?), told))
    })?)
}

/// `PATCH /guilds/{guild}/auto-moderation/rules/{rule}`
pub(crate) fn edit(call: &Call) -> Answer {
    let me = call.caller()?.bot_id;
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "rule_id")?);
    let body = call.object()?;
    ok(call.change(|world, now| {
        let guild = managed(world, call, guild_id)?;
        let mut rule = find(guild, id)?.clone();
        let mut form = Form::default();
        if let Some(name) = form.string(body, "name", Path::ROOT, (1, 100)) {
            name.clone_into(&mut rule.name);
        }
        if let Some(given) = body.get("trigger_metadata").and_then(Value::as_object) {
            rule.trigger = rules::metadata(&mut form, given, rule.trigger);
        }
        if body.get("event_type").is_some_and(|event| event.as_u64() != Some(rule.trigger.event().into())) {
            let message = "This trigger type is not for this event type.";
            form.error(Path::ROOT.key("event_type"), "AUTO_MODERATION_INVALID_EVENT_TYPE", message);
        }
        if body.contains_key("actions") {
            rule.actions = rules::actions(&mut form, body, &rule.trigger);
        }
        rule.enabled = form.boolean(body, "enabled", Path::ROOT).unwrap_or(rule.enabled);
        rules::exempt(&mut form, body, &mut rule);
        form.finish()?;
        if body.contains_key("actions") {
            check(guild, &rule, me, now)?;
        }
        let ((), told) = world.update_rule(guild_id, rule)?;
        Ok((wire::automod_rule(guild_id, find(world.guild(guild_id)?, id)?), told))
    })?)
}

/// `DELETE /guilds/{guild}/auto-moderation/rules/{rule}`
pub(crate) fn delete(call: &Call) -> Answer {
    let (guild_id, id) = (call.id(0, "guild_id")?, call.id(1, "rule_id")?);
    call.change(|world, _| {
        find(managed(world, call, guild_id)?, id)?;
        Ok(world.delete_rule(guild_id, id)?)
    })?;
    Ok(Reply::Empty)
}
