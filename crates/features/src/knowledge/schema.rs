//! The tables of the knowledge, and the statements on its entries. Those of the index are in `index`.

use guildhall_store::{
    Class, Column, GuildStatement, Migration, Person, Retention, Schema, ScopeKind, Table, guild,
};

use super::index;

pub(super) const SCHEMA: Schema = Schema {
    owner: "knowledge",
    migrations: &[
        Migration {
            version: 1,
            name: "entries and their index of words",
            sql: "
            CREATE TABLE knowledge_entry (
                guild_id BIGINT NOT NULL,
                id BIGINT NOT NULL,
                author_id BIGINT NOT NULL,
                content TEXT NOT NULL,
                category TEXT,
                concepts TEXT NOT NULL,
                digest TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                PRIMARY KEY (guild_id, id)
            );
            CREATE UNIQUE INDEX knowledge_entry_digest ON knowledge_entry (guild_id, digest);
            CREATE INDEX knowledge_entry_category ON knowledge_entry (guild_id, category, id);
            CREATE INDEX knowledge_entry_created ON knowledge_entry (guild_id, created_at);

            CREATE TABLE knowledge_posting (
                guild_id BIGINT NOT NULL,
                term TEXT NOT NULL,
                entry_id BIGINT NOT NULL,
                frequency BIGINT NOT NULL,
                length BIGINT NOT NULL,
                PRIMARY KEY (guild_id, term, entry_id)
            );
            CREATE INDEX knowledge_posting_entry ON knowledge_posting (guild_id, entry_id);

            CREATE TABLE knowledge_corpus (
                guild_id BIGINT NOT NULL,
                entries BIGINT NOT NULL,
                length BIGINT NOT NULL,
                language TEXT NOT NULL,
                PRIMARY KEY (guild_id)
            );
        ",
        },
        Migration {
            version: 2,
            name: "the index goes with its entries",
            sql: "
            CREATE INDEX knowledge_entry_author ON knowledge_entry (author_id, guild_id);

            CREATE TABLE knowledge_posting_tied (
                guild_id BIGINT NOT NULL,
                term TEXT NOT NULL,
                entry_id BIGINT NOT NULL,
                frequency BIGINT NOT NULL,
                length BIGINT NOT NULL,
                PRIMARY KEY (guild_id, term, entry_id),
                FOREIGN KEY (guild_id, entry_id) REFERENCES knowledge_entry (guild_id, id) ON DELETE CASCADE
            );
            INSERT INTO knowledge_posting_tied (guild_id, term, entry_id, frequency, length)
            SELECT p.guild_id, p.term, p.entry_id, p.frequency, p.length FROM knowledge_posting AS p
            JOIN knowledge_entry AS e ON e.guild_id = p.guild_id AND e.id = p.entry_id;
            DROP TABLE knowledge_posting;
            ALTER TABLE knowledge_posting_tied RENAME TO knowledge_posting;
            CREATE INDEX knowledge_posting_entry ON knowledge_posting (guild_id, entry_id);
        ",
        },
    ],
    inventory: &[
        Table {
            name: "knowledge_entry",
            scope: ScopeKind::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("id"),
                Column::id("author_id"),
                Column::content("content"),
                Column::content("category"),
                Column::content("concepts"),
                Column::content("digest"),
                Column::content("created_at"),
                Column::content("updated_at"),
            ],
            key: &["guild_id", "id"],
            person: Person::Author("author_id"),
            retention: Retention::Class { class: Class::KNOWLEDGE, column: "updated_at" },
            purpose: "holds what members taught the bot in a server, with who taught it and when",
        },
        Table {
            name: "knowledge_posting",
            scope: ScopeKind::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::content("term"),
                Column::plain("entry_id"),
                Column::plain("frequency"),
                Column::plain("length"),
            ],
            key: &["guild_id", "term", "entry_id"],
            person: Person::DerivedFrom { table: "knowledge_entry", by: &[("entry_id", "id")] },
            retention: Retention::WithOwner,
            purpose: "finds entries by their words; made from the entries and gone with them",
        },
        Table {
            name: "knowledge_corpus",
            scope: ScopeKind::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("entries"),
                Column::plain("length"),
                Column::plain("language"),
            ],
            key: &["guild_id"],
            person: Person::Aggregate { of: "knowledge_entry", recompute: index::RECOUNT },
            retention: Retention::WithOwner,
            purpose: "counts a server's entries and their words, and names their language, for ranking",
        },
    ],
    statements: &[
        INSERT.any(),
        GET.any(),
        REWRITE.any(),
        DELETE.any(),
        BY_DIGEST.any(),
        LEARNED_SINCE.any(),
        COUNT.any(),
        COUNT_IN.any(),
        LIST.any(),
        LIST_IN.any(),
        CATEGORIES.any(),
        index::ADD.any(),
        index::ADD_MANY.any(),
        index::REMOVE.any(),
        index::LENGTH.any(),
        index::ADJUST.any(),
        index::CORPUS.any(),
        index::RECOUNT.any(),
        index::POSTINGS.any(),
        index::WITH_PREFIX.any(),
    ],
};

pub(super) const INSERT: GuildStatement = guild(
    "knowledge_entry_insert",
    "INSERT INTO knowledge_entry
         (guild_id, id, author_id, content, category, concepts, digest, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
);

pub(super) const GET: GuildStatement = guild(
    "knowledge_entry_get",
    "SELECT id, author_id, content, category, concepts, created_at FROM knowledge_entry
     WHERE guild_id = $1 AND id = $2",
);

pub(super) const REWRITE: GuildStatement = guild(
    "knowledge_entry_rewrite",
    "UPDATE knowledge_entry SET content = $3, digest = $4, updated_at = $5 WHERE guild_id = $1 AND id = $2",
);

pub(super) const DELETE: GuildStatement =
    guild("knowledge_entry_delete", "DELETE FROM knowledge_entry WHERE guild_id = $1 AND id = $2");

pub(super) const BY_DIGEST: GuildStatement = guild(
    "knowledge_entry_by_digest",
    "SELECT id, author_id, content, category, concepts, created_at FROM knowledge_entry
     WHERE guild_id = $1 AND digest = $2",
);

pub(super) const LEARNED_SINCE: GuildStatement = guild(
    "knowledge_entry_learned_since",
    "SELECT COUNT(*) AS entries FROM knowledge_entry WHERE guild_id = $1 AND created_at >= $2",
);

pub(super) const COUNT: GuildStatement =
    guild("knowledge_entry_count", "SELECT COUNT(*) AS entries FROM knowledge_entry WHERE guild_id = $1");

pub(super) const COUNT_IN: GuildStatement = guild(
    "knowledge_entry_count_in",
    "SELECT COUNT(*) AS entries FROM knowledge_entry WHERE guild_id = $1 AND category = $2",
);

pub(super) const LIST: GuildStatement = guild(
    "knowledge_entry_list",
    "SELECT id, author_id, content, category, concepts, created_at FROM knowledge_entry
     WHERE guild_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3",
);

pub(super) const LIST_IN: GuildStatement = guild(
    "knowledge_entry_list_in",
    "SELECT id, author_id, content, category, concepts, created_at FROM knowledge_entry
     WHERE guild_id = $1 AND category = $4 ORDER BY id DESC LIMIT $2 OFFSET $3",
);

pub(super) const CATEGORIES: GuildStatement = guild(
    "knowledge_entry_categories",
    "SELECT DISTINCT category FROM knowledge_entry WHERE guild_id = $1 AND category IS NOT NULL
     ORDER BY category LIMIT 500",
);
