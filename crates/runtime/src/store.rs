//! The runtime's own tables.

pub mod dead_letter;
pub mod guilds;
pub mod sessions;

use guildhall_store::{Migration, Schema};

/// To be named when the store is opened, beside the schemas of the features.
pub const SCHEMA: Schema = Schema {
    owner: "runtime",
    migrations: &[
        Migration {
            version: 1,
            breaks: false,
            name: "known guilds and dead letters",
            sql: include_str!("store/0001_runtime.sql"),
        },
        Migration {
            version: 2,
            breaks: false,
            name: "guilds that were stored lately",
            sql: include_str!("store/0002_seen.sql"),
        },
    ],
    inventory: &[dead_letter::TABLE, guilds::TABLE],
    statements: &[
        dead_letter::RECORD.any(),
        guilds::SAVE.any(),
        guilds::REMOVE.any(),
        guilds::OF_SHARD.any(),
        guilds::PAGE.any(),
        guilds::ONE.any(),
        guilds::CHANGED.any(),
    ],
};
