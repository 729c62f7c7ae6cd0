//! Files that no message holds: what people attach to commands and modals, and what activities show.

use std::collections::VecDeque;

use crate::{
    model::Attachment,
    rest::body::Upload,
    snowflake::{Id, Millis},
    world::World,
};

/// Files that are kept; the oldest go first, as they go away at Discord after a while.
const KEPT: usize = 1_000;
/// Bytes that are kept.
const BYTES: usize = 256 * 1024 * 1024;

/// The files, oldest first.
#[derive(Debug, Default)]
pub struct Files {
    list: VecDeque<Attachment>,
    bytes: usize,
}

impl World {
    /// Keeps a file that belongs to a channel or an application.
    pub(crate) fn keep_file(&mut self, place: Id, file: &Upload, base: &str, now: Millis) -> Attachment {
        let id = self.ids.next(now);
        let attachment = Attachment {
            id,
            filename: file.filename.clone(),
            content_type: file.content_type.clone(),
            size: file.data.len(),
            url: format!("{base}/attachments/{place}/{id}/{}", file.filename),
            ephemeral: true,
            data: file.data.clone(),
            ..Attachment::default()
        };
        let files = &mut self.files;
        files.bytes += attachment.size;
        files.list.push_back(attachment.clone());
        while files.list.len() > KEPT || files.bytes > BYTES {
            let Some(oldest) = files.list.pop_front() else { break };
            files.bytes -= oldest.size;
        }
        attachment
    }

    /// Notes that a forward holds copies of files, which stay when the original goes.
    pub(super) fn lend_files(&mut self, channel_id: Id, id: Id) {
        let Some(message) = self.message(channel_id, id) else { return };
        let files = message.snapshots.iter().flat_map(|copy| &copy.attachments);
        let files: Vec<Id> = files.map(|file| file.id).collect();
        let messages = &self.messages;
        let stays = |(channel, id): &(Id, Id)| messages.get(channel).is_some_and(|all| all.contains_key(id));
        // What is gone is forgotten each time that the list has doubled.
        let doubled = |count: usize| count >= 64 && count.is_power_of_two();
        for file in files {
            let holders = self.lent.entry(file).or_default();
            holders.push((channel_id, id));
            if doubled(holders.len()) {
                holders.retain(stays);
            }
        }
        if doubled(self.lent.len()) {
            self.lent.retain(|_, holders| holders.iter().any(stays));
        }
    }

    /// A file by the id that is in its address: in a message of that channel, in a forward of it, or kept
    /// for itself.
    pub fn file(&self, channel_id: Id, id: Id) -> Option<&Attachment> {
        let mut messages = self.messages.get(&channel_id).into_iter().flat_map(|all| all.values());
        let own = messages.find_map(|message| message.attachments.iter().find(|file| file.id == id));
        own.or_else(|| self.lent_file(id)).or_else(|| self.kept_file(id))
    }

    fn lent_file(&self, id: Id) -> Option<&Attachment> {
        let holders = self.lent.get(&id)?.iter();
        let messages = holders.filter_map(|(channel_id, message)| self.message(*channel_id, *message));
        let mut files = messages.flat_map(|m| &m.snapshots).flat_map(|copy| &copy.attachments);
        files.find(|file| file.id == id)
    }

    /// A file that no message holds.
    pub fn kept_file(&self, id: Id) -> Option<&Attachment> {
        self.files.list.iter().find(|file| file.id == id)
    }
}
