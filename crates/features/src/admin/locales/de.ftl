feature-admin = Verwaltung
    .description = Damit sehen die Betreiber dieses Bots nach ihm.

command-admin = admin
    .description = Nach dem Bot sehen, für seine Betreiber
command-admin-tasks = aufgaben
    .description = Zeigt, wie es um die Hintergrundaufgaben steht
command-admin-restart = neustart
    .description = Etwas neu starten
command-admin-restart-tasks = aufgaben
    .description = Die Hintergrundaufgaben aller Prozesse neu starten

admin-restarted = Jeder Prozess beendet jetzt seine Hintergrundaufgaben und startet sie neu. Was nicht binnen zehn Sekunden fertig wird, wird zurückgelegt und läuft danach weiter. { $tasks } zeigt, wie es um sie steht.

admin-tasks-title = Hintergrundaufgaben aller Prozesse
admin-tasks-none = Noch ist keine Aufgabe gelaufen.
admin-tasks-line =
    { "**" }{ $task }**: { $runs ->
        [one] 1 Lauf
       *[other] { $runs } Läufe
    }, { $errors } fehlgeschlagen, je { $millis } ms, zuletzt { $last }
admin-tasks-error = (fehlgeschlagen { $at } mit der Nummer { $reference })
admin-tasks-jobs = Aufträge
admin-tasks-jobs-value = { $waiting ->
        [one] 1 wartet
       *[other] { $waiting } warten
    }, { $running ->
        [one] 1 läuft
       *[other] { $running } laufen
    }, { $dead } aufgegeben, { $quarantined } in Quarantäne
admin-tasks-running = In diesem Prozess laufen
