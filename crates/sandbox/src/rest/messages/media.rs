//! Pictures and files in components, as Discord gives them back: with what it found out about them.
//! (Discord docs: Component Reference, Unfurled Media Item.)

use serde_json::{Map, Value, json};

use crate::model::{Attachment, Message};
use crate::snowflake::{Id, Millis, Sid};
use crate::world::World;

const THUMBNAIL: i64 = 11;
const GALLERY: i64 = 12;
const FILE: i64 = 13;

/// Fills in what is known of every picture and file in a message's components. Their addresses are those
/// of attachments already where they are attachments.
pub(super) fn complete(world: &mut World, message: &mut Message, now: Millis) {
    let Message { components, attachments, .. } = message;
    for component in components {
        walk(world, component, attachments, now);
    }
}

fn walk(world: &mut World, component: &mut Value, attachments: &[Attachment], now: Millis) {
    let Value::Object(keys) = component else { return };
    match keys.get("type").and_then(Value::as_i64) {
        Some(THUMBNAIL) => {
            unfurl(world, keys, "media", attachments, now);
        }
        Some(GALLERY) => {
            for item in keys.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
                let Value::Object(item) = item else { continue };
                unfurl(world, item, "media", attachments, now);
                item.entry("description").or_insert(Value::Null);
                item.entry("spoiler").or_insert(json!(false));
            }
        }
        Some(FILE) => {
            if let Some(file) = unfurl(world, keys, "file", attachments, now) {
                keys.insert("name".to_owned(), json!(file.filename));
                keys.insert("size".to_owned(), json!(file.size));
            }
        }
        _ => {
            for child in keys.get_mut("components").and_then(Value::as_array_mut).into_iter().flatten() {
                walk(world, child, attachments, now);
            }
            if let Some(accessory) = keys.get_mut("accessory") {
                walk(world, accessory, attachments, now);
            }
        }
    }
}

/// One picture or file; gives the attachment that it is.
fn unfurl<'a>(
    world: &mut World,
    holder: &mut Map<String, Value>,
    key: &str,
    attachments: &'a [Attachment],
    now: Millis,
) -> Option<&'a Attachment> {
    let media = holder.get_mut(key)?.as_object_mut()?;
    let url = media.get("url")?.as_str()?.to_owned();
    let file = attachments.iter().find(|file| url.starts_with(&file.url));
    let known: Option<Id> = media.get("id").and_then(crate::validate::form::parse_snowflake);
    let id = known.unwrap_or_else(|| world.ids.next(now));
    let mut all = json!({
        "id": Sid(id),
        "url": url,
        "proxy_url": url,
        "width": file.and_then(|file| file.width),
        "height": file.and_then(|file| file.height),
        "content_type": file.and_then(|file| file.content_type.clone()),
    });
    if let Some(file) = file {
        all["attachment_id"] = json!(Sid(file.id));
    }
    holder.insert(key.to_owned(), all);
    file
}
