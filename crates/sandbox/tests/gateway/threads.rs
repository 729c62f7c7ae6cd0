//! Who hears of threads, and of votes.

use guildhall_sandbox::{
    Sandbox, example,
    gateway::intents::Intents,
    model::{ChannelKind, Message, Poll, PollAnswer, Thread},
    permissions::Permissions,
    snowflake::Id,
    world::NewChannel,
};
use serde_json::json;

use crate::{channel, client, mark, sandbox};

/// Starts a thread as Ada.
fn start(sandbox: &Sandbox, kind: ChannelKind) -> Id {
    let parent_id = Some(channel(sandbox, example::BOOK_CLUB, "general"));
    let start = |now| NewChannel {
        name: "Side talk".to_owned(),
        kind,
        parent_id,
        thread: Some(Thread {
            owner_id: example::ADA,
            auto_archive_minutes: 60,
            archived_at: now,
            created_at: now,
            ..Thread::default()
        }),
        ..NewChannel::default()
    };
    let started =
        sandbox.engine().try_apply(|world, now| world.start_thread(example::BOOK_CLUB, start(now), now));
    started.unwrap()
}

/// Takes a right away from everyone's and the bots' roles.
fn withhold(sandbox: &Sandbox, withheld: Permissions) {
    sandbox.engine().apply(|world, _| {
        for role in &mut world.guild_mut(example::BOOK_CLUB).unwrap().roles {
            role.permissions = role.permissions.without(withheld);
        }
        ((), Vec::new())
    });
}

#[tokio::test]
async fn a_public_thread_is_heard_by_all_and_its_members_by_those_who_asked() {
    let sandbox = sandbox().await;
    let mut all = client(&sandbox, example::BOT_TOKEN, Intents::GUILDS.0 | Intents::GUILD_MEMBERS.0).await;
    let mut some = client(&sandbox, example::OTHER_BOT_TOKEN, Intents::GUILDS.0).await;
    let thread = start(&sandbox, ChannelKind::PublicThread);
    let made = all.event("THREAD_CREATE").await;
    assert_eq!((&made["id"], &made["newly_created"]), (&json!(thread.to_string()), &json!(true)));
    let members = all.event("THREAD_MEMBERS_UPDATE").await;
    assert_eq!(members["added_members"][0]["user_id"], example::ADA.to_string());
    assert_eq!(some.event("THREAD_CREATE").await["id"], thread.to_string());

    let add = |world: &mut guildhall_sandbox::world::World, now| {
        world.add_thread_member(thread, example::OTHER_APPLICATION, example::ADA, now)
    };
    sandbox.engine().try_apply(add).unwrap();
    assert_eq!(
        some.event("THREAD_CREATE").await["member"]["user_id"],
        example::OTHER_APPLICATION.to_string()
    );
    assert_eq!(some.event("THREAD_MEMBER_UPDATE").await["guild_id"], example::BOOK_CLUB.to_string());
    assert_eq!(
        some.event("THREAD_MEMBERS_UPDATE").await["member_count"],
        2,
        "its own coming it always hears"
    );
    assert_eq!(all.event("THREAD_MEMBERS_UPDATE").await["member_count"], 2);

    sandbox.engine().clock().advance(3_600_001);
    sandbox.engine().run_due();
    assert_eq!(some.event("THREAD_UPDATE").await["thread_metadata"]["archived"], true);
    assert_eq!(all.event("THREAD_UPDATE").await["thread_metadata"]["archived"], true);
    sandbox.engine().try_apply(|world, _| world.delete_channel(thread)).unwrap();
    let gone = some.event("THREAD_DELETE").await;
    assert_eq!((&gone["id"], &gone["type"]), (&json!(thread.to_string()), &json!(11)));
}

#[tokio::test]
async fn a_private_thread_is_heard_by_those_in_it() {
    let sandbox = sandbox().await;
    withhold(&sandbox, Permissions::MANAGE_THREADS);
    let mut inside = client(&sandbox, example::BOT_TOKEN, Intents::GUILDS.0).await;
    let mut outside = client(&sandbox, example::OTHER_BOT_TOKEN, Intents::GUILDS.0).await;
    let thread = start(&sandbox, ChannelKind::PrivateThread);
    sandbox
        .engine()
        .try_apply(|world, now| world.add_thread_member(thread, example::APPLICATION, example::ADA, now))
        .unwrap();
    let made = inside.event("THREAD_CREATE").await;
    assert_eq!((made["newly_created"].as_bool(), &made["type"]), (None, &json!(12)));
    inside.event("THREAD_MEMBER_UPDATE").await;
    inside.event("THREAD_MEMBERS_UPDATE").await;
    sandbox.engine().try_apply(|world, _| world.delete_channel(thread)).unwrap();
    assert_eq!(inside.event("THREAD_DELETE").await["id"], thread.to_string());
    mark(&sandbox, example::OTHER_APPLICATION);
    outside.event("MARK").await;
}

#[tokio::test]
async fn votes_are_heard_with_their_intent() {
    let sandbox = sandbox().await;
    let mut asked = client(&sandbox, example::BOT_TOKEN, Intents::GUILD_MESSAGE_POLLS.0).await;
    let mut other = client(&sandbox, example::OTHER_BOT_TOKEN, Intents::GUILD_MESSAGE_REACTIONS.0).await;
    let answer = |id| PollAnswer { id, text: format!("answer {id}"), ..PollAnswer::default() };
    let message = Message {
        channel_id: channel(&sandbox, example::BOOK_CLUB, "general"),
        author_id: example::ADA,
        poll: Some(Box::new(Poll {
            answers: vec![answer(1), answer(2)],
            ends_at: i64::MAX,
            ..Poll::default()
        })),
        ..Message::default()
    };
    let channel_id = message.channel_id;
    let id = sandbox.engine().try_apply(|world, now| world.create_message(message, now)).unwrap();
    for chosen in [&[1][..], &[2]] {
        sandbox.engine().try_apply(|world, _| world.vote(channel_id, id, example::LINUS, chosen)).unwrap();
    }
    let vote = asked.event("MESSAGE_POLL_VOTE_ADD").await;
    assert_eq!((&vote["answer_id"], &vote["user_id"]), (&json!(1), &json!(example::LINUS.to_string())));
    assert_eq!(asked.event("MESSAGE_POLL_VOTE_REMOVE").await["answer_id"], 1);
    assert_eq!(asked.event("MESSAGE_POLL_VOTE_ADD").await["answer_id"], 2);
    mark(&sandbox, example::OTHER_APPLICATION);
    other.event("MARK").await;
}
