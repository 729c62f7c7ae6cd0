//! An interaction from its payload to its answer.
//!
//! Checks come first, in this order: the feature is on, the place fits, the caller may, the bot may. Then
//! the handler runs, guarded against panics and endless work; what it wrote is committed together with
//! its answer, and only then is the answer sent. An answer without a write costs no write.

pub mod autocomplete;
pub mod command;
pub mod component;
pub mod event;
pub mod failure;
pub mod guard;
pub mod reply;
pub mod text;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use guildhall_bus::{Ack, Delivery};
use guildhall_core::{
    event::Envelope,
    id::{GuildId, UserId},
    reference::RefId,
};
use guildhall_discord::rest::Rest;
use guildhall_framework::{
    Reply,
    change::Change,
    ctx::{Invocation, Services},
    tasks::Due,
};
use guildhall_store::{StoreError, platform::privacy::Choice};
use tokio::time::timeout;
use twilight_model::{
    application::interaction::{Interaction, InteractionData},
    guild::Permissions,
};

use crate::{
    cluster::Meter,
    directory::known::Known,
    interest::Interest,
    options::RuntimeOptions,
    outbox::{Relay, answer::Target},
    store::dead_letter::{self, DeadLetter},
    telemetry::{self, InternalFailure},
};

/// How long a command waits for what is known of its guild, where another process looks after that.
const KNOWN_WITHIN: Duration = Duration::from_millis(300);

/// What the handling of interactions and events needs.
#[derive(Debug)]
pub struct Dispatcher {
    /// What handlers share.
    pub services: Arc<Services>,
    /// The one sender.
    pub rest: Rest,
    /// Sends what is committed.
    pub relay: Relay,
    /// Told of toggles.
    pub interest: Arc<Interest>,
    /// Guilds over all processes.
    pub known: Arc<Known>,
    /// Time limits.
    pub options: RuntimeOptions,
    /// The channels of threads.
    pub threads: text::Threads,
    /// What guilds have set for single commands.
    pub integrations: text::Integrations,
    /// Notes how long work waits.
    pub meter: Arc<Meter>,
}

/// One interaction on its way.
pub(crate) struct Work {
    pub(crate) target: Target,
    pub(crate) invocation: Invocation,
    pub(crate) ack: Ack,
}

impl Dispatcher {
    /// Handles one interaction to its end.
    pub async fn interaction(&self, envelope: Envelope<Bytes>, ack: Ack) {
        let interaction: Interaction = match serde_json::from_slice(&envelope.payload) {
            Ok(interaction) => interaction,
            Err(error) => {
                telemetry::unreadable("interaction", &error);
                ack.complete();
                return;
            }
        };
        let target = Target {
            application: interaction.application_id.into_nonzero().into(),
            interaction: interaction.id.into_nonzero().into(),
            token: interaction.token.clone(),
            received: envelope.received,
            from_message: interaction.message.is_some(),
        };
        let invocation = self.invocation(&interaction);
        if let Some(guild) = invocation.guild {
            // The command may need nothing of it, and what is older may do; so this holds up nothing for long.
            match timeout(KNOWN_WITHIN, self.know(guild)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => telemetry::background_read_failed("known_guild", &error),
                Err(late) => telemetry::background_read_failed("known_guild", &late),
            }
        }
        let work = Work { target, invocation, ack };
        match interaction.data {
            Some(InteractionData::ApplicationCommand(data)) if is_typing(interaction.kind) => {
                self.autocomplete(work, *data).await;
            }
            Some(InteractionData::ApplicationCommand(data)) => self.command(work, *data).await,
            Some(InteractionData::MessageComponent(data)) => Box::pin(self.component(work, *data)).await,
            Some(InteractionData::ModalSubmit(data)) => Box::pin(self.modal(work, *data)).await,
            _ => work.ack.complete(),
        }
    }

    /// Tells the caller that too many interactions of the guild wait.
    pub async fn busy(&self, envelope: Envelope<Bytes>, ack: Ack) {
        telemetry::refused_busy();
        self.refuse(envelope, ack, failure::busy).await;
    }

    /// Tells the caller that no worker can be reached.
    pub async fn unavailable(&self, envelope: Envelope<Bytes>, ack: Ack) {
        telemetry::refused_unavailable();
        self.refuse(envelope, ack, failure::unavailable).await;
    }

    /// Answers an interaction without running anything. Suggestions while typing stay away instead.
    async fn refuse(&self, envelope: Envelope<Bytes>, ack: Ack, reply: fn(&Services, &Invocation) -> Reply) {
        if let Ok(interaction) = serde_json::from_slice::<Interaction>(&envelope.payload)
            && !is_typing(interaction.kind)
        {
            let target = Target {
                application: interaction.application_id.into_nonzero().into(),
                interaction: interaction.id.into_nonzero().into(),
                token: interaction.token.clone(),
                received: envelope.received,
                from_message: false,
            };
            let invocation = self.invocation(&interaction);
            self.answer_now(&target, &reply(&self.services, &invocation), false).await;
        }
        ack.complete();
    }

    /// Writes down an event that no worker can be given, so that it holds up nothing else.
    pub async fn undeliverable(&self, delivery: Delivery, cause: &str) {
        let Delivery { envelope, ack } = delivery;
        if envelope.interaction.is_some() {
            return self.unavailable(envelope, ack).await;
        }
        let services = &self.services;
        let reference = RefId::draw(&*services.random);
        let name = envelope.kind.name();
        InternalFailure { reference, place: "event", name, guild: envelope.guild, cause }.emit();
        if let Some(guild) = envelope.guild {
            let origin = &envelope.origin;
            let letter = DeadLetter {
                key: format!("bus:{}:{}", origin.session, origin.sequence),
                feature: "unknown",
                kind: name,
                reference: reference.as_str(),
                cause,
            };
            dead_letter::insist(services, guild, &letter).await;
        }
        ack.complete();
    }

    /// Sees to it that what is known of the guild is there, also where another process looks after it.
    pub(crate) async fn know(&self, guild: GuildId) -> Result<(), StoreError> {
        self.known.ensure(guild, self.services.clock.now()).await
    }

    /// Who asked, and where, as Discord says it.
    fn invocation(&self, interaction: &Interaction) -> Invocation {
        let catalogue = self.services.registry.catalogue();
        let guild_locale = interaction.guild_locale.as_deref().map(|code| catalogue.negotiate(code));
        let locale = interaction.locale.as_deref().map(|code| catalogue.negotiate(code));
        let fallback = guild_locale.or(locale).unwrap_or(guildhall_core::l10n::DEFAULT);
        let member = interaction.member.as_ref();
        Invocation {
            guild: interaction.guild_id.map(|id| id.into_nonzero().into()),
            channel: interaction.channel.as_ref().map(|channel| channel.id.into_nonzero().into()),
            user: interaction.author_id().map(|id| id.into_nonzero().into()),
            user_permissions: member.and_then(|member| member.permissions).unwrap_or(Permissions::empty()),
            bot_permissions: interaction.app_permissions.unwrap_or(Permissions::empty()),
            locale: locale.unwrap_or(fallback),
            guild_locale: guild_locale.unwrap_or(fallback),
        }
    }

    /// Takes note of jobs that a committed handler has put.
    pub(crate) fn enqueued(&self, due: Vec<Due>) {
        self.services.tasks.enqueued(due);
    }

    /// How long a target has been waiting.
    pub(crate) fn age(&self, target: &Target) -> Duration {
        self.services.clock.now().since(target.received)
    }

    /// Takes note of what users have chosen in a committed handler.
    pub(crate) fn chosen(&self, chosen: Vec<(UserId, Choice)>) {
        for (user, choice) in chosen {
            self.services.consents.set(user, choice);
        }
    }

    /// Takes note of what a committed handler changed in what a guild has set up.
    pub(crate) fn changed(&self, changes: Vec<(GuildId, Change)>) {
        for (guild, change) in changes {
            self.services.heed(guild, change);
            self.interest.refresh(guild);
        }
    }
}

fn is_typing(kind: twilight_model::application::interaction::InteractionType) -> bool {
    kind == twilight_model::application::interaction::InteractionType::ApplicationCommandAutocomplete
}
