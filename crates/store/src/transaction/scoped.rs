//! The scopes: each runs its own kind of statement and binds its own ids.

use std::sync::Arc;

use guildhall_core::{
    id::{GuildId, UserId},
    scope::{GuildScope, MemberScope, UserScope},
};

use super::Active;
use crate::{
    backend::{Order, Scope},
    error::StoreError,
    operator::OperatorPath,
    row::Row,
    statement::{GuildStatement, MemberStatement, OperatorStatement, Statement, UserStatement, marker},
    value::Params,
};

/// One guild's rows.
///
/// A statement of another scope does not compile:
/// ```compile_fail,E0308
/// # use guildhall_store::{GuildTx, OperatorStatement, StoreError, operator, params};
/// const EVERYTHING: OperatorStatement = operator("everything", "SELECT text FROM fact");
/// async fn leak(tx: &mut GuildTx<'_>) -> Result<(), StoreError> {
///     tx.fetch_all(&EVERYTHING, params![]).await.map(|_| ())
/// }
/// ```
/// and neither does a constant that forgets its guild:
/// ```compile_fail,E0080
/// # use guildhall_store::{GuildStatement, guild};
/// const EVERYTHING: GuildStatement = guild("everything", "SELECT text FROM fact");
/// # let _ = EVERYTHING;
/// ```
#[derive(Debug)]
pub struct GuildTx<'t> {
    active: &'t mut Active,
    scope: GuildScope,
}

/// One member's rows.
#[derive(Debug)]
pub struct MemberTx<'t> {
    active: &'t mut Active,
    scope: MemberScope,
}

/// One user's rows, across guilds.
#[derive(Debug)]
pub struct UserTx<'t> {
    active: &'t mut Active,
    scope: UserScope,
}

/// Rows across guilds, for a named reason.
#[derive(Debug)]
pub struct OperatorTx<'t> {
    active: &'t mut Active,
    path: OperatorPath,
}

impl<'t> GuildTx<'t> {
    pub(super) const fn new(active: &'t mut Active, scope: GuildScope) -> Self {
        Self { active, scope }
    }

    /// The guild.
    pub const fn guild(&self) -> GuildId {
        self.scope.0
    }

    /// The process that this transaction belongs to; empty where it is none in particular.
    pub(crate) fn instance(&self) -> Arc<str> {
        Arc::clone(&self.active.instance)
    }

    /// The rows of one of its members.
    pub const fn member(&mut self, user: UserId) -> MemberTx<'_> {
        MemberTx { active: self.active, scope: MemberScope { guild: self.scope.0, user } }
    }

    fn bound(&self) -> Scope {
        Scope::Guild(self.scope.0.to_db())
    }
}

impl MemberTx<'_> {
    /// The guild.
    pub const fn guild(&self) -> GuildId {
        self.scope.guild
    }

    /// The user.
    pub const fn user(&self) -> UserId {
        self.scope.user
    }

    fn bound(&self) -> Scope {
        Scope::Member(self.scope.guild.to_db(), self.scope.user.to_db())
    }
}

impl<'t> UserTx<'t> {
    pub(super) const fn new(active: &'t mut Active, scope: UserScope) -> Self {
        Self { active, scope }
    }

    /// The user.
    pub const fn user(&self) -> UserId {
        self.scope.0
    }

    fn bound(&self) -> Scope {
        Scope::User(self.scope.0.to_db())
    }
}

impl<'t> OperatorTx<'t> {
    pub(super) const fn new(active: &'t mut Active, path: OperatorPath) -> Self {
        Self { active, path }
    }

    /// The reason.
    pub const fn path(&self) -> OperatorPath {
        self.path
    }

    /// Whether this transaction is the only one that goes by this name until it ends. Nobody waits; who hears
    /// `false` leaves the matter to the other. For transactions that write.
    pub async fn alone(&mut self, name: &str) -> Result<bool, StoreError> {
        let scope = self.bound();
        self.active.alone(scope, name).await
    }

    const fn bound(&self) -> Scope {
        Scope::Operator(self.path)
    }
}

macro_rules! statements {
    ($($tx:ident runs $statement:ty),+ $(,)?) => {$(
        impl $tx<'_> {
            /// Runs the statement; the number of rows it changed.
            pub async fn execute(&mut self, statement: &$statement, params: Params) -> Result<u64, StoreError> {
                let order = order(statement, self.bound(), &params)?;
                self.active.execute(statement.name(), order, params).await
            }

            /// Every row that the statement gives.
            pub async fn fetch_all(&mut self, statement: &$statement, params: Params) -> Result<Vec<Row>, StoreError> {
                let order = order(statement, self.bound(), &params)?;
                self.active.fetch(statement.name(), order, params).await
            }

            /// The first row, where there is one.
            pub async fn fetch_optional(
                &mut self,
                statement: &$statement,
                params: Params,
            ) -> Result<Option<Row>, StoreError> {
                self.fetch_all(statement, params).await.map(|rows| rows.into_iter().next())
            }

            /// The first row, which is always there.
            pub async fn fetch_one(&mut self, statement: &$statement, params: Params) -> Result<Row, StoreError> {
                let row = self.fetch_optional(statement, params).await?;
                row.ok_or(StoreError::NoRow { statement: statement.name() })
            }
        }
    )+};
}

statements! {
    GuildTx runs GuildStatement,
    MemberTx runs MemberStatement,
    UserTx runs UserStatement,
    OperatorTx runs OperatorStatement,
}

/// SQLite takes a missing value for null without a word, so the store counts them.
fn order<S: marker::Scope>(
    statement: &Statement<S>,
    scope: Scope,
    params: &Params,
) -> Result<Order, StoreError> {
    let given = scope.len() + params.len();
    if given == statement.parameters() {
        return Ok(Order { scope, sql: statement.sql(), gather: statement.gather() });
    }
    Err(StoreError::Parameters { statement: statement.name(), expected: statement.parameters(), given })
}
