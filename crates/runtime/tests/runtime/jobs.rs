//! Jobs and schedules from their commit to their end, through crashes and stops, on each database.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use guildhall_runtime::options::JobLimits;
use guildhall_store::{
    OperatorPath,
    platform::{job::State, schedule, task_health},
};
use guildhall_testkit::{database::Kind, on_each_database};

use crate::{
    jobs_house::{GATE, HANGING, HUNG, House, How, RAN, SWEPT, TURNS, Toil, most_at_once},
    stage::{guild, until},
};

on_each_database! {
    a_crash_between_claim_and_commit_leaves_one_effect,
    a_run_that_was_taken_over_has_no_effect,
    three_crashes_put_a_job_aside_and_others_go_on,
    a_stop_counts_no_try,
    no_guild_starves_the_others,
    heavy_jobs_leave_seats_to_other_work,
    one_guild_has_two_heavy_jobs_at_once,
    failures_are_tried_again_and_end,
    what_does_not_read_is_given_up_at_once,
    a_job_goes_on_in_parts,
    a_schedule_runs_each_time_once,
}

/// Longer than a lease.
const LONG: Duration = Duration::from_mins(2);

fn only(state: &'static str, jobs: u64) -> BTreeMap<&'static str, u64> {
    BTreeMap::from([(state, jobs)])
}

async fn all_done(house: &House) {
    until("the jobs to be done", async || house.jobs().await.is_empty()).await;
}

async fn hung(count: usize) {
    until("a run that hangs", async || HUNG.load(Ordering::SeqCst) == count).await;
}

async fn a_crash_between_claim_and_commit_leaves_one_effect(kind: Kind) {
    let house = House::new(kind).await;
    let process = house.start();
    house.put(guild(1), 1, How::Hang, "effect").await;
    hung(1).await;
    drop(process);
    until("the run to be gone", async || HANGING.load(Ordering::SeqCst) == 0).await;
    GATE.store(true, Ordering::SeqCst);
    // On PostgreSQL it cannot be known that the process is gone before its lease has run out.
    house.clock.by(LONG);
    let process = house.start();
    all_done(&house).await;
    assert_eq!(house.notes(guild(1)).await, ["effect"]);
    assert_eq!(HUNG.load(Ordering::SeqCst), 2, "it ran twice");
    process.stop(Duration::from_secs(5)).await;
}

async fn a_run_that_was_taken_over_has_no_effect(kind: Kind) {
    let house = House::new(kind).await;
    let paused = house.start();
    house.put(guild(1), 1, How::Sleep, "effect").await;
    hung(1).await;
    house.clock.by(LONG);
    let other = house.start();
    all_done(&house).await;
    let one = BTreeMap::from([("note".to_owned(), 1)]);
    let ran = || {
        let health = house.services.tasks.health().into_iter();
        let runs = health.map(|(task, health)| (task, health.tally.runs)).filter(|(task, _)| task == "note");
        runs.collect::<BTreeMap<_, _>>()
    };
    until("the count of the run", async || ran() == one).await;
    GATE.store(true, Ordering::SeqCst);
    until("the end of the first run", async || {
        house.services.tasks.health().iter().all(|(_, health)| health.running == 0)
    })
    .await;
    assert_eq!(house.notes(guild(1)).await, ["effect"]);
    assert_eq!(ran(), one, "a run without an effect counts as none");
    paused.stop(Duration::from_secs(5)).await;
    other.stop(Duration::from_secs(5)).await;
}

async fn three_crashes_put_a_job_aside_and_others_go_on(kind: Kind) {
    let house = House::new(kind).await;
    house.put(guild(1), 1, How::Hang, "poison").await;
    for crash in 1..=3 {
        let process = house.start();
        hung(crash).await;
        drop(process);
        house.clock.by(LONG);
    }
    house.put(guild(1), 1, How::Note, "other").await;
    let process = house.start();
    until("the quarantine", async || house.jobs().await == only("quarantined", 1)).await;
    assert_eq!(house.notes(guild(1)).await, ["other"]);
    let aside = house.in_state(State::Quarantined).await;
    assert_eq!((aside[0].crashes, aside[0].tries), (3, 0));
    // An operator lets it run again.
    GATE.store(true, Ordering::SeqCst);
    process.stop(Duration::from_secs(5)).await;
    house.replay(&aside[0].id).await;
    let process = house.start();
    all_done(&house).await;
    assert_eq!(house.notes(guild(1)).await, ["other", "poison"]);
    process.stop(Duration::from_secs(5)).await;
}

async fn a_stop_counts_no_try(kind: Kind) {
    let house = House::new(kind).await;
    for stop in 1..=4 {
        let process = house.start();
        if stop == 1 {
            house.put(guild(1), 1, How::Hang, "effect").await;
        }
        hung(stop).await;
        process.stop(Duration::ZERO).await;
        let waiting = house.in_state(State::Waiting).await;
        let [job] = waiting.as_slice() else { panic!("{waiting:?}") };
        assert_eq!((job.tries, job.crashes), (0, 0), "stop {stop}");
    }
    let process = house.start();
    hung(5).await;
    // With time enough, the run comes to its end.
    let stopping = process.stop(Duration::from_secs(20));
    let open = async {
        tokio::task::yield_now().await;
        GATE.store(true, Ordering::SeqCst);
    };
    tokio::join!(stopping, open);
    assert_eq!(house.jobs().await, BTreeMap::new());
    assert_eq!(house.notes(guild(1)).await, ["effect"]);
}

async fn no_guild_starves_the_others(kind: Kind) {
    let mut house = House::new(kind).await;
    house.limits = JobLimits { running: 4, running_per_party: 2 };
    house.put(guild(1), 10_000, How::Note, "flood").await;
    for number in 2..=51 {
        house.put(guild(number), 1, How::Note, "one").await;
    }
    let process = house.start();
    let served = || {
        let ran = RAN.lock();
        let mut left: std::collections::BTreeSet<_> = (2..=51).map(guild).collect();
        let last = ran.iter().position(|one| left.remove(one) && left.is_empty());
        last.map(|last| last + 1)
    };
    until("the fifty others", async || served().is_some()).await;
    drop(process);
    let runs = served().unwrap();
    assert!(runs <= 150, "the last of the others had its turn after {runs} runs");
    assert!(most_at_once(guild(1)) <= 2, "{}", most_at_once(guild(1)));
}

async fn heavy_jobs_leave_seats_to_other_work(kind: Kind) {
    let mut house = House::new(kind).await;
    house.limits = JobLimits { running: 6, running_per_party: 4 };
    for number in 1..=5 {
        house.put_kind::<Toil>(guild(number), 4, How::Wait, "long").await;
    }
    let process = house.start();
    hung(3).await;
    // What is light is done beside them, also in servers whose heavy work waits.
    for number in 1..=6 {
        house.put(guild(number), 10, How::Note, "light").await;
    }
    let light = || RAN.lock().len() - HUNG.load(Ordering::SeqCst);
    until("the light ones", async || light() == 60).await;
    assert_eq!(HUNG.load(Ordering::SeqCst), 3, "half of the seats");
    GATE.store(true, Ordering::SeqCst);
    all_done(&house).await;
    assert_eq!(RAN.lock().len(), 80);
    process.stop(Duration::from_secs(5)).await;
}

async fn one_guild_has_two_heavy_jobs_at_once(kind: Kind) {
    let mut house = House::new(kind).await;
    house.limits = JobLimits { running: 16, running_per_party: 4 };
    house.put_kind::<Toil>(guild(1), 5, How::Wait, "long").await;
    let process = house.start();
    hung(2).await;
    // A second look at the same server finds no third.
    house.put_kind::<Toil>(guild(2), 1, How::Wait, "long").await;
    hung(3).await;
    house.put(guild(1), 20, How::Note, "light").await;
    until("the light ones", async || RAN.lock().len() == 23).await;
    assert_eq!(HUNG.load(Ordering::SeqCst), 3);
    GATE.store(true, Ordering::SeqCst);
    all_done(&house).await;
    process.stop(Duration::from_secs(5)).await;
}

async fn failures_are_tried_again_and_end(kind: Kind) {
    let house = House::new(kind).await;
    let process = house.start();
    house.put(guild(1), 1, How::Fail, "lost").await;
    house.put(guild(2), 1, How::Panic, "lost").await;
    house.put(guild(3), 1, How::Note, "kept").await;
    until("the dead letters", async || house.jobs().await == only("dead", 2)).await;
    for job in house.in_state(State::Dead).await {
        assert_eq!((job.tries, job.crashes), (3, 0));
        let reference = job.reference.unwrap();
        let line = crate::log::with("ref", &reference);
        assert_eq!(line.len(), 1, "{reference} is in the log");
        assert!(job.last_error.unwrap().contains("on purpose"));
    }
    assert_eq!(house.notes(guild(1)).await, Vec::<String>::new());
    assert_eq!(house.notes(guild(3)).await, ["kept"]);
    process.stop(Duration::from_secs(5)).await;
    let mut read = house.store.read().await.unwrap();
    let all = task_health::all(&mut read.operator(OperatorPath::Diagnosis)).await.unwrap();
    let (_, tally) = all.iter().find(|(task, _)| task == "note").unwrap();
    assert_eq!((tally.runs, tally.errors), (7, 6));
    assert!(tally.last_error.is_some());
}

async fn what_does_not_read_is_given_up_at_once(kind: Kind) {
    let house = House::new(kind).await;
    house.put(guild(1), 1, How::Note, "lost").await;
    house.spoil(guild(1)).await;
    let process = house.start();
    until("the dead letter", async || house.jobs().await == only("dead", 1)).await;
    assert_eq!(house.in_state(State::Dead).await[0].tries, 1);
    assert_eq!(RAN.lock().len(), 0);
    process.stop(Duration::from_secs(5)).await;
}

async fn a_job_goes_on_in_parts(kind: Kind) {
    let house = House::new(kind).await;
    let process = house.start();
    house.put(guild(1), 1, How::Twice, "part").await;
    all_done(&house).await;
    assert_eq!(house.notes(guild(1)).await, ["part", "part"]);
    process.stop(Duration::from_secs(5)).await;
}

async fn a_schedule_runs_each_time_once(kind: Kind) {
    let house = House::new(kind).await;
    // On PostgreSQL two processes race for each run.
    let beside = if kind == Kind::Postgres { Some(house.beside().await) } else { None };
    let processes = [Some(house.start()), beside.as_ref().map(House::start)];
    let fired = async || {
        let mut read = house.store.read().await.unwrap();
        let all = schedule::all(&mut read.operator(OperatorPath::Jobs)).await.unwrap();
        all.schedules.into_iter().find(|one| one.name == "test_sweep").map(|one| (one.fired, one.next_at))
    };
    until("the schedule", async || fired().await.is_some()).await;
    let (_, first) = fired().await.unwrap();
    house.clock.by(first.since(house.services.clock.now()));
    for round in 1..=5 {
        until(&format!("run {round}"), async || SWEPT.load(Ordering::SeqCst) == round).await;
        let open = async || {
            let mut read = house.store.read().await.unwrap();
            let mut tx = read.operator(OperatorPath::Jobs);
            let counts = guildhall_store::platform::job::look::counts(&mut tx).await.unwrap();
            counts.iter().any(|count| count.kind == "test_sweep")
        };
        until("the end of the run", async || !open().await).await;
        assert_eq!(SWEPT.load(Ordering::SeqCst), round);
        // Many times are missed; one run makes up for them.
        house.clock.by(Duration::from_hours(1 + 5 * u64::from(round % 2)));
    }
    for process in processes.into_iter().flatten() {
        process.stop(Duration::from_secs(5)).await;
    }
    let runs = u64::from(SWEPT.load(Ordering::SeqCst));
    let (fired, _) = fired().await.unwrap();
    assert!((runs..=runs + 1).contains(&fired), "{fired} were fired and {runs} ran");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_that_is_off_keeps_its_jobs() {
    let house = House::new(Kind::Sqlite).await;
    house.services.toggles.set(guild(1), "test", false);
    let process = house.start();
    house.put(guild(1), 1, How::Note, "kept").await;
    until("the job to be put off", async || {
        let waiting = house.in_state(State::Waiting).await;
        waiting.iter().any(|job| job.not_before > job.created_at + Duration::from_mins(30))
    })
    .await;
    assert_eq!(RAN.lock().len(), 0);
    house.services.toggles.set(guild(1), "test", true);
    house.clock.by(Duration::from_hours(2));
    all_done(&house).await;
    assert_eq!(house.notes(guild(1)).await, ["kept"]);
    process.stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_start_anew_when_operators_ask() {
    let house = House::new(Kind::Sqlite).await;
    let process = house.start();
    house.put(guild(1), 1, How::Note, "before").await;
    all_done(&house).await;
    let known = async || {
        let mut read = house.store.read().await.unwrap();
        let all = schedule::all(&mut read.operator(OperatorPath::Jobs)).await.unwrap();
        !all.schedules.is_empty()
    };
    until("the schedules", known).await;
    // Nobody takes what was asked for before the start for something new.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(TURNS.load(Ordering::SeqCst), 0, "its first turn is far ahead");
    house.services.restart_tasks().await.unwrap();
    until("the first turn", async || TURNS.load(Ordering::SeqCst) == 1).await;
    house.put(guild(1), 1, How::Note, "after").await;
    all_done(&house).await;
    assert_eq!(house.notes(guild(1)).await, ["before", "after"]);
    process.stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_the_jobs_of_one_postgresql() {
    let house = House::new(Kind::Postgres).await;
    let beside = house.beside().await;
    let processes = [house.start(), beside.start()];
    for number in 1..=20 {
        house.put(guild(number), 5, How::Note, "one").await;
    }
    all_done(&house).await;
    for number in 1..=20 {
        assert_eq!(house.notes(guild(number)).await.len(), 5, "guild {number}");
        assert!(most_at_once(guild(number)) <= 3, "{}", most_at_once(guild(number)));
    }
    assert_eq!(RAN.lock().len(), 100, "none ran twice");
    for process in processes {
        process.stop(Duration::from_secs(5)).await;
    }
}
