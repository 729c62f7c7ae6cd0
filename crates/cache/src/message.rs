//! What processes tell each other.

use serde::{Deserialize, Serialize};

use crate::{Pattern, Scope, Within};

/// A change that reaches every process.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// One value is not valid any more.
    Key { category: String, scope: String, name: String },
    /// Neither is anything that matches.
    Clear {
        /// Whose; everybody's without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
        pattern: String,
    },
}

/// A change, and the process that made it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Message {
    pub(crate) from: String,
    pub(crate) change: Change,
}

impl Change {
    pub(crate) fn key(category: &str, scope: Scope, name: &str) -> Self {
        Self::Key { category: category.to_owned(), scope: scope.to_string(), name: name.to_owned() }
    }

    pub(crate) fn clear(within: Within, pattern: &Pattern) -> Self {
        let scope = match within {
            Within::Scope(scope) => Some(scope.to_string()),
            Within::Everything => None,
        };
        Self::Clear { scope, pattern: pattern.as_str().to_owned() }
    }

    pub(crate) fn everything() -> Self {
        Self::clear(Within::Everything, &Pattern::everything())
    }
}

/// Where a change applies, read back from its texts.
pub(crate) fn within(scope: Option<&str>) -> Option<Within> {
    match scope {
        None => Some(Within::Everything),
        Some(text) => Scope::parse(text).map(Within::Scope),
    }
}

#[cfg(test)]
mod tests {
    use guildhall_core::id::GuildId;

    use super::*;

    #[test]
    fn a_change_comes_back_as_it_was() {
        let guild = Scope::Guild(GuildId::new(5).unwrap());
        let changes = [
            Change::key("temp", guild, "a:\"b\""),
            Change::clear(Within::Scope(guild), &Pattern::new("temp")),
            Change::everything(),
        ];
        for change in changes {
            let text =
                serde_json::to_string(&Message { from: "me".to_owned(), change: change.clone() }).unwrap();
            let read: Message = serde_json::from_str(&text).unwrap();
            assert_eq!((read.from.as_str(), read.change), ("me", change));
        }
        assert_eq!(within(Some("g5")), Some(Within::Scope(guild)));
        assert_eq!((within(None), within(Some("x"))), (Some(Within::Everything), None));
    }
}
