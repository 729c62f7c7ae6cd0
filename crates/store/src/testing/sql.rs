//! Enough understanding of SQL to see whether a statement stays within its scope: it is cut into words,
//! into blocks by parentheses and `UNION`, and each block must tie the scope's ids to every table of that
//! scope that it names. What it does not understand it reports, so a fault can be false but not silent.

use super::key_of;
use crate::{
    inventory::Table,
    statement::{AnyStatement, ScopeKind},
};

/// The faults of one statement.
pub(super) fn unfiltered(statement: &AnyStatement, tables: &[&Table]) -> Vec<String> {
    let words = words(statement.sql);
    let mut faults = Vec::new();
    for block in blocks(&words) {
        let named = named_tables(&block, tables);
        for source in &named {
            for (number, column) in (1..).zip(needed(statement.scope, source.table.scope)) {
                let tied = if source.inserted {
                    inserts(&words, column, &format!("${number}"))
                } else {
                    filters(&block, &named, source, column, &format!("${number}"))
                };
                if !tied {
                    faults.push(format!("does not tie `{}.{column}` to ${number}", source.table.name));
                }
            }
            for column in key_of(source.table.scope) {
                if rewrites(&block, column) {
                    faults.push(format!("writes `{}.{column}`, which never changes", source.table.name));
                }
            }
            if foreign(statement.scope, source.table.scope) {
                faults.push(format!("names `{}`, which is of another scope", source.table.name));
            }
        }
    }
    faults
}

/// The columns of a table that a statement of this scope has to tie to `$1`, `$2`.
const fn needed(statement: ScopeKind, table: ScopeKind) -> &'static [&'static str] {
    match (statement, table) {
        // A member statement may look at its guild's tables, a guild statement at all of its members.
        (ScopeKind::Guild | ScopeKind::Member, ScopeKind::Guild) | (ScopeKind::Guild, ScopeKind::Member) => {
            &["guild_id"]
        }
        (ScopeKind::Member, ScopeKind::Member) => &["guild_id", "user_id"],
        (ScopeKind::User, ScopeKind::User) => &["user_id"],
        _ => &[],
    }
}

/// Whether a statement of this scope has no business with a table at all.
const fn foreign(statement: ScopeKind, table: ScopeKind) -> bool {
    matches!(
        (statement, table),
        (ScopeKind::User, ScopeKind::Guild | ScopeKind::Member)
            | (ScopeKind::Guild | ScopeKind::Member, ScopeKind::User)
    )
}

/// A table as a block names it.
struct Source<'a> {
    table: &'a Table,
    alias: String,
    inserted: bool,
}

/// A word and where it stands.
pub(super) struct Word {
    pub(super) text: String,
    pub(super) start: usize,
    pub(super) end: usize,
}

fn words(sql: &str) -> Vec<String> {
    placed(sql).into_iter().map(|word| word.text).collect()
}

/// Words, numbers, parameters and signs; quoted text becomes `''`. Lower case.
pub(super) fn placed(sql: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = sql.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        if first.is_whitespace() {
            continue;
        }
        let mut end = start + first.len_utf8();
        let mut text = first.to_ascii_lowercase().to_string();
        if first == '\'' {
            for (at, next) in rest.by_ref() {
                end = at + next.len_utf8();
                if next == '\'' {
                    break;
                }
            }
            "''".clone_into(&mut text);
        } else if is_word(first) {
            while let Some((at, next)) = rest.next_if(|(_, next)| is_word(*next)) {
                end = at + next.len_utf8();
                text.push(next.to_ascii_lowercase());
            }
        }
        words.push(Word { text, start, end });
    }
    words
}

const fn is_word(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '_' | '$' | '.')
}

/// Each parenthesis and each side of a `UNION` by itself, without what lies deeper inside. A parenthesis
/// that is no query of its own counts as part of its surroundings.
fn blocks(words: &[String]) -> Vec<Vec<String>> {
    let mut done = Vec::new();
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    let mut inline: Vec<bool> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        match word.as_str() {
            "(" => {
                let query = words.get(index + 1).is_some_and(|next| next == "select" || next == "with");
                inline.push(!query);
                if query {
                    open.push(Vec::new());
                } else if let Some(block) = open.last_mut() {
                    block.push(word.clone());
                }
            }
            ")" => {
                if inline.pop() == Some(false) {
                    done.extend(open.pop());
                } else if let Some(block) = open.last_mut() {
                    block.push(word.clone());
                }
            }
            "union" | "except" | "intersect" => done.extend(open.last_mut().map(std::mem::take)),
            _ => {
                if let Some(block) = open.last_mut() {
                    block.push(word.clone());
                }
            }
        }
    }
    done.extend(open);
    done
}

/// The tables after `from`, `join`, `into`, `update` and commas.
fn named_tables<'a>(block: &[String], tables: &[&'a Table]) -> Vec<Source<'a>> {
    let mut sources = Vec::new();
    for (index, word) in block.iter().enumerate() {
        let Some(table) = tables.iter().find(|table| table.name == word) else { continue };
        let before = block[..index].iter().rev().find(|word| *word != "(").map_or("", String::as_str);
        if !matches!(before, "from" | "join" | "into" | "update" | ",") {
            continue;
        }
        let mut next = block[index + 1..].iter().map(String::as_str).skip_while(|word| *word == "as");
        let alias = next.next().filter(|next| {
            next.starts_with(|sign: char| sign.is_ascii_alphabetic())
                && !matches!(
                    *next,
                    "where"
                        | "join"
                        | "on"
                        | "set"
                        | "order"
                        | "group"
                        | "left"
                        | "inner"
                        | "values"
                        | "limit"
                        | "returning"
                        | "cross"
                        | "using"
                        | "select"
                        | "having"
                        | "guild_id"
                        | "user_id"
                )
        });
        sources.push(Source {
            table,
            alias: alias.unwrap_or(table.name).to_owned(),
            inserted: before == "into",
        });
    }
    sources
}

/// Whether an insert puts the parameter, and nothing else, into the column.
fn inserts(words: &[String], column: &str, parameter: &str) -> bool {
    let after = |word: &str| words.iter().position(|other| other == word).map(|at| &words[at + 1..]);
    let columns = after("into").map(listed).unwrap_or_default();
    let Some(place) = columns.iter().position(|name| **name == [column.to_owned()]) else { return false };
    let values = after("values").map_or_else(|| after("select").map(items), |rest| Some(listed(rest)));
    values.is_some_and(|values| values.get(place).is_some_and(|value| **value == [parameter.to_owned()]))
}

/// The items of the first parenthesis.
fn listed(words: &[String]) -> Vec<&[String]> {
    let open = words.iter().position(|word| word == "(");
    open.map(|open| items(&words[open + 1..])).unwrap_or_default()
}

/// What stands between commas, up to the parenthesis that closes or the `FROM` that ends the list.
fn items(words: &[String]) -> Vec<&[String]> {
    let mut depth = 0_usize;
    let mut items = Vec::new();
    let mut start = 0;
    for (index, word) in words.iter().enumerate() {
        match word.as_str() {
            "(" => depth += 1,
            ")" if depth > 0 => depth -= 1,
            "," if depth == 0 => {
                items.push(&words[start..index]);
                start = index + 1;
            }
            ")" => {
                items.push(&words[start..index]);
                return items;
            }
            "from" if depth == 0 => {
                items.push(&words[start..index]);
                return items;
            }
            _ => {}
        }
    }
    items.push(&words[start..]);
    items
}

/// An equation that holds for every row of the block.
struct Equation<'a> {
    sides: [&'a str; 2],
    /// In a `LEFT JOIN` it narrows down only the table that is joined.
    only: Option<&'a str>,
}

/// The equations that `WHERE` and `ON` demand: joined by `AND`, outside of parentheses. None where an `OR`
/// stands beside them.
fn equations(block: &[String]) -> Vec<Equation<'_>> {
    let mut depth = 0_usize;
    let mut demanded = false;
    let mut left: Option<&str> = None;
    let mut found = Vec::new();
    for (index, word) in block.iter().enumerate() {
        let at = |offset: usize| block.get(index + offset).map_or("", String::as_str);
        let before = index.checked_sub(1).map_or("", |before| block[before].as_str());
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            "or" => return Vec::new(),
            "where" => (demanded, left) = (true, None),
            "on" => demanded = at(1) != "conflict",
            "join" => {
                let outer = block[..index]
                    .iter()
                    .rev()
                    .take(2)
                    .any(|word| word == "left" || word == "full" || word == "right");
                let alias = if at(2) == "as" {
                    at(3)
                } else if at(2) == "on" {
                    at(1)
                } else {
                    at(2)
                };
                (demanded, left) = (false, outer.then_some(alias));
            }
            "set" | "returning" | "order" | "group" | "having" | "select" | "from" | "limit" => {
                demanded = false;
            }
            "=" if demanded && index > 0 => {
                let plain = |word: &str| {
                    matches!(
                        word,
                        "" | "and"
                            | "where"
                            | "on"
                            | "join"
                            | "left"
                            | "inner"
                            | "order"
                            | "group"
                            | "limit"
                            | "returning"
                            | ";"
                    )
                };
                let start = index.checked_sub(2).map_or("", |start| block[start].as_str());
                if plain(start) && plain(at(2)) {
                    found.push(Equation { sides: [before, at(1)], only: left });
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether the column equals the parameter, directly or through the same column of other tables.
fn filters(
    block: &[String],
    named: &[Source<'_>],
    source: &Source<'_>,
    column: &str,
    parameter: &str,
) -> bool {
    let equations = equations(block);
    // A column without its table can only be meant where there is one table.
    let alone = named.iter().filter(|other| !other.inserted).count() == 1;
    let same = |word: &str, name: &str| word == name || (alone && word == column);
    let mut reached = vec![format!("{}.{column}", source.alias)];
    let mut next = 0;
    while let Some(name) = reached.get(next).cloned() {
        next += 1;
        for Equation { sides: [one, two], only } in &equations {
            for (near, far) in [(one, two), (two, one)] {
                let allowed = only.is_none_or(|alias| name == format!("{alias}.{column}"));
                if !allowed || !same(near, &name) {
                    continue;
                }
                if *far == parameter {
                    return true;
                }
                if far.ends_with(&format!(".{column}")) && !reached.iter().any(|known| known == far) {
                    reached.push((*far).to_owned());
                }
            }
        }
    }
    false
}

/// Whether an update writes the column, which would hand rows to another owner.
fn rewrites(block: &[String], column: &str) -> bool {
    let mut setting = false;
    block.windows(2).any(|two| {
        match two[0].as_str() {
            "set" => setting = true,
            "where" | "returning" | "from" | "select" => setting = false,
            _ => {}
        }
        setting && two[1] == "=" && (two[0] == column || two[0].ends_with(&format!(".{column}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Person, Retention};

    const FACT: Table = table("fact", ScopeKind::Guild);
    const TERM: Table = table("term", ScopeKind::Guild);
    const NOTE: Table = table("note", ScopeKind::Member);
    const PROFILE: Table = table("profile", ScopeKind::User);

    const fn table(name: &'static str, scope: ScopeKind) -> Table {
        let retention = Retention::WithOwner;
        Table { name, scope, columns: &[], key: &[], person: Person::Nobody, retention, purpose: "a test" }
    }

    fn faults(scope: ScopeKind, sql: &'static str) -> usize {
        unfiltered(&AnyStatement { name: "s", sql, scope }, &[&FACT, &TERM, &NOTE, &PROFILE]).len()
    }

    #[test]
    fn statements_that_stay_within_their_guild_pass() {
        for sql in [
            "SELECT a FROM fact WHERE guild_id = $1 AND b = $2",
            "SELECT a FROM fact AS f JOIN term AS t ON t.guild_id = f.guild_id AND t.fact = f.id WHERE f.guild_id = $1",
            "INSERT INTO fact (guild_id, a) VALUES ($1, $2) ON CONFLICT (guild_id, a) DO UPDATE SET a = excluded.a",
            "INSERT INTO fact (a, guild_id) SELECT a, $1 FROM term WHERE guild_id = $1",
            "UPDATE fact SET a = $2 WHERE guild_id = $1 AND id = $3 RETURNING a",
            "DELETE FROM fact WHERE guild_id = $1 AND id IN (SELECT id FROM term WHERE guild_id = $1)",
            "SELECT a FROM fact WHERE guild_id = $1 UNION ALL SELECT a FROM term WHERE guild_id = $1",
            "SELECT COUNT(*) FROM fact WHERE $1 = guild_id",
            "INSERT INTO fact (a, guild_id) VALUES (COALESCE($2, 0), $1)",
            "SELECT a FROM fact WHERE guild_id = $1 AND (a = 1 OR b = $2)",
            "SELECT a FROM fact f LEFT JOIN term t ON t.guild_id = f.guild_id AND t.id = f.id WHERE f.guild_id = $1",
        ] {
            assert_eq!(faults(ScopeKind::Guild, sql), 0, "{sql}");
        }
        assert_eq!(faults(ScopeKind::Member, "SELECT a FROM note WHERE guild_id = $1 AND user_id = $2"), 0);
        assert_eq!(faults(ScopeKind::User, "SELECT a FROM profile WHERE user_id = $1"), 0);
    }

    #[test]
    fn statements_that_reach_further_are_reported() {
        for sql in [
            "SELECT a FROM fact WHERE b = $1",
            "SELECT a FROM fact WHERE guild_id = $2 AND b = $1",
            "SELECT a FROM fact WHERE guild_id = $1 OR a = 1",
            "SELECT a FROM fact AS f JOIN term AS t ON t.fact = f.id WHERE f.guild_id = $1",
            "SELECT a FROM fact WHERE guild_id = $1 UNION ALL SELECT a FROM term WHERE b = $1",
            "SELECT a FROM fact WHERE guild_id = $1 AND id IN (SELECT id FROM term WHERE b = 1)",
            "INSERT INTO fact (guild_id, a) VALUES ($2, $1)",
            "INSERT INTO fact (guild_id, a) SELECT guild_id, a FROM fact WHERE a = $1",
            "UPDATE fact SET guild_id = $1",
            "INSERT INTO fact (guild_id, a) VALUES ($1 + 1, $2)",
            "SELECT a FROM profile WHERE user_id = $2 AND b = $1",
            "SELECT a FROM fact WHERE guild_id <> $1",
            "SELECT a FROM fact WHERE NOT guild_id = $1",
            "SELECT a FROM fact WHERE guild_id = $1 + 1",
            "SELECT a FROM fact WHERE (guild_id = $1 OR b = 2)",
            "SELECT a FROM fact f LEFT JOIN term t ON t.guild_id = f.guild_id AND f.guild_id = $1",
            "SELECT a FROM fact f LEFT JOIN term t ON f.guild_id = $1 AND t.guild_id = $1",
            "UPDATE fact SET guild_id = $2 WHERE guild_id = $1",
            "SELECT a FROM fact, term WHERE fact.guild_id = $1",
            "SELECT 'guild_id = $1' FROM fact WHERE b = $1",
        ] {
            assert_ne!(faults(ScopeKind::Guild, sql), 0, "{sql}");
        }
        assert_ne!(faults(ScopeKind::Member, "SELECT a FROM note WHERE guild_id = $1 AND b = $2"), 0);
        assert_ne!(faults(ScopeKind::User, "SELECT a FROM note WHERE user_id = $1"), 0);
    }
}
