//! The sender against the sandbox with the limits it enforces.

use std::{sync::Arc, time::Duration};

use guildhall_core::{
    clock::SystemClock,
    id::{ChannelId, GuildId},
    random::SystemRandom,
    secret::SecretString,
};
use guildhall_discord::rest::{Portion, Priority, Rest, RestOptions, guilds, messages};
use guildhall_sandbox::{
    Options, Sandbox,
    engine::{Counter, FaultKind, FaultRule},
    example,
};
use twilight_model::channel::ChannelType;

async fn start() -> (Sandbox, Rest) {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let rest = sender(&sandbox);
    (sandbox, rest)
}

fn sender(sandbox: &Sandbox) -> Rest {
    let options =
        RestOptions { base: sandbox.rest_url(), ..RestOptions::new(SecretString::from(example::BOT_TOKEN)) };
    Rest::new(options, Arc::new(SystemClock), Arc::new(SystemRandom::new())).unwrap()
}

async fn text_channel(rest: &Rest, guild: u64) -> ChannelId {
    let channels = guilds::channels(rest, GuildId::new(guild).unwrap(), Priority::Command).await.unwrap();
    let text = channels.into_iter().find(|channel| channel.kind == ChannelType::GuildText).unwrap();
    ChannelId::from(text.id.into_nonzero())
}

fn requests(sandbox: &Sandbox) -> u64 {
    sandbox.engine().counters().get(Counter::RestRequests, None)
}

fn limited(sandbox: &Sandbox) -> u64 {
    sandbox.engine().counters().get(Counter::Rest429, None)
}

#[tokio::test]
async fn one_call_that_meets_the_global_limit_makes_two_requests() {
    let (sandbox, rest) = start().await;
    let channel = text_channel(&rest, example::BOOK_CLUB).await;
    let before = requests(&sandbox);
    sandbox.engine().add_fault(FaultRule::from(FaultKind::Global429 { retry_after: 1.0 }).times(1)).unwrap();
    let draft = messages::Draft::text("hello");
    let message = messages::create(&rest, channel, &draft, Some("n-1"), Priority::Command).await.unwrap();
    assert_eq!(message.content, "hello");
    assert_eq!((requests(&sandbox) - before, limited(&sandbox)), (2, 1));
}

#[tokio::test]
async fn failures_and_a_block_post_a_message_once() {
    let (sandbox, rest) = start().await;
    let channel = text_channel(&rest, example::MAKERS).await;
    let before = rest.stats().sent;
    let engine = sandbox.engine();
    engine.add_fault(FaultRule::from(FaultKind::ServerError { status: 502, page: false }).times(1)).unwrap();
    engine.add_fault(FaultRule::from(FaultKind::EdgeBlock { retry_after: 1.0 }).times(1)).unwrap();
    let draft = messages::Draft::text("only once");
    messages::create(&rest, channel, &draft, Some("n-1"), Priority::Event).await.unwrap();
    assert_eq!(rest.stats().sent - before, 3);
    assert!(engine.faults().list().is_empty(), "both faults were met");
    let all = messages::list(&rest, channel, None, 100, Priority::Command).await.unwrap();
    assert_eq!(all.iter().filter(|message| message.content == "only once").count(), 1);
}

#[tokio::test]
async fn a_burst_over_many_routes_meets_no_limit() {
    let (sandbox, rest) = start().await;
    let mut calls = Vec::new();
    for guild in [example::BOOK_CLUB, example::MAKERS, example::GAMES] {
        let channel = text_channel(&rest, guild).await;
        let guild = GuildId::new(guild).unwrap();
        for number in 0..7 {
            let rest = rest.clone();
            calls.push(tokio::spawn(async move {
                let draft = messages::Draft::text(format!("message {number}"));
                let nonce = format!("burst-{number}");
                messages::create(&rest, channel, &draft, Some(&nonce), Priority::Event).await?;
                guilds::get(&rest, guild, Priority::Background).await?;
                guilds::roles(&rest, guild, Priority::Interaction).await?;
                guilds::channel(&rest, channel, Priority::Command).await.map(drop)
            }));
        }
    }
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(requests(&sandbox), 3 + 21 * 4);
    assert_eq!(limited(&sandbox), 0);
    assert_eq!(rest.stats().invalid_requests, 0);
}

/// Two processes that write into the same channels, each with its part of the limits and no word between them.
#[tokio::test]
async fn two_senders_at_the_same_channels_are_hardly_refused() {
    let (sandbox, rest) = start().await;
    let (second, third) = (sender(&sandbox), sender(&sandbox));
    for rest in [&second, &third] {
        let holds = Duration::from_hours(1);
        rest.keep_to(Portion { per_second: 24, processes: 2, refused_elsewhere: 0, pooled: false, holds });
    }
    let mut calls = Vec::new();
    for guild in [example::BOOK_CLUB, example::MAKERS, example::GAMES] {
        let channel = text_channel(&rest, guild).await;
        for (name, rest) in [("one", &second), ("other", &third)] {
            for number in 0..6 {
                let rest = rest.clone();
                calls.push(tokio::spawn(async move {
                    let nonce = format!("{name}-{number}");
                    let draft = messages::Draft::text(nonce.clone());
                    messages::create(&rest, channel, &draft, Some(&nonce), Priority::Event).await
                }));
            }
        }
    }
    let sent = calls.len();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    // One for each channel while the two find one another, at the most.
    assert!(limited(&sandbox) <= 3, "{} of {sent}", limited(&sandbox));
    assert!(second.stats().contended + third.stats().contended >= 3);
    assert_eq!(second.stats().per_second, 24);
}
