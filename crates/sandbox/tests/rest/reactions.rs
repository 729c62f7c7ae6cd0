//! Reactions and pins: how many there may be, and how they are read page by page.

use guildhall_sandbox::{example, model::Message};
use serde_json::{Value, json};

use crate::bot::Bench;

impl Bench {
    /// Messages that someone wrote, without going through a route.
    fn written(&self, count: usize) -> Vec<u64> {
        let channel_id = self.general();
        let one = || Message { channel_id, author_id: example::LINUS, ..Message::default() };
        let engine = self.sandbox.engine();
        let write = |_| engine.try_apply(|world, now| world.create_message(one(), now)).expect("a message");
        (0..count).map(write).collect()
    }
}

#[tokio::test]
async fn a_message_takes_twenty_emojis_from_any_number_of_people() {
    let bench = Bench::with(Bench::wide()).await;
    let (channel, id) = (bench.general(), bench.written(1)[0]);
    let react = |user: u64, emoji: char| {
        let emoji = emoji.to_string();
        let engine = bench.sandbox.engine();
        engine.try_apply(|world, _| world.add_reaction(channel, id, user, None, &emoji)).expect("a reaction");
    };
    let emojis: Vec<char> = ('\u{1f600}'..).take(21).collect();
    for emoji in &emojis[..20] {
        react(example::LINUS, *emoji);
    }
    let own = |emoji: char| format!("/channels/{channel}/messages/{id}/reactions/{emoji}/@me");
    bench.bot("PUT", &own(emojis[20]), Value::Null).await.refused(400, 30_010);
    bench.bot("PUT", &own(emojis[0]), Value::Null).await.good(204);
    react(example::ADA, emojis[0]);
    let message =
        bench.bot("GET", &format!("/channels/{channel}/messages/{id}"), Value::Null).await.good(200);
    let first = &message["reactions"][0];
    assert_eq!((&first["count"], &first["me"], &first["me_burst"]), (&json!(3), &json!(true), &json!(false)));
    assert_eq!(first["count_details"], json!({ "burst": 0, "normal": 3 }));

    let who = async |query: &str| {
        let path = format!("/channels/{channel}/messages/{id}/reactions/{}?{query}", emojis[0]);
        let users = bench.bot("GET", &path, Value::Null).await.good(200);
        let ids = users.as_array().expect("a list").iter().map(|user| user["id"].as_str().expect("an id"));
        ids.map(|id| id.parse::<u64>().expect("a number")).collect::<Vec<u64>>()
    };
    let mut all = [example::LINUS, example::ADA, example::APPLICATION];
    all.sort_unstable();
    assert_eq!(who("limit=2").await, all[..2]);
    // The bucket of reactions holds four in a second.
    bench.control("POST", "/clock/advance", json!({ "ms": 1000 })).await.good(200);
    assert_eq!(who(&format!("limit=2&after={}", all[1])).await, all[2..]);
    assert_eq!(who("type=1").await, [0_u64; 0], "nobody reacts in bursts");
    bench.close().await;
}

#[tokio::test]
async fn a_channel_keeps_250_pins_and_lists_them_in_pages() {
    let bench = Bench::with(Bench::wide()).await;
    let channel = bench.general();
    let ids = bench.written(251);
    bench.sandbox.engine().apply(|world, now| {
        for id in &ids[..250] {
            world.set_pinned(channel, *id, true, now).expect("there is room");
        }
        ((), Vec::new())
    });
    let pins = format!("/channels/{channel}/messages/pins");
    bench.bot("PUT", &format!("{pins}/{}", ids[250]), Value::Null).await.refused(400, 30_003);
    bench.bot("GET", &format!("{pins}?limit=51"), Value::Null).await.refused(400, 50_035);
    let (mut seen, mut query) = (Vec::new(), String::new());
    loop {
        let page = bench.bot("GET", &format!("{pins}{query}"), Value::Null).await.good(200);
        let items = page["items"].as_array().expect("a list");
        seen.extend(items.iter().map(|item| item["message"]["id"].as_str().expect("an id").to_owned()));
        if page["has_more"] == false {
            break;
        }
        let last = items.last().expect("a page")["pinned_at"].as_str().expect("a time");
        query = format!("?before={}", last.replace('+', "%2B"));
    }
    // All of them once, the newest first, even those that were pinned in one moment.
    let newest: Vec<String> = ids[..250].iter().rev().map(u64::to_string).collect();
    assert_eq!(seen, newest);
    let old = bench.bot("GET", &format!("/channels/{channel}/pins"), Value::Null).await.good(200);
    assert_eq!(old.as_array().map(Vec::len), Some(50));
    bench.bot("DELETE", &format!("{pins}/{}", ids[0]), Value::Null).await.good(204);
    bench.bot("PUT", &format!("{pins}/{}", ids[250]), Value::Null).await.good(204);
    bench.close().await;
}
