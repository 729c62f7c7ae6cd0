//! Messages and reactions that are looked for.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Expect, Look, fits};
use crate::{
    Engine,
    cast::Said,
    hands::Mark,
    model::Message,
    snowflake::{Id, parse},
    wire,
    world::World,
};

/// Messages shown in place of the one that did not come.
const SHOWN: usize = 5;

/// A message that was written or edited since the mark.
#[derive(Clone, Debug, Default)]
pub struct MessageLook {
    /// Exactly this one, however old it is.
    pub id: Option<Id>,
    /// In this channel.
    pub channel: Option<Id>,
    /// By this user.
    pub by: Option<Id>,
    /// With this text.
    pub text: Option<String>,
    /// With this in its text.
    pub contains: Option<String>,
    /// Whether it is for one person's eyes.
    pub ephemeral: Option<bool>,
    /// Like this on the wire.
    pub like: Option<Value>,
    /// So many of them; one unless said.
    pub count: Option<usize>,
}

impl Expect<MessageLook> {
    /// In this channel.
    pub fn in_channel(mut self, channel: Id) -> Self {
        self.look.channel = Some(channel);
        self
    }

    /// By this user.
    pub fn by(mut self, user: Id) -> Self {
        self.look.by = Some(user);
        self
    }

    /// With exactly this text.
    pub fn saying(mut self, text: &str) -> Self {
        self.look.text = Some(text.to_owned());
        self
    }

    /// With this in its text.
    pub fn containing(mut self, text: &str) -> Self {
        self.look.contains = Some(text.to_owned());
        self
    }

    /// Like this on the wire; see [`fits`].
    pub fn like(mut self, pattern: Value) -> Self {
        self.look.like = Some(pattern);
        self
    }

    /// For one person's eyes.
    pub fn ephemeral(mut self) -> Self {
        self.look.ephemeral = Some(true);
        self
    }
}

impl MessageLook {
    fn is(&self, world: &World, message: &Message) -> bool {
        let wanted = |wanted: Option<Id>, is: Id| wanted.is_none_or(|wanted| wanted == is);
        // A deferred answer is no message yet.
        message.flags & Message::LOADING == 0
            && wanted(self.id, message.id)
            && wanted(self.by, message.author_id)
            && self.text.as_ref().is_none_or(|text| message.content == *text)
            && self.contains.as_ref().is_none_or(|text| message.content.contains(text.as_str()))
            && self.ephemeral.is_none_or(|ephemeral| message.ephemeral_for.is_some() == ephemeral)
            && self.like.as_ref().is_none_or(|like| fits(like, &wire::message(world, message, None)))
    }
}

impl Look for MessageLook {
    type Found = Said;

    fn wanted(&self) -> String {
        let mut words = match self.count {
            Some(count) if count != 1 => format!("{count} messages"),
            _ => "a message".to_owned(),
        };
        // Writing to a text does not fail.
        let mut add = |args: std::fmt::Arguments<'_>| words.write_fmt(args).unwrap_or_default();
        if let Some(id) = self.by {
            add(format_args!(" by {id}"));
        }
        if let Some(text) = &self.text {
            add(format_args!(" saying {text:?}"));
        }
        if let Some(text) = &self.contains {
            add(format_args!(" with {text:?} in it"));
        }
        if let Some(ephemeral) = self.ephemeral {
            add(format_args!("{}", if ephemeral { " for one person's eyes" } else { " for everybody" }));
        }
        if let Some(like) = &self.like {
            add(format_args!(" like {like}"));
        }
        words
    }

    fn look(&self, engine: &Engine, since: Mark) -> Result<Said, String> {
        engine.read(|world| {
            let fresh = |message: &&Message| {
                self.id.is_some()
                    || message.id > since.id
                    || message.edited_at.is_some_and(|at| at >= since.at)
            };
            let channels: Vec<&std::collections::BTreeMap<Id, Message>> = match self.channel {
                Some(channel) => world.messages.get(&channel).into_iter().collect(),
                None => world.messages.values().collect(),
            };
            let there: Vec<&Message> =
                channels.into_iter().flat_map(|all| all.values()).filter(fresh).collect();
            let found: Vec<&&Message> = there.iter().filter(|message| self.is(world, message)).collect();
            match found.last() {
                Some(message) if found.len() >= self.count.unwrap_or(1) => {
                    Ok(Said::of(message, wire::message(world, message, None)))
                }
                _ => Err(told(world, &there, found.len())),
            }
        })
    }
}

fn told(world: &World, there: &[&Message], fitting: usize) -> String {
    if there.is_empty() {
        return "no message came".to_owned();
    }
    let mut text =
        if fitting > 0 { format!("only {fitting} came, of:") } else { "what came instead:".to_owned() };
    for message in there.iter().rev().take(SHOWN).rev() {
        let name = world.users.get(&message.author_id).map_or("a webhook", |user| user.username.as_str());
        let shown: String = message.content.chars().take(200).collect();
        let private = if message.ephemeral_for.is_some() { " (ephemeral)" } else { "" };
        let more = if message.embeds.is_empty() { "" } else { " (with embeds)" };
        let _ = write!(text, "\n    {name}{private}{more}: {shown:?}");
    }
    text
}

/// A reaction that is there.
#[derive(Clone, Debug)]
pub struct ReactionLook {
    /// Under this message.
    pub message: Id,
    /// The emoji, or a custom one's name or `name:id`.
    pub emoji: String,
    /// By this user.
    pub by: Option<Id>,
}

impl Expect<ReactionLook> {
    /// By this user.
    pub fn by(mut self, user: Id) -> Self {
        self.look.by = Some(user);
        self
    }
}

impl Look for ReactionLook {
    type Found = ();

    fn wanted(&self) -> String {
        format!("the reaction {} to {}", self.emoji, self.message)
    }

    fn look(&self, engine: &Engine, _since: Mark) -> Result<(), String> {
        let (name, id) = match self.emoji.rsplit_once(':') {
            Some((name, id)) => (name, parse(id)),
            None => (self.emoji.as_str(), None),
        };
        engine.read(|world| {
            let message = world.messages.values().find_map(|all| all.get(&self.message));
            let message = message.ok_or("the message is gone")?;
            let is = |reaction: &&crate::model::Reaction| {
                reaction.emoji_name == name && id.is_none_or(|id| reaction.emoji_id == Some(id))
            };
            let users =
                message.reactions.iter().find(is).map_or(&[][..], |reaction| reaction.users.as_slice());
            if self.by.map_or(!users.is_empty(), |by| users.contains(&by)) {
                return Ok(());
            }
            let there: Vec<&str> = message.reactions.iter().map(|one| one.emoji_name.as_str()).collect();
            Err(if there.is_empty() {
                "nobody reacted".to_owned()
            } else {
                format!("there is {}", there.join(" "))
            })
        })
    }
}
