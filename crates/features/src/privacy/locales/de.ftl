feature-privacy = Datenschutz
    .description = Zeigt, exportiert und löscht, was über dich aufbewahrt wird; du und wer den Server betreibt, entscheiden, was erlaubt ist.

command-privacy = datenschutz
    .description = Sehen, exportieren und löschen, was über dich aufbewahrt wird, und entscheiden, was erlaubt ist
command-privacy-policy = erklärung
    .description = Was über Menschen aufbewahrt wird, wozu und wie lange
command-privacy-export = export
    .description = Eine Datei mit allem, was auf diesem Server und darüber hinaus über dich aufbewahrt wird
command-privacy-erase = löschen
    .description = Entfernen, was über dich aufbewahrt wird
command-privacy-erase-everywhere = überall
    .description = Auf allen Servern und darüber hinaus, nicht nur auf diesem
command-privacy-optout = widerspruch
    .description = Das Zählen deiner Nachrichten und das Lernen daraus auf allen Servern beenden oder erlauben
command-privacy-optout-enabled = an
    .description = Ja: nichts von dir wird mehr gezählt oder gelernt
command-privacy-level = stufe
    .description = Sehen oder ändern, wie viel über dich aufbewahrt werden darf
command-privacy-level-level = stufe
    .description = Die Stufe; lass sie weg, um zu sehen, was jede bedeutet
    .choice-strict = streng
    .choice-moderate = mittel
    .choice-permissive = offen
    .choice-custom = eigene
command-privacy-level-statistics = statistik
    .description = Bei eigener Stufe: ob deine Nachrichten gezählt werden dürfen
command-privacy-level-learning = lernen
    .description = Bei eigener Stufe: ob aus dem gelernt werden darf, was du schreibst
command-privacy-level-named = name
    .description = Bei eigener Stufe: ob andere deinen Namen neben Zahlen sehen dürfen
command-privacy-audit = verlauf
    .description = Sehen, was auf deinen Wunsch geändert, exportiert und gelöscht wurde
command-privacy-guild-export = server-export
    .description = Eine Datei mit allem, was für diesen Server aufbewahrt wird; nur für den Besitzer
command-privacy-guild-erase = server-löschen
    .description = Alles entfernen, was für diesen Server aufbewahrt wird; nur für den Besitzer
command-retention = aufbewahrung
    .description = Sehen und wählen, wie lange Daten dieses Servers aufbewahrt werden
command-retention-show = zeigen
    .description = Sehen, wie lange jede Art von Daten aufbewahrt wird
command-retention-set = setzen
    .description = Wählen, wie lange eine Art von Daten aufbewahrt wird
command-retention-set-class = art
    .description = Die Art von Daten
    .choice-messages = Nachrichten
    .choice-reactions = Reaktionen
    .choice-knowledge = Wissen
    .choice-adventures = Abenteuer
    .choice-statistics = Statistik
command-retention-set-days = tage
    .description = Die Tage; 0 heißt für immer
command-retention-preview = vorschau
    .description = Sehen, was entfernt würde, ohne es zu entfernen
command-retention-preview-class = art
    .description = Eine Art von Daten, für die eine andere Zeit probiert wird
    .choice-messages = Nachrichten
    .choice-reactions = Reaktionen
    .choice-knowledge = Wissen
    .choice-adventures = Abenteuer
    .choice-statistics = Statistik
command-retention-preview-days = tage
    .description = Die Tage zum Probieren; 0 heißt für immer

privacy-policy-title = Was über Menschen aufbewahrt wird
privacy-policy-intro = Diese Liste entsteht aus dem Programm selbst, daher auf Englisch. Der Text von Nachrichten wird nicht aufbewahrt, außer was mir jemand absichtlich beibringt.
privacy-policy-line = `{ $table }`: { $purpose }. Aufbewahrt: { $kept }.
privacy-policy-rights-title = Was du tun kannst
privacy-policy-rights = { $export } gibt dir eine Datei mit alldem, { $erase } entfernt es, { $level } entscheidet, was von jetzt an aufbewahrt werden darf.
privacy-kept-owner = bis du es löschst oder ich den Server verlasse
privacy-kept-done = bis es gesendet ist; was nicht gesendet werden konnte, { $days } Tage
privacy-kept-hours = { $hours ->
    [one] eine Stunde
   *[other] { $hours } Stunden
}
privacy-kept-days = { $days } Tage
privacy-kept-class = { $days } Tage, oder wie der Server es wählt
privacy-kept-good = für immer, oder wie der Server es wählt
privacy-kept-running = solange der Bot läuft

privacy-export-done = Hier ist alles, was auf diesem Server und darüber hinaus über dich aufbewahrt wird: { $rows } Zeilen. Die Datei erklärt sich selbst. Was andere Server aufbewahren, bekommst du dort.
privacy-export-done-direct = Hier ist alles, was außerhalb von Servern über dich aufbewahrt wird: { $rows } Zeilen. Die Datei erklärt sich selbst. Was ein Server aufbewahrt, bekommst du mit diesem Befehl dort.
privacy-erase-title = Das würde entfernt
privacy-erase-ask = Entfernen, was auf diesem Server über dich aufbewahrt wird? Das lässt sich nicht rückgängig machen.
privacy-erase-ask-everywhere = Entfernen, was auf allen Servern und darüber hinaus über dich aufbewahrt wird? Das lässt sich nicht rückgängig machen. Was du zum Datenschutz gewählt hast, bleibt, weil sonst auch deine Wahl aufgehoben wäre.
privacy-erase-yes = Entfernen
privacy-erase-no = Behalten
privacy-rows = { $table }: { $rows }
privacy-nothing = Über dich wird nichts aufbewahrt.
privacy-erased = Entfernt: { $rows } Zeilen
privacy-kept = Nichts wurde entfernt.
privacy-not-yours = Das hat jemand anderes gefragt. Führe den Befehl selbst aus.
privacy-too-late = Diese Frage ist älter als eine Viertelstunde. Führe den Befehl noch einmal aus.
privacy-custom-needs-switches = Eine eigene Stufe muss wissen, was du meinst: Gib mindestens eines von Statistik, Lernen und Name an.
privacy-level-title = Dein Datenschutz, auf allen Servern
privacy-level-now =
    Stufe: **{ $level }**
    Deine Nachrichten zählen: { $statistics }
    Aus dem lernen, was du schreibst: { $learning }
    Deinen Namen neben Zahlen zeigen: { $named }
privacy-level-meaning-title = Was die Stufen bedeuten
privacy-level-meaning =
    { "**" }strict (streng):** nichts wird aufbewahrt außer dem, was ein Befehl braucht, um zu tun, worum du bittest.
    { "**" }moderate (mittel):** deine Nachrichten werden gezählt, wo ein Server das eingeschaltet hat, und dein Name darf neben der Zahl stehen. Das gilt, bis du wählst.
    { "**" }permissive (offen):** außerdem dürfen Funktionen, die ein Server eingeschaltet hat, aus dem lernen, was du schreibst.
    { "**" }custom (eigene):** jedes der drei, wie du es sagst.
privacy-out = Von jetzt an werden deine Nachrichten auf keinem Server mehr gezählt, und nichts wird daraus gelernt. Was vorher gezählt wurde, bleibt, bis du es löschst.
privacy-in = Von jetzt an dürfen deine Nachrichten wieder gezählt werden, wo ein Server das eingeschaltet hat.
privacy-audit-title = Was auf deinen Wunsch geschah
privacy-audit-server = Und für diesen Server
privacy-audit-empty = Noch nichts.
privacy-owner-only = Das kann nur, wem der Server gehört.
privacy-owner-unknown = Ich weiß noch nicht, wem dieser Server gehört. Versuch es in einer Minute noch einmal.
privacy-guild-export-done = Hier ist alles, was für diesen Server aufbewahrt wird: { $rows } Zeilen. Darin steht, was Mitglieder geschrieben haben; bewahre es so sorgfältig auf, wie sie es täten.
privacy-guild-erase-title = Alles von diesem Server entfernen
privacy-guild-erase-label = Der Name dieses Servers
privacy-guild-erase-hint = Schreib ihn so, wie er über der Liste der Kanäle steht. Das lässt sich nicht rückgängig machen.
privacy-guild-erase-other-name = So heißt dieser Server nicht. Nichts wurde entfernt.

retention-title = Wie lange Daten hier aufbewahrt werden
retention-intro = Was älter ist, geht von selbst, alle paar Minuten. Wer den Server verwaltet, wählt.
retention-days = { $days } Tage. Tabellen: { $tables }
retention-good = für immer. Tabellen: { $tables }
retention-set = Gespeichert für { $class }. { $preview } zeigt, was mit dem nächsten Lauf geht.
retention-preview-title = Was der nächste Lauf entfernen würde
retention-line = { $class }, { $table }: { $rows }
