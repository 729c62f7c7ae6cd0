//! What a request says about a scheduled event, and what must hold of the whole then.
//! (Discord docs: Guild Scheduled Event, Field Requirements By Entity Type; Status.)

use serde_json::{Map, Value};

use crate::model::{Asset, ScheduledEvent};
use crate::rest::error::ApiError;
use crate::snowflake::{Id, Millis};
use crate::validate::data_uri::{self, Expected};
use crate::validate::form::{Form, Path};
use crate::validate::recurrence;
use crate::validate::time::read_time;
use crate::world::World;

/// The largest cover.
const COVER_BYTES: usize = 10 * 1024 * 1024;

/// What a request says; the outer `None` leaves a thing as it is.
#[expect(clippy::option_option, reason = "absent, null and a value are three different wishes")]
pub(super) struct Wanted {
    name: Option<String>,
    description: Option<Option<String>>,
    image: Option<Option<Asset>>,
    channel_id: Option<Option<Id>>,
    start: Option<Millis>,
    end: Option<Option<Millis>>,
    status: Option<i64>,
    entity_type: Option<i64>,
    location: Option<Option<String>>,
    recurrence: Option<Option<Value>>,
}

impl Wanted {
    /// Reads a body; a new event needs some fields.
    pub(super) fn read(body: &Map<String, Value>, new: bool) -> Result<Self, ApiError> {
        let (mut form, at) = (Form::default(), Path::ROOT);
        if new {
            for key in ["name", "privacy_level", "scheduled_start_time", "entity_type"] {
                if body.get(key).is_none_or(Value::is_null) {
                    form.required(at.key(key));
                }
            }
        }
        form.choice(body, "privacy_level", at, &[2]);
        let given = |key: &str| body.contains_key(key);
        let location = given("entity_metadata").then(|| {
            let metadata = body.get("entity_metadata").and_then(Value::as_object)?;
            form.string(metadata, "location", at.key("entity_metadata"), (1, 100)).map(str::to_owned)
        });
        let recurrence = given("recurrence_rule").then(|| {
            let rule = body.get("recurrence_rule").filter(|rule| !rule.is_null())?;
            let here = at.key("recurrence_rule");
            let rule = form.object(rule, here)?;
            recurrence::read(&mut form, rule, here)
        });
        let wanted = Self {
            name: form.string(body, "name", at, (1, 100)).map(str::to_owned),
            description: given("description")
                .then(|| form.string(body, "description", at, (0, 1000)).map(str::to_owned)),
            image: given("image")
                .then(|| data_uri::read(&mut form, body, "image", at, (Expected::Image, COVER_BYTES))),
            channel_id: given("channel_id").then(|| form.snowflake(body, "channel_id", at)),
            start: read_time(&mut form, body, "scheduled_start_time", at),
            end: given("scheduled_end_time").then(|| read_time(&mut form, body, "scheduled_end_time", at)),
            status: form.choice(body, "status", at, &[1, 2, 3, 4]).filter(|_| !new),
            entity_type: form.choice(body, "entity_type", at, &[1, 2, 3]),
            location,
            recurrence,
        };
        form.finish()?;
        Ok(wanted)
    }

    /// Puts it into an event. A change of the kind takes away what the new kind does not have.
    pub(super) fn apply(self, event: &mut ScheduledEvent, world: &mut World) {
        let small = |number: i64| u8::try_from(number).unwrap_or(0);
        event.name = self.name.unwrap_or_else(|| std::mem::take(&mut event.name));
        event.description = self
            .description
            .unwrap_or_else(|| event.description.take())
            .filter(|description| !description.is_empty());
        if let Some(image) = self.image {
            event.image = image.map(|image| world.assets.put(image));
        }
        event.start = self.start.unwrap_or(event.start);
        event.end = self.end.unwrap_or(event.end);
        event.status = self.status.map_or(event.status, small);
        event.entity_type = self.entity_type.map_or(event.entity_type, small);
        event.channel_id = self.channel_id.unwrap_or(event.channel_id);
        event.location = self.location.unwrap_or_else(|| event.location.take());
        event.recurrence = self.recurrence.unwrap_or_else(|| event.recurrence.take());
        if event.entity_type != ScheduledEvent::EXTERNAL {
            event.location = None;
        }
    }
}

/// Checks a whole event: times in order, and the fields of its kind. `future` says whether the start must
/// still lie ahead.
pub(super) fn check(event: &ScheduledEvent, now: Millis, future: bool) -> Result<(), ApiError> {
    let (mut form, at) = (Form::default(), Path::ROOT);
    if future && event.start <= now {
        let message = "Cannot schedule event in the past.";
        form.error(at.key("scheduled_start_time"), "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", message);
    }
    if event.end.is_some_and(|end| end <= event.start) {
        let message = "The end must be after the start.";
        form.error(at.key("scheduled_end_time"), "GUILD_SCHEDULED_EVENT_END_BEFORE_START", message);
    }
    if event.entity_type == ScheduledEvent::EXTERNAL {
        if event.channel_id.is_some() {
            let message = "An external event has no channel.";
            form.error(at.key("channel_id"), "GUILD_SCHEDULED_EVENT_CHANNEL_NOT_ALLOWED", message);
        }
        if event.location.is_none() {
            form.required(at.key("entity_metadata").key("location"));
        }
        if event.end.is_none() {
            form.required(at.key("scheduled_end_time"));
        }
    } else if event.channel_id.is_none() {
        form.required(at.key("channel_id"));
    }
    Ok(form.finish()?)
}

/// Scheduled events begin or are called off, active ones end; nothing else.
pub(super) fn transition(before: u8, after: u8) -> Result<(), ApiError> {
    use ScheduledEvent as E;
    let known = [(E::SCHEDULED, E::ACTIVE), (E::SCHEDULED, E::CANCELED), (E::ACTIVE, E::COMPLETED)];
    if before == after || known.contains(&(before, after)) {
        return Ok(());
    }
    let code = "GUILD_SCHEDULED_EVENT_INVALID_STATUS_TRANSITION";
    Err(ApiError::field(&["status"], code, "Invalid Guild Scheduled Event Status Update"))
}
