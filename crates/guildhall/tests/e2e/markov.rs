//! Random sentences: two servers are trained with files, and no word crosses; the history of channels is read, of
//! private threads only where they are chosen; and the trials of `guildhall bench` in small.

use std::collections::BTreeSet;

use guildhall_sandbox::example;
use guildhall_testkit::wait;
use serde_json::{Value, json};

use crate::{
    person::{Seat, words},
    stage::{BINARY, BOUND, Stage, number},
};

/// Sentences that share most of their words with those of other servers; `mark` is this server's own.
fn sentences(mark: &str) -> Vec<String> {
    let who = ["cats", "dogs", "owls", "bees"];
    let what = ["sleep all day", "wake all night", "eat all day long", "sing all night long"];
    who.iter()
        .flat_map(|who| what.iter().map(move |what| format!("{who} {what} near the {mark} river")))
        .collect()
}

fn list(sentences: &[String]) -> String {
    sentences.iter().map(|text| json!({ "message": text })).collect::<Value>().to_string()
}

async fn upload(seat: &Seat, file: &str) {
    let option = json!([{ "type": 11, "name": "json", "value": "0" }]);
    let application = example::APPLICATION.to_string();
    let command = json!({ "application_id": application, "name": "train", "type": 1, "options": option });
    let files = json!([{ "filename": "talk.json", "text": file }]);
    let interaction = seat.interact(json!({ "command": command, "files": files })).await.unwrap();
    let answer = seat.answer(&interaction).await;
    assert!(answer.words().contains("I am learning from talk.json"), "{}", answer.words());
    assert!(answer.hidden());
    let done = wait::until(BOUND, || async {
        let told = |message: &Value| words(message).contains("I have learned from talk.json: 16 messages");
        seat.messages().await.iter().any(told).then_some(())
    });
    done.await.expect("the end is told in the channel");
}

/// One series of the bot's metrics.
async fn figure(stage: &Stage, series: &str) -> u64 {
    let (_, page) = stage.page("/metrics").await;
    let value = page.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("{series} is missing in\n{page}"))
}

async fn speaks(seat: &Seat, own: &[String], foreign: &[&str], times: usize) {
    let known: BTreeSet<&str> = own.iter().flat_map(|text| text.split(' ')).collect();
    for _ in 0..times {
        let said = seat.run("mark", json!({})).await.words();
        let said = said.trim();
        assert!(said.split_whitespace().all(|word| known.contains(word)), "{said}");
        assert!(!foreign.iter().any(|word| said.contains(word)), "{said}");
        assert!(!own.iter().any(|text| text == said), "nobody's very words: {said}");
    }
}

#[tokio::test]
async fn two_servers_are_trained_with_files_and_no_word_crosses() {
    two_servers(Stage::open().await).await;
}

#[tokio::test]
async fn two_servers_are_trained_on_postgres_and_no_word_crosses() {
    two_servers(Stage::open_on_postgres().await).await;
}

async fn two_servers(mut stage: Stage) {
    let (green, blue) = (sentences("green"), sentences("blue"));
    let books = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let makers = stage.seat(example::ADA, example::MAKERS).await;
    let nothing = books.run("mark", json!({})).await.words();
    assert!(nothing.contains("I have learned nothing in this server yet"), "{nothing}");
    upload(&books, &list(&green)).await;
    let nothing = makers.run("mark", json!({})).await.words();
    assert!(nothing.contains("I have learned nothing in this server yet"), "{nothing}");
    upload(&makers, &list(&blue)).await;
    speaks(&books, &green, &["blue"], 25).await;
    speaks(&makers, &blue, &["green"], 25).await;
    let learned = "guildhall_markov_learned_messages_total{source=\"upload\"}";
    assert_eq!(figure(&stage, learned).await, 32);
    assert!(figure(&stage, "guildhall_markov_sentences_total{outcome=\"made\"}").await >= 50);
    assert_eq!(figure(&stage, "guildhall_markov_sentences_total{outcome=\"empty\"}").await, 2);
    assert_eq!(figure(&stage, "guildhall_markov_trainings_total{source=\"upload\",stage=\"done\"}").await, 2);
    assert_eq!(figure(&stage, "guildhall_markov_chains_open").await, 2);
    let unknown = books.run("mark", json!({ "seed": "blue" })).await.words();
    assert!(unknown.contains("Nobody has said \"blue\""), "{unknown}");
    let way = books.run("mark", json!({ "seed": "owls", "debug": true })).await.words();
    assert!(way.contains("How it came about") && way.contains("owls"), "{way}");
    let progress = |message: &Value| words(message).contains("16 of 16 messages, 100 %");
    assert!(books.messages().await.iter().any(progress), "the progress is shown");

    // Files of any size are read beside the bot, and a restart loses nothing.
    assert!(stage.terminate().await.success());
    let file = stage.folder().join("red.json");
    std::fs::write(&file, list(&sentences("red"))).unwrap();
    let guild = example::MAKERS.to_string();
    let args = ["train", file.to_str().unwrap(), "--guild", &guild, "--clean", "--json"];
    let trained = stage.cli(&args).await;
    assert!(trained.status.success(), "{}", String::from_utf8_lossy(&trained.stderr));
    let figures: Value = serde_json::from_slice(&trained.stdout).unwrap();
    assert_eq!((&figures[0]["learned"], &figures[0]["skipped"]), (&16.into(), &0.into()));
    std::fs::write(&file, "[{\"message\": \"cut").unwrap();
    let cut = stage.cli(&args).await;
    let said = String::from_utf8_lossy(&cut.stderr).into_owned();
    assert!(!cut.status.success() && said.contains("hint:") && said.contains("line 1"), "{said}");
    stage.start().await;
    stage.ready().await;
    speaks(&books, &green, &["blue", "red"], 5).await;
    speaks(&makers, &sentences("red"), &["blue", "green"], 5).await;
    stage.close().await;
}

/// Chooses a channel to learn from.
async fn listen(seat: &Seat, channel: u64) {
    let option = json!([{ "type": 1, "name": "add", "options": [
        { "type": 7, "name": "channel", "value": channel.to_string() },
    ]}]);
    let application = example::APPLICATION.to_string();
    let command = json!({ "application_id": application, "name": "listen", "type": 1, "options": option });
    let interaction = seat.interact(json!({ "command": command })).await.unwrap();
    let answer = seat.answer(&interaction).await;
    assert!(answer.words().contains("I learn from"), "{}", answer.words());
}

/// Reads the history of what was chosen; how many messages of it are new.
async fn read(stage: &Stage, seat: &Seat) -> u64 {
    let learned = "guildhall_markov_learned_messages_total{source=\"history\"}";
    let done = "guildhall_markov_trainings_total{source=\"history\",stage=\"done\"}";
    let (before, over) = (figure(stage, learned).await, figure(stage, done).await);
    let begun = seat.run("train", json!({})).await.words();
    assert!(begun.contains("I am reading the history"), "{begun}");
    let ended = wait::until(BOUND, || async { (figure(stage, done).await > over).then_some(()) });
    ended.await.expect("the training ends");
    figure(stage, learned).await - before
}

/// A thread of the channel that the bot is let into, with something that Ada says in it.
async fn thread(seat: &Seat, kind: u8, words: &str) -> u64 {
    let channels = format!("/as/{}/api/channels", seat.user);
    let body = json!({ "name": "aside", "type": kind });
    let made = seat.control.post(&format!("{channels}/{}/threads", seat.channel), body).await.unwrap();
    let id = number(&made["id"]);
    let bot = format!("{channels}/{id}/thread-members/{}", example::APPLICATION);
    seat.control.call("PUT", &bot, None).await.unwrap();
    seat.at(id).say(words).await;
    id
}

#[tokio::test]
async fn history_holds_public_threads_and_private_ones_only_where_they_are_chosen() {
    let mut stage = Stage::empty().await;
    stage.settings.push(("GUILDHALL_MARKOV__LEARNING_PERMISSION", "a test".to_owned()));
    let mut stage = stage.opened().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let level = ada.run("privacy level", json!({ "level": "permissive" })).await;
    assert!(!level.message.is_null());
    for text in sentences("green") {
        ada.say(&text).await;
    }
    thread(&ada, 11, "owls hoot in the public thread").await;
    let private = thread(&ada, 12, "newts whisper in the private thread").await;
    listen(&ada, ada.channel).await;
    assert_eq!(read(&stage, &ada).await, 17);
    let unknown = ada.run("mark", json!({ "seed": "whisper" })).await.words();
    assert!(unknown.contains("Nobody has said \"whisper\""), "{unknown}");
    let known = ada.run("mark", json!({ "seed": "hoot" })).await.words();
    assert!(!known.contains("Nobody has said"), "{known}");
    listen(&ada, private).await;
    assert_eq!(read(&stage, &ada).await, 1, "it was chosen by whoever manages the server");
    ada.at(private).say("newts whisper again").await;
    let heard = "guildhall_markov_learned_messages_total{source=\"heard\"}";
    let heard = wait::until(BOUND, || async { (figure(&stage, heard).await >= 1).then_some(()) });
    heard.await.expect("it is listened to");
    assert!(stage.terminate().await.success());
    stage.close().await;
}

/// Runs a trial in small, and gives its report.
async fn trial(args: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(BINARY);
    command.args(args).arg("--json").current_dir(folder.path()).kill_on_drop(true);
    let output = tokio::time::timeout(BOUND * 5, command.output()).await.expect("the trial ends").unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn chains_of_many_servers_keep_their_limit_while_all_are_asked() {
    let args = "bench markov-guilds --guilds 8 --largest 5000 --smallest 2500 --cache-megabytes 1 --rate 20 --seconds 2";
    let report = trial(&args.split(' ').collect::<Vec<_>>()).await;
    let run = &report["runs"][0];
    assert_eq!((&run["limit_bytes"], &run["limit_kept"]), (&json!(1_048_576.0), &json!(true)), "{report}");
    assert_eq!((&run["asked"], &run["errors"]), (&json!(40), &json!(0.0)), "{report}");
    let (sentences, unfit) = (run["sentences"].as_f64().unwrap(), run["unfit"].as_f64().unwrap());
    assert_eq!(json!(sentences + unfit), json!(40.0), "{report}");
    assert!(sentences >= 30.0, "{report}");
    // Together they are larger than that, so that it was kept by closing some.
    assert!(run["evictions"].as_f64().unwrap() > 0.0, "{report}");
}

#[tokio::test]
async fn a_long_history_is_read_while_commands_are_answered() {
    let args = "bench markov-history --messages 3000 --authors 3 --pages 20 --rate 5 --seconds 1";
    let report = trial(&args.split(' ').collect::<Vec<_>>()).await;
    assert_eq!(report["learned"], 3_000.0, "{report}");
    assert_eq!(report["meanwhile"]["unanswered"], 0, "{report}");
    assert!(report["meanwhile"]["asked"].as_u64().unwrap() >= 5, "{report}");
    assert!(report["pages_per_second"].as_f64().unwrap() <= 60.0, "the sandbox's limit was kept: {report}");
}
