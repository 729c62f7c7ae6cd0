//! A connection that may have a transaction open. However its holder ends, nobody gets it with a transaction
//! still in it.

use sqlx::{AssertSqlSafe, PgConnection};

use super::Connection;

#[derive(Debug)]
pub(super) struct Held {
    connection: Option<Connection>,
    /// From before the first `BEGIN` is sent until the end is confirmed.
    open: bool,
}

impl Held {
    pub(super) const fn new(connection: Connection) -> Self {
        Self { connection: Some(connection), open: false }
    }

    /// Whether a transaction is begun.
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.connection.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Runs commands without values in one message. They begin the transaction where there is none.
    pub(super) async fn run(&mut self, commands: &str) -> Result<(), sqlx::Error> {
        self.open = true;
        sqlx::raw_sql(AssertSqlSafe(commands)).execute(self.connection()?).await.map(drop)
    }

    /// Runs what is left and commits; nothing at all where nothing was begun.
    pub(super) async fn commit(&mut self, left: &str) -> Result<(), sqlx::Error> {
        if self.open {
            self.run(&format!("{left}COMMIT")).await?;
            self.open = false;
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if !self.open {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            connection.close_on_drop();
            return;
        };
        runtime.spawn(async move {
            // Waits for whatever a cancelled statement still sends. Until it is done nobody has it.
            let ended = sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await;
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection that cannot be rolled back is closed");
                connection.close_on_drop();
            }
        });
    }
}
