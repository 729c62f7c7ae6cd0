//! Webhooks that take GitHub's events. (Discord docs: Webhook, Execute GitHub-Compatible Webhook.)

use serde_json::{Map, Value, json};

use super::by_token;
use super::execute::say;
use crate::model::Webhook;
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::error::{self, ApiError};
use crate::rest::routes::{Auth, Pace, Table};

/// The routes of this module.
pub(super) fn routes(table: &mut Table) {
    table.post("/webhooks/{webhook}/{token}/github", Auth::Open, Pace::Ordinary, execute);
}

/// Services cannot begin a post, so a forum needs a thread that is there.
pub(super) fn not_into_a_forum(call: &Call, webhook: &Webhook) -> Result<(), ApiError> {
    let forum = call.read(|world| world.channel(webhook.channel_id).is_some_and(|c| c.kind.is_forum()));
    if forum && call.query("thread_id").is_none() { Err(error::WEBHOOK_SERVICE_FORUM) } else { Ok(()) }
}

/// `POST /webhooks/{webhook}/{token}/github`; events that are not shown are taken without a word.
fn execute(call: &Call) -> Answer {
    let webhook = call.read(|world| by_token(world, call).cloned())?;
    not_into_a_forum(call, &webhook)?;
    let event = call.headers.get("x-github-event").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Some(embed) = embed(event, &call.body) {
        let mut body = Map::new();
        body.insert("username".to_owned(), json!("GitHub"));
        body.insert("embeds".to_owned(), json!([embed]));
        say(call, &webhook, &body)?;
    }
    Ok(Reply::Empty)
}

/// Characters of a quoted text.
const QUOTED: usize = 350;

/// The event as an embed; `None` for those that are not shown.
fn embed(event: &str, data: &Value) -> Option<Value> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let repo = text(&data["repository"]["full_name"]);
    let action = text(&data["action"]);
    let number = |of: &Value| format!("#{} {}", of["number"], text(&of["title"]));
    let (title, url, quoted) = match event {
        "push" => return push(&repo, data),
        "issues" | "pull_request" => {
            let (key, kind) =
                if event == "issues" { ("issue", "Issue") } else { ("pull_request", "Pull request") };
            if !matches!(action.as_str(), "opened" | "closed" | "reopened") {
                return None;
            }
            let of = &data[key];
            let quoted = if action == "opened" { &of["body"] } else { &Value::Null };
            (format!("{kind} {action}: {}", number(of)), &of["html_url"], quoted)
        }
        "issue_comment" if action == "created" => {
            let of = &data["comment"];
            let kind = if data["issue"]["pull_request"].is_object() { "pull request" } else { "issue" };
            (format!("New comment on {kind} {}", number(&data["issue"])), &of["html_url"], &of["body"])
        }
        "pull_request_review" if action == "submitted" => {
            let of = &data["review"];
            let title = format!("Pull request review submitted: {}", number(&data["pull_request"]));
            (title, &of["html_url"], &of["body"])
        }
        "pull_request_review_comment" | "commit_comment" if action == "created" => {
            let of = &data["comment"];
            let short: String = text(&of["commit_id"]).chars().take(7).collect();
            (format!("New comment on commit {short}"), &of["html_url"], &of["body"])
        }
        "create" | "delete" => {
            let verb = if event == "create" { "New" } else { "Deleted" };
            let title = format!("{verb} {}: {}", text(&data["ref_type"]), text(&data["ref"]));
            (title, &data["repository"]["html_url"], &Value::Null)
        }
        "fork" => {
            let of = &data["forkee"];
            (format!("Fork created: {}", text(&of["full_name"])), &of["html_url"], &Value::Null)
        }
        "release" if action == "published" => {
            let of = &data["release"];
            let name = of["name"].as_str().filter(|name| !name.is_empty()).or(of["tag_name"].as_str());
            (format!("New release published: {}", name.unwrap_or_default()), &of["html_url"], &Value::Null)
        }
        "watch" if action == "started" => {
            ("New star added".to_owned(), &data["repository"]["html_url"], &Value::Null)
        }
        "member" if action == "added" => {
            let of = &data["member"];
            (format!("New collaborator added: {}", text(&of["login"])), &of["html_url"], &Value::Null)
        }
        "public" => ("Now open sourced".to_owned(), &data["repository"]["html_url"], &Value::Null),
        "check_run" | "check_suite" if action == "completed" => {
            let of = &data[event];
            let result = text(&of["conclusion"]);
            (format!("{} {result}", text(&of["name"])), &of["html_url"], &Value::Null)
        }
        "discussion" if action == "created" => {
            let of = &data["discussion"];
            (format!("New discussion {}", number(of)), &of["html_url"], &of["body"])
        }
        "discussion_comment" if action == "created" => {
            let of = &data["comment"];
            (
                format!("New comment on discussion {}", number(&data["discussion"])),
                &of["html_url"],
                &of["body"],
            )
        }
        _ => return None,
    };
    Some(dress(data, &format!("[{repo}] {title}"), url, &short(quoted, QUOTED)))
}

fn push(repo: &str, data: &Value) -> Option<Value> {
    let commits = data["commits"].as_array().filter(|commits| !commits.is_empty())?;
    let branch = data["ref"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let noun = if commits.len() == 1 { "commit" } else { "commits" };
    let title = format!("[{repo}:{branch}] {} new {noun}", commits.len());
    let line = |commit: &Value| {
        let id: String = commit["id"].as_str().unwrap_or_default().chars().take(7).collect();
        let first = commit["message"].as_str().unwrap_or_default().lines().next().unwrap_or_default();
        let url = commit["url"].as_str().unwrap_or_default();
        let who = commit["author"]["name"].as_str().unwrap_or_default();
        format!("[`{id}`]({url}) {} - {who}", short(&json!(first), 50))
    };
    // Five commits of 4096 characters together are more than fit; long parts were cut before.
    let lines: Vec<String> = commits.iter().take(5).map(line).collect();
    Some(dress(data, &title, &data["compare"], &short(&json!(lines.join("\n")), 4096)))
}

fn dress(data: &Value, title: &str, url: &Value, description: &str) -> Value {
    let sender = &data["sender"];
    let mut all = json!({ "title": short(&json!(title), 256), "color": 0x0072_89DA });
    if let Some(name) = sender["login"].as_str().filter(|name| !name.is_empty()) {
        all["author"] = json!({ "name": name, "url": sender["html_url"], "icon_url": sender["avatar_url"] });
    }
    if url.is_string() {
        all["url"] = url.clone();
    }
    if !description.is_empty() {
        all["description"] = json!(description);
    }
    all
}

/// A text cut to so many characters.
fn short(value: &Value, most: usize) -> String {
    let text = value.as_str().unwrap_or_default();
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 3).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_become_embeds() {
        let base = json!({ "repository": { "full_name": "a/b", "html_url": "https://example.org/a/b" },
            "sender": { "login": "ada" } });
        let with = |more: Value| {
            let mut all = base.clone();
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        let opened =
            with(json!({ "action": "opened", "issue": { "number": 3, "title": "Broken", "body": "so" } }));
        let shown = embed("issues", &opened).unwrap();
        assert_eq!(
            (&shown["title"], &shown["description"]),
            (&json!("[a/b] Issue opened: #3 Broken"), &json!("so"))
        );
        let pushed = with(json!({ "ref": "refs/heads/main", "compare": "https://example.org/c",
            "commits": [{ "id": "0123456789", "message": "One\n\ntwo", "url": "https://example.org/1", "author": { "name": "Ada" } }] }));
        let shown = embed("push", &pushed).unwrap();
        assert_eq!(shown["title"], "[a/b:main] 1 new commit");
        assert_eq!(shown["description"], "[`0123456`](https://example.org/1) One - Ada");
        for silent in ["ping", "star", "issues"] {
            assert!(embed(silent, &with(json!({ "action": "labeled" }))).is_none(), "{silent}");
        }
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(short(&json!("x".repeat(400)), QUOTED).chars().count(), QUOTED);
    }
}
