//! The REST face over HTTP: permissions, error bodies, limits, messages, commands, members.

#[path = "support/bot.rs"]
mod bot;

use std::time::Duration;

use bot::{Bench, Got, read};
use guildhall_sandbox::{Limits, example};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Generous; a passing test never waits this long.
const BOUND: Duration = Duration::from_secs(30);

const GUILD: u64 = example::BOOK_CLUB;

impl Bench {
    /// The example world with Discord's limits.
    async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    /// A call whose body is sent as it is.
    async fn raw(&self, path: &str, content_type: &str, body: &str) -> Got {
        let url = format!("{}{path}", self.sandbox.rest_url());
        let request = self.client.post(url).header("authorization", format!("Bot {}", example::BOT_TOKEN));
        read(
            request
                .header("content-type", content_type)
                .body(body.to_owned())
                .send()
                .await
                .expect("an answer"),
        )
        .await
    }

    /// A multipart call.
    async fn upload(&self, path: &str, form: Form) -> Got {
        let url = format!("{}{path}", self.sandbox.rest_url());
        let request = self.client.post(url).header("authorization", format!("Bot {}", example::BOT_TOKEN));
        read(request.multipart(form).send().await.expect("an answer")).await
    }

    /// Any address.
    async fn fetch(&self, url: &str) -> Got {
        read(self.client.get(url).send().await.expect("an answer")).await
    }
}

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn errors_look_like_discords() {
    let bench = Bench::with(Bench::wide()).await;
    let general = bench.general();
    bench.call("GET", "/users/@me", Value::Null, None).await.refused(401, 0);
    bench.call("GET", "/users/@me", Value::Null, Some("Bot nonsense")).await.refused(401, 0);
    bench.call("GET", "/users/@me", Value::Null, Some(example::BOT_TOKEN)).await.refused(401, 0);
    let missing = bench.bot("GET", "/no/such/route", Value::Null).await;
    missing.refused(404, 0);
    assert_eq!(missing.body["message"], "404: Not Found");
    bench.bot("DELETE", "/users/@me", Value::Null).await.refused(405, 0);
    bench.bot("GET", "/channels/5", Value::Null).await.refused(404, 10_003);
    bench.bot("GET", "/guilds/5", Value::Null).await.refused(404, 10_004);
    bench.bot("GET", "/users/5", Value::Null).await.refused(404, 10_013);
    let word = bench.bot("GET", "/channels/general", Value::Null).await;
    word.refused(400, 50_035);
    assert_eq!(word.body["errors"]["channel_id"]["_errors"][0]["code"], "NUMBER_TYPE_COERCE");

    let messages = format!("/channels/{general}/messages");
    bench.raw(&messages, "application/json", "{").await.refused(400, 50_109);
    bench.raw(&messages, "text/plain", "hello").await.refused(400, 50_035);
    bench.bot("POST", &messages, json!({ "content": "  " })).await.refused(400, 50_006);
    let long = bench.bot("POST", &messages, json!({ "embeds": [{ "title": "x".repeat(257) }] })).await;
    long.refused(400, 50_035);
    assert_eq!(
        long.body["errors"]["embeds"]["0"]["title"]["_errors"][0],
        json!({ "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length." })
    );
    let old = bench.fetch(&format!("http://{}/api/v5/gateway", bench.sandbox.addr())).await;
    old.refused(400, 50_041);
    let gateway = bench.call("GET", "/gateway", Value::Null, None).await.good(200);
    assert_eq!(gateway["url"], bench.sandbox.gateway_url());
}

#[tokio::test]
async fn what_a_bot_may_not_do_is_refused() {
    let bench = Bench::with(Bench::wide()).await;
    let owner = example::ADA.to_string();
    let guild =
        bench.control("POST", "/guilds", json!({ "name": "Small", "owner_id": owner, "channels": ["open"] }));
    let guild = guild.await.good(200);
    let guild_id = id(&guild);
    let bots = format!("/guilds/{guild_id}/bots/{}", example::APPLICATION);
    bench.bot("GET", &format!("/guilds/{guild_id}"), Value::Null).await.refused(404, 10_004);
    bench.control("POST", &bots, json!({ "permissions": "0" })).await.good(200);
    bench.bot("GET", &format!("/guilds/{guild_id}"), Value::Null).await.good(200);
    let roles = format!("/guilds/{guild_id}/roles");
    bench.bot("POST", &roles, json!({ "name": "x" })).await.refused(403, 50_013);
    let kick = format!("/guilds/{guild_id}/members/{}", example::ADA);
    bench.bot("DELETE", &kick, Value::Null).await.refused(403, 50_013);
    bench.bot("GET", &format!("/guilds/{guild_id}/bans"), Value::Null).await.refused(403, 50_013);

    let hidden =
        json!({ "name": "hidden", "permission_overwrites": [{ "id": guild_id, "type": 0, "deny": "1024" }] });
    let hidden = id(&bench.control("POST", &format!("/guilds/{guild_id}/channels"), hidden).await.good(200));
    bench.bot("GET", &format!("/channels/{hidden}"), Value::Null).await.refused(403, 50_001);
    let muted =
        json!({ "name": "muted", "permission_overwrites": [{ "id": guild_id, "type": 0, "deny": "2048" }] });
    let muted = id(&bench.control("POST", &format!("/guilds/{guild_id}/channels"), muted).await.good(200));
    let send = format!("/channels/{muted}/messages");
    bench.bot("POST", &send, json!({ "content": "x" })).await.refused(403, 50_013);

    let open = id(&guild["channels"][0]);
    let wrote = bench
        .control("POST", &format!("/as/{owner}/channels/{open}/messages"), json!({ "content": "mine" }))
        .await;
    let theirs = format!("/channels/{open}/messages/{}", id(&wrote.good(200)));
    bench.bot("PATCH", &theirs, json!({ "content": "yours" })).await.refused(403, 50_005);
    bench.bot("DELETE", &theirs, Value::Null).await.refused(403, 50_013);
    let pin = format!("/channels/{open}/messages/pins/{}", theirs.rsplit('/').next().expect("an id"));
    bench.bot("PUT", &pin, Value::Null).await.refused(403, 50_013);
    bench.close().await;
}

#[tokio::test]
async fn a_bucket_is_told_and_kept() {
    let bench = Bench::start().await;
    let path = format!("/channels/{}/messages", bench.general());
    for left in (0..5).rev() {
        let sent = bench.bot("POST", &path, json!({ "content": format!("{left} left") })).await;
        assert_eq!(sent.status, 200);
        assert_eq!(sent.header("x-ratelimit-limit"), Some("5"));
        assert_eq!(sent.header("x-ratelimit-remaining"), Some(left.to_string().as_str()));
        assert!(sent.header("x-ratelimit-scope").is_none());
        assert_eq!(sent.header("x-ratelimit-bucket").map(str::len), Some(32));
    }
    let refused = bench.bot("POST", &path, json!({ "content": "too many" })).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.body["global"], false);
    assert_eq!(refused.header("x-ratelimit-scope"), Some("user"));
    let seconds: u64 = refused.header("retry-after").expect("a header").parse().expect("a whole number");
    let exact = refused.body["retry_after"].as_f64().expect("a number");
    assert!(seconds as f64 >= exact && exact > 0.0);
    assert_eq!(refused.header("via"), Some("1.1 sandbox"));
    let other = format!("/channels/{}/messages", bench.channel(GUILD, "introductions"));
    assert_eq!(bench.bot("POST", &other, json!({ "content": "elsewhere" })).await.status, 200);
    let counters = bench.control("GET", "/counters", Value::Null).await.good(200);
    assert_eq!(counters["rest_429"], 1);
    assert_eq!(counters["applications"][example::APPLICATION.to_string()]["rest_429"], 1);
    bench.close().await;
}

#[tokio::test]
async fn the_global_limit_has_no_bucket() {
    let bench = Bench::with(Limits { global_requests: 3, bucket_requests: 1000, ..Limits::default() }).await;
    let mut refused = None;
    for _ in 0..50 {
        let got = bench.bot("GET", "/users/@me", Value::Null).await;
        if got.status == 429 {
            refused = Some(got);
            break;
        }
    }
    let refused = refused.expect("50 requests do not fit into seconds of 3");
    assert_eq!(refused.body["global"], true);
    assert_eq!(refused.header("x-ratelimit-global"), Some("true"));
    assert_eq!(refused.header("x-ratelimit-scope"), Some("global"));
    assert!(refused.header("x-ratelimit-bucket").is_none());
    // Interaction routes are exempt.
    let free = bench.bot("POST", "/interactions/5/token/callback", json!({ "type": 5 })).await;
    free.refused(404, 10_062);
    assert!(free.header("x-ratelimit-bucket").is_none());
}

#[tokio::test]
async fn too_many_invalid_requests_end_in_a_block() {
    let bench = Bench::with(Limits { invalid_requests: 3, ..Bench::wide() }).await;
    for _ in 0..3 {
        bench.call("GET", "/users/@me", Value::Null, Some("Bot wrong")).await.refused(401, 0);
    }
    let blocked = bench.bot("GET", "/users/@me", Value::Null).await;
    assert_eq!(blocked.status, 429);
    assert!(blocked.header("via").is_none());
    assert!(blocked.body.is_null() && blocked.text.contains("rate limited"));
}

#[tokio::test]
async fn faults_are_played_as_often_as_asked() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/channels/{}/messages", bench.general());
    let fault = json!({ "kind": "route_429", "method": "POST", "route": "/channels/{channel_id}/messages",
        "scope": "shared", "retry_after": 0.5, "count": 1 });
    bench.control("POST", "/faults", fault).await.good(200);
    let shared = bench.bot("POST", &path, json!({ "content": "x" })).await;
    assert_eq!((shared.status, shared.header("x-ratelimit-scope")), (429, Some("shared")));
    assert_eq!(shared.body["message"], "The resource is being rate limited.");
    bench.bot("POST", &path, json!({ "content": "x" })).await.good(200);
    bench
        .control("POST", "/faults", json!({ "kind": "server_error", "status": 503, "count": 2 }))
        .await
        .good(200);
    for _ in 0..2 {
        assert_eq!(bench.bot("GET", "/users/@me", Value::Null).await.status, 503);
    }
    bench.bot("GET", "/users/@me", Value::Null).await.good(200);
    bench
        .control("POST", "/faults", json!({ "kind": "global_429", "retry_after": 5, "for_ms": 60_000 }))
        .await
        .good(200);
    let global = bench.bot("GET", "/users/@me", Value::Null).await;
    assert_eq!((global.status, global.header("retry-after")), (429, Some("5")));
    bench.control("DELETE", "/faults", Value::Null).await.good(200);
    bench.bot("GET", "/users/@me", Value::Null).await.good(200);
    let unbounded = bench.control("POST", "/faults", json!({ "kind": "global_429" })).await;
    assert_eq!(unbounded.status, 400);
}

#[tokio::test]
async fn a_lost_answer_has_taken_effect() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/channels/{}/messages", bench.general());
    let fault = json!({ "kind": "answer_lost", "method": "POST", "route": "/channels/{channel_id}/messages",
        "count": 2 });
    bench.control("POST", "/faults", fault).await.good(200);
    bench.bot("GET", &path, Value::Null).await.good(200);
    let body = json!({ "content": "once", "nonce": "row-18", "enforce_nonce": true });
    // The raw socket shows that not even a status line comes.
    let addr = bench.sandbox.addr();
    let text = body.to_string();
    let request = format!(
        "POST /api/v10{path} HTTP/1.1\r\nhost: {addr}\r\nauthorization: Bot {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{text}",
        example::BOT_TOKEN,
        text.len()
    );
    let mut socket = TcpStream::connect(addr).await.expect("a connection");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(BOUND, socket.read_to_end(&mut answer)).await.expect("an end");
    assert_eq!((ended.unwrap_or(0), answer), (0, Vec::new()));
    // A retry loses its answer as well, and the next finds what the first has made.
    let url = format!("{}{path}", bench.sandbox.rest_url());
    let retry = bench.client.post(url).header("authorization", format!("Bot {}", example::BOT_TOKEN));
    assert!(retry.json(&body).send().await.is_err());
    let kept = bench.bot("POST", &path, body).await.good(200);
    let all = bench.bot("GET", &path, Value::Null).await.good(200);
    assert_eq!(all.as_array().map(Vec::len), Some(1));
    assert_eq!(all[0]["id"], kept["id"]);
    let entries = bench.control("GET", "/journal?kind=rest", Value::Null).await.good(200).to_string();
    assert_eq!(entries.matches("\"answer_lost\":true").count(), 2, "{entries}");
    bench.close().await;
}

#[tokio::test]
async fn a_repeated_nonce_gives_the_earlier_message() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/channels/{}/messages", bench.general());
    let body = json!({ "content": "once", "nonce": "row-17", "enforce_nonce": true });
    let first = bench.bot("POST", &path, body.clone()).await.good(200);
    let again = bench.bot("POST", &path, body).await.good(200);
    assert_eq!(first["id"], again["id"]);
    assert_eq!(first["nonce"], "row-17");
    let loose = bench.bot("POST", &path, json!({ "content": "once", "nonce": "row-17" })).await.good(200);
    assert_ne!(first["id"], loose["id"], "without enforce_nonce nothing is looked up");
    let all = bench.bot("GET", &path, Value::Null).await.good(200);
    assert_eq!(all.as_array().map(Vec::len), Some(2));
    bench.close().await;
}

#[tokio::test]
async fn messages_are_written_edited_paged_and_removed() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/channels/{}/messages", bench.general());
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(id(&bench.bot("POST", &path, json!({ "content": format!("line {n}") })).await.good(200)));
    }
    let page = async |query: String| bench.bot("GET", &(path.clone() + &query), Value::Null).await.good(200);
    let contents = |page: &Value| -> Vec<String> {
        page.as_array()
            .expect("a list")
            .iter()
            .map(|m| m["content"].as_str().expect("text").to_owned())
            .collect()
    };
    assert_eq!(contents(&page("?limit=2".to_owned()).await), ["line 4", "line 3"]);
    assert_eq!(contents(&page(format!("?limit=2&before={}", ids[3])).await), ["line 2", "line 1"]);
    assert_eq!(contents(&page(format!("?limit=2&after={}", ids[1])).await), ["line 3", "line 2"]);
    assert_eq!(contents(&page(format!("?limit=3&around={}", ids[2])).await), ["line 3", "line 2", "line 1"]);
    bench.bot("GET", &format!("{path}?limit=101"), Value::Null).await.refused(400, 50_035);

    let one = format!("{path}/{}", ids[0]);
    let edited = bench.bot("PATCH", &one, json!({ "content": "line zero" })).await.good(200);
    assert_eq!(edited["content"], "line zero");
    assert!(edited["edited_timestamp"].is_string());
    assert_eq!(bench.bot("DELETE", &one, Value::Null).await.status, 204);
    bench.bot("GET", &one, Value::Null).await.refused(404, 10_008);

    let bulk = format!("{path}/bulk-delete");
    bench.bot("POST", &bulk, json!({ "messages": [ids[1]] })).await.refused(400, 50_016);
    bench.bot("POST", &bulk, json!({ "messages": [ids[1], ids[1]] })).await.refused(400, 50_035);
    bench
        .bot("POST", &bulk, json!({ "messages": ["175928847299117063", ids[1]] }))
        .await
        .refused(400, 50_034);
    let gone = bench.bot("POST", &bulk, json!({ "messages": [ids[1], ids[2]] })).await;
    assert_eq!(gone.status, 204);
    assert_eq!(contents(&page(String::new()).await), ["line 4", "line 3"]);
    bench.close().await;
}

#[tokio::test]
async fn replies_pins_and_reactions() {
    let bench = Bench::with(Bench::wide()).await;
    let channel = bench.general();
    let path = format!("/channels/{channel}/messages");
    let wrote = bench
        .control("POST", &format!("/as/{}{path}", example::LINUS), json!({ "content": "question" }))
        .await;
    let asked = id(&wrote.good(200));
    let body = json!({ "content": "answer", "message_reference": { "message_id": asked } });
    let reply = bench.bot("POST", &path, body).await.good(200);
    assert_eq!(reply["type"], 19);
    assert_eq!(reply["referenced_message"]["content"], "question");
    assert_eq!(reply["mentions"][0]["id"], example::LINUS.to_string());
    let body = json!({ "content": "x", "message_reference": { "message_id": "5" } });
    bench.bot("POST", &path, body).await.refused(400, 50_035);

    assert_eq!(
        bench.bot("PUT", &format!("/channels/{channel}/messages/pins/{asked}"), Value::Null).await.status,
        204
    );
    let pins = bench.bot("GET", &format!("/channels/{channel}/messages/pins"), Value::Null).await.good(200);
    assert_eq!(pins["items"][0]["message"]["id"], asked);
    assert_eq!(pins["has_more"], false);
    let old = bench.bot("GET", &format!("/channels/{channel}/pins"), Value::Null).await.good(200);
    assert_eq!(old[0]["pinned"], true);
    assert_eq!(
        bench.bot("DELETE", &format!("/channels/{channel}/pins/{asked}"), Value::Null).await.status,
        204
    );

    let emoji = format!("{path}/{asked}/reactions/%F0%9F%91%8D");
    assert_eq!(bench.bot("PUT", &format!("{emoji}/@me"), Value::Null).await.status, 204);
    let shown = bench.bot("GET", &format!("{path}/{asked}"), Value::Null).await.good(200);
    assert_eq!(shown["reactions"][0]["count"], 1);
    assert_eq!(shown["reactions"][0]["me"], true);
    let users = bench.bot("GET", &emoji, Value::Null).await.good(200);
    assert_eq!(users[0]["id"], example::APPLICATION.to_string());
    bench.bot("PUT", &format!("{path}/{asked}/reactions/word/@me"), Value::Null).await.refused(400, 10_014);
    assert_eq!(bench.bot("DELETE", &format!("{path}/{asked}/reactions"), Value::Null).await.status, 204);
    bench.close().await;
}

#[tokio::test]
async fn mentions_are_what_the_sender_allows() {
    let bench = Bench::with(Bench::wide()).await;
    let path = format!("/channels/{}/messages", bench.general());
    let text = format!("<@{}> <@{}> @everyone", example::ADA, example::LINUS);
    let plain = bench.bot("POST", &path, json!({ "content": text })).await.good(200);
    assert_eq!(plain["mentions"].as_array().map(Vec::len), Some(2));
    assert_eq!(plain["mention_everyone"], false, "the bot lacks MENTION_EVERYONE");
    let silent = json!({ "content": text, "allowed_mentions": { "parse": [] } });
    assert_eq!(bench.bot("POST", &path, silent).await.good(200)["mentions"], json!([]));
    let one = json!({ "content": text, "allowed_mentions": { "users": [example::ADA.to_string()] } });
    let one = bench.bot("POST", &path, one).await.good(200);
    assert_eq!(one["mentions"][0]["username"], "ada");
    assert_eq!(one["mentions"].as_array().map(Vec::len), Some(1));
    let loud =
        bench.control("POST", &format!("/as/{}{path}", example::ADA), json!({ "content": text })).await;
    assert_eq!(loud.good(200)["mention_everyone"], true, "the owner may");
    bench.close().await;
}

#[tokio::test]
async fn files_come_by_multipart_and_are_served() {
    let bench = Bench::with(Limits { attachment_bytes: 100, ..Bench::wide() }).await;
    let path = format!("/channels/{}/messages", bench.general());
    let part = |text: &str| Part::bytes(text.as_bytes().to_vec()).file_name("notes.txt");
    let payload = json!({ "content": "see", "attachments": [{ "id": 0, "description": "what was said" }],
        "embeds": [{ "image": { "url": "attachment://notes.txt" } }] });
    let form = Form::new().text("payload_json", payload.to_string()).part("files[0]", part("hello"));
    let sent = bench.upload(&path, form).await.good(200);
    let file = &sent["attachments"][0];
    assert_eq!((&file["filename"], &file["size"]), (&json!("notes.txt"), &json!(5)));
    assert_eq!(file["description"], "what was said");
    assert_eq!(sent["embeds"][0]["image"]["url"], file["url"]);
    let served = bench.fetch(file["url"].as_str().expect("an address")).await;
    assert_eq!((served.status, served.text.as_str()), (200, "hello"));
    assert_eq!(served.header("content-disposition"), Some("attachment"));
    let big = Form::new().part("files[0]", part(&"x".repeat(101)));
    bench.upload(&path, big).await.refused(413, 50_045);
    let kept =
        bench.bot("PATCH", &format!("{path}/{}", id(&sent)), json!({ "attachments": [] })).await.good(200);
    assert_eq!(kept["attachments"], json!([]));
    bench.close().await;
}

#[tokio::test]
async fn commands_are_upserted_overwritten_and_counted() {
    let bench = Bench::with(Limits { command_creates: 3, ..Bench::wide() }).await;
    // The commands' own pace is not what is looked at here.
    let app = format!("/applications/{}", example::APPLICATION);
    let all = format!("{app}/commands");
    let ping = json!({ "name": "ping", "description": "Is it there" });
    let made = bench.bot("POST", &all, ping.clone()).await.good(201);
    assert_eq!(made["default_member_permissions"], Value::Null);
    let same = bench.bot("POST", &all, ping.clone()).await.good(200);
    assert_eq!(made["id"], same["id"]);
    assert_ne!(made["version"], same["version"]);
    let guild = format!("{app}/guilds/{GUILD}/commands");
    let both = json!([ping, { "name": "Profile", "type": 2 }]);
    let put = bench.bot("PUT", &guild, both).await.good(200);
    assert_eq!(put.as_array().map(Vec::len), Some(2));
    assert_eq!(put[0]["guild_id"], GUILD.to_string());
    assert_eq!(bench.bot("GET", &guild, Value::Null).await.good(200).as_array().map(Vec::len), Some(2));
    let one = format!("{all}/{}", id(&made));
    let patched = bench.bot("PATCH", &one, json!({ "description": "Still there" })).await.good(200);
    assert_eq!((&patched["name"], &patched["description"]), (&json!("ping"), &json!("Still there")));
    assert_eq!(bench.bot("DELETE", &one, Value::Null).await.status, 204);
    bench.bot("GET", &one, Value::Null).await.refused(404, 10_063);
    let bad = bench.bot("POST", &all, json!({ "name": "Bad Name", "description": "" })).await;
    bad.refused(400, 50_035);
    assert!(bad.body["errors"]["name"].is_object() && bad.body["errors"]["description"].is_object());
    let other = format!("/applications/{}/commands", example::OTHER_APPLICATION);
    bench.bot("GET", &other, Value::Null).await.refused(403, 20_012);
    let permissions = format!("{guild}/{}/permissions", id(&put[0]));
    bench.bot("GET", &permissions, Value::Null).await.refused(404, 10_066);
    bench.bot("PUT", &permissions, json!({ "permissions": [] })).await.refused(403, 20_001);
    // A third new name still fits into the guild's day, a fourth does not.
    bench.bot("PUT", &guild, json!([{ "name": "three", "description": "d" }])).await.good(200);
    bench.bot("PUT", &guild, json!([{ "name": "four", "description": "d" }])).await.refused(429, 30_034);
    bench.close().await;
}

#[tokio::test]
async fn roles_members_and_bans_keep_the_hierarchy() {
    let bench = Bench::with(Bench::wide()).await;
    let roles = format!("/guilds/{GUILD}/roles");
    let made = bench.bot("POST", &roles, json!({ "name": "Reader", "color": 255 })).await.good(200);
    assert_eq!((&made["name"], &made["colors"]["primary_color"]), (&json!("Reader"), &json!(255)));
    bench.bot("POST", &roles, json!({ "permissions": "8" })).await.refused(403, 50_013);
    let linus = format!("/guilds/{GUILD}/members/{}", example::LINUS);
    assert_eq!(bench.bot("PUT", &format!("{linus}/roles/{}", id(&made)), Value::Null).await.status, 204);
    let member = bench.bot("GET", &linus, Value::Null).await.good(200);
    assert!(member["roles"].as_array().is_some_and(|r| r.contains(&made["id"])));
    let own_role = bench.sandbox.engine().read(|world| {
        let guild = world.guild(GUILD).expect("the guild");
        guild.top_role(example::APPLICATION).expect("the bot's role").id
    });
    bench.bot("PUT", &format!("{linus}/roles/{own_role}"), Value::Null).await.refused(403, 50_013);

    let until = "2999-01-01T00:00:00Z";
    let far = bench.bot("PATCH", &linus, json!({ "communication_disabled_until": until })).await;
    far.refused(400, 50_035);
    let ada = format!("/guilds/{GUILD}/members/{}", example::ADA);
    bench.bot("DELETE", &ada, Value::Null).await.refused(403, 50_013);
    let list = bench.bot("GET", &format!("/guilds/{GUILD}/members?limit=1000"), Value::Null).await.good(200);
    assert_eq!(list.as_array().map(Vec::len), Some(6));
    let found =
        bench.bot("GET", &format!("/guilds/{GUILD}/members/search?query=LIN"), Value::Null).await.good(200);
    assert_eq!(found[0]["user"]["username"], "linus");

    let ban = format!("/guilds/{GUILD}/bans/{}", example::LINUS);
    assert_eq!(bench.bot("PUT", &ban, json!({})).await.status, 204);
    assert_eq!(bench.bot("GET", &ban, Value::Null).await.good(200)["user"]["username"], "linus");
    bench.bot("GET", &linus, Value::Null).await.refused(404, 10_007);
    assert_eq!(bench.bot("DELETE", &ban, Value::Null).await.status, 204);
    bench.bot("GET", &ban, Value::Null).await.refused(404, 10_026);
    let nick = bench
        .bot("PATCH", &format!("/guilds/{GUILD}/members/@me"), json!({ "nick": "Hall" }))
        .await
        .good(200);
    assert_eq!(nick["nick"], "Hall");
    bench.close().await;
}

#[tokio::test]
async fn channels_and_overwrites() {
    let bench = Bench::with(Bench::wide()).await;
    let all = format!("/guilds/{GUILD}/channels");
    let made = bench.bot("POST", &all, json!({ "name": "Quiet Corner", "topic": "Shh" })).await.good(201);
    assert_eq!(made["name"], "quiet-corner");
    let one = format!("/channels/{}", id(&made));
    let edited = bench.bot("PATCH", &one, json!({ "topic": null, "rate_limit_per_user": 5 })).await.good(200);
    assert_eq!((&edited["topic"], &edited["rate_limit_per_user"]), (&Value::Null, &json!(5)));
    let overwrite = format!("{one}/permissions/{}", example::LINUS);
    let body = json!({ "type": 1, "allow": "0", "deny": "2048" });
    assert_eq!(bench.bot("PUT", &overwrite, body).await.status, 204);
    let theirs = format!("/as/{}{one}/messages", example::LINUS);
    assert_eq!(bench.control("POST", &theirs, json!({ "content": "may I" })).await.status, 403);
    assert_eq!(bench.bot("DELETE", &overwrite, Value::Null).await.status, 204);
    bench.bot("DELETE", &overwrite, Value::Null).await.refused(404, 10_009);
    let grant = json!({ "type": 1, "allow": "8", "deny": "0" });
    bench.bot("PUT", &overwrite, grant).await.refused(403, 50_013);
    assert_eq!(bench.bot("POST", &format!("{one}/typing"), Value::Null).await.status, 204);
    let invite = bench.bot("POST", &format!("{one}/invites"), json!({})).await.good(200);
    let code = invite["code"].as_str().expect("a code");
    let shown = bench.call("GET", &format!("/invites/{code}"), Value::Null, None).await.good(200);
    assert_eq!(shown["guild"]["name"], "Riverside Book Club");
    bench.bot("DELETE", &one, Value::Null).await.good(200);
    bench.bot("GET", &one, Value::Null).await.refused(404, 10_003);
    bench.close().await;
}

#[tokio::test]
async fn direct_messages_need_a_shared_server() {
    let bench = Bench::with(Bench::wide()).await;
    let linus = json!({ "recipient_id": example::LINUS.to_string() });
    let dm = bench.bot("POST", "/users/@me/channels", linus.clone()).await.good(200);
    assert_eq!((&dm["type"], &dm["recipients"][0]["username"]), (&json!(1), &json!("linus")));
    assert_eq!(bench.bot("POST", "/users/@me/channels", linus).await.good(200)["id"], dm["id"]);
    let messages = format!("/channels/{}/messages", id(&dm));
    bench.bot("POST", &messages, json!({ "content": "hello" })).await.good(200);
    let seen =
        bench.control("GET", &format!("/as/{}{messages}", example::LINUS), Value::Null).await.good(200);
    assert_eq!(seen[0]["content"], "hello");
    let stranger = bench.control("POST", "/users", json!({ "username": "stranger" })).await.good(200);
    let dm =
        bench.bot("POST", "/users/@me/channels", json!({ "recipient_id": stranger["id"] })).await.good(200);
    let messages = format!("/channels/{}/messages", id(&dm));
    bench.bot("POST", &messages, json!({ "content": "hello" })).await.refused(403, 50_278);
    bench.close().await;
}

#[tokio::test]
async fn everything_is_in_the_journal() {
    let bench = Bench::with(Bench::wide()).await;
    bench.bot("GET", "/users/@me", Value::Null).await.good(200);
    let found = bench.control("GET", "/journal?kind=rest", Value::Null).await.good(200);
    let entry = &found["entries"][0];
    assert_eq!((&entry["label"], &entry["status"]), (&json!("GET /api/v10/users/@me"), &json!(200)));
    assert_eq!(entry["application_id"], example::APPLICATION.to_string());
    let after = found["last"].as_u64().expect("a number");
    let late = bench
        .control("GET", &format!("/journal/wait?after={after}&kind=rest&timeout_ms=1"), Value::Null)
        .await;
    assert_eq!(late.status, 408);
    let next = format!("/journal/wait?after={after}&contains=gateway&timeout_ms=30000");
    let (waited, _) =
        tokio::join!(bench.control("GET", &next, Value::Null), bench.bot("GET", "/gateway/bot", Value::Null));
    assert_eq!(waited.good(200)["entries"][0]["status"], 200);
    bench.close().await;
}

#[tokio::test]
async fn other_sites_cannot_use_the_control_interface() {
    let bench = Bench::start().await;
    let evil = [("origin", "https://evil.example")];
    let user = json!({ "username": "mallory" });
    assert_eq!(bench.control_from("POST", "/users", user.clone(), &evil).await.status, 403);
    let rebound = [("host", "evil.example")];
    assert_eq!(bench.control_from("GET", "/state", Value::Null, &rebound).await.status, 403);
    let own = format!("http://{}", bench.sandbox.addr());
    assert_eq!(bench.control_from("POST", "/users", user, &[("origin", &own)]).await.status, 200);
}
