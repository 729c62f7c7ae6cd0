-- Processes without shards look for what was stored lately.
CREATE INDEX known_guild_seen ON known_guild (seen_at);
