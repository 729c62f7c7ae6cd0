//! Message components, first and second generation.
//! (Discord docs: Components, Component Reference.)

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::form::{Form, Path};

/// Total number of components, nested ones included, in a v2 message.
pub(crate) const TOTAL_V2: usize = 40;
/// Action rows in a message of the first generation.
pub(crate) const ROWS_V1: usize = 5;

const ROW: i64 = 1;
const BUTTON: i64 = 2;
const SECTION: i64 = 9;
const TEXT_DISPLAY: i64 = 10;
const THUMBNAIL: i64 = 11;
const GALLERY: i64 = 12;
const FILE: i64 = 13;
const SEPARATOR: i64 = 14;
const CONTAINER: i64 = 17;
/// Select menus: string, user, role, mentionable, channel.
pub(crate) const SELECTS: [i64; 5] = [3, 5, 6, 7, 8];

/// What a component tree has used up while it is walked.
#[derive(Default)]
struct Walk {
    count: usize,
    custom_ids: HashSet<String>,
    ids: HashSet<i64>,
}

/// Checks the `components` of a message; `v2` says whether the message has `IS_COMPONENTS_V2`.
pub(crate) fn check(form: &mut Form, components: &[Value], path: Path<'_>, v2: bool) {
    let mut walk = Walk::default();
    if !v2 && components.len() > ROWS_V1 {
        form.length(path, 0, ROWS_V1);
    }
    let allowed: &[i64] =
        if v2 { &[ROW, SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR, CONTAINER] } else { &[ROW] };
    for (index, component) in components.iter().enumerate() {
        check_one(form, component, path.index(index), allowed, &mut walk);
    }
    if v2 && walk.count > TOTAL_V2 {
        form.error(
            path,
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            format!("The total number of components in a message must not exceed {TOTAL_V2}."),
        );
    }
}

fn check_one(form: &mut Form, component: &Value, path: Path<'_>, allowed: &[i64], walk: &mut Walk) {
    walk.count += 1;
    let Some(object) = form.object(component, path) else { return };
    if object.get("type").is_none_or(Value::is_null) {
        return form.required(path.key("type"));
    }
    let Some(kind) = form.choice(object, "type", path, allowed) else { return };
    // 0 asks for a number, as none does.
    let id = form.integer(object, "id", path, (0, i64::from(i32::MAX))).filter(|id| *id != 0);
    if id.is_some_and(|id| !walk.ids.insert(id)) {
        form.error(path.key("id"), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated");
    }
    match kind {
        ROW => check_row(form, object, path, walk),
        BUTTON => check_button(form, object, path, walk),
        SECTION => {
            let inner = path.key("components");
            let children = form.list(object, "components", path, 3);
            if children.is_empty() {
                form.length(inner, 1, 3);
            }
            for (index, child) in children.iter().enumerate() {
                check_one(form, child, inner.index(index), &[TEXT_DISPLAY], walk);
            }
            match object.get("accessory") {
                None | Some(Value::Null) => form.required(path.key("accessory")),
                Some(accessory) => {
                    check_one(form, accessory, path.key("accessory"), &[BUTTON, THUMBNAIL], walk);
                }
            }
        }
        TEXT_DISPLAY => {
            form.required_string(object, "content", path, (1, 4000));
        }
        THUMBNAIL => check_media(form, object, path, false),
        GALLERY => {
            let inner = path.key("items");
            let items = form.list(object, "items", path, 10);
            if items.is_empty() {
                form.length(inner, 1, 10);
            }
            for (index, item) in items.iter().enumerate() {
                if let Some(item) = form.object(item, inner.index(index)) {
                    check_media(form, item, inner.index(index), false);
                }
            }
        }
        FILE => {
            let here = path.key("file");
            match object.get("file").and_then(|f| f.get("url")).and_then(Value::as_str) {
                Some(url) if url.starts_with("attachment://") => {}
                Some(_) => form.error(
                    here.key("url"),
                    "URL_TYPE_INVALID_SCHEME",
                    "Scheme is not supported. Scheme must be one of ('attachment').",
                ),
                None => form.required(here),
            }
        }
        SEPARATOR => {
            form.boolean(object, "divider", path);
            form.choice(object, "spacing", path, &[1, 2]);
        }
        CONTAINER => {
            form.integer(object, "accent_color", path, (0, 0xFF_FF_FF));
            form.boolean(object, "spoiler", path);
            let inner = path.key("components");
            let children = form.list(object, "components", path, usize::MAX);
            if children.is_empty() {
                form.length(inner, 1, TOTAL_V2);
            }
            for (index, child) in children.iter().enumerate() {
                let allowed = [ROW, TEXT_DISPLAY, SECTION, GALLERY, SEPARATOR, FILE];
                check_one(form, child, inner.index(index), &allowed, walk);
            }
        }
        _ => check_select(form, object, path, kind, walk),
    }
}

fn check_media(form: &mut Form, object: &Map<String, Value>, path: Path<'_>, only_attachment: bool) {
    let here = path.key("media");
    match object.get("media").and_then(Value::as_object) {
        Some(media) if media.contains_key("url") => form.url(media, "url", here, !only_attachment, 2048),
        Some(_) => form.required(here.key("url")),
        None => form.required(here),
    }
    form.string(object, "description", path, (0, 1024));
}

fn check_row(form: &mut Form, object: &Map<String, Value>, path: Path<'_>, walk: &mut Walk) {
    let inner = path.key("components");
    let children = form.list(object, "components", path, 5);
    if children.is_empty() {
        form.length(inner, 1, 5);
    }
    let selects =
        children.iter().filter(|c| c["type"].as_i64().is_some_and(|t| SELECTS.contains(&t))).count();
    if selects > 0 && children.len() > 1 {
        form.error(
            inner,
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The specified component exceeds the maximum width",
        );
    }
    for (index, child) in children.iter().enumerate() {
        check_one(form, child, inner.index(index), &[BUTTON, 3, 5, 6, 7, 8], walk);
    }
}

fn check_button(form: &mut Form, object: &Map<String, Value>, path: Path<'_>, walk: &mut Walk) {
    if object.get("style").is_none_or(Value::is_null) {
        return form.required(path.key("style"));
    }
    let Some(style) = form.choice(object, "style", path, &[1, 2, 3, 4, 5, 6]) else { return };
    form.string(object, "label", path, (0, 80));
    let has = |key: &str| object.get(key).is_some_and(|v| !v.is_null());
    match style {
        5 => {
            if has("custom_id") {
                form.error(
                    path.key("custom_id"),
                    "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                    "A custom id and url cannot both be specified",
                );
            }
            if has("url") {
                form.url(object, "url", path, false, 512);
            } else {
                form.required(path.key("url"));
            }
        }
        6 => {
            form.snowflake(object, "sku_id", path);
            if !has("sku_id") {
                form.required(path.key("sku_id"));
            }
            if has("custom_id") || has("label") || has("emoji") {
                form.error(
                    path,
                    "BUTTON_COMPONENT_INVALID_PREMIUM",
                    "Premium buttons must not have a custom id, label, or emoji",
                );
            }
        }
        _ => {
            if has("url") {
                form.error(
                    path.key("url"),
                    "BUTTON_COMPONENT_INVALID_URL",
                    "Only link buttons may have a url",
                );
            }
            custom_id(form, object, path, walk);
        }
    }
    if style != 6 && !has("label") && !has("emoji") {
        form.error(
            path,
            "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED",
            "A button must have a label or an emoji",
        );
    }
}

fn custom_id(form: &mut Form, object: &Map<String, Value>, path: Path<'_>, walk: &mut Walk) {
    if let Some(id) = form.required_string(object, "custom_id", path, (1, 100))
        && !walk.custom_ids.insert(id.to_owned())
    {
        form.error(
            path.key("custom_id"),
            "COMPONENT_CUSTOM_ID_DUPLICATED",
            "Component custom id cannot be duplicated",
        );
    }
}

fn check_select(form: &mut Form, object: &Map<String, Value>, path: Path<'_>, kind: i64, walk: &mut Walk) {
    custom_id(form, object, path, walk);
    select_body(form, object, path, kind);
}

/// The parts of a select menu that messages and modals share.
pub(super) fn select_body(form: &mut Form, object: &Map<String, Value>, path: Path<'_>, kind: i64) {
    form.string(object, "placeholder", path, (0, 150));
    let min = form.integer(object, "min_values", path, (0, 25)).unwrap_or(1);
    let max = form.integer(object, "max_values", path, (1, 25)).unwrap_or(1);
    if min > max {
        form.error(
            path.key("min_values"),
            "SELECT_COMPONENT_MIN_VALUES_TOO_LARGE",
            "Minimum values must not exceed maximum values",
        );
    }
    if kind == 3 {
        check_options(form, object, path);
    } else {
        check_defaults(form, object, path, (kind, max));
    }
}

/// What is chosen at first in a menu of users, roles or channels.
fn check_defaults(form: &mut Form, object: &Map<String, Value>, path: Path<'_>, (kind, max): (i64, i64)) {
    let inner = path.key("default_values");
    let kinds: &[&str] = match kind {
        5 => &["user"],
        6 => &["role"],
        7 => &["user", "role"],
        _ => &["channel"],
    };
    let most = usize::try_from(max).unwrap_or(25);
    for (index, item) in form.list(object, "default_values", path, most).iter().enumerate() {
        let here = inner.index(index);
        let Some(item) = form.object(item, here) else { continue };
        if item.get("id").is_none() {
            form.required(here.key("id"));
        }
        form.snowflake(item, "id", here);
        if item.get("type").and_then(Value::as_str).is_none_or(|one| !kinds.contains(&one)) {
            let text = "Value does not fit the kind of menu.";
            form.error(here.key("type"), "BASE_TYPE_CHOICES", text);
        }
    }
    if kind == 8 {
        let inner = path.key("channel_types");
        for (index, one) in form.list(object, "channel_types", path, 16).iter().enumerate() {
            if one.as_u64().and_then(crate::model::ChannelKind::from_code).is_none() {
                form.error(inner.index(index), "BASE_TYPE_CHOICES", "Value is not a channel type.");
            }
        }
    }
}

fn check_options(form: &mut Form, object: &Map<String, Value>, path: Path<'_>) {
    let inner = path.key("options");
    let options = form.list(object, "options", path, 25);
    if options.is_empty() {
        form.length(inner, 1, 25);
    }
    let mut values = HashSet::new();
    for (index, option) in options.iter().enumerate() {
        let here = inner.index(index);
        let Some(option) = form.object(option, here) else { continue };
        form.required_string(option, "label", here, (1, 100));
        form.string(option, "description", here, (0, 100));
        form.boolean(option, "default", here);
        if let Some(value) = form.required_string(option, "value", here, (1, 100))
            && !values.insert(value)
        {
            form.error(
                here.key("value"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn errors(components: &Value, v2: bool) -> Value {
        let mut form = Form::default();
        check(&mut form, components.as_array().expect("array"), Path::ROOT.key("components"), v2);
        form.finish().err().map_or(json!({}), super::super::form::FormErrors::into_json)
    }

    fn button(id: &str) -> Value {
        json!({ "type": 2, "style": 1, "label": "x", "custom_id": id })
    }

    #[test]
    fn rows_hold_five_buttons_or_one_select() {
        let row = |n: usize| json!([{ "type": 1, "components": (0..n).map(|i| button(&i.to_string())).collect::<Vec<_>>() }]);
        assert_eq!(errors(&row(5), false), json!({}));
        assert_eq!(
            errors(&row(6), false)["components"]["0"]["components"]["_errors"][0]["code"],
            "BASE_TYPE_MAX_LENGTH"
        );
        assert_eq!(
            errors(&row(0), false)["components"]["0"]["components"]["_errors"][0]["code"],
            "BASE_TYPE_BAD_LENGTH"
        );
        let mixed = json!([{ "type": 1, "components": [button("a"), { "type": 5, "custom_id": "b" }] }]);
        assert_eq!(
            errors(&mixed, false)["components"]["0"]["components"]["_errors"][0]["code"],
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED"
        );
    }

    #[test]
    fn custom_ids_are_unique_per_message() {
        let rows =
            json!([{ "type": 1, "components": [button("a")] }, { "type": 1, "components": [button("a")] }]);
        assert_eq!(
            errors(&rows, false)["components"]["1"]["components"]["0"]["custom_id"]["_errors"][0]["code"],
            "COMPONENT_CUSTOM_ID_DUPLICATED"
        );
    }

    #[test]
    fn text_displays_need_the_v2_flag() {
        let text = json!([{ "type": 10, "content": "hello" }]);
        assert_eq!(
            errors(&text, false)["components"]["0"]["type"]["_errors"][0]["code"],
            "BASE_TYPE_CHOICES"
        );
        assert_eq!(errors(&text, true), json!({}));
    }

    #[test]
    fn forty_components_in_total() {
        let container =
            |n: usize| json!([{ "type": 17, "components": vec![json!({ "type": 10, "content": "x" }); n] }]);
        assert_eq!(errors(&container(39), true), json!({}));
        assert!(errors(&container(40), true)["components"]["_errors"].is_array());
    }

    #[test]
    fn link_buttons_take_a_url_and_no_custom_id() {
        let row =
            json!([{ "type": 1, "components": [{ "type": 2, "style": 5, "label": "x", "custom_id": "a" }] }]);
        let found = errors(&row, false);
        let button = &found["components"]["0"]["components"]["0"];
        assert_eq!(button["url"]["_errors"][0]["code"], "BASE_TYPE_REQUIRED");
        assert!(button["custom_id"]["_errors"].is_array());
    }

    #[test]
    fn string_selects_need_distinct_options() {
        let option = json!({ "label": "a", "value": "a" });
        let row = json!([{ "type": 1, "components": [{ "type": 3, "custom_id": "s", "options": [option.clone(), option] }] }]);
        assert!(
            errors(&row, false)["components"]["0"]["components"]["0"]["options"]["1"]["value"]["_errors"]
                .is_array()
        );
    }
}
