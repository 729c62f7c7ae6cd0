//! The walls in PostgreSQL: two roles that own nothing, and row-level security on every table, generated
//! from the inventory. Enabled and forced, so that it binds whoever owns the tables, too.

use std::fmt::Write as _;

use super::{Owner, Pool, Scope};
use crate::{error::StoreError, inventory::Table, schema::Schema, statement::ScopeKind};

/// The setting that holds the guild of the transaction.
const GUILD: &str = "guildhall.guild_id";
/// The setting that narrows the transaction down to one member of that guild.
const MEMBER: &str = "guildhall.member_id";
/// The setting that holds the user of the transaction, where it is about no guild.
const USER: &str = "guildhall.user_id";

/// Rises with every change of what is generated here, so that walls of an older program are built anew.
const EDITION: u32 = 1;

/// The roles that transactions run as.
#[derive(Clone, Debug)]
pub(crate) struct Roles {
    /// Sees the rows of one scope.
    pub(crate) app: String,
    /// Sees all rows, for the named operator paths.
    pub(crate) operator: String,
}

impl Roles {
    pub(crate) fn called(prefix: &str) -> Self {
        Self { app: format!("{prefix}_app"), operator: format!("{prefix}_operator") }
    }

    /// The commands that put a transaction into this scope.
    pub(super) fn enter(&self, scope: Scope, text: &mut String) {
        let (guild, member, user) = match scope {
            Scope::Guild(guild) => (Some(guild), None, None),
            Scope::Member(guild, member) => (Some(guild), Some(member), None),
            Scope::User(user) => (None, None, Some(user)),
            Scope::Operator(_) => (None, None, None),
        };
        let role = if matches!(scope, Scope::Operator(_)) { &self.operator } else { &self.app };
        let shown = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
        let _ = write!(
            text,
            "SET LOCAL ROLE {};SET LOCAL {GUILD}='{}';SET LOCAL {MEMBER}='{}';SET LOCAL {USER}='{}'",
            quoted(role),
            shown(guild),
            shown(member),
            shown(user),
        );
    }
}

/// The condition that a row fulfils which the transaction may see and write. Each setting is read once for
/// a statement, not for each row; an empty one matches nothing.
fn condition(scope: ScopeKind) -> Option<String> {
    let setting =
        |name: &str| format!("(SELECT NULLIF(pg_catalog.current_setting('{name}', true), '')::bigint)");
    match scope {
        ScopeKind::Guild => Some(format!("guild_id = {}", setting(GUILD))),
        ScopeKind::Member => Some(format!(
            "guild_id = {} AND ({member} IS NULL OR user_id = {member})",
            setting(GUILD),
            member = setting(MEMBER)
        )),
        ScopeKind::User => Some(format!("user_id = {}", setting(USER))),
        ScopeKind::Global => None,
    }
}

/// The commands that wall one table off.
pub(crate) fn around(table: &Table, roles: &Roles) -> String {
    let (name, app, operator) = (table.name, quoted(&roles.app), quoted(&roles.operator));
    let mut sql = format!(
        "ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
         ALTER TABLE {name} FORCE ROW LEVEL SECURITY;
         DROP POLICY IF EXISTS of_scope ON {name};
         DROP POLICY IF EXISTS of_operators ON {name};
         REVOKE ALL ON {name} FROM PUBLIC, {app}, {operator};
         CREATE POLICY of_operators ON {name} TO {operator} USING (true) WITH CHECK (true);
         GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {operator};"
    );
    if let Some(condition) = condition(table.scope) {
        let _ = write!(
            sql,
            "CREATE POLICY of_scope ON {name} TO {app} USING ({condition}) WITH CHECK ({condition});
             GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {app};"
        );
    }
    sql
}

/// Names the walls that this program builds around these tables.
pub(crate) fn digest(schemas: &[Schema], roles: &Roles) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&EDITION.to_le_bytes());
    for table in schemas.iter().flat_map(|schema| schema.inventory) {
        hasher.update(around(table, roles).as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Makes the roles where they are missing, and lets the login of the program become them.
pub(crate) async fn roles(owner: &mut Owner, pool: &Pool) -> Result<(), StoreError> {
    let roles = &pool.roles;
    for role in [&roles.app, &roles.operator] {
        let found = owner
            .fetch(&format!(
                "SELECT CAST(CASE WHEN rolsuper OR rolbypassrls THEN 1 ELSE 0 END AS BIGINT) AS mighty
                 FROM pg_catalog.pg_roles WHERE rolname = {}",
                literal(role)
            ))
            .await
            .map_err(|source| refused(roles, pool, "look for its roles", source))?;
        match found.first().map(|row| row.get::<bool>("mighty")).transpose()? {
            Some(false) => {}
            Some(true) => {
                return Err(StoreError::Walls {
                    step: format!("use the role `{role}`, which the walls do not bind"),
                    hint: format!(
                        "run as an administrator: ALTER ROLE {} NOSUPERUSER NOBYPASSRLS",
                        quoted(role)
                    ),
                    source: Box::new(sqlx::Error::RowNotFound),
                });
            }
            None => {
                // Another process may make it at the same time.
                let made = owner
                    .script(&format!(
                        "DO $$ BEGIN {}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
                        making(role)
                    ))
                    .await;
                made.map_err(|source| refused(roles, pool, "make its roles", source))?;
            }
        }
    }
    let member = owner
        .fetch(&format!(
            "SELECT CAST(CASE WHEN pg_catalog.pg_has_role({login}, {app}, 'MEMBER')
                 AND pg_catalog.pg_has_role({login}, {operator}, 'MEMBER') THEN 1 ELSE 0 END AS BIGINT) AS yes",
            login = literal(&pool.login),
            app = literal(&roles.app),
            operator = literal(&roles.operator),
        ))
        .await
        .map_err(|source| refused(roles, pool, "look for its login", source))?;
    if !member.first().map(|row| row.get::<bool>("yes")).transpose()?.unwrap_or(false) {
        let granted = owner.script(&granting(roles, &pool.login)).await;
        granted.map_err(|source| refused(roles, pool, "let its login use its roles", source))?;
    }
    Ok(())
}

/// Walls off every table of the inventory that exists, all in the transaction that is open.
pub(crate) async fn build(owner: &mut Owner, pool: &Pool, schemas: &[Schema]) -> Result<(), StoreError> {
    let refused = |source| refused(&pool.roles, pool, "wall off the tables", source);
    let found = owner
        .fetch("SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.to_regnamespace(current_schema()::text) AND relkind IN ('r', 'p')")
        .await
        .map_err(refused)?;
    let found = found.iter().map(|row| row.get::<String>("relname")).collect::<Result<Vec<_>, _>>()?;
    let (app, operator) = (quoted(&pool.roles.app), quoted(&pool.roles.operator));
    let mut sql = format!(
        "DO $$ BEGIN EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA %I TO {app}, {operator}', current_schema()); END $$;
         GRANT SELECT ON schema_ledger TO {operator};"
    );
    for table in schemas.iter().flat_map(|schema| schema.inventory) {
        if found.iter().any(|name| name == table.name) {
            sql.push_str(&around(table, &pool.roles));
        }
    }
    let _ = write!(sql, "COMMENT ON TABLE schema_ledger IS 'walls {}';", digest(schemas, &pool.roles));
    owner.script(&sql).await.map_err(refused)
}

/// Lets the owner work on all rows for the rest of the transaction's migration. The walls are built anew
/// afterwards, because the note about them is gone.
pub(crate) const LOWER: &str = "
    DO $$ DECLARE found record; BEGIN
        FOR found IN SELECT oid::regclass AS name FROM pg_catalog.pg_class
            WHERE relnamespace = pg_catalog.to_regnamespace(current_schema()::text) AND relforcerowsecurity
        LOOP EXECUTE pg_catalog.format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', found.name); END LOOP;
    END $$;
    COMMENT ON TABLE schema_ledger IS NULL;";

/// The note about the walls that stand.
pub(crate) const STANDING: &str =
    "SELECT COALESCE(pg_catalog.obj_description('schema_ledger'::regclass, 'pg_class'), '') AS note";

fn making(role: &str) -> String {
    format!("CREATE ROLE {} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE", quoted(role))
}

fn granting(roles: &Roles, login: &str) -> String {
    format!("GRANT {}, {} TO {}", quoted(&roles.app), quoted(&roles.operator), quoted(login))
}

fn refused(roles: &Roles, pool: &Pool, step: &str, source: sqlx::Error) -> StoreError {
    StoreError::Walls {
        step: step.to_owned(),
        hint: format!(
            "the owner of the tables needs CREATEROLE, or an administrator runs once: {}; {}; {}",
            making(&roles.app),
            making(&roles.operator),
            granting(roles, &pool.login)
        ),
        source: Box::new(source),
    }
}

/// A name in SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in SQL.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::OperatorPath;

    #[test]
    fn names_and_texts_cannot_break_out() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("a'b"), "'a''b'");
    }

    #[test]
    fn every_scope_sets_all_three_ids() {
        let roles = Roles::called("guildhall");
        for (scope, wanted) in [
            (Scope::Guild(1), ["app", "guild_id='1'", "member_id=''", "user_id=''"]),
            (Scope::Member(1, 2), ["app", "guild_id='1'", "member_id='2'", "user_id=''"]),
            (Scope::User(2), ["app", "guild_id=''", "member_id=''", "user_id='2'"]),
            (
                Scope::Operator(OperatorPath::Diagnosis),
                ["operator", "guild_id=''", "member_id=''", "user_id=''"],
            ),
        ] {
            let mut text = String::new();
            roles.enter(scope, &mut text);
            for part in wanted {
                assert!(text.contains(part), "{text}");
            }
        }
    }
}
