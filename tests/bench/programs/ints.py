import measure


def work():
    s = 0
    for i in range(10_000_000):
        s += i * i % 7
    return s


measure.run(work)
