import measure


def sieve(limit):
    composite = [False] * (limit + 1)
    found = last = 0
    i = 2
    while i <= limit:
        if not composite[i]:
            found += 1
            last = i
            j = i * i
            while j <= limit:
                composite[j] = True
                j += i
        i += 1
    return f"{found} {last}"


measure.run(lambda: sieve(1_000_000))
