feature-text_commands = Textbefehle
    .description = Antwortet auf Befehle, die als Nachricht hinter einem Präfix stehen, wo jemand mit dem Recht „Server verwalten“ eines gesetzt hat.

command-prefix = präfix
    .description = Befehle als Text hinter einem Präfix zulassen
command-prefix-set = setzen
    .description = Das Präfix wählen
command-prefix-set-prefix = präfix
    .description = Ein bis fünf Zeichen, das letzte davon ein Satzzeichen, etwa !
command-prefix-show = zeigen
    .description = Das Präfix ansehen
command-prefix-off = aus
    .description = Nur auf Slash-Befehle antworten

prefix-set = Befehle können jetzt als Nachricht geschrieben werden, zum Beispiel `{ $example }`. Antworten, die ein Slash-Befehl nur einer Person zeigt, kommen als Direktnachricht. Wer in einem Kanal keine Slash-Befehle benutzen darf, kann dort auch diese nicht benutzen.
prefix-is = Das Präfix ist `{ $prefix }`.
prefix-none = Es ist kein Präfix gesetzt, also antworte ich nur auf Slash-Befehle. Setze eines mit { $set }.
prefix-off = Ich antworte jetzt nur noch auf Slash-Befehle.
prefix-unfit = `{ $prefix }` kann kein Präfix sein. Nimm ein bis fünf Buchstaben, Ziffern und Satzzeichen, und ende mit einem Satzzeichen, wie bei ! oder gh!. Nicht möglich sind / \ @ # < und Anführungszeichen.
prefix-not-allowed = Die Betreiber dieses Bots haben Textbefehle nicht eingeschaltet: Ich erfahre nicht, was in Nachrichten steht. Slash-Befehle funktionieren trotzdem.
