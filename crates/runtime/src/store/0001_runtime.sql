-- What the guild cache knew, so that a resumed session starts with it: a resume sends no guilds again.
CREATE TABLE known_guild (
    guild_id BIGINT NOT NULL,
    record TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (guild_id)
);

-- Events that a feature could not handle.
CREATE TABLE dead_letter (
    guild_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    feature TEXT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    cause TEXT NOT NULL,
    died_at BIGINT NOT NULL,
    PRIMARY KEY (guild_id, key)
);
CREATE INDEX dead_letter_age ON dead_letter (died_at);
