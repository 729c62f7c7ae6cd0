//! Emojis, stickers and sounds on the wire (Discord docs: Emoji; Sticker; Soundboard).

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, json};

use crate::{
    model::{Emoji, Sound, Sticker, User},
    snowflake::Sid,
    wire::{self, value},
};

/// Emojis travel without the user who added them; [`emoji`] adds it.
impl Serialize for Emoji {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("id", &Sid(self.id))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("roles", &self.roles.iter().copied().map(Sid).collect::<Vec<_>>())?;
        map.serialize_entry("require_colons", &true)?;
        map.serialize_entry("managed", &self.managed)?;
        map.serialize_entry("animated", &self.image.is_animated())?;
        map.serialize_entry("available", &true)?;
        map.end()
    }
}

/// Stickers travel without the user who added them; [`sticker`] adds it.
impl Serialize for Sticker {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(8))?;
        map.serialize_entry("id", &Sid(self.id))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("tags", &self.tags)?;
        map.serialize_entry("type", &2)?;
        map.serialize_entry("format_type", &self.format)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("available", &true)?;
        map.serialize_entry("guild_id", &Sid(self.guild_id))?;
        map.end()
    }
}

/// An emoji, with who added it where that is shown.
pub fn emoji(emoji: &Emoji, user: Option<&User>) -> Value {
    with_user(value(emoji), user)
}

/// A sticker, with who added it where that is shown.
pub fn sticker(sticker: &Sticker, user: Option<&User>) -> Value {
    with_user(value(sticker), user)
}

/// A sticker as a message has it.
pub fn sticker_item(sticker: &Sticker) -> Value {
    json!({ "id": Sid(sticker.id), "name": sticker.name, "format_type": sticker.format })
}

/// A sound, with who added it where that is shown.
pub fn sound(sound: &Sound, user: Option<&User>) -> Value {
    let mut all = json!({
        "name": sound.name,
        "sound_id": Sid(sound.id),
        "volume": sound.volume,
        "emoji_id": sound.emoji_id.map(Sid),
        "emoji_name": sound.emoji_name,
        "available": true,
    });
    if let Some(guild_id) = sound.guild_id {
        all["guild_id"] = json!(Sid(guild_id));
    }
    with_user(all, user)
}

fn with_user(mut all: Value, user: Option<&User>) -> Value {
    if let Some(user) = user {
        all["user"] = wire::user(user);
    }
    all
}
