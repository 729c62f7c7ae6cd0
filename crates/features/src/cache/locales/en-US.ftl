feature-cache = Cache
    .description = Keeps at hand what is asked for often, and lets it be cleared.

command-cache = cache
    .description = See and clear what I keep at hand
command-cache-stats = stats
    .description = See how often what I look for is at hand
command-cache-clear = clear
    .description = Have what I keep at hand made anew
command-cache-clear-pattern = pattern
    .description = What, such as knowledge_answers or knowledge*; everything when left out
command-cache-clear-everywhere = everywhere
    .description = Of all servers; only for those who run the bot

cache-stats-title = Cache of this process
cache-stats-operators = These figures are of all servers together, so only those who run this bot see them. Use /cache clear to have what belongs to this server made anew.
cache-redis-there = Values are kept in this process and in Redis for all processes.
cache-redis-away = Redis cannot be reached. Values are kept in this process until it can.
cache-redis-none = Values are kept in this process alone; no Redis is configured.
cache-stats-line = { $percent } % at hand: { $process } in this process, { $shared } in Redis, { $missed } missed, { $errors } errors. Now { $values } values, { $kib } KiB.

cache-clear-operators = Only those who run this bot may clear what belongs to all servers. Leave out "everywhere" to clear what belongs to this server.
cache-cleared = Cleared `{ $pattern }`: { $process ->
        [one] 1 value
       *[other] { $process } values
    } in this process. Other processes forget theirs, too.
cache-cleared-both = Cleared `{ $pattern }`: { $process ->
        [one] 1 value
       *[other] { $process } values
    } in this process and { $shared } in Redis. Other processes forget theirs, too.
