feature-admin = Administration
    .description = Lets those who run this bot look after it.

command-admin = admin
    .description = Look after the bot, for those who run it
command-admin-tasks = tasks
    .description = See how the background tasks fare
command-admin-restart = restart
    .description = Start something anew
command-admin-restart-tasks = tasks
    .description = Start the background tasks of all processes anew

admin-restarted = Every process ends its background tasks now and starts them anew. What does not come to its end within ten seconds is put back and goes on afterwards. { $tasks } shows how they fare.

admin-tasks-title = Background tasks of all processes
admin-tasks-none = No task has run yet.
admin-tasks-line =
    { "**" }{ $task }**: { $runs ->
        [one] 1 run
       *[other] { $runs } runs
    }, { $errors } failed, { $millis } ms each, last { $last }
admin-tasks-error = (failed { $at } with reference { $reference })
admin-tasks-jobs = Jobs
admin-tasks-jobs-value = { $waiting } waiting, { $running } running, { $dead } given up, { $quarantined } quarantined
admin-tasks-running = Running in this process
command-admin-features = features
    .description = See for whom each feature is there
command-admin-queue = queue
    .description = See what waits
command-admin-queue-status = status
    .description = See what waits, and what holds it back
command-admin-config = config
    .description = Set something for all processes
command-admin-config-rate_limit_delay = rate_limit_delay
    .description = Set a pause between background requests to Discord
command-admin-config-rate_limit_delay-milliseconds = milliseconds
    .description = The pause in milliseconds; leave it out to see the present one
command-maintenance_mode = maintenance_mode
    .description = Let nobody but those who run the bot use it for a while
command-maintenance_mode-on = on
    .description = Answer members' commands with a notice
command-maintenance_mode-on-message = message
    .description = What members are told besides
command-maintenance_mode-off = off
    .description = Let members use the bot again
command-global_stats = global_stats
    .description = Show the numbers of the whole bot

admin-delay-none = There is no pause between background requests to Discord; its own limits hold in any case. { $queue } shows what waits.
admin-delay = Between two background requests of a process to Discord there are { $millis } ms at least, in every process within two seconds. Answers to people do not wait for it. { $queue } shows what waits.

maintenance-begun = Members' commands are answered with a notice now, in every process within two seconds. Your commands work, and background work goes on. { $off } ends it.
maintenance-begun-words =
    Members' commands are answered with a notice now, in every process within two seconds. Your commands work, and background work goes on. { $off } ends it.

    Members are told: { $words }
maintenance-ended = Members can use me again, in every process within two seconds.
maintenance-none = There is no maintenance.

features-admin-title = Features and their servers
features-always = a part of the bot
features-all = for every server
features-part = for { $percent } % of the servers and { $named } named
features-outside = not for this server
features-here = { $state } here

global-title = The whole bot
global-servers = Servers
global-servers-value =
    { $servers ->
        [one] 1 server
       *[other] { $servers } servers
    } with { $members } members
global-running = Processes and shards
global-running-value =
    { $processes ->
        [one] 1 process
       *[other] { $processes } processes
    }, { $up } of { $shards } shards are up
global-done = Done since the processes started
global-done-value = { $commands } commands, buttons and forms; { $events } events
global-waiting = Waiting
global-waiting-value = { $interactions } interactions, { $events } events, { $messages } messages, { $calls } requests to Discord. { $queue } shows more.
global-maintenance = Maintenance
global-maintenance-value = Members' commands are answered with a notice; it began { $since }.

queue-title = What waits in all processes
queue-admission = Interactions
queue-admission-value = { $waiting } wait, { $running } run; { $seats } may run at once, { $each } of one server in one process
queue-storage = Events and messages
queue-storage-value = { $events } events wait for a transaction, { $outbox } messages to be sent
queue-rest = Requests to Discord that wait
queue-rest-value = { $interaction } for interactions, { $command } for commands, { $event } for events, { $background } in the background
queue-routes = Routes that wait the most
queue-limits = Limits
queue-limits-value = { $rate } requests a second over all routes, { $flying } on the wire, { $buckets } buckets known; since the start { $limited } answers 429 and { $retries } tries anew; { $delay } ms between background requests
queue-breaker = Breaker
queue-breaker-value = { $state }; { $invalid } refused requests in ten minutes, and Discord blocks an address with 10,000
queue-breaker-closed = Closed: every request passes
queue-breaker-slow = Slow: requests pass slowly, because many were refused
queue-breaker-open = Open: only answers to interactions pass, because too many requests were refused
queue-breaker-token = Discord refuses the bot's token: no request passes
queue-paused = Discord asked for a pause of { $seconds } s
queue-processes = Processes
queue-process = `{ $process }`: { $work } waiting, { $calls } requests, breaker { $breaker }
