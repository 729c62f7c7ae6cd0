//! The users that an invite is for, as a file with one id a line. (Discord docs: Invite, Get Target Users.)

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::call::{Answer, Call, Reply, ok};
use super::super::error::{self, ApiError};
use super::super::routes::{Auth, Pace, Table};
use crate::clock::iso;
use crate::model::{Invite, TargetUsers};
use crate::permissions::{self, Permissions};
use crate::snowflake::{Id, Millis, parse};
use crate::validate::form::{Form, FormErrors, Path};
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.get("/invites/{code}/target-users", Auth::Bot, Pace::Ordinary, get);
    table.put("/invites/{code}/target-users", Auth::Bot, Pace::Ordinary, put);
    table.put("/invites/{code}/target-users/{user}", Auth::Bot, Pace::Ordinary, add);
    table.delete("/invites/{code}/target-users/{user}", Auth::Bot, Pace::Ordinary, remove);
    table.post("/invites/{code}/target-users/bulk-add", Auth::Bot, Pace::Ordinary, add_many);
    table.post("/invites/{code}/target-users/bulk-delete", Auth::Bot, Pace::Ordinary, remove_many);
    table.get("/invites/{code}/target-users/job-status", Auth::Bot, Pace::Ordinary, status);
}

/// Users that may be added or removed at once.
const MANY: usize = 1000;

/// Users of one invite.
const MOST: usize = 100_000;

/// Bad lines that are told.
const MOST_ERRORS: usize = 100;

const FILE: &str = "target_users_file";

/// Reads the file: one id a line, perhaps below the header `user_id`.
pub(super) fn read(data: &Bytes) -> Result<Vec<Id>, ApiError> {
    let (mut users, mut bad) = (Vec::new(), Vec::new());
    let text = std::str::from_utf8(data).map_err(|_| refused(&["The file is not text".to_owned()]))?;
    for (number, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || (number == 0 && line == "user_id") {
            continue;
        }
        match parse(line.trim_matches('"')) {
            Some(id) => users.push(id),
            None if bad.len() < MOST_ERRORS => {
                bad.push(format!("Line {}: invalid user ID format", number + 1));
            }
            None => {}
        }
        if users.len() > MOST {
            return Err(refused(&[format!("More than {MOST} users")]));
        }
    }
    if !bad.is_empty() {
        return Err(refused(&bad));
    }
    if users.is_empty() {
        return Err(ApiError::field(&[FILE], "BASE_TYPE_REQUIRED", "This field is required"));
    }
    users.sort_unstable();
    users.dedup();
    Ok(users)
}

fn refused(reasons: &[String]) -> ApiError {
    let mut errors = FormErrors::default();
    for reason in reasons {
        errors.at(&[FILE], "INVALID_USER_ID", reason.as_str());
    }
    errors.into()
}

/// Refuses users that nobody is.
pub(super) fn known(world: &World, users: &[Id]) -> Result<(), ApiError> {
    let nobody = users.iter().filter(|id| !world.users.contains_key(id)).take(MOST_ERRORS);
    let bad: Vec<String> = nobody.map(|id| format!("{id}: no such user")).collect();
    if bad.is_empty() { Ok(()) } else { Err(refused(&bad)) }
}

/// The invite, for its inviter and for those with one of these permissions.
fn invite<'w>(
    world: &'w World,
    call: &Call,
    any_of: Permissions,
    now: Millis,
) -> Result<&'w Invite, ApiError> {
    let bot = call.caller()?.bot_id;
    let (guild, invite) = world.invite(call.text(0), now)?;
    let own = permissions::in_guild(guild, bot, now);
    if invite.inviter_id == bot || own.intersects(any_of) {
        return Ok(invite);
    }
    Err(if guild.member(bot).is_some() { error::MISSING_PERMISSIONS } else { error::MISSING_ACCESS })
}

const READERS: Permissions = Permissions(Permissions::MANAGE_GUILD.0 | Permissions::VIEW_AUDIT_LOG.0);

/// `GET /invites/{code}/target-users`
fn get(call: &Call) -> Answer {
    let text = call.read(|world| {
        let only = invite(world, call, READERS, call.now)?.target_users.as_ref();
        let users = only.map_or(&[][..], |only| &only.users);
        Ok::<_, ApiError>(users.iter().fold("user_id\n".to_owned(), |text, id| format!("{text}{id}\n")))
    })?;
    Ok(Reply::Raw("text/csv; charset=utf-8", text.into()))
}

/// `PUT /invites/{code}/target-users`
fn put(call: &Call) -> Answer {
    let file = call
        .files
        .first()
        .ok_or_else(|| ApiError::field(&[FILE], "BASE_TYPE_REQUIRED", "This field is required"))?;
    let users = read(&file.data)?;
    change(call, |world, _| {
        known(world, &users)?;
        Ok(users)
    })
}

/// `PUT /invites/{code}/target-users/{user}`
fn add(call: &Call) -> Answer {
    let id = call.id(1, "user_id")?;
    change(call, |world, users| add_to(world, users, &[id]))
}

/// `DELETE /invites/{code}/target-users/{user}`
fn remove(call: &Call) -> Answer {
    let id = call.id(1, "user_id")?;
    change(call, |_, users| Ok(users.into_iter().filter(|user| *user != id).collect()))
}

/// `POST /invites/{code}/target-users/bulk-add`
fn add_many(call: &Call) -> Answer {
    let ids = user_ids(call)?;
    change(call, |world, users| add_to(world, users, &ids))
}

/// `POST /invites/{code}/target-users/bulk-delete`
fn remove_many(call: &Call) -> Answer {
    let mut ids = user_ids(call)?;
    ids.sort_unstable();
    change(call, |_, users| Ok(users.into_iter().filter(|id| ids.binary_search(id).is_err()).collect()))
}

fn add_to(world: &World, mut users: Vec<Id>, ids: &[Id]) -> Result<Vec<Id>, ApiError> {
    known(world, ids)?;
    users.extend(ids);
    users.sort_unstable();
    users.dedup();
    if users.len() > MOST { Err(refused(&[format!("More than {MOST} users")])) } else { Ok(users) }
}

fn user_ids(call: &Call) -> Result<Vec<Id>, ApiError> {
    let body = call.object()?;
    let mut form = Form::default();
    if body.get("user_ids").is_none_or(Value::is_null) {
        form.required(Path::ROOT.key("user_ids"));
    }
    let here = Path::ROOT.key("user_ids");
    let items = form.list(body, "user_ids", Path::ROOT, MANY).iter().enumerate();
    let ids = items.filter_map(|(index, id)| form.snowflake_value(id, here.index(index))).collect();
    form.finish()?;
    Ok(ids)
}

/// Replaces the list; an empty one keeps the invite for nobody.
fn change(call: &Call, new: impl FnOnce(&World, Vec<Id>) -> Result<Vec<Id>, ApiError>) -> Answer {
    call.change(|world, now| {
        let invite = invite(world, call, Permissions::MANAGE_GUILD, now)?;
        let old = invite.target_users.as_ref().map(|only| only.users.clone()).unwrap_or_default();
        let users = new(world, old)?;
        let only = TargetUsers { users, given_at: now };
        world.update_invite(call.text(0), |invite| invite.target_users = Some(Box::new(only)))?;
        Ok(((), Vec::new()))
    })?;
    Ok(Reply::Empty)
}

/// `GET /invites/{code}/target-users/job-status`; here the list is there at once.
fn status(call: &Call) -> Answer {
    ok(call.read(|world| {
        let only = invite(world, call, READERS, call.now)?.target_users.as_ref();
        let count = only.map_or(0, |only| only.users.len());
        let at = only.map(|only| iso(only.given_at));
        Ok::<_, ApiError>(json!({
            "status": if only.is_some() { 2 } else { 0 },
            "total_users": count,
            "processed_users": count,
            "created_at": at,
            "completed_at": at,
            "error_message": null,
        }))
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_id_a_line_below_its_header() {
        let users = read(&Bytes::from_static(
            b"user_id\n175928847299117063\r\n\n175928847299117064\n175928847299117063\n",
        ));
        assert_eq!(users.unwrap(), [175_928_847_299_117_063, 175_928_847_299_117_064]);
        let errors = read(&Bytes::from_static(b"175928847299117063\nada\n")).unwrap_err().body();
        assert_eq!(errors["errors"][FILE]["_errors"][0]["message"], "Line 2: invalid user ID format");
        for nothing in [&b"user_id\n"[..], b"", b"\xff\xfe"] {
            assert_eq!(read(&Bytes::copy_from_slice(nothing)).unwrap_err().code, 50035);
        }
    }
}
