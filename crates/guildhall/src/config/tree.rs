//! The configuration as a tree of sections and settings, with the shape that the structs declare.

use std::collections::BTreeMap;

use schemars::schema_for;
use serde_json::{Map, Value};

use super::{
    Config,
    error::{ConfigError, UnknownKey},
    secret,
};

/// One setting as it is declared.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// `section.key`.
    pub(crate) path: String,
    /// Its documentation.
    pub(crate) about: String,
    /// What values it takes.
    pub(crate) kind: Kind,
    /// The values of a choice.
    pub(crate) choices: Vec<String>,
    /// What it is when nobody sets it.
    pub(crate) default: Value,
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Text,
    Number,
    Switch,
    List,
    /// What one name of an open section is given.
    Part,
}

/// A declared section.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// Its name.
    pub(crate) name: String,
    /// Its documentation.
    pub(crate) about: String,
    /// Its settings.
    pub(crate) settings: Vec<Setting>,
    /// Whether its keys are names, and not settings that are declared.
    pub(crate) open: bool,
}

/// Stands for the name in an open section.
pub(crate) const NAME: &str = "FEATURE";

impl Section {
    /// Whether this is one of its settings.
    pub(crate) fn holds(&self, path: &str) -> bool {
        self.open || self.settings.iter().any(|setting| setting.path == path)
    }
}

/// The declared shape, read from the structs.
pub(crate) fn shape() -> Vec<Section> {
    let schema = schema_for!(Config).to_value();
    let resolve = |value: &Value| -> Value {
        let name = value["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/"));
        name.map_or_else(|| value.clone(), |name| schema["$defs"][name].clone())
    };
    let empty = Map::new();
    let properties = |value: &Value| value["properties"].as_object().unwrap_or(&empty).clone();
    let section = |(name, outer): (String, Value)| {
        let inner = resolve(&outer);
        let about = outer["description"].as_str().or(inner["description"].as_str()).unwrap_or_default();
        let setting = |(key, value): (String, Value)| {
            let declared = resolve(&value);
            Setting {
                path: format!("{name}.{key}"),
                about: paragraph(value["description"].as_str().unwrap_or_default()),
                kind: kind(&declared),
                choices: choices(&declared),
                default: value["default"].clone(),
            }
        };
        let settings = properties(&inner).into_iter().map(setting).collect();
        let part = &inner["additionalProperties"];
        if !part.is_object() {
            return Section { about: paragraph(about), settings, name: name.clone(), open: false };
        }
        let fields = properties(&resolve(part));
        let fields = fields.iter().map(|(name, field)| {
            let about = paragraph(field["description"].as_str().unwrap_or_default());
            format!("`{name}`: {about}")
        });
        let fields = fields.collect::<Vec<_>>().join(" ");
        let any = Setting {
            path: format!("{name}.{NAME}"),
            about: format!(
                "`{{ percent = 25, guilds = [\"175928847299117063\"] }}`. {fields} In the variable: the percent, \
                 then the servers, as in `25,175928847299117063`."
            ),
            kind: Kind::Part,
            choices: Vec::new(),
            default: Value::Null,
        };
        Section { about: paragraph(about), settings: vec![any], name: name.clone(), open: true }
    };
    properties(&schema).into_iter().map(section).collect()
}

fn kind(declared: &Value) -> Kind {
    let named = |name: &str| match &declared["type"] {
        Value::String(one) => one == name,
        Value::Array(many) => many.iter().any(|one| one == name),
        _ => false,
    };
    match () {
        () if named("boolean") => Kind::Switch,
        () if named("integer") || named("number") => Kind::Number,
        () if named("array") => Kind::List,
        () => Kind::Text,
    }
}

fn choices(declared: &Value) -> Vec<String> {
    let values = declared["oneOf"].as_array().into_iter().flatten().map(|one| &one["const"]);
    let values = values.chain(declared["enum"].as_array().into_iter().flatten());
    values.filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

/// A doc comment without its line breaks.
fn paragraph(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The settings that were given, each with the file or variable it came from.
#[derive(Debug, Default)]
pub(crate) struct Given {
    values: BTreeMap<String, (Value, String)>,
}

impl Given {
    /// Sets one setting; later sources win.
    pub(crate) fn set(&mut self, path: &str, value: Value, source: &str) {
        self.values.insert(path.to_owned(), (value, source.to_owned()));
    }

    /// Sets what a file holds. Keys that do not exist are returned.
    pub(crate) fn set_file(&mut self, file: Value, source: &str, shape: &[Section]) -> Vec<UnknownKey> {
        let mut unknown = Vec::new();
        let Value::Object(sections) = file else { return unknown };
        for (name, section) in sections {
            let declared = shape.iter().find(|declared| declared.name == name);
            let (Some(declared), Value::Object(settings)) = (declared, section) else {
                unknown.push(unknown_key(&name, source, shape.iter().map(|section| section.name.as_str())));
                continue;
            };
            for (key, value) in settings {
                let path = format!("{name}.{key}");
                if declared.holds(&path) {
                    self.set(&path, value, source);
                } else {
                    let known = declared.settings.iter().map(|setting| setting.path.as_str());
                    unknown.push(unknown_key(&path, source, known));
                }
            }
        }
        unknown
    }

    /// Where a setting came from.
    pub(crate) fn source(&self, path: &str) -> Option<&str> {
        self.values.get(path).map(|(_, source)| source.as_str())
    }

    /// The settings that were given, and where.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value, &str)> {
        self.values.iter().map(|(path, (value, source))| (path.as_str(), value, source.as_str()))
    }

    /// The configuration that these settings make over the defaults.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        let mut root = Map::new();
        for (path, (value, _)) in &self.values {
            if let Some((section, key)) = path.split_once('.') {
                let section = root.entry(section).or_insert_with(|| Value::Object(Map::new()));
                section[key] = value.clone();
            }
        }
        serde_path_to_error::deserialize(Value::Object(root)).map_err(|error| {
            let key = error.path().to_string();
            let setting = key.split('.').take(2).map(|part| part.split('[').next().unwrap_or(part));
            let setting = setting.collect::<Vec<_>>().join(".");
            let source_name = self.source(&setting).map(str::to_owned);
            // What serde says quotes the value, which for a secret must not be shown.
            let reason = if secret::is_secret(&setting) {
                "it must be a text in quotes".to_owned()
            } else {
                error.inner().to_string()
            };
            ConfigError::Invalid { key, source_name, reason }
        })
    }
}

/// A key that does not exist, with the nearest that does.
pub(crate) fn unknown_key<'a>(key: &str, source: &str, known: impl Iterator<Item = &'a str>) -> UnknownKey {
    let near = known
        .map(|name| (strsim::jaro_winkler(name, key), name))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.75);
    UnknownKey {
        key: key.to_owned(),
        source_name: source.to_owned(),
        suggestion: near.map(|(_, name)| name.to_owned()),
    }
}
