//! What is kept, as a page for people: made from the inventories, so that it cannot leave anything out.

use std::fmt::Write as _;

use crate::{
    inventory::{Person, Personal, Table},
    schema::Schema,
    statement::ScopeKind,
};

/// The tables of these schemas as Markdown, the personal ones first.
pub fn markdown(schemas: &[Schema]) -> String {
    let mut tables: Vec<_> = schemas.iter().flat_map(|schema| schema.inventory).collect();
    tables.sort_by_key(|table| (!is_personal(table), table.name));
    let mut page =
        String::from("| table | whose | what it is for | about people | kept | when somebody is erased |\n");
    page.push_str("|---|---|---|---|---|---|\n");
    for table in tables {
        let columns: Vec<_> = table
            .columns
            .iter()
            .filter(|column| column.personal != Personal::No)
            .map(|column| format!("`{}`", column.name))
            .collect();
        let columns = if columns.is_empty() { "nothing".to_owned() } else { columns.join(", ") };
        let (whose, purpose, kept) = (whose(table), table.purpose, table.retention);
        let erased = erased(table);
        let _ = writeln!(page, "| `{}` | {whose} | {purpose} | {columns} | {kept} | {erased} |", table.name);
    }
    page
}

/// Whether the table says anything about single persons.
pub fn is_personal(table: &Table) -> bool {
    table.columns.iter().any(|column| column.personal != Personal::No)
        && !matches!(table.person, Person::Guild)
}

const fn whose(table: &Table) -> &'static str {
    match table.scope {
        ScopeKind::Guild => "the server's",
        ScopeKind::Member => "the member's",
        ScopeKind::User => "the user's",
        ScopeKind::Global => "the bot's",
    }
}

fn erased(table: &Table) -> String {
    match table.person {
        Person::Nobody => "nothing to erase".to_owned(),
        Person::Guild => "goes with the server".to_owned(),
        Person::Mirror => "Discord's own facts, which it sends again; gone when the bot leaves".to_owned(),
        Person::Owner => "their rows go".to_owned(),
        Person::Author(column) => format!("the rows with their id in `{column}` go"),
        Person::Authors(columns) => format!("the rows with their id in `{}` go", columns.join("` or `")),
        Person::AuthorOrLoose { column, .. } => {
            format!("the rows with their id in `{column}` go, and all of the server that failed for good")
        }
        Person::Wish(_) => {
            "stays, so that their wish is not undone; goes when the account is deleted".to_owned()
        }
        Person::Tombstone => "stays: ids and times alone, so that no backup brings anything back".to_owned(),
        Person::DerivedFrom { table, .. } => format!("goes with `{table}`"),
        Person::Aggregate { of, .. } => format!("counted anew from `{of}`"),
    }
}
