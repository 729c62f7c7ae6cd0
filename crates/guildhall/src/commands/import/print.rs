//! The report for people.

use std::path::Path;

use guildhall_import::Report;

use crate::commands::bench::table;

/// Rows that are named one by one; the whole list is in the JSON report.
const NAMED: usize = 50;

pub(super) fn summary(report: &Report, saved: Option<&Path>) {
    let rows: Vec<Vec<String>> = report
        .tables
        .iter()
        .map(|table| {
            let figures = [table.read, table.added, table.updated, table.unchanged, table.refused()];
            let figures = figures.map(|figure| figure.to_string());
            [vec![table.table.clone()], figures.to_vec()].concat()
        })
        .collect();
    table::print(&["table", "read", "added", "updated", "unchanged", "not taken"], &rows);
    println!();
    for left_out in &report.left_out {
        println!("left out    `{}`: {}", left_out.table, left_out.reason);
    }
    for note in report.rows.iter().take(NAMED) {
        let detail = note.detail.as_ref().map_or(String::new(), |detail| format!(" ({detail})"));
        let taken = if note.reason.kept() { "remark   " } else { "not taken" };
        println!("{taken}   `{}` row {}: {}{detail}", note.table, note.row, note.reason.meaning());
    }
    if report.rows.len() > NAMED {
        println!("            and {} more", report.rows.len() - NAMED);
    }
    let taken = report.total(|table| table.added + table.updated + table.unchanged);
    let read = report.total(|table| table.read);
    let refused = report.total(guildhall_import::TableReport::refused);
    let what = if report.dry_run { "would be taken; nothing was written" } else { "taken and verified" };
    println!("{read} rows read, {taken} {what}, {refused} not taken");
    if report.resumed {
        println!("this run went on with an import that had been stopped");
    }
    match saved {
        Some(path) => println!("report      {}", path.display()),
        None if report.rows.len() > NAMED => println!("hint: `--report FILE` names every row"),
        None => {}
    }
}
