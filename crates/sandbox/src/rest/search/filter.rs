//! What a search asks for.

use std::collections::BTreeMap;

use crate::model::{Channel, Guild, Message};
use crate::rest::call::{Call, not_snowflake};
use crate::rest::error::ApiError;
use crate::snowflake::{Id, parse};
use crate::validate::form::parse_snowflake;
use crate::world::World;

/// Values of one key, where nothing else is said.
const MOST: usize = 100;
const MOST_CHANNELS: usize = 500;

/// What a message may have.
const HAS: [&str; 9] = ["link", "embed", "file", "image", "video", "sound", "sticker", "poll", "snapshot"];
/// Who may have written it.
const AUTHORS: [&str; 3] = ["user", "bot", "webhook"];

/// What a message must be to be found.
pub(super) struct Filter<'q> {
    words: Vec<String>,
    authors: Vec<Id>,
    author_types: Vec<&'q str>,
    mentions: Vec<Id>,
    mentioned_roles: Vec<Id>,
    replied_users: Vec<Id>,
    replied_messages: Vec<Id>,
    channels: Vec<Id>,
    has: Vec<&'q str>,
    hosts: Vec<&'q str>,
    extensions: Vec<&'q str>,
    filenames: Vec<&'q str>,
    everyone: Option<bool>,
    pinned: Option<bool>,
    nsfw: bool,
    min: Id,
    max: Id,
}

impl<'q> Filter<'q> {
    /// Reads the query.
    pub(super) fn read(call: &'q Call) -> Result<Self, ApiError> {
        let content = call.query("content").unwrap_or_default();
        if content.chars().count() > 1024 {
            let text = "Must be 1024 or fewer in length.";
            return Err(ApiError::field(&["content"], "BASE_TYPE_MAX_LENGTH", text));
        }
        let flag = |key: &str| call.query(key).map(|_| call.query_flag(key));
        Ok(Self {
            words: content.to_lowercase().split_whitespace().map(str::to_owned).collect(),
            authors: ids(call, "author_id", MOST)?,
            author_types: choices(call, "author_type", &AUTHORS)?,
            mentions: ids(call, "mentions", MOST)?,
            mentioned_roles: ids(call, "mentions_role_id", MOST)?,
            replied_users: ids(call, "replied_to_user_id", MOST)?,
            replied_messages: ids(call, "replied_to_message_id", MOST)?,
            channels: ids(call, "channel_id", MOST_CHANNELS)?,
            has: choices(call, "has", &HAS)?,
            hosts: texts(call, "link_hostname", MOST)?,
            extensions: texts(call, "attachment_extension", MOST)?,
            filenames: texts(call, "attachment_filename", MOST)?,
            everyone: flag("mention_everyone"),
            pinned: flag("pinned"),
            nsfw: call.query_flag("include_nsfw"),
            min: call.query_id("min_id")?.unwrap_or(0),
            max: call.query_id("max_id")?.unwrap_or(Id::MAX),
        })
    }

    /// Whether to look into a channel.
    pub(super) fn channel(&self, guild: &Guild, channel: &Channel) -> bool {
        let parent = channel.parent_id.filter(|_| channel.thread.is_some()).and_then(|id| guild.channel(id));
        let nsfw = channel.nsfw || parent.is_some_and(|parent| parent.nsfw);
        (self.nsfw || !nsfw) && (self.channels.is_empty() || self.channels.contains(&channel.id))
    }

    /// The messages of a channel between the bounds.
    pub(super) fn range<'m>(&self, all: &'m BTreeMap<Id, Message>) -> impl Iterator<Item = &'m Message> {
        let (min, max) = (self.min, self.max);
        all.values().filter(move |message| message.id > min && message.id < max)
    }

    /// Whether a message fits.
    pub(super) fn message(&self, world: &World, message: &Message) -> bool {
        let text = message.content.to_lowercase();
        let any = |wanted: &[Id], has: &[Id]| wanted.is_empty() || wanted.iter().any(|id| has.contains(id));
        self.words.iter().all(|word| text.contains(word.as_str()))
            && (self.authors.is_empty() || self.authors.contains(&message.author_id))
            && signed(&self.author_types, |kind| kind == author_type(world, message))
            && any(&self.mentions, &message.mentions)
            && any(&self.mentioned_roles, &message.mention_roles)
            && self.everyone.is_none_or(|wanted| message.mention_everyone == wanted)
            && self.pinned.is_none_or(|wanted| message.pinned_at.is_some() == wanted)
            && signed(&self.has, |what| has(message, what))
            && self.hosts.iter().all(|host| text.contains(&format!("://{}", host.to_lowercase())))
            && self.files(message)
            && self.replies(world, message)
    }

    fn files(&self, message: &Message) -> bool {
        let some = |wanted: &[&str], fits: fn(&str, &str) -> bool| {
            let file = |name: &str| wanted.iter().any(|wanted| fits(name, &wanted.to_lowercase()));
            wanted.is_empty() || message.attachments.iter().any(|a| file(&a.filename.to_lowercase()))
        };
        some(&self.extensions, |name, wanted| name.rsplit_once('.').is_some_and(|(_, end)| end == wanted))
            && some(&self.filenames, |name, wanted| name.contains(wanted))
    }

    fn replies(&self, world: &World, message: &Message) -> bool {
        if self.replied_users.is_empty() && self.replied_messages.is_empty() {
            return true;
        }
        let Some(id) = message.reference.as_ref().and_then(|r| parse_snowflake(&r["message_id"])) else {
            return false;
        };
        let author = || world.message(message.channel_id, id).map(|original| original.author_id);
        message.kind == 19
            && (self.replied_messages.is_empty() || self.replied_messages.contains(&id))
            && (self.replied_users.is_empty() || author().is_some_and(|id| self.replied_users.contains(&id)))
    }
}

/// Wishes without a sign: one must hold. Wishes with a minus: none may hold.
fn signed(wishes: &[&str], holds: impl Fn(&str) -> bool) -> bool {
    let (not, wanted): (Vec<&str>, Vec<&str>) = wishes.iter().partition(|wish| wish.starts_with('-'));
    not.iter().all(|wish| !holds(&wish[1..])) && (wanted.is_empty() || wanted.iter().any(|wish| holds(wish)))
}

fn author_type(world: &World, message: &Message) -> &'static str {
    match world.users.get(&message.author_id) {
        _ if message.webhook.is_some() => "webhook",
        Some(user) if user.bot => "bot",
        _ => "user",
    }
}

fn has(message: &Message, what: &str) -> bool {
    let file = |kind: &str| {
        message.attachments.iter().any(|a| a.content_type.as_deref().is_some_and(|own| own.starts_with(kind)))
    };
    match what {
        "link" => message.content.contains("http://") || message.content.contains("https://"),
        "embed" => !message.embeds.is_empty(),
        "file" => !message.attachments.is_empty(),
        "image" => file("image/"),
        "video" => file("video/"),
        "sound" => file("audio/"),
        "sticker" => !message.sticker_items.is_empty(),
        "poll" => message.poll.is_some(),
        "snapshot" => !message.snapshots.is_empty(),
        _ => false,
    }
}

/// The refusal of a value outside a fixed set.
pub(super) fn not_a_choice(key: &str) -> ApiError {
    ApiError::field(&[key], "BASE_TYPE_CHOICES", "Not one of the values that can be chosen.")
}

fn texts<'q>(call: &'q Call, key: &str, most: usize) -> Result<Vec<&'q str>, ApiError> {
    let given: Vec<&str> =
        call.query.iter().filter(|(own, _)| own == key).map(|(_, value)| value.as_str()).collect();
    if given.len() > most {
        let text = format!("Must be {most} or fewer in length.");
        return Err(ApiError::field(&[key], "BASE_TYPE_MAX_LENGTH", text));
    }
    Ok(given)
}

fn ids(call: &Call, key: &str, most: usize) -> Result<Vec<Id>, ApiError> {
    let texts = texts(call, key, most)?;
    texts.into_iter().map(|text| parse(text).ok_or_else(|| not_snowflake(&[key], text))).collect()
}

fn choices<'q>(call: &'q Call, key: &str, from: &[&str]) -> Result<Vec<&'q str>, ApiError> {
    let given = texts(call, key, from.len() * 2)?;
    let known = |text: &&str| from.contains(&text.strip_prefix('-').unwrap_or(text));
    if given.iter().all(known) { Ok(given) } else { Err(not_a_choice(key)) }
}
