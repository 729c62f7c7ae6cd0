//! What an application sells and who has it. (Discord docs: SKU; Entitlement; Subscription.)

use serde_json::Value;

use super::call::{Answer, Call, Reply, not_snowflake, ok};
use super::commands::own_application;
use super::error::{self, ApiError};
use super::routes::{Auth, Pace, Table};
use crate::model::{Entitlement, Scopes, Subscription};
use crate::snowflake::{Id, parse};
use crate::validate::form::{Form, Path};
use crate::wire::monetization::{entitlement, sku, subscription};
use crate::world::World;
use crate::world::monetization::Owner;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    let own = Auth::Either(Scopes::APPLICATIONS_ENTITLEMENTS);
    let any = Auth::Either(Scopes::ANY);
    table.get("/applications/{application}/skus", Auth::Bot, Pace::Ordinary, skus);
    table.get("/applications/{application}/entitlements", own, Pace::Ordinary, list);
    table.post("/applications/{application}/entitlements", Auth::Bot, Pace::Ordinary, create);
    table.get("/applications/{application}/entitlements/{entitlement}", own, Pace::Ordinary, get);
    table.delete("/applications/{application}/entitlements/{entitlement}", own, Pace::Ordinary, delete);
    table.post(
        "/applications/{application}/entitlements/{entitlement}/consume",
        own,
        Pace::Ordinary,
        consume,
    );
    table.get("/skus/{sku}/subscriptions", any, Pace::Ordinary, subscriptions);
    table.get("/skus/{sku}/subscriptions/{subscription}", any, Pace::Ordinary, one_subscription);
    let mine = "/users/@me/applications/{application}/entitlements";
    table.get(mine, Auth::Bearer(Scopes::ANY), Pace::Ordinary, my_entitlements);
}

/// `GET /applications/{application}/skus`
fn skus(call: &Call) -> Answer {
    let id = own_application(call)?;
    ok(call.read(|world| {
        world.store.skus.values().filter(|s| s.application_id == id).map(sku).collect::<Vec<_>>()
    }))
}

/// Ids with commas between them, which is how these routes take lists.
fn ids(call: &Call, key: &str) -> Result<Vec<Id>, ApiError> {
    let given = call.query.iter().filter(|(name, _)| name == key).flat_map(|(_, text)| text.split(','));
    let given = given.filter(|text| !text.is_empty());
    given.take(100).map(|text| parse(text).ok_or_else(|| not_snowflake(&[key], text))).collect()
}

/// A page of things that are in order of their ids; `before` walks back, and the newest come first.
fn page<T>(
    all: impl DoubleEndedIterator<Item = (Id, T)>,
    (before, after): (Option<Id>, Option<Id>),
    limit: usize,
) -> Vec<T> {
    let within = all.filter(|(id, _)| before.is_none_or(|b| *id < b) && after.is_none_or(|a| *id > a));
    if after.is_some() {
        return within.take(limit).map(|(_, value)| value).collect();
    }
    within.rev().take(limit).map(|(_, value)| value).collect()
}

/// `GET /applications/{application}/entitlements`
fn list(call: &Call) -> Answer {
    let application_id = own_application(call)?;
    let (user_id, guild_id) = (call.query_id("user_id")?, call.query_id("guild_id")?);
    let (before, after) = (call.query_id("before")?, call.query_id("after")?);
    let limit = call.query_number("limit", 100, (1, 100))?;
    let skus = ids(call, "sku_ids")?;
    let only_active = call.query_flag("only_active");
    let exclude_ended = call.query_flag("exclude_ended") || only_active;
    // Left out unless they are asked for.
    let exclude_deleted = call.query("exclude_deleted").is_none() || call.query_flag("exclude_deleted");
    ok(call.read(|world| {
        let fits = |(_, one): &(Id, &Entitlement)| {
            one.application_id == application_id
                && user_id.is_none_or(|id| one.user_id == id && one.guild_id.is_none())
                && guild_id.is_none_or(|id| one.guild_id == Some(id))
                && (skus.is_empty() || skus.contains(&one.sku_id))
                && !(exclude_ended && one.ends_at.is_some_and(|end| end <= call.now))
                && !(exclude_deleted && one.deleted)
        };
        let all = world.store.entitlements.iter().map(|(id, one)| (*id, one)).filter(fits);
        page(all, (before, after), limit).into_iter().map(entitlement).collect::<Vec<_>>()
    }))
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Entitlement, ApiError> {
    let (application_id, id) = (own_application_of(call)?, call.id(1, "entitlement_id")?);
    let found = world.store.entitlements.get(&id);
    found.filter(|one| one.application_id == application_id).ok_or(error::UNKNOWN_ENTITLEMENT)
}

/// The application of the path, which was checked already.
fn own_application_of(call: &Call) -> Result<Id, ApiError> {
    call.id(0, "application_id")
}

/// `GET /applications/{application}/entitlements/{entitlement}`
fn get(call: &Call) -> Answer {
    own_application(call)?;
    ok(call.read(|world| find(world, call).map(entitlement))?)
}

/// `POST /applications/{application}/entitlements`: a test entitlement.
fn create(call: &Call) -> Answer {
    let application_id = own_application(call)?;
    let body = call.object()?;
    let mut form = Form::default();
    for key in ["sku_id", "owner_id", "owner_type"] {
        if body.get(key).is_none_or(Value::is_null) {
            form.required(Path::ROOT.key(key));
        }
    }
    let sku_id = form.snowflake(body, "sku_id", Path::ROOT);
    let owner_id = form.snowflake(body, "owner_id", Path::ROOT);
    let kind = form.choice(body, "owner_type", Path::ROOT, &[1, 2]);
    form.finish()?;
    let (sku_id, owner_id) = (sku_id.unwrap_or(0), owner_id.unwrap_or(0));
    ok(call.change(|world, now| {
        let own = world.store.skus.get(&sku_id).is_some_and(|sku| sku.application_id == application_id);
        if !own {
            return Err(error::UNKNOWN_SKU);
        }
        let owner = if kind == Some(1) {
            Owner::Guild(owner_id, world.guild(owner_id)?.owner_id)
        } else {
            Owner::User(owner_id)
        };
        let (id, told) = world.entitle(sku_id, owner, true, now)?;
        Ok((entitlement(&world.store.entitlements[&id]), told))
    })?)
}

/// `DELETE /applications/{application}/entitlements/{entitlement}`: only what is a test.
fn delete(call: &Call) -> Answer {
    own_application(call)?;
    call.change(|world, _| {
        let found = find(world, call)?;
        if found.starts_at.is_some() {
            return Err(error::NOT_A_TEST_ENTITLEMENT);
        }
        let id = found.id;
        Ok(world.delete_entitlement(id)?)
    })?;
    Ok(Reply::Empty)
}

/// `POST /applications/{application}/entitlements/{entitlement}/consume`
fn consume(call: &Call) -> Answer {
    own_application(call)?;
    call.change(|world, _| {
        let id = find(world, call)?.id;
        Ok(world.consume_entitlement(id)?)
    })?;
    Ok(Reply::Empty)
}

/// Who pays for something, as this caller may know it: a bot names the user, a bearer sees its own.
fn payers<'w>(
    world: &'w World,
    call: &Call,
) -> Result<impl DoubleEndedIterator<Item = &'w Subscription>, ApiError> {
    let caller = call.caller()?;
    let sku_id = call.id(0, "sku_id")?;
    let sold = world.store.skus.get(&sku_id).filter(|sku| sku.application_id == caller.application_id);
    sold.ok_or(error::UNKNOWN_SKU)?;
    let named = call.query_id("user_id")?;
    let user_id = if caller.bearer.is_some() { Some(caller.bot_id) } else { named };
    let fits = move |one: &&Subscription| one.sku_id == sku_id && user_id.is_none_or(|id| one.user_id == id);
    Ok(world.store.subscriptions.values().filter(fits))
}

/// `GET /skus/{sku}/subscriptions`
fn subscriptions(call: &Call) -> Answer {
    let (before, after) = (call.query_id("before")?, call.query_id("after")?);
    let limit = call.query_number("limit", 50, (1, 100))?;
    if call.caller()?.bearer.is_none() && call.query_id("user_id")?.is_none() {
        return Err(ApiError::field(&["user_id"], "BASE_TYPE_REQUIRED", "This field is required"));
    }
    ok(call.read(|world| {
        let all = payers(world, call)?.map(|one| (one.id, one));
        Ok::<_, ApiError>(page(all, (before, after), limit).into_iter().map(subscription).collect::<Vec<_>>())
    })?)
}

/// `GET /skus/{sku}/subscriptions/{subscription}`
fn one_subscription(call: &Call) -> Answer {
    let id = call.id(1, "subscription_id")?;
    ok(call.read(|world| {
        let found = payers(world, call)?.find(|one| one.id == id).map(subscription);
        found.ok_or(error::UNKNOWN_SUBSCRIPTION)
    })?)
}

/// `GET /users/@me/applications/{application}/entitlements`
fn my_entitlements(call: &Call) -> Answer {
    let application_id = own_application(call)?;
    let user_id = call.caller()?.bot_id;
    let skus = ids(call, "sku_ids")?;
    let exclude_consumed = call.query("exclude_consumed").is_none() || call.query_flag("exclude_consumed");
    ok(call.read(|world| {
        let own = world.store.entitlements.values().filter(|one| {
            one.application_id == application_id
                && one.user_id == user_id
                && !one.deleted
                && (skus.is_empty() || skus.contains(&one.sku_id))
                && !(exclude_consumed && one.consumed == Some(true))
        });
        own.map(entitlement).collect::<Vec<_>>()
    }))
}
