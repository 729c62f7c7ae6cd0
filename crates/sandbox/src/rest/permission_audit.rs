//! Every route that takes a guild or a channel, tried by a bot that lacks what the documentation asks for,
//! and by one that has nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{catalogue::shape, router};
use crate::model::{Sound, Sticker};
use crate::permissions::Permissions;
use crate::snowflake::Id;
use crate::{Engine, Limits, Options, control, example};

const GUILD: Id = example::BOOK_CLUB;

const BOT: Id = example::APPLICATION;

/// One line of the table.
struct Line {
    method: &'static str,
    path: &'static str,
    /// Each set is enough by itself; none when nothing is needed.
    needs: Vec<Permissions>,
    skipped: bool,
    body: &'static str,
}

fn named(name: &str) -> Permissions {
    let found = Permissions::NAMES.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("there is no permission {name}")).1
}

fn lines() -> Vec<Line> {
    let text = include_str!("permission_audit/table.txt");
    let rows = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.map(|line| {
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (method, path, needs, body) = (word(), word(), word(), word());
        let skipped = needs == "skip";
        let sets = needs.split('/').filter(|_| needs != "-" && !skipped);
        let set = |set: &str| set.split('+').map(named).fold(Permissions::NONE, |all, one| all | one);
        Line { method, path, needs: sets.map(set).collect(), skipped, body }
    })
    .collect()
}

/// An example world in which the bot has these permissions and no others.
struct Site {
    app: Router,
    engine: Arc<Engine>,
    names: BTreeMap<&'static str, String>,
}

impl Site {
    async fn new(permissions: Permissions) -> Self {
        let wide = u32::MAX;
        let limits = Limits {
            bucket_requests: wide,
            global_requests: wide,
            invalid_requests: wide,
            ..Limits::default()
        };
        let engine = Engine::new(&Options { limits, ..Options::default() });
        engine.set_gateway_url("ws://127.0.0.1:1".to_owned());
        let face = super::face(Arc::clone(&engine));
        let app = router(Arc::clone(&face)).nest("/control", control::router(face));
        let mut site = Self { app, engine, names: BTreeMap::new() };
        site.furnish().await;
        site.allow(permissions);
        site
    }

    /// Everything that the table names, made by the owner.
    async fn furnish(&mut self) {
        let general = self.engine.read(|world| {
            let guild = world.guild(GUILD).expect("an example guild");
            guild.channels.iter().find(|channel| channel.name == "general").expect("a known name").id
        });
        self.name("guild", GUILD);
        self.name("channel", general);
        self.name("user", example::GRACE);
        self.names.insert("token", "none".to_owned());
        let settings = json!({ "features": ["COMMUNITY", "MEMBER_VERIFICATION_GATE_ENABLED", "MEMBER_VERIFICATION_MANUAL_APPROVAL"] });
        self.call("PUT", &format!("/control/guilds/{GUILD}/settings"), &settings.to_string(), None).await;
        for (name, kind) in [("news", 5), ("forum", 15), ("voice", 2), ("stage", 13), ("open", 13)] {
            self.make(name, "/guilds/{guild}/channels", json!({ "name": name, "type": kind })).await;
        }
        for (name, path) in [("message", "{channel}"), ("other", "{channel}"), ("newsmessage", "{news}")] {
            self.make(name, &format!("/channels/{path}/messages"), json!({ "content": "x" })).await;
        }
        self.make("thread", "/channels/{channel}/threads", json!({ "name": "t", "type": 11 })).await;
        let stage = json!({ "channel_id": self.names["open"], "topic": "x" });
        self.make("stageinstance", "/stage-instances", stage).await;
        self.make("role", "/guilds/{guild}/roles", json!({ "name": "low" })).await;
        for name in ["rule", "event", "emoji"] {
            let part = match name {
                "rule" => "auto-moderation/rules",
                "event" => "scheduled-events",
                _ => "emojis",
            };
            let path = format!("/guilds/{{guild}}/{part}");
            let line = lines().into_iter().find(|line| line.method == "POST" && line.path == path);
            let body = serde_json::from_str(line.expect("a line that makes it").body).expect("JSON");
            self.make(name, &path, body).await;
        }
        let (sticker, sound, integration) = self.engine.apply(|world, now| {
            let made = |name: &str| name.to_owned();
            let sticker = Sticker { name: made("s"), user_id: example::ADA, ..Sticker::default() };
            let sound =
                Sound { name: made("s"), user_id: example::ADA, guild_id: Some(GUILD), ..Sound::default() };
            let sticker = world.create_sticker(GUILD, sticker, now).expect("a sticker").0;
            let sound = world.create_sound(GUILD, sound, now).expect("a sound").0;
            let integration = world.guild(GUILD).expect("a guild").integration_id(BOT);
            ((sticker, sound, integration), Vec::new())
        });
        self.name("sticker", sticker);
        self.name("sound", sound);
        self.name("integration", integration);
    }

    fn name(&mut self, name: &'static str, id: Id) {
        self.names.insert(name, id.to_string());
    }

    async fn make(&mut self, name: &'static str, path: &str, body: Value) {
        let path = format!("/control/as/{}/api{path}", example::ADA);
        let (status, made) = self.call("POST", &path, &body.to_string(), None).await;
        assert!((200..300).contains(&status), "{name}: {made}");
        self.names.insert(name, made["id"].as_str().expect("an id").to_owned());
    }

    /// The bot may do this and nothing else, in the whole guild; everyone may look.
    fn allow(&self, permissions: Permissions) {
        self.engine.apply(|world, _| {
            let guild = world.guild_mut(GUILD).expect("an example guild");
            let roles = guild.member(BOT).expect("the bot").roles.clone();
            for role in &mut guild.roles {
                let others = permissions & VIEW;
                role.permissions = if roles.contains(&role.id) { permissions } else { others };
            }
            guild.channels.iter_mut().for_each(|channel| channel.overwrites.clear());
            ((), Vec::new())
        });
    }

    fn fill(&self, text: &str) -> String {
        let fill = |text: String, (name, id): (&&str, &String)| text.replace(&format!("{{{name}}}"), id);
        self.names.iter().fold(text.to_owned(), fill)
    }

    async fn call(&self, method: &str, path: &str, body: &str, token: Option<&str>) -> (u16, Value) {
        let mut request =
            Request::builder().method(method).uri(self.fill(path)).header(header::HOST, "127.0.0.1:1");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bot {token}"));
        }
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Body::from(self.fill(body))).expect("a request");
        let answer = self.app.clone().oneshot(request).await.expect("routers do not fail");
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn bot(&self, line: &Line) -> (u16, Value) {
        self.call(line.method, &format!("/api/v10{}", line.path), line.body, Some(example::BOT_TOKEN)).await
    }
}

fn refused((status, body): &(u16, Value)) -> bool {
    *status == 403 && [50001, 50013].iter().any(|code| body["code"] == *code)
}

const VIEW: Permissions = Permissions::VIEW_CHANNEL;

/// Everything but administration, and but these.
fn all_but(missing: Permissions) -> Permissions {
    Permissions::ALL.without(missing | Permissions::ADMINISTRATOR)
}

#[tokio::test]
async fn what_the_documentation_asks_for_is_needed_and_is_enough() {
    let mut wrong = Vec::new();
    for line in lines().iter().filter(|line| !line.skipped) {
        let route = format!("{} {}", line.method, line.path);
        let enough: Vec<Permissions> = if line.needs.is_empty() { vec![VIEW] } else { line.needs.clone() };
        for set in enough {
            let got = Site::new(set | VIEW).await.bot(line).await;
            if refused(&got) {
                wrong.push(format!("{route}: refused with {set:?}: {}", got.1));
            }
        }
        // One missing of each set, as many at once as there are sets.
        let mut lacks: Vec<Permissions> = Vec::new();
        for set in &line.needs {
            let bits = (0..64).map(|bit| Permissions(1 << bit)).filter(|bit| set.contains(*bit));
            lacks.extend(
                bits.map(|bit| {
                    line.needs.iter().filter(|other| *other != set).fold(bit, |all, one| all | *one)
                }),
            );
        }
        for missing in lacks {
            let got = Site::new(all_but(missing)).await.bot(line).await;
            if !refused(&got) {
                wrong.push(format!("{route}: not refused without {missing:?}: {} {}", got.0, got.1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn who_does_not_see_a_channel_or_is_not_in_a_server_reaches_nothing() {
    let open = ["/guilds/templates/x", "/guilds/{guild}/widget.json", "/guilds/{guild}/widget.png"];
    let hidden = Site::new(all_but(VIEW)).await;
    let outside = Site::new(all_but(Permissions::NONE)).await;
    outside.engine.try_apply(|world, _| world.remove_member(GUILD, BOT)).expect("the bot was there");
    let mut wrong = Vec::new();
    for line in lines().iter().filter(|line| !line.skipped && !open.contains(&line.path)) {
        let route = format!("{} {}", line.method, line.path);
        // Reactions have a narrow limit of their own.
        for site in [&hidden, &outside] {
            site.call("POST", "/control/limits", "{}", None).await;
        }
        if line.path.starts_with("/channels") {
            let got = hidden.bot(line).await;
            if !refused(&got) {
                wrong.push(format!("{route}: a hidden channel answers {} {}", got.0, got.1));
            }
        }
        let got = outside.bot(line).await;
        if got.0 != 404 && got.0 != 403 {
            wrong.push(format!("{route}: a stranger is answered {} {}", got.0, got.1));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_route_with_a_guild_or_a_channel_is_in_the_table() {
    let key = |path: &str| {
        let path = path.split('?').next().unwrap_or(path);
        shape(path)
    };
    let routes = super::resources::table();
    let live = routes.list().filter(|route| {
        let first = route.path.split('/').nth(1).unwrap_or_default();
        route.refused.is_none() && ["guilds", "channels", "stage-instances"].contains(&first)
    });
    let live: BTreeSet<(String, String)> =
        live.map(|route| (route.method.to_string(), key(route.path))).collect();
    let find = |line: &Line| {
        let method = line.method.parse().expect("a method");
        let path = line.path.split('?').next().unwrap_or(line.path);
        match routes.find(&method, path) {
            super::routes::Found::Route(route, _) => Some((line.method.to_owned(), key(route.path))),
            _ => None,
        }
    };
    let listed: BTreeSet<(String, String)> = lines().iter().filter_map(find).collect();
    let unlisted: Vec<_> = live.difference(&listed).collect();
    assert!(unlisted.is_empty(), "not in the table of permissions: {unlisted:?}");
}
