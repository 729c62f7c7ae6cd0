//! What of an answer is said where. What a slash command shows to its caller alone goes to them in a direct message,
//! and never into the channel.

use guildhall_core::text;
use guildhall_framework::{
    Body, Failure, Reply, permissions,
    text_command::{Fault, shown, usage},
};
use twilight_model::guild::Permissions;

use super::{Call, Dispatcher};
use crate::outbox::Said;

/// The most characters of a message (Discord docs: Message, Create Message).
const LONGEST: usize = 2_000;

impl Dispatcher {
    /// The answer as it is said; nothing where there is nothing to say.
    pub(super) fn wording(
        &self,
        call: &Call<'_>,
        reply: Reply,
        hidden: bool,
    ) -> Result<Option<Said>, Failure> {
        match reply {
            Reply::Message { body, ephemeral } if ephemeral || hidden => Ok(Some(self.private(call, body))),
            Reply::Update(body) if hidden => Ok(Some(self.private(call, body))),
            Reply::Message { body, .. } | Reply::Update(body) => {
                let lacking = permissions::missing(call.invocation.bot_permissions, needs(&body));
                if lacking.is_empty() {
                    Ok(Some(Self::open(call, body)))
                } else {
                    Err(Failure::BotLacks(lacking))
                }
            }
            Reply::Modal(_) => {
                let words = text!("failure-text-form", command = self.services.mention(&call.path()));
                Ok(Some(Self::note(call, &self.words(call, &words))))
            }
            Reply::Acknowledge => Ok(None),
        }
    }

    /// What is wrong with the words of the call, and how the command is written.
    pub(super) fn fault(&self, call: &Call<'_>, fault: &Fault) -> Said {
        let locale = call.invocation.locale;
        let prefix = self.services.prefixes.of(call.guild);
        let prefix = prefix.as_ref().map_or("/", |prefix| prefix.as_str());
        let words = text!(
            "failure-text-usage",
            fault = fault.explain(self.services.registry.catalogue(), locale),
            usage = usage(prefix, call.called.definition, call.called.rest, locale)
        );
        Self::note(call, &self.words(call, &words))
    }

    fn words(&self, call: &Call<'_>, text: &guildhall_core::l10n::Text) -> String {
        self.services.registry.catalogue().format(call.invocation.locale, text)
    }

    /// Words of ours about the call itself, which everyone has seen.
    fn note(call: &Call<'_>, words: &str) -> Said {
        Self::open(call, Body::text(cut(words)))
    }

    fn open(call: &Call<'_>, body: Body) -> Said {
        Said { body, private: None, ..Self::said(call) }
    }

    /// The answer for the caller alone. Its buttons and menus would not know in which server they were pressed.
    fn private(&self, call: &Call<'_>, mut body: Body) -> Said {
        let command = self.services.mention(&call.path());
        let guild = self.services.directory.guild(call.guild).map(|facts| facts.name).unwrap_or_default();
        let head = text!("failure-text-head", command = shown(&call.message.content), guild = shown(&guild));
        let mut lines = vec![self.words(call, &head)];
        lines.extend((!body.content.is_empty()).then(|| body.content.clone()));
        if !body.components.is_empty() {
            body.components.clear();
            lines.push(self.words(call, &text!("failure-text-buttons", command = command.as_str())));
        }
        body.content = cut(&lines.join("\n"));
        body.reply_to = None;
        let instead = self.words(call, &text!("failure-text-closed", command = command));
        Said { body, private: Some(instead), ..Self::said(call) }
    }

    fn said(call: &Call<'_>) -> Said {
        // A reply shows what it answers, and takes this permission.
        let replies = call.invocation.bot_permissions.contains(Permissions::READ_MESSAGE_HISTORY);
        Said {
            user: call.message.author.id,
            channel: call.message.channel_id,
            reply_to: replies.then_some(call.message.id),
            body: Body::default(),
            private: None,
        }
    }
}

/// What the bot must be allowed to do in the channel to post this. An answer to an interaction needs none of it.
fn needs(body: &Body) -> Permissions {
    let mut needs = Permissions::empty();
    needs.set(Permissions::EMBED_LINKS, !body.embeds.is_empty());
    needs.set(Permissions::ATTACH_FILES, !body.files.is_empty());
    needs
}

/// As much as fits into a message.
fn cut(text: &str) -> String {
    if text.chars().nth(LONGEST).is_none() {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).collect::<String>() + "…"
}
