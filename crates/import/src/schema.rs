//! The tables of the import: the archive, and the records of the imports that filled it.

use guildhall_store::{Column, Migration, Person, Retention, Schema, ScopeKind, Table};

use crate::{archive, records, write};

/// What the import keeps, for [`Store::open`](guildhall_store::Store::open).
pub const SCHEMA: Schema = Schema {
    owner: "import",
    migrations: &[Migration {
        version: 1,
        breaks: false,
        name: "the archive of an older bot's rows, and the records of its imports",
        sql: "
            CREATE TABLE legacy_row (
                guild_id BIGINT NOT NULL,
                source TEXT NOT NULL,
                row_key TEXT NOT NULL,
                user_id BIGINT,
                other_id BIGINT,
                payload TEXT NOT NULL,
                digest TEXT NOT NULL,
                import_id BIGINT NOT NULL,
                imported_at BIGINT NOT NULL,
                PRIMARY KEY (guild_id, source, row_key)
            );

            CREATE TABLE legacy_import (
                guild_id BIGINT NOT NULL,
                import_id BIGINT NOT NULL,
                file_digest TEXT NOT NULL,
                file_bytes BIGINT NOT NULL,
                reading BIGINT NOT NULL,
                mode TEXT NOT NULL,
                source_guild BIGINT NOT NULL,
                fresh BIGINT NOT NULL,
                state TEXT NOT NULL,
                started_at BIGINT NOT NULL,
                finished_at BIGINT,
                PRIMARY KEY (guild_id, import_id)
            );

            CREATE TABLE legacy_progress (
                guild_id BIGINT NOT NULL,
                import_id BIGINT NOT NULL,
                source TEXT NOT NULL,
                next_row BIGINT NOT NULL,
                finished BIGINT NOT NULL,
                added BIGINT NOT NULL,
                updated BIGINT NOT NULL,
                unchanged BIGINT NOT NULL,
                refused BIGINT NOT NULL,
                checksum TEXT NOT NULL,
                PRIMARY KEY (guild_id, import_id, source)
            );

            CREATE TABLE legacy_note (
                guild_id BIGINT NOT NULL,
                import_id BIGINT NOT NULL,
                source TEXT NOT NULL,
                position BIGINT NOT NULL,
                source_row BIGINT NOT NULL,
                reason TEXT NOT NULL,
                detail TEXT,
                PRIMARY KEY (guild_id, import_id, source, position)
            );
        ",
    }],
    inventory: &[
        Table {
            name: "legacy_row",
            scope: ScopeKind::Guild,
            key: &["guild_id", "source", "row_key"],
            person: Person::Authors(&["user_id", "other_id"]),
            columns: &[
                Column::plain("guild_id"),
                Column::plain("source"),
                Column::content("row_key"),
                Column::id("user_id"),
                Column::id("other_id"),
                Column::content("payload"),
                Column::content("digest"),
                Column::plain("import_id"),
                Column::plain("imported_at"),
            ],
            retention: Retention::WithOwner,
            purpose: "keeps what an older bot knew about a server and its members, until a feature takes it over",
        },
        Table {
            name: "legacy_import",
            scope: ScopeKind::Guild,
            key: &["guild_id", "import_id"],
            person: Person::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("import_id"),
                Column::plain("file_digest"),
                Column::plain("file_bytes"),
                Column::plain("reading"),
                Column::plain("mode"),
                Column::plain("source_guild"),
                Column::plain("fresh"),
                Column::plain("state"),
                Column::plain("started_at"),
                Column::plain("finished_at"),
            ],
            retention: Retention::WithOwner,
            purpose: "says which imports of an older bot's data a server has had",
        },
        Table {
            name: "legacy_progress",
            scope: ScopeKind::Guild,
            key: &["guild_id", "import_id", "source"],
            person: Person::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("import_id"),
                Column::plain("source"),
                Column::plain("next_row"),
                Column::plain("finished"),
                Column::plain("added"),
                Column::plain("updated"),
                Column::plain("unchanged"),
                Column::plain("refused"),
                Column::plain("checksum"),
            ],
            retention: Retention::WithOwner,
            purpose: "says how far an import has come, so that it goes on where it was stopped",
        },
        Table {
            name: "legacy_note",
            scope: ScopeKind::Guild,
            key: &["guild_id", "import_id", "source", "position"],
            person: Person::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("import_id"),
                Column::plain("source"),
                Column::plain("position"),
                Column::plain("source_row"),
                Column::plain("reason"),
                Column::plain("detail"),
            ],
            retention: Retention::WithOwner,
            purpose: "says which rows an import did not take and why, by their numbers and without their content",
        },
    ],
    statements: &[
        archive::PAGE.any(),
        archive::PAGE_OF.any(),
        archive::SOURCES.any(),
        archive::ANY.any(),
        archive::CLEAR.any(),
        records::BEGIN.any(),
        records::LAST.any(),
        records::SET_STATE.any(),
        records::ADD_PROGRESS.any(),
        records::PROGRESS.any(),
        records::NOTES.any(),
        write::ADVANCE.any(),
        write::KNOWN_DIGESTS.any(),
        write::ADD_ROW.any(),
        write::ADD_NOTE.any(),
    ],
};

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use guildhall_core::clock::{ManualClock, Timestamp};
    use guildhall_store::{Store, StoreOptions, testing};

    use super::*;

    #[tokio::test]
    async fn statements_compile_stay_within_their_guild_and_everything_is_in_the_inventory() {
        // The long forms of the statements are made when the program runs; they obey the same rules.
        let statements: Vec<_> = SCHEMA.statements.iter().copied().chain(write::long_forms()).collect();
        let schema = Schema { statements: Vec::leak(statements), ..SCHEMA };
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions::new(folder.path().join("data.db"));
        let store = Store::open(options, &[schema], Arc::new(ManualClock::at(Timestamp(1)))).await.unwrap();
        let none: [String; 0] = [];
        assert_eq!(testing::prepare_every_statement(&store, &[schema]).await.unwrap(), none);
        assert_eq!(testing::inventory_names_every_table_and_column(&store, &[schema]).await.unwrap(), none);
        assert_eq!(testing::guild_statements_filter_by_guild(&[schema]), none);
    }
}
