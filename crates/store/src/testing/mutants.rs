//! Statements with their filter taken away: each must be found out by the checks, or a forgotten filter would
//! not be found out either.

use super::{
    fill::leaked,
    sql::{self, Word},
    with_platform,
};
use crate::{
    inventory::Table,
    schema::Schema,
    statement::{AnyStatement, ScopeKind},
};

/// What was done to a statement.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Damage {
    /// A tie of an owner's id is gone.
    Gone,
    /// A tie demands that the id differs.
    Reversed,
    /// A tie is one of two possibilities.
    Optional,
    /// A tie is made to another value of the caller's.
    Swapped,
    /// A row is written for an owner of the caller's choice.
    Given,
}

impl Damage {
    /// Every way.
    pub const ALL: [Self; 5] = [Self::Gone, Self::Reversed, Self::Optional, Self::Swapped, Self::Given];

    /// What it is called in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gone => "filter removed",
            Self::Reversed => "filter reversed",
            Self::Optional => "filter made optional",
            Self::Swapped => "filter by another value",
            Self::Given => "written for another owner",
        }
    }
}

/// A statement that reaches further than it should.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Whose statement it was.
    pub owner: &'static str,
    /// What was done to it.
    pub damage: Damage,
    /// The statement as it is now.
    pub statement: AnyStatement,
}

/// Every mutant of every statement of a guild, member or user.
pub fn mutants(schemas: &[Schema]) -> Vec<Mutant> {
    let mut all = Vec::new();
    for schema in with_platform(schemas) {
        for statement in schema.statements.iter().filter(|one| one.scope != ScopeKind::Global) {
            for (damage, text) in damaged(statement.sql) {
                let statement = AnyStatement { sql: leaked(text), ..*statement };
                all.push(Mutant { owner: schema.owner, damage, statement });
            }
        }
    }
    all
}

/// Whether the check of statements finds this one out.
pub fn is_found_out(mutant: &Mutant, schemas: &[Schema]) -> bool {
    let all = with_platform(schemas);
    let tables: Vec<&Table> = all.iter().flat_map(|schema| schema.inventory).collect();
    !sql::unfiltered(&mutant.statement, &tables).is_empty()
}

/// The statements that no damage could be done to: nothing in them was seen to tie them to their owner.
pub fn immune(schemas: &[Schema]) -> Vec<String> {
    let all = with_platform(schemas);
    let scoped = all.iter().flat_map(|schema| schema.statements.iter().map(|one| (schema.owner, one)));
    let untouched = scoped.filter(|(_, one)| one.scope != ScopeKind::Global && damaged(one.sql).is_empty());
    untouched.map(|(owner, one)| format!("{owner}: `{}`", one.name)).collect()
}

fn damaged(sql: &str) -> Vec<(Damage, String)> {
    let words = sql::placed(sql);
    let mut made = Vec::new();
    let text = |at: usize| words.get(at).map_or("", |word: &Word| word.text.as_str());
    let with = |from: usize, to: usize, new: &str| {
        format!("{}{new}{}", &sql[..words[from].start], &sql[words[to].end..])
    };
    for at in 1..words.len().saturating_sub(1) {
        let (left, right) = (text(at - 1), text(at + 1));
        if text(at) == "=" && is_tie(left, right) && !assigns(&words[..at]) {
            let (from, to) = (at - 1, at + 1);
            made.push((Damage::Gone, with(from, to, "1 = 1")));
            made.push((Damage::Reversed, with(from, to, &format!("{left} <> {right}"))));
            made.push((Damage::Optional, with(from, to, &format!("({left} = {right} OR 1 = 1)"))));
            if is_scope(right) {
                made.push((Damage::Swapped, with(to, to, "$3")));
            } else if is_scope(left) {
                made.push((Damage::Swapped, with(from, from, "$3")));
            }
        }
    }
    // The values that an insert begins with.
    if let Some(into) = words.iter().position(|word| word.text == "into") {
        let values = (into..words.len()).find(|at| matches!(text(*at), "values" | "select"));
        let end = values.map_or(0, |start| {
            (start..words.len())
                .find(|at| matches!(text(*at), "from" | "on" | "returning"))
                .unwrap_or(words.len())
        });
        let scope =
            |at: &usize| is_scope(text(*at)) && matches!(text(at - 1), "(" | "," | "select" | "values");
        for at in (values.unwrap_or(0) + 1..end).filter(scope) {
            let alone = matches!(text(at + 1), "," | ")" | "from");
            if alone && column_at(&words, into, values.unwrap_or(0), at).is_some_and(is_owner) {
                made.push((Damage::Given, with(at, at, "$3")));
            }
        }
    }
    made
}

/// The name of the column that the value at `at` goes into; only first rows of plain values are understood.
fn column_at(words: &[Word], into: usize, values: usize, at: usize) -> Option<&str> {
    let text = |at: usize| words[at].text.as_str();
    let before = |from: usize, to: usize| {
        let mut depth = 0_i32;
        let mut commas = 0;
        for at in from..to {
            match text(at) {
                "(" => depth += 1,
                ")" => depth -= 1,
                "," if depth <= 1 => commas += 1,
                _ => {}
            }
        }
        commas
    };
    let number = before(values, at);
    (into..values).find_map(|at| (is_owner(text(at)) && before(into, at) == number).then(|| text(at)))
}

/// Whether this ties an owner's id to the scope, or to that of another table.
fn is_tie(left: &str, right: &str) -> bool {
    (is_owner(left) && (is_scope(right) || is_owner(right))) || (is_scope(left) && is_owner(right))
}

fn is_owner(word: &str) -> bool {
    let column = word.rsplit('.').next().unwrap_or(word);
    matches!(column, "guild_id" | "user_id")
}

fn is_scope(word: &str) -> bool {
    matches!(word, "$1" | "$2")
}

/// Whether an `=` after these words assigns instead of comparing.
fn assigns(before: &[Word]) -> bool {
    let last = before.iter().rev().find(|word| matches!(word.text.as_str(), "set" | "where" | "on" | "and"));
    last.is_some_and(|word| word.text == "set")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tie_is_damaged_by_itself() {
        let sql = "SELECT a FROM fact AS f JOIN term AS t ON t.guild_id = f.guild_id WHERE f.guild_id = $1 AND a = $2";
        let made = damaged(sql);
        let gone: Vec<_> = made.iter().filter(|(damage, _)| *damage == Damage::Gone).collect();
        assert_eq!(gone.len(), 2, "{made:#?}");
        assert!(gone[0].1.contains("ON 1 = 1 WHERE f.guild_id = $1 AND a = $2"), "{made:#?}");
        assert!(gone[1].1.contains("ON t.guild_id = f.guild_id WHERE 1 = 1 AND a = $2"), "{made:#?}");
        assert!(
            made.iter().any(|(damage, text)| *damage == Damage::Swapped && text.contains("guild_id = $3"))
        );
    }

    #[test]
    fn an_insert_is_made_for_another_owner() {
        let made = damaged(
            "INSERT INTO fact (id, guild_id, a) VALUES ($2, $1, $1) ON CONFLICT (guild_id) DO NOTHING",
        );
        assert_eq!(made.len(), 1, "{made:#?}");
        assert!(made[0].1.contains("VALUES ($2, $3, $1)"), "{made:#?}");
        let made = damaged("INSERT INTO fact (guild_id, a) SELECT $1, a FROM fact WHERE guild_id = $1");
        assert!(made.iter().any(|(damage, text)| *damage == Damage::Given && text.contains("SELECT $3, a")));
    }
}
