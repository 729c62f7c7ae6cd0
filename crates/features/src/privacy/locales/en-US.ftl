feature-privacy = Privacy
    .description = Shows, exports and erases what is kept about you, and lets you and those who run this server decide what may be.

command-privacy = privacy
    .description = See, export and erase what is kept about you, and decide what may be
command-privacy-policy = policy
    .description = What is kept about people, why, and for how long
command-privacy-export = export
    .description = A file with everything that is kept about you in this server and beyond servers
command-privacy-erase = erase
    .description = Remove what is kept about you
command-privacy-erase-everywhere = everywhere
    .description = In all servers and beyond them, not in this server alone
command-privacy-optout = optout
    .description = Stop or allow counting your messages and learning from them, in all servers
command-privacy-optout-enabled = enabled
    .description = Yes: nothing of yours is counted or learned from any more
command-privacy-level = level
    .description = See or change how much may be kept about you
command-privacy-level-level = level
    .description = The level; leave it out to see what each means
    .choice-strict = strict
    .choice-moderate = moderate
    .choice-permissive = permissive
    .choice-custom = custom
command-privacy-level-statistics = statistics
    .description = With custom: whether your messages may be counted
command-privacy-level-learning = learning
    .description = With custom: whether what you write may be learned from
command-privacy-level-named = named
    .description = With custom: whether others may see your name beside what is counted
command-privacy-audit = audit
    .description = See what was changed, exported and erased at your wish
command-privacy-guild-export = guild-export
    .description = A file with everything that is kept for this server; for its owner
command-privacy-guild-erase = guild-erase
    .description = Remove everything that is kept for this server; for its owner
command-retention = retention
    .description = See and choose how long data of this server is kept
command-retention-show = show
    .description = See how long each class of data is kept
command-retention-set = set
    .description = Choose how long a class of data is kept
command-retention-set-class = class
    .description = The class of data
    .choice-messages = messages
    .choice-reactions = reactions
    .choice-knowledge = knowledge
    .choice-adventures = adventures
    .choice-statistics = statistics
command-retention-set-days = days
    .description = The days; 0 keeps it for good
command-retention-preview = preview
    .description = See what would be removed, without removing it
command-retention-preview-class = class
    .description = A class of data to try another time for
    .choice-messages = messages
    .choice-reactions = reactions
    .choice-knowledge = knowledge
    .choice-adventures = adventures
    .choice-statistics = statistics
command-retention-preview-days = days
    .description = The days to try; 0 keeps it for good

privacy-policy-title = What is kept about people
privacy-policy-intro = This list is made from the program itself. The text of messages is not kept, but for what someone teaches me on purpose.
privacy-policy-line = `{ $table }`: { $purpose }. Kept { $kept }.
privacy-policy-rights-title = What you can do
privacy-policy-rights = { $export } gives you a file with all of it, { $erase } removes it, { $level } decides what may be kept from now on.
privacy-kept-owner = until you erase it or I leave the server
privacy-kept-done = until it is sent; what could not be sent { $days } days
privacy-kept-hours = { $hours ->
    [one] one hour
   *[other] { $hours } hours
}
privacy-kept-days = { $days } days
privacy-kept-class = { $days } days, or as the server chooses
privacy-kept-good = for good, or as the server chooses
privacy-kept-running = as long as the bot runs

privacy-export-done = Here is everything that is kept about you in this server and beyond servers: { $rows } rows. The file explains itself. What other servers keep, you get there.
privacy-export-done-direct = Here is everything that is kept about you beyond servers: { $rows } rows. The file explains itself. What a server keeps, you get by running this command there.
privacy-erase-title = This is what would go
privacy-erase-ask = Remove what is kept about you in this server? It cannot be undone.
privacy-erase-ask-everywhere = Remove what is kept about you in all servers and beyond them? It cannot be undone. What you have chosen about your privacy stays, because otherwise your choice would be undone, too.
privacy-erase-yes = Remove it
privacy-erase-no = Keep it
privacy-rows = { $table }: { $rows }
privacy-nothing = Nothing is kept about you.
privacy-erased = Removed: { $rows } rows
privacy-kept = Nothing was removed.
privacy-not-yours = This was asked by somebody else. Run the command yourself.
privacy-too-late = This question is older than a quarter of an hour. Run the command again.
privacy-custom-needs-switches = A custom level needs to know what you mean: give at least one of statistics, learning and named.
privacy-level-title = Your privacy, in all servers
privacy-level-now =
    Level: **{ $level }**
    Counting your messages: { $statistics }
    Learning from what you write: { $learning }
    Showing your name beside counts: { $named }
privacy-level-meaning-title = What the levels mean
privacy-level-meaning =
    { "**" }strict:** nothing is kept beyond what a command needs to do what you ask.
    { "**" }moderate:** your messages are counted where a server has turned that on, and your name may stand beside the count. This holds until you choose.
    { "**" }permissive:** also, features that a server has turned on may learn from what you write.
    { "**" }custom:** each of the three as you say.
privacy-out = From now on your messages are not counted and not learned from, in any server. What was counted before stays until you erase it.
privacy-in = From now on your messages may be counted again where a server has turned that on.
privacy-audit-title = What was done at your wish
privacy-audit-server = And for this server
privacy-audit-empty = Nothing yet.
privacy-owner-only = Only the owner of the server can do that.
privacy-owner-unknown = I do not know yet who owns this server. Try again in a minute.
privacy-guild-export-done = Here is everything that is kept for this server: { $rows } rows. It holds what members wrote; keep it as carefully as they would.
privacy-guild-erase-title = Remove everything of this server
privacy-guild-erase-label = The name of this server
privacy-guild-erase-hint = Type it as it stands at the top of the list of channels. This cannot be undone.
privacy-guild-erase-other-name = That is not the name of this server. Nothing was removed.

retention-title = How long data is kept here
retention-intro = What is older goes by itself, every few minutes. Those who manage the server choose.
retention-days = { $days } days. Tables: { $tables }
retention-good = for good. Tables: { $tables }
retention-set = Saved for { $class }. { $preview } shows what goes with the next run.
retention-preview-title = What the next run would remove
retention-line = { $class }, { $table }: { $rows }
