//! `/train`: learns from an uploaded file, in the background.

use guildhall_core::text;
use guildhall_framework::{Access, Ctx, Failure, JobOptions, Reply, SlashCommand};
use guildhall_store::params;
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::{channel::Attachment, guild::Permissions};

use super::{
    channels::{self, Way},
    listen, part, schema,
    telemetry::{self, Source, Stage},
    training::{Training, history, job},
};
use crate::view::{command, cut, one_line};

/// Teach me how this server talks
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "train")]
pub(super) struct Train {
    /// A JSON file: messages, an export of `DiscordChatExporter` or of `markov-strings`
    json: Option<Attachment>,
    /// Forget what was learned before
    clean: Option<bool>,
}

impl SlashCommand for Train {
    const ACCESS: Access =
        Access { bot: Permissions::VIEW_CHANNEL.union(Permissions::SEND_MESSAGES), ..Access::MANAGERS };

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let most = part(ctx.services())?.options().upload_bytes;
        let source = self.json.as_ref().map(|file| one_line(&cut(&file.filename, 100))).unwrap_or_default();
        if let Some(file) = &self.json {
            if file.size > most {
                return Err(text!("markov-train-too-large", source = source, most = most >> 20).into());
            }
        } else {
            history(ctx).await?;
        }
        if let Some(open) = ctx.snapshot().await?.fetch_optional(&schema::OPEN_TRAINING, params![]).await? {
            let (done, total) = (open.get::<u64>("done")?, open.get::<u64>("total")?);
            // How much history there is, nobody knows before it is read.
            let forget = command(ctx, "markov forget");
            let busy = if total == 0 {
                text!("markov-history-busy", done = done, forget = forget)
            } else {
                text!("markov-train-busy", done = done, total = total, forget = forget)
            };
            return Err(busy.into());
        }
        let (user, now, channel) = (ctx.caller()?.get(), ctx.now(), ctx.invocation().channel);
        let clean = self.clean == Some(true);
        let training = Training::begin(&mut ctx.db().await?, user, channel, &source, clean, now).await?;
        let once = JobOptions { dedupe: Some("train".to_owned()), ..JobOptions::default() };
        let from = if self.json.is_some() { Source::Upload } else { Source::History };
        let begun = if let Some(file) = self.json {
            ctx.enqueue::<job::Train>(&job::Order { training, url: file.url }, once).await?;
            if clean {
                text!("markov-train-begun-clean", source = source)
            } else {
                text!("markov-train-begun", source = source)
            }
        } else {
            ctx.enqueue::<history::Read>(&history::Order { training }, once).await?;
            text!("markov-history-begun", retention = command(ctx, "retention set"))
        };
        telemetry::training(from, Stage::Begun);
        Ok(Reply::hidden(ctx.t(&begun)))
    }
}

/// Whether there is a history to learn from.
async fn history(ctx: &mut Ctx) -> Result<(), Failure> {
    listen::permitted(ctx)?;
    if channels::chosen(&mut ctx.snapshot().await?, Way::Listen).await?.is_empty() {
        return Err(text!("markov-history-none", listen = command(ctx, "listen add")).into());
    }
    Ok(())
}
