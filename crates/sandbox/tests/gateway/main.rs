//! The gateway as a raw websocket client sees it.

mod client;
mod commands;
mod etf;
mod faults;
mod hidden;
mod hostile;
mod identify;
mod limits;
mod resume;
mod routing;
mod rules;
mod threads;

use client::Client;
use guildhall_sandbox::{Limits, Options, Sandbox, example, model::Message, snowflake::Id, world::Dispatch};
use serde_json::json;

/// Guilds, guild messages and message content.
const INTENTS: u64 = 1 | 1 << 9 | 1 << 15;

/// A sandbox with the example world in which identifies need not wait for each other.
async fn sandbox() -> Sandbox {
    sandbox_with(|_| {}).await
}

/// The same with other numbers.
async fn sandbox_with(change: impl FnOnce(&mut Limits)) -> Sandbox {
    let mut limits = Limits { identify_window: 0, ..Limits::default() };
    change(&mut limits);
    Sandbox::start(Options { limits, ..Options::default() }).await.unwrap()
}

/// A channel of an example server.
fn channel(sandbox: &Sandbox, guild_id: Id, name: &str) -> Id {
    sandbox.engine().read(|world| {
        let guild = world.guild(guild_id).unwrap();
        guild.channels.iter().find(|channel| channel.name == name).unwrap().id
    })
}

/// Writes a message as Ada.
fn say(sandbox: &Sandbox, channel_id: Id, content: &str) {
    let message =
        Message { channel_id, author_id: example::ADA, content: content.to_owned(), ..Message::default() };
    sandbox.engine().try_apply(|world, now| world.create_message(message, now)).unwrap();
}

/// A client that has identified and heard of its guilds.
async fn client(sandbox: &Sandbox, token: &str, intents: u64) -> Client {
    let mut client = Client::connect(sandbox, "v=10").await;
    let ready = client.identify(token, intents, json!({})).await;
    if intents & 1 == 1 {
        for _ in ready["guilds"].as_array().unwrap() {
            client.event("GUILD_CREATE").await;
        }
    }
    client
}

/// Tells an application something by which it is seen that nothing came before.
fn mark(sandbox: &Sandbox, application: Id) {
    sandbox.engine().apply(|_, _| ((), vec![Dispatch::application("MARK", application, None, &json!({}))]));
}

/// Waits until a condition holds, for a bounded time.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("waited in vain until {what}");
}
