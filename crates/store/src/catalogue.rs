//! The tables as the database itself describes them, joined with what the inventory says: what generic work
//! such as export, erasure and backup is made from.

use std::collections::BTreeMap;

use crate::{
    backend::Backend,
    error::StoreError,
    inventory::Table,
    operator::OperatorPath,
    params,
    schema::Schema,
    statement::{OperatorStatement, operator},
    transaction::ReadTx,
};

/// One table of the inventory that exists.
#[derive(Clone, Debug)]
pub struct TableInfo {
    /// Whose it is.
    pub owner: &'static str,
    /// What the inventory says.
    pub table: &'static Table,
    /// Its columns in order.
    pub columns: Vec<ColumnInfo>,
    /// The columns of its primary key in order.
    pub key: Vec<String>,
    /// Its foreign keys.
    pub references: Vec<Reference>,
}

/// One column.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether it may hold nothing.
    pub nullable: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ColumnKind {
    /// Whole numbers.
    Int,
    /// Fractions.
    Real,
    /// Words.
    Text,
    /// Bytes.
    Blob,
}

/// One foreign key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reference {
    /// The columns here.
    pub columns: Vec<String>,
    /// The table that they refer to.
    pub table: String,
    /// The columns there.
    pub parents: Vec<String>,
}

impl TableInfo {
    /// The names of its columns, as a list in SQL.
    pub fn column_list(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
        names.join(", ")
    }
}

struct Questions {
    columns: OperatorStatement,
    references: OperatorStatement,
}

const SQLITE: Questions = Questions {
    columns: operator(
        "catalogue_columns",
        "SELECT t.name AS table_name, c.name AS column_name, c.type AS type, c.pk AS key_position,
             c.\"notnull\" AS required
         FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
         WHERE t.type = 'table' ORDER BY t.name, c.cid",
    ),
    references: operator(
        "catalogue_references",
        "SELECT t.name AS table_name, f.id AS number, f.\"table\" AS parent_table,
             f.\"from\" AS column_name, COALESCE(f.\"to\", '') AS parent_column
         FROM sqlite_schema AS t JOIN pragma_foreign_key_list(t.name) AS f
         WHERE t.type = 'table' ORDER BY t.name, f.id, f.seq",
    ),
};

const POSTGRES: Questions = Questions {
    columns: operator(
        "catalogue_columns",
        "SELECT CAST(c.relname AS TEXT) AS table_name, CAST(a.attname AS TEXT) AS column_name,
             pg_catalog.format_type(a.atttypid, NULL) AS type,
             CAST(COALESCE(array_position(i.indkey::int2[], a.attnum) + 1, 0) AS BIGINT) AS key_position,
             CAST(CASE WHEN a.attnotnull THEN 1 ELSE 0 END AS BIGINT) AS required
         FROM pg_catalog.pg_class AS c
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         LEFT JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
         WHERE c.relnamespace = pg_catalog.to_regnamespace(current_schema()::text) AND c.relkind IN ('r', 'p')
         ORDER BY c.relname, a.attnum",
    ),
    references: operator(
        "catalogue_references",
        "SELECT CAST(c.relname AS TEXT) AS table_name, CAST(f.oid AS BIGINT) AS number,
             CAST(p.relname AS TEXT) AS parent_table, CAST(a.attname AS TEXT) AS column_name,
             CAST(b.attname AS TEXT) AS parent_column
         FROM pg_catalog.pg_constraint AS f
         JOIN pg_catalog.pg_class AS c ON c.oid = f.conrelid
         JOIN pg_catalog.pg_class AS p ON p.oid = f.confrelid
         CROSS JOIN LATERAL unnest(f.conkey, f.confkey) WITH ORDINALITY AS k (own, parent, position)
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.own
         JOIN pg_catalog.pg_attribute AS b ON b.attrelid = f.confrelid AND b.attnum = k.parent
         WHERE f.contype = 'f' AND c.relnamespace = pg_catalog.to_regnamespace(current_schema()::text)
         ORDER BY c.relname, f.oid, k.position",
    ),
};

/// Every table that the database has, in or out of the inventory: its columns with their place in the key.
pub(crate) async fn raw(backend: &Backend) -> Result<BTreeMap<String, Vec<(ColumnInfo, u32)>>, StoreError> {
    let mut read = ReadTx::new(backend.read().await?);
    let mut tx = read.operator(OperatorPath::Diagnosis);
    let mut found: BTreeMap<String, Vec<(ColumnInfo, u32)>> = BTreeMap::new();
    for row in tx.fetch_all(&questions(backend).columns, params![]).await? {
        let table: String = row.get("table_name")?;
        // SQLite's own notes for its planner.
        if table.starts_with("sqlite_") {
            continue;
        }
        let column = ColumnInfo {
            name: row.get("column_name")?,
            kind: kind(&row.get::<String>("type")?),
            nullable: !row.get::<bool>("required")?,
        };
        found.entry(table).or_default().push((column, row.get("key_position")?));
    }
    Ok(found)
}

/// The tables of these schemas that exist, those first that others refer to.
pub(crate) async fn read(backend: &Backend, schemas: &[Schema]) -> Result<Vec<TableInfo>, StoreError> {
    let mut found = raw(backend).await?;
    let mut references = references(backend).await?;
    let mut tables = Vec::new();
    for schema in schemas {
        for table in schema.inventory {
            let Some(columns) = found.remove(table.name) else { continue };
            let mut key: Vec<_> = columns.iter().filter(|(_, at)| *at > 0).collect();
            key.sort_by_key(|(_, at)| *at);
            tables.push(TableInfo {
                owner: schema.owner,
                table,
                key: key.into_iter().map(|(column, _)| column.name.clone()).collect(),
                columns: columns.iter().map(|(column, _)| column.clone()).collect(),
                references: references.remove(table.name).unwrap_or_default(),
            });
        }
    }
    Ok(in_order(tables))
}

async fn references(backend: &Backend) -> Result<BTreeMap<String, Vec<Reference>>, StoreError> {
    let mut read = ReadTx::new(backend.read().await?);
    let mut tx = read.operator(OperatorPath::Diagnosis);
    let mut found: BTreeMap<(String, i64), Reference> = BTreeMap::new();
    for row in tx.fetch_all(&questions(backend).references, params![]).await? {
        let parent: String = row.get("parent_table")?;
        let reference = found
            .entry((row.get("table_name")?, row.get("number")?))
            .or_insert_with(|| Reference { columns: Vec::new(), table: parent, parents: Vec::new() });
        reference.columns.push(row.get("column_name")?);
        reference.parents.push(row.get("parent_column")?);
    }
    let mut by_table: BTreeMap<String, Vec<Reference>> = BTreeMap::new();
    for ((table, _), reference) in found {
        by_table.entry(table).or_default().push(reference);
    }
    Ok(by_table)
}

const fn questions(backend: &Backend) -> &'static Questions {
    match backend {
        Backend::Sqlite(_) | Backend::Folder(_) => &SQLITE,
        Backend::Postgres(_) => &POSTGRES,
    }
}

fn kind(name: &str) -> ColumnKind {
    match name.to_ascii_lowercase().as_str() {
        "text" | "character varying" => ColumnKind::Text,
        "double precision" | "real" => ColumnKind::Real,
        "blob" | "bytea" => ColumnKind::Blob,
        _ => ColumnKind::Int,
    }
}

/// Those first that others refer to; otherwise as declared.
fn in_order(mut tables: Vec<TableInfo>) -> Vec<TableInfo> {
    let mut done: Vec<TableInfo> = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let open = |name: &str, left: &[TableInfo]| left.iter().any(|other| other.table.name == name);
        let ready = tables.iter().position(|table| {
            table.references.iter().all(|to| to.table == table.table.name || !open(&to.table, &tables))
        });
        // Tables that refer to each other in a circle stay as declared.
        done.push(tables.remove(ready.unwrap_or(0)));
    }
    done
}
