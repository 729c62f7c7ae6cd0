//! The people who run the bot: named in its configuration, and nowhere else.

use std::collections::HashSet;

use guildhall_core::id::UserId;

/// The people who run the bot.
#[derive(Clone, Debug, Default)]
pub struct Operators(HashSet<UserId>);

impl Operators {
    /// Whether this is one of them.
    pub fn contains(&self, user: UserId) -> bool {
        self.0.contains(&user)
    }
}

impl FromIterator<UserId> for Operators {
    fn from_iter<I: IntoIterator<Item = UserId>>(users: I) -> Self {
        Self(users.into_iter().collect())
    }
}
