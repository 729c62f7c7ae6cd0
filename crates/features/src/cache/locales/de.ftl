feature-cache = Zwischenspeicher
    .description = Hält bereit, was oft gefragt wird, und lässt es leeren.

command-cache = zwischenspeicher
    .description = Sehen und leeren, was ich bereithalte
command-cache-stats = zahlen
    .description = Sehen, wie oft bereitliegt, was ich suche
command-cache-clear = leeren
    .description = Neu erstellen lassen, was ich bereithalte
command-cache-clear-pattern = muster
    .description = Was, etwa knowledge_answers oder knowledge*; ohne Angabe alles
command-cache-clear-everywhere = überall
    .description = Von allen Servern; nur für die, die den Bot betreiben

cache-stats-title = Zwischenspeicher dieses Prozesses
cache-stats-operators = Diese Zahlen gelten für alle Server zusammen, darum sehen sie nur die, die diesen Bot betreiben. Mit /cache clear lässt du neu erstellen, was zu diesem Server gehört.
cache-redis-there = Werte liegen in diesem Prozess und für alle Prozesse in Redis.
cache-redis-away = Redis ist nicht erreichbar. Bis dahin liegen Werte nur in diesem Prozess.
cache-redis-none = Werte liegen nur in diesem Prozess; es ist kein Redis eingerichtet.
cache-stats-line = { $percent } % lagen bereit: { $process } in diesem Prozess, { $shared } in Redis, { $missed } fehlten, { $errors } Fehler. Jetzt { $values } Werte, { $kib } KiB.

cache-clear-operators = Nur wer diesen Bot betreibt, darf leeren, was zu allen Servern gehört. Lass „überall“ weg, um zu leeren, was zu diesem Server gehört.
cache-cleared = `{ $pattern }` geleert: { $process ->
        [one] 1 Wert
       *[other] { $process } Werte
    } in diesem Prozess. Andere Prozesse vergessen ihre ebenso.
cache-cleared-both = `{ $pattern }` geleert: { $process ->
        [one] 1 Wert
       *[other] { $process } Werte
    } in diesem Prozess und { $shared } in Redis. Andere Prozesse vergessen ihre ebenso.
