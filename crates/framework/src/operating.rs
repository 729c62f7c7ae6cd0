//! What those who run the bot have decided for all of its processes: a copy in memory, which each process renews
//! with its beat.

use std::time::Duration;

use guildhall_core::clock::Timestamp;
use guildhall_store::{OperatorPath, Store, StoreError, platform::operating};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, watch};

/// The longest pause between two requests of background work that can be set.
pub const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// The most characters of an operator's words about maintenance.
pub const MAINTENANCE_WORDS: usize = 500;

const MAINTENANCE: &str = "maintenance";
const DELAY: &str = "rate_limit_delay_ms";

/// Members' commands are answered with a notice instead of being run.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Maintenance {
    /// What the operator says about it; may be empty.
    pub words: String,
    /// Since when.
    pub since: Timestamp,
}

/// Everything that is decided.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Settings {
    /// Whether there is maintenance.
    pub maintenance: Option<Maintenance>,
    /// The pause between two REST requests of background work.
    pub rate_limit_delay: Duration,
}

/// What is decided, as this process knows it.
#[derive(Debug, Default)]
pub struct Operating {
    known: watch::Sender<Settings>,
    /// Held by whoever reads or writes the rows, so that an older read does not undo a newer write here.
    turn: Mutex<()>,
}

impl Operating {
    /// What is decided now.
    pub fn settings(&self) -> Settings {
        self.known.borrow().clone()
    }

    /// The maintenance that is under way.
    pub fn maintenance(&self) -> Option<Maintenance> {
        self.known.borrow().maintenance.clone()
    }

    /// Tells of every change.
    pub fn watch(&self) -> watch::Receiver<Settings> {
        self.known.subscribe()
    }

    /// Reads what is stored: at the start, and with every beat where other processes may have changed it.
    pub async fn refresh(&self, store: &Store) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        let mut read = store.read().await?;
        let rows = operating::all(&mut read.operator(OperatorPath::Settings)).await?;
        self.take(settings(&rows));
        Ok(())
    }

    /// Begins or ends maintenance, in every process within two seconds.
    pub async fn set_maintenance(
        &self,
        store: &Store,
        maintenance: Option<Maintenance>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let value = maintenance.as_ref().and_then(|maintenance| serde_json::to_string(maintenance).ok());
        self.set(store, MAINTENANCE, value, now).await
    }

    /// Sets the pause between two REST requests of background work; no longer than [`LONGEST_DELAY`].
    pub async fn set_rate_limit_delay(
        &self,
        store: &Store,
        delay: Duration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let value = delay.min(LONGEST_DELAY).as_millis();
        self.set(store, DELAY, (value > 0).then(|| value.to_string()), now).await
    }

    async fn set(
        &self,
        store: &Store,
        name: &str,
        value: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        let mut write = store.write().await?;
        let mut tx = write.operator(OperatorPath::Settings);
        match &value {
            Some(value) => operating::set(&mut tx, name, value, now).await?,
            None => operating::remove(&mut tx, name).await?,
        }
        let rows = operating::all(&mut tx).await?;
        write.commit().await?;
        self.take(settings(&rows));
        Ok(())
    }

    fn take(&self, settings: Settings) {
        self.known.send_if_modified(|known| {
            let differs = *known != settings;
            *known = settings;
            differs
        });
    }
}

/// What the rows say. What this version cannot read counts as not set; maintenance counts as on, because it was
/// meant to keep people out.
fn settings(rows: &[(String, String)]) -> Settings {
    let value = |wanted: &str| rows.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let delay = value(DELAY).and_then(|value| value.parse().ok()).map(Duration::from_millis);
    Settings {
        maintenance: value(MAINTENANCE).map(|value| serde_json::from_str(value).unwrap_or_default()),
        rate_limit_delay: delay.unwrap_or_default().min(LONGEST_DELAY),
    }
}

/// An operator's words without anything that mentions or links to a part of Discord: they are shown in servers
/// that are not the operator's.
pub fn neutral(words: &str) -> String {
    words.replace('@', "@\u{200b}").replace("<#", "<\u{200b}#").replace("</", "<\u{200b}/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_and_what_cannot_be_read_is_safe() {
        let row = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(settings(&[]), Settings::default());
        let read = settings(&[
            row(DELAY, "250"),
            row(MAINTENANCE, r#"{"words":"soon","since":7}"#),
            row("of a later version", "[]"),
        ]);
        assert_eq!(read.rate_limit_delay, Duration::from_millis(250));
        assert_eq!(read.maintenance, Some(Maintenance { words: "soon".to_owned(), since: Timestamp(7) }));
        let odd = settings(&[row(DELAY, "-1"), row(MAINTENANCE, "???")]);
        assert_eq!((odd.rate_limit_delay, odd.maintenance), (Duration::ZERO, Some(Maintenance::default())));
        assert_eq!(settings(&[row(DELAY, "99999999")]).rate_limit_delay, LONGEST_DELAY);
    }

    #[test]
    fn words_of_operators_mention_nobody() {
        let said = neutral("@everyone <@5> <@&6> <#7> </help:8>, a<b");
        for part in ["@e", "<@5", "<@&", "<#", "</"] {
            assert!(!said.contains(part), "{said}");
        }
        assert!(said.contains("a<b"));
    }
}
