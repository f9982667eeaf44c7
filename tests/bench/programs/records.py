import measure

KINDS = ["book", "film", "song", "game", "play"]


def make(n):
    records = []
    x = 42
    for i in range(n):
        x = x * 16807 % 2147483647
        records.append({"id": i, "kind": KINDS[x % 5], "price": x % 997, "sold": 0})
    return records


def sell(records, rounds):
    for turn in range(rounds):
        for record in records:
            if record["price"] % 3 == turn % 3:
                record["sold"] += 1
                record["price"] += 1


def totals(records):
    """For each kind the number of records, the copies sold and what they brought."""
    by_kind = {}
    for record in records:
        kind = record["kind"]
        total = by_kind.get(kind)
        if total is None:
            total = {"count": 0, "sold": 0, "worth": 0}
            by_kind[kind] = total
        total["count"] += 1
        total["sold"] += record["sold"]
        total["worth"] += record["sold"] * record["price"]
    return by_kind


def work():
    records = make(100_000)
    sell(records, 6)
    by_kind = totals(records)
    return " ".join(f"{k}:{by_kind[k]['count']}:{by_kind[k]['sold']}:{by_kind[k]['worth']}" for k in KINDS)


measure.run(work)
