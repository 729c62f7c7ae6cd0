//! The pause between requests of background work.

use super::*;

fn background(channel: u64) -> Submission {
    Submission { priority: Priority::Background, ..post(channel) }
}

/// Lets time pass until nothing is left to do; when each request went, by the number of its call.
fn play(scheduler: &mut Scheduler, mut now: Timestamp) -> Vec<(Timestamp, u64)> {
    let mut sent = Vec::new();
    loop {
        let step = scheduler.poll(now);
        for ticket in tickets(&step) {
            sent.push((now, ticket));
            scheduler.complete(ticket, ok(), now);
        }
        match step.wake {
            Some(at) => now = at.max(now),
            None if step.start.is_empty() => return sent,
            None => {}
        }
    }
}

#[test]
fn background_requests_keep_the_pause_and_nobody_else_waits_for_it() {
    let mut scheduler = scheduler();
    scheduler.space_out(Duration::from_millis(500), Timestamp(0));
    let slow: Vec<_> =
        (1..=3).map(|channel| scheduler.submit(background(channel), Timestamp(0)).unwrap()).collect();
    let command = scheduler.submit(post(9), Timestamp(0)).unwrap();
    let callback = call(Method::Post, "interactions/1/token/callback", "{}");
    let answer =
        scheduler.submit(Submission { priority: Priority::Interaction, ..callback }, Timestamp(0)).unwrap();
    let sent = play(&mut scheduler, Timestamp(0));
    let at = |ticket| sent.iter().find(|(_, other)| *other == ticket).unwrap().0;
    assert_eq!((at(command), at(answer)), (Timestamp(0), Timestamp(0)));
    assert_eq!(slow.iter().map(|one| at(*one)).collect::<Vec<_>>(), [0, 500, 1_000].map(Timestamp));
    assert!(scheduler.is_idle());
}

#[test]
fn without_the_pause_what_waited_goes_at_once() {
    let mut scheduler = scheduler();
    scheduler.space_out(Duration::from_secs(10), Timestamp(0));
    for channel in 1..=4 {
        scheduler.submit(background(channel), Timestamp(0)).unwrap();
    }
    assert_eq!(tickets(&scheduler.poll(Timestamp(0))).len(), 1);
    assert_eq!(tickets(&scheduler.poll(Timestamp(1))).len(), 0);
    assert_eq!(scheduler.stats(Timestamp(1)).pending[3], 3, "those that wait are shown");
    scheduler.space_out(Duration::ZERO, Timestamp(1));
    assert_eq!(tickets(&scheduler.poll(Timestamp(1))).len(), 3);
}

#[test]
fn a_call_that_waits_can_be_taken_back_expire_and_be_given_up() {
    let mut scheduler = scheduler();
    scheduler.space_out(Duration::from_secs(10), Timestamp(0));
    scheduler.submit(background(1), Timestamp(0)).unwrap();
    let back = scheduler.submit(background(2), Timestamp(0)).unwrap();
    let late = Submission { deadline: Some(Timestamp(50)), ..background(3) };
    let late = scheduler.submit(late, Timestamp(0)).unwrap();
    let left = scheduler.submit(background(4), Timestamp(0)).unwrap();
    let first = tickets(&scheduler.poll(Timestamp(0)));
    scheduler.complete(first[0], ok(), Timestamp(1));
    scheduler.cancel(back, Timestamp(1));
    let settled = scheduler.poll(Timestamp(60)).settled;
    assert!(
        settled.iter().any(|(waiter, result)| *waiter == late && matches!(result, Err(RestError::Expired)))
    );
    scheduler.abandon(Timestamp(61));
    let settled = scheduler.poll(Timestamp(61)).settled;
    assert!(
        settled.iter().any(|(waiter, result)| *waiter == left && matches!(result, Err(RestError::Stopping)))
    );
    assert!(scheduler.is_idle());
}

proptest! {
    #[test]
    fn no_two_background_requests_are_closer_than_the_pause(
        gap in 1_u64..3_000,
        calls in prop::collection::vec((1_u64..4, 0_i64..2_000, any::<bool>()), 1..20),
    ) {
        let mut scheduler = scheduler();
        scheduler.space_out(Duration::from_millis(gap), Timestamp(0));
        let mut spaced = Vec::new();
        let mut calls = calls;
        calls.sort_by_key(|(_, at, _)| *at);
        let mut sent = Vec::new();
        for (channel, at, patient) in calls {
            let call = if patient { background(channel) } else { post(channel) };
            let waiter = scheduler.submit(call, Timestamp(at)).unwrap();
            if patient {
                spaced.push(waiter);
            }
            for ticket in tickets(&scheduler.poll(Timestamp(at))) {
                sent.push((Timestamp(at), ticket));
                scheduler.complete(ticket, ok(), Timestamp(at));
            }
        }
        sent.extend(play(&mut scheduler, Timestamp(2_000)));
        prop_assert!(scheduler.is_idle());
        let times: Vec<_> = sent.iter().filter(|(_, id)| spaced.contains(id)).map(|(at, _)| *at).collect();
        prop_assert_eq!(times.len(), spaced.len());
        for two in times.windows(2) {
            prop_assert!(two[1].since(two[0]) >= Duration::from_millis(gap), "{times:?}");
        }
    }
}
