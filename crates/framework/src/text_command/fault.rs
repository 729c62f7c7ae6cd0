//! What is wrong with a text command, in words that say what would be right.

use guildhall_core::{
    l10n::{Catalogue, Locale, Text},
    text,
};
use twilight_model::application::command::CommandOptionChoice;

/// Characters of somebody's words that are repeated.
const REPEATED: usize = 60;
/// Choices that are listed.
const LISTED: usize = 25;

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// It is longer than any message.
    TooLong,
    /// The command has parts, and none was named, or one that it does not have.
    Part {
        /// Those it has.
        names: Vec<String>,
    },
    /// An option that it cannot do without is missing.
    Missing {
        /// Its name.
        option: String,
        /// What it takes.
        expected: Expected,
    },
    /// An option cannot be this.
    Wrong {
        /// Its name.
        option: String,
        /// What was written.
        given: String,
        /// What it takes.
        expected: Expected,
    },
    /// An option was named twice.
    Twice {
        /// Its name.
        option: String,
    },
    /// There are more words than options.
    Surplus {
        /// The first of them.
        word: String,
    },
}

/// What an option takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// One of these.
    Choice(Vec<CommandOptionChoice>),
    /// Words of so many characters.
    Text {
        /// At least.
        least: usize,
        /// At most.
        most: usize,
    },
    /// A whole number.
    Integer {
        /// At least.
        least: Option<String>,
        /// At most.
        most: Option<String>,
    },
    /// Any number.
    Number {
        /// At least.
        least: Option<String>,
        /// At most.
        most: Option<String>,
    },
    /// Yes or no.
    Boolean,
    /// A person of the server.
    User,
    /// A channel of the server.
    Channel,
    /// A role of the server.
    Role,
    /// A person or a role.
    Mentionable,
    /// A file.
    Attachment,
}

impl Fault {
    /// What is wrong, and what would be right.
    pub fn explain(&self, catalogue: &Catalogue, locale: Locale) -> String {
        let words = |expected: &Expected| catalogue.format(locale, &expected.text(locale));
        let text = match self {
            Self::TooLong => text!("failure-text-long"),
            Self::Part { names } => text!("failure-text-part", names = names.join(", ")),
            Self::Missing { option, expected } => {
                text!("failure-text-missing", option = option.as_str(), expected = words(expected))
            }
            Self::Wrong { option, given, expected } => text!(
                "failure-text-wrong",
                option = option.as_str(),
                given = shown(given),
                expected = words(expected)
            ),
            Self::Twice { option } => text!("failure-text-twice", option = option.as_str()),
            Self::Surplus { word } => text!("failure-text-surplus", word = shown(word)),
        };
        catalogue.format(locale, &text)
    }
}

impl Expected {
    fn text(&self, locale: Locale) -> Text {
        let bounds = |key: &str, least: &Option<String>, most: &Option<String>| match (least, most) {
            (None, None) => text!(format!("failure-text-{key}")),
            (Some(least), None) => text!(format!("failure-text-{key}.least"), least = least.as_str()),
            (None, Some(most)) => text!(format!("failure-text-{key}.most"), most = most.as_str()),
            (Some(least), Some(most)) => {
                text!(format!("failure-text-{key}.between"), least = least.as_str(), most = most.as_str())
            }
        };
        match self {
            Self::Choice(choices) => {
                let name = |choice: &CommandOptionChoice| {
                    let names = choice.name_localizations.as_ref();
                    names.and_then(|names| names.get(locale.code())).unwrap_or(&choice.name).clone()
                };
                let names: Vec<_> = choices.iter().take(LISTED).map(name).collect();
                text!("failure-text-choice", names = names.join(", "))
            }
            Self::Text { least, most } => text!("failure-text-words", least = *least, most = *most),
            Self::Integer { least, most } => bounds("integer", least, most),
            Self::Number { least, most } => bounds("number", least, most),
            Self::Boolean => text!("failure-text-boolean"),
            Self::User => text!("failure-text-user"),
            Self::Channel => text!("failure-text-channel"),
            Self::Role => text!("failure-text-role"),
            Self::Mentionable => text!("failure-text-mentionable"),
            Self::Attachment => text!("failure-text-attachment"),
        }
    }
}

/// Somebody's words as they may be repeated within a code mark: short, on one line, and unable to end it.
pub fn shown(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "ˋ");
    let line: String = line.chars().filter(|sign| !sign.is_control()).collect();
    if line.chars().nth(REPEATED).is_none() {
        return line;
    }
    line.chars().take(REPEATED - 1).collect::<String>() + "…"
}
