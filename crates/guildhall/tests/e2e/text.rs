//! Text commands: people write them where their server has a prefix.

use std::collections::BTreeMap;

use guildhall_sandbox::example;
use guildhall_testkit::wait;
use serde_json::{Value, json};

use crate::{
    person::{Answer, Seat, words},
    stage::{BOUND, Stage, number},
};

async fn stage() -> Stage {
    let mut stage = Stage::empty().await;
    stage.settings.push(("GUILDHALL_DISCORD__TEXT_COMMANDS", "true".to_owned()));
    stage.opened().await
}

/// Runs `/prefix set` with `!`.
async fn choose(seat: &Seat) -> Answer {
    let option = json!([{ "type": 3, "name": "prefix", "value": "!" }]);
    let part = json!([{ "type": 1, "name": "set", "options": option }]);
    let application = example::APPLICATION.to_string();
    let command = json!({ "application_id": application, "name": "prefix", "type": 1, "options": part });
    let interaction = seat.interact(json!({ "command": command })).await.unwrap();
    let answer = seat.answer(&interaction).await;
    assert!(answer.hidden());
    answer
}

async fn set_prefix(seat: &Seat) {
    let said = choose(seat).await.words();
    assert!(said.contains("`!help`"), "{said}");
}

/// The bot's replies in the channel, by the message that each answers.
async fn replies(seat: &Seat) -> BTreeMap<u64, Vec<Value>> {
    let mut replies: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    let bot = Value::from(example::APPLICATION.to_string());
    for message in seat.messages().await {
        if message["author"]["id"] == bot && message["message_reference"]["message_id"].is_string() {
            replies.entry(number(&message["message_reference"]["message_id"])).or_default().push(message);
        }
    }
    replies
}

/// Writes something and waits for the bot's reply.
async fn reply(seat: &Seat, text: &str) -> Value {
    let said = seat.say(text).await;
    let reply = wait::until(BOUND, || async { replies(seat).await.remove(&said)?.pop() });
    reply.await.unwrap_or_else(|| panic!("no reply to {text}"))
}

/// The newest direct message of the bot to this person, once there are more than `before`.
async fn direct(seat: &Seat, before: usize) -> Vec<Value> {
    let messages = || async {
        let all = seat.control.get(&format!("/as/{}/dms", seat.user)).await.ok()?;
        let with_bot = |channel: &&Value| channel.to_string().contains(&example::APPLICATION.to_string());
        let channel = number(&all.as_array()?.iter().find(with_bot)?["id"]);
        let messages = seat.at(channel).messages().await;
        (messages.len() > before).then_some(messages)
    };
    wait::until(BOUND, messages).await.expect("a direct message")
}

#[tokio::test]
async fn commands_are_written_where_a_prefix_is_set_and_nowhere_else() {
    let stage = stage().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let linus = stage.seat(example::LINUS, example::BOOK_CLUB).await;
    let elsewhere = stage.seat(example::LINUS, example::MAKERS).await;
    let unheard = [linus.say("!ping").await, elsewhere.say("!ping").await];
    set_prefix(&ada).await;

    // A command, one with options in both forms, and a wrong option.
    let nothing = reply(&linus, "!ping").await;
    assert!(words(&nothing).starts_with("I am here"), "{nothing}");
    assert_eq!(nothing["mentions"], json!([]), "nobody is pinged");
    let learned = reply(&linus, "!learn \"The library opens at nine.\" category:hours").await;
    assert!(words(&learned).contains("Learned as entry 1"), "{learned}");
    let asked = reply(&linus, "!ask_knowledge when does the library open").await;
    assert!(words(&asked).contains("The library opens at nine."), "{asked}");
    let wrong = words(&reply(&linus, "!mark debug:perhaps").await);
    assert!(wrong.starts_with("`debug` cannot be `perhaps`: it is yes or no."), "{wrong}");
    assert!(wrong.contains("Usage: `!mark [seed…] [debug] [tts]`"), "{wrong}");
    let part = words(&reply(&linus, "!knowledge dance").await);
    assert!(part.contains("list, show, edit, forget"), "{part}");

    // What is for one person alone.
    linus.say("!mark").await;
    let alone = words(&direct(&linus, 0).await[0]);
    assert!(alone.contains("I have learned nothing in this server yet"), "{alone}");
    linus.say("!server_config knowledge off").await;
    let refused = words(&direct(&linus, 1).await[0]);
    assert!(refused.contains("Manage Server"), "{refused}");
    ada.say("!help").await;
    let help = words(&direct(&ada, 0).await[0]);
    assert!(help.contains("`!help`") && help.contains("server_config"), "{help}");

    // Nobody else's words.
    for text in ["!dance", "ping", "! ping"] {
        linus.say(text).await;
    }
    elsewhere.say("!ping").await;
    assert!(words(&reply(&linus, "!ping").await).starts_with("I am here"));
    let here = replies(&linus).await;
    assert_eq!(here.len(), 6, "{here:?}");
    assert!(!unheard.iter().any(|message| here.contains_key(message)));
    assert!(replies(&elsewhere).await.is_empty());
    stage.close().await;
}

#[tokio::test]
async fn a_killed_bot_answers_every_command_once() {
    let mut stage = stage().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    set_prefix(&ada).await;
    let mut said = Vec::new();
    for round in 0..4 {
        for number in 0..4 {
            said.push(ada.say(&format!("!learn Entry {round} {number} is here.")).await);
        }
        // At another moment each time: when some are answered, and when none is known to be.
        if round % 2 == 0 {
            let some =
                wait::until(BOUND, || async { (replies(&ada).await.len() + 3 >= said.len()).then_some(()) });
            some.await.expect("some answers");
        }
        stage.kill().await;
        stage.start().await;
        stage.ready().await;
    }
    let all = wait::until(BOUND, || async { (replies(&ada).await.len() == said.len()).then_some(()) }).await;
    let answers = replies(&ada).await;
    assert!(all.is_some(), "{} of {} are answered", answers.len(), said.len());
    // Another one behind them: whatever was replayed is through.
    reply(&ada, "!ping").await;
    let answers = replies(&ada).await;
    assert!(answers.values().all(|answers| answers.len() == 1), "{answers:?}");
    let next = words(&reply(&ada, "!learn One more entry.").await);
    assert!(next.contains("Learned as entry 17"), "nothing was learned twice: {next}");
    stage.close().await;
}

#[tokio::test]
async fn a_prefix_takes_the_operators_word() {
    let stage = Stage::open().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let refused = choose(&ada).await.words();
    assert!(refused.contains("have not turned text commands on"), "{refused}");
    stage.close().await;
}
