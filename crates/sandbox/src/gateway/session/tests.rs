//! The ring and what can be resumed.

use super::*;

fn session(replay: usize, shard: Option<(u32, u32)>, backfill: Vec<Id>) -> Session {
    let opening = Opening {
        id: "s".to_owned(),
        application_id: 1,
        bot_id: 1,
        shard,
        intents: Intents::ALL,
        large_threshold: 50,
        now: 0,
        replay,
        backlog: 100,
        connection: 1,
    };
    Session::open(opening, backfill)
}

fn taken(session: &Session, connection: u64) -> Vec<(u64, &'static str)> {
    let mut out = Vec::new();
    session.take(connection, 1_000, usize::MAX, &mut out);
    out.into_iter().map(|(seq, queued)| (seq, queued.event)).collect()
}

fn push(session: &Session, event: &'static str) {
    session.push(event, Bytes::from_static(b"{}"));
}

#[test]
fn a_resume_replays_what_came_after_its_number() {
    let session = session(10, None, vec![]);
    for event in ["READY", "A", "B", "C"] {
        push(&session, event);
    }
    assert_eq!(taken(&session, 1), [(1, "READY"), (2, "A"), (3, "B"), (4, "C")]);
    assert!(session.detach(1, 5));
    push(&session, "D");
    assert_eq!(session.attach(2, 2), Ok(()));
    assert_eq!(taken(&session, 2), [(3, "B"), (4, "C"), (5, "D")]);
    assert_eq!(session.attach(3, 9), Err(ResumeError::InvalidSeq));
}

#[test]
fn what_is_no_longer_kept_cannot_be_resumed() {
    let session = session(2, None, vec![]);
    for event in ["READY", "A", "B", "C"] {
        push(&session, event);
    }
    assert_eq!(taken(&session, 1).len(), 4, "a connected client misses nothing, however small the ring");
    assert!(session.detach(1, 5));
    assert_eq!(session.attach(2, 1), Err(ResumeError::Forgotten));
    assert_eq!(session.attach(2, 2), Ok(()));
    assert_eq!(taken(&session, 2), [(3, "B"), (4, "C")]);
}

#[test]
fn a_superseded_connection_cannot_end_the_session() {
    let session = session(10, None, vec![]);
    push(&session, "READY");
    assert_eq!(session.attach(2, 0), Ok(()));
    assert_eq!(session.next_signal(1), Some(Signal::Superseded));
    assert!(!session.detach(1, 5));
    assert!(session.standing().connected);
}

#[test]
fn a_guild_that_is_due_comes_before_its_events() {
    let session = session(10, None, vec![7, 8, 9]);
    push(&session, "READY");
    session.push_in_guild(8, "MESSAGE_CREATE", Bytes::from_static(b"{}"));
    session.push_in_guild(9, "GUILD_DELETE", Bytes::from_static(b"{}"));
    let first = taken(&session, 1);
    assert_eq!(first, [(1, "READY"), (2, "GUILD_CREATE"), (3, "MESSAGE_CREATE"), (4, "GUILD_DELETE")]);
    assert_eq!(taken(&session, 1), [(5, "GUILD_CREATE")], "guild 7 alone is left");
    assert!(!session.has_more());
}

#[test]
fn a_slow_client_is_let_go() {
    let session = session(10, None, vec![]);
    (0..=100).for_each(|_| push(&session, "A"));
    assert_eq!(session.next_signal(1), Some(Signal::Close(4000)));
}

#[test]
fn what_is_kept_back_is_numbered_when_it_comes() {
    use crate::engine::FaultKind;

    let session = session(10, None, vec![]);
    let late = Queued { event: "LATE", guild_id: None, data: Data::Bytes(Bytes::from_static(b"{}")) };
    session.push_spoilt(late, 0, Played { rule: 1, kind: FaultKind::Delay { ms: 10 }, chance: 0 });
    push(&session, "A");
    assert_eq!(session.due(5), Due::Now);
    assert_eq!(taken(&session, 1), [(1, "A")]);
    assert_eq!(session.due(5), Due::At(10));
    assert_eq!(session.due(10), Due::Now);
    assert_eq!(taken(&session, 1), [(2, "LATE")]);
    assert_eq!(session.due(10), Due::Never);
}

#[test]
fn direct_events_go_to_shard_zero() {
    assert!(session(1, Some((0, 4)), vec![]).covers(None));
    assert!(!session(1, Some((1, 4)), vec![]).covers(None));
    assert!(session(1, Some((1, 4)), vec![]).covers(Some(5 << 22)));
    assert!(!session(1, Some((2, 4)), vec![]).covers(Some(5 << 22)));
    assert!(session(1, None, vec![]).covers(Some(5 << 22)));
}
