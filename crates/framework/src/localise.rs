//! Command definitions in every language, from the texts of the feature.
//!
//! The texts of `/learn` with the option `content` are `command-learn` and `command-learn-content`; the
//! value is the name, the attribute `.description` the description, and `.choice-VALUE` a choice. A
//! subcommand `/knowledge list` is `command-knowledge-list`.

use std::collections::HashMap;

use guildhall_core::{
    l10n::{Catalogue, DEFAULT, Locale, Text},
    text,
};
use twilight_model::application::command::{Command, CommandOption};

/// A text of a command that a language lacks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Missing {
    /// The language.
    pub locale: Locale,
    /// The key.
    pub key: String,
}

/// The definition with its names and descriptions in every language, and the texts that were missing.
pub(crate) fn command(catalogue: &Catalogue, mut command: Command) -> (Command, Vec<Missing>) {
    let mut texts = Texts { catalogue, missing: Vec::new() };
    let key = format!("command-{}", command.name);
    let (description, descriptions) = texts.all(&format!("{key}.description"), &command.description);
    command.description = description;
    command.description_localizations = Some(descriptions);
    command.name_localizations = Some(texts.all(&key, &command.name).1);
    for option in &mut command.options {
        texts.option(&key, option);
    }
    (command, texts.missing)
}

struct Texts<'a> {
    catalogue: &'a Catalogue,
    missing: Vec<Missing>,
}

impl Texts<'_> {
    fn option(&mut self, parent: &str, option: &mut CommandOption) {
        let key = format!("{parent}-{}", option.name);
        let (description, descriptions) = self.all(&format!("{key}.description"), &option.description);
        option.description = description;
        option.description_localizations = Some(descriptions);
        option.name_localizations = Some(self.all(&key, &option.name).1);
        for choice in option.choices.iter_mut().flatten() {
            let value = choice_value(&choice.value);
            let (name, names) = self.all(&format!("{key}.choice-{value}"), &choice.name);
            choice.name = name;
            choice.name_localizations = Some(names);
        }
        for inner in option.options.iter_mut().flatten() {
            self.option(&key, inner);
        }
    }

    /// The text in the default language (or `otherwise`), and in each language by its code. The default
    /// stands under its own code too, because Discord falls back between languages on its own.
    fn all(&mut self, key: &str, otherwise: &str) -> (String, HashMap<String, String>) {
        let text: Text = text!(key.to_owned());
        let mut found = HashMap::new();
        for locale in self.catalogue.locales() {
            match self.catalogue.lookup(*locale, &text) {
                Some(words) => drop(found.insert(locale.code().to_owned(), words)),
                None => self.missing.push(Missing { locale: *locale, key: key.to_owned() }),
            }
        }
        (found.get(DEFAULT.code()).cloned().unwrap_or_else(|| otherwise.to_owned()), found)
    }
}

fn choice_value(value: &twilight_model::application::command::CommandOptionChoiceValue) -> String {
    use twilight_model::application::command::CommandOptionChoiceValue as Value;
    match value {
        Value::String(words) => words.replace('_', "-"),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
    }
}
