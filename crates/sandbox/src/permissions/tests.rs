//! The algorithm as a table.

use super::*;
use crate::model::{ChannelKind, Member, Overwrite, Role};

const GUILD: Id = 10;
const OWNER: Id = 1;
const USER: Id = 2;
const ROLE_A: Id = 20;
const ROLE_B: Id = 21;
const P: fn(u64) -> Permissions = Permissions;

fn guild(everyone: Permissions, a: Permissions, b: Permissions) -> Guild {
    let role = |id, permissions| Role { id, permissions, ..Role::default() };
    let member = |user_id, roles: &[Id]| Member { user_id, roles: roles.to_vec(), ..Member::default() };
    Guild {
        id: GUILD,
        owner_id: OWNER,
        roles: vec![role(GUILD, everyone), role(ROLE_A, a), role(ROLE_B, b)],
        members: [(OWNER, member(OWNER, &[])), (USER, member(USER, &[ROLE_A, ROLE_B]))].into(),
        ..Guild::default()
    }
}

fn channel(overwrites: &[(Id, OverwriteKind, Permissions, Permissions)]) -> Channel {
    let overwrites =
        overwrites.iter().map(|&(id, kind, allow, deny)| Overwrite { id, kind, allow, deny }).collect();
    Channel { id: 30, guild_id: Some(GUILD), overwrites, ..Channel::default() }
}

const VIEW: Permissions = Permissions::VIEW_CHANNEL;
const SEND: Permissions = Permissions::SEND_MESSAGES;
const NONE: Permissions = Permissions::NONE;
use OverwriteKind::{Member as M, Role as R};

#[track_caller]
fn check(guild: &Guild, overwrites: &[(Id, OverwriteKind, Permissions, Permissions)], expected: Permissions) {
    assert_eq!(in_channel(guild, &channel(overwrites), USER, 0), expected);
}

#[test]
fn roles_add_up() {
    check(&guild(VIEW, SEND, NONE), &[], VIEW | SEND);
}

#[test]
fn everyone_is_denied_before_roles_are_allowed() {
    check(&guild(VIEW | SEND, NONE, NONE), &[(GUILD, R, NONE, VIEW), (ROLE_A, R, VIEW, NONE)], VIEW | SEND);
}

#[test]
fn an_allow_of_one_role_beats_the_deny_of_another() {
    check(&guild(VIEW, NONE, NONE), &[(ROLE_A, R, VIEW, NONE), (ROLE_B, R, NONE, VIEW)], VIEW);
}

#[test]
fn the_members_own_overwrite_comes_last() {
    let overwrites = [(USER, M, NONE, SEND), (ROLE_A, R, SEND, NONE)];
    check(&guild(VIEW, NONE, NONE), &overwrites, VIEW);
}

#[test]
fn a_role_overwrite_with_a_members_id_does_nothing() {
    check(&guild(VIEW, NONE, NONE), &[(USER, R, NONE, VIEW)], VIEW);
}

#[test]
fn administrators_and_owners_ignore_overwrites() {
    let deny = [(GUILD, R, NONE, Permissions::ALL)];
    check(&guild(NONE, Permissions::ADMINISTRATOR, NONE), &deny, Permissions::ALL);
    assert_eq!(in_channel(&guild(NONE, NONE, NONE), &channel(&deny), OWNER, 0), Permissions::ALL);
}

#[test]
fn strangers_may_nothing() {
    assert_eq!(in_guild(&guild(VIEW, NONE, NONE), 99, 0), NONE);
    assert_eq!(in_channel(&guild(VIEW, NONE, NONE), &channel(&[]), 99, 0), NONE);
}

#[test]
fn a_timeout_leaves_sight_and_history() {
    let history = Permissions::READ_MESSAGE_HISTORY;
    let mut guild = guild(VIEW | SEND | history, NONE, NONE);
    guild.members.get_mut(&USER).unwrap().timeout_until = Some(1_000);
    assert_eq!(in_guild(&guild, USER, 999), VIEW | history);
    assert_eq!(in_channel(&guild, &channel(&[]), USER, 999), VIEW | history);
    assert_eq!(in_guild(&guild, USER, 1_000), VIEW | SEND | history);
    guild.members.get_mut(&OWNER).unwrap().timeout_until = Some(1_000);
    assert_eq!(in_guild(&guild, OWNER, 999), Permissions::ALL);
}

#[test]
fn a_thread_takes_its_channels_permissions() {
    let mut guild = guild(VIEW, NONE, NONE);
    guild.channels.push(channel(&[(GUILD, R, NONE, VIEW)]));
    let mut thread = channel(&[]);
    thread.id = 31;
    thread.kind = ChannelKind::PublicThread;
    thread.parent_id = Some(30);
    assert!(!can_view(&guild, &thread, USER));
    guild.channels[0].overwrites.clear();
    assert!(can_view(&guild, &thread, USER));
}

#[test]
fn a_private_thread_needs_membership() {
    let mut guild = guild(VIEW, NONE, NONE);
    guild.channels.push(channel(&[]));
    let thread = Box::new(crate::model::Thread::default());
    let mut private = Channel { kind: ChannelKind::PrivateThread, thread: Some(thread), ..channel(&[]) };
    private.parent_id = Some(30);
    assert!(!can_view(&guild, &private, USER));
    private.thread.as_mut().unwrap().members.push((USER, 0));
    assert!(can_view(&guild, &private, USER));
    assert!(can_view(&guild, &private, OWNER));
}

#[test]
fn what_others_imply_is_taken_away() {
    let text = channel(&[]);
    assert_eq!((SEND | Permissions::ATTACH_FILES).implied(&text), NONE);
    assert_eq!((VIEW | Permissions::ATTACH_FILES | Permissions::EMBED_LINKS).implied(&text), VIEW);
    let voice = Channel { kind: ChannelKind::Voice, ..channel(&[]) };
    assert_eq!((VIEW | SEND | Permissions::SPEAK).implied(&voice), VIEW | SEND);
}

#[test]
fn the_bits_are_the_documented_ones() {
    assert_eq!(Permissions::BYPASS_SLOWMODE, P(1 << 52));
    assert_eq!(Permissions::SET_VOICE_CHANNEL_STATUS, P(1 << 48));
    assert!(!Permissions::ALL.contains(P(1 << 47)));
    assert_eq!(serde_json::to_string(&Permissions::ADMINISTRATOR).unwrap(), "\"8\"");
}
