//! What random bodies are made from.

/// Keys that mean something somewhere.
pub(super) const KEYS: &str = "content embeds components type custom_id id name description options value values \
    choices data flags title fields color url timestamp footer author image style label emoji component \
    min_values max_values min_length max_length min_value max_value required placeholder permissions allow \
    deny roles nick channel_id guild_id parent_id position topic message_reference message_id nonce \
    enforce_nonce allowed_mentions parse users replied_user attachments poll tts sticker_ids recipient_id \
    communication_disabled_until delete_message_seconds messages max_age max_uses mentionable hoist mute \
    deaf command modal autocomplete application_id interaction_id username owner_id channels members \
    member_count count for_ms kind code retry_after route ms token global_name permission_overwrites \
    default_member_permissions contexts integration_types name_localizations channel_types focused items \
    media accessory accent_color target_id command_id limit before after around reply_to message \
    question answers duration allow_multiselect answer_id text thread_name applied_tags auto_archive_duration invitable \
    archived locked available_tags default_reaction_emoji avatar banner icon image_data sound volume emoji_id emoji_name \
    entity_type entity_metadata location scheduled_start_time scheduled_end_time privacy_level recurrence_rule status \
    event_type trigger_type trigger_metadata keyword_filter regex_patterns allow_list presets mention_total_limit \
    actions metadata exempt_roles exempt_channels enabled user_ids webhook_channel_id webhook_id unique temporary \
    target_type target_user_id target_application_id role_ids reason days compute_prune_count include_roles prompts \
    default_channel_ids mode welcome_channels attachment_urls sku_id owner_id owner_type redirect_uri scope \
    code_verifier grant_type access_token interactions_endpoint_url install_params platform_name forum tags ids \
    share session shard guild event at window bytes pieces times";

/// Bodies that are right somewhere; one wrong value in them gets deeper than random ones do.
pub(super) const SEEDS: &str = r#"[
  {"content": "a", "nonce": "n", "enforce_nonce": true, "tts": false, "flags": 64,
   "allowed_mentions": {"parse": ["users"], "users": ["100000000000002001"], "replied_user": true},
   "message_reference": {"message_id": "1", "channel_id": "1", "type": 0},
   "embeds": [{"title": "t", "color": 5, "timestamp": "2026-11-20T12:00:00Z", "footer": {"text": "f"},
     "author": {"name": "a", "url": "https://example.org"}, "fields": [{"name": "n", "value": "v", "inline": true}]}],
   "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "l", "custom_id": "c"}]}]},
  {"flags": 32768, "components": [{"type": 17, "accent_color": 1, "components": [{"type": 10, "content": "x"},
    {"type": 9, "components": [{"type": 10, "content": "y"}], "accessory": {"type": 2, "style": 5, "url": "https://example.org", "label": "l"}},
    {"type": 12, "items": [{"media": {"url": "https://example.org/a.png"}}]}, {"type": 14, "spacing": 2}]}]},
  {"content": "s", "components": [{"type": 1, "components": [{"type": 3, "custom_id": "s", "min_values": 1, "max_values": 2,
    "options": [{"label": "a", "value": "a", "default": true}, {"label": "b", "value": "b"}]}]}]},
  {"name": "cmd", "description": "d", "type": 1, "default_member_permissions": "8", "contexts": [0, 1],
   "name_localizations": {"de": "x"}, "options": [{"type": 1, "name": "sub", "description": "d", "options": [
     {"type": 4, "name": "n", "description": "d", "min_value": 1, "max_value": 5, "required": true,
      "choices": [{"name": "a", "value": 1}]}]}]},
  [{"name": "one", "description": "d"}, {"name": "Two", "type": 2}],
  {"type": 4, "data": {"content": "c", "flags": 64}},
  {"type": 9, "data": {"custom_id": "m", "title": "t", "components": [{"type": 18, "label": "l",
    "component": {"type": 4, "custom_id": "i", "style": 1, "min_length": 1, "max_length": 9}}]}},
  {"type": 5, "data": {"flags": 64}}, {"type": 6}, {"type": 7, "data": {"content": "u", "components": []}},
  {"type": 8, "data": {"choices": [{"name": "a", "value": "b"}]}},
  {"name": "general", "type": 0, "topic": "t", "position": 1, "parent_id": null, "nsfw": false, "rate_limit_per_user": 1,
   "permission_overwrites": [{"id": "100000000000002001", "type": 1, "allow": "1024", "deny": "0"}]},
  [{"id": "100000000000002001", "position": 3, "parent_id": null}],
  {"name": "r", "permissions": "8", "color": 5, "hoist": true, "mentionable": false, "position": 2},
  {"type": 1, "allow": "1024", "deny": "2048"},
  {"nick": "n", "roles": ["1"], "communication_disabled_until": "2026-11-20T12:00:00Z", "mute": true},
  {"delete_message_seconds": 60}, {"messages": ["1", "2"]}, {"max_age": 60, "max_uses": 1, "unique": true},
  {"poll": {"question": {"text": "q"}, "answers": [{"poll_media": {"text": "a", "emoji": {"name": "e"}}}],
    "duration": 24, "allow_multiselect": true, "layout_type": 1}},
  {"message_reference": {"type": 1, "message_id": "1", "channel_id": "1"}},
  {"name": "Thread", "type": 11, "auto_archive_duration": 60, "rate_limit_per_user": 5, "invitable": true,
   "applied_tags": ["1"], "message": {"content": "first"}, "archived": true, "locked": false},
  {"name": "forum", "type": 15, "flags": 16, "default_sort_order": 1, "default_forum_layout": 2,
   "default_reaction_emoji": {"emoji_name": "e"}, "available_tags": [{"name": "t", "moderated": true}]},
  {"webhook_channel_id": "1"}, {"attachment_urls": ["http://127.0.0.1/attachments/1/2/a.png?ex=1&is=1&hm=1"]},
  {"answer_ids": [1, 2]}, {"recipient_id": "100000000000002002"}, {"username": "someone", "avatar": null},
  {"username": "new", "global_name": "New"}, {"name": "App", "privileged_intents": []},
  {"name": "G", "owner_id": "100000000000002001", "channels": ["a"], "roles": [{"name": "r", "permissions": "0"}],
   "members": ["100000000000002002"], "member_count": 9},
  {"name": "thread", "auto_archive_duration": 60, "type": 11, "invitable": true, "rate_limit_per_user": 5},
  {"name": "post", "message": {"content": "first"}, "applied_tags": ["1"]},
  {"poll": {"question": {"text": "q"}, "answers": [{"poll_media": {"text": "a"}}, {"poll_media": {"text": "b", "emoji": {"name": "x"}}}],
    "duration": 24, "allow_multiselect": true}},
  {"name": "hook", "avatar": "data:image/png;base64,iVBORw0KGgo="}, {"content": "w", "username": "u", "avatar_url": "https://example.org/a.png", "thread_name": "t"},
  {"name": "smile", "image": "data:image/png;base64,iVBORw0KGgo=", "roles": []},
  {"name": "boo", "sound": "data:audio/mpeg;base64,SUQz", "volume": 0.5, "emoji_name": "x"},
  {"name": "meeting", "privacy_level": 2, "entity_type": 3, "scheduled_start_time": "2027-01-01T10:00:00Z", "scheduled_end_time": "2027-01-01T11:00:00Z",
    "entity_metadata": {"location": "here"}, "recurrence_rule": {"start": "2027-01-01T10:00:00Z", "frequency": 2, "interval": 1, "by_weekday": [1]}},
  {"name": "rule", "event_type": 1, "trigger_type": 1, "trigger_metadata": {"keyword_filter": ["bad*"], "regex_patterns": ["(a+)+$"], "allow_list": ["badge"]},
    "actions": [{"type": 1, "metadata": {"custom_message": "no"}}, {"type": 2, "metadata": {"channel_id": "1"}}, {"type": 3, "metadata": {"duration_seconds": 60}}],
    "enabled": true, "exempt_roles": ["1"], "exempt_channels": []},
  {"user_ids": ["100000000000002001"], "delete_message_seconds": 5}, {"days": 7, "compute_prune_count": false},
  {"prompts": [{"id": "1", "title": "t", "options": [{"title": "o", "channel_ids": ["1"]}], "type": 0}], "default_channel_ids": [], "enabled": false, "mode": 0},
  {"welcome_channels": [{"channel_id": "1", "description": "d", "emoji_name": "x"}], "description": "hi", "enabled": true},
  {"attachment_urls": ["http://127.0.0.1/attachments/1/2/a.png?ex=0&is=0&hm=00&"]},
  {"sku_id": "1", "owner_id": "100000000000002001", "owner_type": 2}, {"channel_id": "1", "topic": "stage", "privacy_level": 2},
  {"message_reference": {"type": 1, "message_id": "1", "channel_id": "1"}}, {"archived": true, "locked": false},
  {"kind": "drop", "event": "TYPING_START", "share": 0.5, "count": 2}, {"kind": "delay", "ms": 1, "count": 1},
  {"content": "hi", "reply_to": "1"}, {"code": 4000}, {"ms": 1000}, {"ms": 9223372036854775807},
  {"kind": "server_error", "for_ms": 9223372036854775807, "route": "/none"}, {"interaction_deadline": 18446744073709551615},
  {"interaction_deadline": 3000, "messages_per_channel": 5},
  {"kind": "heartbeat_silence", "for_ms": 10}, {"kind": "reconnect_at_hello", "count": 1},
  {"command": {"application_id": "100000000000001001", "name": "cmd", "type": 1, "options": [{"name": "sub", "type": 1,
    "options": [{"name": "n", "type": 4, "value": 1}]}]}},
  {"component": {"message_id": "1", "custom_id": "c", "component_type": 2, "values": ["a"]}},
  {"modal": {"interaction_id": "1", "custom_id": "m", "components": [{"type": 18, "component": {"type": 4, "custom_id": "i", "value": "v"}}]}}
]"#;
