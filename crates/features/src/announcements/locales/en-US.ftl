feature-announcements = Announcements
    .description = Tells servers what those who run this bot have to say, where the server wants it.

command-announcements = announcements
    .description = Choose whether and where this server hears from those who run the bot
command-announcements-receive = receive
    .description = Whether this server hears of them
command-announcements-channel = channel
    .description = The channel for them
command-global_broadcast = global_broadcast
    .description = Write to every server
command-global_broadcast-send = send
    .description = Write a message to every server, after a preview
command-global_broadcast-send-message = message
    .description = The message; \n begins a new line
command-global_broadcast-status = status
    .description = See how far the last message is
command-global_broadcast-cancel = cancel
    .description = Stop the message that is under way

announcements-on = This server hears from those who run me in { $channel }.
announcements-off = This server does not hear from those who run me.
announcements-nowhere = This server hears from those who run me, but there is no channel in which I may write. Choose one where I may see the channel, send messages and embed links.
announcements-no-channel = I cannot see that channel. Choose a text channel of this server that I can see.

announcement-title = A message from those who run this bot
announcement-hint = Those who manage this server choose with { $announcements } where such messages go, and whether they come at all.

broadcast-empty = The message is empty. Write what every server is to read.
broadcast-preview = This is what every server would see that wants such messages, in its own language but for your words. Nobody is pinged. The buttons work for a quarter of an hour.
broadcast-send = Send to every server
broadcast-discard = Discard
broadcast-stop = Stop
broadcast-discarded = Discarded. Nothing was sent.
broadcast-begun = It is on its way, to ten servers a second at the most, and goes on over restarts. { $status } shows how far it is, { $cancel } stops it.
broadcast-too-old = That preview is older than a quarter of an hour. Begin anew with { $send }.
broadcast-under-way = A message is on its way already. { $status } shows how far it is, { $cancel } stops it.
broadcast-none = No message was sent to every server lately.
broadcast-none-under-way = No message is on its way.
broadcast-title = The last message to every server
broadcast-state = State
broadcast-running = On its way, written { $begun }
broadcast-cancelled = Stopped { $at }
broadcast-done = Done { $at }
broadcast-servers = Servers
broadcast-counts = { $posted } have it, { $waiting } are next, { $refused } want none, in { $nowhere } I may write nowhere, { $gone } are gone, { $cancelled } were left out when it was stopped
