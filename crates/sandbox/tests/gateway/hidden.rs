//! Who does not see a channel hears nothing of what happens in it.

use guildhall_sandbox::{example, permissions::Permissions};
use serde_json::{Value, json};

use crate::client::Client;
use crate::{channel, sandbox, say};

/// All intents but presences.
const INTENTS: u64 = 0b11_0011_0001_1111_1110_1111_1111;

/// Tells what the bot heard until something is said in a channel that it sees.
async fn heard(hidden: bool) -> Vec<String> {
    let sandbox = sandbox().await;
    let (secret, open) = (
        channel(&sandbox, example::BOOK_CLUB, "general"),
        sandbox.engine().read(|world| {
            let guild = world.guild(example::MAKERS).expect("an example guild");
            guild
                .channels
                .iter()
                .find(|c| c.kind.has_messages() && !c.kind.is_voice())
                .expect("a text channel")
                .id
        }),
    );
    sandbox.engine().apply(|world, _| {
        let guild = world.guild_mut(example::BOOK_CLUB).expect("an example guild");
        let roles = guild.member(example::APPLICATION).expect("the bot").roles.clone();
        for role in &mut guild.roles {
            let own = roles.contains(&role.id);
            let all = Permissions::ALL.without(Permissions::ADMINISTRATOR | Permissions::VIEW_CHANNEL);
            let view = if hidden { Permissions::NONE } else { Permissions::VIEW_CHANNEL };
            role.permissions = if own { all | view } else { Permissions::NONE };
        }
        ((), Vec::new())
    });
    let mut bot = Client::connect(&sandbox, "").await;
    bot.identify(example::BOT_TOKEN, INTENTS, json!({})).await;
    // Another test may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let api = reqwest::Client::builder().build().expect("a client without TLS needs");
    let as_ada = async |method: &str, path: &str, body: Value| -> Value {
        let url = format!("http://{}/control/as/{}/api{path}", sandbox.addr(), example::ADA);
        let request = api.request(method.parse().expect("a method"), url).json(&body);
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{method} {path}: {}", answer.status());
        answer.json().await.unwrap_or(Value::Null)
    };
    let messages = format!("/channels/{secret}/messages");
    let message = as_ada("POST", &messages, json!({ "content": "between us" })).await;
    let one = format!("{messages}/{}", message["id"].as_str().expect("an id"));
    as_ada("PATCH", &one, json!({ "content": "still" })).await;
    as_ada("PUT", &format!("{one}/reactions/%F0%9F%91%8D/@me"), json!({})).await;
    as_ada("DELETE", &format!("{one}/reactions/%F0%9F%91%8D/@me"), json!({})).await;
    as_ada("PUT", &one.replace("/messages/", "/messages/pins/"), json!({})).await;
    as_ada("POST", &format!("/channels/{secret}/typing"), json!({})).await;
    as_ada("POST", &format!("{one}/threads"), json!({ "name": "aside" })).await;
    as_ada("POST", &format!("/channels/{secret}/invites"), json!({})).await;
    as_ada("POST", &format!("/channels/{secret}/webhooks"), json!({ "name": "x" })).await;
    as_ada("DELETE", &one, json!({})).await;
    say(&sandbox, open, "the end");
    let (mut names, secret) = (Vec::new(), secret.to_string());
    loop {
        let payload = bot.payload().await;
        let name = payload["t"].as_str().unwrap_or_default();
        if name == "MESSAGE_CREATE" && payload["d"]["content"] == "the end" {
            break;
        }
        let about = [&payload["d"]["channel_id"], &payload["d"]["parent_id"]];
        if about.iter().any(|id| **id == secret) {
            names.push(name.to_owned());
        }
    }
    sandbox.shutdown().await;
    names
}

#[tokio::test]
async fn a_hidden_channel_is_silent() {
    let open = heard(false).await;
    for name in [
        "MESSAGE_CREATE",
        "MESSAGE_UPDATE",
        "MESSAGE_REACTION_ADD",
        "MESSAGE_REACTION_REMOVE",
        "CHANNEL_PINS_UPDATE",
        "TYPING_START",
        "THREAD_CREATE",
        "INVITE_CREATE",
        "WEBHOOKS_UPDATE",
        "MESSAGE_DELETE",
    ] {
        assert!(open.iter().any(|heard| heard == name), "{name} was not heard: {open:?}");
    }
    assert_eq!(heard(true).await, Vec::<String>::new());
}
