//! From the words behind a command's name to what Discord would send for the slash command.
//!
//! Parts (subcommands) come first, by their names. Options follow in the order in which they are declared, or as
//! `name:value`, in any language that the command has names in. The text that needs most room takes all words up to
//! the next `name:value`: the last one that is required, or else the last one. Files are those of the message.

use std::collections::HashMap;

use twilight_model::{
    application::{
        command::{Command as Definition, CommandOption, CommandOptionType as Kind, CommandType},
        interaction::{
            InteractionDataResolved,
            application_command::{CommandData, CommandDataOption, CommandOptionValue as Value},
        },
    },
    id::{Id, marker::CommandMarker},
};

use super::{
    fault::Fault,
    lex::{self, Pair, Word},
    value::{self, Known, Sought, Wrong},
    vocabulary::named,
};

/// Bytes that are read; the longest message has 4,000 characters.
const LONGEST: usize = 4_000 * 4;

/// Why there is no command yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// The words cannot be read.
    Fault(Fault),
    /// This has to be looked for first: put it into [`Known`], there or nowhere, and read again.
    Sought(Sought),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads what is written behind the name of a command, whose id at Discord is `id`.
///
/// # Errors
///
/// What is wrong with the words, or what has to be looked for before they can be read.
pub fn parse(
    definition: &Definition,
    id: Id<CommandMarker>,
    rest: &str,
    known: &Known,
) -> Result<CommandData, Stop> {
    if rest.len() > LONGEST {
        return Err(Fault::TooLong.into());
    }
    let words = lex::words(rest);
    let mut resolved = InteractionDataResolved {
        attachments: HashMap::new(),
        channels: HashMap::new(),
        members: HashMap::new(),
        messages: HashMap::new(),
        roles: HashMap::new(),
        users: HashMap::new(),
    };
    let options = part(&definition.options, rest, &words, known, &mut resolved)?;
    let nothing = resolved.attachments.is_empty()
        && resolved.channels.is_empty()
        && resolved.roles.is_empty()
        && resolved.users.is_empty();
    Ok(CommandData {
        guild_id: None,
        id,
        kind: CommandType::ChatInput,
        name: definition.name.clone(),
        options,
        resolved: (!nothing).then_some(resolved),
        target_id: None,
    })
}

/// Whether an option is a subcommand or a group of them.
pub(super) const fn is_part(option: &CommandOption) -> bool {
    matches!(option.kind, Kind::SubCommand | Kind::SubCommandGroup)
}

/// Descends into the parts that the first words name; options are read where there are no more.
fn part(
    options: &[CommandOption],
    line: &str,
    words: &[Word],
    known: &Known,
    resolved: &mut InteractionDataResolved,
) -> Result<Vec<CommandDataOption>, Stop> {
    if !options.iter().any(is_part) {
        return leaf(options, line, words, known, resolved);
    }
    let found = words.first().and_then(|word| named(options, &word.text)).map(|at| &options[at]);
    let Some(found) = found else {
        let names = options.iter().map(|option| option.name.clone()).collect();
        return Err(Fault::Part { names }.into());
    };
    let within = part(found.options.as_deref().unwrap_or_default(), line, &words[1..], known, resolved)?;
    let value = if found.kind == Kind::SubCommand {
        Value::SubCommand(within)
    } else {
        Value::SubCommandGroup(within)
    };
    Ok(vec![CommandDataOption { name: found.name.clone(), value }])
}

/// The text that takes all words that no other option wants.
pub(super) fn last_text(options: &[CommandOption]) -> Option<usize> {
    let free = |option: &CommandOption| {
        option.kind == Kind::String && option.choices.as_ref().is_none_or(Vec::is_empty)
    };
    let required = options.iter().rposition(|option| free(option) && option.required.unwrap_or(false));
    required.or_else(|| options.iter().rposition(free))
}

/// What is written for an option.
enum Given {
    /// As it stands between quotes, or one word.
    Exactly(String),
    /// A stretch of the line.
    Stretch(usize, usize),
}

/// Options without parts.
fn leaf(
    options: &[CommandOption],
    line: &str,
    words: &[Word],
    known: &Known,
    resolved: &mut InteractionDataResolved,
) -> Result<Vec<CommandDataOption>, Stop> {
    let given = deal(options, line, words)?;
    let mut files = known.attachments.iter();
    let mut data = Vec::with_capacity(options.len());
    for (option, given) in options.iter().zip(given) {
        let value = match given {
            _ if option.kind == Kind::Attachment => files.next().map(|file| {
                resolved.attachments.insert(file.id, file.clone());
                Value::Attachment(file.id)
            }),
            None => None,
            Some(given) => {
                let text = match given {
                    Given::Exactly(text) => text,
                    Given::Stretch(from, to) => line[from..to].to_owned(),
                };
                let text = one_line(&text);
                match value::read(option, &text, known, resolved) {
                    Ok(value) => Some(value),
                    Err(Wrong::Sought(sought)) => return Err(Stop::Sought(sought)),
                    Err(Wrong::Unfit) => {
                        let (option, expected) = (option.name.clone(), value::expected(option));
                        return Err(Fault::Wrong { option, given: text, expected }.into());
                    }
                }
            }
        };
        match value {
            Some(value) => data.push(CommandDataOption { name: option.name.clone(), value }),
            None if option.required.unwrap_or(false) => {
                let (option, expected) = (option.name.clone(), value::expected(option));
                return Err(Fault::Missing { option, expected }.into());
            }
            None => {}
        }
    }
    Ok(data)
}

/// Deals the words out to the options.
fn deal(options: &[CommandOption], line: &str, words: &[Word]) -> Result<Vec<Option<Given>>, Fault> {
    let pairs: Vec<Option<(usize, &Pair)>> = words.iter().map(|word| pair(options, word)).collect();
    let mut named: Vec<bool> = vec![false; options.len()];
    for (at, _) in pairs.iter().flatten() {
        if std::mem::replace(&mut named[*at], true) {
            return Err(Fault::Twice { option: options[*at].name.clone() });
        }
    }
    let last = last_text(options);
    // The end of the words from here on that belong to no `name:value`.
    let run = |from: usize| {
        let to = pairs[from..].iter().position(Option::is_some).map_or(words.len(), |length| from + length);
        (to, words[to - 1].at.end)
    };
    let mut given: Vec<Option<Given>> = options.iter().map(|_| None).collect();
    // The text that was named last and is not in quotes: it goes on where no other option wants a word.
    let mut open: Option<usize> = None;
    let mut at = 0;
    while at < words.len() {
        if let Some((option, pair)) = pairs[at] {
            open = (options[option].kind == Kind::String && !pair.quoted).then_some(option);
            let (next, end) =
                if last == Some(option) && !pair.quoted { run(at + 1) } else { (at + 1, words[at].at.end) };
            let exactly = pair.quoted.then(|| Given::Exactly(pair.value.clone()));
            given[option] = Some(exactly.unwrap_or(Given::Stretch(pair.from, end)));
            at = next;
            continue;
        }
        let free = |(option, wanted): (usize, &CommandOption)| {
            (wanted.kind != Kind::Attachment && !named[option] && given[option].is_none()).then_some(option)
        };
        let next = options.iter().enumerate().find_map(free);
        let word = &words[at];
        match (next, open) {
            (Some(option), _) if last == Some(option) && !word.quoted => {
                let (to, end) = run(at);
                given[option] = Some(Given::Stretch(word.at.start, end));
                (at, open) = (to, None);
            }
            (Some(option), _) => {
                given[option] = Some(Given::Exactly(word.text.clone()));
                (at, open) = (at + 1, None);
            }
            (None, Some(option)) => {
                if let Some(Given::Stretch(_, end)) = &mut given[option] {
                    *end = word.at.end;
                }
                at += 1;
            }
            (None, None) => {
                let text = line[word.at.clone()].to_owned();
                return Err(Fault::Surplus { word: text });
            }
        }
    }
    Ok(given)
}

/// The option that a word names, where it reads `name:value`.
fn pair<'w>(options: &[CommandOption], word: &'w Word) -> Option<(usize, &'w Pair)> {
    let pair = word.pair.as_ref()?;
    let at = named(options, &pair.name)?;
    (options[at].kind != Kind::Attachment).then_some((at, pair))
}

/// As a client sends it: options have no line breaks, and no spaces around them.
fn one_line(text: &str) -> String {
    let is_break = |sign: char| matches!(sign, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let parts = text.split(is_break).map(str::trim).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}
