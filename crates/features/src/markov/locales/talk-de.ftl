feature-talk = Mitreden
    .description = Antwortet mit Zufallssätzen, wenn man ihn erwähnt, lernt in Kanälen, die dafür gewählt wurden, und antwortet in anderen auf jede Nachricht.
