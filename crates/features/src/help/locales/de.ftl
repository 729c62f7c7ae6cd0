feature-help = Hilfe
    .description = Zeigt, was der Bot kann, ob er da ist und was er ist.

command-help = help
    .description = Zeigt, was du hier tun kannst
command-help-command = befehl
    .description = Der Befehl, der erklärt werden soll
command-ping = ping
    .description = Prüft, ob der Bot da ist und wie weit Discord entfernt ist
command-about = about
    .description = Zeigt, was dieser Bot ist und welche Fassung läuft

help-title = Was du hier tun kannst
help-hint = Mehr über einen davon: { $help } mit seinem Namen.
help-prefix = Jeder davon geht auch als Nachricht: `{ $example }`.
help-required = { $option } (nötig)
help-optional = { $option } (freiwillig)
help-unknown = Einen Befehl „{ $command }“, den du hier nutzen kannst, gibt es nicht. { $help } zeigt dir alle.

ping-latency = Ich bin da. Discord antwortet mir in { $millis } ms.
ping-unmeasured = Ich bin da. Der Weg zu Discord ist noch nicht gemessen.

about-text = Ein Bot für viele Server, der das Wissen jedes Servers für sich behält.
about-version = Fassung
about-started = Läuft seit
about-servers = Server
about-features = Funktionen
about-licence = Lizenz des Quelltexts
