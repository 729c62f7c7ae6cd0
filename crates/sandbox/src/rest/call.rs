//! One request on its way to a handler, with typed reads of its parts.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value};

use super::body::Upload;
use super::error::{self, ApiError};
use super::face::Face;
use crate::model::Scopes;
use crate::snowflake::{Id, Millis, parse};
use crate::validate::form::{Form, Path};
use crate::validate::time::parse_time;
use crate::world::{Dispatch, World};

/// What a handler gives back.
pub(crate) type Answer = Result<Reply, ApiError>;

/// A successful answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    /// A status with a JSON body.
    Json(u16, Value),
    /// 200 with a file of this media type.
    Raw(&'static str, bytes::Bytes),
    /// 204 without a body.
    Empty,
}

/// 200 with this body.
#[expect(clippy::unnecessary_wraps, reason = "the last expression of a handler")]
pub(crate) fn ok(body: impl Serialize) -> Answer {
    Ok(Reply::Json(200, to_json(&body)))
}

/// 201 with this body.
#[expect(clippy::unnecessary_wraps, reason = "the last expression of a handler")]
pub(crate) fn created(body: impl Serialize) -> Answer {
    Ok(Reply::Json(201, to_json(&body)))
}

fn to_json(body: &impl Serialize) -> Value {
    serde_json::to_value(body).unwrap_or(Value::Null)
}

/// Who calls: a bot, or an application on behalf of a person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    /// Its application.
    pub application_id: Id,
    /// The user it acts as: its bot, or the person behind a bearer token.
    pub bot_id: Id,
    /// What a bearer token may do; none for a bot.
    pub bearer: Option<Scopes>,
}

impl Caller {
    /// Whose requests are counted together: each bot's, and each person's within an application.
    pub(crate) fn identity(self) -> Id {
        if self.bearer.is_some() {
            self.application_id ^ self.bot_id.rotate_left(32)
        } else {
            self.application_id
        }
    }

    /// Whether it is a bot, or its token has this scope.
    pub(crate) fn may(self, scope: Scopes) -> bool {
        self.bearer.is_none_or(|own| own.contains(scope))
    }
}

/// One request.
pub(crate) struct Call {
    /// The face it came in by.
    pub face: Arc<Face>,
    /// When it came.
    pub now: Millis,
    /// Who calls; nobody on routes that need no token.
    pub caller: Option<Caller>,
    /// The variable segments of the path, decoded, in order.
    pub params: Vec<String>,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The JSON body; an empty object when there is none.
    pub body: Value,
    /// Uploaded files.
    pub files: Vec<Upload>,
    /// The audit log reason, decoded.
    pub reason: Option<String>,
    /// The locale the requester asked for.
    pub locale: Option<String>,
    /// The headers of the request.
    pub headers: HeaderMap,
}

impl Call {
    /// Looks at the world.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.face.engine.read(look)
    }

    /// Changes the world as the caller, and tells of it; a refusal changes and tells nothing.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut World, Millis) -> Result<(T, Vec<Dispatch>), ApiError>,
    ) -> Result<T, ApiError> {
        let actor = self.caller.map(|caller| caller.bot_id);
        self.face.engine.try_apply_as(actor, self.reason.clone(), change)
    }

    /// The time for rate limit windows.
    pub(crate) fn stamp(&self) -> u64 {
        self.face.stamp()
    }

    /// Who calls.
    pub(crate) fn caller(&self) -> Result<Caller, ApiError> {
        self.caller.ok_or(error::UNAUTHORIZED)
    }

    /// A path segment as text.
    pub(crate) fn text(&self, index: usize) -> &str {
        self.params.get(index).map_or("", String::as_str)
    }

    /// A path segment as an id; what is not one is Discord's snowflake error.
    pub(crate) fn id(&self, index: usize, name: &str) -> Result<Id, ApiError> {
        let text = self.text(index);
        parse(text).ok_or_else(|| not_snowflake(&[name], text))
    }

    /// A query value.
    pub(crate) fn query(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// A query value that is an id.
    pub(crate) fn query_id(&self, key: &str) -> Result<Option<Id>, ApiError> {
        let Some(text) = self.query(key) else { return Ok(None) };
        // `0` is what clients send for "from the beginning".
        if text == "0" {
            return Ok(Some(0));
        }
        parse(text).map(Some).ok_or_else(|| not_snowflake(&[key], text))
    }

    /// A query value that is a time.
    pub(crate) fn query_time(&self, key: &str) -> Result<Option<Millis>, ApiError> {
        let Some(text) = self.query(key) else { return Ok(None) };
        // A plus sign in a query arrives as a space.
        parse_time(&text.replace(' ', "+")).map(Some).ok_or_else(|| {
            let message = "Could not parse timestamp. Should be ISO8601.";
            ApiError::field(&[key], "DATE_TIME_TYPE_PARSE", message)
        })
    }

    /// A query value that is a number within bounds.
    pub(crate) fn query_number(
        &self,
        key: &str,
        default: usize,
        (min, max): (usize, usize),
    ) -> Result<usize, ApiError> {
        let Some(text) = self.query(key) else { return Ok(default) };
        let Ok(number) = text.parse::<usize>() else {
            return Err(ApiError::field(
                &[key],
                "NUMBER_TYPE_COERCE",
                format!("Value \"{}\" is not int.", short(text)),
            ));
        };
        if number < min {
            let message = format!("int value should be greater than or equal to {min}.");
            return Err(ApiError::field(&[key], "NUMBER_TYPE_MIN", message));
        }
        if number > max {
            let message = format!("int value should be less than or equal to {max}.");
            return Err(ApiError::field(&[key], "NUMBER_TYPE_MAX", message));
        }
        Ok(number)
    }

    /// A query switch. (Discord docs: Reference, Boolean Query Strings.)
    pub(crate) fn query_flag(&self, key: &str) -> bool {
        matches!(self.query(key), Some("true" | "True" | "1"))
    }

    /// The body as a list of things to be moved: each with an `id`, a `position` and what `more` reads.
    pub(crate) fn positions<T>(
        &self,
        more: impl Fn(&mut Form, &Map<String, Value>, Path<'_>, Id, Option<i32>) -> T,
    ) -> Result<Vec<T>, ApiError> {
        let Value::Array(items) = &self.body else {
            return Err(ApiError::field(
                &[],
                "LIST_TYPE_CONVERT",
                "Only iterables may be used in a ListType",
            ));
        };
        let mut form = Form::default();
        // More than there can be roles and channels.
        if items.len() > 1000 {
            form.length(Path::ROOT, 0, 1000);
        }
        let mut moves = Vec::new();
        for (index, item) in items.iter().take(1000).enumerate() {
            let at = Path::ROOT.index(index);
            let Some(item) = form.object(item, at) else { continue };
            let id = form.snowflake(item, "id", at);
            let position = form.integer(item, "position", at, (0, i64::from(i32::MAX)));
            let position = position.and_then(|position| i32::try_from(position).ok());
            match id {
                Some(id) => moves.push(more(&mut form, item, at, id, position)),
                None if item.contains_key("id") => {}
                None => form.required(at.key("id")),
            }
        }
        form.finish()?;
        Ok(moves)
    }

    /// The body as an object.
    pub(crate) fn object(&self) -> Result<&Map<String, Value>, ApiError> {
        self.body.as_object().ok_or_else(|| {
            ApiError::field(&[], "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        })
    }
}

/// Discord's answer to something that should have been an id.
pub(crate) fn not_snowflake(path: &[&str], text: &str) -> ApiError {
    ApiError::field(path, "NUMBER_TYPE_COERCE", format!("Value \"{}\" is not snowflake.", short(text)))
}

/// Enough of a hostile text to recognise it.
fn short(text: &str) -> String {
    text.chars().take(64).collect()
}
