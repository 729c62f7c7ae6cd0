//! What a request says about a channel, with the bounds of each kind.
//! (Discord docs: Channel resource, Modify Channel.)

use serde_json::{Map, Value, json};

use crate::model::{Channel, ChannelKind, Guild};
use crate::rest::threads::start::ARCHIVE_MINUTES;
use crate::rest::threads::tags::REQUIRE_TAG;
use crate::snowflake::{Id, Millis, Snowflakes};
use crate::validate::form::{Form, FormErrors, Path, parse_snowflake};

/// Tags of one forum.
const MOST_TAGS: usize = 20;

/// Hides the download options of a media channel.
const HIDE_MEDIA_DOWNLOAD_OPTIONS: u64 = 1 << 15;

/// Members opt in to see what is in it.
const IS_SPOILER_CHANNEL: u64 = 1 << 21;

/// The voice regions that a channel can be bound to.
const REGIONS: [&str; 14] = [
    "brazil",
    "frankfurt",
    "hongkong",
    "india",
    "japan",
    "rotterdam",
    "russia",
    "singapore",
    "southafrica",
    "sydney",
    "us-central",
    "us-east",
    "us-south",
    "us-west",
];

/// What a request says about a channel.
#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
#[derive(Default)]
pub(super) struct Wanted<'b> {
    pub name: Option<&'b str>,
    pub topic: Option<Option<&'b str>>,
    pub nsfw: Option<bool>,
    pub slowmode: Option<u32>,
    pub position: Option<i32>,
    pub parent: Option<Option<Id>>,
    pub flags: Option<u64>,
    bitrate: Option<u32>,
    user_limit: Option<u32>,
    region: Option<Option<&'b str>>,
    video_quality: Option<u8>,
    tags: Option<&'b [Value]>,
    defaults: Map<String, Value>,
}

impl<'b> Wanted<'b> {
    /// Reads a body for a channel of this kind in this guild.
    pub(super) fn read(
        body: &'b Map<String, Value>,
        guild: &Guild,
        kind: ChannelKind,
        new: bool,
    ) -> Result<Self, FormErrors> {
        let (mut form, at) = (Form::default(), Path::ROOT);
        if new {
            form.required_string(body, "name", at, (1, 100));
        }
        let topic_max = if kind.is_forum() { 4096 } else { 1024 };
        let small = |n: Option<i64>| n.and_then(|n| u32::try_from(n).ok());
        let null = |key: &str| body.get(key).is_some_and(Value::is_null);
        let mut wanted = Self {
            name: if new {
                body.get("name").and_then(Value::as_str).map(str::trim)
            } else {
                form.string(body, "name", at, (1, 100))
            },
            topic: body.contains_key("topic").then(|| form.string(body, "topic", at, (0, topic_max))),
            nsfw: if null("nsfw") { Some(false) } else { form.boolean(body, "nsfw", at) },
            slowmode: small(form.integer(body, "rate_limit_per_user", at, (0, 21_600)))
                .or(null("rate_limit_per_user").then_some(0)),
            position: form
                .integer(body, "position", at, (0, i64::from(i32::MAX)))
                .and_then(|n| i32::try_from(n).ok()),
            parent: body.contains_key("parent_id").then(|| form.snowflake(body, "parent_id", at)),
            ..Self::default()
        };
        if kind.is_voice() {
            let users = if kind == ChannelKind::Stage { 10_000 } else { 99 };
            wanted.bitrate = small(form.integer(body, "bitrate", at, (8_000, best_bitrate(guild, kind))));
            wanted.user_limit = small(form.integer(body, "user_limit", at, (0, users)));
            wanted.region = region(&mut form, body);
            wanted.video_quality =
                form.choice(body, "video_quality_mode", at, &[1, 2]).and_then(|n| u8::try_from(n).ok());
        }
        wanted.flags = flags(&mut form, body, kind, wanted.nsfw.unwrap_or(false));
        wanted.defaults(&mut form, body, guild, kind);
        form.finish()?;
        Ok(wanted)
    }

    /// What the channel gives to the threads in it.
    fn defaults(&mut self, form: &mut Form, body: &'b Map<String, Value>, guild: &Guild, kind: ChannelKind) {
        if kind.public_thread().is_none() {
            return;
        }
        let at = Path::ROOT;
        let mut keep = |key: &str, value: Option<i64>| {
            if let Some(value) = value {
                self.defaults.insert(key.to_owned(), json!(value));
            }
        };
        let minutes = form.choice(body, "default_auto_archive_duration", at, &ARCHIVE_MINUTES);
        keep("default_auto_archive_duration", minutes);
        let seconds = form.integer(body, "default_thread_rate_limit_per_user", at, (0, 21_600));
        keep("default_thread_rate_limit_per_user", seconds);
        if !kind.is_forum() {
            return;
        }
        keep("default_sort_order", form.choice(body, "default_sort_order", at, &[0, 1]));
        keep("default_forum_layout", form.choice(body, "default_forum_layout", at, &[0, 1, 2]));
        if body.contains_key("available_tags") {
            self.tags = Some(read_tags(form, body, guild));
        }
        match body.get("default_reaction_emoji") {
            None => {}
            Some(Value::Null) => {
                self.defaults.insert("default_reaction_emoji".to_owned(), Value::Null);
            }
            Some(given) => {
                let here = at.key("default_reaction_emoji");
                if let Some(object) = form.object(given, here) {
                    let emoji = emoji(form, object, here, guild);
                    self.defaults.insert("default_reaction_emoji".to_owned(), emoji);
                }
            }
        }
    }

    /// Ids for its tags, should they be new.
    pub(super) fn fresh_ids(&self, ids: &mut Snowflakes, now: Millis) -> Vec<Id> {
        self.tags.into_iter().flatten().map(|_| ids.next(now)).collect()
    }

    /// Puts what was asked for on the channel, but name and overwrites. New tags get ids.
    pub(super) fn put(&self, channel: &mut Channel, fresh: &[Id]) {
        if let Some(topic) = self.topic {
            channel.topic = topic.filter(|topic| !topic.is_empty()).map(str::to_owned);
        }
        channel.nsfw = self.nsfw.unwrap_or(channel.nsfw);
        channel.rate_limit_per_user = self.slowmode.unwrap_or(channel.rate_limit_per_user);
        channel.position = self.position.unwrap_or(channel.position);
        channel.flags = self.flags.unwrap_or(channel.flags);
        if let Some(voice) = &mut channel.voice {
            voice.bitrate = self.bitrate.unwrap_or(voice.bitrate);
            voice.user_limit = self.user_limit.unwrap_or(voice.user_limit);
            voice.video_quality_mode = self.video_quality.unwrap_or(voice.video_quality_mode);
            if let Some(region) = self.region {
                voice.rtc_region = region.map(str::to_owned);
            }
        }
        if channel.kind.is_forum() || !self.defaults.is_empty() {
            let extra = channel.extra.get_or_insert_with(Box::default);
            if channel.kind.is_forum() {
                fill(extra);
            }
            extra.extend(self.defaults.clone());
            if let Some(tags) = self.tags {
                let known =
                    extra.get("available_tags").and_then(Value::as_array).cloned().unwrap_or_default();
                let tags = tags.iter().zip(fresh).map(|(tag, id)| stored(tag, &known, *id));
                let tags: Vec<Value> = tags.collect();
                extra.insert("available_tags".to_owned(), json!(tags));
            }
        }
    }
}

/// What every forum tells.
fn fill(extra: &mut Map<String, Value>) {
    let all = [
        ("available_tags", json!([])),
        ("default_reaction_emoji", Value::Null),
        ("default_sort_order", Value::Null),
        ("default_forum_layout", json!(0)),
        ("default_thread_rate_limit_per_user", json!(0)),
    ];
    for (key, value) in all {
        extra.entry(key).or_insert(value);
    }
}

/// The best that the guild's boosts allow.
fn best_bitrate(guild: &Guild, kind: ChannelKind) -> i64 {
    let vip = guild.features.iter().any(|feature| feature == "VIP_REGIONS");
    match guild.premium_tier {
        _ if kind == ChannelKind::Stage => 64_000,
        _ if vip => 384_000,
        0 => 96_000,
        1 => 128_000,
        2 => 256_000,
        _ => 384_000,
    }
}

#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
fn region<'b>(form: &mut Form, body: &'b Map<String, Value>) -> Option<Option<&'b str>> {
    let given = body.get("rtc_region")?;
    let text = form.string(body, "rtc_region", Path::ROOT, (0, 100));
    if text.is_some_and(|text| !REGIONS.contains(&text)) {
        form.error(Path::ROOT.key("rtc_region"), "BASE_TYPE_CHOICES", "Not a voice region.");
    }
    (given.is_null() || text.is_some()).then_some(text)
}

fn flags(form: &mut Form, body: &Map<String, Value>, kind: ChannelKind, nsfw: bool) -> Option<u64> {
    let flags = form.integer(body, "flags", Path::ROOT, (0, i64::MAX)).and_then(|n| u64::try_from(n).ok())?;
    let mut allowed = match kind {
        ChannelKind::Stage | ChannelKind::Category => 0,
        _ => IS_SPOILER_CHANNEL,
    };
    if kind.is_forum() {
        allowed |= REQUIRE_TAG;
    }
    if kind == ChannelKind::Media {
        allowed |= HIDE_MEDIA_DOWNLOAD_OPTIONS;
    }
    if nsfw {
        allowed &= !IS_SPOILER_CHANNEL;
    }
    if flags & !allowed != 0 {
        form.error(Path::ROOT.key("flags"), "CHANNEL_FLAGS_INVALID", "Unsupported channel flags.");
    }
    Some(flags)
}

fn read_tags<'b>(form: &mut Form, body: &'b Map<String, Value>, guild: &Guild) -> &'b [Value] {
    let list = Path::ROOT.key("available_tags");
    let tags = form.list(body, "available_tags", Path::ROOT, MOST_TAGS);
    let mut names = Vec::new();
    for (index, tag) in tags.iter().take(MOST_TAGS).enumerate() {
        let at = list.index(index);
        let Some(object) = form.object(tag, at) else { continue };
        let name = form.required_string(object, "name", at, (0, 20));
        if name.is_some_and(|name| names.contains(&name)) {
            form.error(at.key("name"), "TAG_NAMES_MUST_BE_UNIQUE", "Tag names must be unique");
        }
        names.extend(name);
        form.boolean(object, "moderated", at);
        form.snowflake(object, "id", at);
        emoji(form, object, at, guild);
    }
    tags
}

/// A custom emoji of the guild or a Unicode one, never both.
fn emoji(form: &mut Form, object: &Map<String, Value>, at: Path<'_>, guild: &Guild) -> Value {
    let id = form.snowflake(object, "emoji_id", at).filter(|id| *id > 0);
    let name = form.string(object, "emoji_name", at, (0, 100)).filter(|name| !name.is_empty());
    if id.is_some() && name.is_some() {
        form.error(at, "BASE_TYPE_EXCLUSIVE", "Only one of emoji_id and emoji_name may be given.");
    }
    if id.is_some_and(|id| !guild.emojis.iter().any(|e| e.id == id)) {
        form.error(at.key("emoji_id"), "INVALID_EMOJI", "Unknown Emoji");
    }
    json!({ "emoji_id": id.map(|id| id.to_string()), "emoji_name": name })
}

/// A tag as it is kept: one that names a known id stays itself.
fn stored(tag: &Value, known: &[Value], fresh: Id) -> Value {
    let old = known.iter().find(|old| tag["id"].is_string() && old["id"] == tag["id"]);
    let id = old.and_then(|old| old["id"].as_str()).map_or_else(|| fresh.to_string(), str::to_owned);
    json!({
        "id": id,
        "name": tag["name"].as_str().unwrap_or_default().trim(),
        "moderated": tag["moderated"].as_bool().unwrap_or(false),
        "emoji_id": parse_snowflake(&tag["emoji_id"]).filter(|id| *id > 0).map(|id| id.to_string()),
        "emoji_name": tag["emoji_name"].as_str().filter(|name| !name.is_empty()),
    })
}
