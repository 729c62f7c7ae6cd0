//! The tables of what was learned. They are the truth; the files of the chains are made from them.

use guildhall_store::{
    Class, Column, GuildStatement, Migration, Person, Retention, Schema, ScopeKind, Table, guild,
};

pub(super) const SCHEMA: Schema = Schema {
    owner: "markov",
    migrations: &[Migration {
        version: 1,
        breaks: false,
        name: "what was learned, and how far chains have come",
        sql: "
            CREATE TABLE markov_message (
                guild_id BIGINT NOT NULL,
                id BIGINT NOT NULL,
                author_id BIGINT NOT NULL,
                channel_id BIGINT NOT NULL,
                parent_id BIGINT,
                upload BIGINT NOT NULL,
                content TEXT NOT NULL,
                attachments TEXT,
                version BIGINT NOT NULL,
                heard_at BIGINT,
                PRIMARY KEY (guild_id, id)
            );
            CREATE INDEX markov_message_version ON markov_message (guild_id, version, id);
            CREATE INDEX markov_message_author ON markov_message (author_id, guild_id);
            CREATE INDEX markov_message_channel ON markov_message (guild_id, channel_id);
            CREATE INDEX markov_message_parent ON markov_message (guild_id, parent_id);
            CREATE INDEX markov_message_heard ON markov_message (guild_id, heard_at);

            CREATE TABLE markov_channel (
                guild_id BIGINT NOT NULL,
                channel_id BIGINT NOT NULL,
                parent_id BIGINT,
                listen BIGINT NOT NULL,
                respond BIGINT NOT NULL,
                minutes BIGINT NOT NULL,
                PRIMARY KEY (guild_id, channel_id)
            );

            CREATE TABLE markov_corpus (
                guild_id BIGINT NOT NULL,
                messages BIGINT NOT NULL,
                version BIGINT NOT NULL,
                generation BIGINT NOT NULL,
                PRIMARY KEY (guild_id)
            );

            CREATE TABLE markov_gone (
                guild_id BIGINT NOT NULL,
                version BIGINT NOT NULL,
                message_id BIGINT NOT NULL,
                at BIGINT NOT NULL,
                PRIMARY KEY (guild_id, version, message_id)
            );
            CREATE INDEX markov_gone_at ON markov_gone (at);

            CREATE TABLE markov_training (
                guild_id BIGINT NOT NULL,
                id BIGINT NOT NULL,
                user_id BIGINT NOT NULL,
                channel_id BIGINT NOT NULL,
                message_id BIGINT,
                source TEXT NOT NULL,
                clean BIGINT NOT NULL,
                total BIGINT NOT NULL,
                done BIGINT NOT NULL,
                learned BIGINT NOT NULL,
                skipped BIGINT NOT NULL,
                started_at BIGINT NOT NULL,
                ended_at BIGINT,
                PRIMARY KEY (guild_id, id)
            );
            CREATE TABLE markov_history (
                guild_id BIGINT NOT NULL,
                training_id BIGINT NOT NULL,
                channel_id BIGINT NOT NULL,
                parent_id BIGINT,
                before_id BIGINT NOT NULL,
                newest_id BIGINT NOT NULL,
                done BIGINT NOT NULL,
                PRIMARY KEY (guild_id, training_id, channel_id),
                FOREIGN KEY (guild_id, training_id) REFERENCES markov_training (guild_id, id) ON DELETE CASCADE
            );
            CREATE INDEX markov_training_user ON markov_training (user_id, guild_id);
            CREATE INDEX markov_training_ended ON markov_training (ended_at);
        ",
    }],
    inventory: &[
        Table {
            name: "markov_message",
            scope: ScopeKind::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("id"),
                Column::id("author_id"),
                Column::content("channel_id"),
                Column::content("parent_id"),
                Column::plain("upload"),
                Column::content("content"),
                Column::content("attachments"),
                Column::plain("version"),
                Column::content("heard_at"),
            ],
            key: &["guild_id", "id"],
            person: Person::Author("author_id"),
            // Nothing was heard where a text was uploaded: it stays until somebody takes it away.
            retention: Retention::Class { class: Class::MESSAGES, column: "heard_at" },
            purpose: "holds the messages and uploaded texts that a server's random sentences are made of; uploaded texts stay until they are taken away",
        },
        Table {
            name: "markov_channel",
            scope: ScopeKind::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("channel_id"),
                Column::plain("parent_id"),
                Column::plain("listen"),
                Column::plain("respond"),
                Column::plain("minutes"),
            ],
            key: &["guild_id", "channel_id"],
            person: Person::Nobody,
            retention: Retention::WithOwner,
            purpose: "names the channels that random sentences are learned from and said in",
        },
        Table {
            name: "markov_corpus",
            scope: ScopeKind::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("messages"),
                Column::plain("version"),
                Column::plain("generation"),
            ],
            key: &["guild_id"],
            person: Person::Aggregate { of: "markov_message", recompute: RECOUNT },
            retention: Retention::WithOwner,
            purpose: "counts what random sentences are made of, and says whether the files made from it are up to date",
        },
        Table {
            name: "markov_gone",
            scope: ScopeKind::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("version"),
                Column::plain("message_id"),
                Column::plain("at"),
            ],
            key: &["guild_id", "version", "message_id"],
            person: Person::Nobody,
            retention: Retention::Days { column: "at", days: GONE_DAYS },
            purpose: "says by number which messages were unlearned, so that files made from them follow",
        },
        Table {
            name: "markov_training",
            scope: ScopeKind::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("id"),
                Column::id("user_id"),
                Column::plain("channel_id"),
                Column::plain("message_id"),
                Column::content("source"),
                Column::plain("clean"),
                Column::plain("total"),
                Column::plain("done"),
                Column::plain("learned"),
                Column::plain("skipped"),
                Column::plain("started_at"),
                Column::plain("ended_at"),
            ],
            key: &["guild_id", "id"],
            person: Person::Author("user_id"),
            retention: Retention::Days { column: "ended_at", days: 30 },
            purpose: "remembers how far a training has come, so that it goes on after a restart",
        },
        Table {
            name: "markov_history",
            scope: ScopeKind::Guild,
            columns: &[
                Column::plain("guild_id"),
                Column::plain("training_id"),
                Column::plain("channel_id"),
                Column::plain("parent_id"),
                Column::plain("before_id"),
                Column::plain("newest_id"),
                Column::plain("done"),
            ],
            key: &["guild_id", "training_id", "channel_id"],
            person: Person::DerivedFrom { table: "markov_training", by: &[("training_id", "id")] },
            retention: Retention::WithOwner,
            purpose: "remembers how far the channels of a training were read",
        },
    ],
    statements: &[
        HISTORY.any(),
        HISTORY_ADD.any(),
        HISTORY_STEP.any(),
        CORPUS.any(),
        ADVANCE.any(),
        COUNTED.any(),
        RENEW.any(),
        RECOUNT.any(),
        INSERT.any(),
        REPLACE.any(),
        DELETE.any(),
        DELETE_SOME.any(),
        DELETE_CHANNEL.any(),
        PAGE.any(),
        SINCE.any(),
        GONE_SINCE.any(),
        GONE.any(),
        SOURCES.any(),
        NEWEST.any(),
        FIGURES.any(),
        CHANNEL.any(),
        CHANNELS.any(),
        CHANNEL_SET.any(),
        CHANNEL_GONE.any(),
        THREAD_SET.any(),
        BEGIN.any(),
        TRAINING.any(),
        PROGRESS.any(),
        SHOWN.any(),
        TOTAL.any(),
        END.any(),
        END_ALL.any(),
        OPEN_TRAINING.any(),
    ],
};

/// For this long it is known which messages were unlearned one by one. A file of a chain that is further behind is
/// made anew.
pub(super) const GONE_DAYS: u32 = 7;

/// How far the guild has come.
pub(super) const CORPUS: GuildStatement =
    guild("markov_corpus_get", "SELECT messages, version, generation FROM markov_corpus WHERE guild_id = $1");

/// The next version. The first row of a guild has a generation that none before it had.
pub(super) const ADVANCE: GuildStatement = guild(
    "markov_corpus_advance",
    "INSERT INTO markov_corpus (guild_id, messages, version, generation) VALUES ($1, 0, 1, $2)
     ON CONFLICT (guild_id) DO UPDATE SET version = markov_corpus.version + 1
     RETURNING version",
);

/// So many messages more, or fewer.
pub(super) const COUNTED: GuildStatement =
    guild("markov_corpus_counted", "UPDATE markov_corpus SET messages = messages + $2 WHERE guild_id = $1");

/// Files of chains are to be made anew.
pub(super) const RENEW: GuildStatement = guild(
    "markov_corpus_renew",
    "UPDATE markov_corpus SET generation = generation + 1,
         messages = (SELECT COUNT(*) FROM markov_message WHERE guild_id = $1)
     WHERE guild_id = $1",
);

/// The same where rows went that nobody counted: an erasure, or age.
pub(super) const RECOUNT: GuildStatement = guild(
    "markov_corpus_recount",
    "UPDATE markov_corpus SET generation = generation + 1,
         messages = (SELECT COUNT(*) FROM markov_message WHERE guild_id = $1)
     WHERE guild_id = $1 AND messages <> (SELECT COUNT(*) FROM markov_message WHERE guild_id = $1)",
);

/// A message that is not known yet; one that is stays as it is.
pub(super) const INSERT: GuildStatement = guild(
    "markov_message_insert",
    "INSERT INTO markov_message
         (guild_id, id, author_id, channel_id, parent_id, upload, content, attachments, version, heard_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (guild_id, id) DO NOTHING",
);

/// Other words for a message that is known.
pub(super) const REPLACE: GuildStatement = guild(
    "markov_message_replace",
    "UPDATE markov_message SET content = $3, attachments = $4, version = $5 WHERE guild_id = $1 AND id = $2",
);

pub(super) const DELETE: GuildStatement =
    guild("markov_message_delete", "DELETE FROM markov_message WHERE guild_id = $1 AND id = $2");

/// Up to so many of all messages, or of the uploaded ones.
pub(super) const DELETE_SOME: GuildStatement = guild(
    "markov_message_delete_some",
    "DELETE FROM markov_message WHERE guild_id = $1 AND id IN
         (SELECT id FROM markov_message WHERE guild_id = $1 AND upload >= $2 AND upload < $3 ORDER BY id LIMIT $4)",
);

/// All of a channel and its threads, up to so many.
pub(super) const DELETE_CHANNEL: GuildStatement = guild(
    "markov_message_delete_channel",
    "DELETE FROM markov_message WHERE guild_id = $1 AND id IN
         (SELECT id FROM markov_message
          WHERE guild_id = $1 AND (channel_id = $2 OR parent_id = $2) ORDER BY id LIMIT $3)",
);

pub(super) const PAGE: GuildStatement = guild(
    "markov_message_page",
    "SELECT id, author_id, channel_id, content FROM markov_message
     WHERE guild_id = $1 AND id > $2 ORDER BY id LIMIT $3",
);

pub(super) const SINCE: GuildStatement = guild(
    "markov_message_since",
    "SELECT id, author_id, channel_id, content, version FROM markov_message
     WHERE guild_id = $1 AND version > $2 ORDER BY version, id LIMIT $3",
);

pub(super) const GONE_SINCE: GuildStatement = guild(
    "markov_gone_since",
    "SELECT message_id, version FROM markov_gone
     WHERE guild_id = $1 AND version > $2 ORDER BY version, message_id LIMIT $3",
);

pub(super) const GONE: GuildStatement = guild(
    "markov_gone_add",
    "INSERT INTO markov_gone (guild_id, version, message_id, at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (guild_id, version, message_id) DO NOTHING",
);

/// What a message brought along.
pub(super) const SOURCES: GuildStatement = guild(
    "markov_message_source",
    "SELECT upload, attachments FROM markov_message WHERE guild_id = $1 AND id = $2",
);

/// The newest messages before one, for an export.
pub(super) const NEWEST: GuildStatement = guild(
    "markov_message_newest",
    "SELECT id, content, attachments FROM markov_message
     WHERE guild_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
);

pub(super) const FIGURES: GuildStatement = guild(
    "markov_message_figures",
    "SELECT COUNT(*) AS messages, CAST(COALESCE(SUM(CASE WHEN upload > 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS uploaded,
            COUNT(DISTINCT author_id) AS authors
     FROM markov_message WHERE guild_id = $1",
);

pub(super) const CHANNEL: GuildStatement = guild(
    "markov_channel_get",
    "SELECT parent_id, listen, respond, minutes FROM markov_channel WHERE guild_id = $1 AND channel_id = $2",
);

/// Those that somebody chose, without threads that follow them.
pub(super) const CHANNELS: GuildStatement = guild(
    "markov_channel_all",
    "SELECT channel_id, listen, respond, minutes FROM markov_channel
     WHERE guild_id = $1 AND parent_id IS NULL ORDER BY channel_id",
);

pub(super) const CHANNEL_SET: GuildStatement = guild(
    "markov_channel_set",
    "INSERT INTO markov_channel (guild_id, channel_id, listen, respond, minutes) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (guild_id, channel_id) DO UPDATE SET parent_id = NULL, listen = excluded.listen,
         respond = excluded.respond, minutes = excluded.minutes",
);

/// A channel is as any other again, and so are its threads.
pub(super) const CHANNEL_GONE: GuildStatement = guild(
    "markov_channel_gone",
    "DELETE FROM markov_channel WHERE guild_id = $1 AND (channel_id = $2 OR parent_id = $2)",
);

pub(super) const THREAD_SET: GuildStatement = guild(
    "markov_channel_thread",
    "INSERT INTO markov_channel (guild_id, channel_id, parent_id, listen, respond, minutes)
     VALUES ($1, $2, $3, 0, 0, 0) ON CONFLICT (guild_id, channel_id) DO NOTHING",
);

pub(super) const BEGIN: GuildStatement = guild(
    "markov_training_begin",
    "INSERT INTO markov_training
         (guild_id, id, user_id, channel_id, source, clean, total, done, learned, skipped, started_at)
     VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, $7)",
);

pub(super) const TRAINING: GuildStatement = guild(
    "markov_training_get",
    "SELECT id, user_id, channel_id, message_id, source, clean, total, done, learned, skipped, started_at, ended_at
     FROM markov_training WHERE guild_id = $1 AND id = $2",
);

/// A part is done; nothing happens where another has done it.
pub(super) const PROGRESS: GuildStatement = guild(
    "markov_training_progress",
    "UPDATE markov_training SET done = $4, learned = learned + $5, skipped = skipped + $6, clean = 0
     WHERE guild_id = $1 AND id = $2 AND done = $3 AND ended_at IS NULL",
);

/// Where the progress is shown.
pub(super) const SHOWN: GuildStatement = guild(
    "markov_training_shown",
    "UPDATE markov_training SET message_id = $3 WHERE guild_id = $1 AND id = $2",
);

/// What the file holds, once.
pub(super) const TOTAL: GuildStatement = guild(
    "markov_training_total",
    "UPDATE markov_training SET total = $3, skipped = $4 WHERE guild_id = $1 AND id = $2 AND total = 0",
);

pub(super) const END: GuildStatement = guild(
    "markov_training_end",
    "UPDATE markov_training SET ended_at = $3 WHERE guild_id = $1 AND id = $2 AND ended_at IS NULL",
);

/// Whatever is under way ends.
pub(super) const END_ALL: GuildStatement = guild(
    "markov_training_end_all",
    "UPDATE markov_training SET ended_at = $2 WHERE guild_id = $1 AND ended_at IS NULL",
);

/// The channels of a training from history, each as far as it was read.
pub(super) const HISTORY: GuildStatement = guild(
    "markov_history_all",
    "SELECT channel_id, parent_id, before_id, newest_id, done FROM markov_history
     WHERE guild_id = $1 AND training_id = $2 ORDER BY channel_id",
);

pub(super) const HISTORY_ADD: GuildStatement = guild(
    "markov_history_add",
    "INSERT INTO markov_history (guild_id, training_id, channel_id, parent_id, before_id, newest_id, done)
     VALUES ($1, $2, $3, $4, $5, 0, 0) ON CONFLICT (guild_id, training_id, channel_id) DO NOTHING",
);

/// A page was read; nothing happens where another has read it.
pub(super) const HISTORY_STEP: GuildStatement = guild(
    "markov_history_step",
    "UPDATE markov_history SET before_id = $5, newest_id = $6, done = $7
     WHERE guild_id = $1 AND training_id = $2 AND channel_id = $3 AND before_id = $4 AND done = 0",
);

/// The training that is under way.
pub(super) const OPEN_TRAINING: GuildStatement = guild(
    "markov_training_open",
    "SELECT id, total, done FROM markov_training WHERE guild_id = $1 AND ended_at IS NULL ORDER BY id LIMIT 1",
);
