//! What came of an import: exact numbers for each table, and every row that was not taken.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    archive::hex,
    layout::Layout,
    reason::Reason,
    records::{Mode, Note, Progress},
    source::LeftOut,
};

/// What came of an import. For each table, `read` is the sum of `added`, `updated`, `unchanged` and
/// everything in `not_taken`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Report {
    /// The guild that the rows are kept for.
    pub guild: String,
    /// The guild whose rows were taken where the source names guilds.
    pub source_guild: String,
    /// The number of the import within its guild; zero for a dry run.
    pub import: i64,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// What was done with what earlier imports brought.
    pub mode: Mode,
    /// The BLAKE3 digest of the source file.
    pub file_digest: String,
    /// The size of the source file.
    pub file_bytes: u64,
    /// When the import began, in milliseconds since 1970.
    pub started_at: i64,
    /// When it was done.
    pub finished_at: i64,
    /// Whether it went on where an earlier run was stopped.
    pub resumed: bool,
    /// Each table of the source.
    pub tables: Vec<TableReport>,
    /// What is no table with rows of its own.
    pub left_out: Vec<LeftOut>,
    /// Every row that was not taken, and every row that was taken with a remark.
    pub rows: Vec<Note>,
}

/// What came of one table.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TableReport {
    /// Its name in lower case.
    pub table: String,
    /// Rows in the source.
    pub read: u64,
    /// Rows that the archive did not have. In a dry run, all rows that would be taken.
    pub added: u64,
    /// Rows that the archive had in another form.
    pub updated: u64,
    /// Rows that the archive had already.
    pub unchanged: u64,
    /// Rows that were not taken, by reason.
    pub not_taken: BTreeMap<Reason, u64>,
    /// Rows that were taken with a remark, by reason.
    pub remarks: BTreeMap<Reason, u64>,
    /// The sum of the digests of the rows that were taken, in hexadecimal.
    pub checksum: String,
}

impl Report {
    /// The sum over all tables of what `figure` gives.
    pub fn total(&self, figure: impl Fn(&TableReport) -> u64) -> u64 {
        self.tables.iter().map(figure).sum()
    }
}

impl TableReport {
    /// Rows that were not taken.
    pub fn refused(&self) -> u64 {
        self.not_taken.values().sum()
    }
}

/// The reports of all tables, in the order in which they were read.
pub(crate) fn tables(layouts: &[Layout], progress: &[Progress], notes: &[Note]) -> Vec<TableReport> {
    let mut counted: BTreeMap<&str, BTreeMap<Reason, u64>> = BTreeMap::new();
    for note in notes {
        *counted.entry(&note.table).or_default().entry(note.reason).or_default() += 1;
    }
    layouts
        .iter()
        .zip(progress)
        .map(|(layout, progress)| {
            let reasons = counted.remove(layout.source.as_str()).unwrap_or_default();
            let (remarks, not_taken) = reasons.into_iter().partition(|(reason, _)| reason.kept());
            TableReport {
                table: layout.source.clone(),
                read: progress.next_row,
                added: progress.added,
                updated: progress.updated,
                unchanged: progress.unchanged,
                not_taken,
                remarks,
                checksum: hex(progress.checksum),
            }
        })
        .collect()
}
