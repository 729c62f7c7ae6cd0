//! Makes databases as the old bot left them, with awkward content on purpose, and tells exactly what was
//! planted: the same seed gives the same file and the same truth.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use guildhall_core::{id::GuildId, random::Seeded};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{Note, Reason, Report, layout::quoted};

mod rows;
mod tables;

use rows::{Filler, Pools};
use tables::Spec;

/// Rows in one statement.
const ROWS: u64 = 250;

/// Which of the old bot's two shapes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// From when it knew of one server only.
    Before,
    /// From after it learned of several: more tables, other columns in another order.
    After,
}

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Rows in all tables together.
    pub rows: u64,
    /// Decides everything else.
    pub seed: u64,
    /// The shape.
    pub shape: Shape,
    /// The guild whose rows these are.
    pub guild: GuildId,
}

/// What a database was made of: what an import must find.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Planted {
    /// Each table by its name in lower case.
    pub tables: BTreeMap<String, PlantedTable>,
    /// Every row that cannot be taken or needs a remark, by table and row.
    pub notes: Vec<Note>,
}

/// What a table was made of.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlantedTable {
    /// All its rows.
    pub rows: u64,
    /// Those that can be taken.
    pub taken: u64,
}

/// Why a database could not be made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// It must not replace anything.
    #[error("make `{0}`: it exists already")]
    Exists(PathBuf),
    /// SQLite refused.
    #[error("make the database")]
    Sqlite(#[from] sqlx::Error),
}

/// Makes a database; what is in it.
pub async fn run(path: &Path, recipe: &Recipe) -> Result<Planted, GenerateError> {
    if path.exists() {
        return Err(GenerateError::Exists(path.to_owned()));
    }
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .pragma("journal_mode", "OFF")
        .pragma("synchronous", "OFF")
        .disable_statement_logging()
        .connect()
        .await?;
    let random = Seeded::new(recipe.seed);
    let mut planted = Planted::default();
    let mut pools = Pools::default();
    for (spec, rows) in tables::shares(recipe) {
        let table =
            fill(&mut connection, recipe, spec, rows, &mut pools, &random, &mut planted.notes).await?;
        planted.tables.insert(spec.name.to_ascii_lowercase(), table);
    }
    script(&mut connection, tables::BESIDE.to_owned()).await?;
    planted.tables.insert("tag".to_owned(), PlantedTable::default());
    planted.notes.sort();
    sqlx::Connection::close(connection).await?;
    Ok(planted)
}

async fn fill(
    connection: &mut SqliteConnection,
    recipe: &Recipe,
    spec: &Spec,
    rows: u64,
    pools: &mut Pools,
    random: &Seeded,
    notes: &mut Vec<Note>,
) -> Result<PlantedTable, GenerateError> {
    script(connection, spec.create()).await?;
    let mut filler = Filler::new(spec, recipe, pools, random);
    let mut sql = "BEGIN;".to_owned();
    for number in 1..=rows {
        let start = if (number - 1).is_multiple_of(ROWS) {
            format!("INSERT INTO {} VALUES ", quoted(spec.name))
        } else {
            ", ".to_owned()
        };
        sql.push_str(&start);
        filler.row(number, &mut sql);
        if number.is_multiple_of(ROWS) || number == rows {
            sql.push(';');
            script(connection, std::mem::take(&mut sql)).await?;
        }
    }
    let _ = write!(sql, "COMMIT;");
    script(connection, sql).await?;
    let (good, found) = filler.finish();
    pools.set(spec.name, good);
    let refused = found.iter().filter(|note| !note.reason.kept()).count() as u64;
    notes.extend(found);
    Ok(PlantedTable { rows, taken: rows - refused })
}

/// The texts are made here and hold nothing from outside.
async fn script(connection: &mut SqliteConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(|_| ())
}

impl Planted {
    /// How the report of an import differs from what was planted; nothing where it is exact.
    pub fn differences(&self, report: &Report) -> Vec<String> {
        let mut differences = Vec::new();
        for (name, planted) in &self.tables {
            let Some(table) = report.tables.iter().find(|table| table.table == *name) else {
                differences.push(format!("`{name}` is not in the report"));
                continue;
            };
            let taken = table.added + table.updated + table.unchanged;
            if (table.read, taken) != (planted.rows, planted.taken) {
                differences.push(format!(
                    "`{name}`: {} read and {taken} taken instead of {} and {}",
                    table.read, planted.rows, planted.taken
                ));
            }
            if table.read != taken + table.refused() {
                differences.push(format!("`{name}`: the figures do not add up: {table:?}"));
            }
        }
        for table in report.tables.iter().filter(|table| !self.tables.contains_key(&table.table)) {
            differences.push(format!("`{}` was not planted", table.table));
        }
        let mut found = report.rows.clone();
        found.sort();
        let missing = self.notes.iter().filter(|note| found.binary_search(note).is_err());
        differences.extend(missing.take(20).map(|note| format!("not reported: {note:?}")));
        let invented = found.iter().filter(|note| self.notes.binary_search(note).is_err());
        differences.extend(invented.take(20).map(|note| format!("reported and not planted: {note:?}")));
        if found.len() != self.notes.len() {
            differences.push(format!("{} notes instead of {}", found.len(), self.notes.len()));
        }
        differences
    }

    /// How many rows there are of each kind of note.
    pub fn reasons(&self) -> BTreeMap<Reason, u64> {
        let mut counted = BTreeMap::new();
        for note in &self.notes {
            *counted.entry(note.reason).or_default() += 1;
        }
        counted
    }
}
