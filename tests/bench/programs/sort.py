import measure


def work():
    xs = []
    x = 42
    for _ in range(1_000_000):
        x = x * 16807 % 2147483647
        xs.append(x)
    xs.sort()
    total = 0
    for x in xs:
        total += x
    return f"{total} {xs[0]} {xs[500_000]}"


measure.run(work)
