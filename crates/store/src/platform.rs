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
pub mod instance;
pub mod lease;
pub mod outbox;
pub mod privacy;
pub mod session;
pub mod setting;
pub mod shard_plan;

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
        Migration {
            version: 5,
            breaks: false,
            name: "processes, leases and the number of shards",
            sql: include_str!("platform/0005_cluster.sql"),
        },
    ],
    inventory: &[
        claim::TABLE,
        counter::TABLE,
        gap::TABLE,
        identify::TABLE,
        identify::BUCKET_TABLE,
        inbox::GUILD_TABLE,
        inbox::USER_TABLE,
        instance::TABLE,
        lease::TABLE,
        outbox::TABLE,
        privacy::CHOICE_TABLE,
        privacy::AUDIT_TABLE,
        privacy::GUILD_AUDIT_TABLE,
        session::TABLE,
        setting::TABLE,
        shard_plan::TABLE,
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
        identify::FOUND.any(),
        identify::SPEND.any(),
        identify::BUCKET.any(),
        identify::ENTER_BUCKET.any(),
        inbox::ENTER_GUILD.any(),
        inbox::ENTER_USER.any(),
        instance::REGISTER.any(),
        instance::BEAT.any(),
        instance::ALL.any(),
        instance::REMOVE.any(),
        instance::FREE.any(),
        lease::TAKE.any(),
        lease::RELEASE.any(),
        lease::OF_KIND.any(),
        outbox::ADD.any(),
        outbox::DONE.any(),
        outbox::DUE.any(),
        outbox::FAILED.any(),
        outbox::GIVEN_UP.any(),
        outbox::LEAVE.any(),
        outbox::NEXT_DUE.any(),
        outbox::OWNERS.any(),
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
        shard_plan::LOAD.any(),
        shard_plan::FOUND.any(),
        shard_plan::REPLACE.any(),
        shard_plan::AIM.any(),
        tombstone::WRITE.any(),
        tombstone::SINCE.any(),
        tombstone::UNFINISHED.any(),
        tombstone::FINISH.any(),
    ],
};
