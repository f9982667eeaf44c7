from functools import reduce

import measure


def work():
    steps = map(lambda x: 3 * x + 1, range(1_000_000))
    kept = filter(lambda x: x % 2 == 0, steps)
    return reduce(lambda a, b: a + b, kept, 0)


measure.run(work)
