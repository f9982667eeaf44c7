import measure


def tree(depth):
    if depth == 0:
        return [None, None]
    return [tree(depth - 1), tree(depth - 1)]


def count(node):
    left, right = node
    if left is None:
        return 1
    return 1 + count(left) + count(right)


def work():
    lasting = tree(14)
    total = 0
    for depth in range(4, 15, 2):
        for _ in range(1 << (16 - depth)):
            total += count(tree(depth))
    return f"{total} {count(lasting)}"


measure.run(work)
