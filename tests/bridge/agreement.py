"""Compares Catena functions with Python expressions while a program changes what both are about.

Runs inside the program under test; the Catena program made by test_patching.py imports it.
"""

import re
import types
import warnings

WARM = 40  # calls before each change: enough for every cache to be filled, and tried again after a miss
AFTER = 4

compared = 0
different = []


def outcome(function, *arguments):
    """What a call gives, in words: value, type and warnings, or the exception."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = function(*arguments)
            text = f"{value!r} of {type(value).__module__}.{type(value).__qualname__}"
            text += f" {value.dtype!r}" if hasattr(value, "dtype") else ""
        except Exception as error:
            text = f"!{type(error).__qualname__}: {error}"
    # A loop may warn more often than the expression it is compared with.
    text += "".join(dict.fromkeys(f"; {w.category.__name__}: {w.message}" for w in caught))
    text = re.sub(r"0x[0-9a-f]{6,}", "0x…", text)
    # Python's words name the class that defines a method when it is called at once, the object's when it is taken first.
    return re.sub(r"\w+(?=\.\w+\(\) takes )", "…", text)


def follow(title, catena, python, names, setup, changes, after="", warm=WARM):
    """Runs `setup`, then each of `changes` in turn, in one namespace, and compares before and after each.

    `catena` is a function of the namespace's values of `names`, `python` an expression over them. `after` is an
    expression over the namespace that must have the same value after either. `warm` calls go before each change.
    """
    global compared
    space = {"__name__": "world"}
    exec(setup, space)
    code = compile(python, "<python>", "eval")

    def expected():
        return outcome(lambda: eval(code, space))

    def got():
        return outcome(catena, *(space.get(name) for name in names))

    def compare(change, times):
        global compared
        for _ in range(times):
            pair = []
            for run in (expected, got):
                space.get("log", []).clear()
                text = run()
                if after:
                    text += " | " + outcome(lambda: eval(after, space))
                pair.append(text)
            compared += 1
            if pair[0] != pair[1]:
                different.append(f"{title}\n  after {change!r}\n    Python: {pair[0]}\n    Catena: {pair[1]}")
                return

    times = AFTER if warm else 1
    compare("the beginning", times)
    for change in changes:
        for _ in range(warm):
            got()
        exec(change, space)
        compare(change, times)


def follow_module(module, start, changes, functions):
    """The functions of a Catena module and those of a Python module agree while both modules go through the changes."""
    global compared
    twin = types.ModuleType("twin")
    exec("".join(f"def run_{name.replace('-', '_')}(x): return {text}\n" for name, text in functions.items()), twin.__dict__)
    for m in (module, twin):
        exec(start, m.__dict__)
    for change in ["pass", *changes]:
        for m in (module, twin):
            exec(change, {"m": m, "types": types})
        for name in functions:
            python = getattr(twin, f"run_{name.replace('-', '_')}")
            own = getattr(module, name.replace("-", "_"))
            for _ in range(AFTER):
                pair = [outcome(python, twin.x), outcome(own, module.x)]
                compared += 1
                if pair[0] != pair[1]:
                    different.append(f"{name}\n  after {change!r}\n    Python: {pair[0]}\n    Catena: {pair[1]}")
                    break
            for _ in range(WARM):
                outcome(own, module.x)


def report():
    for text in different[:40]:
        print(text)
    print(f"{len(different)} differences in {compared} comparisons")
