//! Counts that grow: what many events add to the same row is added once for all of them.

use std::collections::BTreeMap;

use guildhall_core::{
    id::{GuildId, UserId},
    scope::GuildScope,
};
use guildhall_store::{GuildStatement, MemberStatement, Params, StoreError, Value, WriteTx};

/// A statement whose last value is an amount that it adds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Adds {
    Guild(&'static GuildStatement),
    Member(&'static MemberStatement, UserId),
}

impl Adds {
    const fn key(&self) -> (Option<UserId>, &'static str) {
        match self {
            Self::Guild(statement) => (None, statement.name()),
            Self::Member(statement, user) => (Some(*user), statement.name()),
        }
    }

    pub(crate) async fn execute(
        self,
        write: &mut WriteTx,
        guild: GuildId,
        mut params: Params,
        amount: i64,
    ) -> Result<(), StoreError> {
        params.push(Value::from(amount));
        let mut tx = write.guild(GuildScope(guild));
        match self {
            Self::Guild(statement) => tx.execute(statement, params).await.map(drop),
            Self::Member(statement, user) => tx.member(user).execute(statement, params).await.map(drop),
        }
    }
}

type Rows = Vec<(Params, i64)>;

/// Amounts by the rows that they are added to. Nothing is written before [`Tallies::write`], which belongs into the
/// transaction that the events are in.
#[derive(Debug, Default)]
pub struct Tallies(BTreeMap<(GuildId, Option<UserId>, &'static str), (Adds, Rows)>);

impl Tallies {
    pub(crate) fn add(&mut self, guild: GuildId, adds: Adds, params: Params, amount: i64) {
        let (user, name) = adds.key();
        let (_, rows) = self.0.entry((guild, user, name)).or_insert_with(|| (adds, Rows::new()));
        match rows.iter_mut().find(|(known, _)| *known == params) {
            Some((_, sum)) => *sum += amount,
            None => rows.push((params, amount)),
        }
    }

    /// Takes over what another event has left.
    pub fn extend(&mut self, others: Self) {
        for ((guild, ..), (adds, rows)) in others.0 {
            for (params, amount) in rows {
                self.add(guild, adds, params, amount);
            }
        }
    }

    /// Adds all of it, guild after guild by their numbers, as everybody does who writes for several.
    pub async fn write(self, write: &mut WriteTx) -> Result<(), StoreError> {
        for ((guild, ..), (adds, rows)) in self.0 {
            for (params, amount) in rows {
                adds.execute(write, guild, params, amount).await?;
            }
        }
        Ok(())
    }
}
