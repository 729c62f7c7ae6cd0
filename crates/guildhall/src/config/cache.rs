//! The section `cache`: what is kept at hand, and the Redis that several processes share it through.

use std::path::PathBuf;

use guildhall_core::secret::SecretString;
use schemars::JsonSchema;
use serde::Deserialize;

/// What is kept at hand so that it need not be read anew. Redis or Valkey is optional: it shares values among
/// processes and tells each what another has changed. Its data may be lost at any time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Cache {
    /// The address of Redis, `redis://user:password@host:6379/0`, or `rediss://` with TLS. Better kept in
    /// `redis_url_file`.
    #[schemars(with = "Option<String>")]
    pub(crate) redis_url: Option<SecretString>,
    /// A file that holds the address of Redis.
    pub(crate) redis_url_file: Option<PathBuf>,
    /// What keys in Redis begin with: letters, digits, `-` and `_`. By default `guildhall-` and the name of the bot's
    /// data, so that several bots may share one Redis.
    pub(crate) prefix: Option<String>,
    /// Milliseconds that Redis has for an answer. Beyond, the bot goes on without, and soon no longer asks.
    pub(crate) timeout_ms: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Self { redis_url: None, redis_url_file: None, prefix: None, timeout_ms: 150 }
    }
}

impl Cache {
    /// The setting with a value that cannot be used, and what would be right.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let prefix = self.prefix.as_ref().is_none_or(|prefix| !prefix.is_empty() && prefix.bytes().all(good));
        if !prefix {
            return Some(("cache.prefix", "use letters, digits, `-` and `_`"));
        }
        (!(1..=60_000).contains(&self.timeout_ms))
            .then_some(("cache.timeout_ms", "use a number from 1 to 60000"))
    }
}
