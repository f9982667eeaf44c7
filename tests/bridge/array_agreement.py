"""The Python side of test_array_expressions.py: makes operands, evaluates a text in Python and a function of Catena on them,
and says where the two differ: type, dtype, shape, strides, flags, bytes, exception, warnings and what was left in operands."""

import random
import warnings

import numpy as np

FLOATS = ["float64", "float32"]
WHOLE = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "longlong", "ulonglong", "bool"]
OTHERS = ["float16", "longdouble", "complex128", "complex64", ">f8", ">i4", "object", "timedelta64[s]"]
NUMBERS = ["0", "1", "2", "-1", "3", "127", "128", "255", "256", "-128", "-129", "32768", "65536", "2**31", "2**32", "2**63", "10**30",
           "0.5", "2.0", "0.0", "-0.0", "1.0", "-1.0", "1.5", "1e300", "1e39", "65504.0", "70000.0", "1e-320", "float('inf')", "float('nan')",
           "True", "False", "1j", "None", "np.float64(0.1)", "np.float64(2)", "np.float32(0.1)", "np.int64(3)", "np.int8(3)", "np.uint8(200)",
           "np.bool_(True)", "np.array(1.5)", "np.array([1.5])", "np.float16(2)", "[1, 2]"]
LAYOUTS = ["plain"] * 8 + ["every second", "backwards", "reshaped", "fortran", "transposed", "unaligned", "read-only", "slice", "row", "column",
                           "one", "none", "no dimensions", "subclass", "first axis", "still", "three", "ufunc", "masked"]


class Subclass(np.ndarray):
    pass


class Override(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        plain = [x.view(np.ndarray) if isinstance(x, Override) else x for x in inputs]
        return "override", ufunc.__name__, elements(np.asarray(getattr(ufunc, method)(*plain, **options)))


def numbers(chance, dtype, size):
    """Elements of that type, ordinary ones and the ends of the range."""
    kind = np.dtype(dtype).kind
    if kind == "f":
        values = chance.choice([lambda: chance.uniform(-3, 3), lambda: chance.uniform(0, 2), lambda: chance.choice(
            [0.0, -0.0, 1.0, float("inf"), float("nan"), 1e-320, 1e300, -2.5, 1e-30, 3e38])])
        found = np.array([values() for _ in range(min(size, 64))])
    elif kind in "iu":
        info = np.iinfo(dtype)
        wild = chance.random() < 0.4
        found = np.array([chance.choice([info.min, info.max, 0, 1, 2]) if wild else chance.randint(max(info.min, -9), 9)
                          for _ in range(min(size, 64))], dtype=object)
    elif kind == "b":
        found = np.array([chance.random() < 0.5 for _ in range(min(size, 64))])
    else:
        found = np.array([chance.randint(-5, 5) for _ in range(min(size, 64))])
    if size == 0:
        return np.zeros(0, dtype)
    with np.errstate(all="ignore"):
        return np.resize(found.astype(dtype), size)


def array(chance, dtype, size, layout):
    if layout == "every second":
        return numbers(chance, dtype, size * 2)[::2]
    if layout == "backwards":
        return numbers(chance, dtype, size)[::-1]
    if layout == "unaligned":
        made = numbers(chance, dtype, size)
        if made.dtype.hasobject:
            return made
        return np.frombuffer(b"x" + made.tobytes(), made.dtype, size, 1)
    if layout == "one":
        return numbers(chance, dtype, 1)
    if layout == "none":
        return numbers(chance, dtype, 0)
    if layout == "no dimensions":
        return numbers(chance, dtype, 1).reshape(())
    made = numbers(chance, dtype, size)
    rows = next((n for n in (4, 3, 2) if size % n == 0), 1)
    if layout == "reshaped":
        return made.reshape(rows, -1)
    if layout == "fortran":
        return np.asfortranarray(made.reshape(rows, -1))
    if layout == "transposed":
        return made.reshape(-1, rows).T
    if layout == "three":
        return made.reshape(rows, 1, -1)
    if layout == "row":
        return made.reshape(rows, -1)[:1]
    if layout == "column":
        return made.reshape(rows, -1)[:, :1]
    if layout == "first axis":
        return numbers(chance, dtype, size * 2).reshape(-1, 2)[:, 0]
    if layout == "still":
        return np.broadcast_to(made[:1], made.shape)
    if layout == "read-only":
        made.flags.writeable = False
    if layout == "slice":
        return numbers(chance, dtype, size + 3)[2:-1]
    if layout == "subclass":
        return made.view(Subclass)
    if layout == "ufunc":
        return made.view(Override)
    if layout == "masked":
        return np.ma.masked_array(made, mask=np.resize([True, False], size))
    return made


def operands(chance, count, sizes, tame=False):
    """Arrays and numbers; some of the arrays share memory."""
    size = chance.choice(sizes)
    common = chance.choice(FLOATS + (WHOLE if not tame else ["int64"]))
    found = []
    shape = chance.choice(["plain"] * 4 + ["reshaped", "every second", "unaligned"])
    for _ in range(count):
        roll = chance.random()
        if roll < 0.2 and not tame:
            found.append(eval(chance.choice(NUMBERS)))
            continue
        if roll < 0.35:
            found.append(eval(chance.choice(NUMBERS[:22])))
            continue
        dtype = common if roll < 0.85 else chance.choice(FLOATS + WHOLE if roll < 0.95 or tame else OTHERS)
        layout = shape if tame or roll < 0.9 else chance.choice(LAYOUTS)
        found.append(array(chance, dtype, size, layout))
    plain = [n for n, v in enumerate(found) if type(v) is np.ndarray and v.ndim == 1 and v.size > 4]
    if len(plain) > 1 and chance.random() < 0.2:
        # The same memory, and memory that overlaps.
        source = np.concatenate([found[plain[0]], found[plain[0]][:4]])
        found[plain[0]] = source[: found[plain[0]].size]
        shift = chance.choice([0, 1, 4])
        found[plain[1]] = source[shift : shift + found[plain[0]].size]
    return found


def elements(value):
    if isinstance(value, np.ma.MaskedArray):
        return elements(value.data), np.ma.getmaskarray(value).tobytes()
    value = np.asarray(value)
    if value.dtype.hasobject:
        return repr(value.tolist())
    if value.dtype.char in "gG":
        # The padding says nothing.
        value = np.ascontiguousarray(value).view(np.longdouble)
        return np.frombuffer(value.tobytes(), "V16").astype("V10").tobytes()
    if value.dtype.kind in "fc":
        # The sign of what is no number depends on where in memory NumPy's vectors begin.
        value = np.where(np.isnan(value), value.dtype.type(np.nan), value)
    return value.tobytes()


def seen(value):
    """All of a value that a program could tell apart."""
    if isinstance(value, tuple):
        return tuple(seen(v) for v in value)
    if isinstance(value, np.ndarray):
        content = elements(value)
        flags = value.flags
        strides = value.strides if value.size else None
        return (type(value), value.dtype.str, value.dtype.num, value.shape, strides, flags.owndata, flags.writeable, flags.aligned,
                flags.c_contiguous, flags.f_contiguous, content)
    if isinstance(value, (np.generic, float, complex)):
        return type(value), repr(value), elements(np.asarray(value))
    return type(value), repr(value)


def outcome(function, arguments):
    calls = []
    with warnings.catch_warnings(record=True) as caught, np.errstate():
        np.seterrcall(lambda kind, flag: calls.append((kind, flag)))
        warnings.simplefilter("always")
        try:
            result = function(*arguments)
            said = seen(result if isinstance(result, np.ndarray) or not isinstance(result, (tuple, list)) else tuple(result))
        except Exception as error:
            said = type(error), str(error)
    return said, [(w.category, str(w.message)) for w in caught], calls, [seen(a) for a in arguments]


def parts(a, b):
    """The innermost parts that differ."""
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)) and len(a) == len(b):
        return [pair for x, y in zip(a, b) for pair in parts(x, y)]
    if isinstance(a, bytes) and isinstance(b, bytes) and len(a) == len(b) and a != b:
        at = next(n for n in range(len(a)) if a[n] != b[n]) // 8 * 8
        return [("bytes %d of %d" % (at, len(a)), a[at : at + 8], b[at : at + 8])]
    return [] if a == b else [(a, b)]


def differences(rows, names, seed, rounds, states, sizes):
    """Rows are (Catena's function, its text, the Python text)."""
    chance = random.Random(seed)
    found = []
    count = 0
    np.random.seed(1)
    scope = {"np": np}
    twins = [(text, catena, eval("lambda %s: %s" % (", ".join(names), python), scope)) for catena, text, python in rows]
    for _ in range(rounds):
        for text, catena, python in twins:
            arguments = operands(chance, len(names), sizes, tame=chance.random() < 0.6)
            # Each answer twice: the second time what was learnt in the first is used.
            with np.errstate(**chance.choice(states)):
                expected = outcome(python, arguments)
                for turn in range(2):
                    count += 1
                    got = outcome(catena, arguments)
                    if got != expected:
                        found.append("%s, turn %d, of %r: %.900r" % (
                            text, turn, [(type(a), getattr(a, "dtype", a), getattr(a, "shape", ())) for a in arguments],
                            parts(got, expected)))
                        break
    return count, found
