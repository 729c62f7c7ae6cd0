//! Removes everything that is kept about a guild, by the inventories: no table can be forgotten.

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

/// The statement for each table, made at its first use. There are as many as tables.
static STATEMENTS: LazyLock<Mutex<HashMap<&'static str, GuildStatement>>> = LazyLock::new(Mutex::default);

/// Removes every row of the guild from the tables of these schemas, those of
/// [`Store::schemas`](crate::Store::schemas); how many went. All or nothing, with the transaction.
pub async fn guild(tx: &mut GuildTx<'_>, schemas: &[Schema]) -> Result<u64, StoreError> {
    let tables = schemas.iter().flat_map(|schema| schema.inventory);
    let mut removed = 0;
    for table in tables.filter(|table| matches!(table.scope, ScopeKind::Guild | ScopeKind::Member)) {
        removed += tx.execute(&delete_from(table.name), params![]).await?;
    }
    Ok(removed)
}

fn delete_from(table: &'static str) -> GuildStatement {
    let mut made = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    *made.entry(table).or_insert_with(|| {
        let sql = format!("DELETE FROM {table} WHERE guild_id = $1");
        // Statements live as long as the program; the names of tables are constants of the program too.
        statement("purge_guild", Box::leak(sql.into_boxed_str()))
    })
}
