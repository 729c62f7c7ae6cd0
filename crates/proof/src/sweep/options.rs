//! Options for a command, made from what the command declares.

use guildhall_core::random::Random;
use serde_json::{Value, json};
use twilight_model::application::command::{
    Command, CommandOption, CommandOptionChoiceValue, CommandOptionType, CommandOptionValue,
};

use super::payload::snowflake;
use crate::{canary, house::NOON};

/// What somebody with bad intentions types.
const HOSTILE: &[&str] = &[
    "' OR 1=1 --",
    "\"; DROP TABLE knowledge_entry; --",
    "$1",
    "%",
    "_",
    "\u{202e}txet",
    "@everyone <@&1> https://example.invalid",
    "*",
    "guild_id",
    "{{7*7}} ${jndi:x} %s%n",
    "\\",
    "\u{0}nul",
    "NaN",
    "-1",
    "🦀🦀🦀",
];

/// Ordinary words, of which several guilds speak.
const WORDS: &[&str] =
    &["window", "opening hours", "Ausweis", "the library", "key", "where", "rule", "zqx", "z"];

/// What fits where only a few signs do, such as a prefix.
const MARKS: &[&str] = &["!", "gh!", "?", "."];
/// The longest text that is nothing but marks.
const FEW: u16 = 5;

/// One command as it can be used: with its subcommand, if it has any.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// The command.
    pub(super) command: String,
    /// The names on the way to it, the command's first.
    pub(super) path: Vec<String>,
    pub(super) options: Vec<CommandOption>,
}

impl Leaf {
    pub(super) fn name(&self) -> String {
        self.path.join(" ")
    }
}

/// Every way to use this command.
pub(super) fn leaves(command: &Command) -> Vec<Leaf> {
    fn below(name: &str, path: &[String], options: &[CommandOption], all: &mut Vec<Leaf>) {
        let mut plain = Vec::new();
        let mut nested = false;
        for option in options {
            match &option.kind {
                CommandOptionType::SubCommand | CommandOptionType::SubCommandGroup => {
                    nested = true;
                    let path = [path, std::slice::from_ref(&option.name)].concat();
                    below(name, &path, option.options.as_deref().unwrap_or_default(), all);
                }
                _ => plain.push(option.clone()),
            }
        }
        if !nested {
            all.push(Leaf { command: name.to_owned(), path: path.to_vec(), options: plain });
        }
    }
    let mut all = Vec::new();
    below(&command.name, std::slice::from_ref(&command.name), &command.options, &mut all);
    all
}

/// Makes values for options.
pub(super) struct Maker<'m> {
    pub(super) random: &'m dyn Random,
    pub(super) guild: u64,
    /// What completion has offered in this guild.
    pub(super) offered: &'m [String],
}

impl Maker<'_> {
    /// The data of one use, or the name of an option that nobody here knows how to fill.
    pub(super) fn data(&self, leaf: &Leaf) -> Result<Value, String> {
        let mut resolved = json!({});
        let mut options = Vec::new();
        for option in &leaf.options {
            if option.required.unwrap_or(false) || self.random.below(3) > 0 {
                options.push(self.option(option, &mut resolved)?);
            }
        }
        let mut options = Value::Array(options);
        for (depth, name) in leaf.path.iter().enumerate().skip(1).rev() {
            let kind = if depth == leaf.path.len() - 1 { 1 } else { 2 };
            options = json!([{ "name": name, "type": kind, "options": options }]);
        }
        Ok(json!({
            "id": "1", "name": leaf.command, "type": 1, "options": options, "resolved": resolved,
            "guild_id": canary::guild(self.guild).to_string(),
        }))
    }

    fn option(&self, option: &CommandOption, resolved: &mut Value) -> Result<Value, String> {
        let kind = json!(option.kind);
        let value = match option.kind {
            CommandOptionType::String => json!(self.text(option)),
            CommandOptionType::Integer => {
                json!(self.chosen(option).unwrap_or_else(|| self.number(option).into()))
            }
            CommandOptionType::Number => {
                #[expect(clippy::cast_precision_loss, reason = "small numbers")]
                let number = self.number(option) as f64;
                json!(self.chosen(option).unwrap_or_else(|| number.into()))
            }
            CommandOptionType::Boolean => json!(self.random.below(2) == 0),
            CommandOptionType::User | CommandOptionType::Mentionable => {
                let user = canary::member(self.guild, self.random.below(canary::MEMBERS)).to_string();
                resolved["users"][&user] = json!({
                    "id": user, "username": canary::saying(self.guild, 1), "discriminator": "0", "avatar": null,
                });
                json!(user)
            }
            CommandOptionType::Channel => {
                let channel = canary::channel(self.guild).to_string();
                resolved["channels"][&channel] = json!({
                    "id": channel, "name": canary::saying(self.guild, 2), "type": 0, "permissions": "0",
                });
                json!(channel)
            }
            CommandOptionType::Role => {
                let role = snowflake(NOON, self.guild).to_string();
                resolved["roles"][&role] = json!({
                    "id": role, "name": canary::saying(self.guild, 3), "color": 0, "hoist": false, "position": 1,
                    "permissions": "0", "managed": false, "mentionable": false, "flags": 0,
                    "colors": { "primary_color": 0 },
                });
                json!(role)
            }
            CommandOptionType::Attachment => {
                let id = snowflake(NOON, self.random.below(1_000)).to_string();
                resolved["attachments"][&id] = json!({
                    "id": id, "filename": format!("{}.txt", canary::saying(self.guild, 4)), "size": 10,
                    "url": "https://example.invalid/a", "proxy_url": "https://example.invalid/a",
                });
                json!(id)
            }
            _ => return Err(option.name.clone()),
        };
        Ok(json!({ "name": option.name, "type": kind, "value": value }))
    }

    fn chosen(&self, option: &CommandOption) -> Option<Value> {
        let choices = option.choices.as_deref().filter(|choices| !choices.is_empty())?;
        let choice = &choices[self.pick(choices.len())];
        Some(match &choice.value {
            CommandOptionChoiceValue::String(text) => json!(text),
            CommandOptionChoiceValue::Integer(number) => json!(number),
            CommandOptionChoiceValue::Number(number) => json!(number),
        })
    }

    /// What somebody types into an option.
    fn text(&self, option: &CommandOption) -> String {
        if let Some(Value::String(choice)) = self.chosen(option) {
            return choice;
        }
        let few = option.max_length.is_some_and(|most| most <= FEW);
        let text = match self.random.below(10) {
            5.. if few => MARKS[self.pick(MARKS.len())].to_owned(),
            0..=3 if option.autocomplete.unwrap_or(false) && !self.offered.is_empty() => {
                self.offered[self.pick(self.offered.len())].clone()
            }
            3 => (1 + self.random.below(40)).to_string(),
            4 => HOSTILE[self.pick(HOSTILE.len())].to_owned(),
            5 => WORDS[self.pick(WORDS.len())].to_owned(),
            _ => self.sentence(),
        };
        let (least, most) = (option.min_length.unwrap_or(0), option.max_length.unwrap_or(1_000));
        let mut text: String = text.chars().take(most.into()).collect();
        while text.chars().count() < least.into() {
            text.push('x');
        }
        text
    }

    /// A sentence with a canary of this guild's.
    pub(super) fn sentence(&self) -> String {
        let said = canary::saying(self.guild, self.random.below(canary::SAYINGS));
        let (one, two) = (WORDS[self.pick(WORDS.len())], WORDS[self.pick(WORDS.len())]);
        format!("{one} {said} {two} {}", self.random.below(1_000))
    }

    /// What is typed while completion is asked.
    pub(super) fn typed(&self) -> String {
        match self.random.below(4) {
            0 => String::new(),
            // The beginning of every canary.
            1 => "zqx".to_owned(),
            2 => WORDS[self.pick(WORDS.len())].to_owned(),
            _ => HOSTILE[self.pick(HOSTILE.len())].to_owned(),
        }
    }

    fn number(&self, option: &CommandOption) -> i64 {
        let bound = |value: Option<CommandOptionValue>, other: i64| match value {
            Some(CommandOptionValue::Integer(number)) => number,
            #[expect(clippy::cast_possible_truncation, reason = "bounds of options are small")]
            Some(CommandOptionValue::Number(number)) => number as i64,
            None => other,
        };
        let least = bound(option.min_value, 0);
        let most = bound(option.max_value, least.saturating_add(30)).max(least);
        let span = u64::try_from(most.saturating_sub(least)).unwrap_or(0).saturating_add(1);
        least.saturating_add(i64::try_from(self.random.below(span)).unwrap_or(0))
    }

    pub(super) fn pick(&self, length: usize) -> usize {
        usize::try_from(self.random.below(length as u64)).unwrap_or(0)
    }
}

/// A form as somebody fills it in.
pub(super) fn filled_in(custom_id: &str, components: &Value, maker: &Maker<'_>) -> Value {
    fn inputs(value: &Value, maker: &Maker<'_>) -> Value {
        let mut filled = json!({ "type": value["type"], "id": 1 });
        for nested in ["component", "components"] {
            match &value[nested] {
                Value::Array(list) => filled[nested] = list.iter().map(|one| inputs(one, maker)).collect(),
                Value::Object(_) => filled[nested] = inputs(&value[nested], maker),
                _ => {}
            }
        }
        let Some(id) = value["custom_id"].as_str() else { return filled };
        filled["custom_id"] = json!(id);
        let options = value["options"].as_array().map(Vec::as_slice).unwrap_or_default();
        let some = |one: &&Value| one["value"].is_string() && maker.random.below(2) == 0;
        match value["type"].as_u64() {
            Some(4) => filled["value"] = json!(maker.sentence()),
            // One of a group, and yes or no.
            Some(21) => filled["value"] = options.first().map_or(Value::Null, |one| one["value"].clone()),
            Some(23) => filled["value"] = json!(maker.random.below(2) == 0),
            _ => filled["values"] = options.iter().filter(some).map(|one| one["value"].clone()).collect(),
        }
        filled
    }
    let list = components.as_array().map(Vec::as_slice).unwrap_or_default();
    let filled: Vec<Value> = list.iter().map(|one| inputs(one, maker)).collect();
    json!({ "custom_id": custom_id, "components": filled })
}
