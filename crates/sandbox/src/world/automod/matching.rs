//! What a rule finds in a text. (Discord docs: Auto Moderation, Keyword Matching Strategies.)

use crate::model::{Trigger, Words};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Found {
    /// The word or pattern of the rule; none for mentions.
    pub keyword: Option<String>,
    /// The part of the text that it fits.
    pub content: Option<String>,
}

/// The sandbox's own lists, which hold what a test needs and nothing that anyone would mind to read.
const PRESETS: [&[&str]; 3] = [&["damn", "crap", "profanity"], &["sexual-content"], &["slur"]];

/// What a trigger finds in a text with so many mentions.
pub(super) fn find(trigger: &Trigger, text: &str, mentions: usize) -> Option<Found> {
    match trigger {
        Trigger::Keyword(words) | Trigger::Profile(words) => find_words(words, text),
        Trigger::Preset { presets, allow } => {
            let lists = presets.iter().filter_map(|preset| PRESETS.get(usize::from(*preset).checked_sub(1)?));
            let words = lists.flat_map(|list| list.iter().copied());
            find_keyword(text, words, allow.iter().map(String::as_str))
        }
        Trigger::MentionSpam { limit, .. } => (mentions > *limit as usize).then(Found::default),
        Trigger::Spam => None,
    }
}

fn find_words(words: &Words, text: &str) -> Option<Found> {
    let allow = || words.allow.iter().map(String::as_str);
    find_keyword(text, words.keywords.iter().map(String::as_str), allow()).or_else(|| {
        let fine = ranges(&Folded::of(text), allow());
        words.patterns.iter().find_map(|(pattern, regex)| {
            let hit = regex.find_iter(text).find(|hit| !covered(&fine, (hit.start(), hit.end())))?;
            Some(Found { keyword: Some(pattern.clone()), content: Some(hit.as_str().to_owned()) })
        })
    })
}

fn find_keyword<'k>(
    text: &str,
    keywords: impl Iterator<Item = &'k str>,
    allow: impl Iterator<Item = &'k str>,
) -> Option<Found> {
    let folded = Folded::of(text);
    let fine = ranges(&folded, allow);
    for keyword in keywords {
        if let Some((from, to)) = matches(&folded, keyword).find(|hit| !covered(&fine, *hit)) {
            return Some(Found {
                keyword: Some(keyword.to_owned()),
                content: text.get(from..to).map(str::to_owned),
            });
        }
    }
    None
}

fn covered(fine: &[(usize, usize)], (from, to): (usize, usize)) -> bool {
    fine.iter().any(|(start, end)| *start <= from && to <= *end)
}

fn ranges<'k>(text: &Folded, words: impl Iterator<Item = &'k str>) -> Vec<(usize, usize)> {
    words.flat_map(|word| matches(text, word).collect::<Vec<_>>()).collect()
}

/// A text in lower case that knows where each of its bytes stands in the text itself.
struct Folded {
    lower: String,
    /// For each byte of `lower` and its end: the place in the text.
    places: Vec<usize>,
}

impl Folded {
    fn of(text: &str) -> Self {
        let (mut lower, mut places) = (String::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
        for (at, character) in text.char_indices() {
            lower.extend(character.to_lowercase());
            places.resize(lower.len(), at);
        }
        places.push(text.len());
        Self { lower, places }
    }
}

/// Where a keyword fits: as a whole word, or with `*` at an end also inside one.
fn matches<'t>(text: &'t Folded, keyword: &str) -> impl Iterator<Item = (usize, usize)> + 't {
    let (open_start, open_end) = (keyword.starts_with('*'), keyword.len() > 1 && keyword.ends_with('*'));
    let word = keyword.trim_start_matches('*').trim_end_matches('*').to_lowercase();
    let lower = text.lower.as_str();
    let mut from = 0;
    std::iter::from_fn(move || {
        if word.is_empty() {
            return None;
        }
        loop {
            let start = from + lower.get(from..)?.find(&word)?;
            let end = start + word.len();
            from = start + lower[start..].chars().next().map_or(1, char::len_utf8);
            let before = open_start || !lower[..start].chars().next_back().is_some_and(char::is_alphanumeric);
            let after = open_end || !lower[end..].chars().next().is_some_and(char::is_alphanumeric);
            if before && after {
                return Some((text.places[start], text.places[end]));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(keywords: &[&str], patterns: &[&str], allow: &[&str]) -> Trigger {
        let own = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        let patterns = patterns.iter().map(|p| ((*p).to_owned(), regex::Regex::new(p).expect("a pattern")));
        Trigger::Keyword(Words { keywords: own(keywords), patterns: patterns.collect(), allow: own(allow) })
    }

    #[test]
    fn stars_open_the_ends_of_a_word() {
        for (keyword, text, hit) in [
            ("cat", "a Cat sat", Some("Cat")),
            ("cat", "catch it", None),
            ("cat*", "Catch it", Some("Cat")),
            ("cat*", "tomcat", None),
            ("*cat", "a tomcat.", Some("cat")),
            ("*cat", "catch", None),
            ("*cat*", "education", Some("cat")),
            ("the cat", "not THE CAT again", Some("THE CAT")),
            ("cat", "catch the cat", Some("cat")),
            ("\u{fc}ber", "\u{dc}BER alles", Some("\u{dc}BER")),
            ("*", "anything", None),
        ] {
            let found = find(&words(&[keyword], &[], &[]), text, 0);
            let expected =
                hit.map(|hit| Found { keyword: Some(keyword.to_owned()), content: Some(hit.to_owned()) });
            assert_eq!(found, expected, "{keyword} in {text}");
        }
    }

    #[test]
    fn what_is_allowed_is_passed_over() {
        let rule = words(&["*cat*"], &["d.g"], &["education", "dig"]);
        assert_eq!(find(&rule, "an education, dig", 0), None);
        assert_eq!(find(&rule, "education of a cat", 0).and_then(|f| f.content), Some("cat".to_owned()));
        assert_eq!(find(&rule, "dig dog", 0).and_then(|f| f.keyword), Some("d.g".to_owned()));
    }

    #[test]
    fn mentions_are_counted_above_the_limit() {
        let rule = Trigger::MentionSpam { limit: 2, raid_protection: false };
        assert_eq!((find(&rule, "", 2), find(&rule, "", 3).is_some()), (None, true));
    }
}
