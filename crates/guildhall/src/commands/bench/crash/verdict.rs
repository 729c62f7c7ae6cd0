//! Compares what was sent with what is there afterwards.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::{Context as _, Result};
use guildhall_core::id::{GuildId, UserId};
use guildhall_sandbox::example;
use guildhall_store::{OperatorPath, OperatorStatement, operator, params};
use serde::Serialize;
use serde_json::Value;

use super::load::{Answer, Sent};
use crate::{
    commands::bench::{control::Control, storage::Storage, table},
    parts::{self, World},
};

const MESSAGES: OperatorStatement = operator(
    "bench_messages",
    "SELECT guild_id, user_id, CAST(SUM(messages) AS BIGINT) AS messages FROM message_member_day
     GROUP BY guild_id, user_id",
);

const ENTRIES: OperatorStatement =
    operator("bench_entries", "SELECT content, COUNT(*) AS rows FROM knowledge_entry GROUP BY content");

const GAPS: OperatorStatement = operator("bench_gaps", "SELECT COUNT(*) AS rows FROM gap");

/// One kind of effect.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(in crate::commands::bench) struct Effects {
    pub(in crate::commands::bench) sent: u64,
    pub(in crate::commands::bench) lost: u64,
    pub(in crate::commands::bench) doubled: u64,
}

impl Effects {
    /// Whether each happened exactly once.
    pub(in crate::commands::bench) const fn clean(&self) -> bool {
        self.lost == 0 && self.doubled == 0
    }

    /// The figures as a row of a table with [`Effects::TITLES`].
    pub(in crate::commands::bench) fn row(&self, name: &str) -> Vec<String> {
        let figures = [self.sent, self.lost, self.doubled].map(|figure| figure.to_string());
        [vec![name.to_owned()], figures.to_vec()].concat()
    }

    pub(in crate::commands::bench) const TITLES: [&'static str; 4] = ["effect", "sent", "lost", "doubled"];
}

/// What came of all rounds.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    rounds: u32,
    seconds: u64,
    messages: Effects,
    entries: Effects,
    /// Commands whose three seconds passed while the bot was away: the user was told so.
    unanswered_commands: u64,
    welcomes: Effects,
    identifies: u64,
    resumed: u64,
    gaps: u64,
}

impl Verdict {
    pub(super) async fn reach(
        rounds: u32,
        sent: &Sent,
        counters: &Value,
        control: &Control,
        found: &Found,
        took: Duration,
    ) -> Result<Self> {
        let count = |name: &str| counters[name].as_u64().unwrap_or(0);
        Ok(Self {
            rounds,
            seconds: took.as_secs(),
            messages: found.counted(&sent.messages),
            entries: found.entries(sent),
            unanswered_commands: sent.learned.values().filter(|(_, seen)| *seen == Answer::Nothing).count()
                as u64,
            welcomes: welcomes(sent, control).await?,
            identifies: count("identifies"),
            resumed: count("resumed"),
            gaps: found.gaps,
        })
    }

    /// Whether every effect happened exactly once, and only the first connection was an identify.
    pub(super) fn clean(&self) -> bool {
        self.messages.clean() && self.entries.clean() && self.welcomes.clean() && self.identifies == 1
    }

    pub(super) fn print(&self) {
        let rows = [
            self.messages.row("messages counted"),
            self.entries.row("entries stored"),
            self.welcomes.row("servers welcomed"),
        ];
        table::print(&Effects::TITLES, &rows);
        println!(
            "\n{} kills in {} s: {} identify, {} resumed, {} gaps, {} commands unanswered while the bot was away",
            self.rounds, self.seconds, self.identifies, self.resumed, self.gaps, self.unanswered_commands,
        );
    }
}

/// What the bot's database holds.
pub(in crate::commands::bench) struct Found {
    messages: BTreeMap<(u64, u64), u64>,
    entries: BTreeMap<String, u64>,
    gaps: u64,
}

impl Found {
    pub(in crate::commands::bench) async fn read(storage: &Storage, folder: &Path) -> Result<Self> {
        let registry = parts::registry()?;
        let name = format!("bot-{}", example::APPLICATION);
        let schemas = parts::schemas(&registry);
        let store = storage.open(&folder.join("data"), &name, &schemas, World::real().clock).await?;
        let mut read = store.read().await?;
        let mut tx = read.operator(OperatorPath::Diagnosis);
        let mut messages = BTreeMap::new();
        for row in tx.fetch_all(&MESSAGES, params![]).await? {
            let key = (row.get::<GuildId>("guild_id")?.get(), row.get::<UserId>("user_id")?.get());
            messages.insert(key, row.get("messages")?);
        }
        let mut entries = BTreeMap::new();
        for row in tx.fetch_all(&ENTRIES, params![]).await? {
            entries.insert(row.get("content")?, row.get("rows")?);
        }
        let gaps = tx.fetch_one(&GAPS, params![]).await?.get("rows")?;
        drop(read);
        store.close().await;
        Ok(Self { messages, entries, gaps })
    }

    /// Stretches of events that nobody could replay.
    pub(in crate::commands::bench) fn gaps(&self) -> u64 {
        self.gaps
    }

    /// Each message must have been counted once, for its server and author.
    pub(in crate::commands::bench) fn counted(&self, sent: &BTreeMap<(u64, u64), u64>) -> Effects {
        let mut effects = Effects::default();
        for (key, wanted) in sent {
            let found = self.messages.get(key).copied().unwrap_or(0);
            effects.sent += wanted;
            effects.lost += wanted.saturating_sub(found);
            effects.doubled += found.saturating_sub(*wanted);
        }
        effects
    }

    /// An entry that its user was told is stored must be there, and none twice.
    pub(in crate::commands::bench) fn kept<'a>(
        &self,
        told: impl Iterator<Item = (&'a str, bool)>,
    ) -> Effects {
        let mut effects = Effects::default();
        for (content, stored) in told {
            let found = self.entries.get(content).copied().unwrap_or(0);
            effects.sent += 1;
            effects.lost += u64::from(stored && found == 0);
            effects.doubled += found.saturating_sub(1);
        }
        effects
    }

    /// An entry that the user was told is stored must be there, and no entry twice. A user who was told
    /// something else although the entry is there got the answer of a second run.
    fn entries(&self, sent: &Sent) -> Effects {
        let mut effects = Effects { sent: sent.learned.len() as u64, ..Effects::default() };
        for (content, (_, seen)) in &sent.learned {
            let found = self.entries.get(content).copied().unwrap_or(0);
            effects.lost += u64::from(*seen == Answer::Stored && found == 0);
            effects.doubled += found.saturating_sub(1) + u64::from(*seen == Answer::Other && found > 0);
        }
        effects
    }
}

/// Each server must have got one message from the bot, besides the answers to commands.
async fn welcomes(sent: &Sent, control: &Control) -> Result<Effects> {
    let mut effects = Effects::default();
    for guild in &sent.joined {
        let seen = control.get(&format!("/as/{}/guilds/{guild}", example::ADA)).await?;
        let mut found = 0;
        for channel in
            seen["channels"].as_array().into_iter().flatten().filter(|channel| channel["type"] == 0)
        {
            let channel = channel["id"].as_str().context("a channel without an id")?;
            let messages =
                control.get(&format!("/as/{}/channels/{channel}/messages?limit=100", example::ADA)).await?;
            let list = messages.as_array().or_else(|| messages["messages"].as_array());
            let plain = |message: &&Value| message["author"]["bot"] == true && message["type"] == 0;
            found += list.into_iter().flatten().filter(plain).count() as u64;
        }
        effects.sent += 1;
        effects.lost += u64::from(found == 0);
        effects.doubled += found.saturating_sub(1);
    }
    Ok(effects)
}
