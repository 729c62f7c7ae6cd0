//! The bare twilight client: one gateway shard that parses every event, and an answer to `/ping`. No cache,
//! no durability, no checks: the least that a bot on this library does.

use anyhow::{Context as _, Result};
use twilight_gateway::{ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _};
use twilight_http::Client;
use twilight_model::{
    application::interaction::InteractionData,
    channel::message::AllowedMentions,
    http::interaction::{InteractionResponse, InteractionResponseData, InteractionResponseType},
};

use crate::cli::PeerArgs;

pub(crate) async fn run(args: &PeerArgs) -> Result<()> {
    let host = args.rest_url.split("://").nth(1).and_then(|rest| rest.split('/').next());
    let host = host.context("`--rest-url` is not an address")?.to_owned();
    #[expect(clippy::disallowed_methods, reason = "the peer sends by itself: that is what is measured")]
    let http = Client::builder().token(args.token.clone()).proxy(host, true).ratelimiter(None).build();
    let application = http.current_user_application().await?.model().await?.id;
    let ping = http.interaction(application).create_global_command().chat_input("ping", "Ping").await?;
    ping.model().await?;

    let shards = (0..args.shards).map(|number| {
        let config = ConfigBuilder::new(args.token.clone(), Intents::GUILDS | Intents::GUILD_MESSAGES)
            .proxy_url(args.gateway_url.clone())
            .build();
        Shard::with_config(ShardId::new(number, args.shards), config)
    });
    let run = shards.map(|shard| answer(shard, &http, application));
    futures::future::join_all(run).await;
    Ok(())
}

async fn answer(
    mut shard: Shard,
    http: &Client,
    application: twilight_model::id::Id<twilight_model::id::marker::ApplicationMarker>,
) {
    while let Some(event) = shard.next_event(EventTypeFlags::all()).await {
        let Ok(Event::InteractionCreate(interaction)) = event else { continue };
        let Some(InteractionData::ApplicationCommand(_)) = &interaction.data else { continue };
        let response = InteractionResponse {
            kind: InteractionResponseType::ChannelMessageWithSource,
            data: Some(InteractionResponseData {
                content: Some("Pong".to_owned()),
                allowed_mentions: Some(AllowedMentions::default()),
                ..InteractionResponseData::default()
            }),
        };
        let client = http.interaction(application);
        // Not awaited together with the next event in a real bot; one at a time keeps the peer lean.
        let _answered = client.create_response(interaction.id, &interaction.token, &response).await;
    }
}
