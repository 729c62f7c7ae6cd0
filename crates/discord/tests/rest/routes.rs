//! Token and user agent, the gateway's address, commands.

use std::sync::{Arc, Mutex};

use axum::http::Method;
use guildhall_discord::rest::{GatewayInfo, commands, interactions, mentions};
use twilight_model::{
    application::command::Command, channel::message::MessageFlags, http::interaction::InteractionResponseData,
};

use crate::{
    application, channel, say,
    server::{Api, Reply},
};

#[tokio::test]
async fn requests_carry_token_and_user_agent_and_interaction_routes_no_token() {
    let api = Api::start(|_| Reply::ok()).await;
    let rest = api.rest();
    rest.send(say(&rest, channel(1), "a").unwrap()).await.unwrap();
    let data = InteractionResponseData {
        content: Some("hello".to_owned()),
        flags: Some(MessageFlags::EPHEMERAL),
        allowed_mentions: Some(mentions::none()),
        ..InteractionResponseData::default()
    };
    // The made-up server answers no message.
    assert!(interactions::follow_up(&rest, application(), "tok", &data).await.is_err());
    assert!(interactions::edit_original(&rest, application(), "tok", &data).await.is_err());
    let seen = api.seen();
    assert_eq!(seen[0].headers["authorization"], "Bot test.token");
    assert!(seen[0].headers["user-agent"].to_str().unwrap().starts_with("DiscordBot ("));
    assert_eq!(seen[0].headers["content-type"], "application/json");
    assert_eq!(seen[1].path, format!("webhooks/{}/tok", application()));
    assert_eq!((seen[1].body["content"].as_str(), seen[1].body["flags"].as_u64()), (Some("hello"), Some(64)));
    assert_eq!(seen[2].path, format!("webhooks/{}/tok/messages/@original", application()));
    assert!(seen[1..].iter().all(|seen| !seen.headers.contains_key("authorization")));
}

#[tokio::test]
async fn the_gateway_is_asked_for() {
    let api = Api::start(|_| {
        let limit =
            serde_json::json!({"total": 1_000, "remaining": 999, "reset_after": 1, "max_concurrency": 1});
        let body = serde_json::json!({"url": "wss://gateway", "shards": 3, "session_start_limit": limit});
        Reply::Json(200, Vec::new(), body)
    })
    .await;
    let info = GatewayInfo::fetch(&api.rest()).await.unwrap();
    assert_eq!(
        (info.url.as_str(), info.shards, info.session_start_limit.remaining),
        ("wss://gateway", 3, 999)
    );
    assert_eq!(api.seen()[0].path, "gateway/bot");
}

#[tokio::test]
async fn commands_are_written_only_when_they_differ() {
    let registered = Arc::new(Mutex::new(serde_json::json!([])));
    let api = Api::start(move |seen| {
        let mut registered = registered.lock().unwrap();
        if seen.method == Method::PUT {
            *registered = seen.body.clone();
        }
        Reply::Json(200, Vec::new(), registered.clone())
    })
    .await;
    let rest = api.rest();
    let command: Command = serde_json::from_value(serde_json::json!({
        "name": "ping", "description": "Answers", "type": 1, "version": "1", "default_member_permissions": null,
    }))
    .unwrap();
    let wanted = [command];
    let first = commands::overwrite_global(&rest, application(), &wanted).await.unwrap();
    let second = commands::overwrite_global(&rest, application(), &wanted).await.unwrap();
    assert_eq!((first, second), (commands::Registration::Written, commands::Registration::Unchanged));
    let methods: Vec<Method> = api.seen().into_iter().map(|seen| seen.method).collect();
    assert_eq!(methods, [Method::GET, Method::PUT, Method::GET]);
}
