//! An application's own emojis, which it may use everywhere. (Discord docs: Emoji, List Application Emojis.)

use serde_json::{Value, json};

use crate::model::{Application, Emoji};
use crate::rest::call::{Answer, Call, Reply, created, ok};
use crate::rest::commands::own_application;
use crate::rest::emojis::{image, name};
use crate::rest::error::{self, ApiError};
use crate::rest::expressions::too_many;
use crate::rest::routes::{Auth, Pace, Table};
use crate::snowflake::Id;
use crate::validate::form::{Form, Path};
use crate::wire;
use crate::world::World;

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    let (all, one) = ("/applications/{application}/emojis", "/applications/{application}/emojis/{emoji}");
    table.get(all, Auth::Bot, Pace::Ordinary, list);
    table.post(all, Auth::Bot, Pace::Ordinary, create);
    table.get(one, Auth::Bot, Pace::Ordinary, get);
    table.patch(one, Auth::Bot, Pace::Ordinary, edit);
    table.delete(one, Auth::Bot, Pace::Ordinary, delete);
}

fn show(world: &World, emoji: &Emoji) -> Value {
    wire::emoji(emoji, world.users.get(&emoji.user_id))
}

fn of(world: &mut World, id: Id) -> Result<&mut Application, ApiError> {
    world.applications.get_mut(&id).ok_or(error::UNKNOWN_APPLICATION)
}

fn find(world: &World, application_id: Id, id: Id) -> Result<&Emoji, ApiError> {
    let own = &world.application(application_id)?.emojis;
    own.iter().find(|emoji| emoji.id == id).ok_or(error::UNKNOWN_GUILD_EMOJI)
}

/// `GET /applications/{application}/emojis`
fn list(call: &Call) -> Answer {
    let id = own_application(call)?;
    ok(call.read(|world| {
        let items: Vec<Value> = world.application(id)?.emojis.iter().map(|e| show(world, e)).collect();
        Ok::<_, ApiError>(json!({ "items": items }))
    })?)
}

/// `GET /applications/{application}/emojis/{emoji}`
fn get(call: &Call) -> Answer {
    let (application_id, id) = (own_application(call)?, call.id(1, "emoji_id")?);
    ok(call.read(|world| find(world, application_id, id).map(|emoji| show(world, emoji)))?)
}

/// `POST /applications/{application}/emojis`
fn create(call: &Call) -> Answer {
    let (application_id, bot) = (own_application(call)?, call.caller()?.bot_id);
    let body = call.object()?;
    let mut form = Form::default();
    if !body.contains_key("name") {
        form.required(Path::ROOT.key("name"));
    }
    let max = call.face.engine.limits().emoji_bytes;
    let (name, image) = (name(&mut form, body), image(&mut form, body, max));
    form.finish()?;
    created(call.change(|world, now| {
        let most = world.limits.application_emojis;
        let id = world.ids.next(now);
        let own = of(world, application_id)?;
        if own.emojis.len() >= most {
            return Err(too_many(30_008, "emojis", most));
        }
        let (name, image) = (name.unwrap_or_default(), image.unwrap_or_default());
        own.emojis.push(Emoji { id, name, image, user_id: bot, ..Emoji::default() });
        Ok((show(world, find(world, application_id, id)?), Vec::new()))
    })?)
}

/// `PATCH /applications/{application}/emojis/{emoji}`
fn edit(call: &Call) -> Answer {
    let (application_id, id) = (own_application(call)?, call.id(1, "emoji_id")?);
    let mut form = Form::default();
    let name = name(&mut form, call.object()?);
    form.finish()?;
    ok(call.change(|world, _| {
        find(world, application_id, id)?;
        let own = of(world, application_id)?.emojis.iter_mut().find(|emoji| emoji.id == id);
        if let Some((emoji, name)) = own.zip(name) {
            emoji.name = name;
        }
        Ok((show(world, find(world, application_id, id)?), Vec::new()))
    })?)
}

/// `DELETE /applications/{application}/emojis/{emoji}`
fn delete(call: &Call) -> Answer {
    let (application_id, id) = (own_application(call)?, call.id(1, "emoji_id")?);
    call.change(|world, _| {
        find(world, application_id, id)?;
        of(world, application_id)?.emojis.retain(|emoji| emoji.id != id);
        Ok(((), Vec::new()))
    })?;
    Ok(Reply::Empty)
}
