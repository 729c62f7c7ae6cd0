//! Discord's error bodies: `{"message", "code", "errors"?}` with the status that belongs to each code.
//! (Discord docs: Reference, Error Messages; Opcodes and Status Codes, JSON.)

use std::borrow::Cow;

use serde_json::{Value, json};

use super::limits::Scope;
use crate::validate::form::FormErrors;
use crate::world::{Blocked, WorldError};

/// An answer that refuses a request the way Discord refuses it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// Discord's JSON error code.
    pub code: u32,
    /// The sentence that goes with the code.
    pub message: Cow<'static, str>,
    /// Nested field errors of code 50035.
    pub errors: Option<Value>,
    /// Milliseconds to wait, for the few codes that come with a 429.
    pub retry_after_ms: Option<u64>,
    /// Whom that limit holds.
    pub scope: Scope,
}

impl ApiError {
    /// An error with a fixed sentence.
    pub(crate) const fn new(status: u16, code: u32, message: &'static str) -> Self {
        Self {
            status,
            code,
            message: Cow::Borrowed(message),
            errors: None,
            retry_after_ms: None,
            scope: Scope::User,
        }
    }

    /// The same, to be tried again after a while by those whom the limit holds.
    pub(crate) fn limited(self, retry_after_ms: u64, scope: Scope) -> Self {
        Self { retry_after_ms: Some(retry_after_ms), scope, ..self }
    }

    /// "Invalid Form Body" with one field error at `path`.
    pub(crate) fn field(path: &[&str], code: &str, message: impl Into<String>) -> Self {
        let mut errors = FormErrors::default();
        errors.at(path, code, message);
        Self::from(errors)
    }

    /// The JSON body.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({ "message": self.message, "code": self.code });
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        if let Some(ms) = self.retry_after_ms {
            body["retry_after"] = json!(ms as f64 / 1000.0);
            body["global"] = json!(false);
        }
        body
    }
}

impl From<FormErrors> for ApiError {
    fn from(errors: FormErrors) -> Self {
        Self { errors: Some(errors.into_json()), ..INVALID_FORM_BODY }
    }
}

/// With the rule's own words, if it has some.
impl From<Blocked> for ApiError {
    fn from(blocked: Blocked) -> Self {
        match blocked.message {
            Some(message) => Self { message: message.into(), ..BLOCKED_BY_AUTOMOD },
            None => BLOCKED_BY_AUTOMOD,
        }
    }
}

impl From<WorldError> for ApiError {
    fn from(error: WorldError) -> Self {
        match error {
            WorldError::UnknownApplication => UNKNOWN_APPLICATION,
            WorldError::UnknownChannel => UNKNOWN_CHANNEL,
            WorldError::UnknownGuild => UNKNOWN_GUILD,
            WorldError::UnknownJoinRequest => UNKNOWN_JOIN_REQUEST,
            WorldError::UnknownInvite => UNKNOWN_INVITE,
            WorldError::UnknownMember => UNKNOWN_MEMBER,
            WorldError::UnknownMessage => UNKNOWN_MESSAGE,
            WorldError::UnknownRole => UNKNOWN_ROLE,
            WorldError::UnknownUser => UNKNOWN_USER,
            WorldError::UnknownBan => UNKNOWN_BAN,
            WorldError::UnknownEmoji => UNKNOWN_GUILD_EMOJI,
            WorldError::UnknownSound => UNKNOWN_SOUND,
            WorldError::UnknownSticker => UNKNOWN_STICKER,
            WorldError::UnknownRule => UNKNOWN_RULE,
            WorldError::UnknownEvent => UNKNOWN_EVENT,
            WorldError::UnknownEventException => UNKNOWN_EVENT_EXCEPTION,
            WorldError::TooManyEvents => TOO_MANY_EVENTS,
            WorldError::UnknownVoiceState => UNKNOWN_VOICE_STATE,
            WorldError::UnknownStage => UNKNOWN_STAGE,
            WorldError::NotInVoice => NOT_IN_VOICE,
            WorldError::NoVoiceAccess | WorldError::VoiceChannelFull => MISSING_PERMISSIONS,
            WorldError::StageAlreadyOpen => STAGE_ALREADY_OPEN,
            WorldError::TooManyRoles => TOO_MANY_ROLES,
            WorldError::TooManyChannels => TOO_MANY_CHANNELS,
            WorldError::TooManyReactions => TOO_MANY_REACTIONS,
            WorldError::TooManyChannelWebhooks => TOO_MANY_CHANNEL_WEBHOOKS,
            WorldError::TooManyGuildWebhooks => TOO_MANY_GUILD_WEBHOOKS,
            WorldError::TooManyInvites => TOO_MANY_INVITES,
            WorldError::UnknownWebhook => UNKNOWN_WEBHOOK,
            WorldError::TooManyPins => TOO_MANY_PINS,
            WorldError::TooManyActiveThreads => TOO_MANY_ACTIVE_THREADS,
            WorldError::TooManyThreadMembers => TOO_MANY_THREAD_MEMBERS,
            WorldError::Banned => BANNED_FROM_GUILD,
            WorldError::WrongChannelType => WRONG_CHANNEL_TYPE,
            WorldError::UnknownSku => UNKNOWN_SKU,
            WorldError::UnknownEntitlement => UNKNOWN_ENTITLEMENT,
            other @ (WorldError::Taken | WorldError::NotConsumable) => Self {
                status: other.status(),
                code: other.code(),
                message: other.to_string().into(),
                errors: None,
                retry_after_ms: None,
                scope: Scope::User,
            },
        }
    }
}

macro_rules! known {
    ($($name:ident = $status:literal, $code:literal, $message:literal;)*) => {
        $(
            #[doc = concat!("Code ", $code, ": ", $message)]
            pub(crate) const $name: ApiError = ApiError::new($status, $code, $message);
        )*
    };
}

known! {
    UNKNOWN_RULE = 404, 0, "Unknown Auto Moderation Rule";
    UNAUTHORIZED = 401, 0, "401: Unauthorized";
    NOT_FOUND = 404, 0, "404: Not Found";
    METHOD_NOT_ALLOWED = 405, 0, "405: Method Not Allowed";
    BAD_GATEWAY = 502, 0, "502: Bad Gateway";
    INVALID_REDIRECT_URI = 400, 0, "Invalid OAuth2 redirect_uri";
    UNKNOWN_APPLICATION = 404, 10002, "Unknown Application";
    UNKNOWN_CHANNEL = 404, 10003, "Unknown Channel";
    UNKNOWN_GUILD = 404, 10004, "Unknown Guild";
    UNKNOWN_INVITE = 404, 10006, "Unknown Invite";
    UNKNOWN_INTEGRATION = 404, 10005, "Unknown Integration";
    UNKNOWN_JOIN_REQUEST = 404, 0, "404: Not Found";
    UNKNOWN_TEMPLATE = 404, 10057, "Unknown guild template";
    UNKNOWN_WELCOME_SCREEN = 404, 10069, "Unknown Guild Welcome Screen";
    UNKNOWN_MEMBER = 404, 10007, "Unknown Member";
    UNKNOWN_MESSAGE = 404, 10008, "Unknown Message";
    UNKNOWN_OVERWRITE = 404, 10009, "Unknown Overwrite";
    UNKNOWN_ROLE = 404, 10011, "Unknown Role";
    UNKNOWN_USER = 404, 10013, "Unknown User";
    UNKNOWN_EMOJI = 400, 10014, "Unknown Emoji";
    UNKNOWN_GUILD_EMOJI = 404, 10014, "Unknown Emoji";
    UNKNOWN_WEBHOOK = 404, 10015, "Unknown Webhook";
    UNKNOWN_BAN = 404, 10026, "Unknown Ban";
    UNKNOWN_STICKER = 404, 10060, "Unknown sticker";
    UNKNOWN_STICKER_PACK = 404, 10061, "Unknown sticker pack";
    UNKNOWN_SKU = 404, 10027, "Unknown SKU";
    UNKNOWN_ENTITLEMENT = 404, 10029, "Unknown entitlement";
    UNKNOWN_SUBSCRIPTION = 404, 10029, "Unknown subscription";
    NOT_A_TEST_ENTITLEMENT = 403, 50013, "Only test entitlements can be deleted";
    UNKNOWN_INTERACTION = 404, 10062, "Unknown interaction";
    UNKNOWN_COMMAND = 404, 10063, "Unknown application command";
    UNKNOWN_TAG = 400, 10087, "Unknown tag";
    UNKNOWN_VOICE_STATE = 404, 10065, "Unknown Voice State";
    UNKNOWN_EVENT = 404, 10070, "Unknown Guild Scheduled Event";
    UNKNOWN_EVENT_EXCEPTION = 404, 10070, "Unknown Guild Scheduled Event Exception";
    TOO_MANY_EVENTS = 400, 30038, "Maximum number of uncompleted guild scheduled events reached (100)";
    EVENT_FINISHED = 400, 180_000, "Cannot update a finished event";
    UNKNOWN_STAGE = 404, 10067, "Unknown Stage Instance";
    UNKNOWN_COMMAND_PERMISSIONS = 404, 10066, "Unknown application command permissions";
    UNKNOWN_SOUND = 404, 10097, "Unknown sound";
    BOTS_NOT_ALLOWED = 403, 20001, "Bots cannot use this endpoint";
    NOT_AUTHORIZED_FOR_APPLICATION = 403, 20012, "You are not authorized to perform this action on this application";
    SLOWMODE = 429, 20016, "This action cannot be performed due to slowmode rate limit";
    BOT_NOT_PUBLIC = 403, 20026, "This bot is private, and only its owner can add it to a server";
    WRITE_LIMIT = 429, 20028, "The write action you are performing on the channel has hit the write rate limit.";
    TOO_MANY_OLD_EDITS = 429, 30046, "Maximum number of edits to messages older than 1 hour reached. Try again later.";
    TOO_MANY_PINS = 400, 30003, "Maximum number of pins reached for the channel (250)";
    TOO_MANY_ROLES = 400, 30005, "Maximum number of server roles reached (250)";
    TOO_MANY_CHANNEL_WEBHOOKS = 400, 30007, "Maximum number of webhooks reached (15)";
    TOO_MANY_GUILD_WEBHOOKS = 400, 30058, "Maximum number of webhooks per server reached (1000)";
    TOO_MANY_REACTIONS = 400, 30010, "Maximum number of reactions reached (20)";
    TOO_MANY_CHANNELS = 400, 30013, "Maximum number of server channels reached (500)";
    TOO_MANY_ATTACHMENTS = 400, 30015, "Maximum number of attachments in a message reached (10)";
    TOO_MANY_INVITES = 400, 30016, "Maximum number of invites reached (1000)";
    TOO_MANY_THREAD_MEMBERS = 400, 30033, "Maximum number of thread participants has been reached (1000)";
    TEMPLATE_EXISTS = 400, 30031, "A server template already exists for this server";
    TOO_MANY_COMMANDS = 400, 30032, "Maximum number of application commands reached (100)";
    TOO_MANY_COMMAND_CREATES = 429, 30034, "Max number of daily application command creates has been reached (200)";
    TOO_MANY_OVERWRITES = 400, 30060, "Maximum number of channel permission overwrites reached (1000)";
    ENTITY_TOO_LARGE = 413, 40005, "Request entity too large";
    BANNED_FROM_GUILD = 403, 40007, "The user is banned from this guild";
    NOT_IN_VOICE = 400, 40032, "Target user is not connected to voice.";
    TAG_REQUIRED = 400, 40067, "A tag is required to create a forum post in this channel";
    ALREADY_CROSSPOSTED = 400, 40033, "This message has already been crossposted.";
    ALREADY_ACKNOWLEDGED = 400, 40060, "Interaction has already been acknowledged.";
    TOO_MANY_FOLLOWUPS = 400, 40094, "This interaction has reached the maximum number of follow up messages";
    MISSING_ACCESS = 403, 50001, "Missing Access";
    WIDGET_DISABLED = 403, 50004, "Widget Disabled";
    NOT_ON_DM = 400, 50003, "Cannot execute action on a DM channel";
    CANNOT_EDIT_OTHERS = 403, 50005, "Cannot edit a message authored by another user";
    EMPTY_MESSAGE = 400, 50006, "Cannot send an empty message";
    CANNOT_SEND_TO_USER = 403, 50007, "Cannot send messages to this user";
    NON_TEXT_CHANNEL = 400, 50008, "Cannot send messages in a non-text channel";
    MISSING_PERMISSIONS = 403, 50013, "Missing Permissions";
    BULK_DELETE_COUNT = 400, 50016, "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete.";
    SYSTEM_MESSAGE = 403, 50021, "Cannot execute action on a system message";
    WRONG_CHANNEL_TYPE = 400, 50024, "Cannot execute action on this channel type";
    INVALID_OAUTH2_TOKEN = 403, 50025, "Invalid OAuth2 access token provided";
    MISSING_SCOPE = 403, 50026, "Missing required OAuth2 scope";
    INVALID_WEBHOOK_TOKEN = 401, 50027, "Invalid Webhook Token";
    INVALID_ROLE = 400, 50028, "Invalid role";
    TOO_OLD_TO_BULK_DELETE = 400, 50034, "You can only bulk delete messages that are under 14 days old.";
    INVALID_FORM_BODY = 400, 50035, "Invalid Form Body";
    INVALID_API_VERSION = 400, 50041, "Invalid API version provided";
    FILE_TOO_LARGE = 413, 50045, "File uploaded exceeds the maximum size";
    INVALID_FILE = 400, 50046, "Invalid file uploaded";
    INVALID_MESSAGE_TYPE = 400, 50068, "Invalid message type";
    INVALID_STICKER = 400, 50081, "Invalid sticker sent";
    THREAD_ARCHIVED = 400, 50083, "Thread is archived";
    INVALID_JSON = 400, 50109, "The request body contains invalid JSON.";
    VOICE_WITH_CONTENT = 400, 50159, "Voice messages do not support additional content.";
    VOICE_NEEDS_AUDIO = 400, 50160, "Voice messages must have a single audio attachment.";
    VOICE_NEEDS_METADATA = 400, 50161, "Voice messages must have supporting metadata.";
    VOICE_NOT_EDITABLE = 400, 50162, "Voice messages cannot be edited.";
    NO_VOICE_MESSAGES = 403, 50173, "You cannot send voice messages in this channel.";
    OWNER_CANNOT_LEAVE = 400, 50055, "Invalid Guild";
    NO_MUTUAL_GUILDS = 403, 50278, "Cannot send messages to this user due to having no mutual guilds";
    STAGE_ALREADY_OPEN = 400, 150_006, "The Stage is already open";
    BLOCKED_BY_AUTOMOD = 400, 200_000, "Message was blocked by automatic moderation";
    LOTTIE_NOT_ALLOWED = 400, 170_001, "Lottie animations can only be uploaded by guilds that are verified or partnered";
    WEBHOOK_THREAD_NEEDED = 400, 220_001, "Webhooks posted to forum channels must have a thread_name or thread_id";
    WEBHOOK_THREAD_BOTH = 400, 220_002, "Webhooks posted to forum channels cannot have both a thread_name and thread_id";
    WEBHOOK_NO_FORUM = 400, 220_003, "Webhooks can only create threads in forum channels";
    WEBHOOK_SERVICE_FORUM = 400, 220_004, "Webhook services cannot be used in forum channels";
    ONBOARDING_NOT_MET = 400, 350_000, "Cannot enable onboarding, requirements are not met";
    ONBOARDING_BELOW = 400, 350_001, "Cannot update onboarding while below requirements";
    BULK_BAN_FAILED = 400, 500_000, "Failed to ban users";
    MFA_REQUIRED = 403, 60003, "Two factor is required for this operation";
    NEEDS_BOOSTS = 403, 50101, "This server needs more boosts to perform this action";
    REPLY_NEEDS_HISTORY = 400, 160_002, "Cannot reply without permission to read message history";
    CANNOT_FORWARD_UNREAD = 400, 160_014, "You cannot forward a message whose content you cannot read.";
    POLL_VOTING_BLOCKED = 403, 520_000, "Poll voting blocked";
    POLL_EXPIRED = 400, 520_001, "Poll expired";
    POLL_NOT_EDITABLE = 400, 520_003, "Cannot edit a poll message";
    CANNOT_EXPIRE = 400, 520_006, "Cannot expire a non-poll message";
    UNKNOWN_POLL_ANSWER = 404, 0, "Unknown poll answer";
    THREAD_EXISTS = 400, 160_004, "A thread has already been created for this message";
    THREAD_LOCKED = 403, 160_005, "Thread is locked";
    TOO_MANY_ACTIVE_THREADS = 400, 160_006, "Maximum number of active threads reached";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_errors_nest_under_their_path() {
        let error = ApiError::field(
            &["embeds", "0", "title"],
            "BASE_TYPE_MAX_LENGTH",
            "Must be 256 or fewer in length.",
        );
        assert_eq!(
            error.body(),
            json!({
                "message": "Invalid Form Body",
                "code": 50035,
                "errors": { "embeds": { "0": { "title": { "_errors": [
                    { "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length." }
                ] } } } }
            })
        );
    }

    #[test]
    fn plain_errors_have_no_errors_key() {
        assert_eq!(UNKNOWN_CHANNEL.body(), json!({ "message": "Unknown Channel", "code": 10003 }));
    }
}
