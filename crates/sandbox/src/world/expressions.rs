//! Emojis, stickers and sounds: made, changed, removed.

use serde_json::{Value, json};

use super::{Audit, Changed, Dispatch, World, WorldError};
use crate::{
    model::{AuditAction, Emoji, Guild, Sound, Sticker},
    snowflake::{Id, Millis, Sid},
    wire,
};

const EMOJI: &[&str] = &["name", "roles"];
const STICKER: &[&str] =
    &["name", "tags", "description", "type", "format_type", "available", "guild_id", "id"];
const SOUND: &[&str] = &["name", "volume", "emoji_id", "emoji_name", "user_id", "sound_id", "available"];

impl World {
    /// Adds an emoji; its id is filled in here.
    pub fn create_emoji(&mut self, guild_id: Id, mut emoji: Emoji, now: Millis) -> Changed<Id> {
        let id = self.ids.next(now);
        emoji.id = id;
        let after = wire::value(&emoji);
        self.guild_mut(guild_id)?.emojis.push(emoji);
        Ok((id, self.tell_emojis(guild_id, id, &Value::Null, &after)?))
    }

    /// Changes an emoji.
    pub fn update_emoji(&mut self, guild_id: Id, id: Id, change: impl FnOnce(&mut Emoji)) -> Changed<()> {
        let all = &mut self.guild_mut(guild_id)?.emojis;
        let emoji = all.iter_mut().find(|emoji| emoji.id == id).ok_or(WorldError::UnknownEmoji)?;
        let before = wire::value(emoji);
        change(emoji);
        let after = wire::value(emoji);
        Ok(((), self.tell_emojis(guild_id, id, &before, &after)?))
    }

    /// Removes an emoji.
    pub fn delete_emoji(&mut self, guild_id: Id, id: Id) -> Changed<()> {
        let all = &mut self.guild_mut(guild_id)?.emojis;
        let place = all.iter().position(|emoji| emoji.id == id).ok_or(WorldError::UnknownEmoji)?;
        let before = wire::value(&all.remove(place));
        Ok(((), self.tell_emojis(guild_id, id, &before, &Value::Null)?))
    }

    fn tell_emojis(
        &mut self,
        guild_id: Id,
        id: Id,
        before: &Value,
        after: &Value,
    ) -> Result<Vec<Dispatch>, WorldError> {
        let data = json!({ "guild_id": Sid(guild_id), "emojis": self.guild(guild_id)?.emojis });
        let kinds = [AuditAction::EmojiCreate, AuditAction::EmojiUpdate, AuditAction::EmojiDelete];
        let audit = Audit::of(kinds, id, before, after, EMOJI);
        let mut told = vec![Dispatch::guild("GUILD_EMOJIS_UPDATE", guild_id, &data)];
        told.extend(self.audit(guild_id, audit));
        Ok(told)
    }

    /// Adds a sticker; its id is filled in here.
    pub fn create_sticker(&mut self, guild_id: Id, mut sticker: Sticker, now: Millis) -> Changed<Id> {
        let id = self.ids.next(now);
        (sticker.id, sticker.guild_id) = (id, guild_id);
        let after = wire::value(&sticker);
        self.guild_mut(guild_id)?.stickers.push(sticker);
        Ok((id, self.tell_stickers(guild_id, id, &Value::Null, &after)?))
    }

    /// Changes a sticker.
    pub fn update_sticker(&mut self, guild_id: Id, id: Id, change: impl FnOnce(&mut Sticker)) -> Changed<()> {
        let all = &mut self.guild_mut(guild_id)?.stickers;
        let sticker = all.iter_mut().find(|one| one.id == id).ok_or(WorldError::UnknownSticker)?;
        let before = wire::value(sticker);
        change(sticker);
        let after = wire::value(sticker);
        Ok(((), self.tell_stickers(guild_id, id, &before, &after)?))
    }

    /// Removes a sticker.
    pub fn delete_sticker(&mut self, guild_id: Id, id: Id) -> Changed<()> {
        let all = &mut self.guild_mut(guild_id)?.stickers;
        let place = all.iter().position(|one| one.id == id).ok_or(WorldError::UnknownSticker)?;
        let before = wire::value(&all.remove(place));
        Ok(((), self.tell_stickers(guild_id, id, &before, &Value::Null)?))
    }

    fn tell_stickers(
        &mut self,
        guild_id: Id,
        id: Id,
        before: &Value,
        after: &Value,
    ) -> Result<Vec<Dispatch>, WorldError> {
        let data = json!({ "guild_id": Sid(guild_id), "stickers": self.guild(guild_id)?.stickers });
        let kinds = [AuditAction::StickerCreate, AuditAction::StickerUpdate, AuditAction::StickerDelete];
        let audit = Audit::of(kinds, id, before, after, STICKER);
        let mut told = vec![Dispatch::guild("GUILD_STICKERS_UPDATE", guild_id, &data)];
        told.extend(self.audit(guild_id, audit));
        Ok(told)
    }

    /// A sticker of any guild.
    pub fn sticker(&self, id: Id) -> Option<&Sticker> {
        self.guilds.values().flat_map(|guild| &guild.stickers).find(|sticker| sticker.id == id)
    }

    /// An emoji of any guild, with its guild.
    pub fn guild_emoji(&self, id: Id) -> Option<(&Guild, &Emoji)> {
        let find = |guild: &Guild| guild.emojis.iter().position(|emoji| emoji.id == id);
        self.guilds.values().find_map(|guild| find(guild).map(|at| (guild, &guild.emojis[at])))
    }

    /// Adds a sound; its id and guild are filled in here.
    pub fn create_sound(&mut self, guild_id: Id, mut sound: Sound, now: Millis) -> Changed<Id> {
        let id = self.ids.next(now);
        (sound.id, sound.guild_id) = (id, Some(guild_id));
        let data = wire::sound(&sound, self.users.get(&sound.user_id));
        self.guild_mut(guild_id)?.extras_mut().sounds.push(sound);
        let mut told = vec![Dispatch::guild("GUILD_SOUNDBOARD_SOUND_CREATE", guild_id, &data)];
        told.extend(self.audit_sound(guild_id, id, &Value::Null, &data));
        Ok((id, told))
    }

    /// Changes a sound.
    pub fn update_sound(&mut self, guild_id: Id, id: Id, change: impl FnOnce(&mut Sound)) -> Changed<()> {
        let all = &mut self.guild_mut(guild_id)?.extras_mut().sounds;
        let sound = all.iter_mut().find(|one| one.id == id).ok_or(WorldError::UnknownSound)?;
        let before = wire::sound(sound, None);
        change(sound);
        let sound = sound.clone();
        let data = wire::sound(&sound, self.users.get(&sound.user_id));
        let mut told = vec![Dispatch::guild("GUILD_SOUNDBOARD_SOUND_UPDATE", guild_id, &data)];
        told.extend(self.audit_sound(guild_id, id, &before, &data));
        Ok(((), told))
    }

    /// Removes a sound.
    pub fn delete_sound(&mut self, guild_id: Id, id: Id) -> Changed<()> {
        let all = &mut self.guild_mut(guild_id)?.extras_mut().sounds;
        let place = all.iter().position(|one| one.id == id).ok_or(WorldError::UnknownSound)?;
        let before = wire::sound(&all.remove(place), None);
        let data = json!({ "sound_id": Sid(id), "guild_id": Sid(guild_id) });
        let mut told = vec![Dispatch::guild("GUILD_SOUNDBOARD_SOUND_DELETE", guild_id, &data)];
        told.extend(self.audit_sound(guild_id, id, &before, &Value::Null));
        Ok(((), told))
    }

    fn audit_sound(&mut self, guild_id: Id, id: Id, before: &Value, after: &Value) -> Vec<Dispatch> {
        let kinds = [
            AuditAction::SoundboardSoundCreate,
            AuditAction::SoundboardSoundUpdate,
            AuditAction::SoundboardSoundDelete,
        ];
        let audit = Audit::of(kinds, id, before, after, SOUND);
        self.audit(guild_id, audit)
    }
}
