//! The platform's own tables.

use crate::schema::Schema;

/// The platform's schema. [`Store::open`](crate::Store::open) adds it by itself.
pub const SCHEMA: Schema = Schema { owner: "platform", migrations: &[], inventory: &[], statements: &[] };
