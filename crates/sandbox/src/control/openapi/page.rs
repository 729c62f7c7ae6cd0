//! The description to read: one walk over the OpenAPI document, written as Markdown or as a page without
//! scripts or foreign files.

use std::fmt::Write as _;

use serde_json::Value;

use super::{GROUPS, SCHEMAS};

/// What a line of the page is.
enum Line<'d> {
    /// A group of routes.
    Group(&'d str),
    /// A method, a path, and what the route does.
    Route(String, &'d str, &'d str),
    /// Before a list of fields.
    Says(String),
    /// A field: depth, name, type, whether it is needed, what is said of it.
    Field(usize, String, String, bool, String),
}

/// Deeper bodies are told by their type's name alone.
const DEEPEST: usize = 3;

/// The page as Markdown.
pub(crate) fn markdown(document: &Value) -> String {
    let mut page = String::from(
        "# Routes of the control interface\n\nGenerated from the code by `cargo xtask docs`; do not edit. A running sandbox \
         serves the same at `/control/docs`,\nand as an OpenAPI document at `/control/openapi.json`. Ids may be given as \
         text or as numbers; an answer\ngives them as text. A refusal is `{\"error\": \"...\", \"hint\": \"...\"}`.\n",
    );
    for line in lines(document) {
        let _ = match line {
            Line::Group(name) => writeln!(page, "\n## {name}"),
            Line::Route(method, path, summary) => writeln!(page, "\n### `{method} {path}`\n\n{summary}."),
            Line::Says(what) => writeln!(page, "\n{what}\n"),
            Line::Field(depth, name, kind, needed, said) => {
                let indent = "  ".repeat(depth);
                let needed = if needed { ", needed" } else { "" };
                let said = if said.is_empty() { said } else { format!(": {said}") };
                writeln!(page, "{indent}- `{name}` ({kind}{needed}){said}")
            }
        };
    }
    page
}

/// The page as HTML.
pub(crate) fn html(document: &Value) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Control interface</title><link rel=\"stylesheet\" href=\"/control/docs.css\"><main>\
         <h1>Control interface</h1><p>Moves the world of this sandbox. The same as an \
         <a href=\"/control/openapi.json\">OpenAPI document</a>.</p>",
    );
    for line in lines(document) {
        let _ = match line {
            Line::Group(name) => write!(page, "<h2>{}</h2>", escaped(name)),
            Line::Route(method, path, summary) => write!(
                page,
                "<h3><b>{}</b> <code>{}</code></h3><p>{}.</p>",
                escaped(&method),
                escaped(path),
                escaped(summary)
            ),
            Line::Says(what) => write!(page, "<p class=\"says\">{}</p>", escaped(&what)),
            Line::Field(depth, name, kind, needed, said) => write!(
                page,
                "<p class=\"field d{depth}\"><code>{}</code> <i>{}{}</i> {}</p>",
                escaped(&name),
                escaped(&kind),
                if needed { ", needed" } else { "" },
                escaped(&said)
            ),
        };
    }
    page.push_str("</main></html>\n");
    page
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn lines(document: &Value) -> Vec<Line<'_>> {
    let mut all = Vec::new();
    let mut told = Vec::new();
    for name in GROUPS.iter().map(|(name, _)| *name).chain(["The whole"]) {
        if told.contains(&name) {
            continue;
        }
        told.push(name);
        let mut routes = Vec::new();
        for (path, methods) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                if operation["tags"][0] == name {
                    route(document, method, path, operation, &mut routes);
                }
            }
        }
        if !routes.is_empty() {
            all.push(Line::Group(name));
            all.extend(routes);
        }
    }
    all
}

fn route<'d>(
    document: &'d Value,
    method: &str,
    path: &'d str,
    operation: &'d Value,
    lines: &mut Vec<Line<'d>>,
) {
    lines.push(Line::Route(method.to_uppercase(), path, operation["summary"].as_str().unwrap_or_default()));
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let mut query = parameters.filter(|parameter| parameter["in"] == "query").peekable();
    if query.peek().is_some() {
        lines.push(Line::Says("In the query:".to_owned()));
    }
    for parameter in query {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        let kind = kind(&parameter["schema"]);
        let needed = parameter["required"] == true;
        lines.push(Line::Field(0, text("name"), kind, needed, one_line(&text("description"))));
    }
    let content = &operation["requestBody"]["content"];
    if content.get("*/*").is_some() {
        lines.push(Line::Says("The body is taken as it comes.".to_owned()));
    }
    let Some(body) = content["application/json"].get("schema") else { return };
    let body = resolved(document, body);
    if body["properties"].is_object() || body["oneOf"].is_array() || body["anyOf"].is_array() {
        let choice = body["oneOf"].is_array() || body["anyOf"].is_array();
        lines.push(Line::Says(if choice { "The body, one of:" } else { "The body:" }.to_owned()));
        fields(document, body, 0, false, lines);
    } else {
        lines.push(Line::Says(format!("The body: {}.", kind(body))));
    }
}

/// The schema that a reference names.
fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let name = schema["$ref"].as_str().and_then(|path| path.strip_prefix(SCHEMAS));
    name.map_or(schema, |name| &document["components"]["schemas"][name])
}

/// The fields of an object, those of its variants after them.
fn fields<'d>(document: &'d Value, object: &'d Value, depth: usize, choice: bool, lines: &mut Vec<Line<'d>>) {
    let required = object["required"].as_array();
    for (name, schema) in object["properties"].as_object().into_iter().flatten() {
        let needed = !choice && required.is_some_and(|list| list.iter().any(|one| one == name));
        let inner = inner(document, schema);
        let own = schema["description"].as_str().or_else(|| inner["description"].as_str());
        let said = one_line(own.unwrap_or_default());
        lines.push(Line::Field(depth, name.clone(), kind(schema), needed, said));
        if depth < DEEPEST {
            fields(document, inner, depth + 1, false, lines);
        }
    }
    for variant in ["oneOf", "anyOf"].iter().filter_map(|key| object[*key].as_array()).flatten() {
        let variant = resolved(document, variant);
        if variant["properties"].is_object() && depth <= DEEPEST {
            fields(document, variant, depth, true, lines);
        }
    }
}

/// What a field holds, through lists and through `or null`.
fn inner<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let schema = schema.get("items").unwrap_or(schema);
    let first = schema["anyOf"].as_array().and_then(|list| list.iter().find(|one| one["$ref"].is_string()));
    resolved(document, first.unwrap_or(schema))
}

/// A type in a few words.
fn kind(schema: &Value) -> String {
    if let Some(path) = schema["$ref"].as_str() {
        return match path.strip_prefix(SCHEMAS).unwrap_or(path) {
            "Id" => "id".to_owned(),
            _ => "object".to_owned(),
        };
    }
    if let Some(one) = schema.get("const") {
        return one.to_string();
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
    }
    let several = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    if let Some(several) = several {
        let mut words: Vec<String> = several.iter().filter(|one| one["type"] != "null").map(kind).collect();
        words.dedup();
        return words.join(" or ");
    }
    match &schema["type"] {
        Value::String(word) if word == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(word) => word.clone(),
        Value::Array(words) => {
            let words: Vec<&str> =
                words.iter().filter_map(Value::as_str).filter(|word| *word != "null").collect();
            if words == ["array"] {
                format!("list of {}", kind(&schema["items"]))
            } else {
                words.join(" or ")
            }
        }
        _ => "anything".to_owned(),
    }
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_end_matches('.').to_owned()
}
