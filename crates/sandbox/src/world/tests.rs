//! Operations of the world: data in, dispatches out.

use super::*;
use crate::{
    example::{self, ADA, BOOK_CLUB, GRACE, LINUS},
    model::{ChannelKind, Message, Thread},
};

const NOW: i64 = 1_790_000_000_000;

fn world() -> World {
    let mut world = World::default();
    example::build(&mut world, NOW);
    world
}

fn general(world: &World) -> Id {
    world.guild(BOOK_CLUB).unwrap().channels.iter().find(|channel| channel.name == "general").unwrap().id
}

fn say(world: &mut World, channel_id: Id, content: &str) -> Id {
    let message = Message { channel_id, author_id: ADA, content: content.to_owned(), ..Message::default() };
    world.create_message(message, NOW).unwrap().0
}

fn events(told: &[Dispatch]) -> Vec<&'static str> {
    told.iter().map(|dispatch| dispatch.event).collect()
}

#[test]
fn history_pages_newest_first() {
    let mut world = world();
    let channel = general(&world);
    let ids: Vec<Id> = (0..5).map(|number| say(&mut world, channel, &number.to_string())).collect();
    let page = |before, after, limit| -> Vec<Id> {
        world.history(channel, before, after, limit, None).into_iter().map(|message| message.id).collect()
    };
    assert_eq!(page(None, None, 2), [ids[4], ids[3]]);
    assert_eq!(page(Some(ids[3]), None, 2), [ids[2], ids[1]]);
    assert_eq!(page(None, Some(ids[0]), 2), [ids[2], ids[1]], "the two next after it");
    assert!(page(None, Some(Id::MAX), 2).is_empty());
}

#[test]
fn an_ephemeral_message_is_for_one_reader() {
    let mut world = world();
    let channel_id = general(&world);
    let before = world.channel(channel_id).unwrap().last_message_id;
    let message = Message {
        channel_id,
        author_id: example::APPLICATION,
        application_id: Some(example::APPLICATION),
        ephemeral_for: Some(LINUS),
        ..Message::default()
    };
    let (_, told) = world.create_message(message, NOW).unwrap();
    assert_eq!(told[0].audience, Audience::Users(vec![example::APPLICATION, LINUS]));
    assert_eq!(told[0].only_for, Some(LINUS));
    assert_eq!(world.history(channel_id, None, None, 10, Some(LINUS)).len(), 1);
    assert!(world.history(channel_id, None, None, 10, Some(ADA)).is_empty());
    assert_eq!(world.channel(channel_id).unwrap().last_message_id, before);
}

#[test]
fn a_channel_keeps_only_so_many_messages() {
    let mut world = world();
    world.limits.messages_per_channel = 2;
    let channel = general(&world);
    for text in ["one", "two", "three"] {
        say(&mut world, channel, text);
    }
    let kept: Vec<String> = world
        .history(channel, None, None, 10, None)
        .into_iter()
        .map(|message| message.content.clone())
        .collect();
    assert_eq!(kept, ["three", "two"]);
}

#[test]
fn what_was_said_long_ago_comes_before_what_was_said_since() {
    let mut world = world();
    let channel = general(&world);
    let old = NewArchive { count: 250, seed: 1, author_ids: vec![ADA, LINUS] };
    let later = NOW + 86_400_000;
    let (first, last) = world.set_archive(channel, old.clone(), later).unwrap().unwrap();
    assert_eq!(world.channel(channel).unwrap().last_message_id, Some(last));
    let message =
        Message { channel_id: channel, author_id: ADA, content: "new".to_owned(), ..Message::default() };
    let (new, _) = world.create_message(message, later + 1).unwrap();
    let page = |before, after, limit| -> Vec<Id> {
        world.history(channel, before, after, limit, None).into_iter().map(|message| message.id).collect()
    };
    let newest = page(None, None, 100);
    assert_eq!((newest.len(), newest[0], newest[1]), (100, new, last));
    assert_eq!(page(Some(newest[99]), None, 100).len(), 100);
    assert_eq!(page(None, None, 500).len(), 251);
    assert_eq!(page(None, Some(0), 1), [first]);
    assert_eq!(page(None, Some(first), 500).len(), 250);
    let nobody = NewArchive { author_ids: Vec::new(), ..old };
    assert!(world.set_archive(channel, nobody, later).unwrap().is_none());
    world.delete_channel(channel).unwrap();
    assert!(world.history(channel, None, None, 10, None).is_empty());
}

#[test]
fn a_channel_goes_with_its_threads_but_a_category_without_its_channels() {
    let mut world = world();
    let channel = general(&world);
    let category = world.channel(channel).unwrap().parent_id.unwrap();
    let new = NewChannel {
        name: "a thread".to_owned(),
        kind: ChannelKind::PublicThread,
        parent_id: Some(channel),
        thread: Some(Thread { owner_id: ADA, ..Thread::default() }),
        ..NewChannel::default()
    };
    let (thread, told) = world.create_channel(BOOK_CLUB, new, NOW).unwrap();
    assert_eq!(events(&told), ["THREAD_CREATE"]);
    say(&mut world, thread, "inside");
    let (_, told) = world.delete_channel(channel).unwrap();
    assert_eq!(events(&told), ["CHANNEL_DELETE", "THREAD_DELETE"]);
    assert!(world.channel(thread).is_none() && !world.messages.contains_key(&thread));
    let (_, told) = world.delete_channel(category).unwrap();
    assert_eq!(events(&told), ["CHANNEL_DELETE", "CHANNEL_UPDATE", "CHANNEL_UPDATE", "CHANNEL_UPDATE"]);
}

#[test]
fn roles_are_numbered_without_gaps() {
    let mut world = world();
    let guild = world.guild(BOOK_CLUB).unwrap();
    let by_name = |name: &str| guild.roles.iter().find(|role| role.name == name).unwrap().id;
    let (member, moderator) = (by_name("Member"), by_name("Moderator"));
    let ((), told) = world.move_roles(BOOK_CLUB, &[(member, 2)]).unwrap();
    assert_eq!(events(&told), ["GUILD_ROLE_UPDATE", "GUILD_ROLE_UPDATE"]);
    let guild = world.guild(BOOK_CLUB).unwrap();
    let mut places: Vec<i32> = guild.roles.iter().map(|role| role.position).collect();
    places.sort_unstable();
    assert_eq!(places, [0, 1, 2, 3, 4]);
    assert!(guild.role(member).unwrap().position > guild.role(moderator).unwrap().position);
    assert_eq!(world.move_roles(BOOK_CLUB, &[(1, 1)]).unwrap_err(), WorldError::UnknownRole);
}

#[test]
fn a_removed_role_leaves_its_members() {
    let mut world = world();
    let role = world.member(BOOK_CLUB, GRACE).unwrap().roles[0];
    world.delete_role(BOOK_CLUB, role).unwrap();
    assert!(!world.member(BOOK_CLUB, GRACE).unwrap().roles.contains(&role));
    assert_eq!(world.delete_role(BOOK_CLUB, BOOK_CLUB).unwrap_err(), WorldError::UnknownRole);
}

#[test]
fn the_banned_cannot_join() {
    let mut world = world();
    let ((), told) = world.ban(BOOK_CLUB, LINUS, None).unwrap();
    assert_eq!(events(&told), ["GUILD_BAN_ADD", "GUILD_DELETE", "GUILD_MEMBER_REMOVE"]);
    assert_eq!(world.add_member(BOOK_CLUB, LINUS, &[], NOW).unwrap_err(), WorldError::Banned);
    world.unban(BOOK_CLUB, LINUS).unwrap();
    assert_eq!(
        events(&world.add_member(BOOK_CLUB, LINUS, &[], NOW).unwrap().1),
        ["GUILD_CREATE", "GUILD_MEMBER_ADD"]
    );
}

#[test]
fn reactions_are_counted_per_emoji_and_user() {
    let mut world = world();
    let channel = general(&world);
    let id = say(&mut world, channel, "hello");
    let mut add = |user, emoji| events(&world.add_reaction(channel, id, user, None, emoji).unwrap().1).len();
    assert_eq!((add(ADA, "A"), add(ADA, "A"), add(GRACE, "A"), add(ADA, "B")), (1, 0, 1, 1));
    let counts: Vec<usize> =
        world.message(channel, id).unwrap().reactions.iter().map(|reaction| reaction.users.len()).collect();
    assert_eq!(counts, [2, 1]);
    world.remove_reaction(channel, id, ADA, None, "B").unwrap();
    assert_eq!(world.message(channel, id).unwrap().reactions.len(), 1);
    for number in 0..19 {
        world.add_reaction(channel, id, ADA, None, &number.to_string()).unwrap();
    }
    assert_eq!(world.add_reaction(channel, id, ADA, None, "C").unwrap_err(), WorldError::TooManyReactions);
}

#[test]
fn a_direct_channel_is_opened_once() {
    let mut world = world();
    let first = world.open_dm(ADA, example::APPLICATION, NOW).unwrap();
    assert_eq!(world.open_dm(example::APPLICATION, ADA, NOW).unwrap(), first);
    assert_ne!(world.open_dm(GRACE, example::APPLICATION, NOW).unwrap(), first);
}

#[test]
fn every_required_key_of_a_message_is_there() {
    let mut world = world();
    let channel = general(&world);
    let id = say(&mut world, channel, "hello");
    let wire = crate::wire::message(&world, world.message(channel, id).unwrap(), None);
    for key in [
        "type",
        "content",
        "mentions",
        "mention_roles",
        "attachments",
        "embeds",
        "timestamp",
        "edited_timestamp",
        "flags",
        "components",
        "id",
        "channel_id",
        "author",
        "pinned",
        "mention_everyone",
        "tts",
    ] {
        assert!(wire.get(key).is_some(), "{key}");
    }
}
