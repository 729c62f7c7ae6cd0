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
    .description = Teach me how this server talks, from a file
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
markov-train-busy = A training is under way: { $done } of { $total } messages. Wait for its end.
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
