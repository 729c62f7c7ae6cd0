//! Users on the wire (Discord docs: User, User Object).

use serde::Serialize;
use serde_json::{Value, json};

use crate::{model::User, snowflake::Sid, wire::value};

/// A user as others see it.
#[derive(Debug, Serialize)]
pub struct UserWire<'a> {
    id: Sid,
    username: &'a str,
    discriminator: Discriminator,
    global_name: Option<&'a str>,
    avatar: Option<&'a str>,
    avatar_decoration_data: (),
    collectibles: (),
    banner: (),
    accent_color: (),
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bot: bool,
    public_flags: u64,
    flags: u64,
    primary_guild: (),
}

impl<'a> UserWire<'a> {
    /// Borrows a user.
    pub fn of(user: &'a User) -> Self {
        Self {
            id: Sid(user.id),
            username: &user.username,
            discriminator: Discriminator(user.discriminator),
            global_name: user.global_name.as_deref(),
            avatar: user.avatar.as_deref(),
            avatar_decoration_data: (),
            collectibles: (),
            banner: (),
            accent_color: (),
            bot: user.bot,
            public_flags: user.public_flags,
            flags: user.public_flags,
            primary_guild: (),
        }
    }
}

/// The four digits, or `0`.
#[derive(Debug)]
struct Discriminator(u16);

impl Serialize for Discriminator {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == 0 {
            return serializer.serialize_str("0");
        }
        serializer.collect_str(&format_args!("{:04}", self.0))
    }
}

/// A user as others see it.
pub fn user(user: &User) -> Value {
    value(&UserWire::of(user))
}

/// A person's made-up e-mail address, which nothing is ever sent to.
pub fn email(user: &User) -> String {
    format!("{}@people.sandbox.invalid", user.username.replace(|c: char| !c.is_ascii_alphanumeric(), "-"))
}

/// A person as an application sees them on their behalf (Discord docs: User, Get Current User).
pub fn private_user(person: &User, with_email: bool) -> Value {
    let mut all = own_user(person);
    if let Value::Object(keys) = &mut all {
        if with_email {
            keys.insert("email".to_owned(), json!(email(person)));
        } else {
            keys.remove("email");
            keys.remove("verified");
        }
    }
    all
}

/// A user as it sees itself.
pub fn own_user(own: &User) -> Value {
    let mut all = user(own);
    all["mfa_enabled"] = json!(!own.mfa_off);
    all["locale"] = json!(own.locale);
    all["verified"] = json!(true);
    all["email"] = Value::Null;
    all["premium_type"] = json!(0);
    all["bot"] = json!(own.bot);
    all
}
