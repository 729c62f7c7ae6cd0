//! How a command is written: `!knowledge edit <number> <content…> [category]`.

use guildhall_core::l10n::Locale;
use twilight_model::application::command::{Command as Definition, CommandOptionType as Kind};

use super::{
    lex,
    parse::{is_part, last_text},
    vocabulary::{name_in, named},
};

/// Characters of a usage line.
const LONGEST: usize = 600;

/// How the command is written behind `prefix`, as far as the part that `rest` names.
pub fn usage(prefix: &str, definition: &Definition, rest: &str, locale: Locale) -> String {
    let locale = locale.code();
    let names = definition.name_localizations.as_ref();
    let name = names.and_then(|names| names.get(locale)).unwrap_or(&definition.name);
    let mut line = format!("{prefix}{name}");
    let mut options = definition.options.as_slice();
    for word in lex::words(rest) {
        let Some(part) = named(options, &word.text).map(|at| &options[at]).filter(|part| is_part(part))
        else {
            break;
        };
        line = format!("{line} {}", name_in(part, locale));
        options = part.options.as_deref().unwrap_or_default();
    }
    if options.iter().any(is_part) {
        let parts: Vec<_> = options.iter().map(|part| name_in(part, locale)).collect();
        line = format!("{line} {}", parts.join("|"));
    } else {
        let last = last_text(options);
        for (at, option) in options.iter().enumerate() {
            let more = match option.kind {
                Kind::Attachment => " (+)",
                _ if last == Some(at) => "…",
                _ => "",
            };
            let name = format!("{}{more}", name_in(option, locale));
            let required = option.required.unwrap_or(false);
            let (open, close) = if required { ("<", ">") } else { ("[", "]") };
            line = format!("{line} {open}{name}{close}");
        }
    }
    line.chars().take(LONGEST).collect()
}
