//! A row in every table, made from the catalogue: what a feature forgot to write, or forgot to hide, is there
//! all the same.

use std::collections::HashMap;

use guildhall_core::{
    id::{GuildId, UserId},
    scope::{GuildScope, UserScope},
};

use crate::{
    catalogue::{ColumnInfo, TableInfo},
    error::StoreError,
    operator::OperatorPath,
    statement::{self, ScopeKind},
    store::Store,
    value::{Params, Value},
};

/// Whose rows are made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Whose {
    /// This guild's, and those of this member in it.
    Guild(GuildId, UserId),
    /// This user's, across guilds.
    User(UserId),
    /// Nobody's: what operators see.
    Nobody,
}

/// Puts one row into every table with rows of this owner, each column with what `value` says, but for the
/// owner's ids and for what must agree with a row in another table. A row that is there already stays as it
/// is. Returns the names of the tables.
pub async fn fill(
    store: &Store,
    whose: Whose,
    mut value: impl FnMut(&TableInfo, &ColumnInfo) -> Value,
) -> Result<Vec<&'static str>, StoreError> {
    let mut filled: HashMap<(String, String), Value> = HashMap::new();
    let mut names = Vec::new();
    let mut write = store.write().await?;
    for info in store.tables() {
        let scope = info.table.scope;
        let bound: &[&str] = match (whose, scope) {
            (Whose::Guild(..), ScopeKind::Guild) => &["guild_id"],
            (Whose::Guild(..), ScopeKind::Member) => &["guild_id", "user_id"],
            (Whose::User(_), ScopeKind::User) => &["user_id"],
            (Whose::Nobody, ScopeKind::Global) => &[],
            _ => continue,
        };
        let mut values = Params::new();
        for column in &info.columns {
            if bound.contains(&column.name.as_str()) {
                continue;
            }
            let parent = info.references.iter().find_map(|to| {
                let at = to.columns.iter().position(|name| *name == column.name)?;
                filled.get(&(to.table.clone(), to.parents.get(at)?.clone())).cloned()
            });
            let made = parent.unwrap_or_else(|| value(info, column));
            filled.insert((info.table.name.to_owned(), column.name.clone()), made.clone());
            values.push(made);
        }
        let sql = insert(info, bound);
        match (whose, scope) {
            (Whose::Guild(guild, _), ScopeKind::Guild) => {
                let statement = statement::guild("testing_fill", sql);
                write.guild(GuildScope(guild)).execute(&statement, values).await?;
            }
            (Whose::Guild(guild, user), _) => {
                let statement = statement::member("testing_fill", sql);
                write.guild(GuildScope(guild)).member(user).execute(&statement, values).await?;
            }
            (Whose::User(user), _) => {
                let statement = statement::user("testing_fill", sql);
                write.user(UserScope(user)).execute(&statement, values).await?;
            }
            (Whose::Nobody, _) => {
                let statement = statement::operator("testing_fill", sql);
                write.operator(OperatorPath::Diagnosis).execute(&statement, values).await?;
            }
        }
        names.push(info.table.name);
    }
    write.commit().await?;
    Ok(names)
}

/// The bound columns come first, as `$1` and `$2`; the others follow in their order.
fn insert(info: &TableInfo, bound: &[&str]) -> &'static str {
    let others = info.columns.iter().map(|column| column.name.as_str()).filter(|name| !bound.contains(name));
    let columns: Vec<&str> = bound.iter().copied().chain(others).collect();
    let values: Vec<String> = (1..=columns.len()).map(|number| format!("${number}")).collect();
    leaked(format!(
        "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING",
        info.table.name,
        columns.join(", "),
        values.join(", ")
    ))
}

/// A statement lives as long as the program.
pub(super) fn leaked(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}
