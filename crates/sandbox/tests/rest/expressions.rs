//! Emojis, stickers and sounds of a guild.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_sandbox::{Limits, example};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{GUILD, id};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x80\0\0\0\x80\x08\x06\0\0\0";

fn uri(kind: &str, data: &[u8]) -> String {
    format!("data:{kind};base64,{}", STANDARD.encode(data))
}

impl Bench {
    /// Gives the example bot's own role these permissions beside what it has.
    pub(crate) fn grant(&self, permissions: u64) {
        let grant = |world: &mut guildhall_sandbox::world::World, _| {
            let guild = world.guild_mut(GUILD)?;
            for role in &mut guild.roles {
                if role.tags.is_some_and(|tags| tags.bot_id == Some(example::APPLICATION)) {
                    role.permissions.0 |= permissions;
                }
            }
            Ok::<_, guildhall_sandbox::world::WorldError>(((), Vec::new()))
        };
        self.sandbox.engine().try_apply(grant).expect("the guild");
    }

    /// A person's call of one of Discord's routes.
    pub(crate) async fn person(&self, user: u64, method: &str, path: &str, body: Value) -> crate::bot::Got {
        self.control(method, &format!("/as/{user}/api{path}"), body).await
    }
}

const CREATE: u64 = 1 << 43;
const MANAGE: u64 = 1 << 30;

#[tokio::test]
async fn emojis_are_made_served_and_bounded() {
    let bench = Bench::with(Limits { guild_emojis: [2; 4], emoji_bytes: 1024, ..Bench::wide() }).await;
    let all = format!("/guilds/{GUILD}/emojis");
    let body = json!({ "name": "hello_1", "image": uri("image/png", PNG) });
    bench.bot("POST", &all, body.clone()).await.refused(403, 50_013);
    bench.grant(CREATE);
    let made = bench.bot("POST", &all, body.clone()).await.good(201);
    assert_eq!((&made["name"], &made["animated"]), (&json!("hello_1"), &json!(false)));
    assert_eq!(made["user"]["id"], example::APPLICATION.to_string());
    let address = format!("http://{}/emojis/{}.png", bench.sandbox.addr(), id(&made));
    let served = bench.client.get(&address).send().await.expect("an answer");
    assert_eq!(served.headers()["content-type"], "image/png");
    assert_eq!(served.bytes().await.expect("bytes"), PNG);

    for (name, image, field) in [
        ("x", uri("image/png", PNG), "name"),
        ("no spaces", uri("image/png", PNG), "name"),
        ("good", uri("image/png", b"<svg>"), "image"),
        ("good", uri("image/png", &[PNG, &[0; 1024][..]].concat()), "image"),
        ("good", "http://example.org/a.png".to_owned(), "image"),
    ] {
        let refused = bench.bot("POST", &all, json!({ "name": name, "image": image })).await;
        refused.refused(400, 50_035);
        assert!(refused.body["errors"][field].is_object(), "{}", refused.text);
    }
    bench.bot("POST", &all, body.clone()).await.good(201);
    bench.bot("POST", &all, body).await.refused(400, 30_008);
    // Animated ones are counted apart.
    let moving = json!({ "name": "moves", "image": uri("image/gif", b"GIF89a") });
    assert_eq!(bench.bot("POST", &all, moving).await.good(201)["animated"], true);

    // One's own may be changed by who may create; others' need the right to manage.
    let one = format!("{all}/{}", id(&made));
    assert_eq!(bench.bot("PATCH", &one, json!({ "name": "renamed" })).await.good(200)["name"], "renamed");
    let ada = bench
        .person(example::ADA, "POST", &all, json!({ "name": "adas", "image": uri("image/gif", b"GIF87a") }))
        .await;
    let theirs = format!("{all}/{}", id(&ada.good(201)));
    bench.bot("PATCH", &theirs, json!({ "name": "mine" })).await.refused(403, 50_013);
    bench.person(example::LINUS, "DELETE", &theirs, Value::Null).await.refused(403, 50_013);
    bench.grant(MANAGE);
    assert_eq!(bench.bot("DELETE", &theirs, Value::Null).await.status, 204);
    bench.bot("GET", &theirs, Value::Null).await.refused(404, 10_014);
    assert_eq!(bench.bot("GET", &all, Value::Null).await.good(200).as_array().map(Vec::len), Some(3));
    let log = bench.bot("GET", &format!("/guilds/{GUILD}/audit-logs?limit=3"), Value::Null).await.good(200);
    let log = &log["audit_log_entries"];
    assert_eq!((&log[0]["action_type"], &log[1]["action_type"]), (&json!(62), &json!(60)));
    assert_eq!((&log[1]["user_id"], &log[2]["action_type"]), (&json!(example::ADA.to_string()), &json!(61)));
    bench.close().await;
}

fn sticker(name: &str, data: &[u8]) -> Form {
    let file = Part::bytes(data.to_vec()).file_name("a.png");
    Form::new().text("name", name.to_owned()).text("tags", "wave").text("description", "").part("file", file)
}

#[tokio::test]
async fn stickers_are_uploaded_as_files() {
    let bench = Bench::with(Limits { guild_stickers: [1; 4], ..Bench::wide() }).await;
    bench.grant(CREATE);
    let all = format!("/guilds/{GUILD}/stickers");
    bench.upload(&all, sticker("x", PNG)).await.refused(400, 50_035);
    bench.upload(&all, sticker("hello", b"not a picture")).await.refused(400, 50_046);
    bench.upload(&all, sticker("hello", b"{\"layers\":[]}")).await.refused(400, 170_001);
    let mut wide = PNG.to_vec();
    wide[18] = 2;
    bench.upload(&all, sticker("hello", &wide)).await.refused(400, 50_046);
    let made = bench.upload(&all, sticker("hello", PNG)).await.good(201);
    assert_eq!((&made["format_type"], &made["description"]), (&json!(1), &Value::Null));
    bench.upload(&all, sticker("again", PNG)).await.refused(400, 30_039);
    let one = format!("{all}/{}", id(&made));
    let edited = bench.bot("PATCH", &one, json!({ "description": "Says hello" })).await.good(200);
    assert_eq!((&edited["description"], &edited["name"]), (&json!("Says hello"), &json!("hello")));
    let open = bench.bot("GET", &format!("/stickers/{}", id(&made)), Value::Null).await.good(200);
    assert_eq!(open["guild_id"], GUILD.to_string());
    assert_eq!(bench.bot("DELETE", &one, Value::Null).await.status, 204);
    bench.bot("GET", &one, Value::Null).await.refused(404, 10_060);
    let packs = bench.bot("GET", "/sticker-packs", Value::Null).await.good(200);
    let standard = id(&packs["sticker_packs"][0]["stickers"][0]);
    assert_eq!(bench.bot("GET", &format!("/stickers/{standard}"), Value::Null).await.good(200)["type"], 1);
    let pack = format!("/sticker-packs/{}", id(&packs["sticker_packs"][0]));
    bench.bot("GET", &pack, Value::Null).await.good(200);
    bench.bot("GET", "/sticker-packs/5", Value::Null).await.refused(404, 10_061);
    bench.close().await;
}

#[tokio::test]
async fn sounds_are_kept_and_bounded() {
    let bench = Bench::with(Limits { guild_sounds: [1; 4], ..Bench::wide() }).await;
    bench.grant(CREATE);
    let all = format!("/guilds/{GUILD}/soundboard-sounds");
    let sound = uri("audio/ogg", b"OggS-and-so-on");
    let body = json!({ "name": "Yay", "sound": sound, "volume": 0.5, "emoji_name": "\u{1f389}" });
    let made = bench.bot("POST", &all, body.clone()).await.good(201);
    let sound_id = made["sound_id"].as_str().expect("an id").to_owned();
    assert_eq!((&made["volume"], &made["guild_id"]), (&json!(0.5), &json!(GUILD.to_string())));
    bench.bot("POST", &all, body).await.refused(400, 30_045);
    let loud = bench.bot("PATCH", &format!("{all}/{sound_id}"), json!({ "volume": 2 })).await;
    loud.refused(400, 50_035);
    let change = json!({ "volume": 0.25, "emoji_name": null });
    let quiet = bench.bot("PATCH", &format!("{all}/{sound_id}"), change).await.good(200);
    assert_eq!(
        (&quiet["volume"], &quiet["emoji_name"], &quiet["name"]),
        (&json!(0.25), &Value::Null, &json!("Yay"))
    );
    assert_eq!(
        bench.bot("GET", &all, Value::Null).await.good(200)["items"].as_array().map(Vec::len),
        Some(1)
    );
    let served = bench.fetch(&format!("http://{}/soundboard-sounds/{sound_id}", bench.sandbox.addr())).await;
    assert_eq!((served.text.as_str(), served.header("content-type")), ("OggS-and-so-on", Some("audio/ogg")));
    assert_eq!(bench.bot("DELETE", &format!("{all}/{sound_id}"), Value::Null).await.status, 204);
    bench.bot("GET", &format!("{all}/{sound_id}"), Value::Null).await.refused(404, 10_097);
    let own = bench.bot("GET", "/soundboard-default-sounds", Value::Null).await.good(200);
    assert_eq!((&own[0]["name"], &own[0]["sound_id"]), (&json!("quack"), &json!("1")));
    bench.close().await;
}
