//! A transaction over the files that it touches, each joined when its first statement comes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use tokio::sync::OwnedSemaphorePermit;

use super::Folder;
use crate::{
    backend::{Order, Scope, sqlite},
    row::Row,
    schema::Schema,
    statement::{Gather, ScopeKind},
    telemetry::Kind,
    value::{FromValue as _, Value},
};

/// An open transaction.
#[derive(Debug)]
pub(crate) struct Lease {
    // Before the turn, so that everything is rolled back when the next caller gets it.
    central: Option<Part>,
    guilds: BTreeMap<i64, Part>,
    folder: Folder,
    kind: Kind,
    /// How many savepoints are open. A part that joins or comes back sets its own up to here.
    depth: u32,
    _turn: Option<OwnedSemaphorePermit>,
}

/// The part of a transaction in one file.
#[derive(Debug)]
struct Part {
    lease: sqlite::Lease,
    depth: u32,
    /// Holds the file open.
    _file: Option<Arc<sqlite::Pool>>,
}

impl Lease {
    pub(super) const fn new(folder: Folder, kind: Kind, turn: Option<OwnedSemaphorePermit>) -> Self {
        Self { central: None, guilds: BTreeMap::new(), folder, kind, depth: 0, _turn: turn }
    }

    pub(crate) async fn execute(&mut self, order: Order, params: Vec<Value>) -> Result<u64, sqlx::Error> {
        if !self.spreads(order) {
            return self.part(order.scope).await?.execute(order, params).await;
        }
        if let Some(guild) = one_guild(order, &params) {
            return self.guild(guild).await?.execute(order, params).await;
        }
        let mut changed = 0;
        for guild in self.folder.guilds()? {
            if let Some(part) = self.guilds.get_mut(&guild) {
                part.reach(self.depth).await?;
                changed += part.lease.execute(order, params.clone()).await?;
                continue;
            }
            // Each file by itself: nothing across guilds has to be all or nothing, and no more files are
            // held than the one.
            let file = self.folder.file(guild, self.kind).await?;
            let mut lease = file.write().await?;
            changed += lease.execute(order, params.clone()).await?;
            lease.commit().await?;
        }
        Ok(changed)
    }

    pub(crate) async fn fetch(&mut self, order: Order, params: Vec<Value>) -> Result<Vec<Row>, sqlx::Error> {
        if !self.spreads(order) {
            return self.part(order.scope).await?.fetch(order, params).await;
        }
        if let Some(guild) = one_guild(order, &params) {
            return self.guild(guild).await?.fetch(order, params).await;
        }
        let paged = order.gather == Gather::Pages;
        let after = params.first().filter(|_| paged).and_then(i64::from_value);
        let limit = params.last().filter(|_| paged).and_then(usize::from_value);
        let mut answers = Vec::new();
        let mut rows = 0;
        for guild in self.folder.guilds()? {
            if after.is_some_and(|after| guild <= after) {
                continue;
            }
            let answer = if let Some(part) = self.guilds.get_mut(&guild) {
                part.reach(self.depth).await?;
                part.lease.fetch(order, params.clone()).await?
            } else {
                self.folder.file(guild, Kind::Read).await?.read().await?.fetch(order, params.clone()).await?
            };
            rows += answer.len();
            answers.push(answer);
            if limit.is_some_and(|limit| rows >= limit) {
                break;
            }
        }
        if answers.is_empty() {
            // No guild has a file yet: the central one knows how an empty answer looks.
            return self.part(order.scope).await?.fetch(order, params).await;
        }
        let mut rows = gathered(order.gather, answers);
        rows.truncate(limit.unwrap_or(usize::MAX));
        Ok(rows)
    }

    #[expect(clippy::unused_async, reason = "the same shape as the other leases")]
    pub(crate) async fn savepoint(&mut self) -> Result<(), sqlx::Error> {
        self.depth += 1;
        Ok(())
    }

    pub(crate) async fn release(&mut self) -> Result<(), sqlx::Error> {
        for part in self.guilds.values_mut().chain(&mut self.central) {
            if part.depth == self.depth {
                part.lease.release().await?;
                part.depth -= 1;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    pub(crate) async fn undo(&mut self) -> Result<(), sqlx::Error> {
        for part in self.guilds.values_mut().chain(&mut self.central) {
            if part.depth == self.depth {
                part.lease.undo().await?;
                part.depth -= 1;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    pub(crate) async fn prepare(&mut self, order: Order) -> Result<Vec<String>, sqlx::Error> {
        self.central().await?.prepare(order).await
    }

    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        while let Some((_, part)) = self.guilds.pop_first() {
            part.lease.commit().await?;
        }
        match self.central.take() {
            Some(part) => part.lease.commit().await,
            None => Ok(()),
        }
    }

    /// Whether the statement is run over the files of all guilds.
    fn spreads(&self, order: Order) -> bool {
        matches!(order.scope, Scope::Operator(_)) && names_tenants(order.sql, self.folder.schemas())
    }

    async fn part(&mut self, scope: Scope) -> Result<&mut sqlite::Lease, sqlx::Error> {
        match scope {
            Scope::Guild(guild) | Scope::Member(guild, _) => self.guild(guild).await,
            Scope::User(_) | Scope::Operator(_) => self.central().await,
        }
    }

    async fn central(&mut self) -> Result<&mut sqlite::Lease, sqlx::Error> {
        if self.central.is_none() {
            let lease = begin(self.folder.central(), self.kind).await?;
            self.central = Some(Part { lease, depth: 0, _file: None });
        }
        let part = self.central.as_mut().ok_or(sqlx::Error::WorkerCrashed)?;
        part.reach(self.depth).await?;
        Ok(&mut part.lease)
    }

    async fn guild(&mut self, guild: i64) -> Result<&mut sqlite::Lease, sqlx::Error> {
        use std::collections::btree_map::Entry;
        let part = match self.guilds.entry(guild) {
            Entry::Occupied(part) => part.into_mut(),
            Entry::Vacant(place) => {
                let file = self.folder.file(guild, self.kind).await?;
                let lease = begin(&file, self.kind).await?;
                place.insert(Part { lease, depth: 0, _file: Some(file) })
            }
        };
        part.reach(self.depth).await?;
        Ok(&mut part.lease)
    }
}

impl Part {
    /// Sets the savepoints that the whole transaction has.
    async fn reach(&mut self, depth: u32) -> Result<(), sqlx::Error> {
        while self.depth < depth {
            self.lease.savepoint().await?;
            self.depth += 1;
        }
        Ok(())
    }
}

async fn begin(file: &sqlite::Pool, kind: Kind) -> Result<sqlite::Lease, sqlx::Error> {
    match kind {
        Kind::Read => file.read().await,
        Kind::Write => file.write().await,
    }
}

/// Which statements name a table of guilds. Statements live as long as the program.
static TENANTS: LazyLock<RwLock<HashMap<&'static str, bool>>> = LazyLock::new(RwLock::default);

fn names_tenants(sql: &'static str, schemas: &[Schema]) -> bool {
    if let Some(known) = TENANTS.read().unwrap_or_else(PoisonError::into_inner).get(sql) {
        return *known;
    }
    let words = sql.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_'));
    let tables = || schemas.iter().flat_map(|schema| schema.inventory);
    let found = words.filter(|word| !word.is_empty()).any(|word| {
        tables().any(|table| {
            matches!(table.scope, ScopeKind::Guild | ScopeKind::Member)
                && table.name.eq_ignore_ascii_case(word)
        })
    });
    TENANTS.write().unwrap_or_else(PoisonError::into_inner).insert(sql, found);
    found
}

/// The guild whose file alone the statement is about.
fn one_guild(order: Order, params: &[Value]) -> Option<i64> {
    params.first().filter(|_| order.gather == Gather::Guild).and_then(i64::from_value)
}

/// One answer of many.
fn gathered(gather: Gather, answers: Vec<Vec<Row>>) -> Vec<Row> {
    let fold: fn(&Value, &Value) -> Value = match gather {
        Gather::Rows | Gather::Pages | Gather::Guild => return answers.into_iter().flatten().collect(),
        Gather::Sum => add,
        Gather::Least => least,
    };
    let rows = answers.into_iter().flatten();
    rows.reduce(|one, other| one.combined(&other, fold)).into_iter().collect()
}

fn add(one: &Value, other: &Value) -> Value {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => Value::Int(one.saturating_add(*other)),
        (Value::Real(one), Value::Real(other)) => Value::Real(one + other),
        (Value::Null, kept) | (kept, _) => kept.clone(),
    }
}

fn least(one: &Value, other: &Value) -> Value {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => Value::Int(*one.min(other)),
        (Value::Real(one), Value::Real(other)) => Value::Real(one.min(*other)),
        (Value::Null, kept) | (kept, _) => kept.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: Value) -> Vec<Row> {
        vec![Row::new(Arc::from(["rows".into()]), vec![value])]
    }

    #[test]
    fn answers_are_gathered_as_declared() {
        let answers = || vec![row(Value::Int(3)), row(Value::Null), row(Value::Int(2))];
        let one = |gather| gathered(gather, answers()).remove(0).into_values().remove(0);
        assert_eq!(gathered(Gather::Rows, answers()).len(), 3);
        assert_eq!(one(Gather::Sum), Value::Int(5));
        assert_eq!(one(Gather::Least), Value::Int(2));
    }
}
