//! A line cut into words. Quotes keep words together; one that is not closed is a sign like any other.

use std::ops::Range;

/// Quotes, and what closes them: keyboards and languages differ.
const QUOTES: &[(char, &[char])] =
    &[('"', &['"']), ('“', &['”']), ('„', &['“', '”']), ('«', &['»']), ('»', &['«'])];

/// A word, or several in quotes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Word {
    /// Where it lies in the line, quotes included.
    pub(super) at: Range<usize>,
    /// What it says, without quotes.
    pub(super) text: String,
    /// Whether it was in quotes.
    pub(super) quoted: bool,
    /// Where it reads `name:value`: both, and where the value begins.
    pub(super) pair: Option<Pair>,
}

/// A word of the form `name:value`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) quoted: bool,
    /// Where the value begins in the line, its quote included.
    pub(super) from: usize,
}

/// The words of a line.
pub(super) fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(found) = line[at..].find(|sign: char| !sign.is_whitespace()) {
        let start = at + found;
        let word = word(line, start);
        at = word.at.end;
        words.push(word);
    }
    words
}

/// The word that begins here.
fn word(line: &str, start: usize) -> Word {
    if let Some((text, end)) = quoted(line, start) {
        return Word { at: start..end, text, quoted: true, pair: None };
    }
    let end_from =
        |from: usize| line[from..].find(char::is_whitespace).map_or(line.len(), |length| from + length);
    let mut end = end_from(start);
    let colon = line[start..end].find(':').map(|length| start + length).filter(|colon| *colon > start);
    let pair = colon.and_then(|colon| {
        let (name, from) = (line[start..colon].to_owned(), colon + 1);
        let (value, quoted) = match quoted(line, from) {
            Some((value, to)) => {
                end = to;
                (value, true)
            }
            None => (line[from..end].to_owned(), false),
        };
        (quoted || !value.is_empty()).then_some(Pair { name, value, quoted, from })
    });
    Word { at: start..end, text: line[start..end].to_owned(), quoted: false, pair }
}

/// What stands in quotes that open here and close before a space or the end, and where they end. A backslash
/// takes its meaning from a quote or from another one.
fn quoted(line: &str, start: usize) -> Option<(String, usize)> {
    let mut signs = line[start..].char_indices().peekable();
    let (_, open) = signs.next()?;
    let (_, closing) = QUOTES.iter().find(|(quote, _)| *quote == open)?;
    let mut text = String::new();
    while let Some((at, sign)) = signs.next() {
        match signs.peek().map(|(_, next)| *next) {
            Some(next) if sign == '\\' && (next == '\\' || closing.contains(&next)) => {
                text.push(next);
                signs.next();
            }
            next if closing.contains(&sign) && next.is_none_or(char::is_whitespace) => {
                return Some((text, start + at + sign.len_utf8()));
            }
            _ => text.push(sign),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        words(line).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_are_cut_at_spaces_and_kept_together_by_quotes() {
        assert_eq!(texts("  a b\n c\u{2003}d "), ["a", "b", "c", "d"]);
        assert_eq!(texts(r#""a b" c"#), ["a b", "c"]);
        assert_eq!(texts("“a b” „c d“ «e f» »g h«"), ["a b", "c d", "e f", "g h"]);
        assert_eq!(texts(r#""say \"no\" \\ \n" x"#), [r#"say "no" \ \n"#, "x"]);
        assert_eq!(texts(r#""" x"#), ["", "x"]);
    }

    #[test]
    fn a_quote_that_is_not_closed_is_a_sign() {
        assert_eq!(texts(r#"5" of "snow"#), [r#"5""#, "of", "\"snow"]);
        assert_eq!(texts(r#""a"b"#), ["\"a\"b"]);
        assert_eq!(texts(r#"""#), ["\""]);
        assert_eq!(texts(r#""a\""#), ["\"a\\\""]);
    }

    #[test]
    fn a_pair_has_a_name_and_a_value() {
        let pair = |line: &str| words(line).remove(0).pair.map(|pair| (pair.name, pair.value));
        let is = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(pair("debug:yes"), is("debug", "yes"));
        assert_eq!(pair(r#"seed:"two words" x"#), is("seed", "two words"));
        assert_eq!(pair("https://example.org"), is("https", "//example.org"));
        assert_eq!(pair(r#"seed:"open"#), is("seed", "\"open"));
        for none in ["seed:", ":yes", "word", r#""seed:yes""#] {
            assert_eq!(pair(none), None, "{none}");
        }
    }
}
