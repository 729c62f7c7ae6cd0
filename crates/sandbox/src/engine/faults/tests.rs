//! How often rules are played.

use super::*;

const ANYONE: Moment<'static> = Moment {
    application: None,
    session: None,
    shard: None,
    guild: None,
    event: None,
    method: None,
    path: None,
};

#[test]
fn a_fault_ends_after_its_count_or_its_time() {
    let faults = Faults::default();
    let kind = FaultKind::AcceptThenClose { code: Some(4000) };
    faults.add(FaultRule::from(kind).times(2), 0).unwrap();
    assert!(faults.play(0, Point::Connect, &ANYONE).is_some());
    assert!(faults.play(0, Point::Request, &ANYONE).is_none());
    assert!(faults.play(0, Point::Connect, &ANYONE).is_some());
    assert!(faults.play(0, Point::Connect, &ANYONE).is_none());
    assert!(!faults.any(Point::Connect), "nothing is asked where nothing is in force");
    faults.add(FaultRule::from(kind).for_ms(100), 0).unwrap();
    assert!(faults.play(99, Point::Connect, &ANYONE).is_some());
    assert!(faults.play(100, Point::Connect, &ANYONE).is_none());
    assert_eq!(faults.expire(100).len(), 1);
    assert!(faults.list().is_empty());
}

#[test]
fn a_share_is_met_and_comes_again_with_its_seed() {
    let run = |seed| {
        let faults = Faults::default();
        let on = Selector { share: Some(0.25), ..Selector::default() };
        faults.add(FaultRule { seed, ..FaultRule::from(FaultKind::Drop).on(on) }, 0).unwrap();
        (0..4_000).map(|_| faults.play(0, Point::Send, &ANYONE).is_some()).collect::<Vec<_>>()
    };
    let first = run(7);
    let hits = first.iter().filter(|hit| **hit).count();
    assert!((900..1_100).contains(&hits), "{hits}");
    assert_eq!(first, run(7));
    assert_ne!(first, run(8));
}
