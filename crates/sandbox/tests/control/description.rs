//! The interface describes itself, wholly and truly.

use guildhall_sandbox::{Limits, control_openapi, control_reference};
use guildhall_testkit::tools::workspace;
use serde_json::{Value, json};

use crate::bot::Bench;

#[tokio::test]
async fn the_description_is_served_as_a_document_and_as_a_page() {
    let bench = Bench::with(Limits::default()).await;
    let document = bench.control("GET", "/openapi.json", Value::Null).await.good(200);
    assert_eq!(document, control_openapi());
    assert_eq!(document["openapi"], "3.1.0");
    let send = &document["paths"]["/control/as/{user}/channels/{channel}/messages"]["post"];
    assert_eq!(send["parameters"][1]["name"], "channel");
    let body = send["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
    let named = &document["components"]["schemas"][body.rsplit('/').next().unwrap()];
    assert!(named["properties"]["content"].is_object(), "{named}");
    let page = bench.control("GET", "/docs", Value::Null).await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(page.text.contains(&format!("<code>{path}</code>")), "the page lacks {path}");
    }
    assert!(!page.text.contains("<script") && !page.text.contains("http://"), "nothing foreign is loaded");
    bench.close().await;
}

/// Every described route is mounted: none of them is answered with the fallback's words.
#[tokio::test]
async fn every_described_route_is_mounted() {
    let bench = Bench::with(Limits::default()).await;
    let document = control_openapi();
    for (path, methods) in document["paths"].as_object().unwrap() {
        // The stream does not end.
        if path.ends_with("/events") {
            continue;
        }
        let segments = path.trim_start_matches("/control").split('/');
        let filled = segments.map(|part| if part.starts_with('{') { "1" } else { part });
        let filled = filled.collect::<Vec<_>>().join("/");
        for method in methods.as_object().unwrap().keys().filter(|method| *method != "delete") {
            let filled = if filled == "/journal/wait" { "/journal/wait?timeout_ms=1" } else { &filled };
            let got = bench.control(&method.to_uppercase(), filled, json!({ "no_such_field": 1 })).await;
            assert_ne!(got.body["error"], "no such route", "{method} {path}");
            assert_ne!(got.status, 405, "{method} {path}");
        }
    }
    bench.sandbox.shutdown().await;
}

/// Routes are mounted with their description and in no other way.
#[test]
fn no_route_is_mounted_without_a_description() {
    let folder = workspace().join("crates/sandbox/src/control");
    let mut looked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "rs") || path.ends_with("routes.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(".route("), "{} mounts a route without a description", path.display());
        looked += 1;
    }
    assert!(looked > 10);
}

#[test]
fn the_committed_page_is_current() {
    let current = control_reference();
    let committed = std::fs::read_to_string(workspace().join("docs/sandbox_control.md")).unwrap();
    let copy = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("sandbox_control.md");
    std::fs::write(&copy, &current).unwrap();
    assert!(committed == current, "run `cargo xtask docs`, or copy {}", copy.display());
}
