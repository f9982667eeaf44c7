import measure


def counter():
    n = 0

    def count():
        nonlocal n
        n += 1
        return n

    return count


def work():
    count = counter()
    for _ in range(5_000_000):
        count()
    return count()


measure.run(work)
