feature-statistics = Message statistics
    .description = Counts how many messages are written here each day and by whom. Never reads what they say.

statistics-messages = Messages
statistics-messages-value = { $today } today, { $week } in seven days, { $total } in all
statistics-top = Most active members of the last 30 days
