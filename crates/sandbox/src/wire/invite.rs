//! Invites on the wire (Discord docs: Invite, Invite Object; Gateway Events, Invite Create).

use serde_json::{Value, json};

use super::{application, user};
use crate::{
    clock::iso,
    model::{Guild, Invite, InviteTarget},
    snowflake::Sid,
    world::World,
};

/// An invite, with the metadata that not everyone may see.
pub fn invite(world: &World, guild: &Guild, invite: &Invite, metadata: bool) -> Value {
    let channel = guild.channel(invite.channel_id);
    let mut all = json!({
        "type": 0,
        "code": invite.code,
        "inviter": world.users.get(&invite.inviter_id).map(user),
        "expires_at": invite.expires_at().map(iso),
        "guild_id": Sid(guild.id),
        "guild": partial_guild(guild),
        "channel": channel.map(|c| json!({ "id": Sid(c.id), "name": c.name, "type": c.kind.code() })),
        "flags": 0,
    });
    target(world, invite, &mut all);
    if !invite.role_ids.is_empty() {
        let roles = invite.role_ids.iter().filter_map(|id| guild.role(*id)).map(partial_role);
        all["roles"] = roles.collect();
    }
    if metadata {
        all["uses"] = json!(invite.uses);
        all["max_uses"] = json!(invite.max_uses);
        all["max_age"] = json!(invite.max_age);
        all["temporary"] = json!(invite.temporary);
        all["created_at"] = json!(iso(invite.created_at));
    }
    all
}

/// A vanity address as an invite, which nobody made and which never expires.
pub fn vanity(guild: &Guild) -> Value {
    let first = guild.channels.iter().filter(|c| c.thread.is_none()).min_by_key(|c| (c.position, c.id));
    json!({
        "type": 0,
        "code": guild.vanity_url_code,
        "expires_at": null,
        "guild_id": Sid(guild.id),
        "guild": partial_guild(guild),
        "channel": first.map(|c| json!({ "id": Sid(c.id), "name": c.name, "type": c.kind.code() })),
        "flags": 0,
    })
}

/// The data of `INVITE_CREATE`.
pub fn created(world: &World, invite: &Invite) -> Value {
    let mut all = json!({
        "channel_id": Sid(invite.channel_id),
        "guild_id": Sid(invite.guild_id),
        "code": invite.code,
        "created_at": iso(invite.created_at),
        "expires_at": invite.expires_at().map(iso),
        "inviter": world.users.get(&invite.inviter_id).map(user),
        "max_age": invite.max_age,
        "max_uses": invite.max_uses,
        "temporary": invite.temporary,
        "uses": 0,
    });
    target(world, invite, &mut all);
    if !invite.role_ids.is_empty() {
        all["role_ids"] = invite.role_ids.iter().map(|id| json!(Sid(*id))).collect();
    }
    all
}

fn target(world: &World, invite: &Invite, all: &mut Value) {
    match invite.target {
        Some(InviteTarget::Stream(id)) => {
            all["target_type"] = json!(1);
            all["target_user"] = json!(world.users.get(&id).map(user));
        }
        Some(InviteTarget::Application(id)) => {
            all["target_type"] = json!(2);
            let own = world.applications.get(&id);
            all["target_application"] = json!(own.map(application));
        }
        None => {}
    }
}

fn partial_guild(guild: &Guild) -> Value {
    json!({
        "id": Sid(guild.id),
        "name": guild.name,
        "splash": guild.splash,
        "banner": guild.banner,
        "description": guild.description,
        "icon": guild.icon,
        "features": guild.features,
        "verification_level": guild.verification_level,
        "vanity_url_code": guild.vanity_url_code,
        "nsfw_level": guild.nsfw_level,
        "nsfw": guild.nsfw_level == 1 || guild.nsfw_level == 3,
        "premium_subscription_count": guild.premium_subscription_count,
        "premium_tier": guild.premium_tier,
    })
}

fn partial_role(role: &crate::model::Role) -> Value {
    let whole = super::role(role);
    let keys = ["id", "name", "position", "color", "colors", "icon", "unicode_emoji"];
    keys.into_iter().map(|key| (key.to_owned(), whole[key].clone())).collect::<serde_json::Map<_, _>>().into()
}
