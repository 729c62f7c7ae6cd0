//! Cuts a text into words: Unicode word boundaries (UAX 29), with Discord's own marks and emoji kept
//! (Discord docs: Reference, Message Formatting).

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Longer words are cut: no language has them, and an index should not hold them.
const LONGEST: usize = 48;

/// A word as it stands in a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Word {
    /// Compatibility-normalised (NFKC) and in lower case.
    pub(crate) text: String,
    /// Where it stands, in bytes.
    pub(crate) range: Range<usize>,
    /// Whether it is a word of a language: emoji and mentions are not stemmed.
    pub(crate) plain: bool,
}

/// Every word of the text, in order. Linear in the length of the text.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut from = 0;
    let mut plain_from = 0;
    while let Some(open) = text[from..].find('<').map(|at| at + from) {
        if let Some((mark, end)) = mark(&text[open..]) {
            plain(text, plain_from..open, &mut words);
            let range = open..open + end;
            match mark {
                Mark::Name(name) => words.push(Word { text: name, range, plain: false }),
                Mark::Words(inner) => plain(text, open + inner.start..open + inner.end, &mut words),
                Mark::Nothing => {}
            }
            from = open + end;
            plain_from = from;
        } else {
            from = open + 1;
        }
    }
    plain(text, plain_from..text.len(), &mut words);
    words
}

enum Mark {
    /// Stands for itself: an emoji or somebody mentioned.
    Name(String),
    /// Holds words, such as the name of a command.
    Words(Range<usize>),
    /// Says nothing, such as a time stamp.
    Nothing,
}

/// The mark that the text begins with and where it ends: `<:name:1>`, `<a:name:1>`, `<@1>`, `<@!1>`,
/// `<@&1>`, `<#1>`, `</name:1>`, `<t:1:R>`.
fn mark(text: &str) -> Option<(Mark, usize)> {
    // The longest: two dots, a name of 32 characters three times over for a sub-command, an id.
    let window = text.bytes().take(160).position(|byte| byte == b'>')?;
    let inner = text.get(1..window)?;
    let end = window + 1;
    let id =
        |digits: &str| (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(());
    let found = if let Some(rest) = inner.strip_prefix(':').or_else(|| inner.strip_prefix("a:")) {
        let (name, digits) = rest.split_once(':')?;
        id(digits)?;
        Mark::Name(format!(":{}:", name.to_lowercase()))
    } else if let Some(rest) = inner.strip_prefix('@') {
        let digits = rest.strip_prefix(['!', '&']).unwrap_or(rest);
        id(digits)?;
        Mark::Name(format!("@{digits}"))
    } else if let Some(digits) = inner.strip_prefix('#') {
        id(digits)?;
        Mark::Name(format!("#{digits}"))
    } else if let Some(rest) = inner.strip_prefix('/') {
        let (name, digits) = rest.rsplit_once(':')?;
        id(digits)?;
        Mark::Words(2..2 + name.len())
    } else {
        let rest = inner.strip_prefix("t:")?;
        id(rest.split(':').next()?)?;
        Mark::Nothing
    };
    Some((found, end))
}

/// The words of a stretch without marks.
fn plain(text: &str, range: Range<usize>, words: &mut Vec<Word>) {
    for (at, piece) in text[range.clone()].split_word_bound_indices() {
        // An underscore joins words in UAX 29, but is emphasis or a separator here.
        let mut at = range.start + at;
        for part in piece.split('_') {
            push(part, at, words);
            at += part.len() + 1;
        }
    }
}

fn push(part: &str, at: usize, words: &mut Vec<Word>) {
    let range = at..at + part.len();
    if part.chars().any(char::is_alphanumeric) {
        let text = if part.is_ascii() {
            part.chars().map(|sign| sign.to_ascii_lowercase()).take(LONGEST).collect()
        } else {
            let folded = part.nfkc().flat_map(char::to_lowercase).take(LONGEST);
            folded.map(|sign| if sign == '\u{2019}' { '\'' } else { sign }).collect()
        };
        words.push(Word { text, range, plain: true });
    } else if part.chars().any(is_emoji) {
        // Without skin tones and the sign that asks for the coloured form, so that variants match.
        let text: String = part
            .chars()
            .filter(|sign| !matches!(sign, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}'))
            .take(LONGEST)
            .collect();
        if !text.is_empty() {
            words.push(Word { text, range, plain: false });
        }
    }
}

/// Whether a sign is a picture (Unicode emoji blocks).
const fn is_emoji(sign: char) -> bool {
    matches!(
        sign,
        '\u{203c}' | '\u{2049}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{27bf}'
            | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found = words(text);
        assert_eq!(found.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), expected, "{text}");
        for word in &found {
            assert!(text.get(word.range.clone()).is_some(), "{text}: {word:?}");
        }
    }

    #[test]
    fn words_are_folded_and_separated() {
        check("The Raid starts: FRIDAY, 20:30!", &["the", "raid", "starts", "friday", "20", "30"]);
        check("Straße ＦＵＬＬ ﬁne don’t", &["straße", "full", "fine", "don't"]);
        check("__bold__ snake_case **x**", &["bold", "snake", "case", "x"]);
        check("", &[]);
        check("... !?", &[]);
    }

    #[test]
    fn discords_marks_are_understood() {
        check("hi <:Party_Hat:123> <a:dance:4>", &["hi", ":party_hat:", ":dance:"]);
        check("<@12> <@!12> <@&7> in <#34>", &["@12", "@12", "@7", "in", "#34"]);
        check("use </learn entry:9> at <t:1700000000:R>", &["use", "learn", "entry", "at"]);
        check("a < b and <not a mark> <@abc>", &["a", "b", "and", "not", "a", "mark", "abc"]);
    }

    #[test]
    fn emoji_are_words_in_every_skin() {
        check("nice \u{1f44d}\u{1f3fd} and \u{1f44d}", &["nice", "\u{1f44d}", "and", "\u{1f44d}"]);
        check("\u{2764}\u{fe0f}", &["\u{2764}"]);
    }
}
