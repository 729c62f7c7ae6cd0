//! The names of commands in every language.

use std::collections::HashMap;

use twilight_model::application::command::{Command as Definition, CommandOption};

/// The longest name that a command has (Discord docs: Application Commands, Naming), in bytes of four for each sign.
const LONGEST: usize = 32 * 4;

/// Every command, by each of its names.
#[derive(Debug, Default)]
pub struct Vocabulary {
    definitions: Vec<Definition>,
    names: HashMap<String, usize>,
}

impl Vocabulary {
    /// The vocabulary of these commands. Where a name in one language is the proper name of another command, it
    /// means that one.
    pub fn new(definitions: Vec<Definition>) -> Self {
        let mut names = HashMap::new();
        for (at, definition) in definitions.iter().enumerate() {
            for name in definition.name_localizations.iter().flat_map(HashMap::values) {
                names.entry(name.to_lowercase()).or_insert(at);
            }
        }
        names.extend(definitions.iter().enumerate().map(|(at, definition)| (definition.name.clone(), at)));
        Self { definitions, names }
    }

    /// The command of this name in any language.
    pub fn find(&self, name: &str) -> Option<&Definition> {
        if name.len() > LONGEST {
            return None;
        }
        self.definitions.get(*self.names.get(&name.to_lowercase())?)
    }

    /// Every command.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }
}

/// The option or subcommand that somebody has named, in whatever language.
pub(super) fn named(options: &[CommandOption], name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    let proper = options.iter().position(|option| option.name == name);
    let in_a_language = |option: &CommandOption| {
        option.name_localizations.iter().flat_map(HashMap::values).any(|other| other.to_lowercase() == name)
    };
    proper.or_else(|| options.iter().position(in_a_language))
}

/// Its name in a language.
pub(super) fn name_in<'o>(option: &'o CommandOption, locale: &str) -> &'o str {
    option
        .name_localizations
        .as_ref()
        .and_then(|names| names.get(locale))
        .map_or(&option.name, String::as_str)
}
