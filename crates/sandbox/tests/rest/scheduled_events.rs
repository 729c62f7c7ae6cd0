//! Scheduled events: their forms, their life, and who is interested.

use guildhall_sandbox::{Limits, example};
use serde_json::{Value, json};

use crate::bot::Bench;
use crate::{GUILD, id};

const CREATE: u64 = 1 << 44;
const MANAGE: u64 = 1 << 33;

fn all() -> String {
    format!("/guilds/{GUILD}/scheduled-events")
}

fn outing() -> Value {
    json!({
        "name": "Outing", "privacy_level": 2, "entity_type": 3,
        "scheduled_start_time": "2998-01-01T10:00:00Z", "scheduled_end_time": "2998-01-01T12:00:00Z",
        "entity_metadata": { "location": "The park" },
    })
}

fn with(change: &Value) -> Value {
    let mut body = outing();
    body.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
    body
}

#[tokio::test]
async fn each_kind_of_event_has_its_fields() {
    let bench = Bench::with(Limits { scheduled_events: 3, ..Bench::wide() }).await;
    bench.bot("POST", &all(), outing()).await.refused(403, 50_013);
    bench.grant(CREATE);
    for (change, field) in [
        (json!({ "name": "x".repeat(101) }), "name"),
        (json!({ "privacy_level": 1 }), "privacy_level"),
        (json!({ "entity_type": 4 }), "entity_type"),
        (json!({ "scheduled_start_time": "2001-01-01T00:00:00Z" }), "scheduled_start_time"),
        (json!({ "scheduled_end_time": "2997-01-01T00:00:00Z" }), "scheduled_end_time"),
        (json!({ "scheduled_end_time": null }), "scheduled_end_time"),
        (json!({ "entity_metadata": null }), "entity_metadata"),
        (json!({ "entity_type": 2 }), "channel_id"),
        (json!({ "channel_id": bench.general().to_string() }), "channel_id"),
        (json!({ "image": "x" }), "image"),
        (
            json!({ "recurrence_rule": { "start": "2998-01-01T10:00:00Z", "frequency": 2, "by_weekday": [1, 2] } }),
            "recurrence_rule",
        ),
    ] {
        let refused = bench.bot("POST", &all(), with(&change)).await;
        refused.refused(400, 50_035);
        assert!(refused.body["errors"][field].is_object(), "{field}: {}", refused.text);
    }
    let voice = json!({ "name": "club", "type": 2 });
    let voice =
        bench.person(example::ADA, "POST", &format!("/guilds/{GUILD}/channels"), voice).await.good(201);
    let talk = json!({ "entity_type": 2, "channel_id": voice["id"], "entity_metadata": null });
    let wrong = json!({ "entity_type": 1, "channel_id": voice["id"], "entity_metadata": null });
    bench.bot("POST", &all(), with(&wrong)).await.refused(400, 50_024);
    let made = bench.bot("POST", &all(), with(&talk)).await.good(200);
    assert_eq!(
        (&made["status"], &made["channel_id"], &made["entity_metadata"]),
        (&json!(1), &voice["id"], &Value::Null)
    );
    for _ in 0..2 {
        bench.bot("POST", &all(), outing()).await.good(200);
    }
    bench.bot("POST", &all(), outing()).await.refused(400, 30_038);
    let list = bench.bot("GET", &format!("{}?with_user_count=true", all()), Value::Null).await.good(200);
    assert_eq!((list.as_array().map(Vec::len), &list[0]["user_count"]), (Some(3), &json!(1)));
    bench.close().await;
}

#[tokio::test]
async fn an_event_begins_ends_and_stays_ended() {
    let bench = Bench::with(Bench::wide()).await;
    bench.grant(CREATE);
    let one = format!("{}/{}", all(), id(&bench.bot("POST", &all(), outing()).await.good(200)));
    bench.person(example::LINUS, "PATCH", &one, json!({ "name": "Mine" })).await.refused(403, 50_013);
    bench.bot("PATCH", &one, json!({ "status": 3 })).await.refused(400, 50_035);
    assert_eq!(bench.bot("PATCH", &one, json!({ "status": 2 })).await.good(200)["status"], 2);
    bench.bot("PATCH", &one, json!({ "status": 4 })).await.refused(400, 50_035);
    assert_eq!(bench.bot("PATCH", &one, json!({ "status": 3 })).await.good(200)["status"], 3);
    bench.bot("PATCH", &one, json!({ "name": "Late" })).await.refused(400, 180_000);
    let list = bench.bot("GET", &all(), Value::Null).await.good(200);
    assert_eq!(list, json!([]), "what is over is not listed");
    assert_eq!(bench.bot("GET", &one, Value::Null).await.good(200)["status"], 3);
    // Another's event takes the right to manage.
    let theirs = bench.person(example::ADA, "POST", &all(), outing()).await.good(200);
    let theirs = format!("{}/{}", all(), id(&theirs));
    bench.bot("DELETE", &theirs, Value::Null).await.refused(403, 50_013);
    bench.grant(MANAGE);
    assert_eq!(bench.bot("DELETE", &theirs, Value::Null).await.status, 204);
    bench.bot("GET", &theirs, Value::Null).await.refused(404, 10_070);
    let log = bench.bot("GET", &format!("/guilds/{GUILD}/audit-logs?limit=5"), Value::Null).await.good(200);
    let entries = log["audit_log_entries"].as_array().expect("a list");
    let kinds: Vec<&Value> = entries.iter().map(|entry| &entry["action_type"]).collect();
    assert_eq!(kinds, [102, 100, 101, 101, 100]);
    assert_eq!(log["guild_scheduled_events"].as_array().map(Vec::len), Some(1), "what is gone is not shown");
    bench.close().await;
}

#[tokio::test]
async fn people_follow_an_event_or_one_occurrence() {
    let bench = Bench::with(Bench::wide()).await;
    bench.grant(CREATE);
    let weekly = json!({ "recurrence_rule": { "start": "2998-01-01T10:00:00Z", "frequency": 2, "interval": 2, "by_weekday": [3] } });
    let made = bench.bot("POST", &all(), with(&weekly)).await.good(200);
    assert_eq!(made["recurrence_rule"]["interval"], 2);
    let one = format!("{}/{}", all(), id(&made));
    let change = json!({ "original_scheduled_start_time": "2998-01-15T10:00:00Z", "is_canceled": true });
    let exception = bench.bot("POST", &format!("{one}/exceptions"), change).await.good(200);
    assert_eq!((&exception["is_canceled"], &exception["event_id"]), (&json!(true), &made["id"]));
    let exception = exception["event_exception_id"].as_str().expect("an id").to_owned();
    let moved = json!({ "is_canceled": false, "scheduled_start_time": "2998-01-15T11:00:00Z" });
    let moved = bench.bot("PATCH", &format!("{one}/exceptions/{exception}"), moved).await.good(200);
    assert_eq!(moved["scheduled_start_time"], "2998-01-15T11:00:00.000000+00:00");

    let interest = |user: u64| format!("/as/{user}/guilds/{GUILD}/scheduled-events/{}/interest", id(&made));
    for user in [example::LINUS, example::ADA] {
        bench.control("PUT", &interest(user), Value::Null).await.good(200);
    }
    let occurrence = format!("{}?exception_id={exception}", interest(example::GRACE));
    bench.control("PUT", &occurrence, Value::Null).await.good(200);
    bench.control("DELETE", &interest(example::ADA), Value::Null).await.good(200);
    let users = bench.bot("GET", &format!("{one}/users?with_member=true"), Value::Null).await.good(200);
    let names: Vec<&Value> =
        users.as_array().expect("a list").iter().map(|u| &u["user"]["username"]).collect();
    assert_eq!(names.len(), 2, "the creator, and who is interested");
    assert!(names.contains(&&json!("linus")) && users[1]["member"]["joined_at"].is_string());
    let first = bench.bot("GET", &format!("{one}/users?limit=1"), Value::Null).await.good(200);
    let after = first[0]["user_id"].as_str().expect("an id").to_owned();
    let rest = bench.bot("GET", &format!("{one}/users?after={after}"), Value::Null).await.good(200);
    assert_eq!(rest.as_array().map(Vec::len), Some(1));
    let counts = format!("{one}/users/counts?guild_scheduled_event_exception_ids={exception}");
    let counts = bench.bot("GET", &counts, Value::Null).await.good(200);
    assert_eq!(
        counts,
        json!({ "guild_scheduled_event_count": 2, "guild_scheduled_event_exception_counts": { exception.as_str(): 1 } })
    );
    let of_one = bench.bot("GET", &format!("{one}/{exception}/users"), Value::Null).await.good(200);
    assert_eq!(of_one[0]["user"]["username"], "grace");
    assert_eq!(bench.bot("DELETE", &format!("{one}/exceptions/{exception}"), Value::Null).await.status, 204);
    bench.bot("DELETE", &format!("{one}/exceptions/{exception}"), Value::Null).await.refused(404, 10_070);
    bench.close().await;
}

#[tokio::test]
async fn events_begin_and_end_by_the_clock_and_by_who_is_there() {
    let bench = Bench::with(Bench::wide()).await;
    bench.grant(CREATE);
    let hour = 3_600_000;
    let pass = async |ms: i64| bench.control("POST", "/clock/advance", json!({ "ms": ms })).await.good(200);
    let status = async |one: &Value| {
        let path = format!("{}/{}", all(), id(one));
        bench.bot("GET", &path, Value::Null).await.good(200)["status"].clone()
    };
    let now = bench.sandbox.engine().now();
    let at = |hours: i64| json!(guildhall_sandbox::clock::iso(now + hours * hour));
    let outside = with(&json!({ "scheduled_start_time": at(1), "scheduled_end_time": at(2) }));
    let outside = bench.bot("POST", &all(), outside).await.good(200);
    let voice = json!({ "name": "club", "type": 2 });
    let voice =
        bench.person(example::ADA, "POST", &format!("/guilds/{GUILD}/channels"), voice).await.good(201);
    let talk = with(&json!({
        "entity_type": 2, "channel_id": voice["id"], "entity_metadata": null,
        "scheduled_start_time": at(1), "scheduled_end_time": at(9),
    }));
    let forgotten = bench.bot("POST", &all(), talk.clone()).await.good(200);
    let held = bench.bot("POST", &all(), talk).await.good(200);
    let here = format!("/as/{}/channels/{}/voice", example::LINUS, id(&voice));
    bench.control("POST", &here, json!({})).await.good(200);
    let start = json!({ "status": 2 });
    bench.bot("PATCH", &format!("{}/{}", all(), id(&held)), start).await.good(200);

    assert_eq!(status(&outside).await, 1);
    pass(hour).await;
    assert_eq!(status(&outside).await, 2, "what is elsewhere begins at its time");
    pass(hour).await;
    assert_eq!(status(&outside).await, 3, "and ends at its time");
    assert_eq!(status(&forgotten).await, 1);
    pass(2 * hour).await;
    assert_eq!(status(&forgotten).await, 4, "nobody began it for hours");
    assert_eq!(status(&held).await, 2, "someone is there");
    let leave = format!("/as/{}/guilds/{GUILD}/voice", example::LINUS);
    bench.control("DELETE", &leave, Value::Null).await.good(200);
    pass(4 * 60_000).await;
    bench.control("POST", &here, json!({})).await.good(200);
    pass(2 * 60_000).await;
    assert_eq!(status(&held).await, 2, "someone came back in time");
    bench.control("DELETE", &leave, Value::Null).await.good(200);
    pass(5 * 60_000).await;
    assert_eq!(status(&held).await, 3);
    bench.close().await;
}
