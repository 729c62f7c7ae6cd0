//! The mutation proof: filters are taken out of statements, and walls out of the database, one at a time. A
//! check that does not notice would not notice a mistake either.

use std::collections::BTreeMap;

use guildhall_core::id::{GuildId, UserId};
use guildhall_framework::Registry;
use guildhall_store::{ScopeKind, Store, TableInfo, testing};
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::{ProofError, canary, schemas, sweep};

/// What became of the mutants of one kind.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Tally {
    /// How many there were.
    pub made: u64,
    /// How many a check found out.
    pub killed: u64,
}

/// What became of all.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// By what was done.
    pub kinds: BTreeMap<String, Tally>,
    /// Those that nothing found out.
    pub survivors: Vec<String>,
}

impl Report {
    fn add(&mut self, kind: &str, what: &str, killed: bool) {
        let tally = self.kinds.entry(kind.to_owned()).or_default();
        tally.made += 1;
        tally.killed += u64::from(killed);
        if !killed {
            self.survivors.push(format!("{kind}: {what}"));
        }
    }

    /// All kinds together.
    pub fn total(&self) -> Tally {
        self.kinds.values().fold(Tally::default(), |sum, one| Tally {
            made: sum.made + one.made,
            killed: sum.killed + one.killed,
        })
    }
}

/// Takes the filters out of every statement of a guild, member or user.
pub fn statements(registry: &Registry) -> Report {
    let schemas = schemas(registry);
    let mut report = Report::default();
    for mutant in testing::mutants(&schemas) {
        let what = format!("{} `{}`: {}", mutant.owner, mutant.statement.name, mutant.statement.sql);
        report.add(mutant.damage.name(), &what, testing::is_found_out(&mutant, &schemas));
    }
    // A statement without anything to take out would be a mutant as it stands.
    for name in testing::immune(&schemas) {
        report.add("without any filter", &name, false);
    }
    report
}

/// One damage to the walls of PostgreSQL: how it is done, and how it is undone besides building the table's
/// walls anew.
struct Damage {
    kind: &'static str,
    does: String,
    undoes: String,
}

fn damages(info: &TableInfo, app: &str, operator: &str) -> Vec<Damage> {
    let table = info.table.name;
    let one = |kind, does: String, undoes: String| Damage { kind, does, undoes };
    let nothing = String::new;
    let mut all = vec![
        one("row security disabled", format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"), nothing()),
        one("row security not forced", format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"), nothing()),
        one("operators' policy dropped", format!("DROP POLICY of_operators ON {table}"), nothing()),
        one(
            "second policy that permits all",
            format!("CREATE POLICY another ON {table} TO \"{app}\" USING (true) WITH CHECK (true)"),
            format!("DROP POLICY another ON {table}"),
        ),
        one("table open to everyone", format!("GRANT SELECT ON {table} TO PUBLIC"), nothing()),
        one(
            "role of scopes made the owner",
            format!("ALTER TABLE {table} OWNER TO \"{app}\""),
            format!("ALTER TABLE {table} OWNER TO {}", guildhall_server_kit::postgres::OWNER),
        ),
    ];
    if info.table.scope == ScopeKind::Global {
        all.push(one(
            "nobody's table opened to scopes",
            format!("GRANT SELECT ON {table} TO \"{app}\""),
            nothing(),
        ));
        return all;
    }
    let alter = |rest: &str| format!("ALTER POLICY of_scope ON {table} {rest}");
    all.extend([
        one("policy dropped", format!("DROP POLICY of_scope ON {table}"), nothing()),
        one("policy shows all", alter("USING (true)"), nothing()),
        one("policy takes all", alter("WITH CHECK (true)"), nothing()),
        one("policy for everyone", alter("TO PUBLIC"), nothing()),
        one("policy for operators", alter(&format!("TO \"{operator}\"")), nothing()),
        one(
            "role of scopes may empty the table",
            format!("GRANT TRUNCATE ON {table} TO \"{app}\""),
            nothing(),
        ),
    ]);
    all
}

/// Takes walls out of a PostgreSQL database, with the rights of a superuser. The store is on it, and empty.
pub async fn walls(store: &Store, superuser: &str) -> Result<Report, ProofError> {
    let (app, operator) = ("guildhall_app", "guildhall_operator");
    let mut admin = PgConnection::connect(superuser).await?;
    sweep::fill(store, 2).await?;
    let guild = |number| (canary::guild(number), canary::member(number, 0));
    let (one, other) = (guild(1), guild(2));
    let mut report = Report::default();
    stand(store, one, other, "before they are damaged").await?;
    let mut run = async |sql: &str| admin.execute(AssertSqlSafe(sql.to_owned())).await.map(drop);
    for info in store.tables() {
        let walls = testing::walls_of(store, info).unwrap_or_default();
        for damage in damages(info, app, operator) {
            run(&damage.does).await?;
            let killed = !testing::catalogue(store).await?.is_empty();
            if !damage.undoes.is_empty() {
                run(&damage.undoes).await?;
            }
            run(&walls).await?;
            report.add(damage.kind, info.table.name, killed);
        }
    }
    for (kind, does, undoes) in [
        (
            "role that bypasses",
            format!("ALTER ROLE \"{app}\" BYPASSRLS"),
            format!("ALTER ROLE \"{app}\" NOBYPASSRLS"),
        ),
        (
            "role that is a superuser",
            format!("ALTER ROLE \"{app}\" SUPERUSER"),
            format!("ALTER ROLE \"{app}\" NOSUPERUSER"),
        ),
        ("role that logs in", format!("ALTER ROLE \"{app}\" LOGIN"), format!("ALTER ROLE \"{app}\" NOLOGIN")),
        (
            "role of scopes made an operator",
            format!("GRANT \"{operator}\" TO \"{app}\""),
            format!("REVOKE \"{operator}\" FROM \"{app}\""),
        ),
    ] {
        run(&does).await?;
        let killed = !testing::catalogue(store).await?.is_empty();
        run(&undoes).await?;
        report.add(kind, app, killed);
    }
    // What a hole lets through is seen by walking into it, too, not only in the catalogue.
    for kind in
        ["row security disabled", "policy shows all", "second policy that permits all", "policy dropped"]
    {
        let tables = store
            .tables()
            .iter()
            .filter(|info| matches!(info.table.scope, ScopeKind::Guild | ScopeKind::Member));
        for info in tables {
            let damage = damages(info, app, operator).into_iter().find(|damage| damage.kind == kind);
            let Some(damage) = damage else { continue };
            run(&damage.does).await?;
            let killed = !testing::across(store, one, other).await?.is_empty();
            if !damage.undoes.is_empty() {
                run(&damage.undoes).await?;
            }
            run(&testing::walls_of(store, info).unwrap_or_default()).await?;
            report.add(&format!("{kind}, walked into"), info.table.name, killed);
        }
    }
    stand(store, one, other, "after they were mended").await?;
    Ok(report)
}

/// That nothing is wrong with the walls.
async fn stand(
    store: &Store,
    one: (GuildId, UserId),
    other: (GuildId, UserId),
    when: &str,
) -> Result<(), ProofError> {
    let faults = [testing::catalogue(store).await?, testing::across(store, one, other).await?].concat();
    match faults.first() {
        None => Ok(()),
        Some(fault) => Err(ProofError::Missing(format!("the walls do not stand {when}: {fault}"))),
    }
}
