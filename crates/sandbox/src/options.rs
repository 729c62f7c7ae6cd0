//! What a sandbox can be told at its start, and every number that it enforces.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
};

use serde::{Deserialize, Serialize};

/// How a sandbox starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes any free port.
    pub listen: SocketAddr,
    /// What the world holds at the start.
    pub seed: Seed,
    /// Every number that is enforced; the default is Discord's.
    pub limits: Limits,
    /// Whether the web client is served.
    pub web_client: bool,
    /// Whether an address that other machines can reach may be listened on. The sandbox has no login.
    pub allow_remote: bool,
    /// Whether addresses that applications register may be on other machines.
    pub remote_endpoints: bool,
    /// How many journal entries are kept.
    pub journal_capacity: usize,
    /// Bytes kept of each body in the journal, so that its memory stays bounded.
    pub journal_body: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: Seed::Example,
            limits: Limits::default(),
            web_client: true,
            allow_remote: false,
            remote_endpoints: false,
            journal_capacity: 20_000,
            journal_body: 4_096,
        }
    }
}

/// What the world holds at the start.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Seed {
    /// Three servers, four people and two applications with fixed ids and tokens.
    #[default]
    Example,
    /// Nothing.
    Empty,
}

/// Every number that the sandbox enforces. The defaults are Discord's own where it documents one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Milliseconds between heartbeats, as told in Hello.
    pub heartbeat_interval: u64,
    /// Milliseconds a heartbeat may be late before the server closes.
    pub heartbeat_grace: u64,
    /// Identifies a day; beyond it the token is reset (Discord docs: Gateway, Session Start Limit).
    pub identify_total: u32,
    /// Milliseconds after which the identify budget is full again.
    pub identify_reset: u64,
    /// Identifies allowed at once, per window.
    pub max_concurrency: u32,
    /// Milliseconds of one identify concurrency window.
    pub identify_window: u64,
    /// Client payloads allowed per window and connection.
    pub gateway_sends: u32,
    /// Milliseconds of the gateway send window.
    pub gateway_send_window: u64,
    /// The largest client payload in bytes.
    pub gateway_payload: usize,
    /// Presences that a client may set per window and connection; those beyond have no effect.
    pub presence_updates: u32,
    /// Milliseconds of the presence window.
    pub presence_window: u64,
    /// The most guilds that one shard may hold.
    pub guilds_per_shard: usize,
    /// From this many guilds on, shard counts must be a multiple of the recommended one.
    pub large_bot_guilds: usize,
    /// What `GET /gateway/bot` recommends; 0 computes it from the number of guilds.
    pub recommended_shards: u32,
    /// Milliseconds a session can be resumed after its socket is gone.
    pub resume_window: u64,
    /// Dispatches kept for a resume.
    pub replay_events: usize,
    /// Dispatches that may wait for a slow client before it is disconnected.
    pub backlog_events: usize,
    /// Milliseconds between two full member list requests for one guild.
    pub member_list_window: u64,
    /// Requests a second per application.
    pub global_requests: u32,
    /// Requests per window of an ordinary route bucket.
    pub bucket_requests: u32,
    /// Milliseconds of an ordinary route bucket.
    pub bucket_window: u64,
    /// Other numbers for single routes: requests and milliseconds by method and path, such as
    /// `"GET /users/{user}": [30, 30000]`. What stands in braces does not matter.
    pub routes: BTreeMap<String, (u32, u64)>,
    /// Changes of a channel's name or topic per window, beside the bucket.
    pub channel_renames: u32,
    /// Milliseconds of that window.
    pub channel_rename_window: u64,
    /// Milliseconds for which a message counts as young, and is deleted by a bucket of its own.
    pub young_message: u64,
    /// Deletions of young messages per window (observed, not documented).
    pub young_deletes: u32,
    /// Milliseconds of that window.
    pub young_delete_window: u64,
    /// Milliseconds from which a message counts as old, and is deleted by a bucket of its own.
    pub old_message: u64,
    /// Deletions of old messages per window (observed, not documented).
    pub old_deletes: u32,
    /// Milliseconds of that window.
    pub old_delete_window: u64,
    /// Changes of a guild's emojis per window, whoever makes them (assumed, not documented).
    pub emoji_requests: u32,
    /// Milliseconds of that window.
    pub emoji_window: u64,
    /// Direct messages that a bot may open per window (assumed, not documented).
    pub dm_opens: u32,
    /// Milliseconds of that window.
    pub dm_window: u64,
    /// Requests to a webhook that is not there before it is refused as limited (assumed, not documented).
    pub dead_webhook_requests: u32,
    /// Milliseconds within which an interaction must be answered.
    pub interaction_deadline: u64,
    /// Milliseconds that an interaction token lives.
    pub interaction_lifetime: u64,
    /// Answers of 401, 403 and 429 in ten minutes before an address is blocked.
    pub invalid_requests: u32,
    /// Milliseconds of the invalid request window.
    pub invalid_window: u64,
    /// Follow-ups to an interaction where only the person installed the application.
    pub user_install_followups: usize,
    /// Emojis of an application.
    pub application_emojis: usize,
    /// Milliseconds between two requests with a wrong signature to an address that an application registered.
    pub endpoint_probe_interval: u64,
    /// Milliseconds within which an OAuth2 code can be exchanged.
    pub oauth_code_lifetime: u64,
    /// Milliseconds that an OAuth2 access token lives.
    pub oauth_token_lifetime: u64,
    /// Command creations a day and guild.
    pub command_creates: u32,
    /// Milliseconds that an audit log entry is kept.
    pub audit_log_age: u64,
    /// Entries kept in one audit log; the oldest go first.
    pub audit_log_entries: usize,
    /// Invites of a guild.
    pub invites: usize,
    /// Webhooks of a channel.
    pub webhooks_per_channel: usize,
    /// Webhooks of a guild.
    pub webhooks_per_guild: usize,
    /// Auto-moderation rules with keywords in one guild; of other kinds there is one.
    pub automod_keyword_rules: usize,
    /// Scheduled events of one guild that are not over.
    pub scheduled_events: usize,
    /// The largest emoji in bytes.
    pub emoji_bytes: usize,
    /// Still emojis, and as many animated ones, of a guild without and with each boost level.
    pub guild_emojis: [usize; 4],
    /// Soundboard sounds of a guild without and with each boost level.
    pub guild_sounds: [usize; 4],
    /// Stickers of a guild without and with each boost level.
    pub guild_stickers: [usize; 4],
    /// The largest soundboard sound in bytes.
    pub sound_bytes: usize,
    /// The largest sticker in bytes.
    pub sticker_bytes: usize,
    /// Milliseconds within which a repeated nonce returns the earlier message.
    pub nonce_window: u64,
    /// Messages kept per channel; the oldest go first.
    pub messages_per_channel: usize,
    /// Milliseconds that a link to an attachment opens it. Discord does not document its own number.
    pub attachment_lifetime: u64,
    /// Messages published an hour and announcement channel.
    pub crossposts: u32,
    /// Edits an hour and channel of messages older than an hour (error 30046). Discord does not document
    /// its own number.
    pub old_edits: u32,
    /// Milliseconds from a guild's first search until its index is ready; until then 202 is answered.
    pub search_index_delay: u64,
    /// Threads of a guild that may be open at once (error 160006).
    pub active_threads: usize,
    /// Members of one thread (error 30033).
    pub thread_members: usize,
    /// The largest uploaded file in bytes.
    pub attachment_bytes: usize,
    /// The largest request body in bytes.
    pub request_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            heartbeat_interval: 41_250,
            heartbeat_grace: 20_000,
            identify_total: 1_000,
            identify_reset: 86_400_000,
            max_concurrency: 1,
            identify_window: 5_000,
            gateway_sends: 120,
            gateway_send_window: 60_000,
            gateway_payload: 4_096,
            presence_updates: 5,
            presence_window: 20_000,
            guilds_per_shard: 2_500,
            large_bot_guilds: 150_000,
            recommended_shards: 0,
            resume_window: 120_000,
            replay_events: 4_096,
            backlog_events: 100_000,
            member_list_window: 30_000,
            global_requests: 50,
            bucket_requests: 5,
            bucket_window: 5_000,
            routes: BTreeMap::new(),
            channel_renames: 2,
            channel_rename_window: 600_000,
            young_message: 10_000,
            young_deletes: 3,
            young_delete_window: 1_000,
            old_message: 14 * 86_400_000,
            old_deletes: 30,
            old_delete_window: 120_000,
            emoji_requests: 50,
            emoji_window: 1_800_000,
            dm_opens: 100,
            dm_window: 600_000,
            dead_webhook_requests: 50,
            interaction_deadline: 3_000,
            interaction_lifetime: 900_000,
            invalid_requests: 10_000,
            invalid_window: 600_000,
            user_install_followups: 5,
            application_emojis: 2_000,
            endpoint_probe_interval: 3_600_000,
            oauth_code_lifetime: 60_000,
            oauth_token_lifetime: 604_800_000,
            command_creates: 200,
            audit_log_age: 45 * 86_400_000,
            audit_log_entries: 5_000,
            invites: 1_000,
            webhooks_per_channel: 15,
            webhooks_per_guild: 1_000,
            automod_keyword_rules: 6,
            scheduled_events: 100,
            emoji_bytes: 256 * 1024,
            guild_emojis: [50, 100, 150, 250],
            guild_sounds: [8, 24, 36, 48],
            guild_stickers: [5, 15, 30, 60],
            sound_bytes: 512 * 1024,
            sticker_bytes: 512 * 1024,
            nonce_window: 180_000,
            messages_per_channel: 10_000,
            attachment_lifetime: 86_400_000,
            crossposts: 10,
            old_edits: 30,
            search_index_delay: 1_000,
            active_threads: 1_000,
            thread_members: 1_000,
            attachment_bytes: 10 * 1024 * 1024,
            request_bytes: 25 * 1024 * 1024,
        }
    }
}
