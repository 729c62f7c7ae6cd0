feature-servers = Server
    .description = Meldet diesen Server an, begrüßt ihn einmal und lässt seine Verwalter die Funktionen wählen.

command-server_info = server_info
    .description = Zeigt die Eckdaten dieses Servers und was der Bot hier kann
command-server_config = server_config
    .description = Schaltet Funktionen des Bots auf diesem Server ein oder aus
command-server_config-feature = funktion
    .description = Die Funktion; ohne Angabe siehst du alle
command-server_config-enabled = eingeschaltet
    .description = Ob die Funktion eingeschaltet ist
command-server_stats = server_stats
    .description = Zeigt, wie viel auf diesem Server los ist

state-on = ein
state-off = aus
state-always = immer ein

welcome-title = Danke für die Einladung
welcome-text =
    Ich bewahre das Wissen dieses Servers. Bring mir mit { $learn } etwas bei und frag mit { $ask } danach. Ich antworte aus dem, was hier gelehrt wurde, nenne die Quelle und sage, wenn ich etwas nicht weiß.

    Alles funktioniert sofort. Wer den Server verwaltet, kann mit dem ersten Knopf die Funktionen wählen; { $help } zeigt, was du tun kannst.
welcome-setup = Schnell einrichten
welcome-features = Funktionen ansehen
welcome-privacy = Datenschutz

features-title = Was ich hier kann
features-hint = { $help } zeigt die Befehle. Wer den Server verwaltet, schaltet Funktionen mit { $config } ein und aus.

privacy-title = Was ich aufbewahre
privacy-text =
    { "**" }Für diesen Server aufbewahrt:** was Mitglieder mir ausdrücklich beibringen, mit Urheber und Zeit; der Name des Servers und welche Funktionen eingeschaltet sind; wie viele Befehle am Tag liefen, nicht wer sie gab.

    { "**" }Nur wenn der Server die Statistik einschaltet:** wie viele Nachrichten jedes Mitglied am Tag schrieb, 90 Tage lang. Nie, was darin steht.

    { "**" }Nicht aufbewahrt:** der Text von Nachrichten, Direktnachrichten oder irgendetwas für einen anderen Server. Server sehen die Daten anderer Server nicht.

    { "**" }Wenn ich gehe:** alles von diesem Server wird nach 30 Tagen entfernt. Werde ich vorher wieder eingeladen, ist nichts verloren.

setup-title = Schnell einrichten
setup-label = Funktionen dieses Servers
setup-hint = Das lässt sich mit /server_config jederzeit ändern.
setup-done = Gespeichert. So sind die Funktionen jetzt eingestellt:

config-title = Funktionen dieses Servers
config-turn-on = { $feature } einschalten
config-turn-off = { $feature } ausschalten
config-on = { $feature } ist jetzt eingeschaltet.
config-off = { $feature } ist jetzt ausgeschaltet. Was die Funktion gespeichert hat, bleibt, bis du sie wieder einschaltest oder es entfernst.
config-unknown = Eine Funktion „{ $feature }“ gibt es nicht. Ein- und ausschalten lassen sich: { $names }.
config-always = { $feature } gehört fest zum Bot und ist immer eingeschaltet.

info-title = Dieser Server
info-facts =
    Gehört: { $owner }
    Mitglieder: { $members }
    Kanäle: { $channels }
    Rollen: { $roles }
    Gegründet: { $created }
info-registered = Mir bekannt seit
info-features = Funktionen
info-health = Rechte in diesem Kanal
info-healthy = Ich habe hier alle Rechte, die die Funktionen brauchen.
info-repair = Diese Rechte fehlen mir in { $channel }. Öffne zur Abhilfe die Einstellungen des Kanals, wähle Berechtigungen, füge meine Rolle hinzu und erlaube sie; führe dann { $command } noch einmal aus.

stats-title = Zahlen dieses Servers
stats-commands = Befehle
stats-commands-value = { $today } heute, { $total } insgesamt
stats-off = { $feature } ist auf diesem Server ausgeschaltet und zählt nichts. Wer den Server verwaltet, kann es mit { $config } einschalten.

config-rollout = { $feature } wird schrittweise eingeführt und steht auf diesem Server noch nicht zur Verfügung. Wann, entscheiden die Betreiber dieses Bots.

command-server_list = server_list
    .description = Listet die Server auf, auf denen der Bot ist
command-server_list-search = suche
    .description = Ein Teil des Namens oder die ID
command-server_list-page = seite
    .description = Die Seite, mit der begonnen wird

server-list-title = Server, auf denen ich bin
server-list-none = Ich bin auf keinem Server.
server-list-not-found = Kein Server hat „{ $search }“ im Namen oder diese ID.
server-list-size = { $members } Mitglieder, { $channels } Kanäle
server-list-unknown = Größe nicht bekannt
server-list-shard = Shard { $shard }
server-list-page = Seite { $page } von { $pages }, { $count ->
    [one] 1 Server
   *[other] { $count } Server
}
server-list-first = Anfang
server-list-previous = Zurück
server-list-next = Weiter
