//! What every owner of tables runs in its tests: that its statements compile, that the inventory names
//! everything, and that no guild statement reaches past its guild. Each gives the faults it finds.

use std::collections::BTreeMap;

use crate::{
    backend::{Order, Scope},
    catalogue, derived,
    error::StoreError,
    operator::OperatorPath,
    platform,
    schema::Schema,
    statement::{Gather, ScopeKind},
    store::Store,
};

mod fill;
mod mutants;
mod persons;
mod sql;
mod walls;

pub use fill::{Whose, fill};
pub use mutants::{Damage, Mutant, immune, is_found_out, mutants};
pub use walls::{across, across_users, catalogue, walls_of};

/// Compiles every statement of these schemas and of the platform against the database.
pub async fn prepare_every_statement(store: &Store, schemas: &[Schema]) -> Result<Vec<String>, StoreError> {
    let mut faults = Vec::new();
    for schema in with_platform(schemas) {
        for statement in schema.statements {
            let scope = match statement.scope {
                ScopeKind::Guild => Scope::Guild(1),
                ScopeKind::Member => Scope::Member(1, 1),
                ScopeKind::User => Scope::User(1),
                ScopeKind::Global => Scope::Operator(OperatorPath::Diagnosis),
            };
            let order = Order { scope, sql: statement.sql, gather: Gather::Rows };
            let mut tx = store.write().await?;
            match tx.active().prepare(statement.name, order).await {
                Ok(found) => faults.extend(
                    found.into_iter().map(|fault| format!("{}: `{}` {fault}", schema.owner, statement.name)),
                ),
                Err(error) => {
                    let reason =
                        std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                    faults.push(format!("{}: `{}` does not compile: {reason}", schema.owner, statement.name));
                }
            }
        }
    }
    Ok(faults)
}

/// The store's own bookkeeping, which no feature declares.
const LEDGER: &str = "schema_ledger";

/// Compares the inventories of these schemas and of the platform with the tables that are really there,
/// and checks that rows of guilds, members and users are keyed by them.
pub async fn inventory_names_every_table_and_column(
    store: &Store,
    schemas: &[Schema],
) -> Result<Vec<String>, StoreError> {
    let mut found: BTreeMap<String, Vec<(String, u32)>> = BTreeMap::new();
    for (table, columns) in catalogue::raw(store.backend()).await? {
        found.insert(table, columns.into_iter().map(|(column, at)| (column.name, at)).collect());
    }
    found.remove(LEDGER);
    let mut faults = Vec::new();
    for schema in with_platform(schemas) {
        for table in schema.inventory {
            let owner = schema.owner;
            let Some(columns) = found.remove(table.name) else {
                faults.push(format!(
                    "{owner}: the inventory names `{}`, which is no table or named twice",
                    table.name
                ));
                continue;
            };
            for (column, _) in &columns {
                if !table.columns.iter().any(|named| named.name == column) {
                    faults.push(format!("{owner}: `{}.{column}` is in no inventory", table.name));
                }
            }
            for named in table.columns {
                if !columns.iter().any(|(column, _)| column == named.name) {
                    faults.push(format!("{owner}: `{}.{}` does not exist", table.name, named.name));
                }
            }
            let key = |position: u32| {
                columns.iter().find(|(_, at)| *at == position).map_or("nothing", |(name, _)| name.as_str())
            };
            let declared = |position: u32| {
                let place = usize::try_from(position).unwrap_or(usize::MAX).checked_sub(1);
                place.and_then(|place| table.key.get(place)).copied().unwrap_or("nothing")
            };
            for position in 1..=u32::try_from(columns.len()).unwrap_or(u32::MAX) {
                if key(position) != declared(position) {
                    faults.push(format!(
                        "{owner}: the key of `{}` has `{}` where the inventory says `{}`",
                        table.name,
                        key(position),
                        declared(position)
                    ));
                }
            }
            for (position, wanted) in (1..).zip(key_of(table.scope)) {
                if key(position) != *wanted {
                    faults.push(format!(
                        "{owner}: the key of `{}` has `{}` where `{wanted}` belongs",
                        table.name,
                        key(position)
                    ));
                }
            }
        }
    }
    faults.extend(found.into_keys().map(|table| format!("`{table}` is in no inventory")));
    Ok(faults)
}

/// Checks that each statement about a guild, member or user ties `$1` (and `$2`) to the column of that id
/// for every table with such rows that it names, that none writes another id into it, and that names of
/// statements are unique.
pub fn guild_statements_filter_by_guild(schemas: &[Schema]) -> Vec<String> {
    let all = with_platform(schemas);
    let tables: Vec<_> = all.iter().flat_map(|schema| schema.inventory).collect();
    let mut faults = Vec::new();
    let mut names = std::collections::BTreeSet::new();
    for schema in &all {
        for statement in schema.statements {
            if !names.insert(statement.name) {
                faults.push(format!("{}: two statements are called `{}`", schema.owner, statement.name));
            }
            if statement.scope == ScopeKind::Global {
                continue;
            }
            faults.extend(
                sql::unfiltered(statement, &tables)
                    .into_iter()
                    .map(|fault| format!("{}: `{}` {fault}", schema.owner, statement.name)),
            );
        }
    }
    faults
}

/// Checks that the inventories say of every personal column how its person is found, and that what they say
/// fits together.
pub fn persons_are_found(schemas: &[Schema]) -> Vec<String> {
    persons::faults(&with_platform(schemas))
}

/// The statements that export, erasure and retention derive from the inventories of these schemas, as a schema
/// of their own for the other checks.
pub fn derived_statements(schemas: &[Schema]) -> Schema {
    let statements = derived::statements(&with_platform(schemas)).leak();
    Schema { owner: "derived", migrations: &[], inventory: &[], statements }
}

/// The columns that a key begins with.
const fn key_of(scope: ScopeKind) -> &'static [&'static str] {
    match scope {
        ScopeKind::Global => &[],
        ScopeKind::Guild => &["guild_id"],
        ScopeKind::Member => &["guild_id", "user_id"],
        ScopeKind::User => &["user_id"],
    }
}

fn with_platform(schemas: &[Schema]) -> Vec<Schema> {
    let mut all = vec![platform::SCHEMA];
    all.extend(schemas.iter().filter(|schema| schema.owner != platform::SCHEMA.owner).copied());
    all
}
