"""Trains markovify on the lines of a file and prints what it took, as JSON.

Usage: markov_peer.py CORPUS MODEL ORDER
"""

import gc
import json
import os
import sys
import time

import markovify


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def percentiles(name, sentence, count):
    times = []
    for _ in range(count):
        started = time.perf_counter()
        sentence()
        times.append((time.perf_counter() - started) * 1e6)
    times.sort()
    return {f"{name}_p50_us": times[len(times) // 2], f"{name}_p99_us": times[len(times) * 99 // 100]}


corpus, path, order = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(corpus, encoding="utf-8") as lines:
    text = lines.read()
messages = text.count("\n")
started = time.perf_counter()
model = markovify.NewlineText(text, state_size=order, well_formed=False)
spent = time.perf_counter() - started
training = resident()
with open(path, "w", encoding="utf-8") as file:
    file.write(model.to_json())
del model, text
gc.collect()

started = time.perf_counter()
with open(path, encoding="utf-8") as file:
    model = markovify.NewlineText.from_json(file.read())
model.make_sentence(test_output=False)
result = {
    "per_second": messages / spent,
    "training_mb": training,
    "file_mb": os.path.getsize(path) / 1e6,
    "first_ms": (time.perf_counter() - started) * 1e3,
}
result.update(percentiles("plain", lambda: model.make_sentence(test_output=False), 2000))
# The library's own test: no long stretch of the sentence stands in the corpus.
result.update(percentiles("filtered", lambda: model.make_sentence(tries=10), 200))
result["resident_mb"] = resident()
print(json.dumps(result))
