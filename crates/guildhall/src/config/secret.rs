//! Settings that are secrets: each can be kept in a file of its own, and none is ever shown.

use std::path::Path;

use guildhall_core::secret::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use super::{Config, error::ConfigError, tree::Given};

/// The settings that hold a secret.
const SECRETS: &[&str] = &["discord.token", "storage.url", "storage.owner_url", "bus.url", "cache.redis_url"];

/// Stands for what is not shown.
const HIDDEN: &str = "(hidden)";

/// Whether what stands there must not be shown.
pub(super) fn is_secret(path: &str) -> bool {
    SECRETS.contains(&path)
}

/// What may be shown of a setting.
pub(super) fn shown(path: &str, value: &Value) -> String {
    match path {
        "storage.url" | "storage.owner_url" | "cache.redis_url" => {
            value.as_str().map_or_else(|| HIDDEN.to_owned(), without_password)
        }
        path if is_secret(path) => HIDDEN.to_owned(),
        _ => value.to_string(),
    }
}

/// A database address that can be shown: where it is, and as whom.
pub(crate) fn without_password(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return HIDDEN.to_owned() };
    if !url.has_host() {
        return HIDDEN.to_owned();
    }
    // What follows the question mark may hold a password, too.
    url.set_query(None);
    url.set_fragment(None);
    if url.password().is_some() && url.set_password(Some("hidden")).is_err() {
        return HIDDEN.to_owned();
    }
    url.into()
}

/// Takes over what the secret files hold, and checks what came.
pub(super) fn resolve(config: &mut Config, given: &Given) -> Result<(), ConfigError> {
    let (discord, storage) = (&mut config.discord, &mut config.storage);
    let token = read(given, "discord.token", discord.token.take(), discord.token_file.as_deref())?;
    discord.token = token.map(|(key, text)| self::token(given, &key, &text)).transpose()?;
    let url = read(given, "storage.url", storage.url.take(), storage.url_file.as_deref())?;
    storage.url = url.map(|(key, text)| address(given, &key, &text)).transpose()?;
    let url = read(given, "storage.owner_url", storage.owner_url.take(), storage.owner_url_file.as_deref())?;
    storage.owner_url = url.map(|(key, text)| address(given, &key, &text)).transpose()?;
    let cache = &mut config.cache;
    let url = read(given, "cache.redis_url", cache.redis_url.take(), cache.redis_url_file.as_deref())?;
    cache.redis_url = url.map(|(key, text)| redis(given, &key, &text)).transpose()?;
    let bus = &mut config.bus;
    let url = read(given, "bus.url", bus.url.take(), bus.url_file.as_deref())?;
    bus.url = url.map(|(_, text)| SecretString::from(text));
    Ok(())
}

/// The secret itself or what its file holds, and which of the two settings gave it.
fn read(
    given: &Given,
    key: &str,
    value: Option<SecretString>,
    file: Option<&Path>,
) -> Result<Option<(String, String)>, ConfigError> {
    let file_key = format!("{key}_file");
    match (value, file) {
        (Some(_), Some(_)) => Err(invalid(given, &file_key, format!("`{key}` is set too; keep one"))),
        (Some(value), None) => Ok(Some((key.to_owned(), value.expose_secret().trim().to_owned()))),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                invalid(given, &file_key, format!("cannot read `{}`: {error}", path.display()))
            })?;
            Ok(Some((file_key, text.trim().to_owned())))
        }
        (None, None) => Ok(None),
    }
}

fn token(given: &Given, key: &str, text: &str) -> Result<SecretString, ConfigError> {
    let token = text.strip_prefix("Bot ").unwrap_or(text).to_owned();
    if token.is_empty() || token.contains(char::is_whitespace) {
        let reason = "a bot token is one word of letters, digits, `.`, `-` and `_`";
        return Err(invalid(given, key, reason.to_owned()));
    }
    Ok(SecretString::from(token))
}

fn address(given: &Given, key: &str, text: &str) -> Result<SecretString, ConfigError> {
    let fault = match Url::parse(text) {
        Err(error) => format!(
            "it is no address ({error}); characters such as `@` and `/` in a password are written `%40` and `%2F`"
        ),
        Ok(url) if url.scheme().starts_with("sqlite") => {
            "SQLite files are kept in `storage.folder`; set that instead".to_owned()
        }
        Ok(url) if !matches!(url.scheme(), "postgres" | "postgresql") => {
            "it must start with `postgres://`".to_owned()
        }
        Ok(url) if url.path().trim_matches('/').is_empty() => {
            "it names no database; write `postgres://user:password@host/database`".to_owned()
        }
        Ok(_) => return Ok(SecretString::from(text.to_owned())),
    };
    Err(invalid(given, key, fault))
}

fn redis(given: &Given, key: &str, text: &str) -> Result<SecretString, ConfigError> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "redis" | "rediss") && url.has_host() => {
            Ok(SecretString::from(text.to_owned()))
        }
        _ => {
            let reason = "it must be an address such as `redis://user:password@host:6379/0`; characters such as `@` and `/` in a password are written `%40` and `%2F`";
            Err(invalid(given, key, reason.to_owned()))
        }
    }
}

fn invalid(given: &Given, key: &str, reason: String) -> ConfigError {
    ConfigError::Invalid { key: key.to_owned(), source_name: given.source(key).map(str::to_owned), reason }
}
