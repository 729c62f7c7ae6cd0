feature-servers = Servers
    .description = Registers this server, greets it once and lets those who manage it choose the features.

command-server_info = server_info
    .description = Show the facts about this server and what the bot can do in it
command-server_config = server_config
    .description = Turn features of the bot on or off in this server
command-server_config-feature = feature
    .description = The feature; leave it out to see all of them
command-server_config-enabled = enabled
    .description = Whether the feature is on
command-server_stats = server_stats
    .description = Show how much goes on in this server

state-on = on
state-off = off
state-always = always on

welcome-title = Thank you for the invitation
welcome-text =
    I keep this server's own knowledge. Teach me something with { $learn }, then ask with { $ask }. I answer from what was taught here, name the source, and say so when I do not know.

    Everything works right away. Those who manage the server can choose the features with the first button; { $help } lists what you can do.
welcome-setup = Quick setup
welcome-features = See features
welcome-privacy = Privacy

features-title = What I can do here
features-hint = { $help } lists the commands. Those who manage the server turn features on and off with { $config }.

privacy-title = What I keep
privacy-text =
    { "**" }Kept for this server:** what members teach me on purpose, with who taught it and when; the name of the server and which features are on; how many commands ran per day, not who ran them.

    { "**" }Only if the server turns on statistics:** how many messages each member wrote per day, for 90 days. Never what they say.

    { "**" }Not kept:** the text of messages, direct messages, or anything for another server. Servers cannot see each other's data.

    { "**" }When I leave:** everything of this server is removed 30 days later. If I am invited back before that, nothing is lost.

setup-title = Quick setup
setup-label = Features of this server
setup-hint = You can change this at any time with /server_config.
setup-done = Saved. This is how the features are set now:

config-title = Features of this server
config-turn-on = Turn on { $feature }
config-turn-off = Turn off { $feature }
config-on = { $feature } is on now.
config-off = { $feature } is off now. What it has stored stays until you turn it on again or remove it.
config-unknown = There is no feature called "{ $feature }". These can be turned on and off: { $names }.
config-always = { $feature } is part of the bot itself and always on.

info-title = This server
info-facts =
    Owner: { $owner }
    Members: { $members }
    Channels: { $channels }
    Roles: { $roles }
    Founded: { $created }
info-registered = Known to me since
info-features = Features
info-health = Permissions in this channel
info-healthy = I have every permission that the features need here.
info-repair = These permissions are missing in { $channel }. To repair it, open the channel's settings, choose Permissions, add my role and allow them; then run { $command } again.

stats-title = Statistics of this server
stats-commands = Commands
stats-commands-value = { $today } today, { $total } in all
stats-off = { $feature } is off in this server and counts nothing. Someone who manages the server can turn it on with { $config }.

config-rollout = { $feature } is being introduced step by step and is not there for this server yet. Those who run this bot decide when.

command-server_list = server_list
    .description = List the servers that the bot is in
command-server_list-search = search
    .description = A part of the name, or the id
command-server_list-page = page
    .description = The page to start at

server-list-title = Servers that I am in
server-list-none = I am in no server.
server-list-not-found = No server has "{ $search }" in its name, or that id.
server-list-size = { $members } members, { $channels } channels
server-list-unknown = size not known
server-list-shard = shard { $shard }
server-list-page = Page { $page } of { $pages }, { $count ->
    [one] 1 server
   *[other] { $count } servers
}
server-list-first = First
server-list-previous = Previous
server-list-next = Next
