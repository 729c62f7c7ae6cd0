//! What each step does.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Failed, Stage,
    file::{CallStep, ExpectStep, RunStep, Say, SessionStep, Step, Use},
};
use crate::{
    cast::{Said, Sent},
    expect::{AnswerLook, Calls, Expect, Look, MessageLook, ReactionLook, Ready, SessionLook, fits},
    hands::Refused,
    snowflake::{Id, Sid, parse},
};

type Done = Result<(), Failed>;

impl From<String> for Failed {
    fn from(wrong: String) -> Self {
        Self::Wrong(wrong)
    }
}

/// An act must succeed, or be refused when that is what the step says; a text must be in the refusal.
fn outcome<T>(result: Result<T, Refused>, refused: Option<&Value>) -> Result<Option<T>, Failed> {
    match (result, refused) {
        (Ok(done), None | Some(Value::Bool(false))) => Ok(Some(done)),
        (Ok(_), Some(_)) => Err("it was not refused".to_owned().into()),
        (Err(error), None | Some(Value::Bool(false))) => Err(error.into()),
        (Err(error), Some(Value::String(part))) if !error.to_string().contains(part.as_str()) => {
            Err(format!("it was refused otherwise: {error}").into())
        }
        (Err(_), Some(_)) => Ok(None),
    }
}

impl Stage<'_> {
    pub(super) async fn step(&mut self, step: &Step) -> Done {
        match step {
            Step::Say(say) => self.say(say).await,
            Step::Edit(on) => {
                let (person, message) = (self.person(&on.who)?, self.message(&on.message)?);
                let text = self.variables.text(on.text.as_deref().unwrap_or_default())?;
                outcome(person.edits(&message, &text).await, on.refused.as_ref()).map(|_| ())
            }
            Step::Delete(on) => {
                let (person, message) = (self.person(&on.who)?, self.message(&on.message)?);
                outcome(person.deletes(&message).await, on.refused.as_ref()).map(|_| ())
            }
            Step::React(on) | Step::Unreact(on) => {
                let (person, message) = (self.person(&on.who)?, self.message(&on.message)?);
                let emoji = on.emoji.as_deref().ok_or_else(|| "`emoji` is missing".to_owned())?;
                let done = match step {
                    Step::React(_) => person.reacts(&message, emoji).await,
                    _ => person.unreacts(&message, emoji).await,
                };
                outcome(done, on.refused.as_ref()).map(|_| ())
            }
            Step::Type(at) => {
                let done = self.person(&at.who)?.types(self.channel(&at.place)?).await;
                outcome(done, at.refused.as_ref()).map(|_| ())
            }
            Step::Join(at) => {
                let done = self.person(&at.who)?.joins(self.place(&at.place)?).await;
                outcome(done, at.refused.as_ref()).map(|_| ())
            }
            Step::Leave(at) => {
                let done = self.person(&at.who)?.leaves(self.place(&at.place)?).await;
                outcome(done, at.refused.as_ref()).map(|_| ())
            }
            Step::Run(run) => self.run(run).await,
            Step::Autocomplete(run) => self.autocomplete(run).await,
            Step::Click(used) | Step::Select(used) => self.component(used).await,
            Step::Submit(submit) => {
                let opener = self.saved(&submit.to)?;
                let id = id_of(&opener, "interaction_id")
                    .ok_or_else(|| format!("`{}` is no interaction", submit.to))?;
                let channel = id_of(&opener, "channel_id").unwrap_or(0);
                let fields = self.variables.fill(&Value::Object(submit.fields.clone()))?;
                let opener = Sent { id, channel, state: String::new(), json: Value::Null };
                let sent = self.person(&submit.who)?.submits(&opener, fields).await;
                self.sent(sent, submit.refused.as_ref(), submit.save.as_ref())
            }
            Step::Call(call) => self.call(call).await,
            Step::Fault(fault) => {
                let mut rule = self.variables.fill(&Value::Object(fault.clone()))?;
                if let Some(guild) = rule["guild"].as_str().filter(|text| parse(text).is_none()) {
                    rule["guild"] = json!(Sid(self.place(guild)?));
                }
                self.hands().call("POST", "/faults", rule).await?;
                Ok(())
            }
            Step::ClearFaults(_) => {
                self.hands().call("DELETE", "/faults", Value::Null).await?;
                Ok(())
            }
            Step::Session(what) => self.session(*what).await,
            Step::Clock(by) => {
                let ms = u64::try_from(by.0.as_millis()).unwrap_or(u64::MAX);
                self.hands().call("POST", "/clock/advance", json!({ "ms": ms })).await?;
                Ok(())
            }
            Step::Wait(time) => {
                tokio::time::sleep(time.0).await;
                Ok(())
            }
            Step::Expect(expected) => self.expect(expected).await,
            Step::Check(check) => {
                let (value, pattern) = (self.variables.fill(&check.that)?, self.variables.fill(&check.like)?);
                if fits(&pattern, &value) { Ok(()) } else { Err(format!("it is {value}").into()) }
            }
            Step::Repeat(_) => Err("too many steps are repeated".to_owned().into()),
        }
    }

    async fn say(&mut self, say: &Say) -> Done {
        let (person, channel) = (self.person(&say.who)?, self.where_to(&say.who, &say.place).await?);
        let mut body = json!({ "content": self.variables.text(&say.text)?, "files": say.files });
        if let Some(to) = &say.reply_to {
            body["reply_to"] = json!(Sid(self.message(to)?.id));
        }
        if let Some(said) = outcome(person.sends(channel, body).await, say.refused.as_ref())? {
            self.save(say.save.as_ref(), said.json);
        }
        Ok(())
    }

    /// A channel by name, or the direct messages with `@someone`.
    async fn where_to(&self, who: &str, place: &str) -> Result<Id, Failed> {
        match place.strip_prefix('@') {
            Some(other) => Ok(self.person(who)?.dms(self.anyone(other)?).await?),
            None => Ok(self.channel(place)?),
        }
    }

    async fn run(&mut self, run: &RunStep) -> Done {
        let (person, channel) = (self.person(&run.who)?, self.where_to(&run.who, &run.place).await?);
        let bot = self.the_bot(run.bot.as_deref())?;
        let mut values = self.variables.fill(&Value::Object(run.options.clone()))?;
        self.ids_for_names(&mut values);
        let target = match (&run.message, &run.user) {
            (Some(message), _) => Some((3, self.message(message)?.id)),
            (_, Some(user)) => Some((2, self.anyone(user)?)),
            _ => None,
        };
        let sent = match target {
            None => person.runs(channel, &bot, &run.command, values).await,
            Some((kind, id)) => {
                let command = json!({ "application_id": Sid(bot.application), "name": run.command,
                    "type": kind, "target_id": Sid(id) });
                person.interacts(channel, json!({ "command": command })).await
            }
        };
        self.sent(sent, run.refused.as_ref(), run.save.as_ref())
    }

    /// `@ada` and `#general` as values stand for ids.
    fn ids_for_names(&self, values: &mut Value) {
        for value in values.as_object_mut().into_iter().flat_map(|map| map.values_mut()) {
            let id = value.as_str().and_then(|text| match text.split_at_checked(1)? {
                ("@", name) => self.anyone(name).ok(),
                ("#", name) => self.channel(name).ok(),
                _ => None,
            });
            match id {
                Some(id) => *value = json!(Sid(id)),
                None if value.is_object() => self.ids_for_names(value),
                None => {}
            }
        }
    }

    async fn autocomplete(&mut self, run: &RunStep) -> Done {
        let (person, channel) = (self.person(&run.who)?, self.where_to(&run.who, &run.place).await?);
        let bot = self.the_bot(run.bot.as_deref())?;
        let option = run.option.as_deref().ok_or_else(|| "`option` is missing".to_owned())?;
        let values = self.variables.fill(&Value::Object(run.options.clone()))?;
        let choices = person.suggestions(channel, &bot, &run.command, values, option).await;
        if let Some(choices) = outcome(choices, run.refused.as_ref())? {
            self.save(run.save.as_ref(), choices);
        }
        Ok(())
    }

    async fn component(&mut self, used: &Use) -> Done {
        let (person, message) = (self.person(&used.who)?, self.message(&used.message)?);
        let sent = match (&used.button, &used.menu) {
            (Some(button), None) => person.clicks(&message, button).await,
            (None, Some(menu)) => {
                let mut values = Vec::new();
                for value in &used.values {
                    values.push(self.variables.text(value)?);
                }
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                person.selects(&message, menu, &values).await
            }
            _ => return Err("either `button` or `menu` is used".to_owned().into()),
        };
        self.sent(sent, used.refused.as_ref(), used.save.as_ref())
    }

    /// An interaction was sent. A lost one is no failure yet: what is expected of it is said elsewhere.
    fn sent(&mut self, sent: Result<Sent, Refused>, refused: Option<&Value>, save: Option<&String>) -> Done {
        if let Some(sent) = outcome(sent, refused)? {
            let mut value = sent.json;
            value["id"] = json!(Sid(sent.id));
            self.save(save, value);
        }
        Ok(())
    }

    async fn call(&mut self, call: &CallStep) -> Done {
        let route = self.variables.text(&call.route)?;
        let (method, path) = route.split_once(' ').ok_or_else(|| format!("`{route}` has no method"))?;
        let body = self.variables.fill(&call.body)?;
        let answer = match &call.who {
            Some(who) => self.person(who)?.calls(method, path, body).await,
            None => self.hands().call(method, path.strip_prefix("/control").unwrap_or(path), body).await,
        };
        if let Some(answer) = outcome(answer, call.refused.as_ref())? {
            self.save(call.save.as_ref(), answer);
        }
        Ok(())
    }

    async fn session(&self, what: SessionStep) -> Done {
        let (verb, body) = match what {
            SessionStep::Drop => ("drop", json!({})),
            SessionStep::Reconnect => ("reconnect", json!({})),
            SessionStep::Invalidate => ("invalidate", json!({})),
            SessionStep::InvalidateResumable => ("invalidate", json!({ "resumable": true })),
            SessionStep::Close => ("close", json!({ "code": 4000 })),
        };
        let bot = self.the_bot(None)?;
        self.hands().call("POST", &format!("/sessions/{}/{verb}", bot.application), body).await?;
        Ok(())
    }

    fn the_bot(&self, name: Option<&str>) -> Result<crate::Bot, Failed> {
        match name {
            Some(name) => self.bot_named(name).map_err(|error| Failed::Wrong(error.to_string())),
            None => self.bot.clone().ok_or_else(|| Failed::Wrong("there is no bot".to_owned())),
        }
    }

    fn saved(&self, name: &str) -> Result<Value, Failed> {
        Ok(self.variables.get(name)?.clone())
    }

    /// A saved message as it is now.
    fn message(&self, name: &str) -> Result<Said, Failed> {
        let saved = self.saved(name)?;
        let id = id_of(&saved, "id").ok_or_else(|| format!("`{name}` is no message"))?;
        let now = self.read(|world| {
            let message = world.messages.values().find_map(|all| all.get(&id))?;
            Some(Said::of(message, crate::wire::message(world, message, None)))
        });
        let gone = || Said {
            id,
            channel: id_of(&saved, "channel_id").unwrap_or(0),
            text: String::new(),
            json: saved.clone(),
        };
        Ok(now.unwrap_or_else(gone))
    }

    async fn expect(&mut self, step: &ExpectStep) -> Done {
        let sessions = |ready, count: usize| SessionLook {
            application: self.bot.as_ref().map(|b| b.application),
            ready,
            count,
        };
        let found = if let Some(wanted) = &step.message {
            let look = MessageLook {
                id: wanted.is.as_deref().map(|name| self.message(name).map(|said| said.id)).transpose()?,
                channel: wanted.place.as_deref().map(|name| self.channel(name)).transpose()?,
                by: match (&wanted.by, &wanted.is) {
                    (Some(name), _) => Some(self.anyone(name)?),
                    (None, Some(_)) => None,
                    (None, None) => self.bot.as_ref().map(|bot| bot.user),
                },
                text: self.filled(wanted.text.as_deref())?,
                contains: self.filled(wanted.contains.as_deref())?,
                ephemeral: wanted.ephemeral,
                like: wanted.like.as_ref().map(|like| self.variables.fill(like)).transpose()?,
                count: wanted.count,
            };
            self.await_it(step, look).await?.map(|said| said.json)
        } else if let Some(wanted) = &step.answer {
            let saved = self.saved(&wanted.to)?;
            let interaction = id_of(&saved, "interaction_id")
                .ok_or_else(|| format!("`{}` is no interaction", wanted.to))?;
            let look = AnswerLook {
                interaction,
                state: wanted.state.clone(),
                text: self.filled(wanted.text.as_deref())?,
                contains: self.filled(wanted.contains.as_deref())?,
                ephemeral: wanted.ephemeral,
                like: wanted.like.as_ref().map(|like| self.variables.fill(like)).transpose()?,
            };
            let answer = self.await_it(step, look).await?;
            answer.and_then(|answer| answer.message.map(|said| said.json).or(answer.modal).or(answer.choices))
        } else if let Some(wanted) = &step.rest {
            let mut look = Calls::of(&self.variables.text(&wanted.route)?);
            look.status = wanted.status;
            look.application = self.bot.as_ref().map(|bot| bot.application);
            look.body = wanted.body.as_ref().map(|body| self.variables.fill(body)).transpose()?;
            look.least = wanted.times.or(wanted.at_least);
            look.most = wanted.times.or(wanted.at_most);
            let calls = self.await_it(step, look).await?;
            calls.and_then(|calls| calls.last().map(crate::journal::Entry::to_json))
        } else if let Some(wanted) = &step.reaction {
            let look = ReactionLook {
                message: self.message(&wanted.to)?.id,
                emoji: wanted.emoji.clone(),
                by: wanted.by.as_deref().map(|name| self.anyone(name)).transpose()?,
            };
            self.await_it(step, look).await?.map(|()| Value::Null)
        } else if let Some(count) = step.connected {
            self.await_it(&ExpectStep { ever: true, ..step.clone() }, sessions(Ready::Connected, count))
                .await?
                .map(|n| json!(n))
        } else if let Some(count) = step.resumed {
            self.await_it(step, sessions(Ready::Resumed, count)).await?.map(|n| json!(n))
        } else if let Some(count) = step.identified {
            self.await_it(step, sessions(Ready::Identified, count)).await?.map(|n| json!(n))
        } else {
            return Err("nothing is expected".to_owned().into());
        };
        if let Some(found) = found {
            self.save(step.save.as_ref(), found);
        }
        Ok(())
    }

    fn filled(&self, text: Option<&str>) -> Result<Option<String>, Failed> {
        Ok(text.map(|text| self.variables.text(text)).transpose()?)
    }

    async fn await_it<L>(&self, step: &ExpectStep, look: L) -> Result<Option<L::Found>, Failed>
    where
        L: Look + Send + Sync + 'static,
        L::Found: Send,
    {
        let mut expects = self.sandbox.expects();
        if step.ever {
            expects = expects.ever();
        }
        let mut expected: Expect<L> = expects.that(look);
        if let Some(within) = step.within {
            expected = expected.within(within.0);
        } else if step.never {
            expected = expected.within(Duration::from_secs(1));
        }
        if step.never {
            expected.never().await?;
            return Ok(None);
        }
        Ok(Some(expected.await?))
    }
}

/// An id under a key; `interaction_id` may also be under `id`.
fn id_of(value: &Value, key: &str) -> Option<Id> {
    value[key].as_str().or_else(|| value["id"].as_str().filter(|_| key == "interaction_id")).and_then(parse)
}
