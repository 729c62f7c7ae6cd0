feature-markov = Random sentences
    .description = Says things in the manner of this server, made at random of what it was trained with.

command-mark = mark
    .description = Say something in the manner of this server
command-mark-seed = seed
    .description = Words that it shall contain
command-mark-debug = debug
    .description = Show how it came about
command-mark-tts = tts
    .description = Have it read aloud
command-train = train
    .description = Teach me how this server talks, from a file or from the channels that I learn from
command-train-json = json
    .description = A JSON file: messages, or an export of DiscordChatExporter or markov-strings
command-train-clean = clean
    .description = Yes: what was learned before is forgotten first
command-markov = markov
    .description = See what random sentences are made of, take it along or have it forgotten
command-markov-stats = stats
    .description = See what random sentences are made of
command-markov-forget = forget
    .description = Have me forget what random sentences are made of
command-markov-forget-what = what
    .description = What is to be forgotten
    .choice-everything = everything
    .choice-uploads = what was uploaded
command-markov-export = export
    .description = A file with what random sentences are made of, which /train reads

markov-unavailable = Random sentences are not available in this process of the bot. Tell the bot's operator.
markov-nothing-yet = I have learned nothing in this server yet. Someone who manages it can upload messages with { $train }.
markov-making = I am still reading what this server has taught me. Try again in a minute.
markov-unknown-seed = Nobody has said "{ $seed }" in what I have learned. Try other words, or none.
markov-none = I could not find anything to say that nobody has said exactly so before. It takes more messages that share words.

markov-debug-title = How it came about
markov-debug-numbers = Score { $score }, found at try { $tries }; { $words } words of { $sources } messages. The numbers say among how many places each next word was chosen.
markov-debug-path = The way
markov-debug-seed = Found of the seed

markov-train-begun = I am learning from { $source }. The progress is shown in this channel, and so is the end.
markov-train-begun-clean = I am learning from { $source }, and forget what I have learned before once the file is read. The progress is shown in this channel, and so is the end.
markov-train-busy = A training is under way: { $done } of { $total } messages. Wait for its end; { $forget } ends it too.
markov-train-progress = Learning from { $source }: { $done } of { $total } messages, { $percent } %.
markov-train-progress-until = Learning from { $source }: { $done } of { $total } messages, { $percent } %. About done { $until }.
markov-train-done = I have learned from { $source }: { $learned ->
    [one] { $learned } message
   *[other] { $learned } messages
 }. { $skipped ->
    [0] Nothing was left out.
    [one] { $skipped } entry was left out: empty, too long, known already, by a bot, or by someone who does not want it.
   *[other] { $skipped } entries were left out: empty, too long, known already, by bots, or by people who do not want it.
 }
markov-train-too-large = { $source } is larger than { $most } MB, which is as much as I take. The bot's operator can read larger files with: guildhall train
markov-train-gone = { $source } is no longer where you uploaded it. Nothing was learned; upload it again.
markov-train-syntax = { $source } is no JSON, or is cut short: the fault is at line { $line }, column { $column }. Nothing was changed.
markov-train-form = { $source } is JSON of another kind. I read a list such as [{"{"}"message": "Hello"{"}"}], and exports of DiscordChatExporter and markov-strings. Nothing was changed.
markov-train-empty = { $source } holds no messages that I could learn. Nothing was changed.

markov-stats-title = Random sentences
markov-stats-learned = { $messages ->
    [one] { $messages } message
   *[other] { $messages } messages
 }: { $uploaded } uploaded, { $heard } heard; by { $authors ->
    [one] { $authors } person
   *[other] { $authors } people
 }.
markov-stats-training = Training
markov-stats-training-value = Under way: { $done } of { $total } messages
markov-stats-chain = Chain
markov-stats-chain-value = { $order } words a state, { $words } different words, { $states } states, { $kib } KiB
markov-stats-no-chain = None: nothing is learned

markov-forget-ask-everything = Forget everything that random sentences are made of? It cannot be brought back.
markov-forget-ask-uploads = Forget everything that was uploaded for random sentences? It cannot be brought back.
markov-forget-yes = Forget it
markov-forget-no = Keep it
markov-forgetting = It is being forgotten. In a moment no sentence is made of it any more.
markov-kept = Nothing was forgotten.

markov-exported = { $count ->
    [one] { $count } message
   *[other] { $count } messages
 }, the newest first.
markov-exported-part = The newest { $count } messages: more do not fit into a file that I can send. The bot's operator can export everything with: guildhall privacy guild-export
markov-export-nothing = I have learned nothing in this server yet, so there is nothing to export.

command-listen = listen
    .description = Choose the channels that I learn from
command-listen-add = add
    .description = Learn from a channel
command-listen-add-channel = channel
    .description = The channel
command-listen-remove = remove
    .description = Learn no more from a channel; what was learned stays
command-listen-remove-channel = channel
    .description = The channel
command-listen-list = list
    .description = See the channels that I learn from
command-listen-modify = modify
    .description = Choose up to 25 channels in a menu
command-autorespond = autorespond
    .description = Choose the channels in which I answer every message
command-autorespond-add = add
    .description = Answer every message in a channel
command-autorespond-add-channel = channel
    .description = The channel
command-autorespond-remove = remove
    .description = Answer no more in a channel
command-autorespond-remove-channel = channel
    .description = The channel
command-autorespond-list = list
    .description = See the channels in which I answer every message
command-autorespond-modify = modify
    .description = Choose up to 25 channels in a menu
command-markov-speak = speak
    .description = Have me say something by myself every so often
command-markov-speak-channel = channel
    .description = The channel
command-markov-speak-minutes = minutes
    .description = The minutes between two sentences, from 5; 0 for none

markov-not-permitted = I do not learn from messages: Discord forbids it without its express permission, and whoever runs this bot has not stated that they have it. You can still upload texts with { $train }.
markov-channel-kind = Nobody writes in { $channel }. Choose a channel in which people do.
markov-channels-many = That would be more than { $most } channels, which is as many as I look after.
markov-listen-added = I learn from { $channel } now: from those members who allow it with { $level }. What they delete or edit is unlearned.
markov-listen-removed = I learn no more from { $channel }. What I have learned there stays; { $forget } takes it away.
markov-listen-none = I learn from no channel.
markov-listen-list = I learn from { $channels }.
markov-listen-choose = Choose the channels that I learn from.
markov-respond-added = I answer every message in { $channel } now.
markov-respond-removed = I no longer answer in { $channel } unless somebody mentions me.
markov-respond-none = There is no channel in which I answer every message.
markov-respond-list = I answer every message in { $channels }.
markov-respond-choose = Choose the channels in which I answer every message.
markov-speak-on = I say something in { $channel } every { $minutes } minutes.
markov-speak-off = I say nothing by myself in { $channel } any more.
markov-speak-often = That is too often. Choose at least 5 minutes, or 0 for none.

markov-history-begun = I am reading the history of the channels that I learn from, with their threads, as far back as this server keeps messages ({ $retention }). The progress is shown in this channel, and so is the end.
markov-history-none = There is no channel that I learn from yet, so there is no history to read. Choose one with { $listen }, or upload a file.
markov-history-progress = Reading history: { $read } messages, { $done } of { $total } channels and threads done.
markov-history-progress-until = Reading history: { $read } messages, { $done } of { $total } channels and threads done. All done about { $until }.
markov-history-done = I have read the history: { $read } messages, of which { $learned } are new to me and by members who allow that I learn from them.
markov-history-busy = A training is under way: { $done } messages so far. Wait for its end; { $forget } ends it too.
markov-stats-links = Links to attachments
markov-stats-links-value = { $asked } needed in this process of the bot, of which { $percent } % were known already
