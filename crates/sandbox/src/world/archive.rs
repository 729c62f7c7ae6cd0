//! The past of a channel by the million: messages that are made when they are read, the same each time, and kept
//! nowhere. They can be listed, and nothing else: nobody edits, deletes, pins, searches or answers them.

use std::cmp::Reverse;

use super::{World, WorldError};
use crate::{
    model::Message,
    snowflake::{Id, Millis, at, time_of},
};

/// Words that such messages are made of.
const WORDS: u64 = 4_096;
/// Words of a message, at least and at most.
const LENGTH: (u64, u64) = (3, 14);

/// What an archive is made from.
#[derive(Clone, Debug)]
pub struct NewArchive {
    /// Messages.
    pub count: u64,
    /// Another one is another talk.
    pub seed: u64,
    /// Who talks.
    pub author_ids: Vec<Id>,
}

#[derive(Debug)]
pub(super) struct Archive {
    new: NewArchive,
    channel_id: Id,
    guild_id: Option<Id>,
    first: Id,
    /// From one id to the next.
    step: u64,
}

impl World {
    /// Gives a channel a past, spread evenly from when it was made until now. Returns its first and its last id;
    /// nothing where nobody talks, or the channel is too young for so many messages.
    pub fn set_archive(
        &mut self,
        channel_id: Id,
        new: NewArchive,
        now: Millis,
    ) -> Result<Option<(Id, Id)>, WorldError> {
        for author in &new.author_ids {
            self.user(*author)?;
        }
        let guild_id = self.channel(channel_id).ok_or(WorldError::UnknownChannel)?.guild_id;
        let (first, end) = (at(time_of(channel_id) + 1), at(now));
        let step = end.saturating_sub(first).checked_div(new.count).unwrap_or(0);
        if step == 0 || new.author_ids.is_empty() {
            return Ok(None);
        }
        let archive = Archive { new, channel_id, guild_id, first, step };
        let last = archive.id(archive.new.count - 1);
        self.archives.insert(channel_id, archive);
        if let Some(channel) = self.channel_mut(channel_id) {
            channel.last_message_id = channel.last_message_id.max(Some(last));
        }
        Ok(Some((first, last)))
    }
}

impl Archive {
    /// Up to so many messages between two ids, newest first: the newest of them, or the oldest.
    pub(super) fn page(&self, from: Id, to: Id, limit: usize, oldest: bool) -> Vec<Message> {
        let place = |id: Id| id.saturating_sub(self.first).div_ceil(self.step).min(self.new.count);
        let (mut from, mut to) = (place(from), place(to));
        let limit = limit as u64;
        if oldest {
            to = to.min(from.saturating_add(limit));
        } else {
            from = from.max(to.saturating_sub(limit));
        }
        let mut page: Vec<Message> = (from..to).map(|number| self.message(number)).collect();
        page.sort_unstable_by_key(|message| Reverse(message.id));
        page
    }

    const fn id(&self, number: u64) -> Id {
        self.first + number * self.step
    }

    fn message(&self, number: u64) -> Message {
        let id = self.id(number);
        let mut draw = Draw(self.new.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let author = draw.below(self.new.author_ids.len() as u64);
        let author = usize::try_from(author).ok().and_then(|place| self.new.author_ids.get(place));
        let length = LENGTH.0 + draw.below(LENGTH.1 - LENGTH.0 + 1);
        let words: Vec<String> = (0..length).map(|_| word(draw.common(WORDS))).collect();
        Message {
            id,
            channel_id: self.channel_id,
            guild_id: self.guild_id,
            author_id: author.copied().unwrap_or_default(),
            content: words.join(" "),
            sent_at: time_of(id),
            ..Message::default()
        }
    }
}

/// A word of two or three syllables, for each number another one.
fn word(number: u64) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "do", "fi", "gu", "ha", "ke", "lo", "mi", "na", "pe", "ro", "su", "ta", "ve", "wi", "zo"];
    let syllable = |shift: u64| SYLLABLES[usize::try_from((number >> shift) & 15).unwrap_or(0)];
    let more = if number < 256 { "" } else { syllable(8) };
    format!("{}{}{more}", syllable(4), syllable(0))
}

/// Numbers by chance (`SplitMix64`).
struct Draw(u64);

impl Draw {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Small ones far more often than large ones, as words are.
    const fn common(&mut self, end: u64) -> u64 {
        let end = self.below(end) + 1;
        let end = self.below(end) + 1;
        self.below(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(count: u64) -> Archive {
        let new = NewArchive { count, seed: 7, author_ids: vec![3, 4, 5] };
        Archive { new, channel_id: 1, guild_id: Some(2), first: 1_000 << 22, step: 12_345 }
    }

    #[test]
    fn a_past_is_read_page_by_page_and_is_the_same_each_time() {
        let archive = archive(1_234);
        let (mut ids, mut before) = (Vec::new(), Id::MAX);
        loop {
            let page = archive.page(0, before, 100, false);
            assert!(page.windows(2).all(|pair| pair[0].id > pair[1].id));
            let Some(last) = page.last() else { break };
            before = last.id;
            ids.extend(page.iter().map(|message| message.id));
        }
        assert_eq!(ids.len(), 1_234);
        assert!(ids.windows(2).all(|pair| pair[0] > pair[1]), "none twice");
        let content =
            |page: Vec<Message>| page.into_iter().map(|message| message.content).collect::<Vec<_>>();
        assert_eq!(
            content(archive.page(0, Id::MAX, 50, false)),
            content(archive.page(0, Id::MAX, 50, false))
        );
        let upward = archive.page(ids[1_200] + 1, Id::MAX, 10, true);
        assert_eq!(upward.iter().map(|message| message.id).collect::<Vec<_>>(), ids[1_190..1_200]);
        assert!(archive.page(ids[0] + 1, Id::MAX, 10, true).is_empty());
    }

    #[test]
    fn some_words_are_common_and_everybody_talks() {
        let page = archive(2_000).page(0, Id::MAX, 2_000, false);
        let words: Vec<&str> = page.iter().flat_map(|message| message.content.split(' ')).collect();
        let distinct: std::collections::HashSet<&&str> = words.iter().collect();
        assert!(
            distinct.len() > 500 && words.len() > 5 * distinct.len(),
            "{} of {}",
            distinct.len(),
            words.len()
        );
        let authors: std::collections::HashSet<Id> = page.iter().map(|message| message.author_id).collect();
        assert_eq!(authors.len(), 3);
        assert_eq!((0..WORDS).map(word).collect::<std::collections::HashSet<_>>().len() as u64, WORDS);
    }
}
