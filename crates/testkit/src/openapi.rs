//! Checks recorded REST answers against Discord's published `OpenAPI` description.
//!
//! The description calls its unions `anyOf` and marks those that mean "one of" with
//! `x-discord-union`; they are taken as written. Where documentation and description
//! disagree the documentation wins, so such places are named in `EXCEPTIONS`.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Registry, ValidationError, Validator};
use serde_json::{Value, json};
use thiserror::Error;

use crate::openapi::template::Templates;

mod template;

const DOCUMENT: &str = "urn:discord-openapi";

/// A fault that is none, because the documentation says so.
struct Exception {
    /// `None` is every operation.
    operation: Option<&'static str>,
    status: u16,
    /// `*` stands for any index.
    pointer: &'static str,
    contains: &'static str,
    #[expect(dead_code, reason = "it is there for the reader of the list")]
    reason: &'static str,
}

/// Places where an answer follows the documentation and not the description.
static EXCEPTIONS: &[Exception] = &[Exception {
    operation: None,
    status: 429,
    pointer: "",
    contains: "\"code\" is a required property",
    reason: "a 429 has a `code` only in some cases (Discord docs: Rate Limits, Exceeding A Rate Limit)",
}];

/// Routes that the documentation has and the description lacks.
const ONLY_DOCUMENTED: [&str; 3] = ["/oauth2/token", "/oauth2/token/revoke", "/skus"];

/// Whether a fault is none, since documentation and description differ there and the documentation wins:
/// the codes of field errors are words, and a forward's reference has a type of its own.
fn is_only_described(fault: &str) -> bool {
    fault.contains(": /errors/") || fault.contains("/message_reference/type value")
}

/// The description could not be used.
#[derive(Debug, Error)]
pub enum OpenApiError {
    /// The file could not be read.
    #[error("could not read the description")]
    Io(#[from] std::io::Error),
    /// The file is not JSON.
    #[error("the description is not JSON")]
    Json(#[from] serde_json::Error),
    /// Its references do not resolve.
    #[error("the description does not compile: {0}")]
    Schema(String),
}

/// One recorded answer.
pub struct Answer<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path with or without `/api/v10`, without a query.
    pub path: &'a str,
    /// The status.
    pub status: u16,
    /// The body; `None` or `null` when there was none.
    pub body: Option<&'a Value>,
}

/// What a check found.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The answer fits the description.
    Fits,
    /// The answer has no body to check, as the description allows.
    Empty,
    /// The description does not say anything of such an answer.
    Undescribed(String),
    /// The answer breaks the description.
    Breaks(Vec<String>),
}

/// Discord's description, ready to check answers.
pub struct OpenApi {
    document: Value,
    templates: Templates,
    registry: Registry<'static>,
    compiled: HashMap<String, Validator>,
}

impl OpenApi {
    /// Reads the description from a file.
    pub fn read(path: &Path) -> Result<Self, OpenApiError> {
        Self::new(serde_json::from_slice(&std::fs::read(path)?)?)
    }

    /// Takes the description as JSON.
    pub fn new(document: Value) -> Result<Self, OpenApiError> {
        let schema = |error: &dyn std::fmt::Display| OpenApiError::Schema(error.to_string());
        let registry = Registry::new()
            .add(DOCUMENT, document.clone())
            .map_err(|error| schema(&error))?
            .prepare()
            .map_err(|error| schema(&error))?;
        let paths = document["paths"].as_object();
        let templates = Templates::new(paths.into_iter().flat_map(|paths| paths.keys()));
        Ok(Self { document, templates, registry, compiled: HashMap::new() })
    }

    /// Checks one answer.
    pub fn check(&mut self, answer: &Answer<'_>) -> Result<Verdict, OpenApiError> {
        let method = answer.method.to_ascii_lowercase();
        let named = format!("{} {}", answer.method, answer.path);
        let fitting = self
            .templates
            .find(answer.path, |template| self.document["paths"][template].get(&method).is_some());
        let Some(template) = fitting.map(str::to_owned) else {
            return Ok(Verdict::Undescribed(format!("{named} is no operation")));
        };
        let responses = &self.document["paths"][&template][&method]["responses"];
        let exact = answer.status.to_string();
        let family = format!("{}XX", answer.status / 100);
        let Some(status) = [exact, family].into_iter().find(|status| responses.get(status).is_some()) else {
            return Ok(Verdict::Breaks(vec![format!(
                "{named} answered {}, which is not described",
                answer.status
            )]));
        };
        let mut pointer =
            format!("/paths/{}/{method}/responses/{status}", template.replace('~', "~0").replace('/', "~1"));
        if let Some(reference) = responses[&status]["$ref"].as_str() {
            reference.strip_prefix('#').unwrap_or_default().clone_into(&mut pointer);
        }
        let content = format!("{pointer}/content/application~1json/schema");
        let described = self.document.pointer(&content).is_some();
        let body = answer.body.filter(|body| !body.is_null());
        match (described, body) {
            (false, None) => Ok(Verdict::Empty),
            (false, Some(_)) => Ok(Verdict::Breaks(vec![format!(
                "{named} answered {} with a body, but none is described",
                answer.status
            )])),
            (true, body) => {
                let body = body.cloned().unwrap_or(Value::Null);
                let operation = format!("{} {template}", answer.method);
                self.check_body(&operation, answer.status, &content, &body)
            }
        }
    }

    /// What is wrong with an answer, apart from where documentation and description disagree.
    pub fn faults(&mut self, answer: &Answer<'_>) -> Result<Vec<String>, OpenApiError> {
        if ONLY_DOCUMENTED.iter().any(|known| answer.path.ends_with(known)) {
            return Ok(Vec::new());
        }
        Ok(match self.check(answer)? {
            Verdict::Fits | Verdict::Empty => Vec::new(),
            Verdict::Undescribed(fault) => vec![fault],
            Verdict::Breaks(found) => found.into_iter().filter(|fault| !is_only_described(fault)).collect(),
        })
    }

    /// What is wrong with an object that shall be one of these schemas: the faults of the closest.
    pub fn component(
        &mut self,
        place: &str,
        schemas: &[String],
        body: &Value,
    ) -> Result<Vec<String>, OpenApiError> {
        let mut closest: Option<Vec<String>> = None;
        for schema in schemas {
            let pointer = format!("/components/schemas/{schema}");
            if self.document.pointer(&pointer).is_none() {
                return Ok(vec![format!("{place}: there is no schema {schema}")]);
            }
            let Verdict::Breaks(mut faults) = self.check_body(place, 0, &pointer, body)? else {
                return Ok(Vec::new());
            };
            faults.retain(|fault| !is_only_described(fault));
            if closest.as_ref().is_none_or(|best| faults.len() < best.len()) {
                closest = Some(faults);
            }
        }
        Ok(closest.unwrap_or_default())
    }

    /// The names of all properties that objects of these schemas may have.
    pub fn properties(&self, schemas: &[String]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for schema in schemas {
            self.gather(&self.document["components"]["schemas"][schema], &mut names, 8);
        }
        names
    }

    fn gather(&self, schema: &Value, names: &mut BTreeSet<String>, depth: u8) {
        if depth == 0 {
            return;
        }
        names.extend(schema["properties"].as_object().into_iter().flat_map(|all| all.keys().cloned()));
        if let Some(other) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            self.gather(self.document.pointer(other).unwrap_or(&Value::Null), names, depth - 1);
        }
        for union in ["allOf", "anyOf", "oneOf"] {
            for part in schema[union].as_array().into_iter().flatten() {
                self.gather(part, names, depth - 1);
            }
        }
    }

    fn check_body(
        &mut self,
        operation: &str,
        status: u16,
        pointer: &str,
        body: &Value,
    ) -> Result<Verdict, OpenApiError> {
        if !self.compiled.contains_key(pointer) {
            let validator = jsonschema::options()
                .with_registry(&self.registry)
                .should_validate_formats(true)
                .offline()
                .build(&json!({ "$ref": format!("{DOCUMENT}#{}", fragment(pointer)) }))
                .map_err(|error| OpenApiError::Schema(error.to_string()))?;
            self.compiled.insert(pointer.to_owned(), validator);
        }
        let faults: Vec<String> = self.compiled[pointer]
            .iter_errors(body)
            .flat_map(|error| explain(&error))
            .filter(|fault| !is_excepted(operation, status, fault))
            .map(|fault| format!("{operation}: {} {}", fault.pointer, fault.text))
            .collect();
        Ok(if faults.is_empty() { Verdict::Fits } else { Verdict::Breaks(faults) })
    }
}

struct Fault {
    pointer: String,
    text: String,
}

/// The error, or for a union those of the alternative that came closest.
fn explain(error: &ValidationError<'_>) -> Vec<Fault> {
    let closest = match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => context
            .iter()
            .filter(|errors| !errors.iter().all(is_wrong_kind))
            .min_by_key(|errors| (errors.iter().any(is_wrong_kind), errors.len())),
        _ => None,
    };
    match closest {
        Some(errors) if !errors.is_empty() => errors.iter().flat_map(explain).collect(),
        _ => vec![Fault { pointer: error.instance_path().to_string(), text: error.masked().to_string() }],
    }
}

/// Whether an alternative was never meant: another JSON type or another tag.
fn is_wrong_kind(error: &ValidationError<'_>) -> bool {
    matches!(
        error.kind(),
        ValidationErrorKind::Type { .. }
            | ValidationErrorKind::Constant { .. }
            | ValidationErrorKind::Enum { .. }
    )
}

fn is_excepted(operation: &str, status: u16, fault: &Fault) -> bool {
    EXCEPTIONS.iter().any(|exception| {
        exception.operation.is_none_or(|wanted| wanted == operation)
            && exception.status == status
            && is_same_place(exception.pointer, &fault.pointer)
            && fault.text.contains(exception.contains)
    })
}

fn is_same_place(pattern: &str, pointer: &str) -> bool {
    pattern.split('/').count() == pointer.split('/').count()
        && pattern.split('/').zip(pointer.split('/')).all(|(wanted, found)| wanted == "*" || wanted == found)
}

/// A JSON pointer as a URI fragment.
fn fragment(pointer: &str) -> String {
    pointer.replace('%', "%25").replace('{', "%7B").replace('}', "%7D")
}

#[cfg(test)]
mod tests;
