//! What a guild adds to express oneself with: emojis, stickers, sounds.

use super::Asset;
use crate::snowflake::Id;

/// A custom emoji (Discord docs: Emoji).
#[derive(Clone, Debug, Default)]
pub struct Emoji {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// The roles that may use it; all when empty.
    pub roles: Vec<Id>,
    /// Who added it.
    pub user_id: Id,
    /// Whether an integration manages it.
    pub managed: bool,
    /// The picture.
    pub image: Asset,
}

/// A guild's sticker (Discord docs: Sticker).
#[derive(Clone, Debug, Default)]
pub struct Sticker {
    /// Its id.
    pub id: Id,
    /// Its guild.
    pub guild_id: Id,
    /// Its name.
    pub name: String,
    /// What it shows, for those who cannot see it.
    pub description: Option<String>,
    /// Words by which it is suggested.
    pub tags: String,
    /// 1 PNG, 2 APNG, 3 Lottie, 4 GIF.
    pub format: u8,
    /// Who added it.
    pub user_id: Id,
    /// The picture.
    pub image: Asset,
}

/// A soundboard sound (Discord docs: Soundboard).
#[derive(Clone, Debug, Default)]
pub struct Sound {
    /// Its id.
    pub id: Id,
    /// Its guild; none for those that Discord offers to all.
    pub guild_id: Option<Id>,
    /// Its name.
    pub name: String,
    /// How loud, from 0 to 1.
    pub volume: f64,
    /// A custom emoji beside it.
    pub emoji_id: Option<Id>,
    /// A Unicode emoji beside it.
    pub emoji_name: Option<String>,
    /// Who added it.
    pub user_id: Id,
    /// The sound.
    pub audio: Asset,
}
