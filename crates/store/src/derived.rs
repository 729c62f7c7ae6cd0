//! Statements that follow from the declaration of a table: to find, count, read and delete the rows of a
//! person or guild, and those whose time is over. Every text names the scope's ids, like those that are
//! written by hand.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use crate::{
    inventory::{Person, Table},
    schema::Schema,
    statement::{AnyStatement, ScopeKind},
};

/// Each text, made at its first use. There are as many as tables and purposes, and all are made of constants
/// of the program, so they live as long as it.
static TEXTS: LazyLock<Mutex<HashMap<(&'static str, &'static str), &'static str>>> =
    LazyLock::new(Mutex::default);

/// The text for this purpose and table.
pub(crate) fn text(
    purpose: &'static str,
    table: &'static str,
    make: impl FnOnce() -> String,
) -> &'static str {
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    texts.entry((purpose, table)).or_insert_with(|| Box::leak(make().into_boxed_str()))
}

/// Deletes up to `$limit` rows for which the condition holds.
pub(crate) fn delete(table: &Table, condition: &str, limit: usize) -> String {
    let (name, key) = (table.name, table.key.join(", "));
    format!(
        "DELETE FROM {name} WHERE {condition} AND ({key}) IN
         (SELECT {key} FROM {name} WHERE {condition} ORDER BY {key} LIMIT ${limit})"
    )
}

/// Reads a page of rows in the order of the key: up to `$limit`, after the key in the parameters that follow,
/// if it is not the first page.
pub(crate) fn page(table: &Table, condition: &str, limit: usize, first: bool) -> String {
    let columns: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let (columns, key) = (columns.join(", "), table.key.join(", "));
    let after: Vec<_> = (1..=table.key.len()).map(|number| format!("${}", limit + number)).collect();
    let after = if first { String::new() } else { format!(" AND ({key}) > ({})", after.join(", ")) };
    let name = table.name;
    format!("SELECT {columns} FROM {name} WHERE {condition}{after} ORDER BY {key} LIMIT ${limit}")
}

/// Counts the rows for which the condition holds.
pub(crate) fn count(table: &Table, condition: &str) -> String {
    format!("SELECT COUNT(*) AS found FROM {} WHERE {condition}", table.name)
}

/// The condition that holds for the rows of user `$2` in guild `$1`; `None` where no row is one person's.
/// `tables` are those of the owner.
pub(crate) fn of_member(table: &Table, tables: &[Table]) -> Option<String> {
    if let Person::DerivedFrom { table: source, by } = table.person {
        let source = tables.iter().find(|other| other.name == source)?;
        let author = names(source, 2)?;
        let (own, theirs): (Vec<_>, Vec<_>) = by.iter().copied().unzip();
        let (own, theirs, name) = (own.join(", "), theirs.join(", "), source.name);
        return Some(format!(
            "guild_id = $1 AND ({own}) IN (SELECT {theirs} FROM {name} WHERE guild_id = $1 AND {author})"
        ));
    }
    let named = names(table, 2).filter(|_| table.of_guild())?;
    Some(format!("guild_id = $1 AND {named}"))
}

/// The condition that one of the columns with persons names the one in this parameter.
fn names(table: &Table, parameter: usize) -> Option<String> {
    let named: Vec<_> =
        table.person_columns().iter().map(|column| format!("{column} = ${parameter}")).collect();
    match named.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(format!("({})", several.join(" OR "))),
    }
}

/// The condition that holds for rows that may have anyone's words in them.
pub(crate) fn loose(table: &Table) -> Option<String> {
    match table.person {
        Person::AuthorOrLoose { loose, .. } => Some(format!("guild_id = $1 AND {loose}")),
        _ => None,
    }
}

/// Finds up to `$3` guilds after `$1` in which user `$2` has rows.
pub(crate) fn guilds_of(table: &Table) -> Option<String> {
    let named = names(table, 2).filter(|_| table.of_guild())?;
    Some(format!(
        "SELECT DISTINCT guild_id FROM {} WHERE {named} AND guild_id > $1 ORDER BY guild_id LIMIT $3",
        table.name
    ))
}

/// Every derived statement of these schemas that is about a guild or a user, for the tests of the walls.
pub(crate) fn statements(schemas: &[Schema]) -> Vec<AnyStatement> {
    let mut all = Vec::new();
    for schema in schemas {
        for table in schema.inventory {
            let mut push = |scope, sql: String| {
                let name: &'static str =
                    Box::leak(format!("derived_{}_{}", table.name, all.len()).into_boxed_str());
                all.push(AnyStatement { name, sql: Box::leak(sql.into_boxed_str()), scope });
            };
            let mut conditions = Vec::new();
            if table.of_guild() {
                conditions.extend(of_member(table, schema.inventory).map(|text| (ScopeKind::Guild, text, 3)));
                conditions.extend(loose(table).map(|text| (ScopeKind::Guild, text, 2)));
                conditions.push((ScopeKind::Guild, "guild_id = $1".to_owned(), 2));
            }
            if table.scope == ScopeKind::User {
                conditions.push((ScopeKind::User, "user_id = $1".to_owned(), 2));
            }
            for (scope, condition, limit) in conditions {
                push(scope, delete(table, &condition, limit));
                push(scope, count(table, &condition));
                push(scope, page(table, &condition, limit, true));
                push(scope, page(table, &condition, limit, false));
            }
            if let Some(find) = guilds_of(table) {
                push(ScopeKind::Global, find);
            }
        }
    }
    all
}
