//! Who runs, and who waits.

use super::*;

fn party(id: u64) -> Party {
    GuildId::new(id)
}

fn item(work: u64) -> Item<u64> {
    Item { work, since: Timestamp(0), deadline: None }
}

fn limits() -> Limits {
    Limits { seats: 1_000, seats_per_guild: 1_000, waiting_per_guild: 100_000, ..Limits::default() }
}

/// Runs one item after the other, each taking `cost`, and gives the order.
fn order(admission: &mut Admission<u64>, steps: usize, cost: impl Fn(u64) -> Duration) -> Vec<u64> {
    let mut order = Vec::new();
    while order.len() < steps {
        match admission.next(Timestamp(0)) {
            Next::Start(seat, item) => {
                admission.finish(seat, cost(item.work));
                order.push(item.work);
            }
            Next::Expired(_) => {}
            Next::Nothing => break,
        }
    }
    order
}

#[test]
fn a_guild_with_a_hundred_times_the_load_does_not_starve_others() {
    let mut admission = Admission::new(limits());
    for _ in 0..10_000 {
        admission.offer(party(1), Class::Answer, item(1)).unwrap();
    }
    for guild in 2..=11 {
        for _ in 0..100 {
            admission.offer(party(guild), Class::Answer, item(guild)).unwrap();
        }
    }
    let order = order(&mut admission, 1_200, |_| Duration::from_millis(5));
    for guild in 2..=11 {
        let served = order.iter().filter(|served| **served == guild).count();
        assert_eq!(served, 100, "guild {guild} asked for a hundred and every one was served in its share");
    }
    assert_eq!(order.iter().filter(|served| **served == 1).count(), 200);
}

#[test]
fn a_guild_pays_for_time_and_not_for_requests() {
    let mut admission = Admission::new(limits());
    for _ in 0..2_000 {
        admission.offer(party(1), Class::Answer, item(1)).unwrap();
        admission.offer(party(2), Class::Answer, item(2)).unwrap();
    }
    let cost = |guild| Duration::from_millis(if guild == 1 { 20 } else { 2 });
    let order = order(&mut admission, 1_100, cost);
    let slow = order.iter().filter(|guild| **guild == 1).count();
    let fast = order.len() - slow;
    let ratio = fast as f64 / slow as f64;
    assert!((7.0..13.0).contains(&ratio), "work of a tenth of the time runs ten times as often: {ratio}");
}

#[test]
fn a_guild_holds_no_more_than_its_seats() {
    let mut admission = Admission::new(Limits { seats_per_guild: 2, ..limits() });
    for _ in 0..5 {
        admission.offer(party(1), Class::Answer, item(1)).unwrap();
    }
    admission.offer(party(2), Class::Answer, item(2)).unwrap();
    let mut seats = Vec::new();
    let mut works = Vec::new();
    while let Next::Start(seat, item) = admission.next(Timestamp(0)) {
        seats.push(seat);
        works.push(item.work);
    }
    works.sort_unstable();
    assert_eq!(works, [1, 1, 2]);
    assert_eq!((admission.seated(), admission.waiting()), (3, 3));
    let of_one = seats.iter().position(|seat| seat.party == party(1)).unwrap();
    admission.finish(seats.swap_remove(of_one), Duration::ZERO);
    assert!(matches!(admission.next(Timestamp(0)), Next::Start(_, Item { work: 1, .. })));
    assert!(matches!(admission.next(Timestamp(0)), Next::Nothing));
}

#[test]
fn all_seats_taken_means_waiting() {
    let mut admission = Admission::new(Limits { seats: 1, ..limits() });
    admission.offer(party(1), Class::Answer, item(1)).unwrap();
    admission.offer(party(2), Class::Typing, item(2)).unwrap();
    let Next::Start(seat, Item { work: 2, .. }) = admission.next(Timestamp(0)) else {
        panic!("the more urgent class starts first");
    };
    assert!(matches!(admission.next(Timestamp(0)), Next::Nothing));
    admission.finish(seat, Duration::ZERO);
    assert!(matches!(admission.next(Timestamp(0)), Next::Start(_, Item { work: 1, .. })));
}

#[test]
fn late_work_is_dropped_unrun_also_when_no_seat_is_free() {
    let mut admission = Admission::new(Limits { seats: 0, ..limits() });
    for work in 0..3_u64 {
        let deadline = Some(Timestamp(1_000 + i64::try_from(work).unwrap() * 1_000));
        let item = Item { work, since: Timestamp(0), deadline };
        admission.offer(party(1), Class::Answer, item).unwrap();
    }
    let mut dropped = Vec::new();
    while let Next::Expired(item) = admission.next(Timestamp(2_500)) {
        dropped.push(item.work);
    }
    assert_eq!(dropped, [0, 1]);
    assert_eq!(admission.waiting(), 1);
}

#[test]
fn under_overload_the_newest_goes_first() {
    let mut admission = Admission::new(limits());
    for work in 0..3_u64 {
        let since = Timestamp(i64::try_from(work).unwrap() * 500);
        let item = Item { work, since, deadline: Some(since + Duration::from_millis(2_700)) };
        admission.offer(party(1), Class::Answer, item).unwrap();
    }
    let Next::Start(seat, first) = admission.next(Timestamp(1_200)) else { panic!("there is work") };
    admission.finish(seat, Duration::ZERO);
    assert_eq!(first.work, 2);
}

#[test]
fn a_guild_that_floods_is_refused_and_others_are_not() {
    let mut admission = Admission::new(Limits { waiting_per_guild: 3, ..limits() });
    let taken = (0..10).filter(|_| admission.offer(party(1), Class::Answer, item(1)).is_ok()).count();
    assert_eq!(taken, 3);
    assert!(admission.offer(party(2), Class::Answer, item(2)).is_ok());
    assert!(admission.offer(None, Class::Answer, item(3)).is_ok());
}

#[test]
fn nothing_is_remembered_of_guilds_that_are_done() {
    let mut admission = Admission::new(limits());
    for guild in 1..500 {
        admission.offer(party(guild), Class::Effect, item(guild)).unwrap();
    }
    assert_eq!(order(&mut admission, 1_000, |_| Duration::from_millis(7)).len(), 499);
    assert!(matches!(admission.next(Timestamp(0)), Next::Nothing));
    assert!(admission.running.is_empty());
    assert!(admission.classes.iter().all(|rounds| rounds.lines.is_empty() && rounds.turns.is_empty()));
}
