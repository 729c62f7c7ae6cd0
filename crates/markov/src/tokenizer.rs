//! Cuts a message into tokens that can be put together again.
//!
//! A token is what stands between spaces, with its punctuation, because a chain should write as people do.
//! Line breaks, emoji and Discord's marks (mentions, custom emoji, time stamps, commands: Discord docs,
//! Reference, Message Formatting) are tokens of their own even where no space separates them, and so are
//! the words of scripts that use no spaces. Links are never cut.

mod marks;
mod script;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation as _;

/// The first byte of a token that follows the one before it without a space. It cannot occur in a message:
/// control characters count as spaces.
pub(crate) const GLUE: char = '\u{1}';

/// The token of a line break.
pub(crate) const BREAK: &str = "\n";

const PLAIN: u8 = 0;
const SPECIAL: u8 = 1;
const SPACE: u8 = 2;
const LINE: u8 = 3;

/// What a byte may mean: nearly all words need no second look.
const CLASSES: [u8; 256] = {
    let mut classes = [PLAIN; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte {
            0x0a => LINE,
            0..=0x20 | 0x7f => SPACE,
            0x3c | 0x80.. => SPECIAL,
            _ => PLAIN,
        };
        byte += 1;
    }
    classes
};

/// Hands each token of a text to `sink`, in the form in which the dictionary holds it.
///
/// Linear in the length of the text.
pub(crate) fn tokens(text: &str, mut sink: impl FnMut(&str)) {
    let bytes = text.as_bytes();
    let mut scratch = String::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match CLASSES[usize::from(byte)] {
            LINE => {
                sink(BREAK);
                at += 1;
            }
            SPACE => at += 1,
            mut seen => {
                let start = at;
                at += 1;
                while let Some(&byte) = bytes.get(at) {
                    let class = CLASSES[usize::from(byte)];
                    if class >= SPACE {
                        break;
                    }
                    seen |= class;
                    at += 1;
                }
                if seen == PLAIN {
                    sink(&text[start..at]);
                } else {
                    at = special(text, start..at, &mut scratch, &mut sink);
                }
            }
        }
    }
}

/// Puts tokens together again.
pub(crate) fn join<'a>(tokens: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    let mut fresh = true;
    for token in tokens {
        if token == BREAK {
            text.push('\n');
            fresh = true;
            continue;
        }
        let bare = token.strip_prefix(GLUE);
        if !fresh && bare.is_none() {
            text.push(' ');
        }
        text.push_str(bare.unwrap_or(token));
        fresh = false;
    }
    text
}

/// A token as people see it.
pub(crate) fn bare(token: &str) -> &str {
    token.strip_prefix(GLUE).unwrap_or(token)
}

/// A stretch between spaces that holds marks or more than ASCII. Returns where it ended: a mark may hold a
/// space.
fn special(
    text: &str,
    stretch: std::ops::Range<usize>,
    scratch: &mut String,
    sink: &mut impl FnMut(&str),
) -> usize {
    let mut pieces = Pieces { glued: false, scratch, sink };
    let mut from = stretch.start;
    let mut at = stretch.start;
    let mut end = stretch.end;
    while at < end {
        let Some(open) = text[at..end].find('<').map(|open| open + at) else { break };
        if let Some(length) = marks::mark(&text[open..]) {
            pieces.plain(&text[from..open]);
            pieces.token(&text[open..open + length]);
            at = open + length;
            from = at;
            end = end.max(at);
        } else {
            at = open + 1;
        }
    }
    pieces.plain(&text[from..end]);
    end
}

struct Pieces<'a, S> {
    /// Whether the next token touches the one before.
    glued: bool,
    scratch: &'a mut String,
    sink: &'a mut S,
}

impl<S: FnMut(&str)> Pieces<'_, S> {
    fn token(&mut self, token: &str) {
        if token.is_empty() {
            return;
        }
        if self.glued {
            self.scratch.clear();
            self.scratch.push(GLUE);
            self.scratch.push_str(token);
            (self.sink)(self.scratch);
        } else {
            (self.sink)(token);
        }
        self.glued = true;
    }

    fn plain(&mut self, text: &str) {
        if text.is_ascii() {
            self.token(text);
        } else if is_nfc_quick(text.chars()) == IsNormalized::Yes {
            self.unicode(text);
        } else {
            self.unicode(&text.nfc().collect::<String>());
        }
    }

    fn unicode(&mut self, text: &str) {
        for (index, part) in text.split(|sign: char| sign.is_whitespace() || sign.is_control()).enumerate() {
            if index > 0 {
                self.glued = false;
            }
            let mut from = 0;
            for (at, segment) in part.split_word_bound_indices() {
                if script::stands_alone(segment) {
                    self.token(&part[from..at]);
                    self.token(segment);
                    from = at + segment.len();
                }
            }
            self.token(&part[from..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        tokens(text, |token| found.push(token.replace(GLUE, "+")));
        found
    }

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(cut(text), expected, "{text}");
        let mut forms = Vec::new();
        tokens(text, |token| forms.push(token.to_owned()));
        let joined = join(forms.iter().map(String::as_str));
        assert_eq!(cut(&joined), expected, "{text} joined to {joined}");
    }

    #[test]
    fn words_keep_their_punctuation_and_lines_their_breaks() {
        check("Well,  that's it...", &["Well,", "that's", "it..."]);
        check("one\r\ntwo\n\nthree", &["one", "\n", "two", "\n", "\n", "three"]);
        check("", &[]);
        check(" \t\u{0} ", &[]);
    }

    #[test]
    fn marks_are_tokens_of_their_own() {
        check("hi<:wave:123><@!42>, yes", &["hi", "+<:wave:123>", "+<@!42>", "+,", "yes"]);
        check("use </learn entry:9> now", &["use", "</learn entry:9>", "now"]);
        check("at <t:1700000000:R>!", &["at", "<t:1700000000:R>", "+!"]);
        check("a<b and <not a mark>", &["a<b", "and", "<not", "a", "mark>"]);
        check("<@&7><#8><a:dance:4>", &["<@&7>", "+<#8>", "+<a:dance:4>"]);
        check("<https://example.org/a?b=c#d>", &["<https://example.org/a?b=c#d>"]);
    }

    #[test]
    fn emoji_and_scripts_without_spaces_are_separated() {
        check("lol\u{1f602}\u{1f602} ok", &["lol", "+\u{1f602}", "+\u{1f602}", "ok"]);
        check(
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}!",
            &["\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", "+!"],
        );
        check("\u{6211}\u{7231} naïve", &["\u{6211}", "+\u{7231}", "naïve"]);
        check("a\u{a0}b\u{3000}c", &["a", "b", "c"]);
        assert_eq!(cut("cafe\u{301}"), ["caf\u{e9}"]);
        check("ça va… «oui»", &["ça", "va…", "«oui»"]);
    }

    proptest! {
        #[test]
        fn what_is_joined_is_cut_the_same(text in "[ a-z<>:@0-9\u{1f600}\u{6211}é\n\u{301}]{0,60}") {
            let mut forms = Vec::new();
            tokens(&text, |token| forms.push(token.to_owned()));
            let joined = join(forms.iter().map(String::as_str));
            let mut again = Vec::new();
            tokens(&joined, |token| again.push(token.to_owned()));
            prop_assert_eq!(join(again.iter().map(String::as_str)), joined);
        }

        #[test]
        fn any_text_is_cut(text in any::<String>()) {
            tokens(&text, |token| assert!(!bare(token).is_empty()));
        }
    }
}
