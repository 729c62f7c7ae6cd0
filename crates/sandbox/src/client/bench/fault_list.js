// The faults that have a button. `lasts`: only for a time; `needsRoute`: takes the route of the field;
// `thisGuild`: for the chosen server; `everyone`: cannot be for one bot alone.

const fault = (id, label, about, rule, more = {}) => ({ id, label, about, rule, ...more });

export const FAULTS = [
  ["REST", [
    fault("429-user", "429 of the bot", "A rate limit of one route, scope user", { kind: "route_429", scope: "user", retry_after: 2 }, { needsRoute: true }),
    fault("429-shared", "429 shared", "A rate limit of a resource, scope shared", { kind: "route_429", scope: "shared", retry_after: 2 }, { needsRoute: true }),
    fault("429-global", "429 global", "The global rate limit", { kind: "global_429", retry_after: 2 }),
    fault("429-sub", "429 of a sub-limit", "A 429 while Remaining is above 0", { kind: "route_429", scope: "sub_limit", retry_after: 2 }, { needsRoute: true }),
    fault("edge", "Blocked at the edge", "A 429 without JSON and without Via, as Cloudflare's", { kind: "edge_block", retry_after: 10 }),
    fault("500", "500", "A failure of the server", { kind: "server_error", status: 500 }),
    fault("502", "502 page", "A gateway's HTML page", { kind: "server_error", status: 502, page: true }),
    fault("503", "503", "Service unavailable", { kind: "server_error", status: 503 }),
    fault("slow", "Slow answers", "Each answer comes two seconds late", { kind: "delay_answer", ms: 2000 }),
    fault("slow-body", "Slow bodies", "200 bytes a second", { kind: "slow_body", bytes_per_second: 200 }),
    fault("lost", "Answer lost", "It takes effect, but no answer comes", { kind: "answer_lost" }),
    fault("reset", "Connection reset", "The connection ends at once", { kind: "connection_reset" }),
    fault("401", "401", "The token counts as wrong", { kind: "unauthorized" }),
    fault("403", "403", "Missing permissions", { kind: "forbidden" }),
  ]],
  ["Gateway", [
    fault("drop", "Drop events", "Events never arrive", { kind: "drop" }),
    fault("delay", "Delay events", "Events come two seconds late", { kind: "delay", ms: 2000 }),
    fault("duplicate", "Duplicate events", "Events come twice", { kind: "duplicate", times: 1 }),
    fault("reorder", "Reorder events", "Events of half a second come in another order", { kind: "reorder", window: 4, ms: 500 }),
    fault("truncate", "Truncated frames", "A frame ends too early", { kind: "truncate" }),
    fault("silence", "Heartbeat silence", "Heartbeats are not acknowledged", { kind: "heartbeat_silence" }, { lasts: true }),
    fault("accept-close", "Accept, then close", "New connections are closed at once", { kind: "accept_then_close" }, { everyone: true }),
    fault("no-hello", "Op 7 instead of Hello", "Reconnect at once", { kind: "reconnect_at_hello" }, { everyone: true }),
    fault("invalidate", "Invalidate at resume", "Op 9 answers a resume", { kind: "invalidate", resumable: false, at: "resume" }),
    fault("stall", "Stall", "Nothing comes for five seconds", { kind: "stall", ms: 5000, at: "dispatch" }),
  ]],
  ["All", [
    fault("outage", "Outage of this server", "The chosen server is unavailable", { kind: "guild_outage" }, { lasts: true, thisGuild: true }),
    fault("partition", "Network partition", "Connections are refused", { kind: "partition", mode: "refuse" }, { lasts: true, everyone: true }),
    fault("partition-stall", "Partition, silent", "Connections hang", { kind: "partition", mode: "stall" }, { lasts: true, everyone: true }),
  ]],
];
