//! A small whole bot on twilight, for tests of what people do: it greets, counts presses, and asks by a form.

use std::sync::Once;

use guildhall_sandbox::{Bot, Sandbox};
use serde_json::json;
use tokio::task::JoinHandle;
use twilight_gateway::{ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _};
use twilight_http::Client;
use twilight_model::{
    application::interaction::{Interaction, InteractionData},
    gateway::payload::incoming::MessageCreate,
    http::interaction::InteractionResponse,
};

/// Starts it; dropping the handle's sandbox ends its connection, aborting the handle ends it.
#[expect(clippy::disallowed_methods, reason = "a bot of its own, not Guildhall's sender")]
pub(crate) fn start(sandbox: &Sandbox, bot: &Bot) -> JoinHandle<()> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test of this binary may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let http = Client::builder().token(bot.token.clone()).proxy(sandbox.addr().to_string(), true).build();
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let config = ConfigBuilder::new(bot.token.clone(), intents).proxy_url(sandbox.gateway_url()).build();
    let shard = Shard::with_config(ShardId::ONE, config);
    tokio::spawn(run(shard, http))
}

async fn run(mut shard: Shard, http: Client) {
    let application = http.current_user_application().await.unwrap().model().await.unwrap().id;
    let text = json!({ "type": 3, "name": "text", "description": "What", "required": true });
    let commands = json!([
        { "name": "echo", "type": 1, "version": "1", "description": "Says it again", "options": [text] },
        { "name": "form", "type": 1, "version": "1", "description": "Asks by a form" },
    ]);
    let commands: Vec<twilight_model::application::command::Command> =
        serde_json::from_value(commands).unwrap();
    http.interaction(application).set_global_commands(&commands).await.unwrap();
    while let Some(event) = shard.next_event(EventTypeFlags::all()).await {
        match event {
            Ok(Event::MessageCreate(message)) if message.content == "hello" => greet(&http, &message).await,
            Ok(Event::InteractionCreate(interaction)) => {
                let Some(answer) = answer(&interaction) else { continue };
                let answer: InteractionResponse = serde_json::from_value(answer).unwrap();
                let client = http.interaction(application);
                client.create_response(interaction.id, &interaction.token, &answer).await.unwrap();
            }
            _ => {}
        }
    }
}

async fn greet(http: &Client, message: &MessageCreate) {
    let again = json!({ "type": 1, "components": [
        { "type": 2, "style": 1, "label": "Again", "custom_id": "again" },
    ] });
    let row = serde_json::from_value(again).unwrap();
    let text = format!("Hello, {}", message.author.name);
    http.create_message(message.channel_id).content(&text).components(&[row]).await.unwrap();
}

fn answer(interaction: &Interaction) -> Option<serde_json::Value> {
    Some(match interaction.data.as_ref()? {
        InteractionData::ApplicationCommand(command) if command.name == "echo" => {
            let text = serde_json::to_value(&command.options).ok()?[0]["value"].clone();
            json!({ "type": 4, "data": { "content": text, "flags": 64 } })
        }
        InteractionData::ApplicationCommand(_) => json!({ "type": 9, "data": {
            "custom_id": "wish", "title": "A wish", "components": [{ "type": 1, "components": [
                { "type": 4, "custom_id": "what", "style": 1, "label": "What", "required": true },
            ] }],
        } }),
        InteractionData::MessageComponent(_) => json!({ "type": 7, "data": { "content": "Hello again" } }),
        InteractionData::ModalSubmit(modal) => {
            let sent = serde_json::to_value(&modal.components).ok()?;
            let wish = &sent[0]["components"][0]["value"];
            json!({ "type": 4, "data": { "content": format!("You wish for {}", wish.as_str()?) } })
        }
        _ => return None,
    })
}
