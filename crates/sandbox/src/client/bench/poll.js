// Asks again and again while something is looked at; one question at a time.

export function polling(ask, everyMs) {
  let timer = null;
  let running = false;
  const round = async () => {
    await ask();
    if (running) timer = setTimeout(round, everyMs);
  };
  return {
    start() {
      if (running) return;
      running = true;
      round();
    },
    stop() {
      running = false;
      clearTimeout(timer);
    },
    again() {
      if (!running) return;
      clearTimeout(timer);
      round();
    },
  };
}
