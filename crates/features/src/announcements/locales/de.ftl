feature-announcements = Ankündigungen
    .description = Gibt weiter, was die Betreiber dieses Bots zu sagen haben, wo der Server es will.

command-announcements = announcements
    .description = Legt fest, ob und wo dieser Server von den Betreibern des Bots hört
command-announcements-receive = empfangen
    .description = Ob dieser Server davon hört
command-announcements-channel = kanal
    .description = Der Kanal dafür
command-global_broadcast = global_broadcast
    .description = Schreibt an jeden Server
command-global_broadcast-send = send
    .description = Schreibt eine Nachricht an jeden Server, nach einer Vorschau
command-global_broadcast-send-message = nachricht
    .description = Die Nachricht; \n beginnt eine neue Zeile
command-global_broadcast-status = status
    .description = Zeigt, wie weit die letzte Nachricht ist
command-global_broadcast-cancel = cancel
    .description = Hält die Nachricht an, die unterwegs ist

announcements-on = Dieser Server hört von den Betreibern in { $channel }.
announcements-off = Dieser Server hört nicht von den Betreibern.
announcements-nowhere = Dieser Server hört von den Betreibern, aber ich darf in keinem Kanal schreiben. Wähle einen, in dem ich den Kanal sehen, Nachrichten senden und Links einbetten darf.
announcements-no-channel = Ich kann diesen Kanal nicht sehen. Wähle einen Textkanal dieses Servers, den ich sehen kann.

announcement-title = Eine Nachricht der Betreiber dieses Bots
announcement-hint = Wer diesen Server verwaltet, legt mit { $announcements } fest, wohin solche Nachrichten gehen und ob sie überhaupt kommen.

broadcast-empty = Die Nachricht ist leer. Schreibe, was jeder Server lesen soll.
broadcast-preview = Das sähe jeder Server, der solche Nachrichten will, bis auf deine Worte in seiner eigenen Sprache. Niemand wird angepingt. Die Schaltflächen gelten eine Viertelstunde.
broadcast-send = An jeden Server senden
broadcast-discard = Verwerfen
broadcast-stop = Anhalten
broadcast-discarded = Verworfen. Nichts wurde gesendet.
broadcast-begun = Sie ist unterwegs, an höchstens zehn Server je Sekunde, und geht über Neustarts hinweg weiter. { $status } zeigt, wie weit sie ist, { $cancel } hält sie an.
broadcast-too-old = Diese Vorschau ist älter als eine Viertelstunde. Beginne neu mit { $send }.
broadcast-under-way = Eine Nachricht ist schon unterwegs. { $status } zeigt, wie weit sie ist, { $cancel } hält sie an.
broadcast-none = In letzter Zeit ging keine Nachricht an jeden Server.
broadcast-none-under-way = Es ist keine Nachricht unterwegs.
broadcast-title = Die letzte Nachricht an jeden Server
broadcast-state = Stand
broadcast-running = Unterwegs, geschrieben { $begun }
broadcast-cancelled = Angehalten { $at }
broadcast-done = Fertig { $at }
broadcast-servers = Server
broadcast-counts = { $posted } haben sie, { $waiting } sind als Nächstes dran, { $refused } wollen keine, in { $nowhere } darf ich nirgends schreiben, { $gone } sind nicht mehr da, { $cancelled } wurden beim Anhalten ausgelassen
