//! Whom a fault concerns.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{FaultKind, Point};
use crate::snowflake::{Id, id_or_none};

/// Whom a fault concerns: everyone, unless parts are named, and then only what fits all of them.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selector {
    /// Only this application.
    #[serde(deserialize_with = "id_or_none", serialize_with = "text_or_none")]
    #[schemars(with = "Option<String>")]
    pub application: Option<Id>,
    /// Only this gateway session; `*` is every one.
    pub session: Option<String>,
    /// Only this shard.
    pub shard: Option<ShardIs>,
    /// Only what happens in this guild.
    #[serde(deserialize_with = "id_or_none", serialize_with = "text_or_none")]
    #[schemars(with = "Option<String>")]
    pub guild: Option<Id>,
    /// Only this event, such as `MESSAGE_CREATE`.
    pub event: Option<String>,
    /// Only requests with this HTTP method.
    pub method: Option<String>,
    /// Only requests to this route: a template such as `/channels/{channel_id}/messages`, or a part of
    /// the path.
    pub route: Option<String>,
    /// Only this share of the calls that fit, from 0 to 1.
    pub share: Option<f64>,
}

/// Which shard: by its number alone, or with the number of shards.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ShardIs {
    /// Shards with this number, however many there are.
    Number(u32),
    /// This shard of so many.
    Of(u32, u32),
}

/// What a fault may concern, as it comes along.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment<'a> {
    pub(crate) application: Option<Id>,
    pub(crate) session: Option<&'a str>,
    /// A session without sharding is shard 0 of 1.
    pub(crate) shard: Option<(u32, u32)>,
    pub(crate) guild: Option<Id>,
    pub(crate) event: Option<&'a str>,
    pub(crate) method: Option<&'a str>,
    pub(crate) path: Option<&'a str>,
}

impl Selector {
    /// The names of all parts.
    pub(super) const KEYS: [&'static str; 8] =
        ["application", "session", "shard", "guild", "event", "method", "route", "share"];

    /// Whether a moment fits; the share is not asked.
    pub(super) fn fits(&self, moment: &Moment<'_>) -> bool {
        let same = |wanted: Option<Id>, given| wanted.is_none() || wanted == given;
        let named = |wanted: &Option<String>, given: Option<&str>| {
            wanted
                .as_deref()
                .is_none_or(|wanted| given.is_some_and(|given| wanted.eq_ignore_ascii_case(given)))
        };
        let shard = match (self.shard, moment.shard) {
            (None, _) => true,
            (Some(ShardIs::Number(wanted)), Some((number, _))) => wanted == number,
            (Some(ShardIs::Of(number, count)), given) => given == Some((number, count)),
            (Some(ShardIs::Number(_)), None) => false,
        };
        shard
            && same(self.application, moment.application)
            && same(self.guild, moment.guild)
            && named(&self.session, moment.session)
            && named(&self.event, moment.event)
            && named(&self.method, moment.method)
            && self.route.as_deref().is_none_or(|route| moment.path.is_some_and(|path| concerns(route, path)))
    }

    /// Refuses parts that can never fit, since nothing is known of them where the fault is played.
    pub(super) fn check(&self, kind: FaultKind) -> Result<(), String> {
        let known: &[&str] = match kind.point() {
            Point::Connect => &["share"],
            Point::Identify => &["application", "shard", "share"],
            Point::Resume | Point::Heartbeat => &["application", "session", "shard", "share"],
            Point::Queue | Point::Send => &["application", "session", "shard", "guild", "event", "share"],
            Point::Voice => &["application", "session", "shard", "guild", "share"],
            Point::Request => &["application", "guild", "method", "route", "share"],
            Point::Network => &["application"],
            Point::Guild => &["application", "shard", "guild", "share"],
        };
        let given = [
            self.application.is_some(),
            self.session.is_some(),
            self.shard.is_some(),
            self.guild.is_some(),
            self.event.is_some(),
            self.method.is_some(),
            self.route.is_some(),
            self.share.is_some(),
        ];
        let unknown = Self::KEYS.iter().zip(given).find(|(key, given)| *given && !known.contains(*key));
        if let Some((key, _)) = unknown {
            return Err(format!("`{key}` selects nothing for this fault; it takes {}", known.join(", ")));
        }
        if self.share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err("`share` is between 0 and 1".to_owned());
        }
        match (kind, self.shard) {
            (FaultKind::GuildOutage, Some(ShardIs::Number(_))) => {
                Err("the `shard` of an outage needs the number of shards: [id, count]".to_owned())
            }
            (_, Some(ShardIs::Of(number, count))) if number >= count => {
                Err(format!("there is no shard {number} of {count}"))
            }
            _ => Ok(()),
        }
    }
}

/// A route with `{}` segments stands for every path of its shape, any other for every path it is part of.
fn concerns(route: &str, path: &str) -> bool {
    if !route.contains('{') {
        return path.contains(route);
    }
    let mut given = path.trim_matches('/').split('/');
    route
        .trim_matches('/')
        .split('/')
        .all(|wanted| given.next().is_some_and(|given| wanted.starts_with('{') || wanted == given))
        && given.next().is_none()
}

#[expect(clippy::ref_option, reason = "the signature is serde's")]
fn text_or_none<S: serde::Serializer>(id: &Option<Id>, serializer: S) -> Result<S::Ok, S::Error> {
    id.map(crate::snowflake::Sid).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_templates_or_parts() {
        let path = "/channels/5/messages";
        assert!(concerns("/channels/{channel_id}/messages", path));
        assert!(!concerns("/channels/{channel_id}", path));
        assert!(!concerns("/channels/{channel_id}/messages/{message_id}", path));
        assert!(concerns("/messages", path));
        assert!(!concerns("/guilds", path));
    }

    #[test]
    fn all_parts_must_fit() {
        let selector = Selector {
            shard: Some(ShardIs::Number(1)),
            event: Some("MESSAGE_CREATE".to_owned()),
            ..Selector::default()
        };
        let moment = Moment { shard: Some((1, 4)), event: Some("MESSAGE_CREATE"), ..Moment::default() };
        assert!(selector.fits(&moment));
        assert!(!selector.fits(&Moment { shard: Some((2, 4)), ..moment }));
        assert!(!selector.fits(&Moment { event: None, ..moment }));
        let exact = Selector { shard: Some(ShardIs::Of(1, 2)), ..Selector::default() };
        assert!(!exact.fits(&moment));
    }
}
