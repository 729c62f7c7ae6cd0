//! Small parts of messages that the features share.

use guildhall_core::{
    clock::Timestamp,
    id::{ChannelId, UserId},
    l10n::Text,
    text,
};
use guildhall_framework::{Body, Ctx, Failure, permissions};
use twilight_model::{
    channel::message::{
        Component, Embed,
        component::{ActionRow, Button, ButtonStyle},
        embed::EmbedField,
    },
    guild::Permissions,
};

/// The colour of the bar beside our embeds.
const ACCENT: u32 = 0x3F_7D_6B;

/// Limits of an embed in characters (Discord docs: Message Resource, Embed Limits).
pub(crate) mod limit {
    /// The title, and the name of a field.
    pub(crate) const TITLE: usize = 256;
    /// The description.
    pub(crate) const DESCRIPTION: usize = 4_096;
    /// The value of a field.
    pub(crate) const FIELD: usize = 1_024;
    /// Fields in one embed.
    pub(crate) const FIELDS: usize = 25;
    /// All texts of one message's embeds together.
    pub(crate) const TOTAL: usize = 6_000;
}

/// The text, cut to at most `max` characters; an ellipsis shows that something is missing.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if text.chars().nth(max).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max.saturating_sub(1)).collect();
    kept.trim_end().to_owned() + "…"
}

/// The text on one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An embed under construction that never grows beyond what Discord takes.
#[derive(Debug, Default)]
pub(crate) struct Card {
    title: String,
    description: String,
    fields: Vec<EmbedField>,
}

impl Card {
    /// A card with this title.
    pub(crate) fn new(title: &str) -> Self {
        Self { title: cut(title, limit::TITLE), ..Self::default() }
    }

    /// With this main text.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.description = cut(text, limit::DESCRIPTION.min(self.room()));
        self
    }

    /// With one more field, as far as there is room.
    pub(crate) fn field(mut self, name: &str, value: &str) -> Self {
        let name = cut(name, limit::TITLE);
        let room = self.room().saturating_sub(name.chars().count());
        if self.fields.len() < limit::FIELDS && room > 0 && !name.is_empty() && !value.is_empty() {
            let value = cut(value, limit::FIELD.min(room));
            self.fields.push(EmbedField { inline: false, name, value });
        }
        self
    }

    /// The finished embed.
    pub(crate) fn build(self) -> Embed {
        Embed {
            author: None,
            color: Some(ACCENT),
            description: (!self.description.is_empty()).then_some(self.description),
            fields: self.fields,
            flags: None,
            footer: None,
            image: None,
            kind: "rich".to_owned(),
            provider: None,
            thumbnail: None,
            timestamp: None,
            title: (!self.title.is_empty()).then_some(self.title),
            url: None,
            video: None,
        }
    }

    /// The finished embed as the only part of a message.
    pub(crate) fn body(self) -> Body {
        Body { embeds: vec![self.build()], ..Body::default() }
    }

    fn room(&self) -> usize {
        let fields = self.fields.iter().flat_map(|field| [&field.name, &field.value]);
        let texts = fields.chain([&self.title, &self.description]);
        limit::TOTAL.saturating_sub(texts.map(|text| text.chars().count()).sum())
    }
}

/// A button.
pub(crate) fn button(style: ButtonStyle, label: &str, custom_id: String) -> Button {
    Button {
        custom_id: Some(custom_id),
        disabled: false,
        emoji: None,
        id: None,
        label: Some(cut(label, 80)),
        sku_id: None,
        style,
        url: None,
    }
}

/// Rows of up to five buttons each.
pub(crate) fn rows(buttons: Vec<Button>) -> Vec<Component> {
    let buttons: Vec<Component> = buttons.into_iter().take(25).map(Component::Button).collect();
    let row = |part: &[Component]| Component::ActionRow(ActionRow { components: part.to_vec(), id: None });
    buttons.chunks(5).map(row).collect()
}

/// A user by name, without a ping: `allowed_mentions` names nobody.
pub(crate) fn user(id: UserId) -> String {
    format!("<@{id}>")
}

/// A channel by name.
pub(crate) fn channel(id: ChannelId) -> String {
    format!("<#{id}>")
}

/// A date in the reader's own time zone and form (Discord docs: Reference, Message Formatting).
pub(crate) fn date(time: Timestamp) -> String {
    format!("<t:{}:d>", time.as_secs())
}

/// A time relative to the moment of reading.
pub(crate) fn relative(time: Timestamp) -> String {
    format!("<t:{}:R>", time.as_secs())
}

/// A command as a link that fills it in; `path` is `learn` or `knowledge list`.
pub(crate) fn command(ctx: &Ctx, path: &str) -> String {
    ctx.services().mention(path)
}

/// Lets only those go on who hold these permissions in the channel.
pub(crate) fn require(ctx: &Ctx, wanted: Permissions) -> Result<(), Failure> {
    let missing = permissions::missing(ctx.invocation().user_permissions, wanted);
    if missing.is_empty() { Ok(()) } else { Err(Failure::CallerLacks(missing)) }
}

/// The words for a feature that is on or off.
pub(crate) fn on_or_off(on: bool) -> Text {
    if on { text!("state-on") } else { text!("state-off") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("größer als", 5), "größ…");
        assert_eq!(cut("ab cd", 4), "ab…");
        assert_eq!(cut("🦆🦆🦆", 2).chars().count(), 2);
        assert_eq!(cut("abc", 0), "…");
    }

    #[test]
    fn a_card_never_grows_beyond_what_discord_takes() {
        let long = "x".repeat(10_000);
        let mut card = Card::new(&long).text(&long);
        for _ in 0..30 {
            card = card.field(&long, &long);
        }
        let embed = card.build();
        assert_eq!(twilight_validate::embed::embed(&embed).map_err(|error| error.to_string()), Ok(()));
        assert!(twilight_validate::embed::chars(&embed) <= limit::TOTAL);
    }

    #[test]
    fn a_field_without_a_value_is_left_out() {
        assert!(Card::new("t").field("name", "").build().fields.is_empty());
    }
}
