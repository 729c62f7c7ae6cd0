//! Patterns by which values are cleared: `category:name`, with `*` for anything and `?` for one character.

use std::fmt;

use wildmatch::WildMatch;

/// A pattern over `category:name`, such as `temp:*`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pattern(String);

impl Pattern {
    /// The pattern that this text is. Without a colon it names categories, and means all of their values.
    pub fn new(text: &str) -> Self {
        let text = text.trim();
        Self(if text.contains(':') { text.to_owned() } else { format!("{text}:*") })
    }

    /// Everything.
    pub fn everything() -> Self {
        Self("*:*".to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn matches(&self, category: &str, name: &str) -> bool {
        let (categories, names) = self.parts();
        WildMatch::new(categories).matches(category) && WildMatch::new(names).matches(name)
    }

    pub(crate) fn may_match(&self, category: &str) -> bool {
        WildMatch::new(self.parts().0).matches(category)
    }

    /// The one category that it names, if it names one.
    pub(crate) fn category(&self) -> Option<&str> {
        let categories = self.parts().0;
        (!categories.contains(['*', '?'])).then_some(categories)
    }

    fn parts(&self) -> (&str, &str) {
        self.0.split_once(':').unwrap_or((&self.0, "*"))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_what_it_says() {
        let check = |pattern: &str, category: &str, name: &str| Pattern::new(pattern).matches(category, name);
        for pattern in ["temp:*", "temp", " temp ", "te?p:a*", "*", "*:*", "*:a:b", "temp:a:b", "temp:?:b"] {
            assert!(check(pattern, "temp", "a:b"), "{pattern}");
        }
        for pattern in ["", "tem", "temp:", "temp:a", "temp:*c", "[t]emp", "temp:a:b:*", "Temp:*", "*:"] {
            assert!(!check(pattern, "temp", "a:b"), "{pattern}");
        }
        assert_eq!(Pattern::new("temp:*").category(), Some("temp"));
        assert_eq!(Pattern::new("t*:*").category(), None);
        assert!(Pattern::everything().matches("anything", ""));
    }
}
