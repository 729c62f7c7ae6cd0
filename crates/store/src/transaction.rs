//! Transactions. A dropped transaction is rolled back, whatever was going on in it.

use std::{sync::Arc, time::Instant};

use guildhall_core::scope::{GuildScope, UserScope};

use crate::{
    backend::{self, Lease, Order, Scope},
    error::StoreError,
    operator::OperatorPath,
    row::Row,
    telemetry::{self, Kind},
    value::Value,
};

mod scoped;

pub use scoped::{GuildTx, MemberTx, OperatorTx, UserTx};

/// A snapshot, taken at its first statement: nothing that others write meanwhile is seen.
#[derive(Debug)]
pub struct ReadTx(Active);

/// The one write transaction. What it wrote is durable when [`WriteTx::commit`] returns; dropped, it
/// never happened.
#[derive(Debug)]
pub struct WriteTx(Active);

macro_rules! scopes {
    ($tx:ident) => {
        impl $tx {
            /// This guild's rows.
            pub const fn guild(&mut self, scope: GuildScope) -> GuildTx<'_> {
                GuildTx::new(&mut self.0, scope)
            }

            /// This user's rows.
            pub const fn user(&mut self, scope: UserScope) -> UserTx<'_> {
                UserTx::new(&mut self.0, scope)
            }

            /// Rows across guilds, for a named reason.
            pub const fn operator(&mut self, path: OperatorPath) -> OperatorTx<'_> {
                OperatorTx::new(&mut self.0, path)
            }
        }
    };
}

scopes!(ReadTx);
scopes!(WriteTx);

impl ReadTx {
    pub(crate) fn new(lease: Lease) -> Self {
        Self(Active::new(lease, Kind::Read, Arc::default()))
    }
}

impl WriteTx {
    pub(crate) fn new(lease: Lease, instance: Arc<str>) -> Self {
        Self(Active::new(lease, Kind::Write, instance))
    }

    /// Keeps a process from writing until this transaction ends, and waits for what it is writing just now.
    pub(crate) async fn bar(&mut self, instance: &str) -> Result<(), StoreError> {
        self.0.ready()?;
        self.0.control("bar", async |lease| lease.bar(instance).await).await
    }

    pub(crate) const fn active(&mut self) -> &mut Active {
        &mut self.0
    }

    /// Marks a point to come back to. Savepoints nest.
    pub async fn savepoint(&mut self) -> Result<(), StoreError> {
        self.0.ready()?;
        self.0.control("savepoint", async |lease| lease.savepoint().await).await?;
        self.0.savepoints += 1;
        Ok(())
    }

    /// Keeps what was written since the last savepoint, as part of the transaction.
    pub async fn release(&mut self) -> Result<(), StoreError> {
        self.0.ready()?;
        self.0.pop_savepoint()?;
        self.0.control("release", async |lease| lease.release().await).await
    }

    /// Undoes everything since the last savepoint and ends it. Also the way to go on after a statement
    /// failed or was cancelled.
    pub async fn rollback_to_savepoint(&mut self) -> Result<(), StoreError> {
        if self.0.state == State::Lost {
            return Err(StoreError::Spoiled);
        }
        self.0.pop_savepoint()?;
        self.0.control("rollback", async |lease| lease.undo().await).await
    }

    /// Makes everything durable. Refused when a statement failed or was cancelled and was not rolled back,
    /// and when a savepoint is still open.
    pub async fn commit(self) -> Result<(), StoreError> {
        let mut active = self.0;
        active.ready()?;
        if active.savepoints > 0 {
            return Err(StoreError::Spoiled);
        }
        let started = active.started;
        let result = active.take_lease()?.commit().await;
        telemetry::transaction(Kind::Write, started.elapsed());
        result.map_err(|source| backend::failed("commit", source))
    }
}

/// What a transaction is able to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Anything.
    Ready,
    /// A statement runs; seen at the start of the next one, it means that its future was dropped.
    Running,
    /// A statement failed. PostgreSQL refuses to go on after that, so no backend does.
    Failed,
    /// A savepoint command was cut short, so nobody knows how deep the transaction is.
    Lost,
}

/// The part that all transactions share.
#[derive(Debug)]
pub(crate) struct Active {
    /// Taken only by the commit.
    lease: Option<Lease>,
    kind: Kind,
    state: State,
    savepoints: u32,
    started: Instant,
    /// The process that writes; empty where it is none in particular.
    instance: Arc<str>,
}

impl Active {
    fn new(lease: Lease, kind: Kind, instance: Arc<str>) -> Self {
        Self {
            lease: Some(lease),
            kind,
            state: State::Ready,
            savepoints: 0,
            started: Instant::now(),
            instance,
        }
    }

    pub(crate) async fn execute(
        &mut self,
        name: &'static str,
        order: Order,
        params: Vec<Value>,
    ) -> Result<u64, StoreError> {
        self.ready()?;
        self.state = State::Running;
        let started = Instant::now();
        let result = self.lease()?.execute(order, params).await;
        self.finished(name, started, result)
    }

    pub(crate) async fn fetch(
        &mut self,
        name: &'static str,
        order: Order,
        params: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        self.ready()?;
        self.state = State::Running;
        let started = Instant::now();
        let result = self.lease()?.fetch(order, params).await;
        self.finished(name, started, result)
    }

    /// Whether nobody else goes by this name.
    pub(crate) async fn alone(&mut self, scope: Scope, name: &str) -> Result<bool, StoreError> {
        self.ready()?;
        self.state = State::Running;
        let started = Instant::now();
        let result = self.lease()?.alone(scope, name).await;
        self.finished("alone", started, result)
    }

    /// Compiles a statement; what is wrong with its types.
    pub(crate) async fn prepare(
        &mut self,
        name: &'static str,
        order: Order,
    ) -> Result<Vec<String>, StoreError> {
        let result = self.lease()?.prepare(order).await;
        result.map_err(|source| backend::failed(name, source))
    }

    /// Runs a savepoint command. Cut short or failed, it leaves the transaction fit for a rollback only.
    async fn control(
        &mut self,
        name: &'static str,
        command: impl AsyncFnOnce(&mut Lease) -> Result<(), sqlx::Error>,
    ) -> Result<(), StoreError> {
        self.state = State::Lost;
        let result = command(self.lease()?).await;
        result.map_err(|source| backend::failed(name, source))?;
        self.state = State::Ready;
        Ok(())
    }

    fn pop_savepoint(&mut self) -> Result<(), StoreError> {
        self.savepoints = self.savepoints.checked_sub(1).ok_or(StoreError::NoSavepoint)?;
        Ok(())
    }

    fn ready(&self) -> Result<(), StoreError> {
        if self.state == State::Ready { Ok(()) } else { Err(StoreError::Spoiled) }
    }

    fn finished<T>(
        &mut self,
        name: &'static str,
        started: Instant,
        result: Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        telemetry::statement(name, started.elapsed());
        self.state = if result.is_ok() { State::Ready } else { State::Failed };
        result.map_err(|source| backend::failed(name, source))
    }

    fn lease(&mut self) -> Result<&mut Lease, StoreError> {
        self.lease.as_mut().ok_or(StoreError::Closed)
    }

    fn take_lease(&mut self) -> Result<Lease, StoreError> {
        self.lease.take().ok_or(StoreError::Closed)
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        if self.lease.is_some() {
            telemetry::transaction(self.kind, self.started.elapsed());
        }
    }
}
