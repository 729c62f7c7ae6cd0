//! `/markov forget`: forgets what was learned, once the caller has confirmed it.

use std::time::Duration;

use guildhall_core::{scope::GuildScope, text};
use guildhall_framework::{
    Body, Ctx, Ended, Failure, JobOptions, OnComponent, OnJob, Reply, Rules,
    component::{Input, custom_id},
};
use guildhall_store::params;
use serde::{Deserialize, Serialize};
use twilight_interactions::command::{CommandModel, CommandOption, CreateCommand, CreateOption};
use twilight_model::{channel::message::component::ButtonStyle, guild::Permissions};

use crate::{
    markov::{
        corpus::{self, Which},
        part, schema,
    },
    view::{button, require, rows},
};

/// Have me forget what random sentences are made of
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "forget")]
pub(in crate::markov) struct Forget {
    /// What is to be forgotten
    what: What,
}

#[derive(Clone, Copy, Debug, CommandOption, CreateOption, Deserialize, Eq, PartialEq, Serialize)]
pub(in crate::markov) enum What {
    #[option(name = "everything", value = "everything")]
    Everything,
    #[option(name = "uploads", value = "uploads")]
    Uploads,
}

impl What {
    const fn word(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Uploads => "uploads",
        }
    }

    fn named(word: &str) -> Option<Self> {
        [Self::Everything, Self::Uploads].into_iter().find(|what| what.word() == word)
    }
}

impl Forget {
    pub(super) fn run(self, ctx: &Ctx) -> Reply {
        let question = match self.what {
            What::Everything => text!("markov-forget-ask-everything"),
            What::Uploads => text!("markov-forget-ask-uploads"),
        };
        let yes = custom_id(Confirmed::NAME, &[self.what.word()]);
        let buttons = vec![
            button(ButtonStyle::Danger, &ctx.t(&text!("markov-forget-yes")), yes),
            button(ButtonStyle::Secondary, &ctx.t(&text!("markov-forget-no")), custom_id(Kept::NAME, &[])),
        ];
        Reply::hidden(ctx.t(&question)).with_components(rows(buttons))
    }
}

/// The button that confirms: `markov:forget:WHAT`.
pub(in crate::markov) struct Confirmed;

impl OnComponent for Confirmed {
    const NAME: &'static str = "markov:forget";

    async fn run(ctx: &mut Ctx, input: Input) -> Result<Reply, Failure> {
        require(ctx, Permissions::MANAGE_GUILD)?;
        let what = input.arguments.first().and_then(|word| What::named(word));
        let what = what.ok_or_else(|| Failure::from(text!("failure-unknown-component")))?;
        let once = JobOptions { dedupe: Some(what.word().to_owned()), ..JobOptions::default() };
        ctx.enqueue::<Forgetting>(&what, once).await?;
        Ok(Reply::Update(Body::text(ctx.t(&text!("markov-forgetting")))))
    }
}

/// The button that does not.
pub(in crate::markov) struct Kept;

impl OnComponent for Kept {
    const NAME: &'static str = "markov:keep";

    async fn run(ctx: &mut Ctx, _input: Input) -> Result<Reply, Failure> {
        Ok(Reply::Update(Body::text(ctx.t(&text!("markov-kept")))))
    }
}

/// Forgets, in parts: it may be millions of rows.
pub(in crate::markov) struct Forgetting;

impl OnJob for Forgetting {
    const KIND: &'static str = "markov_forget";
    const RULES: Rules = Rules { limit: Duration::from_hours(1), heavy: true, ..Rules::USUAL };
    type Payload = What;

    async fn run(ctx: &mut Ctx, what: What) -> Result<Ended, Failure> {
        let guild = ctx.guild()?;
        let which = match what {
            What::Everything => Which::Everything,
            What::Uploads => Which::Uploaded,
        };
        let (store, now) = (&ctx.services().store, ctx.now());
        // What is under way would bring it back.
        let mut write = store.write().await?;
        write.guild(GuildScope(guild)).execute(&schema::END_ALL, params![now]).await?;
        write.commit().await?;
        corpus::clear(store, GuildScope(guild), which).await?;
        // The file follows at once, so that the words are off this disk.
        if let Ok(markov) = part(ctx.services()) {
            markov.ready(store, guild, Duration::from_secs(30)).await?;
        }
        Ok(Ended::Done)
    }
}
