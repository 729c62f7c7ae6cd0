//! What is known of guilds, from their events.

use serde_json::json;
use twilight_model::{
    channel::{
        ChannelType,
        permission_overwrite::{PermissionOverwrite, PermissionOverwriteType},
    },
    id::Id,
};
use twilight_util::permission_calculator::PermissionCalculator;

use super::*;

const GUILD: u64 = 1000;
const ME: u64 = 77;

fn guild() -> GuildId {
    GuildId::new(GUILD).unwrap()
}

fn channel(id: u64) -> ChannelId {
    ChannelId::new(id).unwrap()
}

fn bits(permissions: Permissions) -> String {
    permissions.bits().to_string()
}

fn overwrite(id: u64, kind: u8, allow: Permissions, deny: Permissions) -> serde_json::Value {
    json!({ "id": id.to_string(), "type": kind, "allow": bits(allow), "deny": bits(deny) })
}

const BASE: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::SEND_MESSAGES);

fn create(overwrites: &serde_json::Value) -> serde_json::Value {
    json!({
        "id": GUILD.to_string(), "name": "Riverside", "owner_id": "5", "member_count": 12,
        "preferred_locale": "de", "system_channel_id": "30", "unavailable": false,
        "roles": [
            { "id": GUILD.to_string(), "name": "@everyone", "permissions": bits(BASE), "position": 0 },
            { "id": "21", "name": "bot", "permissions": bits(Permissions::EMBED_LINKS), "position": 1 },
        ],
        "channels": [
            { "id": "31", "type": 4, "name": "Category", "position": 1 },
            { "id": "30", "type": 0, "name": "system", "position": 9, "parent_id": "31",
              "permission_overwrites": overwrites },
            { "id": "32", "type": 0, "name": "general", "position": 3, "parent_id": "31" },
            { "id": "33", "type": 2, "name": "voice", "position": 0 },
        ],
        "members": [
            { "user": { "id": "5" }, "roles": [] },
            { "user": { "id": ME.to_string() }, "roles": ["21"] },
        ],
        "emojis": [{ "id": "1", "name": "x" }], "threads": [], "presences": [],
    })
}

fn known(overwrites: &serde_json::Value) -> Guilds {
    let guilds = Guilds::default();
    guilds.set_me(UserId::new(ME).unwrap());
    let effect =
        guilds.apply(EventKind::GuildCreate, Some(guild()), create(overwrites).to_string().as_bytes());
    assert_eq!(effect.unwrap(), Effect::Present(guild()));
    guilds
}

fn apply(guilds: &Guilds, kind: EventKind, payload: &serde_json::Value) -> Effect {
    guilds.apply(kind, Some(guild()), payload.to_string().as_bytes()).unwrap()
}

#[test]
fn the_facts_of_a_guild_are_known_once_it_was_sent() {
    let guilds = known(&json!([]));
    let facts = guilds.guild(guild()).unwrap();
    assert_eq!((&*facts.name, facts.members, facts.channels, facts.roles), ("Riverside", 12, 4, 2));
    assert_eq!((facts.owner.get(), &*facts.locale, guilds.guilds()), (5, "de", 1));
}

#[test]
fn permissions_are_those_that_twilight_computes() {
    let view = Permissions::VIEW_CHANNEL;
    let send = Permissions::SEND_MESSAGES;
    let embed = Permissions::EMBED_LINKS;
    let none = Permissions::empty();
    let table: &[&[(u64, u8, Permissions, Permissions)]] = &[
        &[],
        &[(GUILD, 0, none, view)],
        &[(GUILD, 0, none, send)],
        &[(GUILD, 0, none, send), (21, 0, send, none)],
        &[(21, 0, none, view), (ME, 1, view, none)],
        &[(21, 0, view, none), (ME, 1, none, send | embed)],
        &[(99, 0, none, view), (98, 1, none, view)],
    ];
    for overwrites in table {
        let value = overwrites.iter().map(|(id, kind, allow, deny)| overwrite(*id, *kind, *allow, *deny));
        let guilds = known(&value.collect());
        let theirs: Vec<PermissionOverwrite> = overwrites
            .iter()
            .map(|(id, kind, allow, deny)| PermissionOverwrite {
                allow: *allow,
                deny: *deny,
                id: Id::new(*id),
                kind: if *kind == 0 {
                    PermissionOverwriteType::Role
                } else {
                    PermissionOverwriteType::Member
                },
            })
            .collect();
        let roles = [(Id::new(21), embed)];
        let calculator =
            PermissionCalculator::new(Id::new(GUILD), Id::new(ME), BASE, &roles).owner_id(Id::new(5));
        let expected = calculator.in_channel(ChannelType::GuildText, &theirs);
        // Twilight leaves out what is useless without another permission.
        let expected = permissions::implied(expected);
        assert_eq!(guilds.bot_permissions(guild(), channel(30)), Some(expected), "{overwrites:?}");
    }
}

#[test]
fn what_is_useless_without_another_permission_is_not_held() {
    let (view, send) = (Permissions::VIEW_CHANNEL, Permissions::SEND_MESSAGES);
    let (embed, react) = (Permissions::EMBED_LINKS, Permissions::ADD_REACTIONS);
    let all = view | send | embed | react;
    for (held, expected) in [(all, all), (all - send, view | react), (all - view, Permissions::empty())] {
        assert_eq!(permissions::implied(held), expected, "{held:?}");
    }
}

#[test]
fn the_first_word_goes_where_it_can_be_said() {
    let wanted = Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES;
    assert_eq!(known(&json!([])).channel_with(guild(), wanted), Some(channel(30)));
    let closed = json!([overwrite(GUILD, 0, Permissions::empty(), Permissions::VIEW_CHANNEL)]);
    let guilds = known(&closed);
    assert_eq!(guilds.channel_with(guild(), wanted), Some(channel(32)));
    assert_eq!(guilds.channel_with(guild(), Permissions::BAN_MEMBERS), None);
    let above = json!({ "id": "34", "guild_id": GUILD.to_string(), "type": 0, "position": 50 });
    apply(&guilds, EventKind::ChannelCreate, &above);
    assert_eq!(
        guilds.channel_with(guild(), wanted),
        Some(channel(34)),
        "what stands in no category is on top"
    );
    apply(&guilds, EventKind::ChannelDelete, &above);
    assert_eq!(guilds.channel_with(guild(), wanted), Some(channel(32)));
}

#[test]
fn roles_change_what_the_bot_may() {
    let guilds = known(&json!([]));
    let id = GUILD.to_string();
    let role = json!({ "id": "22", "permissions": "8", "position": 5 });
    apply(&guilds, EventKind::RoleCreate, &json!({ "guild_id": id, "role": role }));
    assert_eq!(guilds.bot_permissions(guild(), channel(30)), Some(BASE | Permissions::EMBED_LINKS));
    let me = json!({ "guild_id": id, "user": { "id": ME.to_string() }, "roles": ["22"] });
    apply(&guilds, EventKind::MemberUpdate, &me);
    assert_eq!(guilds.bot_permissions(guild(), channel(30)), Some(Permissions::all()));
    let other = json!({ "guild_id": id, "user": { "id": "5" }, "roles": [] });
    apply(&guilds, EventKind::MemberUpdate, &other);
    assert_eq!(guilds.bot_permissions(guild(), channel(30)), Some(Permissions::all()));
    apply(&guilds, EventKind::RoleDelete, &json!({ "guild_id": id, "role_id": "22" }));
    assert_eq!(guilds.bot_permissions(guild(), channel(30)), Some(BASE));
}

#[test]
fn an_outage_keeps_a_guild_and_a_farewell_does_not() {
    let guilds = known(&json!([]));
    let outage = json!({ "id": GUILD.to_string(), "unavailable": true });
    assert_eq!(apply(&guilds, EventKind::GuildDelete, &outage), Effect::Within);
    assert_eq!(guilds.guilds(), 1);
    let farewell = json!({ "id": GUILD.to_string() });
    assert_eq!(apply(&guilds, EventKind::GuildDelete, &farewell), Effect::Left(guild()));
    assert_eq!(guilds.guilds(), 0);
}

#[test]
fn what_changed_is_stored_once_and_comes_back_the_same() {
    let guilds = known(&json!([overwrite(21, 0, Permissions::EMBED_LINKS, Permissions::empty())]));
    let dirty = guilds.take_dirty(10);
    assert_eq!(dirty.len(), 1);
    assert!(guilds.take_dirty(10).is_empty());
    let record = dirty[0].1.clone().unwrap();
    let text = serde_json::to_string(&record).unwrap();
    let again = Guilds::default();
    again.set_me(UserId::new(ME).unwrap());
    again.restore(guild(), serde_json::from_str(&text).unwrap());
    assert_eq!(again.guild(guild()), guilds.guild(guild()));
    assert_eq!(again.bot_permissions(guild(), channel(30)), guilds.bot_permissions(guild(), channel(30)));
    guilds.remove(guild());
    assert_eq!(guilds.take_dirty(10), vec![(guild(), None)]);
}

#[test]
fn hostile_payloads_change_nothing() {
    let guilds = known(&json!([]));
    for kind in EventKind::ALL {
        for payload in ["", "{}", "[]", "null", "{\"id\":\"0\"}", "{\"id\":7,\"roles\":[{}]}"] {
            let _ = guilds.apply(*kind, Some(guild()), payload.as_bytes());
        }
    }
    assert_eq!(guilds.guild(guild()).map(|facts| facts.roles), Some(2));
}

#[test]
fn a_large_guild_takes_few_bytes() {
    let roles =
        (0..30).map(|n| json!({ "id": (2000 + n).to_string(), "permissions": "1024", "position": n }));
    let two = [overwrite(GUILD, 0, Permissions::empty(), BASE), overwrite(21, 0, BASE, Permissions::empty())];
    let channels = (0..20).map(
        |n| json!({ "id": (3000 + n).to_string(), "type": 0, "position": n, "permission_overwrites": two }),
    );
    let payload = json!({
        "id": GUILD.to_string(), "name": "Riverside", "owner_id": "5", "member_count": 9,
        "roles": roles.collect::<Vec<_>>(), "channels": channels.collect::<Vec<_>>(),
    });
    let guilds = Guilds::default();
    apply(&guilds, EventKind::GuildCreate, &payload);
    let records = guilds.records.read();
    let record = &records[&guild()];
    let overwrites: usize = record.channels.iter().map(|channel| size_of_val(&*channel.overwrites)).sum();
    let bytes =
        size_of::<Record>() + size_of_val(&*record.roles) + size_of_val(&*record.channels) + overwrites;
    assert!(bytes < 4_096, "{bytes} bytes for one guild: 10,000 of them are to stay far below 100 MB");
}
