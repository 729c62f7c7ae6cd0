//! What becomes of requests that fail.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use guildhall_core::clock::{Clock, SystemClock};
use guildhall_discord::rest::{Call, Priority, RestError, interactions, messages};
use twilight_http::{request::Request, routing::Route};
use twilight_model::http::interaction::{InteractionResponse, InteractionResponseType};

use crate::{
    application, channel, interaction, say,
    server::{Api, Reply},
};

/// Fails the first time in the given way.
async fn failing_first(fail: impl Fn() -> Reply + Send + Sync + 'static) -> Api {
    let count = AtomicUsize::new(0);
    Api::start(move |_| if count.fetch_add(1, Ordering::SeqCst) == 0 { fail() } else { Reply::ok() }).await
}

#[tokio::test]
async fn a_502_is_tried_again_where_that_does_no_harm() {
    let api = failing_first(|| Reply::Html(502, Vec::new())).await;
    let rest = api.rest();
    assert_eq!(rest.send(say(&rest, channel(1), "a").unwrap()).await.unwrap().tries, 2);
    assert_eq!(api.seen().len(), 2);

    let api = failing_first(|| Reply::Html(502, Vec::new())).await;
    let rest = api.rest();
    let draft = messages::Draft::text("hello");
    let call = messages::create_call(&rest, channel(1), &draft, None, Priority::Command).unwrap();
    assert_eq!(rest.send(call).await.unwrap_err().status(), Some(502));
    assert_eq!(api.seen().len(), 1, "without a nonce a second try could post twice");
}

#[tokio::test]
async fn a_connection_lost_after_the_commit_posts_once() {
    let posted = Arc::new(Mutex::new(HashMap::<String, usize>::new()));
    let api = Api::start({
        let posted = Arc::clone(&posted);
        move |seen| {
            let mut posted = posted.lock().unwrap();
            let next = posted.len() + 1;
            let nonce = seen.body["nonce"].as_str().unwrap_or("none").to_owned();
            assert!(nonce == "none" || seen.body["enforce_nonce"] == true);
            if let Some(id) = posted.get(&nonce) {
                return Reply::Json(200, Vec::new(), serde_json::json!({ "id": id }));
            }
            posted.insert(nonce, next);
            Reply::Reset
        }
    })
    .await;
    let rest = api.rest();
    let answer = rest.send(say(&rest, channel(1), "row-7").unwrap()).await.unwrap();
    assert_eq!(answer.model::<serde_json::Value>().unwrap()["id"], 1);
    assert_eq!((answer.tries, posted.lock().unwrap().len()), (2, 1));

    let draft = messages::Draft::text("hello");
    let call = messages::create_call(&rest, channel(1), &draft, None, Priority::Command).unwrap();
    let error = rest.send(call).await.unwrap_err();
    assert!(matches!(error, RestError::Transport { perhaps_done: true, .. }), "{error}");
    assert_eq!(api.seen().len(), 3);
}

#[tokio::test]
async fn a_callback_whose_answer_was_lost_is_a_success() {
    let count = AtomicUsize::new(0);
    let api = Api::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::Reset,
        _ => Reply::Json(
            400,
            Vec::new(),
            serde_json::json!({"code": 40_060, "message": "Interaction has already been acknowledged."}),
        ),
    })
    .await;
    let rest = api.rest();
    let response =
        InteractionResponse { kind: InteractionResponseType::DeferredChannelMessageWithSource, data: None };
    interactions::callback(&rest, interaction(), "token", &response, None).await.unwrap();
    assert_eq!(api.seen().len(), 2);
    let again = interactions::callback(&rest, interaction(), "token", &response, None).await;
    assert_eq!(again.unwrap_err().code(), Some(40_060), "a first try that is refused is an error");
}

#[tokio::test]
async fn errors_tell_discords_code_and_fields() {
    let api = Api::start(|_| {
        let errors = serde_json::json!({"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH"}]}});
        let body = serde_json::json!({"code": 50_035, "message": "Invalid Form Body", "errors": errors});
        Reply::Json(400, Vec::new(), body)
    })
    .await;
    let rest = api.rest();
    let error = rest.send(say(&rest, channel(1), "a").unwrap()).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(400), Some(50_035)));
    assert!(error.to_string().contains("BASE_TYPE_MAX_LENGTH") && !error.is_temporary());
}

#[tokio::test]
async fn a_refused_token_is_told_and_stops_the_rest() {
    let api = Api::start(|_| {
        Reply::Json(401, Vec::new(), serde_json::json!({"message": "401: Unauthorized", "code": 0}))
    })
    .await;
    let rest = api.rest();
    let first = rest.send(say(&rest, channel(1), "a").unwrap()).await.unwrap_err();
    assert_eq!(first.status(), Some(401));
    for number in 0..50 {
        let error = rest.send(say(&rest, channel(number), "b").unwrap()).await.unwrap_err();
        assert!(matches!(error, RestError::TokenRefused { .. }), "{error}");
    }
    assert_eq!(api.seen().len(), 1);
}

#[tokio::test]
async fn an_expired_call_is_never_sent() {
    let api = Api::start(|_| Reply::ok()).await;
    let rest = api.rest();
    let call = say(&rest, channel(1), "a").unwrap().deadline(SystemClock.now() - Duration::from_secs(1));
    assert_eq!(rest.send(call).await, Err(RestError::Expired));
    assert_eq!((api.seen().len(), rest.stats().expired), (0, 1));
}

#[tokio::test]
async fn a_message_that_does_not_say_whom_it_pings_is_never_sent() {
    let api = Api::start(|_| Reply::ok()).await;
    let rest = api.rest();
    let route = Route::CreateMessage { channel_id: channel(1).get() };
    let request = Request::builder(&route).body(br#"{"content":"@everyone"}"#.to_vec()).build().unwrap();
    assert_eq!(rest.send(Call::new(request, Priority::Command)).await, Err(RestError::MentionsMissing));
    let mut response = InteractionResponse {
        kind: InteractionResponseType::ChannelMessageWithSource,
        data: Some(twilight_model::http::interaction::InteractionResponseData::default()),
    };
    let bare = interactions::callback(&rest, interaction(), "token", &response, None).await;
    assert_eq!(bare, Err(RestError::MentionsMissing));
    assert!(api.seen().is_empty());

    response.data.as_mut().unwrap().allowed_mentions = Some(guildhall_discord::rest::mentions::none());
    interactions::callback(&rest, interaction(), "token", &response, None).await.unwrap();
    // Messages made with the builder ping nobody by default.
    let builder = rest.builder().interaction(twilight_model::id::Id::new(application().get()));
    let follow_up =
        Call::build(builder.create_followup("token").content("@everyone"), Priority::Command).unwrap();
    rest.send(follow_up).await.unwrap();
    assert_eq!(api.seen()[1].body["allowed_mentions"]["parse"], serde_json::json!([]));
}

#[tokio::test]
async fn draining_answers_what_is_on_the_wire_and_abandons_what_waits() {
    let api = Api::start(|_| Reply::limited("user", 60)).await;
    let rest = api.rest();
    let held = tokio::spawn({
        let rest = rest.clone();
        async move { rest.send(say(&rest, channel(1), "a")?).await }
    });
    while rest.stats().rate_limited == 0 {
        tokio::task::yield_now().await;
    }
    rest.drain(SystemClock.now() + Duration::from_millis(50)).await;
    assert_eq!(held.await.unwrap(), Err(RestError::Stopping));
    assert_eq!(rest.send(say(&rest, channel(2), "b").unwrap()).await, Err(RestError::Stopping));
    assert_eq!(api.seen().len(), 1);
}

#[tokio::test]
async fn draining_an_idle_sender_ends_at_once() {
    let api = Api::start(|_| Reply::ok()).await;
    let rest = api.rest();
    rest.send(say(&rest, channel(1), "a").unwrap()).await.unwrap();
    let drained = rest.drain(SystemClock.now() + Duration::from_hours(1));
    tokio::time::timeout(Duration::from_secs(30), drained).await.unwrap();
}
