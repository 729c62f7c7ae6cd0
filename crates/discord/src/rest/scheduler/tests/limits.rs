//! Limits: whom each one holds up, and for how long.

use super::*;

#[test]
fn a_global_429_makes_one_call_two_requests() {
    let mut scheduler = scheduler();
    scheduler.submit(post(1), Timestamp(0)).unwrap();
    let ticket = tickets(&scheduler.poll(Timestamp(0)))[0];
    scheduler.complete(ticket, limited("global", 5.0), Timestamp(10));
    scheduler.submit(post(2), Timestamp(11)).unwrap();
    let step = scheduler.poll(Timestamp(11));
    assert!(step.start.is_empty(), "a global limit stops every channel");
    assert_eq!(step.wake, Some(Timestamp(5_015)));
    assert_eq!(tickets(&scheduler.poll(Timestamp(5_014))).len(), 0);
    let probe = tickets(&scheduler.poll(Timestamp(5_015)));
    assert_eq!(probe.len(), 1, "one finds out whether the limit is over");
    assert_eq!(tickets(&scheduler.poll(Timestamp(5_016))).len(), 0);
    scheduler.complete(probe[0], ok(), Timestamp(5_020));
    assert_eq!(tickets(&scheduler.poll(Timestamp(5_020))).len(), 1);
    assert_eq!(scheduler.stats(Timestamp(5_020)).sent, 3);
}

#[test]
fn interaction_routes_pass_while_the_global_limit_is_used_up() {
    let mut scheduler = scheduler();
    scheduler.submit(post(1), Timestamp(0)).unwrap();
    let ticket = tickets(&scheduler.poll(Timestamp(0)))[0];
    scheduler.complete(ticket, limited("global", 5.0), Timestamp(0));
    scheduler.submit(call(Method::Post, "interactions/1/t/callback", "{}"), Timestamp(1)).unwrap();
    scheduler.submit(call(Method::Post, "webhooks/1/t", "{}"), Timestamp(1)).unwrap();
    assert_eq!(scheduler.poll(Timestamp(1)).start.len(), 2);
}

#[test]
fn a_block_in_front_of_discord_stops_interaction_routes_too() {
    let mut scheduler = scheduler();
    scheduler.submit(post(1), Timestamp(0)).unwrap();
    let ticket = tickets(&scheduler.poll(Timestamp(0)))[0];
    scheduler.complete(ticket, answer(429, &[("retry-after", "20")], "<html>"), Timestamp(0));
    scheduler.submit(call(Method::Post, "interactions/1/t/callback", "{}"), Timestamp(1)).unwrap();
    let step = scheduler.poll(Timestamp(1));
    assert!(step.start.is_empty());
    assert_eq!(step.wake, Some(Timestamp(20_005)));
    assert_eq!(scheduler.poll(Timestamp(20_005)).start.len(), 2);
}

#[test]
fn a_limit_longer_than_the_patience_is_told_to_the_caller() {
    let mut scheduler = scheduler();
    let waiter = scheduler.submit(post(1), Timestamp(0)).unwrap();
    let ticket = tickets(&scheduler.poll(Timestamp(0)))[0];
    scheduler.complete(ticket, limited("user", 31.0), Timestamp(0));
    let retry_after = Duration::from_secs(31);
    assert_eq!(scheduler.poll(Timestamp(0)).settled, [(waiter, Err(RestError::RateLimited { retry_after }))]);
    // The channel itself stays blocked for the next call.
    scheduler.submit(post(1), Timestamp(1)).unwrap();
    assert_eq!(scheduler.poll(Timestamp(1)).wake, Some(Timestamp(31_005)));
}

#[test]
fn routes_that_share_a_bucket_share_its_count() {
    let mut scheduler = scheduler();
    let headers = |remaining: &'static str| {
        [
            ("x-ratelimit-limit", "2"),
            ("x-ratelimit-remaining", remaining),
            ("x-ratelimit-reset-after", "10"),
            ("x-ratelimit-bucket", "shared"),
        ]
    };
    let one = || call(Method::Put, "channels/1/messages/2/reactions/a/@me", "");
    let two = || call(Method::Delete, "channels/1/messages/2/reactions/a/@me", "");
    for submission in [one(), two(), one(), two()] {
        scheduler.submit(submission, Timestamp(0)).unwrap();
    }
    let step = scheduler.poll(Timestamp(0));
    assert_eq!(step.start.len(), 2, "each route is probed by one request");
    for (ticket, remaining) in tickets(&step).into_iter().zip(["1", "0"]) {
        scheduler.complete(ticket, answer(204, &headers(remaining), ""), Timestamp(5));
    }
    let step = scheduler.poll(Timestamp(5));
    assert!(step.start.is_empty(), "both routes wait for the one bucket");
    assert_eq!(step.wake, Some(Timestamp(10_010)));
    assert_eq!(scheduler.poll(Timestamp(10_010)).start.len(), 2);
}

#[test]
fn shared_limits_do_not_count_towards_the_ban() {
    let mut scheduler = scheduler();
    for (scope, count) in [("shared", 0), ("user", 1)] {
        scheduler.submit(post(1), Timestamp(0)).unwrap();
        let ticket = tickets(&scheduler.poll(Timestamp(60_000)))[0];
        scheduler.complete(ticket, limited(scope, 40.0), Timestamp(0));
        assert_eq!(scheduler.stats(Timestamp(0)).invalid_requests, count);
    }
}
