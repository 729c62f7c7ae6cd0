//! A server's own settings. (Discord docs: Guild resource, Modify Guild.)

use serde_json::{Map, Value};

use crate::model::{Asset, Guild};
use crate::permissions::{self, Permissions};
use crate::rest::access;
use crate::rest::call::{Answer, Call, ok};
use crate::rest::error::{self, ApiError};
use crate::snowflake::{Id, Millis};
use crate::validate::data_uri::{self, Expected};
use crate::validate::form::{Form, Path};
use crate::wire;

/// The largest picture in bytes.
const PICTURE: usize = 10 * 1024 * 1024;

/// Features that can be switched by hand; all others stay as they are.
/// (Discord docs: Guild, Mutable Guild Features.)
const MUTABLE: [&str; 4] = ["COMMUNITY", "DISCOVERABLE", "INVITES_DISABLED", "RAID_ALERTS_DISABLED"];

/// Those of them that only administrators switch.
const ADMINISTRATORS: [&str; 2] = ["COMMUNITY", "DISCOVERABLE"];

/// Pictures, and the feature that a server needs for each.
const PICTURES: [(&str, Option<&str>); 4] = [
    ("icon", None),
    ("splash", Some("INVITE_SPLASH")),
    ("discovery_splash", Some("DISCOVERABLE")),
    ("banner", Some("BANNER")),
];

const CHANNELS: [&str; 5] = [
    "afk_channel_id",
    "system_channel_id",
    "rules_channel_id",
    "public_updates_channel_id",
    "safety_alerts_channel_id",
];

/// What a request changes. A list holds what was given, and with it null.
#[derive(Default)]
#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
struct Change {
    name: Option<String>,
    description: Option<Option<String>>,
    verification_level: Option<u8>,
    notifications: Option<u8>,
    filter: Option<u8>,
    afk_timeout: Option<u32>,
    system_flags: Option<u64>,
    locale: Option<String>,
    progress_bar: Option<bool>,
    channels: Vec<(&'static str, Option<Id>)>,
    pictures: Vec<(&'static str, Option<Asset>)>,
    features: Option<Vec<String>>,
}

impl Change {
    fn read(body: &Map<String, Value>) -> Result<Self, ApiError> {
        let (mut form, at) = (Form::default(), Path::ROOT);
        let small = |number: Option<i64>| number.and_then(|n| u8::try_from(n).ok());
        let mut change = Self {
            name: form.string(body, "name", at, (2, 100)).map(str::to_owned),
            verification_level: small(form.choice(body, "verification_level", at, &[0, 1, 2, 3, 4])),
            notifications: small(form.choice(body, "default_message_notifications", at, &[0, 1])),
            filter: small(form.choice(body, "explicit_content_filter", at, &[0, 1, 2])),
            afk_timeout: form
                .choice(body, "afk_timeout", at, &[60, 300, 900, 1800, 3600])
                .and_then(|n| u32::try_from(n).ok()),
            system_flags: form
                .integer(body, "system_channel_flags", at, (0, i64::from(u32::MAX)))
                .and_then(|n| u64::try_from(n).ok()),
            locale: form.string(body, "preferred_locale", at, (2, 8)).map(str::to_owned),
            progress_bar: form.boolean(body, "premium_progress_bar_enabled", at),
            ..Self::default()
        };
        if body.contains_key("description") {
            let text = form.string(body, "description", at, (0, 300));
            change.description = Some(text.filter(|text| !text.is_empty()).map(str::to_owned));
        }
        for key in CHANNELS.into_iter().filter(|key| body.contains_key(*key)) {
            change.channels.push((key, form.snowflake(body, key, at)));
        }
        for (key, _) in PICTURES.into_iter().filter(|(key, _)| body.contains_key(*key)) {
            let picture = data_uri::read(&mut form, body, key, at, (Expected::Image, PICTURE));
            change.pictures.push((key, picture));
        }
        if body.get("features").is_some_and(|list| !list.is_null()) {
            let list = form.list(body, "features", at, 200);
            change.features = Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        }
        form.finish()?;
        Ok(change)
    }

    fn switched(&self, guild: &Guild) -> Vec<(&'static str, bool)> {
        let Some(wanted) = &self.features else { return Vec::new() };
        let wants = |feature: &str| wanted.iter().any(|one| one == feature);
        let all = MUTABLE.into_iter().map(|feature| (feature, wants(feature)));
        all.filter(|(feature, on)| guild.has_feature(feature) != *on).collect()
    }

    fn check(&self, guild: &Guild, user_id: Id, now: Millis) -> Result<(), ApiError> {
        for (key, id) in &self.channels {
            if id.is_some_and(|id| guild.channel(id).is_none_or(|channel| channel.kind.is_thread())) {
                return Err(ApiError::field(&[key], "CHANNEL_UNKNOWN", "Unknown channel"));
            }
        }
        for (key, feature) in PICTURES {
            let given = self.pictures.iter().any(|(own, picture)| *own == key && picture.is_some());
            if given && feature.is_some_and(|feature| !guild.has_feature(feature)) {
                return Err(error::NEEDS_BOOSTS);
            }
        }
        let switched = self.switched(guild);
        if switched.iter().any(|(feature, _)| ADMINISTRATORS.contains(feature)) {
            access::need(permissions::in_guild(guild, user_id, now), Permissions::ADMINISTRATOR)?;
        }
        if switched.contains(&("COMMUNITY", true)) {
            // A community has a channel for its rules and one for what Discord has to say.
            for (key, own) in [
                ("rules_channel_id", guild.rules_channel_id),
                ("public_updates_channel_id", guild.public_updates_channel_id),
            ] {
                let given = self.channels.iter().find(|(name, _)| *name == key);
                if given.map_or(own, |(_, id)| *id).is_none() {
                    return Err(ApiError::field(&[key], "BASE_TYPE_REQUIRED", "This field is required"));
                }
            }
        }
        Ok(())
    }

    fn apply(self, guild: &mut Guild, pictures: Vec<(&'static str, Option<String>)>) {
        for (feature, on) in self.switched(guild) {
            guild.set_feature(feature, on);
        }
        if let Some(name) = self.name {
            guild.name = name;
        }
        if let Some(description) = self.description {
            guild.description = description;
        }
        guild.verification_level = self.verification_level.unwrap_or(guild.verification_level);
        guild.default_message_notifications =
            self.notifications.unwrap_or(guild.default_message_notifications);
        guild.explicit_content_filter = self.filter.unwrap_or(guild.explicit_content_filter);
        guild.afk_timeout = self.afk_timeout.unwrap_or(guild.afk_timeout);
        guild.system_channel_flags = self.system_flags.unwrap_or(guild.system_channel_flags);
        guild.premium_progress_bar_enabled = self.progress_bar.unwrap_or(guild.premium_progress_bar_enabled);
        if let Some(locale) = self.locale {
            guild.preferred_locale = locale;
        }
        for (key, id) in self.channels {
            match key {
                "afk_channel_id" => guild.afk_channel_id = id,
                "system_channel_id" => guild.system_channel_id = id,
                "rules_channel_id" => guild.rules_channel_id = id,
                "public_updates_channel_id" => guild.public_updates_channel_id = id,
                _ => guild.safety_alerts_channel_id = id,
            }
        }
        for (key, hash) in pictures {
            match key {
                "icon" => guild.icon = hash,
                "splash" => guild.splash = hash,
                "banner" => guild.banner = hash,
                _ => guild.community_mut().discovery_splash = hash,
            }
        }
    }
}

/// `PATCH /guilds/{guild}`
pub(crate) fn edit(call: &Call) -> Answer {
    let caller = call.caller()?;
    let id = call.id(0, "guild_id")?;
    call.read(|w| access::guild_with(w, caller, id, Permissions::MANAGE_GUILD, call.now).map(|_| ()))?;
    let mut change = Change::read(call.object()?)?;
    ok(call.change(|world, now| {
        let guild = access::guild_with(world, caller, id, Permissions::MANAGE_GUILD, now)?;
        change.check(guild, caller.bot_id, now)?;
        let given = std::mem::take(&mut change.pictures).into_iter();
        let pictures = given.map(|(key, picture)| (key, picture.map(|one| world.assets.put(one)))).collect();
        let ((), told) = world.update_guild(id, |guild| change.apply(guild, pictures))?;
        Ok((wire::guild(world.guild(id)?, false), told))
    })?)
}
