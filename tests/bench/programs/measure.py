"""How a benchmark program measures itself, in Python and in Catena: only the work, not the start of the process.

The work is done BENCH_REPEAT times (once, if unset). What each took, in seconds of processor time, is a line on standard
error; the answer is printed once, on standard output. Processor time, because plain Lua has no other fine clock and
because it bears a busy machine better.
"""

import os
import sys
import time


def run(work):
    answer = None
    for _ in range(int(os.environ.get("BENCH_REPEAT", "1"))):
        start = time.process_time()
        answer = work()
        print("%.9f" % (time.process_time() - start), file=sys.stderr)
    print(answer)
