import measure


def flips(first):
    """How often the pancakes are turned until the smallest lies on top."""
    perm = first[:]
    turned = 0
    k = perm[0]
    while k != 0:
        i = 0
        while i < k:
            perm[i], perm[k] = perm[k], perm[i]
            i += 1
            k -= 1
        turned += 1
        k = perm[0]
    return turned


def advance(perm, count, n):
    """Move to the next permutation; False after the last one."""
    for r in range(1, n):
        first = perm[0]
        for i in range(r):
            perm[i] = perm[i + 1]
        perm[r] = first
        count[r] -= 1
        if count[r] > 0:
            for i in range(1, r):
                count[i] = i + 1
            return True
    return False


def fannkuch(n):
    perm = list(range(n))
    count = [i + 1 for i in range(n)]
    most = checksum = 0
    sign = 1
    while True:
        turned = flips(perm)
        most = max(most, turned)
        checksum += sign * turned
        sign = -sign
        if not advance(perm, count, n):
            return f"{checksum} {most}"


measure.run(lambda: fannkuch(8))
