"""Compares Catena functions with Python expressions while a program changes what both are about.

Runs inside the program under test; the Catena program made by test_patching.py imports it.
"""

import re
import sys
import types
import warnings

WARM = 40  # calls before each change: enough for every cache to be filled, and tried again after a miss
AFTER = 4

compared = 0
different = []
log = []  # what the things that are followed note, in order


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


def references(module):
    """How many references there are to what the module's names, and the members of that, stand for."""
    shared = (int, str, float, bool, bytes, type(None), types.BuiltinFunctionType, types.ModuleType, types.GetSetDescriptorType)
    counts = {}
    for name, value in list(module.__dict__.items()):
        if name.startswith("__") or type(value) in shared:
            continue
        counts[name] = sys.getrefcount(value)
        members = type.__dict__["__dict__"].__get__(value) if isinstance(value, type) else own_dict(value)
        for key, member in list((members or {}).items()):
            if type(member) not in shared:
                counts[name, key] = sys.getrefcount(member)
    return counts


def own_dict(value):
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return found if isinstance(found, dict) else None


class Restored:
    """A context in which an object's attributes and items may change: they are put back."""

    def __init__(self, value):
        self.value = value
        self.kind = next((k for k in (dict, list, bytearray, type) if isinstance(value, k)), None)
        self.own = own_dict(value) if self.kind is not type else None
        self.attributes = dict(self.own) if self.own is not None else None
        if self.kind in (dict, list, bytearray):
            self.items = self.kind.copy(value)
        elif self.kind is type:
            self.items = {name: vars(value)[name] for name in ("m", "other") if name in vars(value)}
        self.slots = [s for n in ("m", "other") if isinstance(s := vars(type(value)).get(n), types.MemberDescriptorType)]
        self.in_slots = {s: s.__get__(value) for s in self.slots if self.filled(s)}

    def filled(self, slot):
        try:
            slot.__get__(self.value)
        except AttributeError:
            return False
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        value = self.value
        if self.own is not None and self.own != self.attributes:
            dict.clear(self.own)
            dict.update(self.own, self.attributes)
        for slot in self.slots:
            if slot in self.in_slots:
                slot.__set__(value, self.in_slots[slot])
            elif self.filled(slot):
                slot.__delete__(value)
        if self.kind is dict:
            if dict.items(value) != dict.items(self.items):
                dict.clear(value)
                dict.update(value, self.items)
        elif self.kind in (list, bytearray):
            self.kind.__setitem__(value, slice(None), self.items)
        elif self.kind is type:
            for name in ("m", "other"):
                if vars(value).get(name, self) is self.items.get(name, self):
                    continue
                if name in self.items:
                    type.__setattr__(value, name, self.items[name])
                else:
                    type.__delattr__(value, name)


def follow_twins(module, start, changes, functions):
    """The functions of a Catena module and Python's of the same text do the same while both modules go through the changes.

    `functions` are pairs of a name and Python's text. Compared are value or error, what the log says, and how the calls change the
    references to all that is there. Every function finds what the change left.
    """
    global compared
    twin = types.ModuleType(module.__name__)
    for m in (twin, module):
        exec(start, m.__dict__)
    exec("".join(f"def {name}(o, x, k, v): return {text}\n" for name, text in functions), twin.__dict__)

    def call(m, name):
        log.clear()
        text = f"{outcome(getattr(m, name), m.o, m.x, m.k, m.v)} | {log!r}"
        log.clear()
        return text

    def follow_function(name):
        """What the first call gives, and the fourth, and how two more change the references."""
        results = []
        for m in (twin, module):
            with Restored(m.o):
                found = [call(m, name) for _ in range(AFTER)]
            with Restored(m.o):
                call(m, name)
                before = references(m)
                call(m, name)
                call(m, name)
                after = references(m)
            found.append({k: (before.get(k), n) for k, n in after.items() if n != before.get(k)})
            results.append(found)
        return results

    def warm_up(name):
        function = getattr(module, name)
        with Restored(module.o), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in range(WARM):
                try:
                    function(module.o, module.x, module.k, module.v)
                except Exception:
                    pass
        log.clear()

    for change in ["pass", *changes]:
        for m in (twin, module):
            exec(compile(change, change, "exec"), m.__dict__)
        for name, text in functions:
            python, own = follow_function(name)
            compared += 1
            if python != own:
                different.append(f"{name}: {text}\n  after {change!r}\n    Python: {python}\n    Catena: {own}")
        for name, _ in functions:
            warm_up(name)


def report():
    for text in different[:40]:
        print(text)
    print(f"{len(different)} differences in {compared} comparisons")
