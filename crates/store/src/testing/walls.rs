//! Looks at the walls themselves: in PostgreSQL's catalogue, and by walking into them.

use guildhall_core::{
    id::{GuildId, UserId},
    scope::{GuildScope, UserScope},
};

use super::fill::leaked;
use crate::{
    backend::{Backend, postgres},
    catalogue::TableInfo,
    error::{Failure, StoreError},
    operator::OperatorPath,
    params,
    statement::{OperatorStatement, ScopeKind, guild, member, operator, user},
    store::Store,
    transaction::WriteTx,
};

const ROLES: OperatorStatement = operator(
    "testing_roles",
    "SELECT CAST(rolname AS TEXT) AS name,
         CAST(CASE WHEN rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin
             THEN 1 ELSE 0 END AS BIGINT) AS mighty,
         (SELECT CAST(COUNT(*) AS BIGINT) FROM pg_catalog.pg_class WHERE relowner = r.oid) AS owned,
         (SELECT CAST(COUNT(*) AS BIGINT) FROM pg_catalog.pg_auth_members WHERE member = r.oid) AS memberships
     FROM pg_catalog.pg_roles AS r WHERE rolname IN ($1, $2)",
);

const TABLES: OperatorStatement = operator(
    "testing_tables",
    "SELECT CAST(c.relname AS TEXT) AS name,
         CAST(CASE WHEN c.relrowsecurity THEN 1 ELSE 0 END AS BIGINT) AS enabled,
         CAST(CASE WHEN c.relforcerowsecurity THEN 1 ELSE 0 END AS BIGINT) AS forced,
         CAST(CASE WHEN has_table_privilege('public', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
             THEN 1 ELSE 0 END AS BIGINT) AS open,
         CAST(CASE WHEN has_table_privilege($1, c.oid, 'SELECT') THEN 1 ELSE 0 END AS BIGINT) AS app_reads,
         CAST(CASE WHEN has_table_privilege($1, c.oid, 'TRUNCATE, REFERENCES, TRIGGER') THEN 1 ELSE 0 END AS BIGINT)
             AS app_more
     FROM pg_catalog.pg_class AS c
     WHERE c.relnamespace = pg_catalog.to_regnamespace(current_schema()::text) AND c.relkind IN ('r', 'p', 'v', 'm')",
);

const POLICIES: OperatorStatement = operator(
    "testing_policies",
    "SELECT CAST(tablename AS TEXT) AS name, CAST(policyname AS TEXT) AS policy, permissive, cmd,
         array_to_string(roles, ',') AS roles, COALESCE(qual, '') AS reads, COALESCE(with_check, '') AS writes
     FROM pg_catalog.pg_policies WHERE schemaname = current_schema()::text ORDER BY tablename, policyname",
);

/// The commands that build the walls of this table, where the database has walls of its own.
pub fn walls_of(store: &Store, info: &TableInfo) -> Option<String> {
    let Backend::Postgres(pool) = store.backend() else { return None };
    Some(postgres::walls::around(info.table, &pool.roles))
}

/// Compares what PostgreSQL says of its roles, tables, policies and keys with what the walls need. Nothing is
/// wrong with the roles and policies of a database that has none.
pub async fn catalogue(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut faults = keys(store.tables());
    let Backend::Postgres(pool) = store.backend() else { return Ok(faults) };
    let roles = &pool.roles;
    let mut read = store.read().await?;
    let mut tx = read.operator(OperatorPath::Diagnosis);
    let found = tx.fetch_all(&ROLES, params![roles.app.as_str(), roles.operator.as_str()]).await?;
    if found.len() != 2 {
        faults.push(format!("of the two roles, {} are there", found.len()));
    }
    for row in found {
        let name: String = row.get("name")?;
        for (column, fault) in [
            ("mighty", "may do more than read and write"),
            ("owned", "owns something"),
            ("memberships", "is a member of another role"),
        ] {
            if row.get::<i64>(column)? != 0 {
                faults.push(format!("the role `{name}` {fault}"));
            }
        }
    }
    let tables = tx.fetch_all(&TABLES, params![roles.app.as_str()]).await?;
    let policies = tx.fetch_all(&POLICIES, params![]).await?;
    for row in &tables {
        let name: String = row.get("name")?;
        let known = store.tables().iter().find(|info| info.table.name == name);
        let reads: bool = row.get("app_reads")?;
        let Some(info) = known else {
            // The ledger; its rows are about no one.
            if reads {
                faults.push(format!("the role of scopes reads `{name}`, which is in no inventory"));
            }
            continue;
        };
        let scoped = info.table.scope != ScopeKind::Global;
        for (wrong, fault) in [
            (!row.get::<bool>("enabled")?, "has no row-level security"),
            (!row.get::<bool>("forced")?, "does not force row-level security on its owner"),
            (row.get::<bool>("open")?, "is open to everyone"),
            (row.get::<bool>("app_more")?, "may be emptied or referred to by the role of scopes"),
            (reads && !scoped, "belongs to nobody and is read by the role of scopes"),
        ] {
            if wrong {
                faults.push(format!("`{name}` {fault}"));
            }
        }
        let mut wanted = vec![("of_operators", roles.operator.as_str())];
        if scoped {
            wanted.push(("of_scope", roles.app.as_str()));
        }
        for row in policies.iter().filter(|row| row.get::<String>("name").is_ok_and(|found| found == name)) {
            let policy: String = row.get("policy")?;
            let (to, reads, writes): (String, String, String) =
                (row.get("roles")?, row.get("reads")?, row.get("writes")?);
            let at = wanted.iter().position(|(name, role)| *name == policy && *role == to);
            let ordinary =
                row.get::<String>("permissive")? == "PERMISSIVE" && row.get::<String>("cmd")? == "ALL";
            match at {
                Some(at) if ordinary => drop(wanted.remove(at)),
                _ => faults.push(format!("`{name}` has a policy `{policy}` for {to} that nobody declared")),
            }
            if policy == "of_scope" && (reads != writes || !narrow(&reads, info.table.scope)) {
                faults.push(format!("the policy of `{name}` lets through more than its scope: {reads}"));
            }
        }
        faults.extend(
            wanted.iter().map(|(policy, role)| format!("`{name}` lacks the policy `{policy}` for {role}")),
        );
    }
    Ok(faults)
}

/// Whether the condition of a policy, as the server writes it, ties each id of the scope to its setting.
fn narrow(condition: &str, scope: ScopeKind) -> bool {
    let plain: String = condition.to_lowercase().chars().filter(|sign| !sign.is_whitespace()).collect();
    let tied = |column: &str, setting: &str| {
        plain.contains(&format!("{column}=(select")) && plain.contains(&format!("'guildhall.{setting}'"))
    };
    let alternatives = plain.matches(")or(").count() + plain.matches("isnull)or").count();
    match scope {
        ScopeKind::Guild => tied("guild_id", "guild_id") && alternatives == 0,
        // A guild's transaction sees all of its members.
        ScopeKind::Member => {
            tied("guild_id", "guild_id")
                && tied("user_id", "member_id")
                && plain.contains(")and(")
                && alternatives <= 2
        }
        ScopeKind::User => tied("user_id", "user_id") && alternatives == 0,
        ScopeKind::Global => false,
    }
}

/// The keys of tenants' tables begin with their owner, and a foreign key between two of them includes it on
/// both sides: a row cannot belong to two guilds.
fn keys(tables: &[TableInfo]) -> Vec<String> {
    let mut faults = Vec::new();
    let scope = |name: &str| tables.iter().find(|info| info.table.name == name).map(|info| info.table.scope);
    for info in tables {
        let name = info.table.name;
        let wanted = super::key_of(info.table.scope);
        if !info.key.iter().map(String::as_str).take(wanted.len()).eq(wanted.iter().copied()) {
            faults.push(format!("the key of `{name}` does not begin with {wanted:?}"));
        }
        for to in &info.references {
            let tenant = |scope| matches!(scope, ScopeKind::Guild | ScopeKind::Member);
            if !tenant(info.table.scope) || !scope(&to.table).is_some_and(tenant) {
                continue;
            }
            let mut pairs = to.columns.iter().zip(&to.parents);
            if !pairs.any(|(own, parent)| own == "guild_id" && parent == "guild_id") {
                faults
                    .push(format!("a foreign key of `{name}` to `{}` does not include the guild", to.table));
            }
        }
    }
    faults
}

/// Tries to see and to change rows across the walls with statements that have no filter at all, where each of
/// these guilds has rows. The walls must hold without any help from the statement: true of PostgreSQL and of
/// a file for each guild.
pub async fn across(
    store: &Store,
    one: (GuildId, UserId),
    other: (GuildId, UserId),
) -> Result<Vec<String>, StoreError> {
    let mut faults = Vec::new();
    for info in store.tables() {
        let name = info.table.name;
        let column = info.columns.last().map_or("guild_id", |column| column.name.as_str());
        let all = match info.table.scope {
            ScopeKind::Guild => "CAST($1 AS BIGINT) IS NOT NULL",
            ScopeKind::Member => "CAST($1 AS BIGINT) IS NOT NULL AND CAST($2 AS BIGINT) IS NOT NULL",
            ScopeKind::User | ScopeKind::Global => continue,
        };
        let texts = [
            leaked(format!("SELECT guild_id AS owner FROM {name} WHERE {all}")),
            leaked(format!("UPDATE {name} SET {column} = {column} WHERE {all} RETURNING guild_id AS owner")),
            leaked(format!("DELETE FROM {name} WHERE {all} RETURNING guild_id AS owner")),
        ];
        for (id, member) in [one, other] {
            for text in texts {
                let mut write = store.write().await?;
                let rows = match owners(&mut write, info.table.scope, text, id, member).await {
                    // It saw rows that it may not write.
                    Err(StoreError::Statement { kind: Failure::Walled, .. }) => {
                        faults.push(format!("one guild sees another's rows: {text}"));
                        continue;
                    }
                    rows => rows?,
                };
                if rows.iter().any(|owner| *owner != id) {
                    faults.push(format!("one guild reaches another's rows: {text}"));
                }
                if rows.is_empty() {
                    faults.push(format!("a guild does not reach its own rows: {text}"));
                }
            }
        }
        if matches!(store.backend(), Backend::Postgres(_)) {
            let moved = leaked(format!(
                "UPDATE {name} SET guild_id = guild_id + 1 WHERE {all} RETURNING guild_id AS owner"
            ));
            let mut write = store.write().await?;
            match owners(&mut write, info.table.scope, moved, one.0, one.1).await {
                Err(StoreError::Statement { kind: Failure::Walled, .. }) => {}
                _ => faults.push(format!("a row can be handed to another guild: {moved}")),
            }
        }
    }
    Ok(faults)
}

async fn owners(
    write: &mut WriteTx,
    scope: ScopeKind,
    text: &'static str,
    id: GuildId,
    member_id: UserId,
) -> Result<Vec<GuildId>, StoreError> {
    let mut tx = write.guild(GuildScope(id));
    let rows = match scope {
        ScopeKind::Member => {
            tx.member(member_id).fetch_all(&member("testing_across", text), params![]).await?
        }
        _ => tx.fetch_all(&guild("testing_across", text), params![]).await?,
    };
    rows.iter().map(|row| row.get("owner")).collect()
}

/// The same for users: what one user's transaction sees of another's rows, with no filter.
pub async fn across_users(store: &Store, one: UserId, other: UserId) -> Result<Vec<String>, StoreError> {
    let mut faults = Vec::new();
    for info in store.tables().iter().filter(|info| info.table.scope == ScopeKind::User) {
        let text = leaked(format!(
            "SELECT user_id AS owner FROM {} WHERE CAST($1 AS BIGINT) IS NOT NULL",
            info.table.name
        ));
        for id in [one, other] {
            let mut read = store.read().await?;
            let rows = read.user(UserScope(id)).fetch_all(&user("testing_across", text), params![]).await?;
            let owners = rows.iter().map(|row| row.get::<UserId>("owner")).collect::<Result<Vec<_>, _>>()?;
            if owners.is_empty() || owners.iter().any(|owner| *owner != id) {
                faults.push(format!("a user sees {owners:?}: {text}"));
            }
        }
    }
    Ok(faults)
}
