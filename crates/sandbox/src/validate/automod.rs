//! Bodies of auto-moderation rules. (Discord docs: Auto Moderation, Trigger Metadata; Action Object.)

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use super::form::{Form, Path};
use crate::model::{AutomodAction, AutomodRule, Trigger, Words};
use crate::snowflake::Id;

/// A pattern may not become larger than this when it is made ready.
const PATTERN_BYTES: usize = 1 << 20;

/// The trigger of a new rule.
pub(crate) fn trigger(form: &mut Form, body: &Map<String, Value>) -> Option<Trigger> {
    let at = Path::ROOT;
    for key in ["event_type", "trigger_type"] {
        if body.get(key).is_none() {
            form.required(at.key(key));
        }
    }
    let code = form.choice(body, "trigger_type", at, &[1, 3, 4, 5, 6])?;
    let event = form.choice(body, "event_type", at, &[1, 2])?;
    if (code == 6) != (event == 2) {
        let message = "This trigger type is not for this event type.";
        form.error(at.key("event_type"), "AUTO_MODERATION_INVALID_EVENT_TYPE", message);
    }
    let empty = Map::new();
    let given = match body.get("trigger_metadata") {
        Some(Value::Object(given)) => given,
        _ => &empty,
    };
    let trigger = match code {
        1 => Trigger::Keyword(Words::default()),
        3 => Trigger::Spam,
        4 => Trigger::Preset { presets: Vec::new(), allow: Vec::new() },
        5 => Trigger::MentionSpam { limit: 50, raid_protection: false },
        _ => Trigger::Profile(Words::default()),
    };
    Some(metadata(form, given, trigger))
}

/// A trigger changed by what a request says about it; absent keys stay.
pub(crate) fn metadata(form: &mut Form, given: &Map<String, Value>, trigger: Trigger) -> Trigger {
    let at = Path::ROOT.key("trigger_metadata");
    match trigger {
        Trigger::Keyword(words) => Trigger::Keyword(words_of(form, given, words, at)),
        Trigger::Profile(words) => Trigger::Profile(words_of(form, given, words, at)),
        Trigger::Spam => Trigger::Spam,
        Trigger::Preset { presets, allow } => {
            let presets = if given.contains_key("presets") {
                let list = form.list(given, "presets", at, 3);
                let codes = list.iter().take(3).map(|v| v.as_u64().filter(|n| (1..=3).contains(n)));
                let codes: Vec<Option<u64>> = codes.collect();
                if codes.contains(&None) {
                    form.not_a_choice(at.key("presets"), &[1, 2, 3]);
                }
                codes.into_iter().flatten().filter_map(|n| u8::try_from(n).ok()).collect()
            } else {
                presets
            };
            Trigger::Preset {
                presets,
                allow: texts(form, given, "allow_list", at, (1000, 60)).unwrap_or(allow),
            }
        }
        Trigger::MentionSpam { limit, raid_protection } => {
            let given_limit = form.integer(given, "mention_total_limit", at, (0, 50));
            Trigger::MentionSpam {
                limit: given_limit.and_then(|n| u32::try_from(n).ok()).unwrap_or(limit),
                raid_protection: form
                    .boolean(given, "mention_raid_protection_enabled", at)
                    .unwrap_or(raid_protection),
            }
        }
    }
}

fn words_of(form: &mut Form, given: &Map<String, Value>, words: Words, at: Path<'_>) -> Words {
    let patterns = texts(form, given, "regex_patterns", at, (10, 260)).map(|list| {
        let here = at.key("regex_patterns");
        let ready = list.into_iter().enumerate().filter_map(|(index, pattern)| {
            let regex = compile(&pattern);
            if regex.is_none() {
                let message = "Must be a valid Rust-flavored regular expression.";
                form.error(here.index(index), "AUTO_MODERATION_INVALID_REGEX", message);
            }
            Some((pattern, regex?))
        });
        ready.collect()
    });
    Words {
        keywords: texts(form, given, "keyword_filter", at, (1000, 60)).unwrap_or(words.keywords),
        patterns: patterns.unwrap_or(words.patterns),
        allow: texts(form, given, "allow_list", at, (100, 60)).unwrap_or(words.allow),
    }
}

fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES).build().ok()
}

/// A list of texts, so many and so long; absent gives `None`.
fn texts(
    form: &mut Form,
    given: &Map<String, Value>,
    key: &str,
    at: Path<'_>,
    (most, longest): (usize, usize),
) -> Option<Vec<String>> {
    given.get(key)?;
    let list = form.list(given, key, at, most);
    let here = at.key(key);
    let mut out = Vec::new();
    for (index, value) in list.iter().take(most).enumerate() {
        match value.as_str() {
            Some(text) if (1..=longest).contains(&text.chars().count()) => out.push(text.to_owned()),
            Some(_) => form.length(here.index(index), 1, longest),
            None => {
                form.error(here.index(index), "STRING_TYPE_CONVERT", "Could not interpret value as string.");
            }
        }
    }
    Some(out)
}

/// The actions of a rule, each fit for its trigger.
pub(crate) fn actions(form: &mut Form, body: &Map<String, Value>, trigger: &Trigger) -> Vec<AutomodAction> {
    let list = form.list(body, "actions", Path::ROOT, 5);
    let at = Path::ROOT.key("actions");
    if list.is_empty() {
        form.required(at);
    }
    let mut out: Vec<AutomodAction> = Vec::new();
    for (index, value) in list.iter().take(5).enumerate() {
        let here = at.index(index);
        let Some(action) = action(form, value, here, trigger) else { continue };
        if out.iter().any(|known| known.code() == action.code()) {
            let message = "Each kind of action may be there once.";
            form.error(here, "AUTO_MODERATION_DUPLICATE_ACTION", message);
        }
        out.push(action);
    }
    out
}

fn action(form: &mut Form, value: &Value, at: Path<'_>, trigger: &Trigger) -> Option<AutomodAction> {
    let object = form.object(value, at)?;
    let Some(code) = form.choice(object, "type", at, &[1, 2, 3, 4]) else {
        if object.get("type").is_none() {
            form.required(at.key("type"));
        }
        return None;
    };
    let fits = match code {
        1 => !matches!(trigger, Trigger::Profile(_)),
        3 => matches!(trigger, Trigger::Keyword(_) | Trigger::MentionSpam { .. }),
        4 => matches!(trigger, Trigger::Profile(_)),
        _ => true,
    };
    if !fits {
        let message = "This action is not for this trigger type.";
        form.error(at.key("type"), "AUTO_MODERATION_INVALID_ACTION_TYPE", message);
    }
    let empty = Map::new();
    let given = object.get("metadata").and_then(Value::as_object).unwrap_or(&empty);
    let here = at.key("metadata");
    match code {
        1 => {
            let message = form.string(given, "custom_message", here, (0, 150));
            Some(AutomodAction::Block { message: message.filter(|m| !m.is_empty()).map(str::to_owned) })
        }
        2 => {
            let channel_id = form.snowflake(given, "channel_id", here);
            if given.get("channel_id").is_none() {
                form.required(here.key("channel_id"));
            }
            channel_id.map(|channel_id| AutomodAction::Alert { channel_id })
        }
        3 => {
            let seconds = form.integer(given, "duration_seconds", here, (1, 2_419_200));
            if seconds.is_none() {
                form.required(here.key("duration_seconds"));
            }
            seconds.and_then(|n| u32::try_from(n).ok()).map(|seconds| AutomodAction::Timeout { seconds })
        }
        _ => Some(AutomodAction::Quarantine),
    }
}

/// The exempt roles and channels; absent keys stay.
pub(crate) fn exempt(form: &mut Form, body: &Map<String, Value>, rule: &mut AutomodRule) {
    let mut ids = |key: &str, most: usize| -> Option<Vec<Id>> {
        body.get(key)?;
        let list = form.list(body, key, Path::ROOT, most).iter().enumerate().take(most);
        let at = Path::ROOT.key(key);
        let mut ids: Vec<Id> =
            list.filter_map(|(index, value)| form.snowflake_value(value, at.index(index))).collect();
        ids.sort_unstable();
        ids.dedup();
        Some(ids)
    };
    let (roles, channels) = (ids("exempt_roles", 20), ids("exempt_channels", 50));
    rule.exempt_roles = roles.unwrap_or_else(|| std::mem::take(&mut rule.exempt_roles));
    rule.exempt_channels = channels.unwrap_or_else(|| std::mem::take(&mut rule.exempt_channels));
}
