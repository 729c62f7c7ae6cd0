//! Auto-moderation rules on the wire (Discord docs: Auto Moderation, Auto Moderation Rule Object).

use serde_json::{Value, json};

use crate::{
    model::{AutomodAction, AutomodRule, Trigger, Words},
    snowflake::{Id, Sid},
};

/// A rule.
pub fn automod_rule(guild_id: Id, rule: &AutomodRule) -> Value {
    let ids = |list: &[Id]| list.iter().copied().map(Sid).collect::<Vec<_>>();
    json!({
        "id": Sid(rule.id),
        "guild_id": Sid(guild_id),
        "creator_id": Sid(rule.creator_id),
        "name": rule.name,
        "event_type": rule.trigger.event(),
        "trigger_type": rule.trigger.code(),
        "trigger_metadata": metadata(&rule.trigger),
        "actions": rule.actions.iter().map(automod_action).collect::<Vec<_>>(),
        "enabled": rule.enabled,
        "exempt_roles": ids(&rule.exempt_roles),
        "exempt_channels": ids(&rule.exempt_channels),
    })
}

fn metadata(trigger: &Trigger) -> Value {
    match trigger {
        Trigger::Keyword(words) | Trigger::Profile(words) => lists(words),
        Trigger::Spam => json!({}),
        Trigger::Preset { presets, allow } => json!({ "presets": presets, "allow_list": allow }),
        Trigger::MentionSpam { limit, raid_protection } => {
            json!({ "mention_total_limit": limit, "mention_raid_protection_enabled": raid_protection })
        }
    }
}

fn lists(words: &Words) -> Value {
    let patterns: Vec<&String> = words.patterns.iter().map(|(pattern, _)| pattern).collect();
    json!({ "keyword_filter": words.keywords, "regex_patterns": patterns, "allow_list": words.allow })
}

/// An action.
pub fn automod_action(action: &AutomodAction) -> Value {
    let metadata = match action {
        AutomodAction::Block { message: Some(message) } => json!({ "custom_message": message }),
        AutomodAction::Block { message: None } | AutomodAction::Quarantine => json!({}),
        AutomodAction::Alert { channel_id } => json!({ "channel_id": Sid(*channel_id) }),
        AutomodAction::Timeout { seconds } => json!({ "duration_seconds": seconds }),
    };
    json!({ "type": action.code(), "metadata": metadata })
}
