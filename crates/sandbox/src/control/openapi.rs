//! The control interface's own description: an OpenAPI document made from the mounted routes, and the same
//! to read, as a page and as Markdown.

mod page;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::routes::Described;

pub(crate) use page::{html, markdown};

/// Where bodies of named types are described.
const SCHEMAS: &str = "#/components/schemas/";

/// The groups in which routes are told, each with the beginning of the path that puts a route there; the
/// first that fits counts.
const GROUPS: [(&str, &str); 15] = [
    ("Acting as a person", "/as/"),
    ("Applications", "/applications"),
    ("Interactions", "/interactions"),
    ("People", "/users"),
    ("Guilds, channels, roles", "/guilds"),
    ("Sessions", "/sessions"),
    ("Faults", "/faults"),
    ("Journal", "/journal"),
    ("Clock", "/clock"),
    ("Limits", "/limits"),
    ("Recording", "/recording"),
    ("Benchmarks", "/flood"),
    ("Benchmarks", "/series"),
    ("This description", "/openapi.json"),
    ("This description", "/docs"),
];

/// The group of a path.
fn group(path: &str) -> &'static str {
    GROUPS.iter().find(|(_, begin)| path.starts_with(begin)).map_or("The whole", |(name, _)| name)
}

/// The OpenAPI document of these routes.
pub(crate) fn document(routes: &[Described]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for route in routes {
        let inputs = (route.inputs)(&mut schemas);
        let mut parameters: Vec<Value> = segments(route.path).map(segment).collect();
        if let Some(query) = &inputs.query {
            parameters.extend(fields(query.as_value()));
        }
        let mut operation = json!({
            "tags": [group(route.path)],
            "summary": route.summary,
            "operationId": operation_id(route),
            "parameters": parameters,
            "responses": {
                "200": { "description": "It is done; the body is JSON unless the summary says otherwise." },
                "default": { "$ref": "#/components/responses/Refused" },
            },
        });
        if let Some(body) = inputs.body {
            operation["requestBody"] = json!({ "content": { "application/json": { "schema": body } } });
        } else if inputs.raw {
            operation["requestBody"] = json!({ "content": { "*/*": {} } });
        }
        let path =
            paths.entry(format!("/control{}", route.path.replace("{*", "{"))).or_insert_with(|| json!({}));
        path[route.method] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The sandbox's control interface",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Moves the world of a local stand-in for Discord: makes guilds and people, acts as a \
                person, provokes faults, and asks what a bot did. No login; only this machine may call.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "responses": { "Refused": {
                "description": "Refused, with the reason and perhaps what to do about it.",
                "content": { "application/json": { "schema": {
                    "type": "object",
                    "required": ["error"],
                    "properties": { "error": { "type": "string" }, "hint": { "type": ["string", "null"] } },
                } } },
            } },
        },
    })
}

/// The names of a path's variable segments.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| Some(part.strip_prefix('{')?.strip_suffix('}')?.trim_start_matches('*')))
}

fn segment(name: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
}

/// The fields of a query as parameters.
fn fields(query: &Value) -> Vec<Value> {
    let required = query["required"].as_array();
    let needed = |name: &str| required.is_some_and(|list| list.iter().any(|one| one == name));
    let properties = query["properties"].as_object();
    let parameters = properties.into_iter().flatten().map(|(name, schema)| {
        let mut schema = schema.clone();
        let said = schema.as_object_mut().and_then(|keys| keys.remove("description"));
        let mut parameter =
            json!({ "name": name, "in": "query", "required": needed(name), "schema": schema });
        if let Some(said) = said {
            parameter["description"] = said;
        }
        parameter
    });
    parameters.collect()
}

/// A name for generators: `post_as_user_dms`.
fn operation_id(route: &Described) -> String {
    let words = route.path.split(['/', '.', '@']).map(|part| part.trim_matches(['{', '}']));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    format!("{}_{}", route.method, words.join("_"))
}
