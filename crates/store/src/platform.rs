//! The platform's own tables: what every feature and the gateway need. One file per table.

use crate::{
    schema::{Migration, Schema},
    tombstone,
};

pub mod claim;
pub mod counter;
pub mod gap;
pub mod identify;
pub mod inbox;
pub mod outbox;
pub mod privacy;
pub mod session;
pub mod setting;

/// The platform's schema. [`Store::open`](crate::Store::open) adds it by itself.
pub const SCHEMA: Schema = Schema {
    owner: "platform",
    migrations: &[
        Migration {
            version: 1,
            breaks: false,
            name: "the platform's tables",
            sql: include_str!("platform/0001_platform.sql"),
        },
        Migration {
            version: 2,
            breaks: true,
            name: "sessions and budgets by bot",
            sql: include_str!("platform/0002_bots.sql"),
        },
        Migration {
            version: 3,
            breaks: false,
            name: "choices, audit trails and tombstones",
            sql: include_str!("platform/0003_privacy.sql"),
        },
        Migration {
            version: 4,
            breaks: false,
            name: "whose data it is",
            sql: include_str!("platform/0004_claim.sql"),
        },
    ],
    inventory: &[
        claim::TABLE,
        counter::TABLE,
        gap::TABLE,
        identify::TABLE,
        inbox::GUILD_TABLE,
        inbox::USER_TABLE,
        outbox::TABLE,
        privacy::CHOICE_TABLE,
        privacy::AUDIT_TABLE,
        privacy::GUILD_AUDIT_TABLE,
        session::TABLE,
        setting::TABLE,
        tombstone::TABLE,
    ],
    statements: &[
        claim::TAKE.any(),
        claim::HOLDER.any(),
        counter::NEXT.any(),
        gap::INSERT.any(),
        gap::OPEN.any(),
        gap::RECONCILED.any(),
        identify::LOAD.any(),
        identify::SAVE.any(),
        inbox::ENTER_GUILD.any(),
        inbox::ENTER_USER.any(),
        outbox::ADD.any(),
        outbox::DONE.any(),
        outbox::DUE.any(),
        outbox::FAILED.any(),
        outbox::GIVEN_UP.any(),
        outbox::NEXT_DUE.any(),
        outbox::RETRY.any(),
        outbox::WAITING.any(),
        privacy::AUDIT.any(),
        privacy::AUDIT_GUILD.any(),
        privacy::CHOICE.any(),
        privacy::CHOICES.any(),
        privacy::CHOOSE.any(),
        privacy::RECORD.any(),
        privacy::RECORD_GUILD.any(),
        session::CLEAR.any(),
        session::LOAD.any(),
        session::OTHERS.any(),
        session::SAVE.any(),
        setting::ALL.any(),
        setting::EVERYWHERE.any(),
        setting::GET.any(),
        setting::REMOVE.any(),
        setting::SET.any(),
        setting::CHOSEN.any(),
        tombstone::WRITE.any(),
        tombstone::SINCE.any(),
        tombstone::UNFINISHED.any(),
        tombstone::FINISH.any(),
    ],
};
