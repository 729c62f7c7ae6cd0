-- Processes of the bot that are alive, as far as they have said. A process without a row writes nothing.
CREATE TABLE instance (
    id TEXT NOT NULL,
    role TEXT NOT NULL,
    host TEXT NOT NULL,
    process TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    report TEXT NOT NULL,
    PRIMARY KEY (id)
);

-- What only one process does at a time: shards, partitions of the bus.
CREATE TABLE lease (
    kind TEXT NOT NULL,
    number BIGINT NOT NULL,
    holder TEXT,
    epoch BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (kind, number)
);
CREATE INDEX lease_holder ON lease (holder);

-- How many shards each bot runs, for all of its processes alike.
CREATE TABLE shard_plan (
    identity TEXT NOT NULL,
    total BIGINT NOT NULL,
    next BIGINT,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (identity)
);

-- When each bucket of a bot last identified, so that its processes keep their distance.
CREATE TABLE identify_bucket (
    identity TEXT NOT NULL,
    bucket BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (identity, bucket)
);

-- Other processes look for what was chosen lately.
CREATE INDEX user_privacy_changed ON user_privacy (updated_at);

-- Which process sends a row. One that is gone leaves its rows to another.
ALTER TABLE outbox ADD COLUMN owner TEXT NOT NULL DEFAULT '';
