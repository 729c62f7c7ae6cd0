feature-markov = Zufallssätze
    .description = Sagt etwas in der Art dieses Servers, zufällig zusammengesetzt aus dem, womit er trainiert wurde.

command-mark = mark
    .description = Sag etwas in der Art dieses Servers
command-mark-seed = anfang
    .description = Wörter, die darin vorkommen sollen
command-mark-debug = debug
    .description = Zeigt, wie es entstanden ist
command-mark-tts = tts
    .description = Lässt es vorlesen
command-train = train
    .description = Bring mir bei, wie dieser Server spricht, aus einer Datei oder den Kanälen, aus denen ich lerne
command-train-json = json
    .description = Eine JSON-Datei: Nachrichten, oder ein Export von DiscordChatExporter oder markov-strings
command-train-clean = neu
    .description = Ja: was vorher gelernt wurde, wird zuerst vergessen
command-markov = markov
    .description = Sieh, woraus Zufallssätze gemacht sind, nimm es mit oder lass es vergessen
command-markov-stats = stats
    .description = Zeigt, woraus Zufallssätze gemacht sind
command-markov-forget = forget
    .description = Lässt mich vergessen, woraus Zufallssätze gemacht sind
command-markov-forget-what = was
    .description = Was vergessen werden soll
    .choice-everything = alles
    .choice-uploads = was hochgeladen wurde
command-markov-export = export
    .description = Eine Datei mit dem, woraus Zufallssätze gemacht sind; /train liest sie

markov-unavailable = Zufallssätze gibt es in diesem Prozess des Bots nicht. Sag es denen, die ihn betreiben.
markov-nothing-yet = Auf diesem Server habe ich noch nichts gelernt. Wer ihn verwaltet, kann mit { $train } Nachrichten hochladen.
markov-making = Ich lese noch, was dieser Server mir beigebracht hat. Versuch es in einer Minute noch einmal.
markov-unknown-seed = In dem, was ich gelernt habe, hat niemand „{ $seed }“ gesagt. Versuch es mit anderen Wörtern oder ohne.
markov-none = Mir fiel nichts ein, das nicht jemand genau so schon gesagt hat. Dazu braucht es mehr Nachrichten, die Wörter gemeinsam haben.

markov-debug-title = Wie es entstanden ist
markov-debug-numbers = Punkte { $score }, gefunden beim Versuch { $tries }; { $words } Wörter aus { $sources } Nachrichten. Die Zahlen sagen, unter wie vielen Stellen das nächste Wort gewählt wurde.
markov-debug-path = Der Weg
markov-debug-seed = Vom Anfang gefunden

markov-train-begun = Ich lerne aus { $source }. Wie weit ich bin, steht in diesem Kanal, und auch das Ende.
markov-train-begun-clean = Ich lerne aus { $source } und vergesse, was ich vorher gelernt habe, sobald die Datei gelesen ist. Wie weit ich bin, steht in diesem Kanal, und auch das Ende.
markov-train-busy = Ein Training läuft: { $done } von { $total } Nachrichten. Warte auf sein Ende; auch { $forget } beendet es.
markov-train-progress = Lerne aus { $source }: { $done } von { $total } Nachrichten, { $percent } %.
markov-train-progress-until = Lerne aus { $source }: { $done } von { $total } Nachrichten, { $percent } %. Fertig etwa { $until }.
markov-train-done = Ich habe aus { $source } gelernt: { $learned ->
    [one] { $learned } Nachricht
   *[other] { $learned } Nachrichten
 }. { $skipped ->
    [0] Nichts wurde ausgelassen.
    [one] { $skipped } Eintrag wurde ausgelassen: leer, zu lang, schon bekannt, von einem Bot oder von jemandem, der es nicht möchte.
   *[other] { $skipped } Einträge wurden ausgelassen: leer, zu lang, schon bekannt, von Bots oder von Leuten, die es nicht möchten.
 }
markov-train-too-large = { $source } ist größer als { $most } MB; mehr nehme ich nicht an. Wer den Bot betreibt, kann größere Dateien einlesen mit: guildhall train
markov-train-gone = { $source } ist nicht mehr da, wo du es hochgeladen hast. Nichts wurde gelernt; lade es noch einmal hoch.
markov-train-syntax = { $source } ist kein JSON oder abgeschnitten: der Fehler ist in Zeile { $line }, Spalte { $column }. Nichts wurde geändert.
markov-train-form = { $source } ist JSON anderer Art. Ich lese Listen wie [{"{"}"message": "Hallo"{"}"}] und Exporte von DiscordChatExporter und markov-strings. Nichts wurde geändert.
markov-train-empty = { $source } enthält keine Nachrichten, die ich lernen könnte. Nichts wurde geändert.

markov-stats-title = Zufallssätze
markov-stats-learned = { $messages ->
    [one] { $messages } Nachricht
   *[other] { $messages } Nachrichten
 }: { $uploaded } hochgeladen, { $heard } gehört; von { $authors ->
    [one] { $authors } Person
   *[other] { $authors } Personen
 }.
markov-stats-training = Training
markov-stats-training-value = Läuft: { $done } von { $total } Nachrichten
markov-stats-chain = Kette
markov-stats-chain-value = { $order } Wörter je Zustand, { $words } verschiedene Wörter, { $states } Zustände, { $kib } KiB
markov-stats-no-chain = Keine: nichts ist gelernt

markov-forget-ask-everything = Alles vergessen, woraus Zufallssätze gemacht sind? Es lässt sich nicht zurückholen.
markov-forget-ask-uploads = Alles vergessen, was für Zufallssätze hochgeladen wurde? Es lässt sich nicht zurückholen.
markov-forget-yes = Vergessen
markov-forget-no = Behalten
markov-forgetting = Es wird vergessen. Gleich wird kein Satz mehr daraus gemacht.
markov-kept = Nichts wurde vergessen.

markov-exported = { $count ->
    [one] { $count } Nachricht
   *[other] { $count } Nachrichten
 }, die neueste zuerst.
markov-exported-part = Die neuesten { $count } Nachrichten: mehr passen nicht in eine Datei, die ich schicken kann. Wer den Bot betreibt, kann alles exportieren mit: guildhall privacy guild-export
markov-export-nothing = Auf diesem Server habe ich noch nichts gelernt; es gibt nichts zu exportieren.

command-listen = listen
    .description = Wähle die Kanäle, aus denen ich lerne
command-listen-add = add
    .description = Aus einem Kanal lernen
command-listen-add-channel = kanal
    .description = Der Kanal
command-listen-remove = remove
    .description = Aus einem Kanal nicht mehr lernen; was gelernt wurde, bleibt
command-listen-remove-channel = kanal
    .description = Der Kanal
command-listen-list = list
    .description = Zeigt die Kanäle, aus denen ich lerne
command-listen-modify = modify
    .description = Wähle bis zu 25 Kanäle in einem Menü
command-autorespond = autorespond
    .description = Wähle die Kanäle, in denen ich auf jede Nachricht antworte
command-autorespond-add = add
    .description = In einem Kanal auf jede Nachricht antworten
command-autorespond-add-channel = kanal
    .description = Der Kanal
command-autorespond-remove = remove
    .description = In einem Kanal nicht mehr antworten
command-autorespond-remove-channel = kanal
    .description = Der Kanal
command-autorespond-list = list
    .description = Zeigt die Kanäle, in denen ich auf jede Nachricht antworte
command-autorespond-modify = modify
    .description = Wähle bis zu 25 Kanäle in einem Menü
command-markov-speak = speak
    .description = Lässt mich ab und zu von selbst etwas sagen
command-markov-speak-channel = kanal
    .description = Der Kanal
command-markov-speak-minutes = minuten
    .description = Die Minuten zwischen zwei Sätzen, ab 5; 0 für keinen

markov-not-permitted = Ich lerne nicht aus Nachrichten: Discord verbietet das ohne ausdrückliche Erlaubnis, und wer diesen Bot betreibt, hat nicht angegeben, dass sie vorliegt. Texte hochladen kannst du trotzdem, mit { $train }.
markov-channel-kind = In { $channel } schreibt niemand. Wähle einen Kanal, in dem geschrieben wird.
markov-channels-many = Das wären mehr als { $most } Kanäle; mehr kann ich nicht im Blick behalten.
markov-listen-added = Ich lerne jetzt aus { $channel }: von den Mitgliedern, die es mit { $level } erlauben. Was sie löschen oder ändern, wird verlernt.
markov-listen-removed = Aus { $channel } lerne ich nicht mehr. Was ich dort gelernt habe, bleibt; { $forget } nimmt es weg.
markov-listen-none = Ich lerne aus keinem Kanal.
markov-listen-list = Ich lerne aus { $channels }.
markov-listen-choose = Wähle die Kanäle, aus denen ich lerne.
markov-respond-added = In { $channel } antworte ich jetzt auf jede Nachricht.
markov-respond-removed = In { $channel } antworte ich nicht mehr, außer wenn man mich erwähnt.
markov-respond-none = Es gibt keinen Kanal, in dem ich auf jede Nachricht antworte.
markov-respond-list = Auf jede Nachricht antworte ich in { $channels }.
markov-respond-choose = Wähle die Kanäle, in denen ich auf jede Nachricht antworte.
markov-speak-on = In { $channel } sage ich alle { $minutes } Minuten etwas.
markov-speak-off = In { $channel } sage ich von selbst nichts mehr.
markov-speak-often = Das ist zu oft. Wähle mindestens 5 Minuten, oder 0 für gar nicht.

markov-history-begun = Ich lese den Verlauf der Kanäle, aus denen ich lerne, mit ihren Threads, so weit zurück, wie dieser Server Nachrichten behält ({ $retention }). Wie weit ich bin, steht in diesem Kanal, und auch das Ende.
markov-history-none = Es gibt noch keinen Kanal, aus dem ich lerne, und so keinen Verlauf zu lesen. Wähle einen mit { $listen }, oder lade eine Datei hoch.
markov-history-progress = Lese den Verlauf: { $read } Nachrichten, { $done } von { $total } Kanälen und Threads sind fertig.
markov-history-progress-until = Lese den Verlauf: { $read } Nachrichten, { $done } von { $total } Kanälen und Threads sind fertig. Alles fertig etwa { $until }.
markov-history-done = Ich habe den Verlauf gelesen: { $read } Nachrichten, davon { $learned } neu für mich und von Mitgliedern, die erlauben, dass ich von ihnen lerne.
markov-history-busy = Ein Training läuft: { $done } Nachrichten bisher. Warte auf sein Ende; auch { $forget } beendet es.
markov-stats-links = Links zu Anhängen
markov-stats-links-value = { $asked } in diesem Prozess des Bots gebraucht, davon waren { $percent } % schon bekannt
