feature-text_commands = Text commands
    .description = Answers to commands that are written as messages behind a prefix, where someone who manages the server has set one.

command-prefix = prefix
    .description = Let commands be written as text behind a prefix
command-prefix-set = set
    .description = Choose the prefix
command-prefix-set-prefix = prefix
    .description = One to five characters, the last of them a mark, such as !
command-prefix-show = show
    .description = See the prefix
command-prefix-off = off
    .description = Answer to slash commands alone

prefix-set = Commands can be written as messages now, for example `{ $example }`. Answers that a slash command shows to one person alone come as direct messages. Who may not use slash commands in a channel cannot use these there either.
prefix-is = The prefix is `{ $prefix }`.
prefix-none = No prefix is set, so I answer to slash commands alone. Set one with { $set }.
prefix-off = I answer to slash commands alone now.
prefix-unfit = `{ $prefix }` cannot be a prefix. Take one to five letters, digits and marks, and end with a mark, as in ! or gh!. These do not work: / \ @ # < and quotation marks.
prefix-not-allowed = Those who run this bot have not turned text commands on: I am not told what messages say. Slash commands work all the same.
