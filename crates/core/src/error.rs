//! Errors in words.

use std::error::Error;

/// An error with its causes, on one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // Wrappers often repeat what they wrap.
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Step(&'static str, #[source] Option<Box<Step>>);

    #[test]
    fn each_cause_is_told_once() {
        let full = Step("disk full", None);
        let write = Step("write: disk full", Some(Box::new(full)));
        assert_eq!(chain(&Step("save", Some(Box::new(write)))), "save: write: disk full");
    }
}
