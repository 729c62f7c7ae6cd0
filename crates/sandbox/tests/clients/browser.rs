//! The web client in a real browser, with a discord.js bot behind it.

use guildhall_sandbox::{Options, Sandbox, example};
use guildhall_testkit::browser::Browser;
use guildhall_testkit::control::Control;
use serde_json::{Value, json};

use crate::stage::{BOUND, Library, Stage, find, id, start_bot};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_talks_to_a_bot() {
    let mut stage = Stage::open(Library::Node).await;
    let mut browser = Browser::start().await.unwrap();
    let opened = browser.open(&format!("http://{}/", stage.sandbox.addr())).await.unwrap();
    assert_eq!(opened["servers"], json!(["Riverside Book Club", "Maple Street Makers", "Night Shift Games"]));
    assert!(opened["disclaimer"].as_str().unwrap().contains("Not Discord"));
    browser.choose("ada", "Riverside Book Club", "general").await.unwrap();

    written(&mut stage, &mut browser).await;
    formatted(&stage, &mut browser).await;
    commanded(&mut browser).await;
    private(&mut browser).await;
    pressed(&mut browser).await;
    keyboard(&mut browser).await;
    narrow(&mut browser).await;
    paged(&stage, &mut browser).await;
    lost(&mut browser).await;
    journal(&mut browser).await;

    assert_eq!(browser.complaints(), Vec::<Value>::new(), "the page met no error and called nobody else");
    browser.finish(BOUND).await.unwrap();
    stage.close().await;
}

/// Writes, edits, replies and deletes; live changes of others appear by themselves.
async fn written(stage: &mut Stage, browser: &mut Browser) {
    let hostile = "Hello **all** <img src=x onerror=alert(1)>";
    browser.step("write", json!({"text": hostile})).await.unwrap();
    let seen = browser.expect(json!({"contains": "Hello all"})).await.unwrap();
    assert_eq!(seen["content"], "Hello all <img src=x onerror=alert(1)>", "markup stays text");
    let heard = stage.bot.event("message", BOUND).await.unwrap();
    assert_eq!(heard["content"], hostile);
    assert_eq!(seen["tags"], json!(["p", "strong"]));
    let wish = json!({"id": seen["id"]});
    browser.step("edit", json!({"message": wish, "text": "Hello again"})).await.unwrap();
    browser.expect(json!({"id": seen["id"], "content": "Hello again", "edited": true})).await.unwrap();
    stage.control.say(&stage.linus, &stage.channel, "Hi ada").await.unwrap();
    let other = browser.expect(json!({"content": "Hi ada"})).await.unwrap();
    assert_eq!(other["bot"], false);
    browser.step("reply", json!({"to": {"id": other["id"]}, "text": "Hi linus"})).await.unwrap();
    let reply = browser.expect(json!({"content": "Hi linus"})).await.unwrap();
    assert!(reply["origin"].as_str().unwrap().contains("Hi ada"), "{reply}");
    browser.step("delete", json!({"message": {"id": reply["id"]}})).await.unwrap();
}

/// The usual Markdown becomes elements; what only looks like it stays text.
async fn formatted(stage: &Stage, browser: &mut Browser) {
    for (text, shown, tags) in [
        ("*a* `b*c*` ||d||", "a b*c* ", json!(["p", "em", "code", "button", "span"])),
        ("# Title\n- one\n- two", "Title\none\ntwo", json!(["p", "ul", "li", "li"])),
        ("> said\nplain", "said\nplain", json!(["blockquote", "p", "p"])),
        ("```rs\nlet a = *b*;\n```", "let a = *b*;", json!(["pre", "code"])),
        (
            "[site](https://example.org) [no](javascript:alert(1))",
            "site [no](javascript:alert(1))",
            json!(["p", "a"]),
        ),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4", json!(["p"])),
        ("<t:0:R>", "ago", json!(["p", "time"])),
    ] {
        let sent = stage.control.say(&stage.ada, &stage.channel, text).await.unwrap();
        let seen = browser.expect(json!({"id": sent["id"]})).await.unwrap();
        assert_eq!(seen["tags"], tags, "{text}");
        let content = seen["content"].as_str().unwrap().replace("\n\n", "\n");
        assert!(content.contains(shown), "{text} gave {content:?}");
    }
}

/// A slash command with an option and live suggestions, answered with an embed.
async fn commanded(browser: &mut Browser) {
    let ran = browser
        .command("fruit", json!({"name": {"type": "ap", "pick": "Apricot"}, "count": 2}))
        .await
        .unwrap();
    assert_eq!(ran["suggested"]["name"], json!(["Apple", "Apricot"]));
    let answer = browser.expect(json!({"embed": "2 x apricot"})).await.unwrap();
    assert_eq!(answer["bot"], true);
    assert_eq!(answer["embeds"][0]["title"], "Fruit");
}

async fn private(browser: &mut Browser) {
    browser.command("secret", json!({})).await.unwrap();
    let answer = browser.expect(json!({"content": "a secret", "ephemeral": true})).await.unwrap();
    assert!(answer["note"].as_str().unwrap().contains("Only you can see this"));
    browser.step("dismiss", json!({"message": {"id": answer["id"]}})).await.unwrap();
}

/// A button changes its message; another opens a form.
async fn pressed(browser: &mut Browser) {
    browser.command("panel", json!({})).await.unwrap();
    let panel = browser.expect(json!({"embed": "Panel"})).await.unwrap();
    assert_eq!(panel["buttons"], json!(["Greet", "Ask"]));
    let this = json!({"id": panel["id"]});
    browser.step("press", json!({"message": this, "label": "Greet"})).await.unwrap();
    browser.expect(json!({"id": panel["id"], "content": "Greeted by ada"})).await.unwrap();
    browser.step("press", json!({"message": this, "label": "Ask"})).await.unwrap();
    let form = browser.step("fill", json!({"fields": {"name": "Ada L.", "colour": "Red"}})).await.unwrap();
    assert_eq!(form["title"], "Tell me more");
    browser.expect(json!({"content": "Thank you, Ada L. (red)", "ephemeral": true})).await.unwrap();
}

/// The whole way of a command without a mouse.
async fn keyboard(browser: &mut Browser) {
    browser.step("type", json!({"text": "/pin"})).await.unwrap();
    let chosen = browser.step("key", json!({"name": "Enter"})).await.unwrap();
    assert_eq!(chosen["focus"], "command-run", "without options only the button is left");
    let ran = browser.step("key", json!({"name": "Enter"})).await.unwrap();
    assert_eq!(ran["focus"], "composer-input", "writing goes on where it was");
    browser.expect(json!({"content": "pong", "bot": true})).await.unwrap();
    browser.step("type", json!({"text": "/fru"})).await.unwrap();
    browser.step("key", json!({"name": "Enter"})).await.unwrap();
    browser.step("notice", json!({"testid": "option-name-suggestions"})).await.unwrap();
    let left = browser.step("key", json!({"name": "Escape"})).await.unwrap();
    assert_eq!(left["focus"], "option-name", "the first Escape closes the suggestions");
    let left = browser.step("key", json!({"name": "Escape"})).await.unwrap();
    assert_eq!(left["focus"], "composer-input", "the second leaves the form");
}

/// On a narrow screen the places are behind a button.
async fn narrow(browser: &mut Browser) {
    browser.step("size", json!({"width": 400, "height": 760})).await.unwrap();
    browser.step("click", json!({"testid": "menu-toggle"})).await.unwrap();
    let chosen = json!({"server": "Maple Street Makers", "channel": "introductions"});
    browser.step("choose", chosen).await.unwrap();
    browser.step("write", json!({"text": "from a small screen"})).await.unwrap();
    browser.expect(json!({"content": "from a small screen"})).await.unwrap();
    browser.step("size", json!({"width": 1200, "height": 800})).await.unwrap();
    browser.choose("ada", "Riverside Book Club", "general").await.unwrap();
}

/// Long channels are read page by page.
async fn paged(stage: &Stage, browser: &mut Browser) {
    for n in 0..120 {
        stage.control.say(&stage.linus, &stage.channel, &format!("line {n}")).await.unwrap();
    }
    browser.step("reload", json!({})).await.unwrap();
    browser.expect(json!({"content": "line 119"})).await.unwrap();
    let shown = browser.step("messages", json!({})).await.unwrap();
    assert_eq!(shown["messages"].as_array().unwrap().len(), 50);
    let first = browser.step("older", json!({})).await.unwrap();
    assert_eq!(first["count"], 100);
    let second = browser.step("older", json!({})).await.unwrap();
    assert!(second["count"].as_u64() > Some(120), "{second}");
    browser.expect(json!({"content": "line 0"})).await.unwrap();
}

/// A command that nobody answers says so.
async fn lost(browser: &mut Browser) {
    browser.command("silent", json!({})).await.unwrap();
    let notice = browser.step("notice", json!({"testid": "interaction-failed"})).await.unwrap();
    assert!(notice["text"].as_str().unwrap().contains("The application did not respond"));
}

async fn journal(browser: &mut Browser) {
    let found = browser.step("journal", json!({})).await.unwrap();
    assert!(found["entries"].as_u64() > Some(5), "{found}");
}

/// Many servers stay usable: the list is capped, and the filter finds any of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_servers_are_filtered() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let control = Control::new(sandbox.addr());
    let state = control.get("/state").await.unwrap();
    let ada = id(find(&state["users"], "username", "ada"));
    let made = control
        .post(
            "/guilds/bulk",
            json!({"count": 10_000, "channels": 2, "roles": 1, "members": 1, "application_ids": []}),
        )
        .await
        .unwrap();
    assert_eq!(made["count"], 10_000);
    let before = control.get(&format!("/as/{ada}/guilds")).await.unwrap();
    let last = control
        .post("/guilds", json!({"name": "The needle", "owner_id": ada, "channels": ["haystack"]}))
        .await
        .unwrap();
    let mut browser = Browser::start().await.unwrap();
    let opened = browser.open(&format!("http://{}/", sandbox.addr())).await.unwrap();
    let shown = opened["servers"].as_array().unwrap().len();
    assert!(shown <= 101, "{shown} of {} shown", before.as_array().unwrap().len());
    few_nodes(&mut browser).await;
    browser.step("click", json!({"testid": "server-later"})).await.unwrap();
    let note = json!({"testid": "server-earlier"});
    browser.step("click", note).await.unwrap();
    few_nodes(&mut browser).await;
    browser.step("key", json!({"name": "Control+k", "text": "needle"})).await.unwrap();
    let marked = "[data-testid=suggestion][aria-selected=true]";
    let found = json!({"selector": marked, "contains": "The needle"});
    browser.step("see", found).await.unwrap();
    few_nodes(&mut browser).await;
    browser.step("key", json!({"name": "Enter"})).await.unwrap();
    browser.step("see", json!({"testid": "room-title", "contains": "haystack"})).await.unwrap();
    let chosen = browser.choose("ada", "The needle", "haystack").await.unwrap();
    assert_eq!(chosen["channels"], json!(["haystack"]), "{last}");
    browser.step("write", json!({"text": "found"})).await.unwrap();
    browser.expect(json!({"content": "found"})).await.unwrap();
    assert_eq!(browser.complaints(), Vec::<Value>::new());
    browser.finish(BOUND).await.unwrap();
    sandbox.shutdown().await;
}

/// However many servers there are, the page holds a hundred of them.
async fn few_nodes(browser: &mut Browser) {
    let servers = browser.step("count", json!({"selector": "[data-testid=server-item]"})).await.unwrap();
    assert!(servers["count"].as_u64() <= Some(101), "{servers}");
    let nodes = browser.step("count", json!({"selector": "body *"})).await.unwrap();
    assert!(nodes["count"].as_u64() < Some(1500), "{nodes}");
}

/// The page finds its way back when the sandbox starts anew on the same port.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_reconnects() {
    let first = Sandbox::start(Options::default()).await.unwrap();
    let addr = first.addr();
    let mut browser = Browser::start().await.unwrap();
    browser.open(&format!("http://{addr}/")).await.unwrap();
    browser.choose("ada", "Riverside Book Club", "general").await.unwrap();
    first.shutdown().await;
    let again = Options { listen: addr, ..Options::default() };
    let second = Sandbox::start(again).await.unwrap();
    let mut bot = start_bot(Library::Node, &second, &example::BOOK_CLUB.to_string());
    bot.event("ready", BOUND).await.unwrap();
    let control = Control::new(addr);
    let state = control.get("/state").await.unwrap();
    let linus = id(find(&state["users"], "username", "linus"));
    let path = format!("/as/{linus}/guilds/{}", example::BOOK_CLUB);
    let view = control.get(&path).await.unwrap();
    let general = id(find(&view["channels"], "name", "general"));
    control.say(&linus, &general, "back again").await.unwrap();
    browser.expect(json!({"content": "back again"})).await.unwrap();
    browser.finish(BOUND).await.unwrap();
    assert!(bot.finish(BOUND).await.unwrap());
    second.shutdown().await;
}
