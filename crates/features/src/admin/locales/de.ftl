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
command-admin-features = features
    .description = Zeigt, für wen es welche Funktion gibt
command-admin-queue = queue
    .description = Zeigt, was wartet
command-admin-queue-status = status
    .description = Zeigt, was wartet und was es aufhält
command-admin-config = config
    .description = Stellt etwas für alle Prozesse ein
command-admin-config-rate_limit_delay = rate_limit_delay
    .description = Legt eine Pause zwischen Anfragen im Hintergrund an Discord fest
command-admin-config-rate_limit_delay-milliseconds = millisekunden
    .description = Die Pause in Millisekunden; ohne Angabe wird die jetzige gezeigt
command-maintenance_mode = maintenance_mode
    .description = Lässt eine Weile nur die Betreiber den Bot benutzen
command-maintenance_mode-on = on
    .description = Beantwortet Befehle von Mitgliedern mit einem Hinweis
command-maintenance_mode-on-message = nachricht
    .description = Was Mitgliedern außerdem gesagt wird
command-maintenance_mode-off = off
    .description = Lässt Mitglieder den Bot wieder benutzen
command-global_stats = global_stats
    .description = Zeigt die Zahlen des ganzen Bots

admin-delay-none = Zwischen Anfragen im Hintergrund an Discord liegt keine zusätzliche Pause; die Grenzen von Discord gelten immer. { $queue } zeigt, was wartet.
admin-delay = Zwischen zwei Anfragen eines Prozesses im Hintergrund an Discord liegen mindestens { $millis } ms, in jedem Prozess binnen zwei Sekunden. Antworten an Menschen warten darauf nicht. { $queue } zeigt, was wartet.

maintenance-begun = Befehle von Mitgliedern werden jetzt mit einem Hinweis beantwortet, in jedem Prozess binnen zwei Sekunden. Deine Befehle funktionieren, und die Arbeit im Hintergrund geht weiter. { $off } beendet es.
maintenance-begun-words =
    Befehle von Mitgliedern werden jetzt mit einem Hinweis beantwortet, in jedem Prozess binnen zwei Sekunden. Deine Befehle funktionieren, und die Arbeit im Hintergrund geht weiter. { $off } beendet es.

    Mitgliedern wird gesagt: { $words }
maintenance-ended = Mitglieder können mich wieder benutzen, in jedem Prozess binnen zwei Sekunden.
maintenance-none = Es findet keine Wartung statt.

features-admin-title = Funktionen und ihre Server
features-always = ein Teil des Bots
features-all = für jeden Server
features-part = für { $percent } % der Server und { $named } genannte
features-outside = nicht für diesen Server
features-here = hier { $state }

global-title = Der ganze Bot
global-servers = Server
global-servers-value =
    { $servers ->
        [one] 1 Server
       *[other] { $servers } Server
    } mit { $members } Mitgliedern
global-running = Prozesse und Shards
global-running-value =
    { $processes ->
        [one] 1 Prozess
       *[other] { $processes } Prozesse
    }, { $up } von { $shards } Shards laufen
global-done = Erledigt, seit die Prozesse laufen
global-done-value = { $commands } Befehle, Schaltflächen und Formulare; { $events } Ereignisse
global-waiting = Wartend
global-waiting-value = { $interactions } Interaktionen, { $events } Ereignisse, { $messages } Nachrichten, { $calls } Anfragen an Discord. { $queue } zeigt mehr.
global-maintenance = Wartung
global-maintenance-value = Befehle von Mitgliedern werden mit einem Hinweis beantwortet; das begann { $since }.

queue-title = Was in allen Prozessen wartet
queue-admission = Interaktionen
queue-admission-value = { $waiting } warten, { $running } laufen; { $seats } dürfen gleichzeitig laufen, { $each } eines Servers in einem Prozess
queue-storage = Ereignisse und Nachrichten
queue-storage-value = { $events } Ereignisse warten auf eine Transaktion, { $outbox } Nachrichten sind zu senden
queue-rest = Wartende Anfragen an Discord
queue-rest-value = { $interaction } für Interaktionen, { $command } für Befehle, { $event } für Ereignisse, { $background } im Hintergrund
queue-routes = Routen, auf denen am meisten wartet
queue-limits = Grenzen
queue-limits-value = { $rate } Anfragen je Sekunde über alle Routen, { $flying } unterwegs, { $buckets } Buckets bekannt; seit dem Start { $limited } Antworten 429 und { $retries } neue Versuche; { $delay } ms zwischen Anfragen im Hintergrund
queue-breaker = Sicherung
queue-breaker-value = { $state }; { $invalid } abgelehnte Anfragen in zehn Minuten, und Discord sperrt eine Adresse mit 10.000
queue-breaker-closed = Geschlossen: jede Anfrage geht durch
queue-breaker-slow = Langsam: Anfragen gehen langsam durch, weil viele abgelehnt wurden
queue-breaker-open = Offen: nur Antworten auf Interaktionen gehen durch, weil zu viele Anfragen abgelehnt wurden
queue-breaker-token = Discord lehnt das Token des Bots ab: keine Anfrage geht durch
queue-paused = Discord hat um eine Pause von { $seconds } s gebeten
queue-processes = Prozesse
queue-process = `{ $process }`: { $work } wartend, { $calls } Anfragen, Sicherung { $breaker }
