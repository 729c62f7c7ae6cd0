//! In which order requests leave, and when they wait.

mod company;
mod limits;
mod spacing;

use bytes::Bytes;
use guildhall_core::random::Seeded;
use proptest::prelude::*;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use twilight_http::request::{Method, RequestBuilder};

use super::*;
use crate::rest::{
    stats::BreakerState,
    verdict::{Answer, Outcome},
};

fn scheduler() -> Scheduler {
    let limits =
        Limits { global_per_second: 50, max_pending: 100, max_tries: 4, patience: Duration::from_secs(30) };
    Scheduler::new(limits, Arc::new(Seeded::new(7)))
}

fn call(method: Method, path: &str, body: &str) -> Submission {
    let mut request = RequestBuilder::raw(method, path.to_owned());
    if !body.is_empty() {
        request = request.body(body.as_bytes().to_vec());
    }
    if path.starts_with("interactions/") || path.starts_with("webhooks/") {
        request = request.use_authorization_token(false);
    }
    Submission {
        request: Outgoing::new(&request.build().unwrap()).unwrap(),
        priority: Priority::Command,
        deadline: None,
        coalesce: false,
        repeatable: false,
    }
}

fn post(channel: u64) -> Submission {
    call(Method::Post, &format!("channels/{channel}/messages"), r#"{"nonce":"n","enforce_nonce":true}"#)
}

fn edit(body: &str) -> Submission {
    Submission { coalesce: true, ..call(Method::Patch, "channels/1/messages/2", body) }
}

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Outcome {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect();
    Outcome::Answer(Answer { status, headers, body: Bytes::copy_from_slice(body.as_bytes()) })
}

fn ok() -> Outcome {
    answer(200, &[], "{}")
}

fn limited(scope: &str, retry_after: f64) -> Outcome {
    let body = format!(r#"{{"message":"slow","retry_after":{retry_after},"global":{}}}"#, scope == "global");
    answer(429, &[("via", "1.1 test"), ("x-ratelimit-scope", scope)], &body)
}

fn lost() -> Outcome {
    Outcome::Lost { message: "reset".to_owned(), perhaps_done: true }
}

fn tickets(step: &Step) -> Vec<u64> {
    step.start.iter().map(|start| start.ticket).collect()
}

#[test]
fn tries_are_bounded() {
    for outcome in [|| limited("user", 0.1), lost, || answer(502, &[], "<html>")] {
        let mut scheduler = scheduler();
        scheduler.submit(post(1), Timestamp(0)).unwrap();
        let mut now = Timestamp(0);
        let mut sent = 0;
        let settled = loop {
            let step = scheduler.poll(now);
            sent += step.start.len();
            for ticket in tickets(&step) {
                scheduler.complete(ticket, outcome(), now);
            }
            if !step.settled.is_empty() {
                break step.settled;
            }
            now = step.wake.map_or(now, |wake| wake.max(now));
        };
        assert_eq!(sent, 4);
        assert!(settled[0].1.is_err());
        assert!(scheduler.is_idle());
    }
}

#[test]
fn a_create_without_a_nonce_is_not_sent_twice_when_its_outcome_is_unknown() {
    for (outcome, tries) in
        [(lost(), 1), (Outcome::Lost { message: "refused".to_owned(), perhaps_done: false }, 2)]
    {
        let mut scheduler = scheduler();
        scheduler.submit(call(Method::Post, "channels/1/messages", "{}"), Timestamp(0)).unwrap();
        let ticket = tickets(&scheduler.poll(Timestamp(0)))[0];
        scheduler.complete(ticket, outcome, Timestamp(0));
        let settled = !scheduler.poll(Timestamp(0)).settled.is_empty();
        assert_eq!(settled, tries == 1);
    }
}

#[test]
fn expired_calls_are_dropped_and_counted() {
    let mut scheduler = scheduler();
    scheduler.submit(post(1), Timestamp(0)).unwrap();
    let late = Submission { deadline: Some(Timestamp(500)), ..post(1) };
    let waiter = scheduler.submit(late, Timestamp(0)).unwrap();
    let step = scheduler.poll(Timestamp(0));
    assert_eq!(step.wake, Some(Timestamp(500)));
    assert_eq!(scheduler.poll(Timestamp(500)).settled, [(waiter, Err(RestError::Expired))]);
    let past = Submission { deadline: Some(Timestamp(500)), ..post(1) };
    assert_eq!(scheduler.submit(past, Timestamp(500)), Err(RestError::Expired));
    assert_eq!(scheduler.stats(Timestamp(500)).expired, 2);
}

#[test]
fn waiting_edits_collapse_and_all_callers_get_the_answer() {
    let mut scheduler = scheduler();
    // The route shows no limit, so that only the order of edits holds one back.
    scheduler.submit(edit("{}"), Timestamp(0)).unwrap();
    let ticket = tickets(&scheduler.poll(Timestamp(0)))[0];
    scheduler.complete(ticket, ok(), Timestamp(0));
    scheduler.poll(Timestamp(0));
    let first = scheduler.submit(edit(r#"{"content":"1"}"#), Timestamp(0)).unwrap();
    let ticket = tickets(&scheduler.poll(Timestamp(0)))[0];
    let second = scheduler.submit(edit(r#"{"content":"2","embeds":[]}"#), Timestamp(1)).unwrap();
    let third = scheduler.submit(edit(r#"{"content":"3"}"#), Timestamp(2)).unwrap();
    assert!(scheduler.poll(Timestamp(2)).start.is_empty(), "an edit does not overtake an older one");
    scheduler.complete(ticket, ok(), Timestamp(3));
    let step = scheduler.poll(Timestamp(3));
    assert_eq!(step.settled.iter().map(|(waiter, _)| *waiter).collect::<Vec<_>>(), [first]);
    assert_eq!(step.start.len(), 1);
    assert_eq!(step.start[0].request.body, r#"{"content":"3","embeds":[]}"#);
    scheduler.complete(step.start[0].ticket, ok(), Timestamp(4));
    let settled = scheduler.poll(Timestamp(4)).settled;
    assert_eq!(settled.iter().map(|(waiter, _)| *waiter).collect::<Vec<_>>(), [second, third]);
    assert_eq!(scheduler.stats(Timestamp(4)).coalesced, 1);
    assert!(scheduler.is_idle() && scheduler.edits.is_empty());
}

#[test]
fn an_edit_that_is_tried_again_does_not_undo_a_newer_one() {
    let mut scheduler = scheduler();
    scheduler.submit(edit(r#"{"content":"1"}"#), Timestamp(0)).unwrap();
    let ticket = tickets(&scheduler.poll(Timestamp(0)))[0];
    scheduler.submit(edit(r#"{"content":"2"}"#), Timestamp(1)).unwrap();
    scheduler.complete(ticket, answer(502, &[], ""), Timestamp(2));
    let wake = scheduler.poll(Timestamp(2)).wake.unwrap();
    let step = scheduler.poll(wake);
    assert_eq!(step.start.len(), 1);
    assert_eq!(step.start[0].request.body, r#"{"content":"2"}"#);
    scheduler.complete(step.start[0].ticket, ok(), wake);
    assert_eq!(scheduler.poll(wake).settled.len(), 2);
    assert!(scheduler.is_idle() && scheduler.edits.is_empty());
}

#[test]
fn a_refused_token_stops_every_authenticated_call_at_once() {
    let mut scheduler = scheduler();
    for channel in 1..=3 {
        scheduler.submit(post(channel), Timestamp(0)).unwrap();
    }
    scheduler.submit(post(1), Timestamp(0)).unwrap();
    let step = scheduler.poll(Timestamp(0));
    assert_eq!(step.start.len(), 3);
    scheduler.complete(step.start[0].ticket, answer(401, &[], r#"{"code":0,"message":"401"}"#), Timestamp(1));
    let settled = scheduler.poll(Timestamp(1)).settled;
    assert!(matches!(settled[0].1, Err(RestError::Status { status: 401, .. })));
    assert!(matches!(settled[1].1, Err(RestError::TokenRefused { .. })));
    assert!(matches!(scheduler.submit(post(9), Timestamp(2)), Err(RestError::TokenRefused { .. })));
    assert!(scheduler.submit(call(Method::Post, "interactions/1/t/callback", "{}"), Timestamp(2)).is_ok());
    assert_eq!(scheduler.stats(Timestamp(2)).breaker, BreakerState::TokenRefused);
}

#[test]
fn a_call_that_nobody_waits_for_is_not_sent() {
    let mut scheduler = scheduler();
    scheduler.submit(post(1), Timestamp(0)).unwrap();
    let waiter = scheduler.submit(post(1), Timestamp(0)).unwrap();
    let ticket = tickets(&scheduler.poll(Timestamp(0)))[0];
    scheduler.cancel(waiter, Timestamp(1));
    scheduler.complete(ticket, ok(), Timestamp(2));
    assert!(scheduler.poll(Timestamp(2)).start.is_empty());
    assert!(scheduler.is_idle());
}

#[test]
fn the_queue_is_bounded_and_urgent_calls_get_more_room() {
    let mut scheduler = scheduler();
    for _ in 0..100 {
        scheduler.submit(post(1), Timestamp(0)).unwrap();
    }
    assert_eq!(scheduler.submit(post(1), Timestamp(0)), Err(RestError::QueueFull));
    let urgent = Submission { priority: Priority::Interaction, ..post(1) };
    assert!(scheduler.submit(urgent, Timestamp(0)).is_ok());
    assert_eq!(scheduler.stats(Timestamp(0)).pending, [1, 100, 0, 0]);
}

#[test]
fn urgent_calls_leave_first_when_the_global_limit_is_scarce() {
    let mut scheduler = scheduler();
    for channel in 1..=60 {
        scheduler
            .submit(Submission { priority: Priority::Background, ..post(channel) }, Timestamp(0))
            .unwrap();
    }
    let step = scheduler.poll(Timestamp(0));
    assert_eq!(step.start.len(), 50);
    for ticket in tickets(&step) {
        scheduler.complete(ticket, ok(), Timestamp(1));
    }
    let urgent = Submission { priority: Priority::Interaction, ..post(99) };
    let waiter = scheduler.submit(urgent, Timestamp(2)).unwrap();
    let wake = scheduler.poll(Timestamp(2)).wake.unwrap();
    assert_eq!(tickets(&scheduler.poll(wake))[0], waiter);
}

#[test]
fn stopping_refuses_new_calls_and_abandons_waiting_ones() {
    let mut scheduler = scheduler();
    scheduler.submit(post(1), Timestamp(0)).unwrap();
    let waiting = scheduler.submit(post(1), Timestamp(0)).unwrap();
    let ticket = tickets(&scheduler.poll(Timestamp(0)))[0];
    scheduler.stop();
    assert_eq!(scheduler.submit(post(2), Timestamp(0)), Err(RestError::Stopping));
    scheduler.abandon(Timestamp(1));
    assert_eq!(scheduler.poll(Timestamp(1)).settled, [(waiting, Err(RestError::Stopping))]);
    assert!(!scheduler.is_idle());
    scheduler.complete(ticket, ok(), Timestamp(2));
    assert!(scheduler.is_idle());
}

/// What a made-up Discord does with one request.
#[derive(Clone, Copy, Debug)]
enum Weather {
    Fine,
    Unwell,
    Lost,
    Global,
    Shared,
}

/// A bucket of 5 requests per 2 s per channel, and 50 a second over all; both count on arrival.
#[derive(Default)]
struct Discord {
    windows: HashMap<String, (Timestamp, u32)>,
    arrivals: Vec<Timestamp>,
    avoidable: usize,
}

impl Discord {
    fn receive(&mut self, request: &Outgoing, now: Timestamp, weather: Weather) -> Outcome {
        match weather {
            Weather::Unwell => return answer(502, &[], "<html>"),
            Weather::Lost => return lost(),
            Weather::Global => return limited("global", 3.0),
            Weather::Shared => return limited("shared", 0.7),
            Weather::Fine => {}
        }
        self.arrivals.retain(|at| now.since(*at) < Duration::from_secs(1));
        self.arrivals.push(now);
        let window = self.windows.entry(request.path.clone()).or_insert((now, 0));
        if now.since(window.0) >= Duration::from_secs(2) {
            *window = (now, 0);
        }
        window.1 += 1;
        if window.1 > 5 || self.arrivals.len() > 50 {
            self.avoidable += 1;
            return limited("user", 2.0);
        }
        let remaining = (5 - window.1).to_string();
        let reset = (2_000 - now.since(window.0).as_millis()) as f64 / 1_000.0;
        let headers = [
            ("x-ratelimit-limit", "5"),
            ("x-ratelimit-remaining", &remaining),
            ("x-ratelimit-reset-after", &format!("{reset:.3}")),
            ("x-ratelimit-bucket", request.method.as_str()),
        ];
        answer(200, &headers, "{}")
    }
}

proptest! {
    /// Whatever happens: each caller gets exactly one answer, no limit that could be known is hit,
    /// nothing bound is sent during a global pause, and nothing is left behind.
    #[test]
    fn every_call_is_answered_once_and_no_known_limit_is_hit(
        calls in prop::collection::vec((0_i64..800, 1_u64..4, 0_usize..4, any::<bool>()), 1..80),
        weather in prop::collection::vec(
            prop_oneof![
                20 => Just(Weather::Fine), 1 => Just(Weather::Unwell), 1 => Just(Weather::Lost),
                1 => Just(Weather::Global), 1 => Just(Weather::Shared),
            ], 1..60),
        flights in prop::collection::vec(1_i64..300, 1..20),
    ) {
        let mut scheduler = scheduler();
        let mut discord = Discord::default();
        let mut waiting = std::collections::HashSet::new();
        let mut wire: Vec<(Timestamp, u64, String, Outcome)> = Vec::new();
        let mut calls = calls.into_iter();
        let mut next_call = Timestamp(0);
        let mut weather = weather.iter().chain(std::iter::repeat(&Weather::Fine));
        let mut flights = flights.iter().cycle();
        let (mut now, mut more) = (Timestamp(0), true);
        for round in 0.. {
            prop_assert!(round < 20_000, "the scheduler stands still");
            while more && next_call <= now {
                match calls.next() {
                    None => more = false,
                    Some((gap, channel, priority, edits)) => {
                        next_call = now + Duration::from_millis(gap.unsigned_abs() / 20);
                        let made = if edits { edit(r#"{"content":"x"}"#) } else { post(channel) };
                        let made = Submission { priority: Priority::ALL[priority], ..made };
                        waiting.insert(scheduler.submit(made, now).unwrap());
                    }
                }
            }
            let step = scheduler.poll(now);
            for (waiter, _) in &step.settled {
                prop_assert!(waiting.remove(waiter), "answered twice");
            }
            for start in &step.start {
                let same = |(_, _, path, _): &(Timestamp, u64, String, Outcome)| *path == start.request.path;
                let is_edit = start.request.method == reqwest::Method::PATCH;
                prop_assert!(!is_edit || !wire.iter().any(same), "an edit overtakes another");
                let outcome = discord.receive(&start.request, now, *weather.next().unwrap());
                let lands = now + Duration::from_millis(flights.next().unwrap().unsigned_abs());
                wire.push((lands, start.ticket, start.request.path.clone(), outcome));
            }
            if waiting.is_empty() && !more {
                break;
            }
            wire.sort_by_key(|(at, ticket, ..)| (*at, *ticket));
            let landing = wire.first().map(|(at, ..)| *at);
            let call = more.then_some(next_call);
            let Some(next) = [landing, step.wake, call].into_iter().flatten().min() else {
                prop_assert!(false, "calls wait and nothing will wake them");
                return Ok(());
            };
            now = now.max(next);
            while wire.first().is_some_and(|(at, ..)| *at <= now) {
                let (_, ticket, _, outcome) = wire.remove(0);
                scheduler.complete(ticket, outcome, now);
            }
        }
        prop_assert_eq!(discord.avoidable, 0);
        prop_assert!(scheduler.is_idle());
        prop_assert_eq!(scheduler.in_flight, 0);
        prop_assert!(scheduler.edits.is_empty() && scheduler.owners.is_empty());
        prop_assert!(scheduler.deadlines.is_empty() && scheduler.delayed.is_empty());
    }
}
