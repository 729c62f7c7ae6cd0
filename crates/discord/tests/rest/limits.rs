//! Rate limits, met at a server that keeps them.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use guildhall_discord::rest::{Priority, RestError, interactions, messages};
use twilight_model::http::interaction::{InteractionResponse, InteractionResponseType};

use crate::{
    channel, interaction, message, say,
    server::{Api, Reply, Seen},
};

/// Answers 429 once and to everything that comes before its time is over.
fn once_limited(limit: impl Fn() -> Reply + Send + Sync + 'static) -> impl Fn(&Seen) -> Reply + Send + Sync {
    let until = Mutex::new(None);
    move |_| {
        let mut until = until.lock().unwrap();
        let end = until.get_or_insert_with(|| Instant::now() + Duration::from_secs(1));
        if Instant::now() < *end { limit() } else { Reply::ok() }
    }
}

#[tokio::test]
async fn a_global_limit_makes_one_call_two_requests_and_holds_the_others() {
    let api = Api::start(once_limited(|| Reply::limited("global", 1))).await;
    let rest = api.rest();
    let first = rest.send(say(&rest, channel(1), "a").unwrap()).await.unwrap();
    assert_eq!((first.tries, api.seen().len()), (2, 2));

    let api = Api::start(once_limited(|| Reply::limited("global", 1))).await;
    let rest = api.rest();
    let calls: Vec<_> = (0..20)
        .map(|number| {
            let rest = rest.clone();
            tokio::spawn(async move {
                // Started one after the other, so that most meet the pause in the sender itself.
                while number > 0 && rest.stats().rate_limited == 0 {
                    tokio::task::yield_now().await;
                }
                rest.send(say(&rest, channel(number), "a")?).await
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(api.seen().len(), 21, "one refused request for twenty calls");
}

#[tokio::test]
async fn a_block_in_front_of_discord_stops_everything_for_its_time() {
    let blocked = || Reply::Html(429, vec![("retry-after", "1".to_owned())]);
    let api = Api::start(once_limited(blocked)).await;
    let rest = api.rest();
    let response =
        InteractionResponse { kind: InteractionResponseType::DeferredChannelMessageWithSource, data: None };
    interactions::callback(&rest, interaction(), "token", &response, None).await.unwrap();
    assert_eq!(api.seen().len(), 2);
    assert_eq!(rest.stats().rate_limited, 1);
}

#[tokio::test]
async fn user_and_shared_limits_hold_one_channel_and_only_the_first_counts_as_invalid() {
    for (scope, invalid) in [("user", 1), ("shared", 0)] {
        let limited = once_limited(move || Reply::limited(scope, 1));
        let slow = channel(1).to_string();
        let api =
            Api::start(move |seen| if seen.path.contains(&slow) { limited(seen) } else { Reply::ok() }).await;
        let rest = api.rest();
        let held = tokio::spawn({
            let rest = rest.clone();
            async move { rest.send(say(&rest, channel(1), "a")?).await }
        });
        let free = rest.send(say(&rest, channel(2), "b").unwrap()).await.unwrap();
        assert_eq!(free.tries, 1);
        assert_eq!(held.await.unwrap().unwrap().tries, 2);
        assert_eq!(api.seen().len(), 3);
        assert_eq!(rest.stats().invalid_requests, invalid, "{scope}");
    }
}

#[tokio::test]
async fn twelve_at_once_into_a_bucket_of_five_meet_no_limit() {
    let windows = Mutex::new(HashMap::<String, (Instant, u32)>::new());
    let api = Api::start(move |seen| {
        let mut windows = windows.lock().unwrap();
        let window = windows.entry(seen.path.clone()).or_insert((Instant::now(), 0));
        if window.0.elapsed() >= Duration::from_secs(2) {
            *window = (Instant::now(), 0);
        }
        if window.1 == 5 {
            return Reply::limited("user", 2);
        }
        window.1 += 1;
        let reset = 2.0 - window.0.elapsed().as_secs_f64();
        let headers = vec![
            ("x-ratelimit-limit", "5".to_owned()),
            ("x-ratelimit-remaining", (5 - window.1).to_string()),
            ("x-ratelimit-reset-after", format!("{reset:.3}")),
            ("x-ratelimit-bucket", "abcd1234".to_owned()),
        ];
        Reply::Json(200, headers, serde_json::json!({}))
    })
    .await;
    let rest = api.rest();
    let calls: Vec<_> = (0..12)
        .map(|number| {
            let rest = rest.clone();
            tokio::spawn(async move { rest.send(say(&rest, channel(1), &number.to_string())?).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().tries, 1);
    }
    assert_eq!(api.seen().len(), 12);
    assert_eq!(rest.stats().rate_limited, 0);
}

#[tokio::test]
async fn a_limit_beyond_the_patience_is_an_error_at_once() {
    let api = Api::start(|_| Reply::limited("user", 3_600)).await;
    let rest = api.rest();
    let result = rest.send(say(&rest, channel(1), "a").unwrap()).await;
    assert_eq!(result, Err(RestError::RateLimited { retry_after: Duration::from_hours(1) }));
    assert_eq!(api.seen().len(), 1);
}

#[tokio::test]
async fn edits_that_wait_become_one_request() {
    let api = Api::start(once_limited(|| Reply::limited("user", 1))).await;
    let rest = api.rest();
    let edits: Vec<_> = (0..10)
        .map(|number| {
            let rest = rest.clone();
            let draft = messages::Draft::text(format!("step {number}"));
            async move { messages::edit(&rest, channel(1), message(1), &draft, Priority::Event).await }
        })
        .collect();
    let mut running = Vec::new();
    for (number, edit) in edits.into_iter().enumerate() {
        running.push(tokio::spawn(edit));
        // Each waits in the sender before the next comes, so that their order is certain.
        while rest.stats().pending.iter().sum::<usize>() + rest.stats().in_flight == 0
            || rest.stats().coalesced < u64::try_from(number.saturating_sub(1)).unwrap()
        {
            tokio::task::yield_now().await;
        }
    }
    for edit in running {
        // The made-up server answers no message; what counts is that each caller has an answer.
        assert!(matches!(edit.await.unwrap(), Err(RestError::Body(_))));
    }
    let seen = api.seen();
    assert!(seen.len() <= 3, "{}", seen.len());
    assert_eq!(seen.last().unwrap().body["content"], "step 9");
    assert_eq!(rest.stats().coalesced, 9);
}
