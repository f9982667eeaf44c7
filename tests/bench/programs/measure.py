"""How a benchmark program measures itself, in Python and in Catena: only the work, not the start of the process.

The work is done BENCH_REPEAT times (once, if unset). Each time it took, in seconds, is a line on standard error; the
answer is printed once, on standard output.
"""

import os
import sys
import time


def run(work):
    answer = None
    for _ in range(int(os.environ.get("BENCH_REPEAT", "1"))):
        start = time.perf_counter()
        answer = work()
        print("%.9f" % (time.perf_counter() - start), file=sys.stderr)
    print(answer)
