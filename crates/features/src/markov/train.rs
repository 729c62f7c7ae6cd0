//! `/train`: learns from an uploaded file, in the background.

use guildhall_core::text;
use guildhall_framework::{Access, Ctx, Failure, JobOptions, Reply, SlashCommand};
use guildhall_store::params;
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::{channel::Attachment, guild::Permissions};

use super::{
    part, schema,
    training::{Training, job},
};
use crate::view::{cut, one_line};

/// Teach me how this server talks, from a file
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "train")]
pub(super) struct Train {
    /// A JSON file: messages, an export of DiscordChatExporter or of markov-strings
    json: Attachment,
    /// Forget what was learned before
    clean: Option<bool>,
}

impl SlashCommand for Train {
    const ACCESS: Access = Access {
        bot: Permissions::VIEW_CHANNEL.union(Permissions::SEND_MESSAGES),
        ..Access::MANAGERS
    };

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let options = part(ctx.services())?.options().clone();
        let source = one_line(&cut(&self.json.filename, 100));
        if self.json.size > options.upload_bytes {
            let most = options.upload_bytes >> 20;
            return Err(text!("markov-train-too-large", source = source, most = most).into());
        }
        if let Some(open) = ctx.snapshot().await?.fetch_optional(&schema::OPEN_TRAINING, params![]).await? {
            let (done, total) = (open.get::<u64>("done")?, open.get::<u64>("total")?);
            return Err(text!("markov-train-busy", done = done, total = total).into());
        }
        let (user, now, channel) = (ctx.caller()?.get(), ctx.now(), ctx.invocation().channel);
        let clean = self.clean == Some(true);
        let training =
            Training::begin(&mut ctx.db().await?, user, channel, &source, clean, now).await?;
        let order = job::Order { training, url: self.json.url };
        let once = JobOptions { dedupe: Some("train".to_owned()), ..JobOptions::default() };
        ctx.enqueue::<job::Train>(&order, once).await?;
        let begun = if clean { text!("markov-train-begun-clean", source = source) } else { text!("markov-train-begun", source = source) };
        Ok(Reply::hidden(ctx.t(&begun)))
    }
}
