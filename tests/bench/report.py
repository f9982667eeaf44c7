"""What a table of measurements is, and how it is printed.

A row holds, for each twin, the times of all rounds. A ratio is that of one round to the base's same round; its median is
the row's figure, its least and greatest the spread.
"""

import math
import statistics
from dataclasses import dataclass, field


@dataclass
class Row:
    name: str
    times: dict  # twin -> one time for each round, in the table's unit
    notes: dict = field(default_factory=dict)  # further columns: heading -> text

    def median(self, twin):
        return statistics.median(self.times[twin])

    def ratios(self, twin, base):
        return sorted(a / b for a, b in zip(self.times[twin], self.times[base]) if b > 0)

    def ratio(self, twin, base):
        return statistics.median(self.ratios(twin, base))


@dataclass
class Limit:
    """A figure that PERFORMANCE promises, and what was measured."""

    text: str
    most: float
    value: float

    @property
    def met(self):
        return self.value <= self.most


@dataclass
class Table:
    name: str
    title: str
    base: str  # the twin that ratios are relative to
    unit: str
    rows: list = field(default_factory=list)
    means: dict = field(default_factory=dict)  # name of a mean -> names of its rows
    limits: list = field(default_factory=list)
    failures: list = field(default_factory=list)  # sentences: wrong answers, programs that did not run
    remarks: list = field(default_factory=list)

    def twins(self):
        seen = []
        for row in self.rows:
            seen += [twin for twin in row.times if twin not in seen]
        return seen

    def mean(self, twin, names=None):
        """The geometric mean of the twin's ratios, or None when it has no such row."""
        ratios = [
            row.ratio(twin, self.base)
            for row in self.rows
            if (names is None or row.name in names) and row.times.get(twin) and row.times.get(self.base)
        ]
        return math.exp(statistics.fmean(map(math.log, ratios))) if ratios else None

    def worst(self, twin):
        rows = [row for row in self.rows if row.times.get(twin) and row.times.get(self.base)]
        return max(rows, key=lambda row: row.ratio(twin, self.base)) if rows else None

    def limit(self, text, most, value):
        if value is not None:
            self.limits.append(Limit(text, most, value))


def aligned(lines):
    """Columns: the first to the left, the others to the right."""
    width = [max(len(line[i]) for line in lines if i < len(line)) for i in range(max(map(len, lines)))]
    out = []
    for line in lines:
        cells = [cell.ljust(width[0]) if i == 0 else cell.rjust(width[i]) for i, cell in enumerate(line)]
        out.append("  ".join(cells).rstrip())
    return out


def number(value):
    if value >= 1e6:
        return "%.3g" % value
    return "%.0f" % value if value >= 100 else "%.1f" % value if value >= 10 else "%.2f" % value


def text(table):
    others = [twin for twin in table.twins() if twin != table.base]
    notes = []
    for row in table.rows:
        notes += [heading for heading in row.notes if heading not in notes]
    lines = [[table.name, "%s %s" % (table.base, table.unit)]]
    for twin in others:
        lines[0] += [twin, "spread"]
    lines[0] += notes
    for row in table.rows:
        line = [row.name, number(row.median(table.base)) if row.times.get(table.base) else "-"]
        for twin in others:
            if row.times.get(twin) and row.times.get(table.base):
                ratios = row.ratios(twin, table.base)
                line += ["%.3f" % row.ratio(twin, table.base), "%.2f-%.2f" % (ratios[0], ratios[-1])]
            else:
                line += ["-", ""]
        lines.append(line + [row.notes.get(heading, "") for heading in notes])
    out = [table.title] + aligned(lines)
    for name, names in (table.means or {"geometric mean": None}).items():
        means = [(twin, table.mean(twin, names)) for twin in others]
        means = ["%s %.3f" % (twin, mean) for twin, mean in means if mean is not None]
        if means:
            out.append("%s: %s" % (name, ", ".join(means)))
    worst = table.worst("Catena")
    if worst:
        out.append("worst row: %s %.3f" % (worst.name, worst.ratio("Catena", table.base)))
    for limit in table.limits:
        verdict = "met" if limit.met else "MISSED"
        out.append("limit: %s at most %g: %s (%.3g)" % (limit.text, limit.most, verdict, limit.value))
    out += table.remarks
    out += ["FAILED: " + sentence for sentence in table.failures]
    return "\n".join(out)


def data(table):
    """The same for machines."""
    others = [twin for twin in table.twins() if twin != table.base]
    rows = []
    for row in table.rows:
        ratios = {}
        for twin in others:
            if row.times.get(twin) and row.times.get(table.base):
                all_ratios = row.ratios(twin, table.base)
                ratios[twin] = {"median": row.ratio(twin, table.base), "low": all_ratios[0], "high": all_ratios[-1]}
        rows.append({"name": row.name, "times": row.times, "ratios": ratios, "notes": row.notes})
    means = {
        name: {twin: table.mean(twin, names) for twin in others}
        for name, names in (table.means or {"geometric mean": None}).items()
    }
    worst = table.worst("Catena")
    return {
        "table": table.name,
        "title": table.title,
        "base": table.base,
        "unit": table.unit,
        "rows": rows,
        "means": means,
        "worst": {"row": worst.name, "ratio": worst.ratio("Catena", table.base)} if worst else None,
        "limits": [
            {"text": limit.text, "most": limit.most, "value": limit.value, "met": limit.met} for limit in table.limits
        ],
        "failures": table.failures,
    }
