//! Exports what the inventories find of a user, a member or a guild, page by page, so that neither a long
//! snapshot nor much memory is needed. [`archive`] makes a ZIP of documented JSON of it.

use std::{collections::VecDeque, fmt::Write as _};

use guildhall_core::{
    id::{GuildId, UserId},
    scope::{GuildScope, UserScope},
};
use serde_json::{Map, Value as Json};

use crate::{
    derived, erase,
    error::StoreError,
    inventory::{Personal, Table},
    params,
    row::Row,
    statement::{ScopeKind, guild as guild_statement, user as user_statement},
    store::Store,
    subject::{Reason, Subject},
    value::{Params, Value},
};

mod archive;
mod zip;

pub use archive::{Archive, archive, schema};

/// Rows of one page.
const PAGE: u32 = 500;

/// Rows of one table, as JSON objects with a field for every column.
#[derive(Clone, Debug)]
pub struct Page {
    /// The table.
    pub table: &'static Table,
    /// The guild; `None` for what is a user's beyond guilds.
    pub guild: Option<GuildId>,
    /// The rows, in the order of the key.
    pub rows: Vec<Map<String, Json>>,
}

/// A table that is still to be read.
#[derive(Debug)]
struct Part {
    table: &'static Table,
    /// The condition on its rows, and the purpose of its statements.
    condition: String,
    purposes: [&'static str; 2],
    owner: Owner,
    /// The key of the last row that was read.
    after: Option<Params>,
}

#[derive(Clone, Copy, Debug)]
enum Owner {
    Member(GuildId, UserId),
    Guild(GuildId),
    User(UserId),
}

/// An export under way.
#[derive(Debug)]
pub struct Export {
    store: Store,
    parts: VecDeque<Part>,
}

impl Export {
    /// Everything that is found of the subject. A user has what is theirs beyond guilds, and what is theirs
    /// in each guild.
    pub async fn of(store: &Store, subject: Subject) -> Result<Self, StoreError> {
        let mut export = Self { store: store.clone(), parts: VecDeque::new() };
        match subject {
            Subject::Guild(guild) => export.add_guild(guild),
            Subject::Member(guild, user) => export.add_member(guild, user),
            Subject::User(user) => {
                export.add_user(user);
                for guild in erase::guilds(store, subject, Reason::AccountDeleted).await? {
                    export.add_member(guild, user);
                }
            }
        }
        Ok(export)
    }

    /// What is the user's beyond guilds, and in this one where there is one.
    pub fn own(store: &Store, user: UserId, guild: Option<GuildId>) -> Self {
        let mut export = Self { store: store.clone(), parts: VecDeque::new() };
        export.add_user(user);
        if let Some(guild) = guild {
            export.add_member(guild, user);
        }
        export
    }

    fn add_user(&mut self, user: UserId) {
        for table in erase::tables(self.store.schemas()).filter(|table| table.scope == ScopeKind::User) {
            self.parts.push_back(Part {
                table,
                condition: "user_id = $1".to_owned(),
                purposes: ["export_user", "export_user_next"],
                owner: Owner::User(user),
                after: None,
            });
        }
    }

    fn add_member(&mut self, guild: GuildId, user: UserId) {
        let schemas = self.store.schemas().to_vec();
        for schema in schemas {
            for table in schema.inventory.iter().filter(|table| table.of_guild()) {
                let Some(condition) = derived::of_member(table, schema.inventory) else { continue };
                self.parts.push_back(Part {
                    table,
                    condition,
                    purposes: ["export_member", "export_member_next"],
                    owner: Owner::Member(guild, user),
                    after: None,
                });
            }
        }
    }

    fn add_guild(&mut self, guild: GuildId) {
        for table in erase::tables(self.store.schemas()).filter(|table| table.of_guild()) {
            self.parts.push_back(Part {
                table,
                condition: "guild_id = $1".to_owned(),
                purposes: ["export_guild", "export_guild_next"],
                owner: Owner::Guild(guild),
                after: None,
            });
        }
    }

    /// The next page; `None` at the end. Pages of one table follow each other, and every table has one, even
    /// if it is empty.
    pub async fn next(&mut self) -> Result<Option<Page>, StoreError> {
        let Some(part) = self.parts.front_mut() else { return Ok(None) };
        let table = part.table;
        let first = part.after.is_none();
        let purpose = part.purposes[usize::from(!first)];
        let limit = if matches!(part.owner, Owner::Member(..)) { 3 } else { 2 };
        let text = derived::text(purpose, table.name, || derived::page(table, &part.condition, limit, first));
        let after = part.after.take().unwrap_or_default();
        let mut read = self.store.read().await?;
        let (guild, rows) = match part.owner {
            Owner::User(user) => {
                let values = [params![PAGE], after].concat();
                let mut tx = read.user(UserScope(user));
                (None, tx.fetch_all(&user_statement("privacy_export", text), values).await?)
            }
            Owner::Guild(guild) => {
                let values = [params![PAGE], after].concat();
                let mut tx = read.guild(GuildScope(guild));
                (Some(guild), tx.fetch_all(&guild_statement("privacy_export", text), values).await?)
            }
            Owner::Member(guild, user) => {
                let values = [params![user, PAGE], after].concat();
                let mut tx = read.guild(GuildScope(guild));
                (Some(guild), tx.fetch_all(&guild_statement("privacy_export", text), values).await?)
            }
        };
        drop(read);
        match rows.last().filter(|_| rows.len() >= PAGE as usize) {
            Some(last) => part.after = Some(key(table, last)?),
            None => drop(self.parts.pop_front()),
        }
        let rows = rows.into_iter().map(|row| object(table, row)).collect();
        Ok(Some(Page { table, guild, rows }))
    }
}

fn key(table: &Table, row: &Row) -> Result<Params, StoreError> {
    table.key.iter().map(|column| row.any(column)).collect()
}

/// The row as an object. Ids are text: they are larger than the whole numbers that JSON readers keep exact.
fn object(table: &Table, row: Row) -> Map<String, Json> {
    let values = row.into_values();
    table
        .columns
        .iter()
        .zip(values)
        .map(|(column, value)| {
            let id = is_id(column.name, column.personal);
            (column.name.to_owned(), json(value, id))
        })
        .collect()
}

/// Whether a column holds an id of Discord's.
pub(crate) fn is_id(name: &str, personal: Personal) -> bool {
    (personal == Personal::Id && name != "record") || name == "guild_id"
}

fn json(value: Value, id: bool) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(number) if id => Json::String(number.to_string()),
        Value::Int(number) => number.into(),
        Value::Real(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::Blob(bytes) => bytes
            .iter()
            .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
                // Writing to a text cannot fail.
                let _ = write!(text, "{byte:02x}");
                text
            })
            .into(),
    }
}
