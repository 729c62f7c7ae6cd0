//! What can go wrong. One definition for the control interface, the Rust API and scenario files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What goes wrong. In JSON the name stands in `kind`, in lower case with underscores, and the parts
/// beside it: `{"kind": "delay", "ms": 500}`.
///
/// What becomes of a dispatch's number `s`: `delay`, `reorder` and `duplicate` (unless `same_seq`) happen
/// before a dispatch is numbered, so that numbers rise without gaps and only the contents are late, in
/// another order or there twice. `drop`, `truncate`, `corrupt` and `duplicate` with `same_seq` happen to a
/// numbered dispatch on its way to the socket: a dropped one leaves a gap in `s`, and a resume from before
/// the gap sends it again.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// A gateway socket is accepted and then closed at once.
    AcceptThenClose {
        /// With this close code; without one the TCP connection just ends.
        #[serde(default)]
        code: Option<u16>,
    },
    /// A gateway socket gets Reconnect in place of Hello.
    ReconnectAtHello,
    /// Heartbeats are not acknowledged.
    HeartbeatSilence,
    /// A dispatch is numbered and never sent.
    Drop,
    /// A dispatch comes late, and others overtake it.
    Delay {
        /// By so many milliseconds of the sandbox's time.
        ms: u64,
    },
    /// A dispatch comes more than once.
    Duplicate {
        /// So many times more.
        #[serde(default = "one")]
        times: u32,
        /// Whether the copies carry the number of the first.
        #[serde(default)]
        same_seq: bool,
    },
    /// Dispatches are gathered and then sent in another order.
    Reorder {
        /// So many at a time.
        #[serde(default = "four")]
        window: u32,
        /// They wait for each other no longer than so many milliseconds.
        #[serde(default = "second")]
        ms: u64,
    },
    /// A dispatch is cut short. In a compressed stream nothing behind it can be read.
    Truncate {
        /// So many bytes are left; half when none are named.
        #[serde(default)]
        bytes: Option<usize>,
    },
    /// One byte of a dispatch is another.
    Corrupt,
    /// A message of a zlib stream comes in several frames, as Discord allows itself. Elsewhere nothing
    /// happens.
    SplitFrames {
        /// So many.
        #[serde(default = "four")]
        pieces: u32,
    },
    /// Invalid Session (op 9).
    Invalidate {
        /// Whether the session may be resumed.
        #[serde(default)]
        resumable: bool,
        /// Instead of what.
        #[serde(default)]
        at: Occasion,
    },
    /// Reconnect (op 7), and the socket closes a little later.
    Reconnect {
        /// Instead of what.
        #[serde(default)]
        at: Occasion,
    },
    /// The socket is closed.
    Close {
        /// With this close code; without one the TCP connection just ends.
        #[serde(default)]
        code: Option<u16>,
        /// Instead of what.
        #[serde(default)]
        at: Occasion,
    },
    /// The sandbox asks for a heartbeat (op 1).
    ServerHeartbeat {
        /// Before what.
        #[serde(default)]
        at: Occasion,
    },
    /// The socket is read, but nothing is sent on it for a while.
    Stall {
        /// For so many milliseconds.
        ms: u64,
        /// Before what.
        #[serde(default)]
        at: Occasion,
    },
    /// Dispatches trickle.
    SlowSocket {
        /// So many bytes a second.
        bytes_per_second: u64,
    },
    /// A voice server without an address: `VOICE_SERVER_UPDATE` with a null `endpoint`.
    NoVoiceEndpoint,
    /// Every request meets the global limit.
    #[serde(rename = "global_429")]
    Global429 {
        /// Seconds to wait.
        #[serde(default = "one_second")]
        retry_after: f64,
    },
    /// A route meets a limit.
    #[serde(rename = "route_429")]
    Route429 {
        /// Which kind of limit.
        #[serde(default)]
        scope: LimitScope,
        /// Seconds to wait.
        #[serde(default = "one_second")]
        retry_after: f64,
    },
    /// A blocked address: a plain 429 as from the edge, without Discord's headers.
    EdgeBlock {
        /// Seconds to wait.
        #[serde(default = "one_second")]
        retry_after: f64,
    },
    /// Requests fail on the server's side.
    ServerError {
        /// With this status.
        #[serde(default = "bad_gateway")]
        status: u16,
        /// Whether a page comes from the edge in place of JSON.
        #[serde(default)]
        page: bool,
    },
    /// A request is carried out, and then the connection ends without an answer.
    AnswerLost,
    /// The connection ends before the request is carried out.
    ConnectionReset,
    /// A request is carried out at once, and its answer comes late.
    DelayAnswer {
        /// By so many milliseconds.
        ms: u64,
    },
    /// The body of an answer trickles.
    SlowBody {
        /// So many bytes a second.
        bytes_per_second: u64,
    },
    /// The body of an answer is cut short, and the connection ends.
    TruncateBody {
        /// So many bytes are left; half when none are named.
        #[serde(default)]
        bytes: Option<usize>,
    },
    /// The token is not taken: 401.
    Unauthorized,
    /// A permission is missing: 403 with code 50013.
    Forbidden,
    /// The headers of the rate limits mislead.
    WrongHeaders {
        /// `X-RateLimit-Reset` is off by so many milliseconds, as with a clock that is wrong.
        #[serde(default)]
        skew_ms: i64,
        /// Whether the bucket has another name from now on.
        #[serde(default)]
        new_bucket: bool,
        /// `X-RateLimit-Remaining` is this.
        #[serde(default)]
        remaining: Option<u32>,
    },
    /// The network is cut, for everyone or for one application. Sockets that are open go silent until
    /// their heartbeat is due and then end without a close frame; new connections and requests fail.
    Partition {
        /// How new connections and requests fail.
        #[serde(default)]
        mode: PartitionMode,
    },
    /// Guilds are unavailable: those the rule selects, until it ends.
    GuildOutage,
}

/// When a fault of a gateway socket is played.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// When a socket opens, before Hello.
    Connect,
    /// When the client identifies.
    Identify,
    /// When the client resumes.
    Resume,
    /// When the client beats.
    Heartbeat,
    /// When a dispatch is about to be sent.
    #[default]
    Dispatch,
}

/// Whose limit a 429 tells of.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitScope {
    /// The caller's bucket.
    #[default]
    User,
    /// The resource's, for everyone.
    Shared,
    /// The caller's, everywhere.
    Global,
    /// A further limit of the route: the bucket's headers say that requests are left.
    SubLimit,
    /// The edge's: without Discord's headers.
    Edge,
}

/// How connections fail while the network is cut.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartitionMode {
    /// They end at once.
    #[default]
    Refuse,
    /// They hang, and end when the partition does.
    Stall,
}

/// The place where a fault is played.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Point {
    /// A gateway socket opens.
    Connect,
    /// A client identifies.
    Identify,
    /// A client resumes.
    Resume,
    /// A client beats.
    Heartbeat,
    /// A dispatch is queued for a session.
    Queue,
    /// A dispatch is sent.
    Send,
    /// A voice server is told.
    Voice,
    /// A REST request comes.
    Request,
    /// The network itself.
    Network,
    /// A guild's own state.
    Guild,
}

impl FaultKind {
    /// Where it is played.
    pub(crate) fn point(self) -> Point {
        match self {
            Self::AcceptThenClose { .. } | Self::ReconnectAtHello => Point::Connect,
            Self::HeartbeatSilence => Point::Heartbeat,
            Self::Delay { .. } | Self::Reorder { .. } | Self::Duplicate { same_seq: false, .. } => {
                Point::Queue
            }
            Self::Drop
            | Self::Duplicate { same_seq: true, .. }
            | Self::Truncate { .. }
            | Self::Corrupt
            | Self::SplitFrames { .. }
            | Self::SlowSocket { .. } => Point::Send,
            Self::Invalidate { at, .. }
            | Self::Reconnect { at }
            | Self::Close { at, .. }
            | Self::ServerHeartbeat { at }
            | Self::Stall { at, .. } => at.point(),
            Self::NoVoiceEndpoint => Point::Voice,
            Self::Global429 { .. }
            | Self::Route429 { .. }
            | Self::EdgeBlock { .. }
            | Self::ServerError { .. }
            | Self::AnswerLost
            | Self::ConnectionReset
            | Self::DelayAnswer { .. }
            | Self::SlowBody { .. }
            | Self::TruncateBody { .. }
            | Self::Unauthorized
            | Self::Forbidden
            | Self::WrongHeaders { .. } => Point::Request,
            Self::Partition { .. } => Point::Network,
            Self::GuildOutage => Point::Guild,
        }
    }
}

impl Occasion {
    fn point(self) -> Point {
        match self {
            Self::Connect => Point::Connect,
            Self::Identify => Point::Identify,
            Self::Resume => Point::Resume,
            Self::Heartbeat => Point::Heartbeat,
            Self::Dispatch => Point::Send,
        }
    }
}

impl Point {
    /// Its bit in the set of places where anything is in force.
    pub(super) fn bit(self) -> u32 {
        1 << self as u32
    }
}

fn one() -> u32 {
    1
}

fn four() -> u32 {
    4
}

fn second() -> u64 {
    1_000
}

fn one_second() -> f64 {
    1.0
}

fn bad_gateway() -> u16 {
    502
}
