"""Calls between C++ and scripts, and the blocks of the audio host: what bench_embed measures."""

import json
import os
import statistics

import report
import twins


def tables(options):
    calls = report.Table("embed", "Calls between C++ and scripts: ratios to CPython's C API by hand, in turn", "C API", "ns")
    blocks = report.Table("blocks", "Blocks of 2x512 float32 through plugins: to their NumPy calls in a Python loop", "NumPy", "us")
    program = os.path.join(os.path.dirname(os.path.abspath(options.catena)), "tests", "bench_embed")
    examples = os.path.join(os.path.dirname(os.path.dirname(twins.HERE)), "examples", "embed", "audio", "plugins")
    count = 10_000 if options.quick else 100_000
    try:
        output, _ = twins.run([program, os.path.join(twins.HERE, "embed", "plugins"), examples,
                               str(options.rounds), str(2 * count), str(count)])
    except RuntimeError as problem:
        calls.failures.append("bench_embed: %s" % problem)
        return [calls]
    measured = json.loads(output)
    fill_calls(calls, measured["calls"])
    fill_blocks(blocks, measured["blocks"])
    return [calls, blocks]


def fill_calls(table, rows):
    for row in rows:
        answers = {twin: result["answer"] for twin, result in row["twins"].items()}
        if len(set(answers.values())) != 1:
            table.failures.append("%s: the answers are %s" % (row["name"], answers))
            continue
        times = {twin: result["times"] for twin, result in row["twins"].items()}
        filled = report.Row(row["name"], times)
        filled.notes = {twin + " ns": report.number(filled.median(twin)) for twin in times if twin != table.base}
        table.rows.append(filled)


def fill_blocks(table, measured):
    rows = measured["rows"]
    for row in rows:
        if row["failed"]:
            table.failures.append("%s: plugins failed" % row["name"])
        filled = report.Row(row["name"], {"NumPy": row["own"], "Catena": row["mean"]})
        filled.notes = {"overhead us": "%.2f" % overhead(row), "median": report.number(row["p50"]),
                        "99 %": report.number(row["p99"]), "99.9 %": report.number(row["p999"]),
                        "longest": report.number(row["max"]), "grown KB": "%.0f" % row["grown"]}
        table.rows.append(filled)
    table.limit("overhead of a block on average, us", 20, max(overhead(row) for row in rows if not row["contending"]))
    table.limit("99.9 % of the blocks, us", 500, max(row["p999"] for row in rows if not row["contending"]))
    table.limit("overhead with a thread contending, us", 20, max(overhead(row) for row in rows if row["contending"]))
    table.limit("99.9 % with a thread contending, us", 500, max(row["p999"] for row in rows if row["contending"]))
    table.limit("memory grown by a row's blocks, KB", 128, max(row["grown"] for row in rows))
    table.remarks.append("%d blocks a row%s" % (
        rows[0]["blocks"], "" if measured["realtime"] else "; without real-time priority, which this system refused"))


def overhead(row):
    return statistics.median(mean - own for mean, own in zip(row["mean"], row["own"]))
