//! People and bots.

use crate::snowflake::Id;

/// A person or a bot.
#[derive(Clone, Debug, Default)]
pub struct User {
    /// Its id.
    pub id: Id,
    /// The unique name.
    pub username: String,
    /// The display name.
    pub global_name: Option<String>,
    /// The four digits of old; `0` for those who have a unique name.
    pub discriminator: u16,
    /// The avatar's hash.
    pub avatar: Option<String>,
    /// Whether this is an application's bot user.
    pub bot: bool,
    /// Public flags (Discord docs: User, User Flags).
    pub public_flags: u64,
    /// The chosen language, as interactions tell it.
    pub locale: String,
    /// Whether the account has no two-factor login.
    pub mfa_off: bool,
    /// Whether direct messages are refused (error 50007).
    pub dms_closed: bool,
}

impl User {
    /// A person with this name.
    pub fn person(id: Id, username: &str, global_name: Option<&str>) -> Self {
        Self {
            id,
            username: username.to_owned(),
            global_name: global_name.map(str::to_owned),
            locale: "en-US".to_owned(),
            ..Self::default()
        }
    }

    /// A bot user with this name.
    pub fn bot(id: Id, username: &str) -> Self {
        Self { bot: true, global_name: None, ..Self::person(id, username, None) }
    }

    /// The name people see.
    pub fn display_name(&self) -> &str {
        self.global_name.as_deref().unwrap_or(&self.username)
    }
}
