//! What an operator sees: the web port, the doctor, the configuration check and the logs.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use guildhall_sandbox::example;
use guildhall_testkit::{control::Control, process::Process};
use serde_json::{Value, json};

use crate::{
    person::Seat,
    stage::{BINARY, BOUND, Stage, channel, known},
};

fn stdout(output: &std::process::Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test]
async fn health_comes_before_readiness() {
    let mut stage = Stage::empty().await;
    // Without an answer to `GET /gateway/bot` the bot lives, and cannot be ready.
    let fault = json!({ "kind": "server_error", "status": 503, "route": "/gateway/bot", "for_ms": 600_000 });
    stage.control.post("/faults", fault).await.unwrap();
    stage.start().await;
    assert_eq!(stage.page("/health").await, (200, "{\"status\":\"alive\"}".to_owned()));
    let (status, body) = stage.page("/ready").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["ready"]), (503, &json!(false)), "{body}");
    let web = stage.web_address();
    assert!(stage.cli(&["health", "--url", &web]).await.status.success());
    let asked = stage.cli(&["health", "--ready", "--url", &web]).await;
    assert_eq!(asked.status.code(), Some(1));
    assert!(stderr(&asked).contains("503"), "{}", stderr(&asked));
    stage.control.delete("/faults").await.unwrap();
    stage.ready().await;
    assert!(stage.cli(&["health", "--ready", "--url", &web]).await.status.success());
    let (status, body) = stage.page("/ready").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["ready"]), (200, &json!(true)), "{body}");
    assert_eq!(stage.page("/nothing").await.0, 404);
    assert!(stage.terminate().await.success());
    let asked = stage.cli(&["health", "--url", &web]).await;
    assert_eq!(asked.status.code(), Some(1));
    assert!(stderr(&asked).contains("no answer"), "{}", stderr(&asked));
    stage.close().await;
}

/// What `docs/metrics.md` says of a metric, or `/metrics` shows of it.
#[derive(Debug, Default, Eq, PartialEq)]
struct Metric {
    kind: String,
    labels: BTreeSet<String>,
}

/// The rows of the tables: name, type, labels, meaning, worry.
fn documented() -> BTreeMap<String, Metric> {
    let rows = include_str!("../../../../docs/metrics.md").lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.strip_suffix('|')?.split('|').map(str::trim);
        let name = cells.next()?.trim_end_matches('`').to_owned();
        let kind = cells.next()?.to_owned();
        // The names stand in backticks, their values do not.
        let labels = cells.next()?.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        assert_eq!(cells.count(), 2, "{line}");
        Some((name, Metric { kind, labels }))
    });
    rows.collect()
}

/// The metrics in Prometheus' text format. `le` belongs to every histogram and is left out.
fn shown(text: &str) -> BTreeMap<String, Metric> {
    let mut metrics: BTreeMap<String, Metric> = BTreeMap::new();
    let mut current = "";
    for line in text.lines() {
        if let Some(line) = line.strip_prefix("# TYPE ") {
            let (name, kind) = line.split_once(' ').unwrap();
            current = name;
            metrics.insert(name.to_owned(), Metric { kind: kind.to_owned(), labels: BTreeSet::new() });
        } else if line.starts_with(current)
            && let Some((_, labels)) = line.split_once('{')
        {
            let (labels, _) = labels.rsplit_once('}').unwrap();
            // Values are words of ours, without commas or signs of equality.
            let names = labels.split(',').map(|label| label.split_once('=').unwrap().0);
            let names = names.filter(|name| *name != "le").map(str::to_owned);
            metrics.get_mut(current).unwrap().labels.extend(names);
        }
    }
    metrics
}

/// Prometheus misses the first increase of a counter that was not there before, so everything is shown
/// from the start; and everything that is shown is documented.
#[tokio::test]
async fn every_metric_is_documented_and_shown_from_the_start() {
    let stage = Stage::open().await;
    let (status, text) = stage.page("/metrics").await;
    assert_eq!(status, 200);
    let (documented, shown) = (documented(), shown(&text));
    for (name, metric) in &documented {
        assert_eq!(shown.get(name), Some(metric), "{name} in docs/metrics.md, against\n{text}");
    }
    for name in shown.keys() {
        assert!(documented.contains_key(name), "{name} is missing in docs/metrics.md");
    }
    // What has not happened yet is there, too, with the labels under which it would be counted.
    for series in [
        "guildhall_gateway_gaps_total{shard=\"0\",reason=\"session_lost\"} 0",
        "guildhall_gateway_disconnects_total{shard=\"0\",reason=\"silent\"} 0",
        "guildhall_rest_rate_limited_total{scope=\"edge\"} 0",
        "guildhall_runtime_failures_total{place=\"command\"} 0",
        "guildhall_runtime_outbox_total{outcome=\"failed\"} 0",
        "guildhall_runtime_jobs_total{job=\"servers_purge\",outcome=\"panicked\"} 0",
        "guildhall_bus_abandoned_total 0",
        "guildhall_store_slow_statements_total 0",
    ] {
        assert!(text.lines().any(|line| line == series), "no {series} in\n{text}");
    }
    assert!(text.contains("guildhall_runtime_batch_events_bucket{le=\"500\"}"), "{text}");
    stage.close().await;
}

#[tokio::test]
async fn metrics_tell_of_every_part() {
    let stage = Stage::open().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    ada.run("learn", json!({ "content": "Be kind." })).await;
    let (status, text) = stage.page("/metrics").await;
    assert_eq!(status, 200);
    for name in [
        "guildhall_runtime_interactions_total",
        "guildhall_runtime_answer_seconds_count",
        "guildhall_runtime_events_total",
        "guildhall_runtime_outbox_total",
        "guildhall_runtime_guilds",
        "guildhall_runtime_waiting",
        "guildhall_rest_requests_total",
        "guildhall_rest_request_seconds_count",
        "guildhall_gateway_events_total",
        "guildhall_gateway_identifies_total",
        "guildhall_gateway_identifies_left",
        "guildhall_gateway_up",
        "guildhall_store_transaction_seconds_count",
        "guildhall_store_writer_wait_seconds_count",
        "guildhall_bus_published_total",
        "guildhall_bus_queued",
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
    ] {
        assert!(text.lines().any(|line| line.starts_with(name)), "no {name} in\n{text}");
    }
    // Labels are bounded: no server, no person.
    for id in [example::BOOK_CLUB, example::ADA] {
        assert!(!text.contains(&id.to_string()), "{text}");
    }
    stage.close().await;
}

#[tokio::test]
async fn the_doctor_finds_a_sound_bot_sound() {
    let stage = Stage::open().await;
    let told = stage.cli(&["doctor", "--json"]).await;
    let findings: Value = serde_json::from_str(&stdout(&told)).unwrap();
    assert_eq!(told.status.code(), Some(0), "{findings}");
    let level = |check: &str| {
        let findings = findings.as_array().unwrap();
        let found = findings.iter().find(|finding| finding["check"] == check);
        found.unwrap_or_else(|| panic!("no {check} in {findings:?}"))["level"].as_str().unwrap().to_owned()
    };
    for check in ["configuration", "token", "intents", "gateway budget", "clock", "commands", "permissions"] {
        assert_eq!(level(check), "ok", "{check}");
    }
    assert_eq!(level("database"), "ok", "it may be looked at while the bot runs");
    stage.close().await;
}

#[tokio::test]
async fn the_doctor_names_a_wrong_token_and_how_to_mend_it() {
    let stage = Stage::empty().await;
    let wrong = [("DISCORD_TOKEN", "MTAwMDAw.canary.not-a-token-of-anybody")];
    let told = stage.cli_with(&["doctor"], &wrong).await;
    assert_eq!(told.status.code(), Some(1));
    let text = stdout(&told);
    assert!(text.contains("FAIL  token:"), "{text}");
    assert!(text.contains("hint: copy the bot token anew"), "{text}");
    assert!(!text.contains("canary") && !stderr(&told).contains("canary"), "a token is never shown");
    stage.close().await;
}

#[tokio::test]
async fn a_wrong_token_ends_the_bot_with_a_reason() {
    let stage = Stage::empty().await;
    let wrong = [("DISCORD_TOKEN", "MTAwMDAw.canary.not-a-token-of-anybody")];
    let ended = stage.cli_with(&["run"], &wrong).await;
    assert_eq!(ended.status.code(), Some(1));
    let told = stderr(&ended);
    assert!(told.contains("error:") && told.contains("401"), "{told}");
    assert!(!told.contains("canary"), "{told}");
    stage.close().await;
}

#[tokio::test]
async fn a_typo_in_the_configuration_is_named_with_what_was_meant() {
    let stage = Stage::empty().await;
    let good = stage.cli(&["config", "check"]).await;
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    assert!(stdout(&good).contains("the configuration is in order; the bot would talk to Discord"));
    let typo = stage.cli_with(&["config", "check"], &[("GUILDHALL_WEB__LISTNE", "127.0.0.1:0")]).await;
    assert_eq!(typo.status.code(), Some(78), "{}", stderr(&typo));
    assert!(stderr(&typo).contains("there is no setting `GUILDHALL_WEB__LISTNE`"), "{}", stderr(&typo));
    assert!(stderr(&typo).contains("did you mean `GUILDHALL_WEB__LISTEN`?"), "{}", stderr(&typo));
    let file = "[discord]\ntokn = \"canary\"\n[wep]\nlisten = \"127.0.0.1:0\"\n";
    std::fs::write(stage.folder().join("guildhall.toml"), file).unwrap();
    let typos = stage.cli(&["config", "check"]).await;
    assert_eq!(typos.status.code(), Some(78), "{}", stderr(&typos));
    let told = stderr(&typos);
    assert!(told.contains("`discord.tokn`") && told.contains("did you mean `discord.token`?"), "{told}");
    assert!(told.contains("`wep`") && told.contains("did you mean `web`?"), "{told}");
    assert!(!told.contains("canary"), "{told}");
    assert_eq!(stage.cli(&["run"]).await.status.code(), Some(78), "the bot does not start with typos");
    stage.close().await;
}

/// The first of the two commands of the README: nothing is configured, and everything runs.
#[tokio::test]
async fn without_a_token_everything_starts_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("GUILDHALL_SANDBOX__LISTEN", "127.0.0.1:0".to_owned()),
        ("GUILDHALL_WEB__LISTEN", "127.0.0.1:0".to_owned()),
    ];
    let mut bot = Process::start(Path::new(BINARY), &[], &settings, folder.path()).unwrap();
    let line = bot.line("web client", BOUND).await.unwrap();
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap();
    bot.line("status ", BOUND).await.unwrap();
    let control = Control::new(address);
    let (status, page) = control.raw("GET", "/", None).await.unwrap();
    assert!(status == 200 && String::from_utf8_lossy(&page).contains("Not Discord"));
    let channel = channel(&control, example::BOOK_CLUB, "general").await;
    let ada = Seat { control: control.clone(), user: example::ADA, channel };
    known(&control, channel, "ping").await;
    assert_eq!(ada.run("ping", json!({})).await.record["state"], "responded");
    assert!(folder.path().join("guildhall-data/sandbox.db").is_file());
    assert!(bot.terminate(BOUND).await.unwrap().success());
}

/// The sandbox alone tells a bot of one's own all that it needs.
#[tokio::test]
async fn a_command_whose_reader_has_seen_enough_ends_quietly() {
    let stage = Stage::empty().await;
    let script = "\"$0\" privacy policy | head -n 1";
    let mut command = tokio::process::Command::new("/bin/sh");
    command.args(["-c", script, BINARY]).current_dir(stage.folder()).env_clear();
    command.env("PATH", "/usr/bin:/bin").kill_on_drop(true);
    let output = tokio::time::timeout(BOUND, command.output()).await.expect("it ends").unwrap();
    assert_eq!(stdout(&output).lines().count(), 1);
    assert_eq!(stderr(&output), "", "no panic is shown");
    stage.close().await;
}

#[tokio::test]
async fn the_sandbox_alone_says_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["sandbox", "--listen", "127.0.0.1:0"];
    let mut sandbox = Process::start(Path::new(BINARY), &args, &[], folder.path()).unwrap();
    let mut told = Vec::new();
    for name in ["web client", "REST", "gateway", "control", "bot token"] {
        let line = sandbox.line(name, BOUND).await.unwrap();
        told.push(line[name.len()..].trim().to_owned());
    }
    assert_eq!(told[4], example::OTHER_BOT_TOKEN);
    let control = Control::new(told[0].trim_start_matches("http://").trim_end_matches('/'));
    let state = control.get("/state").await.unwrap();
    assert_eq!(
        (state["rest_url"].as_str(), state["gateway_url"].as_str()),
        (Some(&*told[1]), Some(&*told[2]))
    );
    assert_eq!(state["guilds"].as_array().unwrap().len(), 3);
    assert!(sandbox.terminate(BOUND).await.unwrap().success());
}

/// A full disk: no file may grow beyond a limit, so that sooner or later a commit fails.
#[tokio::test]
async fn a_fault_of_ours_is_found_in_the_logs_by_its_reference() {
    let mut stage = Stage::open().await;
    assert!(stage.terminate().await.success());
    stage.start_confined(1_024).await;
    stage.ready().await;
    let ada = stage.seat(example::ADA, example::BOOK_CLUB).await;
    let mut failed = None;
    for number in 0..300 {
        let content = format!("Shelf {number}: {}", "book ".repeat(700));
        let answer = ada.run("learn", json!({ "content": content })).await;
        if answer.words().contains("Something went wrong on my side") {
            failed = Some(answer);
            break;
        }
        assert!(answer.words().contains("Learned as entry"), "{}", answer.words());
    }
    let answer = failed.unwrap_or_else(|| panic!("no commit failed; the bot wrote:\n{}", stage.output()));
    assert!(answer.hidden());
    let words = answer.words();
    let reference = words.trim_end().rsplit(' ').next().unwrap();
    assert_eq!(reference.len(), 8, "{words}");

    let found = stage.cli(&["logs", "--ref", reference]).await;
    assert_eq!(found.status.code(), Some(0), "{}", stderr(&found));
    let told = stdout(&found);
    assert!(told.contains("a handler failed") && told.contains("name: learn"), "{told}");
    assert!(told.contains("cause: "), "{told}");
    assert!(!told.contains("book book"), "what people write is not logged: {told}");
    let nothing = stage.cli(&["logs", "--ref", "00000000"]).await;
    assert_eq!(nothing.status.code(), Some(1));

    // What only reads still works.
    let pong = ada.run("ping", json!({})).await;
    assert_eq!(pong.record["state"], "responded", "{}", stage.output());
    let asked = ada.run("ask_knowledge", json!({ "query": "shelf 0" })).await;
    assert!(asked.words().contains("Shelf 0"), "{}", asked.words());
    stage.kill().await;
    // With room again, everything that was said to be learned is there.
    stage.start().await;
    stage.ready().await;
    let learned = ada.run("learn", json!({ "content": "There is room again." })).await;
    assert!(learned.words().contains("Learned as entry"), "{}", learned.words());
    stage.close().await;
}
