//! Erases what the inventories find of a user, a member or a guild: in batches, each in a transaction of its
//! own, so that nobody waits long for the writer. The tombstone comes first. An erasure that is cut short
//! goes on where it was: [`resume`] takes up what has a tombstone and no end.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_core::{
    clock::Timestamp,
    id::{GuildId, UserId},
    scope::{GuildScope, UserScope},
};

use crate::{
    derived,
    error::StoreError,
    inventory::{Person, Table},
    operator::OperatorPath,
    params, purge,
    schema::Schema,
    statement::{Gather, ScopeKind, guild as guild_statement, operator, user as user_statement},
    store::Store,
    subject::{Reason, Subject},
    tombstone::{self, Journal, Tombstone},
    transaction::{GuildTx, UserTx},
};

/// Rows that one transaction erases at the most.
pub const BATCH: u32 = 1_000;
/// Guilds that are looked up at once.
const GUILDS: u32 = 500;
/// Rows with others that go with them are erased in smaller batches by this factor: an entry of the
/// knowledge takes its index along.
const WITH_DEPENDANTS: u64 = 10;

/// How many rows were erased, by table.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Erased(BTreeMap<&'static str, u64>);

impl Erased {
    /// Each table with how many of its rows.
    pub fn tables(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.0.iter().map(|(table, rows)| (*table, *rows))
    }

    /// All rows together.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    fn add(&mut self, table: &'static str, rows: u64) {
        if rows > 0 {
            *self.0.entry(table).or_default() += rows;
        }
    }

    fn extend(&mut self, other: &Self) {
        for (table, rows) in other.tables() {
            self.add(table, rows);
        }
    }
}

/// Erases, from the tombstone to the last row. What the subject does after `now` is not meant, but rows that
/// come while this runs go, too.
pub async fn run(
    store: &Store,
    journal: &Journal,
    subject: Subject,
    reason: Reason,
    now: Timestamp,
) -> Result<Erased, StoreError> {
    let tombstone = Tombstone { subject, erased_at: now, reason };
    journal.add(tombstone).await?;
    one(store, &tombstone, now).await
}

/// Ends what was cut short, and does what only the journal knows of, because the database is an older copy.
/// To be called before the bot takes up its work.
pub async fn resume(store: &Store, journal: &Journal, now: Timestamp) -> Result<Erased, StoreError> {
    let written = journal.read().await?;
    let mut read = store.read().await?;
    let mut tx = read.operator(OperatorPath::Privacy);
    let known = tombstone::since(&mut tx, Timestamp(i64::MIN)).await?;
    let mut open = tombstone::unfinished(&mut tx).await?;
    drop(read);
    open.extend(written.iter().filter(|tombstone| !known.contains(tombstone)));
    for tombstone in known.iter().filter(|tombstone| !written.contains(tombstone)) {
        journal.add(*tombstone).await?;
    }
    journal.compact(now).await?;
    replay(store, &open, now).await
}

/// Erases again what these tombstones say, for a database that was restored from before them. Doing it twice
/// changes nothing.
pub async fn replay(store: &Store, tombstones: &[Tombstone], now: Timestamp) -> Result<Erased, StoreError> {
    let mut erased = Erased::default();
    for tombstone in tombstones {
        erased.extend(&one(store, tombstone, now).await?);
    }
    Ok(erased)
}

/// How many rows an erasure would take, by table, now.
pub async fn preview(store: &Store, subject: Subject, reason: Reason) -> Result<Erased, StoreError> {
    let mut found = Erased::default();
    let mut read = store.read().await?;
    if let Some(user) = subject.user() {
        for guild in guilds(store, subject, reason).await? {
            let mut tx = read.guild(GuildScope(guild));
            for (table, condition) in member_steps(store.schemas(), reason).filter(|(_, step)| !step.loose) {
                let text =
                    derived::text(condition.count, table.name, || derived::count(table, &condition.text));
                let row = tx.fetch_one(&guild_statement("privacy_count", text), params![user]).await?;
                found.add(table.name, row.get("found")?);
            }
        }
    }
    match subject {
        Subject::User(user) => {
            let mut tx = read.user(UserScope(user));
            for table in user_tables(store.schemas(), reason) {
                let text = derived::text("count_user", table.name, || derived::count(table, "user_id = $1"));
                let row = tx.fetch_one(&user_statement("privacy_count", text), params![]).await?;
                found.add(table.name, row.get("found")?);
            }
        }
        Subject::Guild(guild) => {
            let mut tx = read.guild(GuildScope(guild));
            for table in guild_tables(store.schemas()) {
                let text =
                    derived::text("count_guild", table.name, || derived::count(table, "guild_id = $1"));
                let row = tx.fetch_one(&guild_statement("privacy_count", text), params![]).await?;
                found.add(table.name, row.get("found")?);
            }
        }
        Subject::Member(..) => {}
    }
    Ok(found)
}

async fn one(store: &Store, tombstone: &Tombstone, now: Timestamp) -> Result<Erased, StoreError> {
    let mut write = store.write().await?;
    tombstone::write(&mut write.operator(OperatorPath::Privacy), tombstone).await?;
    write.commit().await?;
    let (subject, reason) = (tombstone.subject, tombstone.reason);
    let mut erased = Erased::default();
    match subject {
        Subject::Member(guild, user) => erase_member(store, guild, user, reason, &mut erased).await?,
        Subject::Guild(guild) => erase_guild(store, guild, &mut erased).await?,
        Subject::User(user) => {
            // Again until nothing is found: somebody may write meanwhile.
            loop {
                let guilds = guilds(store, subject, reason).await?;
                if guilds.is_empty() {
                    break;
                }
                for guild in guilds {
                    erase_member(store, guild, user, reason, &mut erased).await?;
                }
            }
            erase_user(store, user, reason, &mut erased).await?;
        }
    }
    let mut write = store.write().await?;
    tombstone::finish(&mut write.operator(OperatorPath::Privacy), tombstone, now).await?;
    write.commit().await?;
    // The words that went may still stand in what was written before they went.
    store.flush().await?;
    Ok(erased)
}

/// The guilds that hold something of the user.
pub async fn guilds(
    store: &Store,
    subject: Subject,
    reason: Reason,
) -> Result<BTreeSet<GuildId>, StoreError> {
    let user = match subject {
        Subject::Guild(_) => return Ok(BTreeSet::new()),
        Subject::Member(guild, _) => return Ok(BTreeSet::from([guild])),
        Subject::User(user) => user,
    };
    let mut found = BTreeSet::new();
    for table in tables(store.schemas()).filter(|table| meant(table, reason)) {
        let Some(text) = derived::guilds_of(table) else { continue };
        let text = derived::text("guilds", table.name, || text);
        let statement = operator("privacy_guilds", text).gathered(Gather::Pages);
        let mut last = 0_i64;
        loop {
            let mut read = store.read().await?;
            let mut tx = read.operator(OperatorPath::Privacy);
            let rows = tx.fetch_all(&statement, params![last, user, GUILDS]).await?;
            let Some(end) = rows.last() else { break };
            last = end.get("guild_id")?;
            for row in &rows {
                found.insert(row.get("guild_id")?);
            }
        }
    }
    Ok(found)
}

/// One table's part of the erasure of a member.
struct Step {
    text: String,
    loose: bool,
    /// The purposes of its statements.
    count: &'static str,
    delete: &'static str,
}

/// What goes with a member: first the rows that are nobody's in particular, while the member's own still show
/// that the guild is concerned; then what is made from other rows, so that those do not take it along all
/// at once; then the member's own.
fn member_steps(schemas: &[Schema], reason: Reason) -> impl Iterator<Item = (&'static Table, Step)> {
    let mut steps = Vec::new();
    for schema in schemas {
        for table in schema.inventory.iter().filter(|table| table.of_guild() && meant(table, reason)) {
            if let Some(text) = derived::loose(table) {
                steps.push((table, Step { text, loose: true, count: "count_loose", delete: "erase_loose" }));
            }
            if let Some(text) = derived::of_member(table, schema.inventory) {
                let step = Step { text, loose: false, count: "count_member", delete: "erase_member" };
                steps.push((table, step));
            }
        }
    }
    steps.sort_by_key(|(table, step)| (!step.loose, !matches!(table.person, Person::DerivedFrom { .. })));
    steps.into_iter()
}

async fn erase_member(
    store: &Store,
    guild: GuildId,
    user: UserId,
    reason: Reason,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    for (table, step) in member_steps(store.schemas(), reason) {
        let limit = batch(store.schemas(), table);
        let number = if step.loose { 2 } else { 3 };
        let text = derived::text(step.delete, table.name, || derived::delete(table, &step.text, number));
        let delete = guild_statement("privacy_erase", text);
        let values = || if step.loose { params![limit] } else { params![user, limit] };
        loop {
            let mut write = store.write().await?;
            let rows = write.guild(GuildScope(guild)).execute(&delete, values()).await?;
            write.commit().await?;
            erased.add(table.name, rows);
            if rows < limit {
                break;
            }
        }
    }
    // Also where this run took nothing: an earlier one may have been cut short before this.
    let mut write = store.write().await?;
    recompute(&mut write.guild(GuildScope(guild)), store.schemas()).await?;
    write.commit().await
}

async fn erase_guild(store: &Store, guild: GuildId, erased: &mut Erased) -> Result<(), StoreError> {
    for table in guild_tables(store.schemas()) {
        let limit = batch(store.schemas(), table);
        loop {
            let mut write = store.write().await?;
            let rows = purge::from(&mut write.guild(GuildScope(guild)), table, limit).await?;
            write.commit().await?;
            erased.add(table.name, rows);
            if rows < limit {
                break;
            }
        }
    }
    Ok(())
}

async fn erase_user(
    store: &Store,
    user: UserId,
    reason: Reason,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    for table in user_tables(store.schemas(), reason) {
        loop {
            let mut write = store.write().await?;
            let rows = delete_of_user(&mut write.user(UserScope(user)), table).await?;
            write.commit().await?;
            erased.add(table.name, rows);
            if rows < u64::from(BATCH) {
                break;
            }
        }
    }
    Ok(())
}

async fn delete_of_user(tx: &mut UserTx<'_>, table: &'static Table) -> Result<u64, StoreError> {
    let make = || derived::delete(table, "user_id = $1", 2);
    let delete = user_statement("privacy_erase", derived::text("erase_user", table.name, make));
    tx.execute(&delete, params![BATCH]).await
}

/// Brings what counts other tables up to date.
pub(crate) async fn recompute(tx: &mut GuildTx<'_>, schemas: &[Schema]) -> Result<(), StoreError> {
    for table in tables(schemas) {
        if let Person::Aggregate { recompute, .. } = &table.person {
            tx.execute(recompute, params![]).await?;
        }
    }
    Ok(())
}

/// Rows that one transaction takes from the table.
pub(crate) fn batch(schemas: &[Schema], table: &Table) -> u64 {
    let source = |other: &&Table| matches!(other.person, Person::DerivedFrom { table: source, .. } if source == table.name);
    let limit = u64::from(BATCH);
    if tables(schemas).any(|other| source(&other)) { limit / WITH_DEPENDANTS } else { limit }
}

pub(crate) fn tables(schemas: &[Schema]) -> impl Iterator<Item = &'static Table> {
    schemas.iter().flat_map(|schema| schema.inventory)
}

/// Whether an erasure of a person for this reason concerns the table.
const fn meant(table: &Table, reason: Reason) -> bool {
    !matches!(table.person, Person::Wish(_)) || matches!(reason, Reason::AccountDeleted)
}

fn user_tables(schemas: &[Schema], reason: Reason) -> impl Iterator<Item = &'static Table> {
    tables(schemas).filter(move |table| table.scope == ScopeKind::User && meant(table, reason))
}

/// Everything of a guild but what Discord tells anew by itself.
fn guild_tables(schemas: &[Schema]) -> impl Iterator<Item = &'static Table> {
    purge::tables(schemas, "").into_iter().filter(|table| !matches!(table.person, Person::Mirror))
}
