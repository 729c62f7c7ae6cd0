//! Whether the inventories say enough about persons, so that export and erasure can be derived.

use crate::{
    inventory::{Person, Personal, Retention, Table},
    schema::Schema,
    statement::ScopeKind,
};

pub(super) fn faults(schemas: &[Schema]) -> Vec<String> {
    let mut faults = Vec::new();
    for schema in schemas {
        for table in schema.inventory {
            let of_table = person(table, schema.inventory).into_iter().chain(retention(table));
            faults.extend(of_table.map(|fault| format!("{}: `{}` {fault}", schema.owner, table.name)));
        }
    }
    faults
}

fn person(table: &Table, tables: &[Table]) -> Vec<String> {
    let mut faults = Vec::new();
    let has = |kind: Personal| table.columns.iter().any(|column| column.personal == kind);
    let of_person = matches!(table.scope, ScopeKind::Member | ScopeKind::User);
    if of_person && table.person_columns() != ["user_id"] {
        faults.push("is about one person, and its rows are not found by `user_id`".to_owned());
    }
    for wanted in table.person_columns() {
        let named = table.columns.iter().find(|column| column.name == *wanted);
        if named.is_none_or(|column| column.personal != Personal::Id) {
            faults.push(format!("finds persons by `{wanted}`, which is no id of a person"));
        }
        if table.scope == ScopeKind::Global {
            faults.push("is of no guild and no user, where persons are not looked for".to_owned());
        }
    }
    match table.person {
        Person::Nobody | Person::Aggregate { .. } if has(Personal::Id) || has(Personal::Content) => {
            faults.push("has a personal column and does not say how its person is found".to_owned());
        }
        Person::Guild if has(Personal::Id) => {
            faults.push("names a person and says that it is the guild's own".to_owned());
        }
        Person::Owner if !of_person => faults.push("has no person in its key".to_owned()),
        Person::DerivedFrom { table: source, by } => {
            let Some(source) = tables.iter().find(|other| other.name == source) else {
                faults.push(format!("is made from `{source}`, which its owner does not have"));
                return faults;
            };
            if source.person_columns().is_empty() {
                faults.push(format!("is made from `{}`, which is nobody's", source.name));
            }
            for (own, theirs) in by {
                let known =
                    |table: &Table, name: &str| table.columns.iter().any(|column| column.name == name);
                if !known(table, own) || !known(source, theirs) {
                    faults.push(format!("is tied by `{own}` to `{theirs}`, which do not exist"));
                }
            }
        }
        Person::Aggregate { of, .. } if !tables.iter().any(|other| other.name == of) => {
            faults.push(format!("counts `{of}`, which its owner does not have"));
        }
        _ => {}
    }
    faults
}

fn retention(table: &Table) -> Vec<String> {
    let column = match table.retention {
        Retention::WithOwner | Retention::Permanent => return Vec::new(),
        Retention::UntilDone { column, .. }
        | Retention::Hours { column, .. }
        | Retention::Days { column, .. }
        | Retention::Class { column, .. } => column,
    };
    let mut faults = Vec::new();
    if !table.columns.iter().any(|named| named.name == column) {
        faults.push(format!("goes by the time in `{column}`, which does not exist"));
    }
    if matches!(table.retention, Retention::Class { .. }) && !table.of_guild() {
        faults.push("goes by the choice of guilds and has rows of none".to_owned());
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Class, Column};

    const NOTE: Table = Table {
        name: "note",
        scope: ScopeKind::Guild,
        columns: &[
            Column::plain("guild_id"),
            Column::plain("id"),
            Column::id("by"),
            Column::content("words"),
        ],
        key: &["guild_id", "id"],
        person: Person::Author("by"),
        retention: Retention::WithOwner,
        purpose: "test",
    };

    fn said(table: Table) -> usize {
        let inventory: &'static [Table] = vec![table, NOTE].leak();
        let schema = Schema { owner: "test", migrations: &[], inventory, statements: &[] };
        faults(&[schema]).len()
    }

    #[test]
    fn a_personal_column_without_a_way_to_its_person_is_refused() {
        assert_eq!(said(NOTE), 0);
        let made = |table, by| Table { name: "made", person: Person::DerivedFrom { table, by }, ..NOTE };
        for (table, faults) in [
            (Table { person: Person::Nobody, ..NOTE }, 1),
            (Table { person: Person::Guild, ..NOTE }, 1),
            (Table { person: Person::Author("words"), ..NOTE }, 1),
            (Table { person: Person::Author("nobody"), ..NOTE }, 1),
            (Table { person: Person::Owner, ..NOTE }, 2),
            (Table { scope: ScopeKind::Member, ..NOTE }, 1),
            (Table { scope: ScopeKind::Global, ..NOTE }, 1),
            (made("note", &[("id", "id")]), 0),
            (made("other", &[("id", "id")]), 1),
            (made("note", &[("id", "nothing")]), 1),
            (Table { retention: Retention::Days { column: "nothing", days: 1 }, ..NOTE }, 1),
            (Table { retention: Retention::Class { class: Class::MESSAGES, column: "id" }, ..NOTE }, 0),
        ] {
            assert_eq!(said(table), faults, "{table:?}");
        }
    }
}
