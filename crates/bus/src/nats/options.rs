//! How the transport over NATS is set up.

use std::time::Duration;

use async_nats::{
    ConnectOptions, ServerAddr,
    jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
};
use guildhall_core::secret::{ExposeSecret as _, SecretString};

use crate::BusError;

/// Where NATS keeps the events of the lane for effects.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Storage {
    /// On disk: they outlive a restart of the server.
    #[default]
    File,
    /// In memory: faster, and a restart makes the publishers send again what is unfinished.
    Memory,
}

/// How the transport over NATS is set up. What is not asked for explicitly has a default that fits most.
#[derive(Clone, Debug)]
pub struct Options {
    /// Addresses of the servers, separated by commas; `nats://user:password@host:port` or `tls://…`.
    pub servers: SecretString,
    /// The content of a credentials file, where the servers ask for one.
    pub credentials: Option<SecretString>,
    /// What the subjects and the stream begin with: letters, digits, `-` and `_`. Bots that share servers need
    /// different ones.
    pub prefix: String,
    /// Where events are kept.
    pub storage: Storage,
    /// How many servers keep each event.
    pub replicas: usize,
    /// Bytes of events that the stream may hold; beyond, publishers wait.
    pub stream_bytes: u64,
    /// How long an event may lie in the stream. Its publisher sends it again while it is unfinished.
    pub stream_age: Duration,
    /// KiB of published and unfinished effects in this process; beyond, publishing waits.
    pub unfinished_kib: u32,
    /// KiB of effects that this process's workers hold at once.
    pub held_kib: u32,
    /// Events that wait in this process for a worker, in each lane.
    pub capacity: usize,
    /// How long publishing an interaction may take until it is given back.
    pub take_within: Duration,
    /// After how much silence of the workers an interaction is published again.
    pub direct_silence: Duration,
    /// After how much silence an effect is published again. Doubles up to `effects_silence_most`.
    pub effects_silence: Duration,
    /// The longest that doubling leads to.
    pub effects_silence_most: Duration,
    /// After how long an event comes again that a worker gave up.
    pub give_back: Duration,
    /// After how long the server hands an event to a worker again that has not been heard of.
    pub ack_wait: Duration,
}

impl Options {
    /// The usual set-up on these servers.
    pub fn new(servers: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self {
            servers: SecretString::from(servers.into()),
            credentials: None,
            prefix: prefix.into(),
            storage: Storage::File,
            replicas: 1,
            stream_bytes: 1 << 30,
            stream_age: Duration::from_hours(24),
            unfinished_kib: 64 * 1024,
            held_kib: 64 * 1024,
            capacity: 1024,
            take_within: Duration::from_millis(500),
            direct_silence: Duration::from_millis(1500),
            effects_silence: Duration::from_secs(5),
            effects_silence_most: Duration::from_mins(1),
            give_back: Duration::from_secs(1),
            ack_wait: Duration::from_secs(30),
        }
    }

    pub(super) fn check(&self) -> Result<(), BusError> {
        let word = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        if !word(&self.prefix) {
            let fault = format!("the prefix `{}` is not made of letters, digits, `-` and `_`", self.prefix);
            return Err(BusError::Options(fault));
        }
        if !(1..=5).contains(&self.replicas) {
            return Err(BusError::Options(format!("{} replicas are not 1 to 5", self.replicas)));
        }
        Ok(())
    }

    /// The addresses. Their text may hold a password, so it is in no error.
    pub(super) fn addresses(&self) -> Result<Vec<ServerAddr>, BusError> {
        let texts = self.servers.expose_secret().split(',').map(str::trim);
        texts
            .enumerate()
            .map(|(index, text)| {
                let fault =
                    || BusError::Options(format!("address {} of the servers is malformed", index + 1));
                text.parse().map_err(|_| fault())
            })
            .collect()
    }

    /// How the client connects: at once in the background, again for ever, and it notices within seconds that
    /// nothing answers any more.
    pub(super) fn connect(&self, name: &str) -> Result<ConnectOptions, BusError> {
        let options = ConnectOptions::new()
            .name(name)
            .retry_on_initial_connect()
            .connection_timeout(Duration::from_secs(2))
            .ping_interval(Duration::from_secs(2))
            .request_timeout(Some(Duration::from_secs(2)))
            .reconnect_delay_callback(|attempt| {
                Duration::from_millis(50 * u64::try_from(attempt).unwrap_or(u64::MAX).min(20))
            });
        let options = match self.login()? {
            None => options,
            Some((user, Some(password))) => options.user_and_password(user, password),
            Some((token, None)) => options.token(token),
        };
        match &self.credentials {
            None => Ok(options),
            Some(text) => options
                .credentials(text.expose_secret())
                .map_err(|_| BusError::Options("the credentials are malformed".to_owned())),
        }
    }

    /// The user and the password in the addresses, or a token where there is no password. The client does not look
    /// for them there by itself.
    fn login(&self) -> Result<Option<(String, Option<String>)>, BusError> {
        let addresses = self.addresses()?;
        let Some((user, password)) =
            addresses.iter().find_map(|address| Some((address.username()?, address.password())))
        else {
            return Ok(None);
        };
        let fault = || BusError::Options("the user or the password in the addresses is malformed".to_owned());
        let password = password.map(|text| decoded(text).ok_or_else(fault)).transpose()?;
        Ok(Some((decoded(user).ok_or_else(fault)?, password)))
    }

    /// The subject of the lane for interactions.
    pub(super) fn direct_subject(&self) -> String {
        format!("{}.direct", self.prefix)
    }

    /// The subject of one partition of the lane for effects.
    pub(super) fn effects_subject(&self, partition: u32) -> String {
        format!("{}.effects.{partition}", self.prefix)
    }

    /// The subject on which workers talk to the process that published an event.
    pub(super) fn notices_subject(&self, instance: &str) -> String {
        format!("{}.done.{instance}", self.prefix)
    }

    /// The stream's name.
    pub(super) fn stream_name(&self) -> String {
        format!("{}_effects", self.prefix)
    }

    /// The stream: each event until a worker has finished it.
    pub(super) fn stream(&self) -> Config {
        Config {
            name: self.stream_name(),
            subjects: vec![format!("{}.effects.*", self.prefix)],
            retention: RetentionPolicy::WorkQueue,
            // A full stream refuses, and the publishers wait.
            discard: DiscardPolicy::New,
            max_bytes: i64::try_from(self.stream_bytes).unwrap_or(i64::MAX),
            max_age: self.stream_age,
            storage: match self.storage {
                Storage::File => StorageType::File,
                Storage::Memory => StorageType::Memory,
            },
            num_replicas: self.replicas,
            duplicate_window: Duration::from_mins(2).min(self.stream_age),
            ..Config::default()
        }
    }
}

/// A part of an address as it was before it was encoded: `%40` stands for `@`.
fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        let is_hex = code.bytes().all(|byte| byte.is_ascii_hexdigit());
        bytes.push(u8::from_str_radix(code, 16).ok().filter(|_| is_hex)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_up_that_cannot_work_is_refused_and_no_password_is_shown() {
        assert!(Options::new("nats://127.0.0.1", "bot-1").check().is_ok());
        for prefix in ["", "a.b", "a b", "a*", "ä"] {
            assert!(Options::new("nats://127.0.0.1", prefix).check().is_err(), "{prefix}");
        }
        let options = Options::new("nats://a, http://user:hidden@b", "bot");
        assert!(!format!("{options:?}").contains("hidden"));
        let error = options.addresses().unwrap_err().to_string();
        assert!(error.contains("address 2") && !error.contains("hidden"), "{error}");
        assert!(Options { replicas: 6, ..Options::new("nats://a", "bot") }.check().is_err());
    }

    #[test]
    fn the_addresses_say_who_the_client_is() {
        let login = |servers: &str| Options::new(servers, "bot").login();
        assert_eq!(login("nats://a, nats://b:4222").unwrap(), None);
        let both = Some(("bot".to_owned(), Some("p@ss%".to_owned())));
        assert_eq!(login("nats://a,nats://bot:p%40ss%25@b").unwrap(), both);
        assert_eq!(login("tls://t%C3%B6ken@b").unwrap(), Some(("töken".to_owned(), None)));
        for broken in ["nats://bot:hidden%f@a", "nats://bot:hidden%+f@a", "nats://bot:hidden%ff@a"] {
            let error = login(broken).unwrap_err().to_string();
            assert!(!error.contains("hidden"), "{error}");
        }
    }
}
