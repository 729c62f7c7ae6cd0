//! Steps in a few words, for reports.

use serde_json::Value;

use super::file::{ExpectStep, Step};

impl Step {
    /// The step in a few words.
    pub(super) fn words(&self) -> String {
        let short = |text: &str| text.chars().take(60).collect::<String>();
        match self {
            Self::Say(say) => format!("{} says {:?} in {}", say.who, short(&say.text), say.place),
            Self::Edit(on) => format!("{} edits {}", on.who, on.message),
            Self::Delete(on) => format!("{} deletes {}", on.who, on.message),
            Self::React(on) => format!("{} reacts to {}", on.who, on.message),
            Self::Unreact(on) => format!("{} takes a reaction to {} back", on.who, on.message),
            Self::Type(at) => format!("{} types in {}", at.who, at.place),
            Self::Join(at) => format!("{} joins {}", at.who, at.place),
            Self::Leave(at) => format!("{} leaves {}", at.who, at.place),
            Self::Run(run) => format!("{} runs /{} in {}", run.who, run.command, run.place),
            Self::Autocomplete(run) => format!("{} types an option of /{}", run.who, run.command),
            Self::Click(used) => {
                format!("{} presses {}", used.who, used.button.as_deref().unwrap_or_default())
            }
            Self::Select(used) => {
                format!("{} chooses in {}", used.who, used.menu.as_deref().unwrap_or_default())
            }
            Self::Submit(submit) => format!("{} submits the form of {}", submit.who, submit.to),
            Self::Call(call) => call.route.clone(),
            Self::Fault(fault) => {
                format!("fault {}", fault.get("kind").and_then(Value::as_str).unwrap_or_default())
            }
            Self::ClearFaults(_) => "faults end".to_owned(),
            Self::Session(what) => format!("sessions: {what:?}").to_lowercase(),
            Self::Clock(by) => format!("{} seconds pass", by.0.as_secs_f64()),
            Self::Wait(time) => format!("wait {} seconds", time.0.as_secs_f64()),
            Self::Expect(expected) => expected.words(),
            Self::Check(check) => format!("check {}", short(&check.that.to_string())),
            Self::Repeat(repeat) => format!("repeat {} times", repeat.times),
        }
    }
}

impl ExpectStep {
    fn words(&self) -> String {
        let what = if let Some(message) = &self.message {
            let text = message.text.as_ref().or(message.contains.as_ref());
            text.map_or("a message".to_owned(), |text| format!("a message {text:?}"))
        } else if let Some(answer) = &self.answer {
            format!("an answer to {}", answer.to)
        } else if let Some(rest) = &self.rest {
            format!("requests {}", rest.route)
        } else if let Some(reaction) = &self.reaction {
            format!("{} on {}", reaction.emoji, reaction.to)
        } else if self.resumed.is_some() {
            "a resumed session".to_owned()
        } else if self.identified.is_some() {
            "an identified session".to_owned()
        } else {
            "connected sessions".to_owned()
        };
        if self.never { format!("never {what}") } else { format!("expect {what}") }
    }
}
