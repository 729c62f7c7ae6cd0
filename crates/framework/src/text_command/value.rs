//! One option: from the words of a person to the value that Discord would send.

use std::collections::{HashMap, HashSet};

use twilight_model::{
    application::{
        command::{
            CommandOption, CommandOptionChoice, CommandOptionChoiceValue as Chosen,
            CommandOptionType as Kind, CommandOptionValue as Bound,
        },
        interaction::{
            InteractionChannel, InteractionDataResolved, InteractionMember,
            application_command::CommandOptionValue as Value,
        },
    },
    channel::Attachment,
    guild::Role,
    id::Id,
    user::User,
};

use super::fault::Expected;

/// The longest text that an option takes where it says nothing else (Discord docs: Application Command Option).
const LONGEST: usize = 6_000;
/// The greatest whole number that an option takes (Discord docs: Application Command Option Type).
const GREATEST: i64 = 1 << 53;

/// Whom and what the words of a message name, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// People, with what they are in the server.
    pub users: HashMap<u64, (User, Option<InteractionMember>)>,
    /// Roles of the server.
    pub roles: HashMap<u64, Role>,
    /// Channels of the server that the caller sees.
    pub channels: HashMap<u64, InteractionChannel>,
    /// What is attached to the message.
    pub attachments: Vec<Attachment>,
    /// What was looked for and does not exist here.
    pub nowhere: HashSet<Sought>,
}

/// What has to be looked for before the command can be read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Sought {
    /// A person of the server.
    User(u64),
    /// A role of the server.
    Role(u64),
    /// A channel of the server.
    Channel(u64),
}

/// Why some words are no value of an option.
#[derive(Debug)]
pub(super) enum Wrong {
    /// They will never be one.
    Unfit,
    /// It depends on something that is not known yet.
    Sought(Sought),
}

/// What an option takes.
pub(super) fn expected(option: &CommandOption) -> Expected {
    if let Some(choices) = option.choices.as_ref().filter(|choices| !choices.is_empty()) {
        return Expected::Choice(choices.clone());
    }
    match option.kind {
        Kind::Integer => {
            let bound = |bound| match bound {
                Some(Bound::Integer(number)) => Some(number.to_string()),
                Some(Bound::Number(number)) => Some(number.to_string()),
                None => None,
            };
            Expected::Integer { least: bound(option.min_value), most: bound(option.max_value) }
        }
        Kind::Number => {
            let bound = |bound: Option<Bound>| bound.map(|bound| number(bound).to_string());
            Expected::Number { least: bound(option.min_value), most: bound(option.max_value) }
        }
        Kind::Boolean => Expected::Boolean,
        Kind::User => Expected::User,
        Kind::Channel => Expected::Channel,
        Kind::Role => Expected::Role,
        Kind::Mentionable => Expected::Mentionable,
        Kind::Attachment => Expected::Attachment,
        _ => {
            let (least, most) = lengths(option);
            Expected::Text { least, most }
        }
    }
}

/// The value that the words are. What it names comes into `resolved`.
pub(super) fn read(
    option: &CommandOption,
    words: &str,
    known: &Known,
    resolved: &mut InteractionDataResolved,
) -> Result<Value, Wrong> {
    if let Some(choices) = option.choices.as_ref().filter(|choices| !choices.is_empty()) {
        return choice(choices, option.kind, words).ok_or(Wrong::Unfit);
    }
    match option.kind {
        Kind::String => {
            let (least, most) = lengths(option);
            let fits = (least..=most).contains(&words.chars().count());
            fits.then(|| Value::String(words.to_owned())).ok_or(Wrong::Unfit)
        }
        Kind::Integer => integer(option, words).map(Value::Integer).ok_or(Wrong::Unfit),
        Kind::Number => float(option, words).map(Value::Number).ok_or(Wrong::Unfit),
        Kind::Boolean => boolean(words).map(Value::Boolean).ok_or(Wrong::Unfit),
        Kind::User => user(id(words, &["<@!", "<@"])?, known, resolved).map(|id| Value::User(Id::new(id))),
        Kind::Role => role(id(words, &["<@&"])?, known, resolved).map(|id| Value::Role(Id::new(id))),
        Kind::Mentionable => mentionable(words, known, resolved).map(|id| Value::Mentionable(Id::new(id))),
        Kind::Channel => {
            let id = id(words, &["<#"])?;
            let channel = known.channels.get(&id).ok_or_else(|| missing(known, Sought::Channel(id)))?;
            if option.channel_types.as_ref().is_some_and(|kinds| !kinds.contains(&channel.kind)) {
                return Err(Wrong::Unfit);
            }
            resolved.channels.insert(channel.id, channel.clone());
            Ok(Value::Channel(channel.id))
        }
        _ => Err(Wrong::Unfit),
    }
}

/// The least and the greatest length of a text.
fn lengths(option: &CommandOption) -> (usize, usize) {
    // Discord sends no empty text: an option that is left empty is left out.
    let least = usize::from(option.min_length.unwrap_or(1).max(1));
    (least, option.max_length.map_or(LONGEST, usize::from))
}

fn choice(choices: &[CommandOptionChoice], kind: Kind, words: &str) -> Option<Value> {
    let words = words.to_lowercase();
    let value = |choice: &CommandOptionChoice| match &choice.value {
        Chosen::String(value) => value.to_lowercase(),
        Chosen::Integer(value) => value.to_string(),
        Chosen::Number(value) => value.to_string(),
    };
    let name = |choice: &CommandOptionChoice| {
        let others = choice.name_localizations.iter().flat_map(HashMap::values);
        std::iter::once(&choice.name).chain(others).any(|name| name.to_lowercase() == words)
    };
    let by_value = choices.iter().find(|choice| value(choice) == words);
    let found = by_value.or_else(|| choices.iter().find(|choice| name(choice)))?;
    Some(match (&found.value, kind) {
        (Chosen::String(value), _) => Value::String(value.clone()),
        (Chosen::Integer(value), Kind::Number) => Value::Number(number(Bound::Integer(*value))),
        (Chosen::Integer(value), _) => Value::Integer(*value),
        (Chosen::Number(value), _) => Value::Number(*value),
    })
}

fn integer(option: &CommandOption, words: &str) -> Option<i64> {
    let value: i64 = words.parse().ok().filter(|value| (-GREATEST..=GREATEST).contains(value))?;
    within(option, number(Bound::Integer(value))).then_some(value)
}

fn float(option: &CommandOption, words: &str) -> Option<f64> {
    let plain = words.bytes().all(|sign| sign.is_ascii_digit() || b"+-.,eE".contains(&sign));
    let value: f64 = words.replace(',', ".").parse().ok().filter(|value: &f64| plain && value.is_finite())?;
    (value.abs() <= number(Bound::Integer(GREATEST)) && within(option, value)).then_some(value)
}

fn within(option: &CommandOption, value: f64) -> bool {
    option.min_value.is_none_or(|least| number(least) <= value)
        && option.max_value.is_none_or(|most| value <= number(most))
}

#[expect(clippy::cast_precision_loss, reason = "Discord's whole numbers are those that fit")]
fn number(bound: Bound) -> f64 {
    match bound {
        Bound::Integer(value) => value as f64,
        Bound::Number(value) => value,
    }
}

/// Yes and no as people write them, and as clients show them.
fn boolean(words: &str) -> Option<bool> {
    match words.to_lowercase().as_str() {
        "true" | "yes" | "y" | "on" | "1" | "ja" | "j" | "an" | "wahr" => Some(true),
        "false" | "no" | "n" | "off" | "0" | "nein" | "aus" | "falsch" => Some(false),
        _ => None,
    }
}

/// The id in a mention of one of these forms, or an id alone.
fn id(words: &str, forms: &[&str]) -> Result<u64, Wrong> {
    let within = |form: &&str| words.strip_prefix(*form)?.strip_suffix('>');
    let digits = forms.iter().find_map(within).unwrap_or(words);
    let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let id = digits.parse::<u64>().ok().filter(|id| plain && *id > 0 && i64::try_from(*id).is_ok());
    id.ok_or(Wrong::Unfit)
}

fn missing(known: &Known, sought: Sought) -> Wrong {
    if known.nowhere.contains(&sought) { Wrong::Unfit } else { Wrong::Sought(sought) }
}

fn user(id: u64, known: &Known, resolved: &mut InteractionDataResolved) -> Result<u64, Wrong> {
    let (user, member) = known.users.get(&id).ok_or_else(|| missing(known, Sought::User(id)))?;
    resolved.users.insert(user.id, user.clone());
    resolved.members.extend(member.clone().map(|member| (user.id, member)));
    Ok(id)
}

fn role(id: u64, known: &Known, resolved: &mut InteractionDataResolved) -> Result<u64, Wrong> {
    let role = known.roles.get(&id).ok_or_else(|| missing(known, Sought::Role(id)))?;
    resolved.roles.insert(role.id, role.clone());
    Ok(id)
}

/// A mention says of which sort it is; an id alone may be a role's, and else is a person's.
fn mentionable(words: &str, known: &Known, resolved: &mut InteractionDataResolved) -> Result<u64, Wrong> {
    let named = id(words, &["<@&", "<@!", "<@"])?;
    if words.starts_with("<@") && !words.starts_with("<@&") {
        return user(named, known, resolved);
    }
    match role(named, known, resolved) {
        Err(Wrong::Unfit) if !words.starts_with('<') => user(named, known, resolved),
        other => other,
    }
}
