//! Sessions are kept over disconnects, restarts and crashes, and no event is lost or doubled by them.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use guildhall_core::{
    clock::Timestamp,
    event::{EventKind, EventSet},
    id::GuildId,
};
use guildhall_discord::gateway::{GapReason, Lifecycle, ShardState, StoredSession};
use guildhall_sandbox::{
    Limits,
    engine::{Counter, Target},
    example,
    model::Member,
    world as sandbox,
};

use crate::harness::{Recorder, World, active, numbers, until};

const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn wanted_events_come_in_order_and_the_rest_is_dropped_or_cached() {
    let world = World::new().await;
    let (gateway, recorder) = world.start().await;
    until("three guilds", || gateway.status()[0].guilds == 3).await;
    until("three backfills", || recorder.cached.lock().len() >= 3).await;
    world.write(example::MAKERS, 0..5);
    world.write(example::BOOK_CLUB, 0..100);
    until("all messages", || recorder.taken.lock().len() == 100).await;
    assert_eq!(recorder.contents(), numbers(0..100));
    assert!(recorder.taken.lock().iter().all(|envelope| {
        envelope.kind == EventKind::MessageCreate
            && envelope.guild.map(GuildId::get) == Some(example::BOOK_CLUB)
    }));
    assert!(recorder.cached.lock().iter().all(|kind| *kind == EventKind::GuildCreate));
    let lifecycle = recorder.lifecycle.lock().clone();
    assert!(matches!(lifecycle[..], [Lifecycle::Ready { fresh: true, .. }]), "{lifecycle:?}");
    gateway.shutdown(SOON).await;
    let status = &gateway.status()[0];
    assert_eq!((status.state, status.in_flight), (ShardState::Stopped, 0));
    assert_eq!(world.store.session(0, 1).unwrap().sequence, status.sequence);
}

#[tokio::test]
async fn the_bots_own_new_roles_reach_the_cache_without_an_intent() {
    let world = World::new().await;
    let (gateway, recorder) = world.start().await;
    until("three backfills", || recorder.cached.lock().len() >= 3).await;
    for member in [example::LINUS, example::APPLICATION] {
        let change = |member: &mut Member| member.roles.clear();
        let update = |world: &mut sandbox::World, _| world.update_member(example::BOOK_CLUB, member, change);
        world.sandbox.engine().try_apply(update).unwrap();
    }
    world.write(example::BOOK_CLUB, 0..1);
    until("the message", || recorder.taken.lock().len() == 1).await;
    let cached = recorder.cached.lock().clone();
    let updates = cached.iter().filter(|kind| **kind == EventKind::MemberUpdate);
    assert_eq!(updates.count(), 1, "{cached:?}");
    gateway.shutdown(SOON).await;
}

/// Plays a fault while messages flow, and sees that each comes exactly once.
async fn nothing_is_lost_over(play: impl Fn(&World)) {
    let world = World::new().await;
    let (gateway, recorder) = world.start().await;
    for round in 0..3_u32 {
        let first = round * 20;
        world.write(example::BOOK_CLUB, first..first + 10);
        play(&world);
        world.write(example::BOOK_CLUB, first + 10..first + 20);
        let resumed = u64::from(round) + 1;
        until("a resume", || world.count(Counter::Resumed) == resumed).await;
        active(&gateway).await;
    }
    until("all messages", || recorder.taken.lock().len() >= 60).await;
    assert_eq!(recorder.contents(), numbers(0..60));
    assert_eq!(world.count(Counter::Identifies), 1);
    assert_eq!(recorder.gaps(), 0);
    gateway.shutdown(SOON).await;
}

#[tokio::test]
async fn nothing_is_lost_over_a_dropped_socket() {
    nothing_is_lost_over(|world| {
        world.sandbox.engine().drop_socket(&Target::All);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_lost_over_a_requested_reconnect() {
    nothing_is_lost_over(|world| {
        world.sandbox.engine().reconnect(&Target::All);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_lost_over_a_resumable_invalid_session() {
    nothing_is_lost_over(|world| {
        world.sandbox.engine().invalidate(&Target::All, true);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_lost_over_a_close_code() {
    nothing_is_lost_over(|world| {
        world.sandbox.engine().close(&Target::All, 4000);
    })
    .await;
}

#[tokio::test]
async fn a_restart_resumes_and_replays_what_was_not_done() {
    let world = World::new().await;
    let (gateway, recorder) = world.start().await;
    world.write(example::BOOK_CLUB, 0..5);
    until("five messages", || recorder.taken.lock().len() == 5).await;
    recorder.hold.store(true, Ordering::SeqCst);
    world.write(example::BOOK_CLUB, 5..10);
    until("ten messages", || recorder.taken.lock().len() == 10).await;
    // The sixth, eighth, ninth and tenth are done; the seventh never is.
    for (index, (_, done)) in recorder.held.lock().drain(..).enumerate() {
        if index != 1 {
            done.complete();
        }
    }
    gateway.shutdown(Duration::from_millis(50)).await;
    world.write(example::BOOK_CLUB, 10..12);

    let (gateway, recorder) = world.start().await;
    until("the replay", || recorder.taken.lock().len() >= 6).await;
    assert_eq!(recorder.contents(), numbers(6..12));
    assert_eq!(world.count(Counter::Identifies), 1, "a restart must not cost an IDENTIFY");
    assert!(world.store.gaps.lock().is_empty());
    assert!(matches!(recorder.lifecycle.lock()[..], [Lifecycle::Resumed { shard: 0 }]));
    gateway.shutdown(SOON).await;
}

#[tokio::test]
async fn a_crash_loses_nothing_that_was_not_done() {
    let world = World::new().await;
    let (gateway, recorder) = world.start().await;
    recorder.hold.store(true, Ordering::SeqCst);
    world.write(example::BOOK_CLUB, 0..10);
    until("ten messages", || recorder.taken.lock().len() == 10).await;
    until("a saved session", || world.store.session(0, 1).is_some()).await;
    // As far as the store is concerned, the process ends here.
    world.store.broken.store(true, Ordering::SeqCst);
    gateway.shutdown(Duration::ZERO).await;
    world.store.broken.store(false, Ordering::SeqCst);

    let (gateway, recorder) = world.start().await;
    until("the replay", || recorder.taken.lock().len() >= 10).await;
    assert_eq!(recorder.contents(), numbers(0..10));
    assert_eq!(world.count(Counter::Identifies), 1);
    gateway.shutdown(SOON).await;
}

#[tokio::test]
async fn a_lost_session_leaves_a_gap_and_a_new_one_begins() {
    let world = World::new().await;
    let (gateway, recorder) = world.start().await;
    world.write(example::BOOK_CLUB, 0..3);
    until("three messages", || recorder.taken.lock().len() == 3).await;
    let cursor = gateway.status()[0].cursor;
    let old = world.sandbox.engine().sessions()[0].id.clone();
    // The gap must not get lost because the store fails just then.
    world.store.broken.store(true, Ordering::SeqCst);
    world.sandbox.engine().invalidate(&Target::All, false);
    until("a gap", || recorder.gaps() == 1).await;
    world.store.broken.store(false, Ordering::SeqCst);
    until("a second READY", || world.count(Counter::Identifies) == 2).await;
    active(&gateway).await;
    world.write(example::BOOK_CLUB, 3..5);
    until("five messages", || recorder.taken.lock().len() == 5).await;
    gateway.shutdown(SOON).await;
    let gaps = world.store.gaps.lock().clone();
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].session.as_str(), gaps[0].from_sequence), (old.as_str(), cursor));
    assert_eq!(gaps[0].reason, GapReason::SessionLost);
    assert!(gaps[0].since <= gaps[0].until);
    let lifecycle = recorder.lifecycle.lock().clone();
    assert!(
        matches!(
            lifecycle[..],
            [
                Lifecycle::Ready { fresh: true, .. },
                Lifecycle::Disconnected { .. },
                Lifecycle::Gap(_),
                Lifecycle::Ready { fresh: false, .. }
            ]
        ),
        "{lifecycle:?}"
    );
    assert_ne!(world.store.session(0, 1).unwrap().session_id, old);
}

#[tokio::test]
async fn a_session_that_died_while_we_were_away_leaves_a_gap_too() {
    let world = World::new().await;
    let (gateway, _) = world.start().await;
    gateway.shutdown(SOON).await;
    let stored = world.store.session(0, 1).unwrap();
    world.sandbox.engine().invalidate(&Target::All, false);

    let (gateway, recorder) = world.start().await;
    gateway.shutdown(SOON).await;
    let gaps = world.store.gaps.lock().clone();
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].from_sequence, gaps[0].since), (stored.sequence, stored.as_of));
    assert_eq!(recorder.gaps(), 1);
}

#[tokio::test]
async fn another_bots_session_is_not_resumed_and_other_intents_need_a_new_one() {
    let world = World::new().await;
    let (gateway, _) = world.start().await;
    gateway.shutdown(SOON).await;
    let stored = world.store.session(0, 1).unwrap();

    let mut foreign = stored.clone();
    foreign.identity = "c29tZWJvZHk".to_owned();
    world.store.sessions.lock().insert((0, 1), foreign);
    let (gateway, _) = world.start().await;
    gateway.shutdown(SOON).await;
    assert!(world.store.gaps.lock().is_empty());
    assert_eq!(world.count(Counter::Resumes), 0);

    let mut other = world.store.session(0, 1).unwrap();
    other.intents = 1;
    world.store.sessions.lock().insert((0, 1), other);
    let (gateway, _) = world.start().await;
    gateway.shutdown(SOON).await;
    assert_eq!(world.store.gaps.lock()[0].reason, GapReason::IntentsChanged);
    assert_eq!(world.count(Counter::Resumes), 0);
    assert_eq!(world.count(Counter::Identifies), 3);
}

#[tokio::test]
async fn another_number_of_shards_loses_the_old_sessions_and_says_so() {
    let world = World::new().await;
    let old = |session: &str, since| StoredSession {
        session_id: session.to_owned(),
        resume_url: String::new(),
        sequence: 7,
        identity: String::new(),
        intents: 0,
        as_of: Timestamp(since),
    };
    world.store.sessions.lock().extend([((0, 2), old("later", 2_000)), ((1, 2), old("sooner", 1_000))]);
    let (gateway, recorder) = world.start().await;
    gateway.shutdown(SOON).await;
    let kept: Vec<_> = world.store.sessions.lock().keys().copied().collect();
    assert_eq!(kept, [(0, 1)], "the old ones are of no use any more");
    let gaps = world.store.gaps.lock().clone();
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].shard, gaps[0].session.as_str(), gaps[0].from_sequence), (0, "sooner", 7));
    assert_eq!((gaps[0].since, gaps[0].reason), (Timestamp(1_000), GapReason::ShardsChanged));
    let told = recorder.lifecycle.lock().clone();
    assert!(matches!(told[..], [Lifecycle::Gap(_), Lifecycle::Ready { fresh: false, .. }]), "{told:?}");

    // From here on the session is resumed as ever.
    let (gateway, recorder) = world.start().await;
    gateway.shutdown(SOON).await;
    assert_eq!((recorder.gaps(), world.count(Counter::Identifies)), (0, 1));
}

#[tokio::test]
async fn a_compressed_session_is_read_and_resumed_like_any_other() {
    let mut world = World::new().await;
    world.compress = Some(true);
    let (gateway, recorder) = world.start().await;
    world.write(example::BOOK_CLUB, 0..50);
    until("fifty messages", || recorder.taken.lock().len() == 50).await;
    world.sandbox.engine().drop_socket(&Target::All);
    world.write(example::BOOK_CLUB, 50..100);
    until("all messages", || recorder.taken.lock().len() >= 100).await;
    assert_eq!(recorder.contents(), numbers(0..100));
    assert_eq!((world.count(Counter::Identifies), recorder.gaps()), (1, 0));
    gateway.shutdown(SOON).await;
}

#[tokio::test]
async fn interactions_pass_events_that_wait() {
    let world = World::new().await;
    let recorder =
        Arc::new(Recorder { stuck: EventSet::of(&[EventKind::MessageCreate]), ..Recorder::default() });
    let gateway = world.start_with(&recorder).await.unwrap();
    active(&gateway).await;
    world.write(example::BOOK_CLUB, 0..10);
    until("ten messages read", || gateway.status()[0].in_flight == 10).await;
    world.interact();
    until("the interaction", || !recorder.taken.lock().is_empty()).await;
    let taken = recorder.taken.lock();
    assert_eq!(taken[0].kind, EventKind::InteractionCreate);
    assert!(taken[0].interaction.is_some());
}

#[tokio::test]
async fn sessions_that_were_mixed_up_are_given_up_when_guilds_of_other_shards_come() {
    let mut world = World::with(Limits { max_concurrency: 2, ..Limits::default() }).await;
    world.shards = 2;
    let (gateway, _) = world.start().await;
    gateway.shutdown(SOON).await;
    {
        let mut sessions = world.store.sessions.lock();
        let (first, second) = (sessions[&(0, 2)].clone(), sessions[&(1, 2)].clone());
        sessions.extend([((0, 2), second), ((1, 2), first)]);
    }
    let (gateway, recorder) = world.start().await;
    assert_eq!(world.count(Counter::Resumes), 2);
    // A message of each shard's servers comes to the other one.
    world.write(example::BOOK_CLUB, 0..1);
    world.write(example::MAKERS, 0..1);
    until("both shards have new sessions", || world.count(Counter::Identifies) == 4).await;
    active(&gateway).await;
    until("the gaps are told", || recorder.gaps() == 2).await;
    world.write(example::BOOK_CLUB, 1..3);
    until("what comes then is taken", || recorder.contents() == numbers(1..3)).await;
    assert!(recorder.taken.lock().iter().all(|envelope| envelope.origin.shard == 1));
    gateway.shutdown(SOON).await;
}
