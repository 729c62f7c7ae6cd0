feature-knowledge = Knowledge
    .description = Remembers what members teach it in this server and answers questions from it, with sources.

command-learn = learn
    .description = Teach me something that this server should know
command-learn-content = content
    .description = What I should know, up to 4,000 characters
command-learn-category = category
    .description = A heading to file it under
command-learn-concepts = concepts
    .description = Other words to find it by, up to ten, separated by commas
command-ask_knowledge = ask_knowledge
    .description = Ask what this server knows
command-ask_knowledge-query = query
    .description = Your question
command-knowledge = knowledge
    .description = Look through what this server knows, correct it or remove it
command-knowledge-list = list
    .description = List what this server knows
command-knowledge-list-category = category
    .description = Only entries under this heading
command-knowledge-list-page = page
    .description = The page to start at
command-knowledge-show = show
    .description = Show an entry in full
command-knowledge-show-id = id
    .description = The entry's number; type a word to look for it
command-knowledge-edit = edit
    .description = Correct an entry that you taught
command-knowledge-edit-id = id
    .description = The entry's number; type a word to look for it
command-knowledge-forget = forget
    .description = Remove an entry that you taught
command-knowledge-forget-id = id
    .description = The entry's number; type a word to look for it

knowledge-entry = Entry { $id }
knowledge-entries = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
 }
knowledge-category = Category
knowledge-concepts = Also found by
knowledge-source = Taught by

knowledge-learned = Learned as entry { $id }
knowledge-learned-text =
    { $content }

    Taught by { $author }. Ask for it with { $ask }.
knowledge-known = This server knows that already: entry { $id }, taught by { $author } on { $date }. See it with { $show }.
knowledge-full = This server has learned { $max } entries today, which is as many as I take in a day. Try again { $until }.
knowledge-empty = There is nothing in that. Write what I should know.
knowledge-too-long = That is too long: an entry has up to { $max } characters. Teach it in parts.
knowledge-label-too-long = A category and each of the concepts have up to { $max } characters. Shorten them and try again.
knowledge-too-many-concepts = An entry has up to { $max } concepts, separated by commas. Leave some out and try again.

knowledge-answer = { $count ->
    [one] From this server's knowledge, one entry:
   *[other] From this server's knowledge, { $count } entries:
 }
knowledge-no-answer = That is not in this server's knowledge: { $question }
    If you know the answer, teach me with { $learn }.
knowledge-nothing-yet = This server has not taught me anything yet. Begin with { $learn }.

knowledge-no-entry = There is no entry "{ $entry }" in this server. { $list } shows all of them.
knowledge-not-yours = Entry { $id } was taught by { $author }. Only they and those who manage the server can change it.

knowledge-list = What this server knows
knowledge-list-none-in = Nothing is filed under "{ $category }".
knowledge-list-not-yours = Somebody else is turning these pages. Call { $list } for your own.
knowledge-page = Page { $page } of { $pages }, { $count ->
    [one] { $count } entry
   *[other] { $count } entries
 }
knowledge-first = First
knowledge-previous = Previous
knowledge-next = Next

knowledge-edit-title = Correct entry { $id }
knowledge-edit-label = What I should know
knowledge-edit-known = Entry { $id } says exactly that already. Remove one of the two instead.
knowledge-edited = Entry { $id } now says

knowledge-forget-ask = Remove this entry for good? It cannot be brought back.
knowledge-forget-yes = Remove it
knowledge-forget-no = Keep it
knowledge-forgotten = Entry { $id } is removed.
knowledge-kept = Nothing was removed.
