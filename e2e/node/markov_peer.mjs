// Trains markov-strings on the lines of a file and prints what it took, as JSON.
//
// Usage: markov_peer.mjs NODE_MODULES CORPUS MODEL ORDER
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [modules, corpus, path, order] = process.argv.slice(2);
const loaded = createRequire(resolve(modules, 'x.js'))('markov-strings');
const Markov = loaded.default ?? loaded;
const resident = () => process.memoryUsage().rss / 1e6;

const percentiles = (name, sentence, count) => {
  const times = [];
  for (let turn = 0; turn < count; turn++) {
    const started = performance.now();
    try {
      sentence();
    } catch {
      // No sentence within its tries: the time counts all the same.
    }
    times.push((performance.now() - started) * 1e3);
  }
  times.sort((a, b) => a - b);
  return {
    [`${name}_p50_us`]: times[Math.floor(times.length / 2)],
    [`${name}_p99_us`]: times[Math.floor((times.length * 99) / 100)],
  };
};

const lines = readFileSync(corpus, 'utf8').split('\n').filter((line) => line !== '');
let started = performance.now();
const trained = new Markov({ stateSize: Number(order) });
trained.addData(lines);
const spent = (performance.now() - started) / 1e3;
const training = resident();
writeFileSync(path, JSON.stringify(trained.export()));

started = performance.now();
const model = new Markov({ stateSize: Number(order) });
model.import(JSON.parse(readFileSync(path, 'utf8')));
model.generate({ maxTries: 10 });
const first = performance.now() - started;
// What markov-discord asks for: a score of 10, and more than one message behind it.
const filter = (result) => result.score >= 10 && result.refs.length > 1;
const result = {
  per_second: lines.length / spent,
  training_mb: training,
  file_mb: statSync(path).size / 1e6,
  first_ms: first,
  ...percentiles('plain', () => model.generate({ maxTries: 10 }), 50),
  ...percentiles('filtered', () => model.generate({ maxTries: 1000, filter }), 20),
  resident_mb: resident(),
};
console.log(JSON.stringify(result));
