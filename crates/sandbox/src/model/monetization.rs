//! What applications sell, and who bought it. (Discord docs: Monetization; SKU; Entitlement; Subscription.)

use crate::snowflake::{Id, Millis};

/// What kind of thing is sold (Discord docs: SKU, SKU Types).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum SkuKind {
    /// Bought once, kept for ever.
    Durable = 2,
    /// Bought again and again, and used up.
    Consumable = 3,
    /// Paid month by month.
    #[default]
    Subscription = 5,
    /// What holds subscriptions together.
    SubscriptionGroup = 6,
}

impl SkuKind {
    /// The kind with this number.
    pub fn from_code(code: u64) -> Option<Self> {
        let all = [Self::Durable, Self::Consumable, Self::Subscription, Self::SubscriptionGroup];
        all.into_iter().find(|kind| *kind as u64 == code)
    }
}

/// Something that is sold.
#[derive(Clone, Debug, Default)]
pub struct Sku {
    /// Its id.
    pub id: Id,
    /// Who sells it.
    pub application_id: Id,
    /// What kind it is.
    pub kind: SkuKind,
    /// Its name.
    pub name: String,
    /// SKU flags: 1 << 2 available, 1 << 7 for a guild, 1 << 8 for a user.
    pub flags: u64,
}

impl Sku {
    /// Can be bought.
    pub const AVAILABLE: u64 = 1 << 2;
    /// Is bought for a guild.
    pub const GUILD_SUBSCRIPTION: u64 = 1 << 7;
    /// Is bought for a user.
    pub const USER_SUBSCRIPTION: u64 = 1 << 8;
}

/// That someone has something.
#[derive(Clone, Debug, Default)]
pub struct Entitlement {
    /// Its id.
    pub id: Id,
    /// What they have.
    pub sku_id: Id,
    /// From whom.
    pub application_id: Id,
    /// Who has it, or who bought it for a guild.
    pub user_id: Id,
    /// The guild that has it.
    pub guild_id: Option<Id>,
    /// 1 purchase, 4 test purchase, 8 subscription (Discord docs: Entitlement, Entitlement Types).
    pub kind: u8,
    /// Whether it was taken back.
    pub deleted: bool,
    /// Since when; none for test entitlements.
    pub starts_at: Option<Millis>,
    /// Until when; none while it goes on.
    pub ends_at: Option<Millis>,
    /// Whether it is used up; none for what cannot be.
    pub consumed: Option<bool>,
}

impl Entitlement {
    /// Whether its owner has it at this time.
    pub fn is_active(&self, now: Millis) -> bool {
        !self.deleted && self.consumed != Some(true) && self.ends_at.is_none_or(|end| end > now)
    }
}

/// A subscription, which bills and renews. What someone has is told by entitlements alone.
#[derive(Clone, Debug, Default)]
pub struct Subscription {
    /// Its id.
    pub id: Id,
    /// Who pays.
    pub user_id: Id,
    /// For what.
    pub sku_id: Id,
    /// What they have for it.
    pub entitlement_id: Id,
    /// When the month that is paid began.
    pub period_start: Millis,
    /// When it ends.
    pub period_end: Millis,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// When it was cancelled.
    pub canceled_at: Option<Millis>,
}

/// Where a subscription stands (Discord docs: Subscription, Subscription Statuses).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum SubscriptionStatus {
    /// Will renew.
    #[default]
    Active = 0,
    /// Is over.
    Inactive = 1,
    /// Will not renew.
    Ending = 2,
}
