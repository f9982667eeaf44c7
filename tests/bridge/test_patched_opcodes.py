"""Every opcode that runs a chain, under every way to change what it is about: value, error, order of effects, references.

The functions of a Catena module and those of a Python module of the same text go through the same changes; after each one they are
called, and must agree in all of that. Warm-up calls between the changes fill the caches.
"""

import json
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from program import Case, catena  # noqa: E402

# Opcode: Catena expressions over the parameters o, x, k, v and the module's other names, and what Python calls the same. A head
# is looked up after its operands, which Python says with a lambda. `same` notes that it was called, and Temporary when it is freed.
FORMS = {
    "CHAIN_GET": {
        "[o.m]": "[o.m]",
        "(let [y (. (same o) m)] [y])": "[same(o).m]",
        "[o.m o.m o.other]": "[o.m, o.m, o.other]",
        "[(. (Temporary x) m)]": "[Temporary(x).m]",
        "(do o.m (+ k 1))": "(o.m, k + 1)[1]",
    },
    "CHAIN_STEP": {
        "[(set! o.m v)]": "[(setattr(o, 'm', v), v)[1]]",
        "(do (set! (. (same o) other) (same v)) (same k))": "(setattr(same(o), 'other', same(v)), same(k))[1]",
        "(do (del! o.m) k)": "(delattr(o, 'm'), k)[1]",
        "[(. o [o])]": "[o[o]]",
        "[(swapped.m (same x) :k (same v))]": "[(lambda o, a, b: o.m(a, k=b))(swapped, same(x), same(v))]",
        "(do (set! (. (Temporary x) other) (Temporary k)) v)": "(setattr(Temporary(x), 'other', Temporary(k)), v)[1]",
    },
    "CHAIN_METHOD": {
        "[(o.m x)]": "[o.m(x)]",
        "[(.m o)]": "[o.m()]",
        "[(o.m x k v)]": "[o.m(x, k, v)]",
        "[(o.m x :k v)]": "[o.m(x, k=v)]",
        "[(.m (same o) (same x))]": "[(lambda a, b: a.m(b))(same(o), same(x))]",
        "[(.m (Temporary x) k)]": "[Temporary(x).m(k)]",
        "[(o.a.m x)]": "[o.a.m(x)]",
        "[(. o a (m x :k k))]": "[o.a.m(x, k=k)]",
        "(loop [i 0 r nil] (if (< i 3) (recur (+ i 1) (o.m x)) [r]))": "[[o.m(x) for i in range(3)][2]]",
        "(do (o.m x) k)": "(o.m(x), k)[1]",
        "[(. (Temporary x) (made (Temporary k)) (m v))]": "[Temporary(x).made(Temporary(k)).m(v)]",
        "[(. (Temporary x) (made v :k (Temporary k)) a (index x))]": "[Temporary(x).made(v, k=Temporary(k)).a.index(x)]",
        "[(. (Temporary x) (made #* [(Temporary k)]) (m))]": "[Temporary(x).made(*[Temporary(k)]).m()]",
        "[(. (Temporary x) [(Temporary k)] (m v))]": "[Temporary(x)[Temporary(k)].m(v)]",
        "[(. (Temporary x) [(: (Temporary k) 2) 3] (m v))]": "[Temporary(x)[Temporary(k):2, 3].m(v)]",
    },
    "TAIL_CHAIN": {
        "(o.m x)": "o.m(x)",
        "(.m (same o) :k (same v))": "(lambda a, b: a.m(k=b))(same(o), same(v))",
        "(o.a.m x v)": "o.a.m(x, v)",
        "(.m (Temporary x) k)": "Temporary(x).m(k)",
        "(. (Temporary x) (made (Temporary k)) (m v))": "Temporary(x).made(Temporary(k)).m(v)",
    },
    "CHAIN": {
        "[(. o (m x) [0])]": "[o.m(x)[0]]",
        "[(. o a m)]": "[o.a.m]",
        "[(swapped.a.m x)]": "[swapped.a.m(x)]",
        "[(o.m #* [x k])]": "[o.m(*[x, k])]",
        "[(o.m x #** {\"k\" v})]": "[o.m(x, **{'k': v})]",
        "[(. ($py \"swapped\") (m x))]": "[__import__('swapped').m(x)]",
        "(do (set! o.a.other v) k)": "(setattr(o.a, 'other', v), k)[1]",
        "[(. (Temporary x) (made (Temporary k)) (m v) [0])]": "[Temporary(x).made(Temporary(k)).m(v)[0]]",
        "[(. (same o) (m (same x)) [0])]": "[(lambda a, b: a.m(b)[0])(same(o), same(x))]",
    },
    "CHAIN_GLOBAL": {
        "[swapped.m]": "[swapped.m]",
        "[(swapped.m x)]": "[swapped.m(x)]",
        "(do (swapped.m x) k)": "(swapped.m(x), k)[1]",
        "[swapped.other swapped.m]": "[swapped.other, swapped.m]",
    },
    "CHAIN_ITEM": {
        "[(. o [k])]": "[o[k]]",
        "[(. (same o) [(same k)])]": "[same(o)[same(k)]]",
        "(do (. o [k]) x)": "(o[k], x)[1]",
        "[(. (Temporary x) [(Temporary k)])]": "[Temporary(x)[Temporary(k)]]",
    },
    "CHAIN_ITEM_I": {
        "[(. o [0])]": "[o[0]]",
        "[(. o [1])]": "[o[1]]",
        "[(. (same o) [0])]": "[same(o)[0]]",
        "[(. (Temporary x) [2])]": "[Temporary(x)[2]]",
    },
    "CHAIN_SET_ITEM": {
        "[(set! (. o [k]) v)]": "[(setitem(o, k, v), v)[1]]",
        "(do (set! (. (same o) [(same k)]) (same v)) x)": "(setitem(same(o), same(k), same(v)), x)[1]",
        "(do (set! (. (Temporary x) [k]) (Temporary v)) x)": "(setitem(Temporary(x), k, Temporary(v)), x)[1]",
    },
    "CHAIN_SET_ITEM_I": {
        "[(set! (. o [0]) v)]": "[(setitem(o, 0, v), v)[1]]",
        "(do (set! (. o [1]) (same v)) x)": "(setitem(o, 1, same(v)), x)[1]",
    },
    "BUILTIN_1": {
        "[(ord k)]": "[ord(k)]",
        "[(ord (same x))]": "[(lambda a: ord(a))(same(x))]",
        "[(len o) (abs x)]": "[len(o), abs(x)]",
        "[(len (same o)) (round (same x))]": "[(lambda a: len(a))(same(o)), (lambda a: round(a))(same(x))]",
        "(do (len o) k)": "(len(o), k)[1]",
    },
    "BUILTIN_2": {
        "[(isinstance o T)]": "[isinstance(o, T)]",
        "[(isinstance (same o) (same T))]": "[(lambda a, b: isinstance(a, b))(same(o), same(T))]",
        "[(min x v) (max x v)]": "[min(x, v), max(x, v)]",
        "[(max (same o) (same o))]": "[(lambda a, b: max(a, b))(same(o), same(o))]",
    },
    "CONTAINS": {
        "[(contains? o k)]": "[within(o, k)]",
        "[(contains? (same o) (same x))]": "[within(same(o), same(x))]",
        "(if (contains? o k) x v)": "x if within(o, k) else v",
        "[(contains? (Temporary x) (Temporary k))]": "[within(Temporary(x), Temporary(k))]",
    },
}

START = """
import sys, types, builtins, importlib, operator, collections, functools, agreement
from operator import setitem
log = agreement.log
def says(name, len=len):
    def member(*a, **k):
        log.append((name, len(a)))
        return (name, [v for v in a if type(v) in (int, str)], k)
    return member
def same(x):
    log.append('same')
    return x
def within(o, k):
    try: return o is not None and k in o
    except TypeError as e:
        if not str(e).startswith('argument of type'): raise
        name = 'types.SimpleNamespace' if type(o) is types.SimpleNamespace else type(o).__name__
        raise TypeError(f'contains?: {name} is not iterable') from None
class Base:
    m = says('base')
    other = 1
class Other:
    m = says('other')
class T(Base):
    @property
    def a(self): return self
class Slots:
    __slots__ = ('m', 'other')
    a = property(lambda s: s)
class Meta(type):
    pass
class Made:
    def __init__(self, *a): self.a = a
    def __repr__(self): return f'Made{self.a}'
    m = says('made')
class Temporary:
    def __init__(self, x): self.x = x
    m = says('temporary')
    def made(self, *a, **k): return (log.append('made'), Made(len(a)))[1]
    def __getitem__(self, k): return Made(type(k).__name__)
    def __setitem__(self, k, v): log.append('set item')
    def __contains__(self, k): return True
    def __del__(self): log.append(('freed', self.x))
keep = {'ord': builtins.ord, 'isinstance': builtins.isinstance}
swapped = types.ModuleType('swapped')
swapped.m, swapped.other, swapped.a = says('swapped'), 2, Base()
sys.modules['swapped'] = swapped
o, x, k, v = T(), 1, 'k', 5
def with_items(base, *values):
    return type(base.__name__.title(), (base,), {'m': says('m'), 'a': property(lambda s: s), 'other': 3})(*values)
"""

CHANGES = [
    # instances and their classes
    "o.m = says('instance')", "del o.m", "o.__dict__['m'] = says('by dict')", "o.__dict__.clear()", "o.__dict__ = {'m': says('another dict')}",
    "class DD(dict): pass\no.__dict__ = DD(m=says('subclass of dict'))", "del o.__dict__", "T.m = says('T')", "Base.m = says('hidden')",
    "del T.m", "type.__setattr__(T, 'm', says('by type'))", "type.__delattr__(T, 'm')", "T.__bases__ = (Other,)", "T.__bases__ = (Other, Base)",
    "del Other.m", "Other.__getattr__ = lambda s, n: (log.append(n), says('getattr'))[1]", "del Base.m", "Base.m = says('back')",
    "del Other.__getattr__", "T.m = property(lambda s: (log.append('get'), says('property'))[1])",
    "T.m = property(lambda s: says('property'), lambda s, v: log.append(('set', v)), lambda s: log.append('delete'))",
    "T.m = staticmethod(says('static'))", "T.m = classmethod(says('class'))", "T.m = functools.partial(says('partial'), 9)",
    "class D:\n    def __get__(self, o, t=None): return (log.append('descriptor'), says('D'))[1]\nT.m = D()",
    "D.__set__ = lambda self, o, v: log.append('D set')", "D.__get__ = lambda self, o, t=None: says('changed')", "del D.__get__", "del D.__set__",
    "del T.m", "T.__getattribute__ = lambda s, n: (log.append('ga ' + n) if n == 'm' else 0, object.__getattribute__(s, n))[1]",
    "del T.__getattribute__", "T.__setattr__ = lambda s, n, v: log.append(('sa', n))", "T.__delattr__ = lambda s, n: log.append(('da', n))",
    "del T.__setattr__, T.__delattr__", "o.__class__ = Other", "Other.m = says('of other')", "o = T()", "for i in range(40): setattr(o, 'n%d' % i, i)",
    "o.m = says('after growth')", "o.m = len", "o.m = dict", "o.m = 5", "del o.m", "T.m = lambda self, a=1, *b, **k: (a, b, k)", "T.m.__defaults__ = (8,)",
    "T.m.__code__ = (lambda self, *a, **k: 'code').__code__", "T.m = None", "T.m = abs", "o = Slots()", "o.m = says('slot')", "del o.m",
    "Slots.m = says('in place of the slot')", "o = T", "T.m = says('of the class')", "class M2(Meta): m = property(lambda c: says('meta'))\nclass T2(metaclass=M2):\n    m, a, other = says('T2'), 1, 2\no = T2",
    "M2.m = property(lambda c: says('meta anew'), lambda c, v: log.append('meta set'))", "del M2.m", "M2.__getattr__ = lambda c, n: (log.append('meta ga'), says(n))[1]", "del T2.m",
    "M2.__getattribute__ = lambda c, n: (log.append('mga'), type.__getattribute__(c, n))[1]", "del M2.__getattribute__",
    "o = types.SimpleNamespace(m=says('namespace'), a=T(), other=1)", "o.m = says('anew')", "o = None", "o = Exception()",
    # modules
    "o = types.ModuleType('o')\no.m, o.a, o.other = says('module'), T(), 1", "o.m = says('second')", "del o.m", "o.__getattr__ = lambda n: (log.append('mod ' + n), says(n))[1]",
    "o.__dict__['m'] = says('by dict')", "o.__dict__.clear()", "o.m = says('cleared')", "class Sub(types.ModuleType):\n    m = property(lambda s: says('sub'))\no.__class__ = Sub",
    "Sub.__getattribute__ = lambda s, n: (log.append('ga'), says(n))[1]", "del Sub.__getattribute__, Sub.m", "o.__class__ = types.ModuleType",
    "swapped.m = says('swapped anew')", "del swapped.m", "swapped.__getattr__ = lambda n: (log.append(n), says('module getattr'))[1]", "swapped.m = abs",
    "del swapped.__getattr__", "sys.modules['swapped'] = types.SimpleNamespace(m=says('in sys.modules'))", "sys.modules['swapped'] = None",
    "sys.modules.pop('swapped', None)", "swapped = types.ModuleType('swapped')\nsys.modules['swapped'] = swapped", "swapped.m = says('third')\nswapped.other = 4\nswapped.a = Base()",
    "swapped.a.m = says('deep')", "swapped.a = o", "swapped.__class__ = Sub", "swapped = o", "del swapped", "swapped = sys.modules['swapped']",
    "for i in range(60): globals()['g%d' % i] = i", "del same", "def same(x): return (log.append('anew'), x)[1]",
    # items
    "o = {'k': 1, 0: 'zero', 1: 'one'}", "o['k'] = 2", "del o['k']", "o.update(k=2.5)", "x = v = 2.5", "o = with_items(dict, {'k': 3, 0: 4, 1: 5})",
    "type(o).__getitem__ = lambda s, k: (log.append('gi'), k)[1]", "type(o).__setitem__ = lambda s, k, v: log.append(('si', v))", "type(o).__contains__ = lambda s, k: log.append('in')",
    "type(o).__len__ = lambda s: 42", "del type(o).__getitem__, type(o).__setitem__, type(o).__contains__, type(o).__len__",
    "type(o).__missing__ = lambda s, k: (log.append('missing'), k)[1]", "k = 'absent'", "o = [1, 2.5, 'x']", "k = 1", "o[0] = 7", "o.append(1)", "k = -1", "k = 99", "k = True",
    "o = with_items(list, [1, 2, 3])", "k = 1", "type(o).__getitem__ = lambda s, k: ('gi', k)", "type(o).__setitem__ = lambda s, k, v: log.append(('si', v))",
    "type(o).__iter__ = lambda s: iter([1])", "type(o).__contains__ = lambda s, k: 1/0", "type(o).__len__ = lambda s: -1", "del type(o).__getitem__, type(o).__contains__", "o = (1, 2, 3)", "o = (0,)",
    "o = 'text'", "k = 'k'", "o = range(5)\nk = 2", "o = {1, 2}", "o = bytearray(b'abc')", "v = 300", "v = 66", "o = types.MappingProxyType({'k': 1, 0: 2})\nk = 'k'", "o = collections.defaultdict(list)",
    "class K(str):\n    def __hash__(s): return (log.append('hash'), hash('k'))[1]\n    def __eq__(s, o): return (log.append('eq'), True)[1]\nk = K('z')\no = {'k': 9}", "K.__eq__ = lambda s, o: (log.append('eq'), False)[1]",
    "K.__hash__ = None", "k = 'k'", "class G:\n    __class_getitem__ = classmethod(lambda c, k: ('generic', k))\no = G", "o = collections.deque([1, 2])\nk = 0",
    # built-in functions: bound anew in the module, in builtins, and what they call
    "builtins.ord = says('ord')", "builtins.ord = keep['ord']", "vars(builtins).pop('ord', None)", "builtins.ord = keep['ord']", "ord = says('of the module')", "del ord", "len = says('len')", "abs = len", "del len",
    "del abs", "min = max", "del min", "isinstance = says('isinstance')", "del isinstance", "k = 'b'", "k = b'c'", "x = 2**70\nv = 2", "x = -0.0\nv = 0", "x = float('nan')", "x = 'a'\nv = 'b'",
    "class N(int):\n    def __abs__(s): return 'abs'\n    def __lt__(s, o): return (log.append('lt'), True)[1]\n    def __gt__(s, o): return (log.append('gt'), [])[1]\n    def __round__(s, *n): return 'round'\nx = N(3)\nv = N(4)",
    "N.__abs__ = lambda s: (log.append('abs'), 'anew')[1]", "del N.__abs__, N.__lt__", "class T:\n    m = says('new T')\no = T()", "class MI(type):\n    __instancecheck__ = lambda c, x: (log.append('ic'), [])[1]\nclass T(metaclass=MI): pass",
    "MI.__instancecheck__ = lambda c, x: 1/0", "T = (int, str)", "T = int | str", "T = 5", "T = Base", "o = True", "class W:\n    __class__ = Base\no = W()",
    # temporaries
    "Temporary.m = says('temporary anew')", "Temporary.m = property(lambda s: (log.append('tp'), says('p'))[1])", "Temporary.__getitem__ = lambda s, k: 1/0", "Temporary.__contains__ = lambda s, k: 1/0",
    "Temporary.__setattr__ = lambda s, n, v: (log.append(n), object.__setattr__(s, n, v))[1]", "Temporary.__del__ = lambda s: log.append('freed anew')", "Temporary = list", "Temporary = None", "Temporary = dict",
]


class Opcodes(Case):
    def program(self):
        """The module of all functions; answers [name, Python's text] of each."""
        names, lines = [], ["(import swapped)", "(def setitem nil) (def same nil) (def T nil) (def Temporary nil)"]
        for opcode, forms in FORMS.items():
            for i, (form, python) in enumerate(forms.items()):
                name = f"{opcode.lower()}_{i}"
                lines.append(f"(defn {name} [o x k v] {form})")
                names.append([name, python])
        self.write("swapped.py", "m = 1\n")
        self.write("world.lisp", "\n".join(lines))
        return names

    def run_through(self, *options):
        names = self.program()
        with open(os.path.join(self.folder, "cases.json"), "w", encoding="utf-8") as file:
            json.dump([START, CHANGES, names], file)
        program = self.write("program.lisp", "\n".join([
            "(import sys json)", f"(.insert sys.path 0 {json.dumps(HERE)})", "(import agreement)", "(require world)",
            '(with [f (open "cases.json" :encoding "utf-8")]', "  (let [[start changes functions] (json.load f)]",
            "    (agreement.follow-twins world start changes functions)))", "(agreement.report)"]))
        result = catena(*options, program, cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertRegex(result.stdout, r"\A0 differences in \d+ comparisons\n\Z")
        self.assertGreater(int(re.search(r"in (\d+)", result.stdout).group(1)), 10000)

    def test_forms_have_the_opcodes(self):
        self.program()
        result = catena("dump", "--code", "world.lisp", cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        for opcode, forms in FORMS.items():
            for i, form in enumerate(forms):
                text = re.search(rf"^  {opcode.lower()}_{i}: .*\n((?:   .*\n)*)", result.stdout, re.M).group(1)
                self.assertRegex(text, rf"\d  {opcode} ", form)

    def test_changes_take_effect(self):
        self.run_through()

    def test_changes_take_effect_step_by_step(self):
        self.run_through("-O0")


if __name__ == "__main__":
    unittest.main()
