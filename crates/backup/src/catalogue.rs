//! The tables of a store, and the statements that read and write any of them. Made from the inventory and
//! the database's own catalogue, so that no table can be forgotten.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

use guildhall_store::{
    ColumnKind, Gather, GuildStatement, OperatorPath, OperatorStatement, ReadTx, Store, UserStatement, guild,
    operator, params, user,
};

use crate::{
    error::BackupError,
    manifest::{ColumnShape, LedgerEntry, TableScope, TableShape},
    state,
};

const LEDGER: OperatorStatement =
    operator("backup_ledger", "SELECT owner, version, checksum FROM schema_ledger ORDER BY owner, version");

/// A table that is backed up.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// As the backup holds it.
    pub(crate) shape: TableShape,
    /// All columns, in the order in which they are read.
    columns: Vec<String>,
    /// Where the owner's id is among them.
    pub(crate) owner: Option<usize>,
    /// Where the columns are that tell the rows of one owner apart.
    pub(crate) key: Vec<usize>,
}

/// The tables of an open store, those first that others refer to, without the one that remembers restores.
pub(crate) fn tables(store: &Store) -> Vec<Source> {
    let mut found: Vec<Source> = store
        .tables()
        .iter()
        .filter(|info| info.table.name != state::TABLE.name)
        .map(|info| {
            let scope = TableScope::from(info.table.scope);
            let place = |wanted: &str| info.columns.iter().position(|column| column.name == wanted);
            let owner = scope.column().and_then(place);
            let shaped = info.columns.iter().filter(|column| scope.column() != Some(column.name.as_str()));
            let shaped = shaped.map(|column| ColumnShape {
                name: column.name.clone(),
                real: column.kind == ColumnKind::Real,
            });
            Source {
                shape: TableShape { name: info.table.name.to_owned(), scope, columns: shaped.collect() },
                columns: info.columns.iter().map(|column| column.name.clone()).collect(),
                owner,
                key: info
                    .key
                    .iter()
                    .filter_map(|name| place(name))
                    .filter(|place| Some(*place) != owner)
                    .collect(),
            }
        })
        .collect();
    // Guilds' rows may refer to others, never the other way round; the order within stays.
    found.sort_by_key(|table| match table.shape.scope {
        TableScope::Global => 0,
        TableScope::User => 1,
        TableScope::Guild => 2,
    });
    found
}

/// The last migration of each owner.
pub(crate) async fn ledger(tx: &mut ReadTx) -> Result<Vec<LedgerEntry>, BackupError> {
    let rows = tx.operator(OperatorPath::Backup).fetch_all(&LEDGER, params![]).await?;
    let mut entries: Vec<LedgerEntry> = Vec::new();
    for row in rows {
        let entry = LedgerEntry {
            owner: row.get("owner")?,
            version: row.get("version")?,
            checksum: row.get("checksum")?,
        };
        if entries.last().is_some_and(|last| last.owner == entry.owner) {
            entries.pop();
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Statements live as long as the program; there are a handful for each table.
fn lasting(sql: String) -> &'static str {
    static MADE: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = made.get(sql.as_str()) {
        return known;
    }
    let sql: &'static str = Box::leak(sql.into_boxed_str());
    made.insert(sql);
    sql
}

/// A statement for the scope of its table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scoped {
    Guild(GuildStatement),
    User(UserStatement),
    Global(OperatorStatement),
}

impl Source {
    fn scoped(&self, name: &'static str, sql: String) -> Scoped {
        let sql = lasting(sql);
        match self.shape.scope {
            TableScope::Guild => Scoped::Guild(guild(name, sql)),
            TableScope::User => Scoped::User(user(name, sql)),
            TableScope::Global => Scoped::Global(operator(name, sql)),
        }
    }

    /// A page of one owner's rows, from the first or after the row with a key. Takes the key, then how many.
    pub(crate) fn page(&self, after: bool) -> Scoped {
        let bound = usize::from(self.owner.is_some());
        let key: Vec<&str> = self.key.iter().map(|place| self.columns[*place].as_str()).collect();
        let mut conditions: Vec<String> =
            self.shape.scope.column().map(|owner| format!("{owner} = $1")).into_iter().collect();
        let mut last = bound;
        if after {
            let marks: Vec<String> = (1..=key.len()).map(|number| format!("${}", bound + number)).collect();
            last += key.len();
            conditions.push(format!("({}) > ({})", key.join(", "), marks.join(", ")));
        }
        let filter = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        let order = if key.is_empty() { String::new() } else { format!(" ORDER BY {}", key.join(", ")) };
        let (columns, table) = (self.columns.join(", "), &self.shape.name);
        self.scoped(
            "backup_page",
            format!("SELECT {columns} FROM {table}{filter}{order} LIMIT ${}", last + 1),
        )
    }

    /// A page of the ids of owners after one.
    pub(crate) fn owners(&self) -> Option<OperatorStatement> {
        let (table, owner) = (&self.shape.name, self.shape.scope.column()?);
        let sql = format!(
            "SELECT DISTINCT {owner} AS owner FROM {table} WHERE {owner} > $1 ORDER BY {owner} LIMIT $2"
        );
        Some(operator("backup_owners", lasting(sql)).gathered(Gather::Pages))
    }

    /// Puts rows in, in the order of the columns of the shape.
    pub(crate) fn insert(&self, rows: usize) -> Scoped {
        let owner = self.shape.scope.column();
        let bound = usize::from(owner.is_some());
        let width = self.shape.columns.len();
        let names = self.shape.columns.iter().map(|column| column.name.as_str());
        let names: Vec<&str> = owner.into_iter().chain(names).collect();
        let row = |index: usize| {
            let marks = (0..width).map(|place| format!("${}", bound + index * width + place + 1));
            let marks: Vec<String> = owner.map(|_| "$1".to_owned()).into_iter().chain(marks).collect();
            format!("({})", marks.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        let sql =
            format!("INSERT INTO {} ({}) VALUES {}", self.shape.name, names.join(", "), rows.join(", "));
        self.scoped("backup_insert", sql)
    }

    /// Removes the rows of one guild.
    pub(crate) fn clear_guild(&self) -> GuildStatement {
        guild("backup_clear_guild", lasting(format!("DELETE FROM {} WHERE guild_id = $1", self.shape.name)))
    }

    /// Removes every row.
    pub(crate) fn clear(&self) -> OperatorStatement {
        operator("backup_clear", lasting(format!("DELETE FROM {}", self.shape.name)))
    }

    /// Whether there is any row.
    pub(crate) fn any(&self) -> OperatorStatement {
        operator(
            "backup_any",
            lasting(format!("SELECT CAST(1 AS BIGINT) AS one FROM {} LIMIT 1", self.shape.name)),
        )
    }
}
