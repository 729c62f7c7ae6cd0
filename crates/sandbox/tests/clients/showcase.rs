//! What the web client draws and does beyond words: every component, every field of a form, threads,
//! files, reactions, polls; the panels beside the conversation; keyboard, phone and readability.

use guildhall_sandbox::example;
use serde_json::{Value, json};

use crate::show::Show;
use crate::stage::BOUND;

/// A picture of one green pixel.
const PIXEL: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn components_and_forms_of_every_kind() {
    let mut show = Show::open().await;
    show.command("show", json!({})).await;
    let shown = show.browser.expect(json!({"contains": "Beside a button"})).await.unwrap();
    for (kind, count) in [
        ("container", 1),
        ("section", 2),
        ("text-display", 3),
        ("media-gallery", 1),
        ("file", 1),
        ("separator", 2),
        ("component-button", 5),
        ("link-button", 1),
        ("component-select", 1),
        ("show-spoiler", 1),
    ] {
        assert_eq!(show.count(&format!("[data-testid={kind}]")).await, count, "{kind}");
    }
    let this = json!({"id": shown["id"]});
    show.step("press", json!({"message": this, "label": "In a section"})).await;
    show.browser.expect(json!({"contains": "Used in-section", "ephemeral": true})).await.unwrap();
    let both = json!({"message": this, "custom_id": "colours", "labels": ["red", "blue"]});
    show.step("pick", both).await;
    show.browser.expect(json!({"contains": "Used colours: red, blue"})).await.unwrap();

    show.command("form", json!({})).await;
    let fields = json!({"name": "Ada", "colour": "green (The colour green)", "speed": "Fast", "extras": ["red", "blue"]});
    let form = show.step("fill", json!({"fields": fields})).await;
    assert_eq!(form["title"], "Everything");
    let answer = json!({"name": "Ada", "colour": ["green"], "speed": "fast", "extras": ["red", "blue"]});
    let seen = show.browser.expect(json!({"contains": "Filled in:"})).await.unwrap();
    assert_eq!(filled(&seen), answer);
    show.step("press", json!({"message": {"id": seen["id"]}, "label": "The rest"})).await;
    let fields = json!({"agreed": true, "who": ["Linus"], "document": ["one.txt", "two.txt"]});
    show.step("fill", json!({"fields": fields})).await;
    let seen = show.browser.expect(json!({"after": seen["id"], "contains": "Filled in:"})).await.unwrap();
    let answer = filled(&seen);
    assert_eq!(answer["agreed"], true);
    assert_eq!(answer["who"], json!([example::LINUS.to_string()]));
    assert_eq!(answer["document"].as_array().unwrap().len(), 2);
    assert!(seen["content"].as_str().unwrap().ends_with("one.txt two.txt"), "{seen}");

    show.command("file", json!({"document": "report.txt"})).await;
    show.browser.expect(json!({"content": "Got report.txt, 10 bytes"})).await.unwrap();
    show.command("shelf book add", json!({"title": "Emma"})).await;
    show.browser.expect(json!({"content": "Shelf: book / add / Emma"})).await.unwrap();
    show.step("put", json!({"testid": "locale-select", "option": "de"})).await;
    show.step("type", json!({"text": "/hal"})).await;
    let listed = show.step("see", json!({"testid": "command-item", "contains": "Sagt hallo"})).await;
    assert!(listed["text"].as_str().unwrap().starts_with("/hallo"), "{listed}");
    show.close().await;
}

/// The fields that the bot read out of a submitted form.
fn filled(message: &Value) -> Value {
    let text = message["content"].as_str().unwrap();
    let json = &text[text.find('{').unwrap()..=text.rfind('}').unwrap()];
    serde_json::from_str(json).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_files_reactions_and_polls() {
    let mut show = Show::open().await;
    reactions(&mut show).await;
    files(&mut show).await;
    threads(&mut show).await;
    polls(&mut show).await;
    roles(&mut show).await;
    show.close().await;
}

/// A reaction is added by the picker, counted with those of others, and taken back.
async fn reactions(show: &mut Show) {
    show.step("write", json!({"text": "react to me"})).await;
    let message = show.browser.expect(json!({"content": "react to me"})).await.unwrap();
    let this = json!({"id": message["id"]});
    show.step("react", json!({"message": this, "emoji": "👍"})).await;
    show.step("see", json!({"testid": "reaction", "message": this, "contains": "1"})).await;
    let told =
        show.bot.line("the reaction", BOUND, |line| line["t"] == "MESSAGE_REACTION_ADD").await.unwrap();
    assert_eq!(told["d"]["emoji"]["name"], "👍");
    let path = format!(
        "/as/{}/api/channels/{}/messages/{}/reactions/%F0%9F%91%8D/@me",
        example::LINUS,
        told["d"]["channel_id"].as_str().unwrap(),
        message["id"].as_str().unwrap()
    );
    show.control.call("PUT", &path, None).await.unwrap();
    show.step("see", json!({"testid": "reaction", "message": this, "contains": "2"})).await;
    show.step("click", json!({"testid": "reaction", "message": this})).await;
    show.step("see", json!({"testid": "reaction", "message": this, "contains": "1"})).await;
    show.bot.line("its end", BOUND, |line| line["t"] == "MESSAGE_REACTION_REMOVE").await.unwrap();

    // The server's own emojis are in the picker too.
    let path = format!("/as/{}/api/guilds/{}/emojis", example::ADA, example::BOOK_CLUB);
    let emoji = show.control.post(&path, json!({"name": "green", "image": PIXEL})).await.unwrap();
    let own = format!("green:{}", emoji["id"].as_str().unwrap());
    show.step("react", json!({"message": this, "emoji": own})).await;
    let told = show.bot.line("the emoji", BOUND, |line| {
        line["t"] == "MESSAGE_REACTION_ADD" && line["d"]["emoji"]["id"].is_string()
    });
    assert_eq!(told.await.unwrap()["d"]["emoji"]["id"], emoji["id"]);
}

/// Files are chosen, dropped and pasted, described, and arrive in one message.
async fn files(show: &mut Show) {
    let text = |name: &str| json!({"name": name, "type": "text/plain", "text": "some text"});
    let chosen = json!({"testid": "file-input", "files": [text("chosen.txt")]});
    show.step("put", chosen).await;
    show.step("drop", json!({"event": "drop", "files": [text("dropped.txt")]})).await;
    show.step("drop", json!({"event": "paste", "files": [text("pasted.txt")]})).await;
    assert_eq!(show.count("[data-testid=upload]").await, 3);
    show.step("write", json!({"text": "with files"})).await;
    let seen = show.browser.expect(json!({"content": "with files"})).await.unwrap();
    for name in ["chosen.txt", "dropped.txt", "pasted.txt"] {
        let wish = json!({"testid": "attachment", "message": {"id": seen["id"]}, "contains": name});
        show.step("see", wish).await;
    }
    assert_eq!(show.count("[data-testid=upload]").await, 0, "nothing waits any more");
}

/// A thread is started from a message, written in, archived, and found again in the list.
async fn threads(show: &mut Show) {
    let on = json!({"content": "with files"});
    show.step("click", json!({"testid": "message-more", "message": on})).await;
    show.click("thread-from-message").await;
    show.step("put", json!({"testid": "field-name", "value": "About the files"})).await;
    show.click("dialog-submit").await;
    show.step("see", json!({"testid": "room-title", "contains": "About the files"})).await;
    show.bot.line("the thread", BOUND, |line| line["t"] == "THREAD_CREATE").await.unwrap();
    show.step("write", json!({"text": "inside"})).await;
    show.browser.expect(json!({"content": "inside"})).await.unwrap();
    show.click("thread-menu").await;
    show.click("archive-thread").await;
    show.step("see", json!({"testid": "notice", "contains": "archived"})).await;
    show.click("thread-menu").await;
    show.click("parent-channel").await;
    show.step("see", json!({"testid": "room-title", "contains": "#general"})).await;
    show.click("threads-button").await;
    let row = show.step("see", json!({"testid": "thread-row", "contains": "About the files"})).await;
    assert!(row["text"].as_str().unwrap().contains("archived"), "{row}");
    show.click("threads-dialog-close").await;
}

/// One votes in a bot's poll, and the bot hears of it; one's own poll is sent by a form.
async fn polls(show: &mut Show) {
    show.command("poll", json!({})).await;
    let poll = show.browser.expect(json!({"contains": "Tea or coffee?"})).await.unwrap();
    let this = json!({"id": poll["id"]});
    show.step("put", json!({"testid": "poll-answer", "message": this, "checked": true})).await;
    show.step("click", json!({"testid": "poll-vote", "message": this})).await;
    show.step("see", json!({"testid": "poll-count", "message": this, "contains": "1 vote"})).await;
    let told = show.bot.line("the vote", BOUND, |line| line["t"] == "MESSAGE_POLL_VOTE_ADD").await.unwrap();
    assert_eq!(told["d"]["answer_id"], 1);
    show.step("click", json!({"testid": "poll-unvote", "message": this})).await;
    show.step("see", json!({"testid": "poll-state", "message": this, "contains": "0 votes"})).await;
    show.click("composer-more").await;
    show.click("new-poll").await;
    show.step("put", json!({"testid": "field-question", "value": "Shall we?"})).await;
    show.click("dialog-submit").await;
    show.browser.expect(json!({"contains": "Shall we?"})).await.unwrap();
}

/// The members list stands by roles; a profile gives a role and times out, and says what is refused.
async fn roles(show: &mut Show) {
    show.click("members-toggle").await;
    let grace = show.step("see", json!({"testid": "member", "contains": "Grace"})).await;
    assert_eq!(grace["data"]["status"], "offline");
    show.step("click", json!({"testid": "member", "contains": "Linus"})).await;
    show.step("see", json!({"testid": "profile-role", "contains": "Member"})).await;
    show.click("edit-member").await;
    show.step("put", json!({"testid": "field-nick", "value": "The penguin"})).await;
    show.click("dialog-submit").await;
    show.step("see", json!({"testid": "member", "contains": "The penguin"})).await;
    show.browser.choose("linus", "Riverside Book Club", "general").await.unwrap();
    show.step("click", json!({"testid": "member", "contains": "Grace"})).await;
    show.click("kick").await;
    show.click("dialog-submit").await;
    show.step("see", json!({"testid": "dialog-complaint", "contains": "Missing Permissions"})).await;
    show.click("dialog-cancel").await;
    // The browser says so of each refused request; that one is wanted here.
    let said = show.browser.complaints();
    assert!(said.iter().all(|line| line.to_string().contains("403")), "{said:?}");
}

/// The journal is filtered; a fault's button makes a 429 that is seen there; sessions are disturbed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_panels_show_and_provoke() {
    let mut show = Show::open().await;
    show.step("journal", json!({})).await;
    show.step("put", json!({"testid": "journal-kind", "option": "rest"})).await;
    show.step("see", json!({"testid": "journal-entry", "contains": "PUT"})).await;
    assert_eq!(show.count("[data-testid=journal-entry]:not([data-kind=rest])").await, 0);
    show.step("put", json!({"testid": "journal-route", "value": "POST /channels/{}/messages"})).await;
    show.step("see", json!({"testid": "journal-status", "contains": "Nothing yet"})).await;

    show.click("tab-faults").await;
    show.click("fault-429-user").await;
    show.step("see", json!({"testid": "fault", "contains": "route_429"})).await;
    show.command("speak", json!({})).await;
    show.browser.expect(json!({"content": "Spoken aloud"})).await.unwrap();
    show.step("see", json!({"testid": "no-faults"})).await;
    show.click("tab-journal").await;
    show.step("see", json!({"testid": "journal-code", "contains": "429"})).await;
    show.step("see", json!({"testid": "journal-code", "contains": "200"})).await;
    show.step("click", json!({"testid": "journal-code", "contains": "200"})).await;
    show.click("copy-curl").await;
    let copied = show.step("clipboard", json!({})).await;
    let curl = copied["text"].as_str().unwrap();
    assert!(curl.starts_with("curl -sS") && curl.contains("Spoken aloud"), "{curl}");
    assert!(curl.contains("$BOT_TOKEN") && !curl.contains(example::BOT_TOKEN), "{curl}");

    show.click("tab-gateway").await;
    show.step("see", json!({"testid": "session", "contains": "connected"})).await;
    show.step("see", json!({"testid": "bucket"})).await;
    show.click("session-reconnect").await;
    show.click("tab-journal").await;
    for (field, empty) in [("journal-route", ""), ("journal-text", "op 7")] {
        show.step("put", json!({"testid": field, "value": empty})).await;
    }
    show.step("put", json!({"testid": "journal-kind", "option": "gateway_out"})).await;
    show.step("see", json!({"testid": "journal-entry", "contains": "op 7 Reconnect"})).await;
    show.close().await;
}

/// No mouse at all: another channel, a command, the panels, the list of shortcuts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyboard_is_enough() {
    let mut show = Show::open().await;
    show.step("key", json!({"name": "Control+k", "text": "introd"})).await;
    let marked = "[data-testid=suggestion][aria-selected=true]";
    show.step("see", json!({"selector": marked, "contains": "introductions"})).await;
    show.step("key", json!({"name": "Enter"})).await;
    show.step("see", json!({"testid": "room-title", "contains": "#introductions"})).await;
    show.step("key", json!({"name": "Alt+ArrowUp"})).await;
    show.step("see", json!({"testid": "room-title", "contains": "#general"})).await;
    let at = show.step("key", json!({"name": "Alt+1"})).await;
    assert_eq!(at["focus"], "channel-item");
    let at = show.step("key", json!({"name": "Alt+3", "text": "/speak"})).await;
    assert_eq!(at["focus"], "composer-input");
    show.step("see", json!({"testid": "command-item", "contains": "/speak"})).await;
    show.step("key", json!({"name": "Enter", "times": 2})).await;
    show.browser.expect(json!({"content": "Spoken aloud"})).await.unwrap();
    let said = show.step("see", json!({"testid": "announce", "contains": "Spoken aloud"})).await;
    assert!(said["text"].as_str().unwrap().contains("Guildhall"), "{said}");
    let at = show.step("key", json!({"name": "Alt+4"})).await;
    assert_eq!(at["focus"], "tab-journal");
    let at = show.step("key", json!({"name": "ArrowRight"})).await;
    assert_eq!(at["focus"], "tab-gateway");
    show.step("see", json!({"testid": "session"})).await;
    let at = show.step("key", json!({"name": "Alt+2"})).await;
    assert_eq!(at["focus"], "message", "the newest message");
    let at = show.step("key", json!({"name": "r"})).await;
    assert_eq!(at["focus"], "composer-input");
    show.step("see", json!({"testid": "composer-banner", "contains": "Replying to Guildhall"})).await;
    show.step("key", json!({"name": "Alt+2"})).await;
    show.step("key", json!({"name": "?"})).await;
    show.step("see", json!({"testid": "shortcuts"})).await;
    show.step("key", json!({"name": "Escape"})).await;
    show.close().await;
}

/// Each control has a name, text is readable in both colour schemes, and a phone needs no sideways scrolling.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_can_read_it() {
    let mut show = Show::open().await;
    for name in ["show", "classic", "poll"] {
        show.command(name, json!({})).await;
    }
    show.browser.expect(json!({"contains": "Tea or coffee?"})).await.unwrap();
    for scheme in ["light", "dark"] {
        show.step("colours", json!({"scheme": scheme})).await;
        for panel in ["members", "journal", "gateway", "faults"] {
            if show.count("#panel:not([hidden])").await == 0 {
                show.click("members-toggle").await;
            }
            show.click(&format!("tab-{panel}")).await;
            let audit = show.step("audit", json!({})).await;
            assert_eq!(audit["unnamed"], json!([]), "{panel}, {scheme}");
            assert_eq!(audit["faint"], json!([]), "{panel}, {scheme}");
        }
    }
    show.step("size", json!({"width": 360, "height": 740})).await;
    show.click("panel-close").await;
    show.command("form", json!({})).await;
    opened(&mut show, "modal").await;
    show.click("modal-cancel").await;
    show.click("help").await;
    opened(&mut show, "shortcuts").await;
    show.click("shortcuts-close").await;
    let poll = json!({"contains": "Tea or coffee?"});
    for (control, what) in
        [("message-author", "profile"), ("message-more", "popup-menu"), ("add-reaction", "emoji-picker")]
    {
        show.step("click", json!({"testid": control, "message": poll})).await;
        opened(&mut show, what).await;
        show.step("key", json!({"name": "Escape"})).await;
        show.step("see", json!({"testid": what, "gone": true})).await;
    }
    show.click("journal-toggle").await;
    for panel in ["members", "journal", "gateway", "faults"] {
        show.click(&format!("tab-{panel}")).await;
        narrow(&mut show, panel).await;
    }
    show.click("panel-close").await;
    narrow(&mut show, "the room").await;
    show.click("menu-toggle").await;
    narrow(&mut show, "the places").await;
    show.close().await;
}

/// What was opened holds the rules too.
async fn opened(show: &mut Show, what: &str) {
    show.step("see", json!({"testid": what})).await;
    let audit = show.step("audit", json!({})).await;
    assert_eq!((&audit["unnamed"], &audit["faint"]), (&json!([]), &json!([])), "{what}");
    narrow(show, what).await;
}

async fn narrow(show: &mut Show, what: &str) {
    let page = show.step("overflow", json!({})).await;
    assert_eq!(page["wanted"], page["width"], "{what}");
    assert_eq!(page["out"], json!([]), "{what}");
}
