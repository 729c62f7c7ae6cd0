-- Numbers that a guild counts up: ids of outbox rows, of entries of a feature.
CREATE TABLE counter (
    guild_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (guild_id, name)
);

-- Events that have had their effect, so that a replay has none.
CREATE TABLE guild_inbox (
    guild_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (guild_id, key)
);
CREATE INDEX guild_inbox_age ON guild_inbox (seen_at);

CREATE TABLE user_inbox (
    user_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX user_inbox_age ON user_inbox (seen_at);

-- Requests to Discord that are decided and not yet done.
CREATE TABLE outbox (
    guild_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    nonce TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    state TEXT NOT NULL,
    last_error TEXT,
    PRIMARY KEY (guild_id, id)
);
CREATE INDEX outbox_due ON outbox (state, not_before);

-- The gateway session of each shard and how far its events are durable.
CREATE TABLE shard_session (
    shard BIGINT NOT NULL,
    total BIGINT NOT NULL,
    session_id TEXT NOT NULL,
    resume_url TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    identity TEXT NOT NULL,
    intents BIGINT NOT NULL,
    as_of BIGINT NOT NULL,
    PRIMARY KEY (shard, total)
);

-- IDENTIFYs spent in the current window; one row per application.
CREATE TABLE identify_budget (
    application_id BIGINT NOT NULL,
    window_start BIGINT NOT NULL,
    used BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (application_id)
);

-- Stretches of events that Discord could not replay.
CREATE TABLE gap (
    id TEXT NOT NULL,
    shard BIGINT NOT NULL,
    session TEXT NOT NULL,
    from_sequence BIGINT NOT NULL,
    since BIGINT NOT NULL,
    reason TEXT NOT NULL,
    reconciled_at BIGINT,
    PRIMARY KEY (id)
);

-- Settings of features, one value a row, as JSON.
CREATE TABLE guild_setting (
    guild_id BIGINT NOT NULL,
    feature TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (guild_id, feature, key)
);
