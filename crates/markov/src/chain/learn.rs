//! Learning and forgetting, one message or many at a time.

use std::sync::Arc;

use super::{
    Chain, State,
    open::{empty, play},
};
use crate::{
    Message,
    error::FileError,
    journal::{Record, write_learn},
    overlay::Overlay,
};

/// Longer texts are refused; Discord's are shorter by far.
const LONGEST: usize = 1 << 20;

impl Chain {
    /// Learns a message, in place of any with its id: an edit is learned like a new one. Says whether it held
    /// anything to learn.
    ///
    /// It takes part in sentences at once and is in the journal when this returns; [`Chain::sync`] makes it
    /// last through a power cut. Linear in the text.
    pub fn learn(&self, message: &Message<'_>) -> Result<bool, FileError> {
        self.learn_batch(std::slice::from_ref(message)).map(|learned| learned > 0)
    }

    /// Learns several messages with one write. For many thousands, a [`crate::Trainer`] is faster.
    pub fn learn_batch(&self, messages: &[Message<'_>]) -> Result<u64, FileError> {
        if messages.iter().any(|message| message.text.len() > LONGEST) {
            return Err(FileError::TooLarge("a message of more than a megabyte"));
        }
        let mut records = Vec::new();
        for message in messages {
            write_learn(message.id, message.author, message.channel, message.text, &mut records);
        }
        let mut state = self.state.write();
        let State { file, overlay, journal } = &mut *state;
        journal.append(&records)?;
        let learn = |message: &Message<'_>| {
            u64::from(overlay.learn(file, (message.id, message.author, message.channel), message.text))
        };
        Ok(messages.iter().map(learn).sum())
    }

    /// Forgets a message. Says whether it was learned.
    ///
    /// Logarithmic. Nothing of it takes part in sentences any more; its bytes leave the file with the next
    /// [`Chain::fold`].
    pub fn forget(&self, id: u64) -> Result<bool, FileError> {
        self.apply(&Record::Forget(id)).map(|forgotten| forgotten > 0)
    }

    /// Forgets all that an author wrote. Returns how many messages it was. Linear in the messages.
    pub fn forget_author(&self, author: u64) -> Result<u64, FileError> {
        self.apply(&Record::ForgetAuthor(author))
    }

    /// Forgets all of a channel. Returns how many messages it was. Linear in the messages.
    pub fn forget_channel(&self, channel: u64) -> Result<u64, FileError> {
        self.apply(&Record::ForgetChannel(channel))
    }

    fn apply(&self, record: &Record) -> Result<u64, FileError> {
        let mut bytes = Vec::new();
        record.write(&mut bytes);
        let mut state = self.state.write();
        let State { file, overlay, journal } = &mut *state;
        journal.append(&bytes)?;
        Ok(play(overlay, file, record))
    }

    /// Forgets everything, and takes it off the disk.
    pub fn clear(&self) -> Result<(), FileError> {
        let nothing = empty(&self.training, &self.path)?;
        let mut bytes = Vec::new();
        Record::Clear.write(&mut bytes);
        {
            let mut state = self.state.write();
            state.journal.append(&bytes)?;
            state.overlay = Overlay::new(&nothing);
            state.file = Arc::new(nothing);
        }
        self.sync()?;
        self.fold()
    }

    /// Makes what was learned and forgotten last through a power cut. Does nothing where nothing is new.
    pub fn sync(&self) -> Result<(), FileError> {
        let Some(unsynced) = self.state.write().journal.take_unsynced()? else { return Ok(()) };
        // Outside of the lock: the disk may take its time.
        let synced = unsynced.sync();
        if synced.is_err() {
            self.state.write().journal.not_synced();
        }
        synced.map_err(FileError::at("sync", &self.path))
    }
}
