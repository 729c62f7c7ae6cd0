//! Every kind of option, menus of several values, commands on users and messages, direct messages and
//! hostile names, through the web client and a live discord.js bot.

use guildhall_sandbox::{Sandbox, example};
use guildhall_testkit::browser::Browser;
use guildhall_testkit::control::Control;
use guildhall_testkit::script::Script;
use serde_json::{Value, json};

use crate::answers;
use crate::stage::{BOUND, options};

/// Markup that would show itself as elements, or as an error of the page's policy.
const HOSTILE: &str = "\"'><x-evil></x-evil><img src=x onerror=alert(1)>&amp;";
const EVIL: &str = "x-evil, img[src=x], .message b";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_uses_all_that_a_bot_offers() {
    let sandbox = Sandbox::start(options()).await.unwrap();
    let control = Control::new(sandbox.addr());
    let env = [
        ("SANDBOX_REST", sandbox.rest_url()),
        ("SANDBOX_TOKEN", example::BOT_TOKEN.to_owned()),
        ("SANDBOX_GUILD", example::BOOK_CLUB.to_string()),
        ("HOSTILE", HOSTILE.to_owned()),
    ];
    let mut bot = Script::node("variety.mjs", &env).unwrap_or_else(|error| panic!("{error}"));
    bot.event("ready", BOUND).await.unwrap();
    let mut browser = Browser::start().await.unwrap();
    browser.open(&format!("http://{}/", sandbox.addr())).await.unwrap();
    browser.choose("ada", "Riverside Book Club", "general").await.unwrap();

    every_option(&mut browser).await;
    several_values(&mut browser).await;
    on_what_is_there(&mut browser).await;
    directly(&mut browser).await;
    hostile_names(&control, &mut browser).await;

    assert_eq!(browser.complaints(), Vec::<Value>::new(), "the page met no error and called nobody else");
    browser.finish(BOUND).await.unwrap();
    let errors: Vec<Value> = bot.drain().into_iter().filter(|line| line["event"] == "error").collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert!(bot.finish(BOUND).await.unwrap());
    answers::check(&sandbox);
    sandbox.shutdown().await;
}

/// Values outside their bounds stay in the form; those inside arrive in their types.
async fn every_option(browser: &mut Browser) {
    let values = |count: u32, weight: &str| {
        json!({
            "who": {"type": "lin", "pick": "linus"}, "role": {"type": "Mod", "pick": "Moderator"},
            "where": {"type": "gen", "pick": "general"}, "mention": {"type": "grace", "pick": "grace"},
            "weight": weight, "count": count, "sure": "Yes", "size": HOSTILE, "level": "High",
        })
    };
    browser.command("everything", values(10, "2.75")).await.unwrap();
    let wrong = browser.step("invalid", json!({})).await.unwrap();
    assert_eq!(wrong["fields"], json!(["option-weight", "option-count"]));
    browser.step("click", json!({"testid": "command-cancel"})).await.unwrap();
    browser.command("everything", values(9, "2.25")).await.unwrap();
    let content = "linus | Moderator | general | grace | 2.25 | 9 | true | hostile | 3";
    browser.expect(json!({"content": content, "bot": true})).await.unwrap();
}

/// A menu of several values sends them all, and one of users the users behind them.
async fn several_values(browser: &mut Browser) {
    browser.command("menus", json!({})).await.unwrap();
    let shown = browser.expect(json!({"content": "Choose"})).await.unwrap();
    let this = json!({"id": shown["id"]});
    let too_few = json!({"message": this, "custom_id": "fruit", "labels": ["cherry"]});
    browser.step("pick", too_few).await.unwrap();
    browser.expect(json!({"id": shown["id"], "contains": "Choose 2 to 3."})).await.unwrap();
    let more = json!({"message": this, "custom_id": "fruit", "labels": ["apple"]});
    browser.step("pick", more).await.unwrap();
    browser.expect(json!({"content": "Fruit: apple, cherry"})).await.unwrap();
    let person = json!({"message": this, "custom_id": "people", "labels": ["Linus"]});
    browser.step("pick", person).await.unwrap();
    browser.expect(json!({"content": "People: linus"})).await.unwrap();
}

/// Commands on a message and on its author.
async fn on_what_is_there(browser: &mut Browser) {
    browser.step("write", json!({"text": "quote me"})).await.unwrap();
    let target = browser.expect(json!({"content": "quote me"})).await.unwrap();
    let on = |name: &str| json!({"message": {"id": target["id"]}, "name": name});
    browser.step("context", on("Quote")).await.unwrap();
    let quoted = browser.expect(json!({"content": "ada wrote \"quote me\""})).await.unwrap();
    assert!(quoted["origin"].as_str().unwrap().ends_with("used Quote"), "{quoted}");
    browser.step("context", on("Who is this")).await.unwrap();
    browser.expect(json!({"contains": ", called ada"})).await.unwrap();
    browser.step("context", on("<b>Bold</b>")).await.unwrap();
    browser.expect(json!({"contains": "used <b>Bold</b>"})).await.unwrap();
}

/// A person writes to a bot directly, and finds the conversation again.
async fn directly(browser: &mut Browser) {
    let places = browser.choose("ada", "Direct messages", "Guildhall").await.unwrap();
    assert_eq!(places["channels"], json!(["Guildhall", "Other bot"]));
    browser.step("write", json!({"text": "psst"})).await.unwrap();
    let answer = browser.expect(json!({"content": "You said: psst", "bot": true})).await.unwrap();
    assert_eq!(answer["embeds"][0]["title"], HOSTILE);
    assert_eq!(answer["embeds"][0]["text"].as_str().unwrap().matches("<x-evil>").count(), 6);
    browser.command("hello", json!({})).await.unwrap();
    browser.expect(json!({"content": "Hello ada, between us"})).await.unwrap();
    browser.step("reload", json!({})).await.unwrap();
    browser.expect(json!({"content": "You said: psst"})).await.unwrap();
    assert_eq!(browser.step("count", json!({"selector": EVIL})).await.unwrap()["count"], 0);
}

/// Names that look like markup are shown as they are.
async fn hostile_names(control: &Control, browser: &mut Browser) {
    let name = "<x-evil>name<img src=x>";
    let person = control.post("/users", json!({"username": name, "global_name": name})).await.unwrap();
    let channels = json!(["<x-evil>channel"]);
    let roles = json!([{"name": name}]);
    let guild = json!({"name": HOSTILE, "owner_id": person["id"], "channels": channels, "roles": roles});
    let guild = control.post("/guilds", guild).await.unwrap();
    let application = control.post("/applications", json!({"name": name})).await.unwrap();
    let bots =
        format!("/guilds/{}/bots/{}", guild["id"].as_str().unwrap(), application["id"].as_str().unwrap());
    control.post(&bots, json!({})).await.unwrap();
    browser.step("reload", json!({})).await.unwrap();
    let user = person["id"].as_str().unwrap();
    let channel = guild["channels"][0]["name"].as_str().unwrap();
    browser.choose(user, HOSTILE, channel).await.unwrap();
    let role = guild["roles"].as_array().unwrap().iter().find(|role| role["name"] == name).unwrap();
    let mentions = format!("{HOSTILE} <@{user}> <@&{}>", role["id"].as_str().unwrap());
    browser.step("write", json!({"text": mentions})).await.unwrap();
    let seen = browser.expect(json!({"contains": "<x-evil></x-evil>"})).await.unwrap();
    assert_eq!(seen["author"], name);
    assert_eq!(seen["content"].as_str().unwrap().matches(name).count(), 2, "{seen}");
    browser.step("journal", json!({})).await.unwrap();
    browser.step("click", json!({"testid": "tab-members"})).await.unwrap();
    browser.step("click", json!({"testid": "member", "contains": "x-evil"})).await.unwrap();
    browser.step("see", json!({"testid": "profile-title", "contains": name})).await.unwrap();
    assert_eq!(browser.step("count", json!({"selector": EVIL})).await.unwrap()["count"], 0);
}
