//! Every kind of interaction, and every way to answer one.

use serde_json::{Value, json};

use crate::stage::{BOUND, Library, Stage, id, text};

const EPHEMERAL: u64 = 1 << 6;
const LOADING: u64 = 1 << 7;

/// The commands that the steps use, as a bot would register them.
async fn registered(stage: &mut Stage) {
    // Once for each bot: Discord lets commands be replaced only a few times a minute.
    if std::mem::replace(&mut stage.is_registered, true) {
        return;
    }
    let option = |kind: u8, name: &str| json!({"type": kind, "name": name, "description": name});
    let every = [
        (3, "text"),
        (4, "whole"),
        (5, "flag"),
        (6, "who"),
        (7, "place"),
        (8, "role"),
        (9, "any"),
        (10, "ratio"),
    ];
    let mut find = option(3, "name");
    find["autocomplete"] = json!(true);
    let leaf = json!({"type": 1, "name": "leaf", "description": "leaf", "options": [option(3, "text")]});
    let branch = json!({"type": 2, "name": "branch", "description": "branch", "options": [leaf]});
    let command = |name: &str, options: Vec<Value>| json!({"name": name, "type": 1, "description": name, "options": options});
    let list = json!([
        command("every", every.into_iter().map(|(kind, name)| option(kind, name)).collect()),
        command("tree", vec![branch]),
        command("find", vec![find]),
        command("plain", vec![]),
        {"name": "Who is this", "type": 2},
        {"name": "Quote", "type": 3},
    ]);
    let made = stage.order("commands", json!({ "list": list })).await;
    assert_eq!(made["names"], json!(["Quote", "Who is this", "every", "find", "plain", "tree"]));
}

/// A person uses something; gives the id of the interaction and what the bot made of it.
async fn used(stage: &mut Stage, user: &str, channel: &str, what: Value) -> (String, Value) {
    let sent = stage.control.interact(user, channel, what).await.unwrap();
    let interaction = text(&sent, "interaction_id");
    let heard = stage.interaction().await;
    assert_eq!(heard["id"], interaction.as_str(), "{heard}");
    (interaction, heard)
}

fn command(stage: &Stage, name: &str, values: &Value) -> Value {
    json!({"command": {"application_id": stage.application, "name": name, "values": values}})
}

async fn settled(stage: &Stage, interaction: &str, wanted: &str) -> Value {
    let record = stage.control.settled(interaction, BOUND).await.unwrap();
    assert_eq!(record["state"], wanted, "{record}");
    record
}

/// The message that a person sees with this content.
async fn seen(stage: &Stage, user: &str, channel: &str, content: &str) -> Value {
    stage
        .control
        .message(user, channel, BOUND, |one| one["content"] == content)
        .await
        .unwrap_or_else(|| panic!("no message {content:?}"))
}

/// A command at once, with an option of every type, resolved.
pub(crate) async fn options(stage: &mut Stage) {
    registered(stage).await;
    let channel = stage.channel("options").await;
    let view = stage.control.get(&format!("/as/{}/guilds/{}", stage.ada, stage.guild)).await.unwrap();
    let role = view["roles"].as_array().unwrap().iter().find(|role| role["name"] == "Moderator").unwrap();
    let values = json!({
        "text": "some text", "whole": -7, "flag": true, "who": stage.linus, "place": channel, "role": id(role),
        "any": stage.grace, "ratio": 2.5,
    });
    let ada = stage.ada.clone();
    let what = command(stage, "every", &values);
    let (interaction, heard) = used(stage, &ada, &channel, what).await;
    assert_eq!((&heard["kind"], &heard["name"]), (&json!("application_command"), &json!("every")), "{heard}");
    assert_eq!((&heard["user"], &heard["guild"]), (&json!("ada"), &json!(stage.guild)), "{heard}");
    let mut read = heard["options"].clone();
    if stage.library == Library::Serenity {
        stage.note("its options leave a mentionable unresolved");
        read.as_object_mut().unwrap().remove("any");
    } else {
        assert_eq!(read["any"], "grace");
        read.as_object_mut().unwrap().remove("any");
    }
    let expected = json!({
        "text": "some text", "whole": -7, "flag": true, "who": "linus", "place": "options", "role": "Moderator",
        "ratio": 2.5,
    });
    assert_eq!(read, expected);
    let data = json!({"content": "read them all", "embeds": [{"title": "Read", "description": "all"}]});
    stage.order("respond", json!({"to": interaction, "type": 4, "data": data})).await;
    settled(stage, &interaction, "responded").await;
    let answer = seen(stage, &ada, &channel, "read them all").await;
    assert_eq!(answer["embeds"][0]["title"], "Read");
    assert_eq!(answer["interaction_metadata"]["user"]["id"], ada);
    let told = stage.order("original_get", json!({"to": interaction})).await;
    assert_eq!(told["id"], answer["id"]);
}

pub(crate) async fn subcommand(stage: &mut Stage) {
    registered(stage).await;
    let channel = stage.channel("subcommand").await;
    let ada = stage.ada.clone();
    let what = command(stage, "tree", &json!({"branch": {"leaf": {"text": "green"}}}));
    let (interaction, heard) = used(stage, &ada, &channel, what).await;
    assert_eq!((&heard["name"], &heard["options"]), (&json!("tree branch leaf"), &json!({"text": "green"})));
    stage.order("respond", json!({"to": interaction, "type": 4, "data": {"content": "a leaf"}})).await;
    seen(stage, &ada, &channel, "a leaf").await;
}

pub(crate) async fn autocomplete(stage: &mut Stage) {
    registered(stage).await;
    let channel = stage.channel("autocomplete").await;
    let what = json!({"autocomplete": {
        "application_id": stage.application, "name": "find", "values": {"name": "ap"}, "focused": "name",
    }});
    let (control, ada) = (stage.control.clone(), stage.ada.clone());
    let asked = tokio::spawn(async move { control.interact(&ada, &channel, what).await.unwrap() });
    let heard = stage.interaction().await;
    assert_eq!((&heard["kind"], &heard["focused"]), (&json!("autocomplete"), &json!("name")), "{heard}");
    assert_eq!(heard["options"]["name"], "ap");
    let choices = json!([{"name": "Apple", "value": "apple"}, {"name": "Apricot", "value": "apricot"}]);
    stage.order("respond", json!({"to": heard["id"], "type": 8, "data": {"choices": choices}})).await;
    let found = asked.await.unwrap();
    let names: Vec<&str> =
        found["choices"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["Apple", "Apricot"]);
}

pub(crate) async fn user_command(stage: &mut Stage) {
    registered(stage).await;
    let channel = stage.channel("user-command").await;
    let ada = stage.ada.clone();
    let what = json!({"command": {
        "application_id": stage.application, "name": "Who is this", "type": 2, "target_id": stage.linus,
    }});
    let (interaction, heard) = used(stage, &ada, &channel, what).await;
    assert_eq!((&heard["name"], &heard["target"]), (&json!("Who is this"), &json!("linus")), "{heard}");
    stage.order("respond", json!({"to": interaction, "type": 4, "data": {"content": "that is linus"}})).await;
    seen(stage, &ada, &channel, "that is linus").await;
}

pub(crate) async fn message_command(stage: &mut Stage) {
    registered(stage).await;
    let channel = stage.channel("message-command").await;
    let (ada, linus) = (stage.ada.clone(), stage.linus.clone());
    let target = stage.said(&linus, &channel, "quote me").await;
    let what = json!({"command": {
        "application_id": stage.application, "name": "Quote", "type": 3, "target_id": target,
    }});
    let (interaction, heard) = used(stage, &ada, &channel, what).await;
    assert_eq!((&heard["name"], &heard["target"]), (&json!("Quote"), &json!("quote me")), "{heard}");
    stage.order("respond", json!({"to": interaction, "type": 4, "data": {"content": "linus said so"}})).await;
    seen(stage, &ada, &channel, "linus said so").await;
}

/// A button changes its message, another only acknowledges.
pub(crate) async fn buttons(stage: &mut Stage) {
    let channel = stage.channel("buttons").await;
    let button = |style: u8, name: &str| json!({"type": 2, "style": style, "label": name, "custom_id": name});
    let mut buttons: Vec<Value> =
        [(1, "greet"), (2, "wait"), (3, "yes"), (4, "no")].map(|(style, name)| button(style, name)).into();
    buttons.push(json!({"type": 2, "style": 5, "label": "site", "url": "https://example.org/"}));
    let rows = json!([{"type": 1, "components": buttons}]);
    let sent = stage.order("send", json!({"channel": channel, "content": "press", "components": rows})).await;
    assert_eq!(sent["components"], 1);
    let press =
        |name: &str| json!({"component": {"message_id": sent["id"], "custom_id": name, "component_type": 2}});
    let linus = stage.linus.clone();
    let (interaction, heard) = used(stage, &linus, &channel, press("greet")).await;
    assert_eq!((&heard["kind"], &heard["custom_id"]), (&json!("component"), &json!("greet")));
    let data = json!({"content": "greeted", "components": []});
    stage.order("respond", json!({"to": interaction, "type": 7, "data": data})).await;
    let changed = seen(stage, &linus, &channel, "greeted").await;
    assert_eq!((&changed["id"], &changed["components"]), (&sent["id"], &json!([])));
    // The message has no buttons any more, so that a client refuses to press one.
    assert!(stage.control.interact(&linus, &channel, press("wait")).await.is_err());

    let sent =
        stage.order("send", json!({"channel": channel, "content": "press again", "components": rows})).await;
    let wait = json!({"component": {"message_id": sent["id"], "custom_id": "wait", "component_type": 2}});
    let (interaction, _) = used(stage, &linus, &channel, wait).await;
    stage.order("respond", json!({"to": interaction, "type": 6})).await;
    let data = json!({"content": "waited", "components": []});
    stage.order("original_edit", json!({"to": interaction, "data": data})).await;
    let changed = seen(stage, &linus, &channel, "waited").await;
    assert_eq!(changed["id"], sent["id"]);
}

/// Every kind of select menu, and values that are not among its own.
pub(crate) async fn selects(stage: &mut Stage) {
    let channel = stage.channel("selects").await;
    let options = json!([{"label": "Apple", "value": "apple"}, {"label": "Plum", "value": "plum"}]);
    let row = |kind: u8, name: &str| {
        let mut menu = json!({"type": kind, "custom_id": name, "min_values": 1, "max_values": 2});
        if kind == 3 {
            menu["options"] = options.clone();
        }
        json!({"type": 1, "components": [menu]})
    };
    let kinds = [(3, "fruit"), (5, "people"), (6, "roles"), (7, "anyone"), (8, "places")];
    let rows: Vec<Value> = kinds.iter().map(|(kind, name)| row(*kind, name)).collect();
    let sent =
        stage.order("send", json!({"channel": channel, "content": "choose", "components": rows})).await;
    let linus = stage.linus.clone();
    let pick = |kind: u8, name: &str, values: Value| {
        json!({"component": {
            "message_id": sent["id"], "custom_id": name, "component_type": kind, "values": values,
        }})
    };
    let wrong = stage.control.interact(&linus, &channel, pick(3, "fruit", json!(["pear"]))).await;
    assert!(wrong.is_err(), "a client offers no such value");
    let view = stage.control.get(&format!("/as/{linus}/guilds/{}", stage.guild)).await.unwrap();
    let roles = view["roles"].as_array().unwrap();
    let role = id(roles.iter().find(|role| role["name"] == "Moderator").unwrap());
    for (kind, name, values) in [
        (3, "fruit", json!(["apple", "plum"])),
        (5, "people", json!([stage.ada, stage.grace])),
        (6, "roles", json!([role])),
        (7, "anyone", json!([role, stage.ada])),
        (8, "places", json!([channel])),
    ] {
        let (interaction, heard) = used(stage, &linus, &channel, pick(kind, name, values.clone())).await;
        assert_eq!((&heard["custom_id"], &heard["values"]), (&json!(name), &values), "{heard}");
        let data = json!({"content": format!("chose {name}"), "flags": EPHEMERAL});
        stage.order("respond", json!({"to": interaction, "type": 4, "data": data})).await;
        seen(stage, &linus, &channel, &format!("chose {name}")).await;
    }
}

/// A modal with every kind of field that the library can read.
pub(crate) async fn modal(stage: &mut Stage) {
    registered(stage).await;
    let channel = stage.channel("modal").await;
    let ada = stage.ada.clone();
    let what = command(stage, "plain", &json!({}));
    let (interaction, _) = used(stage, &ada, &channel, what).await;
    let (components, fields, expected) = form(stage, &channel);
    let data = json!({"custom_id": "form", "title": "Tell me more", "components": components});
    stage.order("respond", json!({"to": interaction, "type": 9, "data": data})).await;
    let record = settled(stage, &interaction, "modal").await;
    assert_eq!(record["modal"]["title"], "Tell me more");
    let what = json!({"modal": {"interaction_id": interaction, "fields": fields}});
    let (submitted, heard) = used(stage, &ada, &channel, what).await;
    assert_eq!((&heard["kind"], &heard["custom_id"]), (&json!("modal_submit"), &json!("form")), "{heard}");
    assert_eq!(heard["fields"], expected, "{heard}");
    stage.order("respond", json!({"to": submitted, "type": 4, "data": {"content": "thank you"}})).await;
    seen(stage, &ada, &channel, "thank you").await;
}

/// The fields of the modal, what is filled in, and what the bot reads.
fn form(stage: &mut Stage, channel: &str) -> (Value, Value, Value) {
    let line = json!({"type": 4, "custom_id": "name", "style": 1, "max_length": 40, "required": true});
    if stage.library == Library::Serenity {
        stage.note("knows only text inputs in action rows, so its modal has nothing else");
        let mut line = line;
        line["label"] = json!("Your name");
        let fields = json!({"name": "Ada L."});
        return (json!([{"type": 1, "components": [line]}]), fields.clone(), fields);
    }
    let label = |name: &str, inner: Value| json!({"type": 18, "label": name, "description": name, "component": inner});
    let options = json!([{"label": "Green", "value": "green"}, {"label": "Red", "value": "red"}]);
    let components = json!([
        label("Your name", line),
        label("Colour", json!({"type": 3, "custom_id": "colour", "options": options})),
        label("Friend", json!({"type": 5, "custom_id": "friend"})),
        label("Role", json!({"type": 6, "custom_id": "role", "required": false})),
        label("Place", json!({"type": 8, "custom_id": "place"})),
    ]);
    let fields = json!({
        "name": "Ada L.", "colour": ["red"], "friend": [stage.linus], "place": [channel],
    });
    let mut expected = fields.clone();
    expected["role"] = json!([]);
    (components, fields, expected)
}

/// Deferred, filled in later, then follow-ups that are edited and deleted.
pub(crate) async fn deferred(stage: &mut Stage) {
    registered(stage).await;
    let channel = stage.channel("deferred").await;
    let ada = stage.ada.clone();
    let what = command(stage, "plain", &json!({}));
    let (interaction, _) = used(stage, &ada, &channel, what).await;
    stage.order("respond", json!({"to": interaction, "type": 5})).await;
    settled(stage, &interaction, "deferred").await;
    let thinking = stage
        .control
        .message(&ada, &channel, BOUND, |one| flags(one) & LOADING != 0)
        .await
        .expect("a message that says the bot is thinking");
    let filled =
        stage.order("original_edit", json!({"to": interaction, "data": {"content": "slow answer"}})).await;
    assert_eq!(filled["id"], thinking["id"], "the same message is filled in");
    let done = seen(stage, &ada, &channel, "slow answer").await;
    assert_eq!(flags(&done) & LOADING, 0);

    let more = stage.order("followup", json!({"to": interaction, "data": {"content": "a follow-up"}})).await;
    seen(stage, &ada, &channel, "a follow-up").await;
    let edit = json!({"to": interaction, "message": more["id"], "data": {"content": "edited follow-up"}});
    stage.order("followup_edit", edit).await;
    seen(stage, &ada, &channel, "edited follow-up").await;
    stage.order("followup_delete", json!({"to": interaction, "message": more["id"]})).await;
    assert!(stage.seen(&channel, more["id"].as_str().unwrap()).await.is_none());
    stage.order("original_delete", json!({"to": interaction})).await;
    assert!(stage.seen(&channel, thinking["id"].as_str().unwrap()).await.is_none());
}

/// Only its addressee sees an ephemeral answer and an ephemeral follow-up.
pub(crate) async fn ephemeral(stage: &mut Stage) {
    registered(stage).await;
    let channel = stage.channel("ephemeral").await;
    let (ada, linus) = (stage.ada.clone(), stage.linus.clone());
    let what = command(stage, "plain", &json!({}));
    let (interaction, _) = used(stage, &ada, &channel, what).await;
    let data = json!({"content": "a secret", "flags": EPHEMERAL});
    stage.order("respond", json!({"to": interaction, "type": 4, "data": data})).await;
    let data = json!({"content": "another secret", "flags": EPHEMERAL});
    stage.order("followup", json!({"to": interaction, "data": data})).await;
    for secret in ["a secret", "another secret"] {
        let message = seen(stage, &ada, &channel, secret).await;
        assert_ne!(flags(&message) & EPHEMERAL, 0);
    }
    assert_eq!(stage.control.messages(&linus, &channel).await.unwrap(), Vec::<Value>::new());
    stage.order("original_edit", json!({"to": interaction, "data": {"content": "changed secret"}})).await;
    seen(stage, &ada, &channel, "changed secret").await;
    stage.order("original_delete", json!({"to": interaction})).await;
}

/// A second answer is refused, and the first stands.
pub(crate) async fn answered_twice(stage: &mut Stage) {
    registered(stage).await;
    let channel = stage.channel("twice").await;
    let ada = stage.ada.clone();
    let what = command(stage, "plain", &json!({}));
    let (interaction, _) = used(stage, &ada, &channel, what).await;
    stage.order("respond", json!({"to": interaction, "type": 4, "data": {"content": "once"}})).await;
    let refused = stage.refused("respond_twice", json!({"to": interaction})).await;
    assert_eq!(refused, (400, 40060));
    assert_eq!(stage.control.messages(&ada, &channel).await.unwrap().len(), 1);
}

/// Past its deadline an interaction is unknown.
pub(crate) async fn answered_late(stage: &mut Stage) {
    registered(stage).await;
    let channel = stage.channel("late").await;
    let ada = stage.ada.clone();
    stage.limits(json!({"interaction_deadline": 300})).await;
    let what = command(stage, "plain", &json!({}));
    let (interaction, _) = used(stage, &ada, &channel, what).await;
    let record = stage.control.settled(&interaction, BOUND).await.unwrap();
    assert!(matches!(record["state"].as_str(), Some("failed" | "expired")), "{record}");
    let refused = stage.refused("respond_twice", json!({"to": interaction})).await;
    assert_eq!(refused, (404, 10062));
    stage.usual_limits().await;
}

fn flags(message: &Value) -> u64 {
    message["flags"].as_u64().unwrap_or_default()
}
