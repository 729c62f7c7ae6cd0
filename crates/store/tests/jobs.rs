//! Jobs, schedules and the health of tasks: what the tables promise, on each database.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use guildhall_core::{
    clock::{ManualClock, Timestamp},
    id::{GuildId, UserId},
    scope::GuildScope,
};
use guildhall_store::{
    OperatorPath, Reason, Store, Subject, erase,
    platform::{
        job::{
            self, Held, JobId, MOST_CRASHES, NewJob, Party, Priority, State, look,
            work::{self, Claim, Fault, Head, Heavy, NONE_HEAVY},
        },
        schedule,
        task_health::{self, Tally},
    },
    retention,
    tombstone::Journal,
};
use guildhall_testkit::{
    database::{Database, Kind},
    on_each_database,
};

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const LEASE: Duration = Duration::from_mins(1);

async fn open(kind: Kind) -> (Database, Store) {
    let database = Database::new(kind).await.unwrap();
    let store = database.open(&[], Arc::new(ManualClock::at(NOW))).await.unwrap();
    (database, store)
}

on_each_database! {
    a_job_is_committed_with_what_asks_for_it,
    a_key_that_waits_is_not_put_twice,
    urgent_jobs_go_first_and_none_before_its_time,
    an_old_token_finishes_nothing,
    a_lease_that_is_extended_does_not_run_out,
    three_crashes_put_a_job_aside_until_it_is_replayed,
    suspects_can_be_left_out,
    failures_end_and_what_is_cut_short_is_none,
    a_party_has_no_more_running_than_it_may,
    heavy_jobs_are_few_and_keep_nothing_else_waiting,
    parties_are_found_with_their_times,
    jobs_of_a_person_go_with_them_and_dead_ones_with_time,
    a_schedule_fires_once_and_not_beside_itself,
    the_health_of_tasks_adds_up,
}

fn guild(number: u64) -> GuildId {
    GuildId::new(number).unwrap()
}

fn party(number: u64) -> Party {
    Party::Guild(guild(number))
}

fn new(kind: &str) -> NewJob {
    NewJob {
        kind: kind.to_owned(),
        payload: "{}".to_owned(),
        priority: Priority::Normal,
        not_before: NOW,
        dedupe: None,
        user: None,
    }
}

async fn add(store: &Store, number: u64, new: &NewJob) -> Option<i64> {
    let mut write = store.write().await.unwrap();
    let id = job::add(&mut write.guild(GuildScope(guild(number))), new, NOW).await.unwrap();
    write.commit().await.unwrap();
    id
}

fn usual(now: Timestamp) -> Claim<'static> {
    Claim {
        now,
        until: now + LEASE,
        holder: "test",
        priority: Priority::Low,
        suspects: true,
        most: 100,
        heavy: &NONE_HEAVY,
    }
}

async fn claim(store: &Store, party: &Party, how: &Claim<'_>) -> Option<Held> {
    let mut write = store.write().await.unwrap();
    let held = work::claim(&mut write.operator(OperatorPath::Jobs), party, how).await.unwrap();
    write.commit().await.unwrap();
    held
}

async fn done(store: &Store, held: &Held) -> bool {
    let mut write = store.write().await.unwrap();
    let mut tx = write.guild(GuildScope(held.id.party.guild().unwrap()));
    let fits = job::done(&mut tx, held.id.id, held.epoch).await.unwrap();
    write.commit().await.unwrap();
    fits
}

/// Does something as the scheduler, durably.
macro_rules! operate {
    ($store:expr, |$tx:ident| $call:expr) => {{
        let mut write = $store.write().await.unwrap();
        let mut operator = write.operator(OperatorPath::Jobs);
        let $tx = &mut operator;
        let result = $call.await.unwrap();
        write.commit().await.unwrap();
        result
    }};
}

/// Counts the crash of everything whose lease ended before `now`.
async fn sweep(store: &Store, now: Timestamp) -> Vec<State> {
    let orphans = operate!(store, |tx| work::orphans(tx, now));
    let mut states = Vec::new();
    for orphan in orphans {
        states.extend(operate!(store, |tx| work::crashed(tx, &orphan, now, now)));
    }
    states
}

async fn counts(store: &Store) -> BTreeMap<&'static str, u64> {
    let found = operate!(store, |tx| look::counts(tx));
    found.into_iter().map(|count| (count.state.name(), count.jobs)).collect()
}

async fn a_job_is_committed_with_what_asks_for_it(kind: Kind) {
    let (_database, store) = open(kind).await;
    let mut write = store.write().await.unwrap();
    job::add(&mut write.guild(GuildScope(guild(1))), &new("lost"), NOW).await.unwrap();
    drop(write);
    assert_eq!(claim(&store, &party(1), &usual(NOW)).await, None);
    add(&store, 1, &NewJob { payload: "[1]".to_owned(), user: UserId::new(9), ..new("kept") }).await;
    let held = claim(&store, &party(1), &usual(NOW)).await.unwrap();
    assert_eq!((held.kind.as_str(), held.payload.as_str(), held.user), ("kept", "[1]", UserId::new(9)));
    assert_eq!((held.epoch, held.tries, held.crashes), (1, 0, 0));
    assert_eq!(claim(&store, &party(1), &usual(NOW)).await, None, "it is taken");
    assert_eq!(claim(&store, &party(2), &usual(NOW)).await, None, "it is another's");
    assert!(done(&store, &held).await);
    assert!(!done(&store, &held).await);
    assert_eq!(counts(&store).await, BTreeMap::new());
}

async fn a_key_that_waits_is_not_put_twice(kind: Kind) {
    let (_database, store) = open(kind).await;
    let keyed = NewJob { dedupe: Some("k".to_owned()), ..new("a") };
    assert!(add(&store, 1, &keyed).await.is_some());
    assert_eq!(add(&store, 1, &keyed).await, None);
    assert!(add(&store, 2, &keyed).await.is_some(), "another guild has its own keys");
    assert!(add(&store, 1, &NewJob { kind: "b".to_owned(), ..keyed.clone() }).await.is_some());
    let held = claim(&store, &party(1), &usual(NOW)).await.unwrap();
    assert!(add(&store, 1, &keyed).await.is_some(), "the one that runs may have looked too early");
    assert_eq!(add(&store, 1, &keyed).await, None);
    assert!(done(&store, &held).await);
}

async fn urgent_jobs_go_first_and_none_before_its_time(kind: Kind) {
    let (_database, store) = open(kind).await;
    let later = NOW + Duration::from_secs(10);
    for (kind, priority, not_before) in [
        ("low", Priority::Low, NOW),
        ("normal", Priority::Normal, NOW),
        ("high", Priority::High, NOW),
        ("tomorrow", Priority::High, later),
    ] {
        add(&store, 1, &NewJob { priority, not_before, ..new(kind) }).await;
    }
    let only_high = Claim { priority: Priority::High, ..usual(NOW) };
    assert_eq!(claim(&store, &party(1), &only_high).await.unwrap().kind, "high");
    assert_eq!(claim(&store, &party(1), &only_high).await, None);
    let head = operate!(store, |tx| work::head(tx, &party(1), &NONE_HEAVY, NOW));
    assert_eq!(head, Head::Due(Priority::Normal));
    assert_eq!(claim(&store, &party(1), &usual(NOW)).await.unwrap().kind, "normal");
    assert_eq!(claim(&store, &party(1), &usual(NOW)).await.unwrap().kind, "low");
    assert_eq!(claim(&store, &party(1), &usual(NOW)).await, None);
    assert_eq!(operate!(store, |tx| work::head(tx, &party(1), &NONE_HEAVY, NOW)), Head::Later(later));
    assert_eq!(claim(&store, &party(1), &usual(later)).await.unwrap().kind, "tomorrow");
    assert_eq!(operate!(store, |tx| work::head(tx, &party(1), &NONE_HEAVY, later)), Head::Nothing);
}

async fn an_old_token_finishes_nothing(kind: Kind) {
    let (_database, store) = open(kind).await;
    add(&store, 1, &new("a")).await;
    let slept = claim(&store, &party(1), &usual(NOW)).await.unwrap();
    let late = NOW + LEASE * 2;
    assert_eq!(sweep(&store, late).await, [State::Waiting]);
    let epoch = slept.epoch;
    let fault = Fault { cause: "late", reference: "R", not_before: late, tries: 5, now: late };
    for round in 0..2 {
        // First while it waits again, then while another holds it.
        assert!(!done(&store, &slept).await, "{round}");
        assert!(!operate!(store, |tx| work::beat(tx, &slept.id, epoch, late + LEASE)));
        assert!(!operate!(store, |tx| work::release(tx, &slept.id, epoch, late, late)));
        assert_eq!(operate!(store, |tx| work::fail(tx, &slept.id, epoch, &fault)), None);
        let mut write = store.write().await.unwrap();
        let mut tx = write.guild(GuildScope(guild(1)));
        assert!(!job::again(&mut tx, slept.id.id, epoch, late, late).await.unwrap());
        drop(write);
        if round == 0 {
            let held = claim(&store, &party(1), &usual(late)).await.unwrap();
            assert_eq!((held.epoch, held.crashes), (epoch + 1, 1));
        }
    }
    assert_eq!(counts(&store).await, BTreeMap::from([("running", 1)]));
}

async fn a_lease_that_is_extended_does_not_run_out(kind: Kind) {
    let (_database, store) = open(kind).await;
    add(&store, 1, &new("a")).await;
    let held = claim(&store, &party(1), &usual(NOW)).await.unwrap();
    let late = NOW + LEASE * 2;
    let orphans = operate!(store, |tx| work::orphans(tx, late));
    assert_eq!(orphans.len(), 1);
    assert!(operate!(store, |tx| work::beat(tx, &held.id, held.epoch, late + LEASE)));
    // Somebody who looked before the extension does not take it away.
    assert_eq!(operate!(store, |tx| work::crashed(tx, &orphans[0], late, late)), None);
    assert_eq!(sweep(&store, late).await, []);
    assert!(done(&store, &held).await);
}

async fn three_crashes_put_a_job_aside_until_it_is_replayed(kind: Kind) {
    let (_database, store) = open(kind).await;
    add(&store, 1, &new("poison")).await;
    add(&store, 2, &new("other")).await;
    let mut now = NOW;
    for crash in 1..=MOST_CRASHES {
        let held = claim(&store, &party(1), &usual(now)).await.unwrap();
        assert_eq!(held.crashes, crash - 1);
        now = now + LEASE + Duration::from_secs(1);
        let state = if crash < MOST_CRASHES { State::Waiting } else { State::Quarantined };
        assert_eq!(sweep(&store, now).await, [state]);
    }
    assert_eq!(claim(&store, &party(1), &usual(now)).await, None);
    assert_eq!(claim(&store, &party(2), &usual(now)).await.unwrap().kind, "other");
    let seen = operate!(store, |tx| look::in_state(tx, State::Quarantined, 10));
    assert_eq!((seen.len(), seen[0].kind.as_str(), seen[0].crashes), (1, "poison", MOST_CRASHES));
    let unknown = JobId { id: seen[0].id.id + 1, ..seen[0].id.clone() };
    assert!(!operate!(store, |tx| look::replay(tx, &unknown, now)));
    assert!(operate!(store, |tx| look::replay(tx, &seen[0].id, now)));
    assert!(!operate!(store, |tx| look::replay(tx, &seen[0].id, now)));
    let held = claim(&store, &party(1), &usual(now)).await.unwrap();
    assert_eq!((held.tries, held.crashes), (0, 0));
    assert!(done(&store, &held).await);
}

async fn suspects_can_be_left_out(kind: Kind) {
    let (_database, store) = open(kind).await;
    add(&store, 1, &new("suspect")).await;
    claim(&store, &party(1), &usual(NOW)).await.unwrap();
    let now = NOW + LEASE * 2;
    sweep(&store, now).await;
    add(&store, 1, &new("fresh")).await;
    let without = Claim { suspects: false, ..usual(now) };
    assert_eq!(claim(&store, &party(1), &without).await.unwrap().kind, "fresh");
    assert_eq!(claim(&store, &party(1), &without).await, None);
    assert_eq!(claim(&store, &party(1), &usual(now)).await.unwrap().kind, "suspect");
}

async fn failures_end_and_what_is_cut_short_is_none(kind: Kind) {
    let (_database, store) = open(kind).await;
    add(&store, 1, &new("a")).await;
    let soon = NOW + Duration::from_secs(5);
    let fault = Fault { cause: "it broke", reference: "7K3M9QXZ", not_before: soon, tries: 2, now: NOW };
    let held = claim(&store, &party(1), &usual(NOW)).await.unwrap();
    assert!(operate!(store, |tx| work::release(tx, &held.id, held.epoch, NOW, NOW)));
    let held = claim(&store, &party(1), &usual(NOW)).await.unwrap();
    assert_eq!((held.tries, held.crashes), (0, 0));
    let state = operate!(store, |tx| work::fail(tx, &held.id, held.epoch, &fault));
    assert_eq!(state, Some(State::Waiting));
    assert_eq!(claim(&store, &party(1), &usual(NOW)).await, None, "it waits for its next try");
    let held = claim(&store, &party(1), &usual(soon)).await.unwrap();
    assert_eq!(held.tries, 1);
    // A part is done: earlier failures are forgiven.
    let mut write = store.write().await.unwrap();
    let mut tx = write.guild(GuildScope(guild(1)));
    assert!(job::again(&mut tx, held.id.id, held.epoch, soon, soon).await.unwrap());
    write.commit().await.unwrap();
    for expected in [State::Waiting, State::Dead] {
        let held = claim(&store, &party(1), &usual(soon)).await.unwrap();
        let state = operate!(store, |tx| work::fail(tx, &held.id, held.epoch, &fault));
        assert_eq!(state, Some(expected));
    }
    let seen = operate!(store, |tx| look::in_state(tx, State::Dead, 10));
    assert_eq!((seen[0].tries, seen[0].last_error.as_deref()), (2, Some("it broke")));
    assert_eq!(seen[0].reference.as_deref(), Some("7K3M9QXZ"));
}

async fn a_party_has_no_more_running_than_it_may(kind: Kind) {
    let (_database, store) = open(kind).await;
    for _ in 0..3 {
        add(&store, 1, &new("a")).await;
    }
    let two = Claim { most: 2, ..usual(NOW) };
    let first = claim(&store, &party(1), &two).await.unwrap();
    assert!(claim(&store, &party(1), &two).await.is_some());
    assert_eq!(claim(&store, &party(1), &two).await, None);
    assert!(done(&store, &first).await);
    assert!(claim(&store, &party(1), &two).await.is_some());
}

async fn heavy_jobs_are_few_and_keep_nothing_else_waiting(kind: Kind) {
    let (_database, store) = open(kind).await;
    for kind in ["train", "train", "read", "train_not"] {
        add(&store, 1, &new(kind)).await;
    }
    add(&store, 1, &NewJob { priority: Priority::Low, ..new("light") }).await;
    let heavy = Heavy::new(["read", "train"], 2);
    let usual = Claim { heavy: &heavy, ..usual(NOW) };
    let mut kinds = Vec::new();
    let mut first = None;
    while let Some(held) = claim(&store, &party(1), &usual).await {
        kinds.push(held.kind.clone());
        first.get_or_insert(held);
    }
    // Names are compared whole, and what is less urgent does not wait for the third.
    assert_eq!(kinds, ["train", "train", "train_not", "light"]);
    assert_eq!(operate!(store, |tx| work::head(tx, &party(1), &heavy, NOW)), Head::Heavy);
    assert!(done(&store, &first.unwrap()).await);
    let head = operate!(store, |tx| work::head(tx, &party(1), &heavy, NOW));
    assert_eq!(head, Head::Due(Priority::Normal));
    let full = heavy.left();
    assert_eq!(operate!(store, |tx| work::head(tx, &party(1), &full, NOW)), Head::Heavy);
    assert_eq!(claim(&store, &party(1), &Claim { heavy: &full, ..usual.clone() }).await, None);
    assert_eq!(claim(&store, &party(1), &usual).await.unwrap().kind, "read");
}

async fn parties_are_found_with_their_times(kind: Kind) {
    let (_database, store) = open(kind).await;
    let later = NOW + Duration::from_secs(10);
    add(&store, 3, &NewJob { not_before: later, ..new("a") }).await;
    add(&store, 1, &new("a")).await;
    add(&store, 1, &NewJob { not_before: later, ..new("a") }).await;
    add(&store, 2, &new("a")).await;
    claim(&store, &party(2), &usual(NOW)).await.unwrap();
    assert!(operate!(store, |tx| job::add_to_lane(tx, "sweep", 77, NOW)));
    let lane = Party::Lane("sweep".to_owned());
    let found = operate!(store, |tx| work::parties(tx, NOW));
    assert_eq!(found, [(lane.clone(), NOW), (party(1), NOW)]);
    let found = operate!(store, |tx| work::parties(tx, later));
    assert_eq!(found, [(lane.clone(), NOW), (party(1), NOW), (party(3), later)]);
    let held = claim(&store, &lane, &usual(NOW)).await.unwrap();
    assert_eq!((held.kind.as_str(), held.id.id, held.user), ("sweep", 77, None));
    assert!(!operate!(store, |tx| job::done_in_lane(tx, "sweep", 77, held.epoch + 1)));
    assert!(operate!(store, |tx| job::done_in_lane(tx, "sweep", 77, held.epoch)));
}

async fn jobs_of_a_person_go_with_them_and_dead_ones_with_time(kind: Kind) {
    let (_database, store) = open(kind).await;
    let ada = UserId::new(9).unwrap();
    add(&store, 1, &NewJob { user: Some(ada), ..new("theirs") }).await;
    add(&store, 1, &new("nobody's")).await;
    add(&store, 2, &new("dead")).await;
    let held = claim(&store, &party(2), &usual(NOW)).await.unwrap();
    let fault = Fault { cause: "it broke", reference: "R", not_before: NOW, tries: 1, now: NOW };
    operate!(store, |tx| work::fail(tx, &held.id, held.epoch, &fault));
    erase::run(&store, &Journal::none(), Subject::User(ada), Reason::Asked, NOW).await.unwrap();
    assert_eq!(counts(&store).await, BTreeMap::from([("dead", 1), ("waiting", 1)]));
    let kept = Duration::from_hours(24 * u64::from(job::KEEP_FAILED_DAYS));
    retention::run(&store, NOW + kept).await.unwrap();
    assert_eq!(counts(&store).await, BTreeMap::from([("dead", 1), ("waiting", 1)]));
    retention::run(&store, NOW + kept + Duration::from_millis(1)).await.unwrap();
    assert_eq!(counts(&store).await, BTreeMap::from([("waiting", 1)]));
}

async fn a_schedule_fires_once_and_not_beside_itself(kind: Kind) {
    let (_database, store) = open(kind).await;
    let hour = Duration::from_hours(1);
    operate!(store, |tx| schedule::seed(tx, "sweep", "every hour", NOW));
    operate!(store, |tx| schedule::seed(tx, "sweep", "every hour", NOW + hour));
    let all = operate!(store, |tx| schedule::all(tx));
    assert_eq!(all.schedules.iter().map(|one| one.next_at).collect::<Vec<_>>(), [NOW], "it keeps its time");
    let fire = |id, due, next| (id, due, next);
    for (round, (id, due, next), first) in [
        ("the first", fire(1, NOW, NOW + hour), true),
        ("the second process", fire(2, NOW, NOW + hour), false),
        ("the next hour", fire(3, NOW + hour, NOW + hour * 2), true),
    ] {
        let fired = operate!(store, |tx| schedule::fire(tx, "sweep", due, next, id, NOW));
        assert_eq!(fired, first, "{round}");
    }
    assert_eq!(counts(&store).await, BTreeMap::from([("waiting", 1)]), "the first run is not done");
    assert!(operate!(store, |tx| schedule::skip(tx, "sweep", NOW + hour * 2, NOW + hour * 3)));
    operate!(store, |tx| schedule::ask_for_restart(tx, NOW));
    operate!(store, |tx| schedule::ask_for_restart(tx, NOW));
    operate!(store, |tx| schedule::seed(tx, "sweep", "every day", NOW));
    let all = operate!(store, |tx| schedule::all(tx));
    assert_eq!(all.restarts, 2);
    let [sweep] = all.schedules.as_slice() else { panic!("{all:?}") };
    assert_eq!((sweep.fired, sweep.skipped, sweep.last_at, sweep.next_at), (2, 1, Some(NOW), NOW));
}

async fn the_health_of_tasks_adds_up(kind: Kind) {
    let (_database, store) = open(kind).await;
    let bad = Tally {
        runs: 2,
        errors: 1,
        took: Duration::from_millis(300),
        last_at: NOW,
        last_error: Some((NOW, "7K3M9QXZ".to_owned())),
    };
    let later = NOW + Duration::from_secs(1);
    let good = Tally { runs: 1, took: Duration::from_millis(60), last_at: later, ..Tally::default() };
    operate!(store, |tx| task_health::add(tx, "sweep", &bad));
    operate!(store, |tx| task_health::add(tx, "sweep", &good));
    let all = operate!(store, |tx| task_health::all(tx));
    let sum = Tally { runs: 3, took: Duration::from_millis(360), last_at: later, ..bad };
    assert_eq!(all, [("sweep".to_owned(), sum)]);
    assert_eq!(all[0].1.mean(), Duration::from_millis(120));
}

/// Two processes at the same moment: each job is taken once, no guild has more running than it may, and a
/// schedule fires once each time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_on_postgresql_take_each_job_once() {
    let (database, one) = open(Kind::Postgres).await;
    let other = database.open(&[], Arc::new(ManualClock::at(NOW))).await.unwrap();
    for number in 0..40 {
        add(&one, 1 + number % 4, &new("a")).await;
    }
    operate!(one, |tx| schedule::seed(tx, "sweep", "every hour", NOW));
    let hour = Duration::from_hours(1);
    let process = |store: Store, first: i64| async move {
        let (mut taken, mut fired) = (Vec::new(), 0);
        let mut due = NOW;
        for turn in 0..200 {
            let how = Claim { most: 5, ..usual(NOW) };
            taken.extend(claim(&store, &party(1 + turn % 4), &how).await.map(|held| held.id));
            if turn % 10 == 0 {
                let id = first + i64::try_from(turn).unwrap();
                fired +=
                    i32::from(operate!(store, |tx| schedule::fire(tx, "sweep", due, due + hour, id, NOW)));
                due = due + hour;
            }
        }
        (taken, fired)
    };
    let (one_took, other_took) =
        tokio::join!(tokio::spawn(process(one.clone(), 1_000)), tokio::spawn(process(other, 2_000)));
    let ((one_took, one_fired), (other_took, other_fired)) = (one_took.unwrap(), other_took.unwrap());
    assert_eq!(one_fired + other_fired, 20);
    let mut taken: Vec<_> = one_took.into_iter().chain(other_took).collect();
    taken.sort();
    let all = taken.len();
    taken.dedup();
    assert_eq!((taken.len(), all), (20, 20), "five of each of the four guilds");
    let open = operate!(one, |tx| look::counts(tx));
    let sweeps = open.iter().filter(|count| count.kind == "sweep").map(|count| count.jobs).sum::<u64>();
    assert_eq!(sweeps, 1);
}

/// The dedupe key holds between two processes, because writers of one guild come one after the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_on_postgresql_put_a_key_once() {
    let (database, one) = open(Kind::Postgres).await;
    let other = database.open(&[], Arc::new(ManualClock::at(NOW))).await.unwrap();
    let process = |store: Store| async move {
        let mut put = 0;
        for key in 0..50 {
            let keyed = NewJob { dedupe: Some(key.to_string()), ..new("a") };
            put += i32::from(add(&store, 1, &keyed).await.is_some());
        }
        put
    };
    let (first, second) = tokio::join!(tokio::spawn(process(one)), tokio::spawn(process(other)));
    assert_eq!(first.unwrap() + second.unwrap(), 50);
}

/// Whoever comes upon a guild's file while another makes it waits until it has its tables.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_file_is_met_by_readers_and_writers_at_once() {
    let (_database, store) = open(Kind::PerGuild).await;
    for number in 1..=50 {
        let look = |store: Store| async move {
            for _ in 0..5 {
                let mut read = store.read().await.unwrap();
                let mut tx = read.operator(OperatorPath::Jobs);
                work::head(&mut tx, &party(number), &NONE_HEAVY, NOW).await.unwrap();
            }
        };
        let writer = async |store: Store| add(&store, number, &new("a")).await;
        let readers = [tokio::spawn(look(store.clone())), tokio::spawn(look(store.clone()))];
        assert!(writer(store.clone()).await.is_some());
        for reader in readers {
            reader.await.unwrap();
        }
    }
}
