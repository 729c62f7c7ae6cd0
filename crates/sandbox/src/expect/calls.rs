//! Requests and answers to interactions that are looked for.

use serde_json::Value;

use super::{Expect, Look, fits};
use crate::{
    Engine,
    cast::Said,
    hands::Mark,
    journal::{Entry, Filter, Kind, RoutePattern},
    model::{Interaction, InteractionState, Message},
    snowflake::Id,
    wire,
};

/// Requests shown in place of those that did not come.
const SHOWN: usize = 8;

/// Requests of a bot.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// As it was given, for words.
    text: String,
    route: Option<RoutePattern>,
    /// With this answer.
    pub status: Option<u16>,
    /// By this application.
    pub application: Option<Id>,
    /// With a body like this.
    pub body: Option<Value>,
    /// At least so many; one unless said.
    pub least: Option<usize>,
    /// At most so many.
    pub most: Option<usize>,
}

impl Calls {
    /// Of a route such as `POST /channels/{}/messages`; `*` is any.
    pub fn of(route: &str) -> Self {
        Self { text: route.to_owned(), route: RoutePattern::parse(route), ..Self::default() }
    }
}

impl Expect<Calls> {
    /// Answered with this status.
    pub fn status(mut self, status: u16) -> Self {
        self.look.status = Some(status);
        self
    }

    /// By this application.
    pub fn by(mut self, application: Id) -> Self {
        self.look.application = Some(application);
        self
    }

    /// With a body like this; see [`fits`].
    pub fn with_body(mut self, pattern: Value) -> Self {
        self.look.body = Some(pattern);
        self
    }

    /// Exactly so many, as far as is seen when they are there.
    pub fn times(mut self, count: usize) -> Self {
        self.look.least = Some(count);
        self.look.most = Some(count);
        self
    }
}

impl Look for Calls {
    type Found = Vec<Entry>;

    fn wanted(&self) -> String {
        let status = self.status.map(|status| format!(" answered with {status}")).unwrap_or_default();
        let body = self.body.as_ref().map(|body| format!(" with a body like {body}")).unwrap_or_default();
        let count = match (self.least, self.most) {
            (Some(least), Some(most)) if least == most => format!("exactly {least} of "),
            (_, Some(most)) => format!("at most {most} of "),
            (Some(least), None) => format!("at least {least} of "),
            (None, None) => String::new(),
        };
        format!("{count}the request {}{status}{body}", self.text)
    }

    fn look(&self, engine: &Engine, since: Mark) -> Result<Vec<Entry>, String> {
        let filter = Filter {
            after: since.seq,
            kind: Some(Kind::Rest),
            application_id: self.application,
            limit: usize::MAX,
            ..Filter::default()
        };
        let there = engine.journal().query(&filter);
        let is = |entry: &&Entry| {
            let body = || serde_json::from_slice(&entry.body).unwrap_or(Value::Null);
            self.route.as_ref().is_none_or(|route| route.matches(&entry.label))
                && self.status.is_none_or(|status| entry.status == Some(status))
                && self.body.as_ref().is_none_or(|pattern| fits(pattern, &body()))
        };
        let found: Vec<Entry> = there.iter().filter(is).cloned().collect();
        let least = self.least.unwrap_or(usize::from(self.most.is_none()));
        if found.len() >= least && self.most.is_none_or(|most| found.len() <= most) {
            return Ok(found);
        }
        let newest = there.iter().rev().take(SHOWN).rev();
        let shown = newest.map(|entry| format!("\n    {} {}", entry.label, entry.status.unwrap_or(0)));
        Err(format!("{} came, of these requests:{}", found.len(), shown.collect::<String>()))
    }
}

/// Where an interaction must stand.
#[derive(Clone, Debug, Default)]
pub struct AnswerLook {
    /// Which interaction.
    pub interaction: Id,
    /// Where it stands; answered in any way unless said.
    pub state: Option<String>,
    /// The answering message's text.
    pub text: Option<String>,
    /// A part of it.
    pub contains: Option<String>,
    /// Whether it is for the person's eyes alone.
    pub ephemeral: Option<bool>,
    /// The message, the modal or the choices like this.
    pub like: Option<Value>,
}

/// How an interaction was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// `responded`, `deferred`, `acknowledged`, `modal`, `expired` or `failed`.
    pub state: String,
    /// The message it was answered with.
    pub message: Option<Said>,
    /// The modal that it opened.
    pub modal: Option<Value>,
    /// The suggestions that it gave.
    pub choices: Option<Value>,
}

impl AnswerLook {
    /// To this interaction.
    pub fn to(interaction: Id) -> Self {
        Self { interaction, ..Self::default() }
    }

    fn misses(&self, interaction: &Interaction, message: Option<&Message>, shown: &Value) -> Option<String> {
        let state = interaction.state.word();
        if self.state.as_ref().is_some_and(|wanted| wanted != state) {
            return Some(format!("it is {state}"));
        }
        if self.state.is_none()
            && matches!(
                interaction.state,
                InteractionState::Pending | InteractionState::Expired | InteractionState::Failed
            )
        {
            let why = interaction.error.as_deref().unwrap_or("nobody answered yet");
            return Some(format!("it is {state}: {why}"));
        }
        let about_text = self.text.is_some() || self.contains.is_some() || self.ephemeral.is_some();
        let written = message.filter(|message| message.flags & Message::LOADING == 0);
        match written {
            None if about_text => return Some(format!("it is {state}, without a message")),
            Some(message) => {
                let text = &message.content;
                let exact = self.text.as_ref().is_none_or(|wanted| text == wanted);
                let part = self.contains.as_ref().is_none_or(|wanted| text.contains(wanted.as_str()));
                if !exact || !part {
                    return Some(format!("it says {text:?}"));
                }
                let private = message.ephemeral_for.is_some();
                if self.ephemeral.is_some_and(|wanted| wanted != private) {
                    return Some(if private { "it is ephemeral" } else { "it is for everybody" }.to_owned());
                }
            }
            None => {}
        }
        let unlike = self.like.as_ref().is_some_and(|like| !fits(like, shown));
        unlike.then(|| format!("it is {shown}"))
    }
}

impl Look for AnswerLook {
    type Found = Answer;

    fn wanted(&self) -> String {
        let mut words = format!("interaction {} answered", self.interaction);
        for (says, text) in
            [(" as ", &self.state), (" saying ", &self.text), (" with a text containing ", &self.contains)]
        {
            if let Some(text) = text {
                words.push_str(says);
                words.push_str(&Value::from(text.as_str()).to_string());
            }
        }
        if self.ephemeral == Some(true) {
            words.push_str(" for one person's eyes");
        }
        if let Some(like) = &self.like {
            words.push_str(" like ");
            words.push_str(&like.to_string());
        }
        words
    }

    fn look(&self, engine: &Engine, _since: Mark) -> Result<Answer, String> {
        engine.read(|world| {
            let interaction =
                world.interactions.get(&self.interaction).ok_or("there is no such interaction")?;
            // A component's answer may be an edit of the message it belongs to.
            let id = interaction.response_message_id.or(interaction.source_message_id);
            let message = id.and_then(|id| world.message(interaction.channel_id, id));
            let shown = match (&interaction.modal, &interaction.choices, message) {
                (Some(modal), ..) => modal.clone(),
                (_, Some(choices), _) => choices.clone(),
                (.., Some(message)) => wire::message(world, message, None),
                _ => Value::Null,
            };
            match self.misses(interaction, message, &shown) {
                Some(seen) => Err(seen),
                None => Ok(Answer {
                    state: interaction.state.word().to_owned(),
                    message: message.map(|message| Said::of(message, wire::message(world, message, None))),
                    modal: interaction.modal.clone(),
                    choices: interaction.choices.clone(),
                }),
            }
        })
    }
}

impl Expect<AnswerLook> {
    /// With a message of this text.
    pub fn saying(mut self, text: &str) -> Self {
        self.look.text = Some(text.to_owned());
        self
    }

    /// For the person's eyes alone.
    pub fn ephemeral(mut self) -> Self {
        self.look.ephemeral = Some(true);
        self
    }

    /// By a modal.
    pub fn modal(mut self) -> Self {
        self.look.state = Some("modal".to_owned());
        self
    }
}
