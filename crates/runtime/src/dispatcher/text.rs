//! A slash command that was written behind the prefix of a server: from the message to the answer.
//!
//! The message is an event, so its shard's cursor waits for it. Its name is claimed in the commit that holds the
//! answer and whatever the command wrote, also where the command wrote nothing, so that a replay finds it done. The
//! answer is a row of the outbox. Checks are those of slash commands, in the same order.

mod integration;
mod look_up;
mod message;
mod place;
mod wording;

use std::{convert::Infallible, error::Error, num::NonZeroU64, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::{Either, select};
use guildhall_bus::Ack;
use guildhall_core::{
    error::chain,
    event::{Envelope, EventKind},
    id::{ChannelId, GuildId},
    reference::RefId,
    text,
};
use guildhall_discord::rest::{Call as Request, Priority};
use guildhall_framework::{
    Ctx, Failure, Reply,
    ctx::Invocation,
    permissions,
    text_command::{Called, Fault},
};
use tokio::time::sleep;
use twilight_model::{
    application::{
        command::{CommandOption, CommandOptionType},
        interaction::application_command::CommandData,
    },
    guild::Permissions,
};

pub use self::{integration::Integrations, place::Threads};
use self::{message::Message, place::Place};
use super::{
    Dispatcher,
    command::{check, open},
    failure,
    guard::guarded,
};
use crate::{
    interest,
    outbox::{self, Said},
    telemetry::{self, InteractionDone, InternalFailure, Unrun},
};

/// What is counted and logged about text commands goes under this name.
const KIND: &str = "text";
/// The first pause after the database or Discord could not be asked; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often the channel is told again that an answer is being written; it forgets after ten seconds.
const TYPING: Duration = Duration::from_secs(8);

/// Something could not be asked just now; nothing is done, and another try may succeed.
type Outage = Box<dyn Error + Send + Sync>;

/// One text command.
struct Call<'a> {
    guild: GuildId,
    place: Place,
    message: &'a Message,
    called: Called<'a>,
    invocation: Invocation,
    /// Whether the guild's integration settings let the caller use the command here.
    is_let: bool,
}

impl Call<'_> {
    /// The name with the parts that are named: `knowledge list`.
    fn path(&self) -> String {
        let definition = self.called.definition;
        let mut path = definition.name.clone();
        let mut options = definition.options.as_slice();
        for word in self.called.rest.split_whitespace() {
            let part = |option: &&CommandOption| {
                let parts = [CommandOptionType::SubCommand, CommandOptionType::SubCommandGroup];
                parts.contains(&option.kind) && option.name == word.to_lowercase()
            };
            let Some(found) = options.iter().find(part) else { break };
            path = format!("{path} {}", found.name);
            options = found.options.as_deref().unwrap_or_default();
        }
        path
    }
}

/// What a command came to.
enum Ran {
    /// It answered; the slash command shows every answer to its caller alone where `hidden`.
    Reply { reply: Reply, hidden: bool },
    /// Its words cannot be read.
    Fault(Fault),
}

impl Dispatcher {
    /// Whether an event is a message that calls a command.
    pub fn is_text(&self, event: &Envelope<Bytes>) -> bool {
        event.kind == EventKind::MessageCreate
            && event.guild.is_some_and(|guild| interest::calls(&self.services, guild, &event.payload))
    }

    /// Runs the command that a message calls, to its end. What cannot be done for a while is tried again for as long
    /// as the answer would surprise nobody.
    pub async fn text(&self, event: Envelope<Bytes>, ack: Ack) {
        let message = match serde_json::from_slice::<Message>(&event.payload) {
            Ok(message) if message.is_by_a_person() => Some(message),
            Ok(_) => None,
            Err(error) => {
                telemetry::unreadable("text command", &error);
                None
            }
        };
        let (Some(guild), Some(message)) = (event.guild, message) else { return ack.complete() };
        let ends = message.written() + self.options.text_within;
        let mut pause = FIRST_PAUSE;
        let outcome = loop {
            if self.services.clock.now() > ends {
                break Err(Unrun::Late);
            }
            // Whatever is written: the cursor must not be held for good.
            let attempt =
                guarded(self.options.text_limit * 2, async { Ok(self.attempt(guild, &message).await) });
            match attempt.await {
                Ok(Ok(outcome)) => break outcome,
                Ok(Err(outage)) => {
                    telemetry::text_put_off(&*outage);
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(failure) => {
                    self.broken(guild, &failure);
                    break Ok("failed");
                }
            }
        };
        ack.complete();
        match outcome {
            Ok(outcome) => {
                self.services.processes.count_command();
                let took = self.services.clock.now().since(event.received);
                InteractionDone { kind: KIND, outcome, took }.emit();
            }
            Err(unrun) => unrun.emit(),
        }
    }

    /// Logs what nobody can be told of.
    fn broken(&self, guild: GuildId, failure: &Failure) {
        let reference = RefId::draw(&*self.services.random);
        let cause = chain(failure);
        InternalFailure { reference, place: KIND, name: "dispatcher", guild: Some(guild), cause: &cause }
            .emit();
    }

    /// Tells apart what runs, and runs it.
    async fn attempt(
        &self,
        guild: GuildId,
        message: &Message,
    ) -> Result<Result<&'static str, Unrun>, Outage> {
        let Some(called) = self.services.called(guild, &message.content) else {
            return Ok(Err(Unrun::Changed));
        };
        if self.services.consents.is_erased(Some(guild), message.author.id, message.written()) {
            return Ok(Err(Unrun::Late));
        }
        self.know(guild).await?;
        let Some(place) = self.place(guild, message.channel_id).await? else {
            return Ok(Err(Unrun::Nowhere));
        };
        let Some(invocation) = self.writer(guild, place, message) else { return Ok(Err(Unrun::Nowhere)) };
        if !permissions::missing(invocation.bot_permissions, place.voice()).is_empty() {
            return Ok(Err(Unrun::Nowhere));
        }
        let is_let = self.is_let(guild, place, message, &invocation, &called).await?;
        let call = Call { guild, place, message, called, invocation, is_let };
        self.answer(&call).await.map(Ok)
    }

    /// Runs a call and commits what came of it. Gives the word for that.
    async fn answer(&self, call: &Call<'_>) -> Result<&'static str, Outage> {
        let mut ctx = self.ctx_of(call);
        let committed = match self.ran(&mut ctx, call).await {
            Ok(Ran::Fault(fault)) => {
                self.commit_said(ctx, Some(self.fault(call, &fault))).await.map(|()| "refused")
            }
            Ok(Ran::Reply { reply, hidden }) => {
                if matches!(reply, Reply::Modal(_)) {
                    // Nobody sees the form, so what was written for it is worth nothing.
                    ctx = self.ctx_of(call);
                }
                match self.wording(call, reply, hidden) {
                    Ok(said) => self.commit_said(ctx, said).await.map(|()| "answered"),
                    Err(failure) => {
                        drop(ctx);
                        Err(failure)
                    }
                }
            }
            Err(failure) => {
                // Rolls back what was written.
                drop(ctx);
                Err(failure)
            }
        };
        let failed = match committed {
            Ok(word) => return Ok(word),
            Err(Failure::DoneBefore) => {
                telemetry::replayed();
                return Ok("replayed");
            }
            Err(failure) if failure.is_outage() => return Err(failure.into()),
            Err(failure) => failure,
        };
        let word = if failed.is_internal() { "failed" } else { "refused" };
        let name = &call.called.definition.name;
        let reply = failure::reply(&self.services, &call.invocation, &failed, KIND, name);
        let said = self.wording(call, reply, true).unwrap_or_default();
        match self.commit_said(self.ctx_of(call), said).await {
            Ok(()) => Ok(word),
            Err(Failure::DoneBefore) => Ok("replayed"),
            Err(failure) if failure.is_outage() => Err(failure.into()),
            // It was logged under its reference, and there is nobody left to tell.
            Err(_) => Ok("lost"),
        }
    }

    fn ctx_of(&self, call: &Call<'_>) -> Ctx {
        let name = format!("message:{}:{KIND}", call.message.id);
        Ctx::new(Arc::clone(&self.services), call.invocation.clone(), Some(name))
    }

    /// Checks a call and runs it.
    async fn ran(&self, ctx: &mut Ctx, call: &Call<'_>) -> Result<Ran, Failure> {
        let (services, invocation) = (&self.services, &call.invocation);
        open(services, invocation)?;
        let found = services.registry.command(&call.called.definition.name);
        let (feature, command) = found.ok_or_else(|| Failure::internal("the command is gone"))?;
        check(services, invocation, feature, Some(&command.access))?;
        let lacking = permissions::missing(invocation.user_permissions, Permissions::USE_SLASH_COMMANDS);
        if !lacking.is_empty() {
            return Err(Failure::CallerLacks(lacking));
        }
        if !call.is_let {
            return Err(Failure::Refused(text!("failure-text-forbidden")));
        }
        let data: CommandData = match self.options_of(call).await? {
            Ok(data) => data,
            Err(fault) => return Ok(Ran::Fault(fault)),
        };
        let hidden = command.access.ephemeral;
        let run = guarded(self.options.text_limit, command.run(ctx, data));
        let reply = if hidden { run.await? } else { self.typing(call.message.channel_id, run).await? };
        Ok(Ran::Reply { reply: reply.checked()?, hidden })
    }

    /// Shows that an answer is being written where that takes long enough to wonder.
    async fn typing<T>(&self, channel: ChannelId, work: impl Future<Output = T>) -> T {
        let shown = async {
            sleep(self.options.defer_after).await;
            loop {
                let builder = self.rest.builder().create_typing_trigger(NonZeroU64::from(channel).into());
                if let Ok(request) = Request::build(builder, Priority::Command) {
                    // Whether it is shown changes nothing.
                    let _ = self.rest.send(request).await;
                }
                sleep(TYPING).await;
            }
        };
        let shown: std::pin::Pin<&mut (dyn Future<Output = Infallible> + Send)> = pin!(shown);
        match select(pin!(work), shown).await {
            Either::Left((done, _)) => done,
            Either::Right((never, _)) => match never {},
        }
    }

    /// Claims the message, and makes durable what was written together with the answer.
    async fn commit_said(&self, mut ctx: Ctx, said: Option<Said>) -> Result<(), Failure> {
        let (guild, user) = (ctx.guild()?, ctx.invocation().user);
        ctx.db().await?;
        let work = ctx.finish();
        let Some(mut write) = work.write else { return Err(Failure::internal("the transaction is gone")) };
        let now = self.services.clock.now();
        let mut entries = outbox::store_messages(&mut write, work.outgoing, user, now).await?;
        if let Some(said) = said {
            entries.push(outbox::store_said(&mut write, guild, said, now).await?);
        }
        write.commit().await?;
        self.services.forget_cached(&work.stale).await;
        self.chosen(work.chosen);
        self.enqueued(work.enqueued);
        self.changed(work.changes);
        for entry in entries {
            self.relay.send(entry);
        }
        Ok(())
    }
}
