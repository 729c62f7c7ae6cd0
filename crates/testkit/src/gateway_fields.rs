//! Checks dispatches of the gateway against the documented fields of their events.
//!
//! The table beside this file says for each event which keys it has and of what type they are (Discord
//! docs: Gateway Events). Where an event carries an object that REST has as well, that object is checked
//! against its schema in Discord's `OpenAPI` description, with the keys that only the gateway adds. A key
//! or an event that no page knows is a fault.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::openapi::{OpenApi, OpenApiError};

/// The table; its first lines say how it is written.
const TABLE: &str = include_str!("gateway_fields/table.txt");

/// The documented fields of each event.
#[derive(Debug)]
pub struct GatewayFields {
    events: HashMap<String, Event>,
    known: HashMap<Vec<String>, BTreeSet<String>>,
}

#[derive(Clone, Debug, Default)]
struct Event {
    /// The schemas of which the event's object is one.
    schemas: Vec<String>,
    fields: BTreeMap<String, Field>,
}

#[derive(Clone, Debug)]
struct Field {
    is_optional: bool,
    is_nullable: bool,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Id,
    Text,
    Integer,
    Number,
    Boolean,
    Time,
    Object,
    Anything,
    List(Box<Self>),
    Schema(Vec<String>),
}

impl Default for GatewayFields {
    /// # Panics
    ///
    /// When the table cannot be read, which a test of it would say.
    fn default() -> Self {
        Self::read(TABLE).expect("the table of fields is well written")
    }
}

impl GatewayFields {
    fn read(table: &str) -> Result<Self, String> {
        let mut events = HashMap::new();
        for line in table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (head, fields) = line.split_once(':').ok_or_else(|| format!("no colon in {line:?}"))?;
            let (names, schemas) = head.split_once('=').unwrap_or((head, ""));
            let mut event = Event { schemas: words(schemas, '|'), fields: BTreeMap::new() };
            for field in words(fields, ',') {
                let (name, field) = Field::read(&field)?;
                event.fields.insert(name, field);
            }
            for name in words(names, ' ') {
                events.insert(name, event.clone());
            }
        }
        Ok(Self { events, known: HashMap::new() })
    }

    /// What is wrong with a dispatch.
    pub fn faults(
        &mut self,
        openapi: &mut OpenApi,
        event: &str,
        data: &Value,
    ) -> Result<Vec<String>, OpenApiError> {
        let Some(table) = self.events.get(event) else {
            return Ok(vec![format!("{event} is no documented event")]);
        };
        let Some(object) = data.as_object() else {
            return Ok(vec![format!("{event}: d is no object")]);
        };
        let mut faults = Vec::new();
        if !table.schemas.is_empty() {
            faults.extend(openapi.component(event, &table.schemas, data)?);
        }
        for (name, field) in &table.fields {
            let place = format!("{event}: /{name}");
            match object.get(name) {
                None if field.is_optional => {}
                None => faults.push(format!("{place} is missing")),
                Some(Value::Null) if field.is_nullable => {}
                Some(value) => faults.extend(field.kind.faults(openapi, &place, value)?),
            }
        }
        let known =
            self.known.entry(table.schemas.clone()).or_insert_with(|| openapi.properties(&table.schemas));
        for name in object.keys().filter(|name| !table.fields.contains_key(*name) && !known.contains(*name)) {
            faults.push(format!("{event}: /{name} is not documented"));
        }
        Ok(faults)
    }
}

impl Field {
    fn read(text: &str) -> Result<(String, Self), String> {
        let (name, kind) = text.split_once(' ').ok_or_else(|| format!("no type in {text:?}"))?;
        let (kind, is_nullable) = kind.strip_suffix("|null").map_or((kind, false), |kind| (kind, true));
        let is_optional = name.ends_with('?');
        let field = Self { is_optional, is_nullable, kind: Kind::read(kind.trim()) };
        Ok((name.trim_end_matches('?').to_owned(), field))
    }
}

impl Kind {
    fn read(text: &str) -> Self {
        match text {
            "id" => Self::Id,
            "text" => Self::Text,
            "int" => Self::Integer,
            "num" => Self::Number,
            "bool" => Self::Boolean,
            "time" => Self::Time,
            "obj" => Self::Object,
            "any" => Self::Anything,
            _ => match text.strip_suffix("[]") {
                Some(inner) => Self::List(Box::new(Self::read(inner))),
                None => Self::Schema(words(text, '|')),
            },
        }
    }

    fn faults(&self, openapi: &mut OpenApi, place: &str, value: &Value) -> Result<Vec<String>, OpenApiError> {
        let fits = match self {
            Self::Id => value.as_str().is_some_and(is_snowflake),
            Self::Text => value.is_string(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            // Such as 2026-11-20T12:00:00+00:00; what follows the seconds may vary.
            Self::Time => value.as_str().is_some_and(|text| text.len() >= 20 && text.as_bytes()[10] == b'T'),
            Self::Object => value.is_object(),
            Self::Anything => true,
            Self::List(inner) => {
                let Some(list) = value.as_array() else { return Ok(vec![format!("{place} is no list")]) };
                let mut faults = Vec::new();
                for one in list {
                    faults.extend(inner.faults(openapi, &format!("{place}/*"), one)?);
                }
                return Ok(faults);
            }
            Self::Schema(schemas) => return openapi.component(place, schemas, value),
        };
        Ok(if fits { Vec::new() } else { vec![format!("{place} is not of the type {self:?}")] })
    }
}

fn is_snowflake(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn words(text: &str, separator: char) -> Vec<String> {
    text.split(separator).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn openapi() -> OpenApi {
        let user = json!({
            "type": "object", "required": ["id", "username"],
            "properties": {"id": {"type": "string"}, "username": {"type": "string"}},
        });
        OpenApi::new(
            json!({"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"UserResponse": user}}}),
        )
        .unwrap()
    }

    fn faults(event: &str, data: &Value) -> Vec<String> {
        GatewayFields::default().faults(&mut openapi(), event, data).unwrap()
    }

    #[test]
    fn what_is_documented_has_no_fault() {
        let user = json!({"id": "1", "username": "ada"});
        assert_eq!(faults("GUILD_BAN_ADD", &json!({"guild_id": "1", "user": user})), Vec::<String>::new());
        assert_eq!(faults("GUILD_DELETE", &json!({"id": "1"})), Vec::<String>::new());
    }

    #[test]
    fn missing_wrong_and_unknown_are_told_apart() {
        let found = faults("GUILD_BAN_ADD", &json!({"guild_id": 1, "user": {"id": "1"}, "colour": "red"}));
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("/guild_id is not of the type"));
        assert!(found[1].contains("username"));
        assert!(found[2].contains("/colour is not documented"));
        assert_eq!(
            faults("GUILD_ROLE_DELETE", &json!({"guild_id": "1"})),
            ["GUILD_ROLE_DELETE: /role_id is missing"]
        );
        assert_eq!(faults("GUILD_LUNCH", &json!({})), ["GUILD_LUNCH is no documented event"]);
    }

    #[test]
    fn a_table_without_types_is_refused() {
        assert!(GatewayFields::read("EVENT: field").is_err());
        assert!(GatewayFields::read("EVENT").is_err());
    }
}
