import measure


def work():
    counts = {}
    x = 42
    for _ in range(1_000_000):
        x = x * 16807 % 2147483647
        word = "w" + str(x % 5003)
        counts[word] = counts.get(word, 0) + 1
    return f"{len(counts)} {max(counts.values())} {counts['w7']}"


measure.run(work)
