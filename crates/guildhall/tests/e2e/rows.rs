//! What the bot's database holds, read while the bot does not run.

use std::{path::Path, sync::Arc};

use guildhall_core::clock::SystemClock;
use guildhall_core::id::GuildId;
use guildhall_framework::Registry;
use guildhall_store::{OperatorPath, OperatorStatement, Row, Store, StoreOptions, operator, params};

const SERVERS: OperatorStatement = operator(
    "e2e_servers",
    "SELECT guild_id, CASE WHEN left_at IS NULL THEN 0 ELSE 1 END AS gone FROM server",
);

const ENTRIES: OperatorStatement =
    operator("e2e_entries", "SELECT content, COUNT(*) AS copies FROM knowledge_entry GROUP BY content");

const GAPS: OperatorStatement = operator("e2e_gaps", "SELECT COUNT(*) AS gaps FROM gap");

/// A guild that the bot knows of.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Known {
    pub(crate) guild: u64,
    /// Whether the bot has left it.
    pub(crate) left: bool,
}

/// The guilds that the bot knows of.
pub(crate) async fn guilds(data: &Path) -> Vec<Known> {
    let known = |row: &Row| Known {
        guild: row.get::<GuildId>("guild_id").unwrap().get(),
        left: row.get::<i64>("gone").unwrap() == 1,
    };
    all(data, &SERVERS).await.iter().map(known).collect()
}

/// Every text that was taught, and how often it is there.
pub(crate) async fn entries(data: &Path) -> Vec<(String, i64)> {
    let entry = |row: &Row| (row.get("content").unwrap(), row.get("copies").unwrap());
    all(data, &ENTRIES).await.iter().map(entry).collect()
}

/// How many stretches of events were lost.
pub(crate) async fn gaps(data: &Path) -> i64 {
    all(data, &GAPS).await[0].get("gaps").unwrap()
}

async fn all(data: &Path, statement: &OperatorStatement) -> Vec<Row> {
    let registry = Registry::new(guildhall_features::all()).unwrap();
    let schemas = [
        vec![guildhall_runtime::store::SCHEMA, guildhall_backup::SCHEMA, guildhall_import::SCHEMA],
        registry.schemas(),
    ]
    .concat();
    let options = StoreOptions::new(data.join(format!("bot-{}.db", guildhall_sandbox::example::APPLICATION)));
    let store = Store::open(options, &schemas, Arc::new(SystemClock)).await.unwrap();
    let mut read = store.read().await.unwrap();
    let rows = read.operator(OperatorPath::Diagnosis).fetch_all(statement, params![]).await.unwrap();
    drop(read);
    store.close().await;
    rows
}
