//! OAuth2: what people allowed applications to do for them. (Discord docs: OAuth2.)

use crate::{
    permissions::Permissions,
    snowflake::{Id, Millis},
};

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Scopes(u64);

macro_rules! scopes {
    ($($name:ident = $bit:literal, $text:literal;)*) => {
        impl Scopes {
            $(
                #[doc = concat!("The documented scope `", $text, "`.")]
                pub const $name: Self = Self(1 << $bit);
            )*

            /// Every scope with its documented name.
            pub const NAMES: &'static [(&'static str, Self)] = &[$(($text, Self::$name)),*];
        }
    };
}

scopes! {
    IDENTIFY = 0, "identify";
    EMAIL = 1, "email";
    CONNECTIONS = 2, "connections";
    GUILDS = 3, "guilds";
    GUILDS_JOIN = 4, "guilds.join";
    GUILDS_MEMBERS_READ = 5, "guilds.members.read";
    GDM_JOIN = 6, "gdm.join";
    BOT = 7, "bot";
    RPC = 8, "rpc";
    RPC_NOTIFICATIONS_READ = 9, "rpc.notifications.read";
    RPC_VOICE_READ = 10, "rpc.voice.read";
    RPC_VOICE_WRITE = 11, "rpc.voice.write";
    RPC_ACTIVITIES_WRITE = 12, "rpc.activities.write";
    WEBHOOK_INCOMING = 13, "webhook.incoming";
    MESSAGES_READ = 14, "messages.read";
    APPLICATIONS_BUILDS_UPLOAD = 15, "applications.builds.upload";
    APPLICATIONS_BUILDS_READ = 16, "applications.builds.read";
    APPLICATIONS_COMMANDS = 17, "applications.commands";
    APPLICATIONS_COMMANDS_PERMISSIONS_UPDATE = 18, "applications.commands.permissions.update";
    APPLICATIONS_COMMANDS_UPDATE = 19, "applications.commands.update";
    APPLICATIONS_STORE_UPDATE = 20, "applications.store.update";
    APPLICATIONS_ENTITLEMENTS = 21, "applications.entitlements";
    ACTIVITIES_READ = 22, "activities.read";
    ACTIVITIES_WRITE = 23, "activities.write";
    RELATIONSHIPS_READ = 24, "relationships.read";
    VOICE = 25, "voice";
    DM_CHANNELS_READ = 26, "dm_channels.read";
    ROLE_CONNECTIONS_WRITE = 27, "role_connections.write";
    OPENID = 28, "openid";
}

impl Scopes {
    /// No scope.
    pub const NONE: Self = Self(0);
    /// Every scope: a route that asks for any of these takes every token.
    pub const ANY: Self = Self(u64::MAX);

    /// The scopes of a text in which blanks stand between them; none when one of them is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        text.split_whitespace().try_fold(Self::NONE, |all, word| {
            let known = Self::NAMES.iter().find(|(name, _)| *name == word)?.1;
            Some(all.with(known))
        })
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in it.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is in it.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What is in it but not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names in it.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().filter(move |(_, scope)| self.contains(*scope)).map(|(name, _)| *name)
    }

    /// The names with blanks between them, as token answers have them.
    pub fn text(self) -> String {
        self.names().collect::<Vec<_>>().join(" ")
    }
}

/// What one person allowed one application.
#[derive(Clone, Debug, Default)]
pub struct Authorization {
    /// Everything they allowed at any time.
    pub scopes: Scopes,
    /// Whether they installed it for themselves, so that it follows them everywhere.
    pub user_install: bool,
    /// The access tokens that are in use, oldest first.
    pub tokens: Vec<String>,
    /// What the application says about the person for linked roles, as it travels.
    pub role_connection: Option<serde_json::Value>,
}

/// What an access token stands for.
#[derive(Clone, Debug)]
pub struct Grant {
    /// To whom it was given.
    pub application_id: Id,
    /// For whom it acts.
    pub user_id: Id,
    /// What it may do.
    pub scopes: Scopes,
    /// Until when.
    pub expires_at: Millis,
    /// The token that renews it.
    pub refresh: Option<String>,
}

/// A code on its way to be exchanged for a token.
#[derive(Clone, Debug)]
pub struct Code {
    /// To whom it was given.
    pub application_id: Id,
    /// By whom.
    pub user_id: Id,
    /// What it may become.
    pub scopes: Scopes,
    /// The address it was sent to, which the exchange must name.
    pub redirect_uri: String,
    /// The proof that the exchange must bring.
    pub challenge: Option<Challenge>,
    /// Until when.
    pub expires_at: Millis,
    /// The guild that was chosen.
    pub guild_id: Option<Id>,
    /// What is installed only when the code is exchanged.
    pub pending: Install,
}

/// Where an application is installed by an authorisation.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Install {
    /// Nowhere: only tokens are given.
    #[default]
    None,
    /// In a guild, with these permissions for its bot.
    Guild(Id, Permissions),
    /// For the person alone.
    User,
}

/// What PKCE asks for. (RFC 7636.)
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Challenge {
    /// The verifier itself.
    Plain(String),
    /// Its SHA-256, in URL-safe base64 without padding.
    S256(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_and_written() {
        let both = Scopes::parse("guilds identify").expect("known");
        assert_eq!(both.text(), "identify guilds");
        assert!(both.contains(Scopes::GUILDS) && !both.contains(Scopes::EMAIL));
        assert_eq!(Scopes::parse("identify everything"), None);
    }
}
