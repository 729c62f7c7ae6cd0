feature-knowledge = Wissen
    .description = Merkt sich, was Mitglieder ihm auf diesem Server beibringen, und antwortet daraus mit Quellen.

command-learn = learn
    .description = Bring mir etwas bei, das dieser Server wissen soll
command-learn-content = inhalt
    .description = Was ich wissen soll, bis zu 4.000 Zeichen
command-learn-category = kategorie
    .description = Die Überschrift, unter der es abgelegt wird
command-learn-concepts = begriffe
    .description = Andere Wörter, unter denen man es findet, bis zu zehn, durch Kommas getrennt
command-ask_knowledge = ask_knowledge
    .description = Frag, was dieser Server weiß
command-ask_knowledge-query = frage
    .description = Deine Frage
command-knowledge = knowledge
    .description = Sieh durch, was dieser Server weiß, berichtige oder entferne es
command-knowledge-list = list
    .description = Zeigt, was dieser Server weiß
command-knowledge-list-category = kategorie
    .description = Nur Einträge unter dieser Überschrift
command-knowledge-list-page = seite
    .description = Die Seite, mit der es beginnt
command-knowledge-show = show
    .description = Zeigt einen Eintrag ganz
command-knowledge-show-id = nummer
    .description = Die Nummer des Eintrags; tippe ein Wort, um danach zu suchen
command-knowledge-edit = edit
    .description = Berichtigt einen Eintrag, den du beigebracht hast
command-knowledge-edit-id = nummer
    .description = Die Nummer des Eintrags; tippe ein Wort, um danach zu suchen
command-knowledge-forget = forget
    .description = Entfernt einen Eintrag, den du beigebracht hast
command-knowledge-forget-id = nummer
    .description = Die Nummer des Eintrags; tippe ein Wort, um danach zu suchen

knowledge-entry = Eintrag { $id }
knowledge-entries = { $count ->
    [one] { $count } Eintrag
   *[other] { $count } Einträge
 }
knowledge-category = Kategorie
knowledge-concepts = Auch zu finden unter
knowledge-source = Beigebracht von

knowledge-learned = Gelernt als Eintrag { $id }
knowledge-learned-text =
    { $content }

    Beigebracht von { $author }. Frag mit { $ask } danach.
knowledge-known = Das weiß dieser Server schon: Eintrag { $id }, beigebracht von { $author } am { $date }. Du siehst ihn mit { $show }.
knowledge-full = Dieser Server hat heute { $max } Einträge gelernt; mehr nehme ich an einem Tag nicht auf. Versuch es { $until } noch einmal.
knowledge-empty = Darin steht nichts. Schreib, was ich wissen soll.
knowledge-too-long = Das ist zu lang: ein Eintrag hat bis zu { $max } Zeichen. Bring es mir in Teilen bei.
knowledge-label-too-long = Eine Kategorie und jeder der Begriffe haben bis zu { $max } Zeichen. Kürze sie und versuch es noch einmal.
knowledge-too-many-concepts = Ein Eintrag hat bis zu { $max } Begriffe, durch Kommas getrennt. Lass einige weg und versuch es noch einmal.

knowledge-answer = { $count ->
    [one] Aus dem Wissen dieses Servers, ein Eintrag:
   *[other] Aus dem Wissen dieses Servers, { $count } Einträge:
 }
knowledge-no-answer = Das steht nicht im Wissen dieses Servers: { $question }
    Wenn du die Antwort kennst, bring sie mir mit { $learn } bei.
knowledge-nothing-yet = Dieser Server hat mir noch nichts beigebracht. Fang mit { $learn } an.

knowledge-no-entry = Einen Eintrag „{ $entry }“ gibt es auf diesem Server nicht. { $list } zeigt alle.
knowledge-not-yours = Eintrag { $id } hat { $author } beigebracht. Ändern können ihn nur diese Person und wer den Server verwaltet.

knowledge-list = Was dieser Server weiß
knowledge-list-none-in = Unter „{ $category }“ ist nichts abgelegt.
knowledge-list-not-yours = Hier blättert schon jemand anderes. Ruf { $list } für dich selbst auf.
knowledge-page = Seite { $page } von { $pages }, { $count ->
    [one] { $count } Eintrag
   *[other] { $count } Einträge
 }
knowledge-first = Anfang
knowledge-previous = Zurück
knowledge-next = Weiter

knowledge-edit-title = Eintrag { $id } berichtigen
knowledge-edit-label = Was ich wissen soll
knowledge-edit-known = Genau das sagt schon Eintrag { $id }. Entferne stattdessen einen der beiden.
knowledge-edited = Eintrag { $id } lautet jetzt

knowledge-forget-ask = Diesen Eintrag endgültig entfernen? Er lässt sich nicht zurückholen.
knowledge-forget-yes = Entfernen
knowledge-forget-no = Behalten
knowledge-forgotten = Eintrag { $id } ist entfernt.
knowledge-kept = Nichts wurde entfernt.
