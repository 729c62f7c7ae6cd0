//! Removes rows whose time is over, by the inventories, in bounded batches. How long a class of data stays is
//! each guild's choice: settings of the feature [`SETTING`], one for each [`Class`].

use std::time::Duration;

use guildhall_core::{clock::Timestamp, id::GuildId, scope::GuildScope};

use crate::{
    derived, erase,
    error::StoreError,
    inventory::{Class, Person, Retention, Table},
    operator::OperatorPath,
    params,
    platform::setting,
    statement::{Gather, guild as guild_statement, operator},
    store::Store,
    transaction::{GuildTx, ReadTx},
};

/// Rows that one transaction removes at the most.
pub const BATCH: u32 = 5_000;
/// The feature under whose name guilds keep their choices; the key is the name of the class, the value the
/// number of days, or `null` for good.
pub const SETTING: &str = "retention";
/// The longest time that a guild can choose, but for good.
pub const LONGEST_DAYS: u32 = 3_650;
/// Guilds that are looked up at once.
const GUILDS: u32 = 500;

/// How many rows of a table are concerned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Outdated {
    /// The table.
    pub table: &'static str,
    /// The class, where guilds choose.
    pub class: Option<Class>,
    /// The rows.
    pub rows: u64,
}

/// Whether the table is looked at, by a time of its own or by the choice of guilds.
pub fn applies(table: &Table) -> bool {
    rule(table).is_some()
}

/// Removes everything whose time is over at `now`. Interrupted, it has removed whole batches.
pub async fn run(store: &Store, now: Timestamp) -> Result<Vec<Outdated>, StoreError> {
    let mut all = Vec::new();
    for table in erase::tables(store.schemas()) {
        let Some(rule) = rule(table) else { continue };
        let rows = match rule.class {
            None => everywhere(store, table, &rule, now).await?,
            Some(class) => of_class(store, table, &rule, class, now).await?,
        };
        all.push(Outdated { table: table.name, class: rule.class, rows });
    }
    Ok(all)
}

/// What a run would remove in one guild, by what it has chosen. `chosen` may name a class with another number
/// of days, to see what a change would do.
pub async fn preview(
    tx: &mut GuildTx<'_>,
    tables: impl Iterator<Item = &'static Table>,
    chosen: Option<(Class, Option<u32>)>,
    now: Timestamp,
) -> Result<Vec<Outdated>, StoreError> {
    let mut all = Vec::new();
    for table in tables.filter(|table| table.of_guild()) {
        let Some(rule) = rule(table) else { continue };
        let Some(class) = rule.class else { continue };
        let days = match chosen {
            Some((other, days)) if other == class => days,
            _ => days(tx, class).await?,
        };
        let mut rows = 0;
        if let Some(days) = days {
            let condition = format!("guild_id = $1 AND {} < $2", rule.column);
            let text = derived::text("retention_count", table.name, || derived::count(table, &condition));
            let before = params![before(now, days)];
            rows = tx.fetch_one(&guild_statement("retention_count", text), before).await?.get("found")?;
        }
        all.push(Outdated { table: table.name, class: Some(class), rows });
    }
    Ok(all)
}

/// What a run would remove in all guilds and beyond them.
pub async fn preview_all(store: &Store, now: Timestamp) -> Result<Vec<Outdated>, StoreError> {
    let mut all = Vec::new();
    let mut read = store.read().await?;
    for table in erase::tables(store.schemas()) {
        let Some(rule) = rule(table) else { continue };
        let mut rows: u64 = 0;
        match rule.class {
            None => {
                let condition = rule.condition();
                let text = derived::text("retention_all", table.name, || derived::count(table, &condition));
                let statement = operator("retention_count", text).gathered(Gather::Sum);
                let row = read
                    .operator(OperatorPath::Retention)
                    .fetch_one(&statement, params![now - rule.time])
                    .await?;
                rows = row.get("found")?;
            }
            Some(class) => {
                for guild in concerned(&mut read, table, &rule, class, now).await? {
                    let tables = std::iter::once(table);
                    let found = preview(&mut read.guild(GuildScope(guild)), tables, None, now).await?;
                    rows += found.iter().map(|found| found.rows).sum::<u64>();
                }
            }
        }
        all.push(Outdated { table: table.name, class: rule.class, rows });
    }
    Ok(all)
}

/// The days that the guild has chosen for the class, or the default; `None` for good.
pub async fn days(tx: &mut GuildTx<'_>, class: Class) -> Result<Option<u32>, StoreError> {
    let chosen = setting::get(tx, SETTING, class.name).await?;
    Ok(chosen.map_or(class.days, |value| parse(&value)))
}

/// Stores a guild's choice.
pub async fn choose(
    tx: &mut GuildTx<'_>,
    class: Class,
    days: Option<u32>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let value = days.map_or_else(|| "null".to_owned(), |days| days.to_string());
    setting::set(tx, SETTING, class.name, &value, now).await
}

/// What cannot be read counts as for good: nothing is removed by mistake.
fn parse(value: &str) -> Option<u32> {
    value.parse().ok().filter(|days| (1..=LONGEST_DAYS).contains(days))
}

/// The rule that a table's rows go by.
struct Rule {
    column: &'static str,
    only: Option<&'static str>,
    time: Duration,
    class: Option<Class>,
}

impl Rule {
    /// Holds for rows from before `$1`.
    fn condition(&self) -> String {
        let only = self.only.map(|only| format!("{only} AND ")).unwrap_or_default();
        format!("{only}{} < $1", self.column)
    }
}

fn rule(table: &Table) -> Option<Rule> {
    let (column, only, hours, class) = match table.retention {
        Retention::WithOwner | Retention::Permanent => return None,
        Retention::UntilDone { column, failed, failed_days } => {
            (column, Some(failed), 24 * failed_days, None)
        }
        Retention::Hours { column, hours } => (column, None, hours, None),
        Retention::Days { column, days } => (column, None, 24 * days, None),
        Retention::Class { class, column } => (column, None, 0, Some(class)),
    };
    Some(Rule { column, only, time: Duration::from_hours(hours.into()), class })
}

/// The time that many days before `now`; what is older goes.
pub fn before(now: Timestamp, days: u32) -> Timestamp {
    now - Duration::from_hours(24 * u64::from(days))
}

async fn everywhere(
    store: &Store,
    table: &'static Table,
    rule: &Rule,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let make = || derived::delete(table, &rule.condition(), 2);
    let delete = operator("retention_remove", derived::text("retention", table.name, make));
    let mut gone = 0;
    loop {
        let mut write = store.write().await?;
        let values = params![now - rule.time, BATCH];
        let rows = write.operator(OperatorPath::Retention).execute(&delete, values).await?;
        write.commit().await?;
        gone += rows;
        if rows < u64::from(BATCH) {
            return Ok(gone);
        }
    }
}

/// Guild by guild, each by its own choice, and only those that have something to remove.
async fn of_class(
    store: &Store,
    table: &'static Table,
    rule: &Rule,
    class: Class,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut read = store.read().await?;
    let guilds = concerned(&mut read, table, rule, class, now).await?;
    drop(read);
    let make = || derived::delete(table, &format!("guild_id = $1 AND {} < $2", rule.column), 3);
    let delete = guild_statement("retention_remove", derived::text("retention_guild", table.name, make));
    let counted = erase::tables(store.schemas())
        .any(|other| matches!(other.person, Person::Aggregate { of, .. } if of == table.name));
    let limit = erase::batch(store.schemas(), table).max(if counted { 0 } else { BATCH.into() });
    let mut gone = 0;
    for guild in guilds {
        loop {
            let mut write = store.write().await?;
            let mut tx = write.guild(GuildScope(guild));
            // Looked up in this transaction: the guild may have chosen anew.
            let Some(days) = days(&mut tx, class).await? else { break };
            let rows = tx.execute(&delete, params![before(now, days), limit]).await?;
            if counted && rows < limit {
                erase::recompute(&mut tx, store.schemas()).await?;
            }
            write.commit().await?;
            gone += rows;
            if rows < limit {
                break;
            }
        }
    }
    Ok(gone)
}

/// The guilds that have rows of the table beyond the shortest time that any of them has chosen, or that holds
/// for those that have chosen nothing.
async fn concerned(
    read: &mut ReadTx,
    table: &'static Table,
    rule: &Rule,
    class: Class,
    now: Timestamp,
) -> Result<Vec<GuildId>, StoreError> {
    let chosen = setting::chosen(&mut read.operator(OperatorPath::Retention), SETTING, class.name).await?;
    let chosen: std::collections::BTreeMap<GuildId, Option<u32>> =
        chosen.into_iter().map(|(guild, value)| (guild, parse(&value))).collect();
    let shortest = chosen.values().copied().chain([class.days]).flatten().min();
    let Some(shortest) = shortest else { return Ok(Vec::new()) };
    let make = || {
        let (name, column) = (table.name, rule.column);
        format!(
            "SELECT guild_id, MIN({column}) AS oldest FROM {name} WHERE {column} < $2 AND guild_id > $1
             GROUP BY guild_id ORDER BY guild_id LIMIT $3"
        )
    };
    let text = derived::text("retention_guilds", table.name, make);
    let find = operator("retention_guilds", text).gathered(Gather::Pages);
    let (mut found, mut last) = (Vec::new(), 0_i64);
    loop {
        let mut tx = read.operator(OperatorPath::Retention);
        let rows = tx.fetch_all(&find, params![last, before(now, shortest), GUILDS]).await?;
        let Some(end) = rows.last() else { return Ok(found) };
        last = end.get("guild_id")?;
        for row in &rows {
            let (guild, oldest): (GuildId, Timestamp) = (row.get("guild_id")?, row.get("oldest")?);
            let days = chosen.get(&guild).copied().unwrap_or(class.days);
            if days.is_some_and(|days| oldest < before(now, days)) {
                found.push(guild);
            }
        }
    }
}
