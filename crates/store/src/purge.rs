//! Removes everything that is kept about a guild, by the inventories: no table can be forgotten. In parts,
//! so that a guild with much data does not hold the writer for long.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use crate::{
    error::StoreError,
    params,
    schema::Schema,
    statement::{GuildStatement, ScopeKind, guild as statement},
    transaction::GuildTx,
};

/// The statement for each table and kind of database, made at its first use.
static STATEMENTS: LazyLock<Mutex<HashMap<(&'static str, &'static str), GuildStatement>>> =
    LazyLock::new(Mutex::default);

/// Removes up to `limit` rows of the guild from the tables of these schemas, those of
/// [`Store::schemas`](crate::Store::schemas); how many went. Call it again, in a transaction of its own,
/// while it gives `limit`. The table named `last` is emptied after all others: where it says that the guild
/// is to be removed, a run that was cut short is taken up again.
pub async fn some(
    tx: &mut GuildTx<'_>,
    schemas: &[Schema],
    last: &str,
    limit: u32,
) -> Result<u64, StoreError> {
    let tables = schemas.iter().flat_map(|schema| schema.inventory);
    let mut tables: Vec<_> =
        tables.filter(|table| matches!(table.scope, ScopeKind::Guild | ScopeKind::Member)).collect();
    tables.sort_by_key(|table| table.name == last);
    let mut removed = 0;
    for table in tables {
        let left = u64::from(limit).saturating_sub(removed);
        if left == 0 {
            break;
        }
        removed += tx.execute(&delete_from(table.name, tx.row_name()), params![left]).await?;
    }
    Ok(removed)
}

fn delete_from(table: &'static str, row: &'static str) -> GuildStatement {
    let mut made = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    *made.entry((table, row)).or_insert_with(|| {
        let sql = format!(
            "DELETE FROM {table} WHERE guild_id = $1
             AND {row} IN (SELECT {row} FROM {table} WHERE guild_id = $1 LIMIT $2)"
        );
        // Statements live as long as the program; the names of tables are constants of the program too.
        statement("purge_guild", Box::leak(sql.into_boxed_str()))
    })
}
