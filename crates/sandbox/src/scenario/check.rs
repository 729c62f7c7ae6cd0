//! Looking through a scenario without playing it: names that are not there, variables that nothing saved.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde_json::Value;
use serde_saphyr::Spanned;

use super::{
    Scenario, ScenarioError, Stage, Step,
    file::{ExpectStep, WorldFile},
    value::variable,
};
use crate::{engine::FaultRule, journal::RoutePattern};

/// What is wrong with a scenario's text, each with its line; nothing when it can be played.
pub fn check(text: &str) -> Vec<String> {
    let scenario = match Scenario::read(text) {
        Ok(scenario) => scenario,
        Err(ScenarioError::File(error)) => return vec![error],
        Err(error) => return vec![error.to_string()],
    };
    let mut checker = Checker::new(&scenario);
    checker.steps(&scenario.steps);
    checker.wrong
}

/// What is known so far.
struct Checker {
    people: BTreeSet<String>,
    saved: BTreeSet<String>,
    /// The names of the world are not known when it is seeded, or when steps make more.
    open: bool,
    line: u64,
    wrong: Vec<String>,
}

impl Checker {
    fn new(scenario: &Scenario) -> Self {
        let world: &WorldFile = &scenario.world;
        let seeded = Stage::seeded(world).into_iter().map(str::to_owned);
        let people: BTreeSet<String> = world.people.iter().cloned().chain(seeded).collect();
        let mut checker = Self {
            saved: people.clone(),
            open: world.seed.is_some() || world.crowd.is_some(),
            people,
            line: 1,
            wrong: Vec::new(),
        };
        let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
        checker.saved.insert("bot".to_owned());
        for guild in &world.guilds {
            checker.saved.insert(plain(&guild.name));
            let names = guild.channels.iter().filter_map(|one| one.as_str().or_else(|| one["name"].as_str()));
            checker.saved.extend(names.map(plain));
            for name in guild.owner.iter().chain(guild.members.iter().flatten()) {
                checker.person(name);
            }
        }
        if let Some(seed) = world.seed.as_deref().filter(|seed| !["example", "empty"].contains(seed)) {
            checker.say(format!("there is no seed `{seed}`: example or empty"));
        }
        checker
    }

    fn say(&mut self, what: impl Display) {
        self.wrong.push(format!("line {}: {what}", self.line));
    }

    fn person(&mut self, name: &str) {
        if variable(name).is_none() && !self.people.contains(name) {
            self.say(format!("there is no person `{name}`"));
        }
    }

    fn uses(&mut self, text: &str) {
        let mut paths: Vec<&str> = variable(text).into_iter().collect();
        paths.extend(text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(path, _)| path)));
        for path in paths {
            let name = path.split('.').next().unwrap_or_default();
            if !self.saved.contains(name) && !self.open {
                self.say(format!("nothing was saved as `{name}` before"));
            }
        }
    }

    /// The name of something that was saved, with or without its dollar.
    fn saved_thing(&mut self, name: &str) {
        let first = name.trim_start_matches('$').split('.').next().unwrap_or_default().to_owned();
        if !self.saved.contains(&first) {
            self.say(format!("nothing was saved as `{first}` before"));
        }
    }

    fn uses_in(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.uses(text),
            Value::Array(list) => list.iter().for_each(|one| self.uses_in(one)),
            Value::Object(map) => map.values().for_each(|one| self.uses_in(one)),
            _ => {}
        }
    }

    fn saves(&mut self, name: Option<&String>) {
        if let Some(name) = name {
            self.saved.insert(name.trim_start_matches('$').to_owned());
        }
    }

    fn steps(&mut self, steps: &[Spanned<Step>]) {
        for step in steps {
            self.line = step.referenced.line();
            self.step(&step.value);
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Say(say) => {
                self.person(&say.who);
                self.uses(&say.place);
                self.uses(&say.text);
                if let Some(to) = &say.reply_to {
                    self.saved_thing(to);
                }
                self.saves(say.save.as_ref());
            }
            Step::Edit(on) | Step::Delete(on) | Step::React(on) | Step::Unreact(on) => {
                self.person(&on.who);
                self.saved_thing(&on.message);
                if matches!(step, Step::React(_) | Step::Unreact(_)) && on.emoji.is_none() {
                    self.say("`emoji` is missing");
                }
            }
            Step::Type(at) | Step::Join(at) | Step::Leave(at) => {
                self.person(&at.who);
                self.uses(&at.place);
            }
            Step::Run(run) | Step::Autocomplete(run) => {
                self.person(&run.who);
                self.uses(&run.place);
                run.options.values().for_each(|value| self.uses_in(value));
                if matches!(step, Step::Autocomplete(_)) && run.option.is_none() {
                    self.say("`option` is missing");
                }
                self.saves(run.save.as_ref());
            }
            Step::Click(used) | Step::Select(used) => {
                self.person(&used.who);
                self.saved_thing(&used.message);
                if used.button.is_some() == used.menu.is_some() {
                    self.say("either `button` or `menu` is used");
                }
                self.saves(used.save.as_ref());
            }
            Step::Submit(submit) => {
                self.person(&submit.who);
                self.saved_thing(&submit.to);
                submit.fields.values().for_each(|value| self.uses_in(value));
                self.saves(submit.save.as_ref());
            }
            Step::Call(call) => {
                if let Some(who) = &call.who {
                    self.person(who);
                }
                self.uses(&call.route);
                self.uses_in(&call.body);
                if RoutePattern::parse(&call.route).is_none() || !call.route.contains(' ') {
                    self.say(format!("`{}` is no route, like POST /users", call.route));
                }
                self.saves(call.save.as_ref());
            }
            Step::Fault(fault) => {
                let value = Value::Object(fault.clone());
                self.uses_in(&value);
                if !value.to_string().contains('$')
                    && value.get("guild").is_none_or(|guild| !guild.is_string())
                    && let Err(error) = serde_json::from_value::<FaultRule>(value)
                {
                    self.say(error);
                }
            }
            Step::Expect(expected) => self.expected(expected),
            Step::Check(check) => {
                self.uses_in(&check.that);
                self.uses_in(&check.like);
            }
            Step::Repeat(repeat) => {
                self.saved.insert(repeat.counter.clone());
                self.steps(&repeat.steps);
            }
            Step::ClearFaults(_) | Step::Session(_) | Step::Clock(_) | Step::Wait(_) => {}
        }
    }

    fn expected(&mut self, step: &ExpectStep) {
        let parts = [
            step.message.is_some(),
            step.answer.is_some(),
            step.rest.is_some(),
            step.reaction.is_some(),
            step.connected.is_some(),
            step.resumed.is_some(),
            step.identified.is_some(),
        ];
        if parts.iter().filter(|there| **there).count() != 1 {
            self.say("exactly one thing is expected in a step");
        }
        if let Some(message) = &step.message {
            if let Some(is) = &message.is {
                self.saved_thing(is);
            }
            message
                .text
                .iter()
                .chain(&message.contains)
                .chain(&message.place)
                .for_each(|text| self.uses(text));
            message.like.iter().for_each(|like| self.uses_in(like));
        }
        if let Some(answer) = &step.answer {
            self.saved_thing(&answer.to);
            answer.text.iter().chain(&answer.contains).for_each(|text| self.uses(text));
            answer.like.iter().for_each(|like| self.uses_in(like));
        }
        if let Some(rest) = &step.rest
            && rest.route != "*"
            && RoutePattern::parse(&rest.route).is_none()
        {
            self.say(format!("`{}` is no route, like POST /channels/{{}}/messages", rest.route));
        }
        if let Some(reaction) = &step.reaction {
            self.saved_thing(&reaction.to);
        }
        self.saves(step.save.as_ref());
    }
}
