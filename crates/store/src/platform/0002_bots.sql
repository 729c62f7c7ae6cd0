-- Sessions and identify budgets belong to a bot, so that another token on the same data finds its own.
CREATE TABLE bot_session (
    identity TEXT NOT NULL,
    shard BIGINT NOT NULL,
    total BIGINT NOT NULL,
    session_id TEXT NOT NULL,
    resume_url TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    intents BIGINT NOT NULL,
    as_of BIGINT NOT NULL,
    PRIMARY KEY (identity, shard, total)
);
INSERT INTO bot_session (identity, shard, total, session_id, resume_url, sequence, intents, as_of)
SELECT identity, shard, total, session_id, resume_url, sequence, intents, as_of FROM shard_session;

-- The one budget so far belongs to the bot that ran last.
CREATE TABLE bot_budget (
    identity TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    used BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (identity)
);
INSERT INTO bot_budget (identity, window_start, used, last_at)
SELECT (SELECT identity FROM shard_session ORDER BY as_of DESC LIMIT 1), window_start, used, last_at
FROM identify_budget
WHERE application_id = 0 AND EXISTS (SELECT 1 FROM shard_session);

DROP TABLE shard_session;
DROP TABLE identify_budget;
ALTER TABLE bot_session RENAME TO shard_session;
ALTER TABLE bot_budget RENAME TO identify_budget;
