"""Tables of single statements: each is a loop in Python and the same loop in Catena, all in one process for each.

A statement assigns what it computes to `r`, so that no compiler may drop it and so that the answers can be compared. What is
set up for it, and a first time that touches new memory and fills caches, are not timed.
"""

import json
import os
import tempfile

import report
import twins


class Statement:
    def __init__(self, name, python, catena, python_setup="", catena_setup="", most=4_000_000):
        self.name = name
        self.python = python  # a statement, or an expression for r
        self.catena = catena  # an expression for r
        self.python_setup = python_setup  # assignments before the loop
        self.catena_setup = catena_setup  # let bindings around the loop
        self.most = most  # the greatest number of rounds

    def python_function(self, index):
        body = self.python if self.python.startswith("!") else "r = " + self.python
        lines = ["def row_%d(n):" % index]
        lines += ["    " + line for line in self.python_setup.splitlines()]
        body = body.lstrip("! ")
        lines += ["    " + body, "    start = timing.clock()", "    for _ in range(n):", "        " + body]
        lines += ["    return timing.clock() - start, r"]
        return "\n".join(lines)

    def catena_function(self, index):
        return ("(defn row-%d [n]\n  (let [%s r %s start (timing.clock)]\n    (dotimes [_ n] (set! r %s))\n"
                "    #[(- (timing.clock) start) r]))") % (index, self.catena_setup, self.catena, self.catena)


def files(folder, prelude, statements, counts):
    """Write both programs; they print JSON: one [seconds, answer] for each statement."""
    python = [prelude[0], "import timing"]
    catena = [prelude[1], "(import timing)"]
    for index, statement in enumerate(statements):
        python.append(statement.python_function(index))
        catena.append(statement.catena_function(index))
    python.append("timing.run([%s])" % ", ".join("(row_%d, %d)" % pair for pair in enumerate(counts)))
    catena.append("(timing.run [%s])" % " ".join("#[row-%d %d]" % pair for pair in enumerate(counts)))
    paths = [os.path.join(folder, "statements.py"), os.path.join(folder, "statements.lisp")]
    for path, lines in zip(paths, (python, catena)):
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n\n".join(lines) + "\n")
    return paths


def table_of(options, table, prelude, statements, milliseconds=30, clock="processor", others=None):
    """Fill `table` with one row for each statement, in nanoseconds a round, of processor time or on the wall.

    `others`, when given, answers [seconds, answer] of further twins for each statement: {twin: {name: …}}, from {name: rounds}.
    An answer of None is not compared.
    """
    statements = [s for s in statements if not options.only or s.name in options.only]
    commands = {twin: command for twin, (command, _) in twins.commands(options).items()}
    path = os.pathsep.join(filter(None, [twins.HERE, os.environ.get("PYTHONPATH")]))

    def run(twin, file):
        return json.loads(twins.run([*commands[twin], file], PYTHONPATH=path, BENCH_CLOCK=clock)[0])

    with tempfile.TemporaryDirectory(prefix="catena-bench-") as folder:
        # Python says how many rounds fill the time; both twins then do as many.
        python, catena = files(folder, prelude, statements, [20] * len(statements))
        counts = [
            max(1, min(s.most, int(20 * milliseconds / 1000 / max(first[0], 1e-9))))
            for s, first in zip(statements, run("CPython", python))
        ]
        # Twenty rounds are too few to time what takes nanoseconds: once more with the first guess.
        python, catena = files(folder, prelude, statements, [max(1, c // 4) for c in counts])
        counts = [
            max(1, min(s.most, int(max(1, c // 4) * milliseconds / 1000 / max(first[0], 1e-9))))
            for s, c, first in zip(statements, counts, run("CPython", python))
        ]
        python, catena = files(folder, prelude, statements, counts)
        results = {"CPython": [], "Catena": []}
        for _ in range(options.rounds):
            results["CPython"].append(run("CPython", python))
            try:
                results["Catena"].append(run("Catena", catena))
                if others:
                    measured = others({s.name: count for s, count in zip(statements, counts)})
                    for twin, rows in measured.items():
                        results.setdefault(twin, []).append([rows.get(s.name) for s in statements])
            except (RuntimeError, ValueError) as problem:
                table.failures.append(str(problem))
                return table
    for index, (statement, count) in enumerate(zip(statements, counts)):
        taking_part = {twin: rounds for twin, rounds in results.items() if rounds[0][index] is not None}
        answers = {twin: rounds[0][index][1] for twin, rounds in taking_part.items()}
        wrong = ["%s: the answer of %s is %s, not %s" % (statement.name, twin, answer, answers["CPython"])
                 for twin, answer in answers.items() if answer not in (None, answers["CPython"])]
        table.failures += wrong
        if wrong:
            continue
        times = {twin: [1e9 * one[index][0] / count for one in rounds] for twin, rounds in taking_part.items()}
        row = report.Row(statement.name, times)
        row.notes["Catena ns"] = report.number(row.median("Catena"))
        table.rows.append(row)
    return table
