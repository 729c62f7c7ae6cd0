//! How much there is: by table, and by guild. Counts what is there, so it takes its time on large databases.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{LazyLock, Mutex, PoisonError},
};

use guildhall_core::id::GuildId;

use crate::{
    catalogue::{ColumnKind, TableInfo},
    error::StoreError,
    operator::OperatorPath,
    params,
    statement::{Gather, OperatorStatement, ScopeKind, operator},
    store::Store,
};

/// How much there is.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// By table, the largest first.
    pub tables: Vec<TableSize>,
    /// By guild, the largest first.
    pub guilds: Vec<GuildSize>,
}

/// One table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TableSize {
    /// Its name.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
    /// What its values take, without indexes: eight bytes for a number, a byte for a character.
    pub bytes: u64,
}

/// One guild, over all tables.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GuildSize {
    /// The guild.
    pub guild: GuildId,
    /// Its rows.
    pub rows: u64,
    /// What their values take.
    pub bytes: u64,
}

/// The statements for each table, made at their first use. There are as many as tables.
static STATEMENTS: LazyLock<Mutex<HashMap<&'static str, (OperatorStatement, OperatorStatement)>>> =
    LazyLock::new(Mutex::default);

/// Counts everything.
pub async fn measure(store: &Store) -> Result<Sizes, StoreError> {
    let mut read = store.read().await?;
    let mut tx = read.operator(OperatorPath::Diagnosis);
    let mut tables = Vec::new();
    let mut guilds: HashMap<GuildId, GuildSize> = HashMap::new();
    for table in store.tables() {
        let (whole, by_guild) = statements(table);
        let row = tx.fetch_one(&whole, params![]).await?;
        tables.push(TableSize { table: table.table.name, rows: row.get("rows")?, bytes: row.get("bytes")? });
        if !matches!(table.table.scope, ScopeKind::Guild | ScopeKind::Member) {
            continue;
        }
        for row in tx.fetch_all(&by_guild, params![]).await? {
            // A row without a guild's id is nobody's, and the health check's business.
            let Ok(guild) = row.get::<GuildId>("guild_id") else { continue };
            let size = guilds.entry(guild).or_insert(GuildSize { guild, rows: 0, bytes: 0 });
            size.rows += row.get::<u64>("rows")?;
            size.bytes += row.get::<u64>("bytes")?;
        }
    }
    tables.sort_by_key(|size| std::cmp::Reverse((size.bytes, size.rows)));
    let mut guilds: Vec<_> = guilds.into_values().collect();
    guilds.sort_by_key(|size| std::cmp::Reverse((size.bytes, size.rows, size.guild)));
    Ok(Sizes { tables, guilds })
}

fn statements(info: &TableInfo) -> (OperatorStatement, OperatorStatement) {
    let mut made = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    *made.entry(info.table.name).or_insert_with(|| {
        let mut width = "0".to_owned();
        for column in &info.columns {
            let _ = match column.kind {
                ColumnKind::Int | ColumnKind::Real => write!(width, " + 8"),
                ColumnKind::Text | ColumnKind::Blob => {
                    write!(width, " + COALESCE(LENGTH({}), 0)", column.name)
                }
            };
        }
        let name = info.table.name;
        let figures =
            format!("COUNT(*) AS rows, CAST(COALESCE(SUM({width}), 0) AS BIGINT) AS bytes FROM {name}");
        let whole: &'static str = Box::leak(format!("SELECT {figures}").into_boxed_str());
        let by_guild: &'static str =
            Box::leak(format!("SELECT guild_id, {figures} GROUP BY guild_id").into_boxed_str());
        (operator("sizes_table", whole).gathered(Gather::Sum), operator("sizes_guilds", by_guild))
    })
}
