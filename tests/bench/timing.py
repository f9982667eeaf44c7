"""Runs the loops of a statement table, for Python and Catena alike, and prints [seconds, answer] for each as JSON.

A loop is a function of a count that answers the seconds its rounds took by `clock`, and the last answer.
"""

import hashlib
import json
import os
import statistics
import time

PARTS = 5
# Work on one thread bears a busy machine better in processor time; work that may use several needs the clock on the wall.
clock = time.perf_counter if os.environ.get("BENCH_CLOCK") == "wall" else time.process_time


def described(answer):
    """What two answers must share: text for small ones, a digest of the bits for arrays, both with the type."""
    kind = type(answer).__name__
    if kind == "ndarray":
        return "%s %s %s" % (answer.dtype, answer.shape, hashlib.sha1(answer.tobytes()).hexdigest())
    return "%s %r" % (kind, answer)


def run(rows):
    out = []
    for function, count in rows:
        # In parts, of which the median counts: a disturbance spoils a part, not the round.
        parts = PARTS if count >= 100 * PARTS else 1
        times = []
        for _ in range(parts):
            seconds, answer = function(count // parts)
            times.append(seconds)
        out.append([statistics.median(times) / (count // parts) * count, described(answer)])
    print(json.dumps(out))
