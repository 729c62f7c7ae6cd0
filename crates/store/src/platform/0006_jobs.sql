-- Work that is decided and not yet done, a guild's own.
CREATE TABLE job (
    guild_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    priority BIGINT NOT NULL,
    state TEXT NOT NULL,
    dedupe TEXT,
    user_id BIGINT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    crashes BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    holder TEXT,
    lease_until BIGINT,
    last_error TEXT,
    reference TEXT,
    PRIMARY KEY (guild_id, id)
);
CREATE INDEX job_due ON job (state, not_before);
CREATE INDEX job_next ON job (guild_id, state, priority, not_before);

-- The same for work of no guild. The lane stands where the guild does: lanes take turns.
CREATE TABLE global_job (
    lane TEXT NOT NULL,
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    priority BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    crashes BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    holder TEXT,
    lease_until BIGINT,
    last_error TEXT,
    reference TEXT,
    PRIMARY KEY (lane, id)
);

-- What runs again and again, once for all processes.
CREATE TABLE schedule (
    name TEXT NOT NULL,
    spec TEXT NOT NULL,
    next_at BIGINT NOT NULL,
    last_at BIGINT,
    fired BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    PRIMARY KEY (name)
);

-- How the tasks of all processes have fared.
CREATE TABLE task_health (
    task TEXT NOT NULL,
    runs BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    millis BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    error_at BIGINT,
    reference TEXT,
    PRIMARY KEY (task)
);
