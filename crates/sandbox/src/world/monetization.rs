//! Selling and buying. Events go to shard 0 alone, and to the application's own address.
//! (Discord docs: Monetization, Implementing App Subscriptions.)

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{Entitlement, Sku, SkuKind, Subscription, SubscriptionStatus},
    snowflake::{Id, Millis},
    wire::monetization::{entitlement, subscription},
    world::{Changed, Dispatch, World, WorldError},
};

/// What is paid for at once.
const PERIOD: Millis = 30 * 86_400_000;

/// What applications sell, and who bought it.
#[derive(Debug, Default)]
pub struct Store {
    /// What is sold.
    pub skus: BTreeMap<Id, Sku>,
    /// Who has what.
    pub entitlements: BTreeMap<Id, Entitlement>,
    /// Who pays for what.
    pub subscriptions: BTreeMap<Id, Subscription>,
    /// Who has what of an application: `(application, owner, entitlement)`.
    owned: BTreeSet<(Id, Id, Id)>,
    /// When subscriptions' periods end.
    ends: BTreeSet<(Millis, Id)>,
}

/// Who gets something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Owner {
    /// A guild, for which this user buys.
    Guild(Id, Id),
    /// A user.
    User(Id),
}

impl World {
    /// Offers something for sale.
    pub fn create_sku(&mut self, mut sku: Sku, now: Millis) -> Result<Id, WorldError> {
        self.application(sku.application_id)?;
        sku.id = self.ids.next(now);
        let id = sku.id;
        self.store.skus.insert(id, sku);
        Ok(id)
    }

    /// What a user or a guild has of an application at this time, as interactions tell it.
    pub fn active_entitlements(
        &self,
        application_id: Id,
        owners: &[Id],
        now: Millis,
    ) -> impl Iterator<Item = &Entitlement> {
        let ids = owners.iter().flat_map(move |owner| {
            self.store.owned.range((application_id, *owner, 0)..=(application_id, *owner, Id::MAX))
        });
        ids.filter_map(|(.., id)| self.store.entitlements.get(id)).filter(move |one| one.is_active(now))
    }

    /// Gives someone something, for a test or because they bought it. What is paid month by month starts a
    /// subscription, unless it is a test.
    pub fn entitle(&mut self, sku_id: Id, owner: Owner, test: bool, now: Millis) -> Changed<Id> {
        let sku = self.store.skus.get(&sku_id).ok_or(WorldError::UnknownSku)?;
        let (application_id, kind) = (sku.application_id, sku.kind);
        let (user_id, guild_id) = match owner {
            Owner::User(user_id) => (user_id, None),
            Owner::Guild(guild_id, user_id) => (user_id, Some(guild_id)),
        };
        self.user(user_id)?;
        if let Some(guild_id) = guild_id {
            self.guild(guild_id)?;
        }
        let id = self.ids.next(now);
        let given = Entitlement {
            id,
            sku_id,
            application_id,
            user_id,
            guild_id,
            kind: match (kind, test) {
                (SkuKind::Subscription, _) => 8,
                (_, true) => 4,
                (_, false) => 1,
            },
            starts_at: (!test).then_some(now),
            consumed: (kind == SkuKind::Consumable).then_some(false),
            ..Entitlement::default()
        };
        let mut told = told("ENTITLEMENT_CREATE", &given);
        self.store.owned.insert((application_id, guild_id.unwrap_or(user_id), id));
        self.store.entitlements.insert(id, given);
        if kind == SkuKind::Subscription && !test {
            let own = self.ids.next(now);
            let (period_start, period_end) = (now, now + PERIOD);
            let paid = Subscription {
                id: own,
                user_id,
                sku_id,
                entitlement_id: id,
                period_start,
                period_end,
                ..Subscription::default()
            };
            let data = subscription(&paid);
            told.push(Dispatch::application("SUBSCRIPTION_CREATE", application_id, None, &data));
            self.store.ends.insert((period_end, own));
            self.store.subscriptions.insert(own, paid);
        }
        Ok((id, told))
    }

    /// Takes back what someone has: a refund, or the end of a test.
    pub fn delete_entitlement(&mut self, id: Id) -> Changed<()> {
        let taken = self.store.entitlements.get_mut(&id).filter(|one| !one.deleted);
        let taken = taken.ok_or(WorldError::UnknownEntitlement)?;
        taken.deleted = true;
        let mut told = told("ENTITLEMENT_DELETE", taken);
        let paid = self.store.subscriptions.values_mut().find(|paid| paid.entitlement_id == id);
        if let Some(paid) = paid.filter(|paid| paid.status != SubscriptionStatus::Inactive) {
            paid.status = SubscriptionStatus::Inactive;
            self.store.ends.remove(&(paid.period_end, paid.id));
            let data = subscription(paid);
            told.push(Dispatch::application("SUBSCRIPTION_UPDATE", taken.application_id, None, &data));
        }
        Ok(((), told))
    }

    /// Marks something as used up.
    pub fn consume_entitlement(&mut self, id: Id) -> Changed<()> {
        let used = self.store.entitlements.get_mut(&id).filter(|one| !one.deleted);
        let used = used.ok_or(WorldError::UnknownEntitlement)?;
        if used.consumed != Some(false) {
            return Err(WorldError::NotConsumable);
        }
        used.consumed = Some(true);
        Ok(((), told("ENTITLEMENT_UPDATE", used)))
    }

    /// Cancels a subscription, which then ends with the period that is paid; or takes that back.
    pub fn cancel_subscription(&mut self, id: Id, cancel: bool, now: Millis) -> Changed<()> {
        let paid = self.store.subscriptions.get_mut(&id);
        let paid = paid.filter(|paid| paid.status != SubscriptionStatus::Inactive);
        let paid = paid.ok_or(WorldError::UnknownEntitlement)?;
        paid.status = if cancel { SubscriptionStatus::Ending } else { SubscriptionStatus::Active };
        paid.canceled_at = cancel.then_some(now);
        let data = subscription(paid);
        let application_id =
            self.store.entitlements.get(&paid.entitlement_id).map_or(0, |e| e.application_id);
        Ok(((), vec![Dispatch::application("SUBSCRIPTION_UPDATE", application_id, None, &data)]))
    }

    /// Ends or renews what is paid for no longer. A renewal is no event of the entitlement.
    pub(super) fn renew_subscriptions(&mut self, now: Millis) -> Vec<Dispatch> {
        let mut all = Vec::new();
        while let Some((end, id)) = self.store.ends.first().copied().filter(|(end, _)| *end <= now) {
            self.store.ends.remove(&(end, id));
            let Some(paid) = self.store.subscriptions.get_mut(&id) else { continue };
            let Some(had) = self.store.entitlements.get_mut(&paid.entitlement_id) else { continue };
            if paid.status == SubscriptionStatus::Ending {
                paid.status = SubscriptionStatus::Inactive;
                had.ends_at = Some(end);
                all.extend(told("ENTITLEMENT_UPDATE", had));
            } else {
                // However far the clock was moved, one renewal leads to today.
                let periods = (now - end) / PERIOD + 1;
                paid.period_end = end + periods * PERIOD;
                paid.period_start = paid.period_end - PERIOD;
                self.store.ends.insert((paid.period_end, id));
            }
            let data = subscription(paid);
            all.push(Dispatch::application("SUBSCRIPTION_UPDATE", had.application_id, None, &data));
        }
        all
    }
}

fn told(event: &'static str, about: &Entitlement) -> Vec<Dispatch> {
    let data = entitlement(about);
    vec![
        Dispatch::application(event, about.application_id, None, &data),
        Dispatch::endpoint(event, about.application_id, &data),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{self, APPLICATION, BOOK_CLUB, LINUS};

    const NOW: Millis = 1_790_000_000_000;

    fn events(told: &[Dispatch]) -> Vec<&'static str> {
        let gateway = told.iter().filter(|d| !matches!(d.audience, crate::world::Audience::Endpoint(_)));
        gateway.map(|dispatch| dispatch.event).collect()
    }

    #[test]
    fn a_subscription_renews_in_silence_and_ends_after_it_is_cancelled() {
        let mut world = World::default();
        example::build(&mut world, NOW);
        let sku = Sku { application_id: APPLICATION, name: "Gold".into(), ..Sku::default() };
        let sku = world.create_sku(sku, NOW).expect("known");
        let (id, told) = world.entitle(sku, Owner::Guild(BOOK_CLUB, LINUS), false, NOW).expect("bought");
        assert_eq!(events(&told), ["ENTITLEMENT_CREATE", "SUBSCRIPTION_CREATE"]);
        let active = |world: &World, now| world.active_entitlements(APPLICATION, &[BOOK_CLUB], now).count();
        let renewed = world.renew_subscriptions(NOW + 3 * PERIOD + 5);
        assert_eq!(events(&renewed), ["SUBSCRIPTION_UPDATE"]);
        assert_eq!(world.store.entitlements[&id].ends_at, None);
        let paid = *world.store.subscriptions.keys().next().expect("one");
        assert_eq!(world.store.subscriptions[&paid].period_end, NOW + 4 * PERIOD);
        let told = world.cancel_subscription(paid, true, NOW + 3 * PERIOD + 6).expect("active").1;
        assert_eq!(events(&told), ["SUBSCRIPTION_UPDATE"]);
        assert_eq!(active(&world, NOW + 3 * PERIOD + 7), 1, "what is paid is kept");
        let ended = world.renew_subscriptions(NOW + 4 * PERIOD);
        assert_eq!(events(&ended), ["ENTITLEMENT_UPDATE", "SUBSCRIPTION_UPDATE"]);
        assert_eq!(active(&world, NOW + 4 * PERIOD), 0);
        assert_eq!(world.store.subscriptions[&paid].status, SubscriptionStatus::Inactive);
    }
}
