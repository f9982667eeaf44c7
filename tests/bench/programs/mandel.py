import measure


def escape(cr, ci, limit):
    zr = zi = 0.0
    i = 0
    while i < limit and zr * zr + zi * zi <= 4.0:
        zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
        i += 1
    return i


def mandel(size, limit):
    total = 0
    for y in range(size):
        ci = 2.0 * y / size - 1.0
        for x in range(size):
            total += escape(2.0 * x / size - 1.5, ci, limit)
    return total


measure.run(lambda: mandel(400, 50))
