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

    /// A file that no message holds.
    pub fn kept_file(&self, id: Id) -> Option<&Attachment> {
        self.files.list.iter().find(|file| file.id == id)
    }
}
