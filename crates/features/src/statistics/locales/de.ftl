feature-statistics = Nachrichtenstatistik
    .description = Zählt, wie viele Nachrichten hier am Tag geschrieben werden und von wem. Liest nie, was darin steht.

statistics-messages = Nachrichten
statistics-messages-value = { $today } heute, { $week } in sieben Tagen, { $total } insgesamt
statistics-top = Aktivste Mitglieder der letzten 30 Tage
