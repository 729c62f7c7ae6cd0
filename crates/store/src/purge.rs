//! Removes everything that is kept about a guild, by the inventories: no table can be forgotten. In parts,
//! so that a guild with much data does not hold the writer for long.

use crate::{
    derived,
    error::StoreError,
    inventory::{Person, Table},
    params,
    schema::Schema,
    statement::guild as statement,
    transaction::GuildTx,
};

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
    let mut removed = 0;
    for table in tables(schemas, last) {
        let left = u64::from(limit).saturating_sub(removed);
        if left == 0 {
            break;
        }
        removed += from(tx, table, left).await?;
    }
    Ok(removed)
}

/// Removes up to `limit` rows of the guild from one table.
pub(crate) async fn from(tx: &mut GuildTx<'_>, table: &'static Table, limit: u64) -> Result<u64, StoreError> {
    let make = || derived::delete(table, "guild_id = $1", 2);
    let delete = statement("purge_guild", derived::text("purge_guild", table.name, make));
    tx.execute(&delete, params![limit]).await
}

/// The tables with rows of guilds. What is made from other rows goes before those, because they would take
/// it with them, all at once.
pub(crate) fn tables(schemas: &[Schema], last: &str) -> Vec<&'static Table> {
    let tables = schemas.iter().flat_map(|schema| schema.inventory);
    let mut tables: Vec<_> = tables.filter(|table| table.of_guild()).collect();
    tables.sort_by_key(|table| (table.name == last, !matches!(table.person, Person::DerivedFrom { .. })));
    tables
}
