-- Whose action a row follows from, so that their erasure finds it; null where it follows from nobody's.
ALTER TABLE outbox ADD COLUMN user_id BIGINT;

-- What was erased, so that an older backup cannot bring it back. Zero stands for no guild and no user.
CREATE TABLE tombstone (
    what TEXT NOT NULL,
    guild_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    erased_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (what, guild_id, user_id, erased_at)
);
CREATE INDEX tombstone_age ON tombstone (erased_at);

-- What users have chosen; no row, no choice.
CREATE TABLE user_privacy (
    user_id BIGINT NOT NULL,
    statistics BIGINT NOT NULL,
    learning BIGINT NOT NULL,
    named BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (user_id)
);

-- What was done at the wish of users and of guilds' owners, for them to see.
CREATE TABLE privacy_audit (
    user_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (user_id, at, action)
);
CREATE INDEX privacy_audit_age ON privacy_audit (at);

CREATE TABLE privacy_guild_audit (
    guild_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    user_id BIGINT,
    detail TEXT NOT NULL,
    PRIMARY KEY (guild_id, at, action)
);
CREATE INDEX privacy_guild_audit_age ON privacy_guild_audit (at);
