//! `/markov export`: what was learned, as a file that `/train` reads.

use guildhall_core::text;
use guildhall_framework::{
    Ctx, Failure, Reply,
    reply::{FILE_BYTES, File},
};
use guildhall_store::params;
use serde::Serialize;
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::markov::schema;

/// Rows that are read at once.
const PAGE: u32 = 2_000;

/// A file with what random sentences are made of
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "export")]
pub(in crate::markov) struct Export {}

#[derive(Serialize)]
struct Line {
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<String>,
}

impl Export {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let mut tx = ctx.snapshot().await?;
        let (mut file, mut count, mut before, mut whole) = (b"[".to_vec(), 0_u64, i64::MAX, true);
        'pages: loop {
            let page = tx.fetch_all(&schema::NEWEST, params![before, PAGE]).await?;
            let Some(last) = page.last() else { break };
            before = last.get("id")?;
            for row in &page {
                let attachments: Option<String> = row.get("attachments")?;
                let attachments = attachments.and_then(|list| serde_json::from_str(&list).ok());
                let line =
                    Line { message: row.get("content")?, attachments: attachments.unwrap_or_default() };
                let line = serde_json::to_vec(&line).map_err(Failure::unreadable)?;
                if file.len() + line.len() + 8 > FILE_BYTES {
                    whole = false;
                    break 'pages;
                }
                file.extend_from_slice(if count == 0 { b"\n" } else { b",\n" });
                file.extend_from_slice(&line);
                count += 1;
            }
        }
        if count == 0 {
            return Err(text!("markov-export-nothing").into());
        }
        file.extend_from_slice(b"\n]\n");
        let words = if whole {
            text!("markov-exported", count = count)
        } else {
            text!("markov-exported-part", count = count)
        };
        let file = File { name: "messages.json".to_owned(), description: None, bytes: file };
        Ok(Reply::hidden(ctx.t(&words)).with_files(vec![file]))
    }
}
