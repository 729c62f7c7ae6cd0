//! What the checks against the description find.

use super::*;

fn description() -> OpenApi {
    OpenApi::new(json!({
        "paths": {
            "/things/{thing_id}": {
                "get": { "responses": {
                    "200": { "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/Thing" }
                    } } },
                    "4XX": { "$ref": "#/components/responses/Error" },
                } },
                "delete": { "responses": { "204": { "description": "gone" } } },
            },
        },
        "components": {
            "schemas": { "Thing": {
                "type": "object",
                "required": ["id", "at"],
                "properties": {
                    "id": { "type": "string" },
                    "at": { "type": "string", "format": "date-time" },
                    "shape": { "anyOf": [
                        { "type": "object", "required": ["kind", "radius"], "properties": { "kind": { "const": 1 } } },
                        { "type": "object", "required": ["kind", "side"], "properties": { "kind": { "const": 2 } } },
                    ], "x-discord-union": "oneOf" },
                },
            } },
            "responses": { "Error": { "content": { "application/json": {
                "schema": { "type": "object", "required": ["code"] }
            } } } },
        },
    }))
    .unwrap()
}

fn check(method: &str, status: u16, body: &Value) -> Verdict {
    let answer = Answer { method, path: "/api/v10/things/5", status, body: Some(body) };
    description().check(&answer).unwrap()
}

#[test]
fn a_fitting_answer_fits() {
    let body = json!({"id": "5", "at": "2026-11-20T10:00:00Z", "shape": {"kind": 2, "side": 3}});
    assert_eq!(check("GET", 200, &body), Verdict::Fits);
    assert_eq!(check("GET", 404, &json!({"code": 10003})), Verdict::Fits);
    assert_eq!(check("DELETE", 204, &Value::Null), Verdict::Empty);
}

#[test]
fn a_missing_key_and_a_bad_date_are_named() {
    let Verdict::Breaks(faults) = check("GET", 200, &json!({"at": "yesterday"})) else {
        panic!("it must break");
    };
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("\"id\"")), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("/at")), "{faults:?}");
}

#[test]
fn of_a_union_the_closest_alternative_is_explained() {
    let body = json!({"id": "5", "at": "2026-11-20T10:00:00Z", "shape": {"kind": 2}});
    let Verdict::Breaks(faults) = check("GET", 200, &body) else {
        panic!("it must break");
    };
    assert!(faults[0].contains("side"), "{faults:?}");
}

#[test]
fn what_is_not_described_is_not_passed_over() {
    assert!(matches!(check("PUT", 200, &json!({})), Verdict::Undescribed(_)));
    assert!(matches!(check("GET", 201, &json!({})), Verdict::Breaks(_)));
    assert!(matches!(check("DELETE", 204, &json!({"x": 1})), Verdict::Breaks(_)));
    assert!(matches!(check("GET", 403, &Value::Null), Verdict::Breaks(_)));
}

#[test]
fn the_published_description_compiles() {
    let Some(path) = crate::tools::shared_data()
        .map(|folder| folder.join("discord-openapi.json"))
        .filter(|path| path.is_file())
    else {
        println!("skipped: no discord-openapi.json in the shared data");
        return;
    };
    let mut description = OpenApi::read(&path).unwrap();
    let user = json!({
        "id": "175928847299117063", "username": "ada", "discriminator": "0", "global_name": null,
        "avatar": null, "public_flags": 0, "flags": 0, "primary_guild": null,
    });
    let messages = json!([{
        "type": 0, "content": "hello", "mentions": [], "mention_roles": [], "attachments": [],
        "embeds": [], "timestamp": "2026-11-20T10:00:00.000000+00:00", "edited_timestamp": null,
        "flags": 0, "components": [], "id": "175928847299117064",
        "channel_id": "175928847299117065", "author": user, "pinned": false,
        "mention_everyone": false, "tts": false,
    }]);
    let mut check = |body: &Value| {
        description
            .check(&Answer {
                method: "GET",
                path: "/channels/175928847299117065/messages",
                status: 200,
                body: Some(body),
            })
            .unwrap()
    };
    assert_eq!(check(&messages), Verdict::Fits);
    let mut broken = messages.clone();
    broken[0].as_object_mut().unwrap().remove("tts");
    assert!(matches!(check(&broken), Verdict::Breaks(_)));
}

#[test]
fn an_exception_is_narrow() {
    assert_eq!(check("GET", 429, &json!({"message": "slow down"})), Verdict::Fits);
    assert!(matches!(check("GET", 403, &json!({"message": "no"})), Verdict::Breaks(_)));
    assert!(is_same_place("/*/author", "/3/author"));
    assert!(!is_same_place("/*/author", "/3/author/id"));
}
