//! Messages made of components.

use serde_json::{Value, json};

use crate::stage::{Library, Stage, text};

const COMPONENTS_V2: u64 = 1 << 15;

fn layout(words: &str) -> Value {
    let thumbnail =
        json!({"type": 11, "media": {"url": "https://example.org/a.png"}, "description": "a picture"});
    let button = json!({"type": 2, "style": 1, "label": "Press", "custom_id": "press"});
    json!([
        {"type": 10, "content": words},
        {"type": 14, "divider": true, "spacing": 2},
        {"type": 9, "components": [{"type": 10, "content": "a section"}], "accessory": thumbnail},
        {"type": 12, "items": [{"media": {"url": "https://example.org/b.png"}}]},
        {"type": 17, "accent_color": 0x1B_674D, "components": [
            {"type": 10, "content": "within"}, {"type": 1, "components": [button]},
        ]},
    ])
}

/// A message of text, section, separator, gallery and container, whose button works.
pub(crate) async fn shown(stage: &mut Stage) {
    let channel = stage.channel("layout").await;
    let order = json!({"channel": channel, "flags": COMPONENTS_V2, "components": layout("first")});
    let sent = stage.order("send", order).await;
    if stage.library != Library::Serenity {
        assert_eq!(sent["components"], 5, "{sent}");
    }
    let seen = stage.seen(&channel, sent["id"].as_str().unwrap()).await.expect("a message");
    assert_eq!(seen["components"][0]["content"], "first");
    assert_eq!(seen["components"][4]["components"][0]["content"], "within");
    let linus = stage.linus.clone();
    let press = json!({"component": {"message_id": sent["id"], "custom_id": "press", "component_type": 2}});
    let pressed = stage.control.interact(&linus, &channel, press).await.unwrap();
    let heard = stage.interaction().await;
    assert_eq!((&heard["id"], &heard["custom_id"]), (&pressed["interaction_id"], &json!("press")));
    let data = json!({"flags": COMPONENTS_V2, "components": layout("second")});
    stage.order("respond", json!({"to": text(&heard, "id"), "type": 7, "data": data})).await;
    let seen = stage.seen(&channel, sent["id"].as_str().unwrap()).await.expect("a message");
    assert_eq!(seen["components"][0]["content"], "second");
}

/// Content beside components, and too many of them.
pub(crate) async fn layout_refused(stage: &mut Stage) {
    let channel = stage.channel("layout-refused").await;
    let order = json!({
        "channel": channel, "content": "words", "flags": COMPONENTS_V2, "components": layout("first"),
    });
    stage.refused_by_either("send", order, (400, 50035)).await;
    let children: Vec<Value> = (0..9).map(|n| json!({"type": 10, "content": format!("line {n}")})).collect();
    let container = json!({"type": 17, "components": children});
    let order = json!({"channel": channel, "flags": COMPONENTS_V2, "components": vec![container; 5]});
    stage.refused_by_either("send", order, (400, 50035)).await;
}
