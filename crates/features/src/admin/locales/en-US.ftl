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
