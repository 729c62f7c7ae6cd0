//! Who may use which command where: overwrites, contexts, applications that people install for themselves.

use guildhall_sandbox::example::{ADA, APPLICATION, BOOK_CLUB, GRACE, LINUS, MARGARET};
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{Play, command, says};

/// The overwrites of a command, set by a person as their client does.
async fn set(play: &Play, user: u64, target: &str, list: Value) -> crate::bot::Got {
    let path =
        format!("/as/{user}/api/applications/{APPLICATION}/guilds/{BOOK_CLUB}/commands/{target}/permissions");
    play.bench.control("PUT", &path, json!({ "permissions": list })).await
}

async fn tries(play: &mut Play, user: u64) -> u16 {
    let got = play.act(user, command("ping", &json!([]))).await;
    got.status
}

async fn ping_id(play: &Play) -> String {
    let path = format!("/applications/{APPLICATION}/guilds/{BOOK_CLUB}/commands");
    let all = play.bench.bot("GET", &path, Value::Null).await.good(200);
    let ping = all.as_array().expect("a list").iter().find(|c| c["name"] == "ping").expect("registered");
    ping["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn overwrites_decide_in_their_order() {
    let mut play = Play::start(Bench::wide()).await;
    let ping = ping_id(&play).await;
    let (everyone, nowhere) = (BOOK_CLUB.to_string(), (BOOK_CLUB - 1).to_string());
    let linus = LINUS.to_string();
    let one =
        |id: &str, kind: u8, permission: bool| json!({ "id": id, "type": kind, "permission": permission });
    assert_eq!(
        set(&play, LINUS, &ping, json!([])).await.status,
        403,
        "only who manages the guild and its roles"
    );

    set(&play, ADA, &ping, json!([one(&everyone, 1, false), one(&linus, 2, true)])).await.good(200);
    assert_eq!((tries(&mut play, LINUS).await, tries(&mut play, MARGARET).await), (200, 403));
    assert_eq!(tries(&mut play, ADA).await, 200, "nobody binds the owner");
    let channel = play.channel.to_string();
    set(&play, ADA, &ping, json!([one(&nowhere, 3, false), one(&channel, 3, true)])).await.good(200);
    assert_eq!(tries(&mut play, MARGARET).await, 200, "the channel's own overwrite wins over that for all");
    set(&play, ADA, &ping, json!([one(&channel, 3, false)])).await.good(200);
    assert_eq!(tries(&mut play, MARGARET).await, 403);
    set(&play, ADA, &ping, json!([])).await.good(200);
    // What is set for the application as a whole counts where the command says nothing.
    let whole = APPLICATION.to_string();
    set(&play, ADA, &whole, json!([one(&linus, 2, false)])).await.good(200);
    assert_eq!((tries(&mut play, LINUS).await, tries(&mut play, MARGARET).await), (403, 200));
    let base = format!("/applications/{APPLICATION}/guilds/{BOOK_CLUB}/commands");
    let listed = play.bench.bot("GET", &format!("{base}/permissions"), Value::Null).await.good(200);
    assert_eq!(listed[0]["id"], whole);
    play.bench
        .bot("PUT", &format!("{base}/{ping}/permissions"), json!({ "permissions": [] }))
        .await
        .refused(403, 20_001);
    assert_eq!(set(&play, ADA, &ping, json!([one("5", 1, true)])).await.status, 404, "no such role");
    let many: Vec<Value> = (1..=101).map(|n| one(&n.to_string(), 2, true)).collect();
    assert_eq!(set(&play, ADA, &ping, json!(many)).await.status, 400);
    play.bench.close().await;
}

/// A command for people, an application installed by Linus, and its bot gone from the guild.
async fn outside(bench_limits: guildhall_sandbox::Limits) -> Play {
    let play = Play::start(bench_limits).await;
    let path = format!("/applications/{APPLICATION}/commands");
    let body = json!({ "name": "mine", "description": "d", "integration_types": [1], "contexts": [0, 1, 2] });
    play.bench.bot("POST", &path, body).await.good(201);
    let ask = json!({ "client_id": APPLICATION.to_string(), "scope": "applications.commands", "integration_type": "1" });
    play.bench.control("POST", &format!("/as/{LINUS}/authorize"), ask).await.good(200);
    play.bench
        .control("DELETE", &format!("/guilds/{BOOK_CLUB}/bots/{APPLICATION}"), Value::Null)
        .await
        .good(200);
    play
}

#[tokio::test]
async fn what_a_person_installed_follows_them_and_nobody_else() {
    let mut play = outside(Bench::wide()).await;
    assert_eq!(play.act(GRACE, command("mine", &json!([]))).await.status, 403);
    assert_eq!(tries(&mut play, LINUS).await, 403, "the guild's own commands went with the bot");
    let sent = play.run(LINUS, "mine", json!([])).await;
    assert_eq!(sent.payload["authorizing_integration_owners"], json!({ "1": LINUS.to_string() }));
    assert_eq!(
        (&sent.payload["context"], &sent.payload["guild_id"]),
        (&json!(0), &json!(BOOK_CLUB.to_string()))
    );
    play.bench.call("POST", &sent.callback(), says("here"), None).await.good(204);
    for n in 0..5 {
        let more = json!({ "content": n.to_string() });
        play.bench.call("POST", &sent.webhook(""), more, None).await.good(200);
    }
    // A webhook takes five messages in two seconds.
    play.bench.control("POST", "/clock/advance", json!({ "ms": 2_001 })).await.good(200);
    play.bench.call("POST", &sent.webhook(""), json!({ "content": "6" }), None).await.refused(400, 40_094);

    let dm = play
        .bench
        .control("POST", &format!("/as/{LINUS}/dms"), json!({ "recipient_id": GRACE.to_string() }))
        .await;
    play.channel = dm.good(200)["id"].as_str().expect("an id").parse().expect("a number");
    let sent = play.run(LINUS, "mine", json!([])).await;
    assert_eq!(sent.payload["context"], 2, "a private channel without the bot");
    assert!(sent.payload.get("guild_id").is_none());
    play.bench.close().await;
}

#[tokio::test]
async fn without_external_apps_answers_are_for_the_person_alone() {
    let mut play = outside(Bench::wide()).await;
    let permissions = play.bench.sandbox.engine().read(|world| {
        world.guild(BOOK_CLUB).expect("known").role(BOOK_CLUB).expect("everyone").permissions.0 & !(1 << 50)
    });
    let path = format!("/as/{ADA}/api/guilds/{BOOK_CLUB}/roles/{BOOK_CLUB}");
    let edit = json!({ "permissions": permissions.to_string() });
    play.bench.control("PATCH", &path, edit).await.good(200);
    let sent = play.run(LINUS, "mine", json!([])).await;
    play.bench.call("POST", &sent.callback(), says("psst"), None).await.good(204);
    assert_eq!(play.seen_by(LINUS).await[0]["flags"], 64);
    assert!(play.seen_by(GRACE).await.is_empty());
    play.bench.close().await;
}

#[tokio::test]
async fn commands_for_adults_stay_in_their_channels_and_lists_speak_the_persons_language() {
    let mut play = Play::start(Bench::wide()).await;
    let base = format!("/applications/{APPLICATION}/guilds/{BOOK_CLUB}/commands");
    let body = json!({ "name": "late", "description": "d", "nsfw": true,
        "name_localizations": { "de": "spät", "en-GB": "late-uk" } });
    play.bench.bot("POST", &base, body).await.good(201);
    assert_eq!(play.act(LINUS, command("late", &json!([]))).await.status, 403);
    let path = format!("/as/{ADA}/api/channels/{}", play.channel);
    play.bench.control("PATCH", &path, json!({ "nsfw": true })).await.good(200);
    assert_eq!(play.act(LINUS, command("late", &json!([]))).await.status, 200);
    let offered = format!("/as/{LINUS}/channels/{}/commands", play.channel);
    let offered = play.bench.control("GET", &offered, Value::Null).await.good(200);
    let late = offered.as_array().expect("a list").iter().find(|c| c["name"] == "late").expect("offered");
    assert_eq!(late["name_localized"], "late-uk", "English falls back to the other English");
    play.bench.close().await;
}

#[tokio::test]
async fn an_outdated_global_command_is_refused_until_it_is_read_anew() {
    let mut play = Play::start(Bench::wide()).await;
    let commands = format!("/applications/{APPLICATION}/commands");
    let body = |text: &str| json!({ "name": "tell", "description": text });
    let first = play.bench.bot("POST", &commands, body("one")).await.good(201);
    let second = play.bench.bot("POST", &commands, body("two")).await.good(200);
    let run = |version: &Value, name: &str| json!({ "command": { "application_id": APPLICATION.to_string(), "name": name, "version": version } });
    let refused = play.act(LINUS, run(&first["version"], "tell")).await;
    assert_eq!((refused.status, &refused.body["error"]), (404, &json!("this command is outdated")));
    play.sent(LINUS, run(&second["version"], "tell")).await;
    // Those of a guild are known to clients at once.
    play.sent(LINUS, run(&json!("1"), "ping")).await;
    play.bench.close().await;
}
