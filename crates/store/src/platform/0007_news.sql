-- Other processes look for what servers have chosen lately.
CREATE INDEX guild_setting_changed ON guild_setting (updated_at);
