//! The tables of a store, and the statements that read and write any of them. Made from the inventory and
//! the database's own catalogue, so that no table can be forgotten.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

use guildhall_store::{
    GuildStatement, OperatorPath, OperatorStatement, ReadTx, Schema, UserStatement, guild, operator, params,
    user,
};

use crate::{
    error::BackupError,
    manifest::{ColumnShape, LedgerEntry, TableScope, TableShape},
    state,
};

const COLUMNS: OperatorStatement = operator(
    "backup_columns",
    "SELECT t.name AS table_name, c.name AS column_name, c.type AS kind, c.pk AS key_position
     FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name, c.cid",
);

const REFERENCES: OperatorStatement = operator(
    "backup_references",
    "SELECT DISTINCT t.name AS table_name, f.\"table\" AS target
     FROM sqlite_schema AS t JOIN pragma_foreign_key_list(t.name) AS f WHERE t.type = 'table'",
);

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

/// The tables of an open store, referenced ones first, without the one that remembers restores.
pub(crate) async fn tables(tx: &mut ReadTx, schemas: &[Schema]) -> Result<Vec<Source>, BackupError> {
    let mut tx = tx.operator(OperatorPath::Backup);
    let columns = tx.fetch_all(&COLUMNS, params![]).await?;
    let references = tx.fetch_all(&REFERENCES, params![]).await?;
    let mut found = Vec::new();
    for table in schemas.iter().flat_map(|schema| schema.inventory) {
        if table.name == state::TABLE.name {
            continue;
        }
        let scope = TableScope::from(table.scope);
        let (mut names, mut shape, mut key) = (Vec::new(), Vec::new(), Vec::new());
        for row in &columns {
            if row.get::<String>("table_name")? != table.name {
                continue;
            }
            let name: String = row.get("column_name")?;
            let position: u32 = row.get("key_position")?;
            if scope.column() != Some(name.as_str()) {
                if position > 0 {
                    key.push((position, names.len()));
                }
                let real = row.get::<String>("kind")?.to_ascii_uppercase().contains("DOUB");
                shape.push(ColumnShape { name: name.clone(), real });
            }
            names.push(name);
        }
        key.sort_unstable();
        let owner = scope.column().and_then(|wanted| names.iter().position(|name| name == wanted));
        found.push(Source {
            shape: TableShape { name: table.name.to_owned(), scope, columns: shape },
            columns: names,
            owner,
            key: key.into_iter().map(|(_, place)| place).collect(),
        });
    }
    let references: Vec<(String, String)> = references
        .iter()
        .map(|row| Ok((row.get("table_name")?, row.get("target")?)))
        .collect::<Result<_, BackupError>>()?;
    Ok(referenced_first(found, &references))
}

/// Referenced tables before those that refer to them; global ones first of all, then users', then guilds'.
fn referenced_first(mut left: Vec<Source>, references: &[(String, String)]) -> Vec<Source> {
    left.sort_by_key(|table| match table.shape.scope {
        TableScope::Global => 0,
        TableScope::User => 1,
        TableScope::Guild => 2,
    });
    let mut sorted: Vec<Source> = Vec::new();
    while !left.is_empty() {
        let waits = |table: &Source| {
            references.iter().any(|(from, to)| {
                *from == table.shape.name && from != to && left.iter().any(|other| other.shape.name == *to)
            })
        };
        // Tables that refer to each other in a ring have no order; the first is as good as any.
        let next = left.iter().position(|table| !waits(table)).unwrap_or(0);
        sorted.push(left.remove(next));
    }
    sorted
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
        Some(operator("backup_owners", lasting(sql)))
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
        operator("backup_any", lasting(format!("SELECT 1 AS one FROM {} LIMIT 1", self.shape.name)))
    }
}
