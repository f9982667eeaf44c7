"""Whatever a program changes takes effect at the next execution: every way to change things, under every kind of chain.

Each function is compiled by Catena, warmed up, and compared with CPython running the same expression after every change.
"""

import json
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from program import Case, catena  # noqa: E402

# Kinds of chains over an object `o` with a member `m`: Catena, Python.
KINDS = {
    "attribute": ("o.m", "o.m"),
    "method call": ("(o.m x)", "o.m(x)"),
    "method call without arguments": ("(.m o)", "o.m()"),
    "method call, three arguments": ("(.m o x 2 3)", "o.m(x, 2, 3)"),
    "keyword arguments": ("(o.m x :k 1 :z x)", "o.m(x, k=1, z=x)"),
    "splat": ("(o.m #* xs)", "o.m(*xs)"),
    "splat and pairs": ("(o.m x #* xs :k 1 #** kw)", "o.m(x, *xs, k=1, **kw)"),
    "attribute, then call": ("(let [f o.m] (f x))", "o.m(x)"),
    "call in a loop": ("(loop [i 0 r nil] (if (< i 9) (recur (+ i 1) (o.m x)) r))", "o.m(x)"),
    "call in operands": ("[(o.m x) (o.m 2) (= 1 x)]", "[o.m(x), o.m(2), 1 == x]"),
    "call as a condition": ("(if (o.m x) 1 2)", "1 if (lambda v: v is not None and v is not False)(o.m(x)) else 2"),
    "two links": ("(. w a (m x))", "w.a.m(x)"),
    "two links, attribute": ("w.a.m", "w.a.m"),
    "method of a result": ("(. w (a-of) (m x))", "w.a_of().m(x)"),
    "item, then member": ("(. ws [0] (m x))", "ws[0].m(x)"),
    "member of the class": ("(. o __class__ m)", "o.__class__.m"),
    "getattr": ('(getattr o "m")', 'getattr(o, "m")'),
    "hasattr": ('(hasattr o "m")', 'hasattr(o, "m")'),
    "callback": ("(mapv o.m xs)", "[f(v) for f in [o.m] for v in xs]"),
    "threaded": ("(-> o .-m (apply xs))", "o.m(*xs)"),
}

# `o` is also w.a, w.a_of() and ws[0], whatever it is bound to.
COMMON = """
import sys, types, builtins, importlib
def says(name, value=None):
    def member(*a, **k): return (name, [v for v in a if type(v) in (int, str)], k)
    return member
x, xs, kw = 1, [1, 2], {'q': 5}
class Holder:
    def a_of(self): return o
    @property
    def a(self): return o
w = Holder()
class Items:
    def __getitem__(self, i): return o
ws = Items()
"""

CLASSES = COMMON + """
class Base:
    m = says('base')
class Other:
    m = says('other')
class T(Base):
    def __init__(self): self.n = 0
class Slots:
    __slots__ = ('m', 'other')
class Meta(type):
    pass
o = T()
"""

# Ways to change what o.m means: (title, set-up, changes).
WAYS = [
    ("modules", COMMON + "o = types.ModuleType('o')\no.m = says('first')\n", [
        "o.m = says('second')", "del o.m", "o.__dict__['m'] = says('by dict')", "o.__dict__.update(m=says('update'))",
        "o.__dict__.pop('m')", "o.__getattr__ = lambda n: says('module getattr ' + n)", "o.m = says('back')",
        "del o.__getattr__", "vars(o)['m'] = 5", "exec('m = says(3)', {'says': says, **{}}, o.__dict__)",
        "for i in range(50): setattr(o, 'n%d' % i, i)", "o.m = says('after growth')", "setattr(o, 'm', abs)", "x = -7",
        "delattr(o, 'm')", "o.m = classmethod(abs)", "o.m = T = type('T', (), {'__call__': says('called')})()",
        "type(o.m).__call__ = says('called anew')", "o.m = len", "o.m = print.__class__", "o = types.ModuleType('other')",
        "o.m = says('of another')", "o.__dict__.clear()", "o.m = says('cleared')",
        "class Sub(types.ModuleType):\n    m = says('subclass')\no.__class__ = Sub", "del o.m",
        "Sub.m = property(lambda s: says('property'))", "Sub.__getattribute__ = lambda s, n: says('getattribute')",
        "del Sub.__getattribute__", "o.__class__ = types.ModuleType", "o = types.SimpleNamespace(m=says('namespace'))",
        "o.m = 1", "o.__dict__['m'] = says('ns dict')", "o.__dict__.clear()",
    ]),
    ("reloaded modules", COMMON + """
import os, tempfile
sys.dont_write_bytecode = True
folder = tempfile.mkdtemp(dir='.')
sys.path.insert(0, os.path.abspath(folder))
def write(text):
    with open(os.path.join(folder, 'reloaded_by_test.py'), 'w') as f: f.write(text)
write('def m(*a, **k): return 1, a, k')
sys.modules.pop('reloaded_by_test', None)
importlib.invalidate_caches()
import reloaded_by_test as o
""", [
        "write('def m(*a, **k): return 2, a, k'); importlib.reload(o)", "write('m = abs'); importlib.reload(o)",
        "write('del m'); importlib.reload(o)", "write('def __getattr__(n): return dict'); importlib.reload(o)",
        "write('m = 5'); importlib.reload(o)", "write('m = lambda *a, **k: 7'); importlib.reload(o)",
        "exec('def m(*a, **k): return 8', o.__dict__)",
    ]),
    ("classes", CLASSES, [
        "T.m = says('T')", "Base.m = says('hidden')", "del T.m", "Base.m = says('seen')", "setattr(T, 'm', 1)",
        "type.__setattr__(T, 'm', says('by type'))", "type.__delattr__(T, 'm')", "T.__bases__ = (Other,)",
        "T.__bases__ = (Other, Base)", "del Other.m", "Other.__getattr__ = lambda s, n: says('getattr')", "del Base.m",
        "del Other.__getattr__", "T.m = says('again')", "o.__class__ = Other", "Other.m = says('of other')",
        "o = T()", "T.m = staticmethod(says('static'))", "T.m = classmethod(says('class'))",
        "T.m = property(lambda s: says('property'))", "T.m = abs", "T.m = dict", "T.m = types.MethodType(says('bound'), 3)",
        "import functools\nT.m = functools.partial(says('partial'), 9)",
        "T.m = functools.partialmethod(says('partialmethod'), 9)",
        "T.m = functools.cached_property(lambda s: says('cached'))\nT.m.__set_name__(T, 'm')", "o = T()",
        "T.m = says('T again')", "T.__getattribute__ = lambda s, n: says('getattribute ' + n) if n == 'm' else object.__getattribute__(s, n)",
        "del T.__getattribute__", "T.__getattr__ = lambda s, n: says('getattr')", "del T.m", "o.m = says('instance')",
        "class D:\n    def __get__(self, o, t=None): return says('descriptor')\nT.m = D()",
        "D.__set__ = lambda self, o, v: None", "D.__get__ = lambda self, o, t=None: says('changed')", "del D.__get__",
        "del D.__set__", "D.__get__ = lambda self, o, t=None: says('anew')", "o.__dict__.clear()", "del T.m",
        "T = type('T', (Base,), {'m': says('new class')})\no = T()", "T.m = lambda *a, **k: 'function'", "T.m.__code__ = (lambda *a, **k: 'code').__code__",
        "T.m = lambda self, a=1, *b, **k: (a, b, k)", "T.m.__defaults__ = (8,)",
        "T.m.__kwdefaults__ = {'k': 2}", "x = 5",
    ]),
    ("instances", CLASSES, [
        "o.m = says('instance')", "del o.m", "o.__dict__['m'] = says('by dict')", "o.__dict__.clear()",
        "o.__dict__.update(m=says('updated'))", "o.__dict__ = {}", "o.__dict__ = {'m': says('another dict')}",
        "class DD(dict): pass\no.__dict__ = DD(m=says('subclass of dict'))", "del o.__dict__", "o.m = says('afresh')",
        "object.__setattr__(o, 'm', says('object'))", "object.__delattr__(o, 'm')", "o = T()", "o.a = 1", "o.b = 2",
        "o.m = says('third')", "for i in range(40): setattr(o, 'n%d' % i, i)", "del o.m", "T.m = says('class')",
        "o.m = 4", "o.__dict__.pop('m')", "vars(o)['m'] = says('vars')", "o = T()", "o.__dict__", "o.m = says('managed')",
        "o = Slots()", "o.m = says('slot')", "del o.m", "Slots.m = says('in place of the slot')", "o = Slots()",
        "o = T()\no.m = says('shadow')\no.__class__ = Other", "o.__class__ = T", "T.__slots__ = ('m',)",
        "T.__setattr__ = lambda s, n, v: s.__dict__.__setitem__(n, says('set by ' + n))", "o.m = 1",
        "T.__delattr__ = lambda s, n: None", "del o.m", "T.m = property(lambda s: says('first'), lambda s, v: None)",
        "del T.m", "o = Exception()", "o.m = says('exception')", "o = says", "says.m = len", "del says.m", "o = None",
    ]),
    ("metaclasses", CLASSES + "class T(Base, metaclass=Meta): pass\no = T\n", [
        "Meta.m = says('meta')", "Meta.m = property(lambda c: says('meta property'))", "del Meta.m", "T.m = says('T')",
        "Meta.m = property(lambda c: says('meta property'), None, lambda c: None)", "del Meta.m", "del T.m", "Meta.__getattribute__ = lambda c, n: says('meta getattribute')", "del Meta.__getattribute__",
        "del Base.m", "Meta.__getattr__ = lambda c, n: says('meta getattr')", "Base.m = says('back')",
        "T.__bases__ = (Other,)", "Meta.m = says('meta again')", "del Other.m", "del Meta.m", "T.m = staticmethod(len)",
        "class Meta2(Meta): m = property(lambda c: says('other meta'))\nT.__class__ = Meta2", "del Meta2.m", "T.m = 5",
    ]),
    ("subclasses of built-in types", COMMON + "class L(list):\n    m = list.append\no = L()\n", [
        "L.m = list.__len__", "L.m = says('mine')", "class D(dict):\n    m = dict.get\no = D(a=1)\nx = 'a'", "D.m = dict.setdefault",
        "D.m = dict.__getitem__", "class S(str):\n    m = str.split\no = S('a b')", "S.m = str.upper", "S.m = str.join",
        "class I(int):\n    m = int.__add__\no = I(5)\nx = 2", "I.m = int.bit_length", "I.m = says('int')",
        "class F(float):\n    m = float.is_integer\no = F(2.0)", "F.m = float.__mul__", "o = 5", "o = F(3.5)",
        "class E(Exception):\n    m = Exception.with_traceback\no = E()\nx = None", "E.m = says('exception')",
    ]),
]

# Chains over built-in names and containers: title, Catena function of the names, names, Python, set-up, changes, after.
SINGLE = [
    ("an imported module in sys.modules", '(fn [x] ((. ($py "swapped") f) x))', ["x"],
     "__import__('swapped').f(x)",
     "import sys, types\nx = 1\na = types.ModuleType('swapped')\na.f = lambda x: ('a', x)\nsys.modules['swapped'] = a\n"
     "b = types.ModuleType('swapped')\nb.f = lambda x: ('b', x)",
     ["sys.modules['swapped'] = b", "b.f = abs", "x = -2", "del sys.modules['swapped']", "sys.modules['swapped'] = a",
      "sys.modules['swapped'] = None", "sys.modules['swapped'] = types.SimpleNamespace(f=repr)", "del b.f",
      "sys.modules['swapped'] = b", "sys.modules.update(swapped=a)"], ""),
    ("math", "(fn [x math] [(math.sin x) (math.floor x) (math.sqrt (abs x))])", ["x", "math"],
     "[math.sin(x), math.floor(x), math.sqrt(abs(x))]", "import math\nx = 0.5\nkeep = (math.sin, math.floor, math.sqrt)",
     ["math.sin = lambda x: 'mine'", "math.sin = math.cos", "math.floor = math.ceil", "del math.sqrt",
      "math.sin, math.floor, math.sqrt = keep", "x = 2", "x = True", "x = 10**400", "x = 'no'", "x = -0.0",
      "class F(float):\n    def __floor__(s): return 'floored'\nx = F(2.5)", "F.__float__ = lambda s: 9.0", "x = 0.25",
      "math.sqrt = staticmethod(abs)", "math.sin, math.floor, math.sqrt = keep",
      "class Index:\n    def __float__(s): return 0.5\n    def __floor__(s): return 3\n    def __abs__(s): return s\nx = Index()"], ""),
    ("operator", "(fn [x y operator] [(operator.add x y) (operator.lt x y) (operator.getitem [x y] 1)])",
     ["x", "y", "operator"], "[operator.add(x, y), operator.lt(x, y), operator.getitem([x, y], 1)]",
     "import operator\nx, y = 1, 2\nkeep = (operator.add, operator.lt, operator.getitem)",
     ["operator.add = operator.mul", "operator.add = lambda a, b: 'mine'", "operator.lt = operator.gt", "x = 2.5",
      "operator.add, operator.lt, operator.getitem = keep", "x = 2**63", "x = 'text'", "y = 'more'", "x = [1]\ny = [2]",
      "class N(int):\n    def __add__(s, o): return 'N'\n    def __lt__(s, o): return 'less'\nx = N(1)\ny = 3",
      "N.__add__ = lambda s, o: 'new'", "del N.__add__", "y = N(2)", "N.__radd__ = lambda s, o: 'right'", "x = 1",
      "operator.getitem = lambda *a: 'item'", "operator.add, operator.lt, operator.getitem = keep"], ""),
    ("Python's built-in functions", "(fn [x builtins] [(builtins.len x) (builtins.sorted x) (builtins.repr x)])",
     ["x", "builtins"], "[builtins.len(x), builtins.sorted(x), builtins.repr(x)]",
     "import builtins\nx = [2, 1]\nkeep = (builtins.len, builtins.sorted, builtins.repr)",
     ["x = (3, 1)", "x = {'b': 1, 'a': 2}", "class L(list):\n    def __len__(s): return 42\nx = L([1])",
      "L.__len__ = lambda s: 43", "L.__iter__ = lambda s: iter('ba')", "L.__repr__ = lambda s: 'L!'", "x = 5", "x = 'ba'"], ""),
    ("a built-in function that is replaced", "(fn [x] (ord x))", ["x"], "ord(x)",
     "import builtins\nx = 'a'\nkeep = builtins.ord",
     ["builtins.ord = lambda x: 'mine'", "builtins.ord = len", "builtins.__dict__['ord'] = keep", "del builtins.ord",
      "builtins.ord = keep", "x = 'bc'"], ""),
    ("items", "(fn [o k] (. o [k]))", ["o", "k"], "o[k]",
     "o = {'k': 1}\nk = 'k'\nclass D(dict): pass\nclass L(list): pass\n",
     ["o['k'] = 2", "o.update(k=3)", "del o['k']", "o['k'] = 4", "o = D(k=5)", "D.__getitem__ = lambda s, k: ('mine', k)",
      "del D.__getitem__", "D.__missing__ = lambda s, k: ('missing', k)", "k = 'absent'", "o = [1, 2, 3]", "k = 1",
      "o = L([4, 5])", "L.__getitem__ = lambda s, k: ('L', k)", "del L.__getitem__", "k = -1", "k = 7", "o = (1, 2)",
      "k = 0", "o = 'text'", "o = {0: 'zero', 0.0: 'float zero'}", "k = 0.0", "k = False", "o = {True: 1}", "k = 1",
      "class K(str):\n    def __hash__(s): return hash('k')\n    def __eq__(s, o): return True\nk = K('z')\no = {'k': 9}",
      "K.__eq__ = lambda s, o: False", "import types\no = types.MappingProxyType({'k': 1})\nk = 'k'",
      "import collections\no = collections.defaultdict(list)", "o = collections.ChainMap({}, {'k': 3})",
      "o = list", "k = int", "class G:\n    __class_getitem__ = classmethod(lambda c, k: ('generic', k))\no = G",
      "import array\no = array.array('d', [1.5])\nk = 0", "o = b'bytes'", "o = memoryview(b'ab')", "o = range(5)"], ""),
    ("get", '(fn [o k] (get o k "none"))', ["o", "k"],
     "(lambda: o[k] if k in o else 'none')() if isinstance(o, dict) else (o[k] if -len(o) <= k < len(o) else 'none')",
     "o = {'k': 1}\nk = 'k'\nclass D(dict): pass",
     ["o['k'] = 2", "del o['k']", "o = D(k=5)", "o = {}", "o = [1, 2]\nk = 1", "k = 5", "o = (1,)\nk = 0"], ""),
    ("items that are set", "(fn [o k v] (set! (. o [k]) v))", ["o", "k", "v"], "[v, __import__('operator').setitem(o, k, v)][0]",
     "log = []\nclass D(dict): pass\nclass L(list): pass\no = {}\nk, v = 'k', 1",
     ["v = 2.5", "o = D()", "D.__setitem__ = lambda s, k, v: log.append((k, v))", "del D.__setitem__", "o = [0, 0]\nk = 1",
      "o = L([0])\nk = 0", "L.__setitem__ = lambda s, k, v: log.append(v)", "del L.__setitem__", "k = 5", "o = (1,)",
      "o = {1: 2}", "k = 1.0"], "(o, log)"),
    ("attributes that are set", "(fn [o v] (set! o.m v))", ["o", "v"], "[v, setattr(o, 'm', v)][0]",
     CLASSES + "log = []\nv = 1\n",
     ["v = 'text'", "T.m = property(lambda s: 1, lambda s, v: log.append(v))", "T.m = property(lambda s: 1)", "del T.m",
      "T.__setattr__ = lambda s, n, v: log.append((n, v))", "del T.__setattr__", "o.__dict__ = {}", "o = Slots()",
      "Slots.m = 5", "o = T()", "o.__class__ = Other", "class D:\n    def __set__(s, o, v): log.append(('set', v))\nOther.m = D()",
      "D.__set__ = lambda s, o, v: log.append('changed')", "del D.__set__", "o = types.ModuleType('o')", "o = T",
      "o = 5", "class Meta2(type):\n    def __setattr__(c, n, v): log.append(('meta', n, v))\nclass C(metaclass=Meta2): m = 0\no = C",
      "del Meta2.__setattr__", "o = types.SimpleNamespace()"], "(getattr(o, 'm', 'none'), getattr(o, '__dict__', {}).get('m'), log[-3:])"),
    ("attributes that are deleted", "(fn [o] (set! o.m 1) (del! o.m))", ["o"], "(setattr(o, 'm', 1), delattr(o, 'm'))[1]",
     CLASSES + "log = []\n",
     ["T.__delattr__ = lambda s, n: log.append(n)", "del T.__delattr__", "o = Slots()", "o = types.ModuleType('o')", "o = T()",
      "T.m = property(lambda s: 1, lambda s, v: None, lambda s: log.append('deleted'))"], "(hasattr(o, 'm'), len(log) > 0)"),
    ("calls of what a variable holds", "(fn [f x] [(f x) (f x :k 1) (f #* [x] #** {\"k\" 2})])", ["f", "x"],
     "[f(x), f(x, k=1), f(*[x], **{'k': 2})]",
     "x = 1\ndef f(x, k=0): return (x, k)\n",
     ["f.__code__ = (lambda x, k=5: ('code', x, k)).__code__", "f.__defaults__ = (7,)", "f = lambda *a, **k: (a, k)",
      "class C:\n    def __init__(s, x, k=3): s.x = x\n    def __repr__(s): return f'C({s.x})'\nf = C",
      "C.__init__ = lambda s, x, k=4: setattr(s, 'x', k)", "C.__new__ = lambda c, x, k=1: object.__new__(c)",
      "C.__call__ = lambda s, x, k=0: ('called', x, k)\nf = C(1)", "C.__call__ = lambda s, x, k=0: 'anew'", "del C.__call__",
      "class M(type):\n    def __call__(c, *a, **k): return ('meta', a, k)\nclass C2(metaclass=M): pass\nf = C2",
      "M.__call__ = lambda c, *a, **k: 'meta anew'", "del M.__call__", "import functools\nf = functools.partial(dict, [])",
      "f = functools.lru_cache(lambda x, k=0: (x, k))", "f = dict", "f = int", "f = 5",
      "f = (lambda x, k=0: x).__call__", "f = str.format\nx = '{k}'", "f = x.format"], ""),
    ("operators", "(fn [x y] [(+ x y) (< x y) (= x y) (- x) (bit-and x y)])", ["x", "y"],
     "[x + y, x < y, x == y, -x, x & y]",
     "x, y = 1, 2\n",
     ["x = 3", "x = True", "class N(int): pass\nx = N(1)", "N.__add__ = lambda s, o: 'add'", "N.__lt__ = lambda s, o: 'lt'",
      "N.__eq__ = lambda s, o: 'eq'", "N.__neg__ = lambda s: 'neg'", "N.__and__ = lambda s, o: 'and'", "y = N(3)\nx = 1",
      "N.__radd__ = lambda s, o: 'radd'", "N.__rand__ = lambda s, o: 'rand'", "N.__gt__ = lambda s, o: 'gt'", "x = 2**62",
      "y = 2**62", "y = 2.5", "x = y = {1, 2}", "x = 'a'"], ""),
    ("conditions", "(fn [x] (if x 1 2))", ["x"],
     "(lambda v: 2 if v is None or v is False or (not isinstance(v, __import__('numbers').Number) and '__bool__' in "
     "{n for c in type(v).__mro__ for n in c.__dict__} and not bool(v)) else 1)(x)",
     "class B: pass\nx = 0",
     ["x = B()", "B.__bool__ = lambda s: False", "B.__bool__ = lambda s: True", "del B.__bool__", "B.__len__ = lambda s: 0",
      "B.__bool__ = lambda s: 1/0", "x = []", "x = None", "x = 0.0"], ""),
]

# Names of a Catena module that Python changes: the module's functions, and what CPython's function of the same text gives when
# its globals go through the same changes.
FUNCTIONS = {
    "calls": ("(defn calls [x] (f x))", "f(x)"),
    "not-in-tail-position": ("(defn not-in-tail-position [x] (let [y (f x)] [y]))", "[f(x)]"),
    "reads": ("(defn reads [x] v)", "v"),
    "adds": ("(defn adds [x] (+ v x))", "v + x"),
    "chains": ("(defn chains [x] (o.m x))", "o.m(x)"),
    "loops": ("(defn loops [x] (loop [i 0 r nil] (if (< i 5) (recur (+ i 1) (f x)) r)))", "f(x)"),
    "pairs": ("(defn pairs [x] (f #* [x] #** {}))", "f(x)"),
    "closes": ("(defn closes [x] ((fn [] (f x))))", "(lambda: f(x))()"),
    "comprehends": ("(defn comprehends [x] (for [y [x x]] (f y)))", "[f(y) for y in [x, x]]"),
    "passes": ("(defn passes [x] (mapv f [x]))", "list(map(f, [x]))"),
    "built-in": ("(defn built-in [x] (ord x))", "ord(x)"),
    "made-by-exec": ("(defn made-by-exec [x] (g x))", "g(x)"),
}
MODULE_START = "globals().pop('g', None)\ndef f(x): return ('first', x)\nv = 1\nclass o:\n    m = staticmethod(f)\nx = 1\n"
MODULE_CHANGES = [
    "m.f = lambda x: ('second', x)", "m.__dict__['f'] = abs", "m.__dict__.update(f=lambda x: 'updated', v=2.5)",
    "exec('def f(x): return \"exec\"', m.__dict__)", "exec('def g(x): return \"g\"', m.__dict__)", "del m.f", "m.f = repr",
    "m.__dict__.pop('v')", "m.v = 2**70", "m.v = 'text'", "m.x = 'a'", "m.v = 1", "m.x = 2", "m.__dict__.setdefault('f', 1)",
    "m.o = types.SimpleNamespace(m=lambda x: 'namespace')", "m.o.m = len", "m.x = [1]", "m.o = None", "m.ord = len",
    "del m.ord", "exec('global f\\nf = min', m.__dict__)", "m.f = type('C', (), {'__call__': lambda s, x: ('callable', x)})()",
    "type(m.f).__call__ = lambda s, x: 'anew'", "for i in range(60): setattr(m, 'n%d' % i, i)", "m.f = str",
    "exec('for k in list(globals()):\\n if k[0] == \"n\" and k[1:].isdigit(): del globals()[k]', m.__dict__)",
    "m.__dict__ | dict(f=1)", "m.__dict__.__setitem__('f', lambda x: 'set by item')", "m.__dict__.__delitem__('g')",
    "m.__class__ = type('Sub', (types.ModuleType,), {})", "m.f = lambda x: 'in a subclass'", "types.ModuleType.__setattr__(m, 'f', 5)",
]


class Patching(Case):
    def agree(self, cases, least, *options):
        """Runs cases (title, Catena function, names, Python, set-up, changes, after) in one program."""
        lines = ["(import sys json)", f"(.insert sys.path 0 {json.dumps(HERE)})", "(import agreement)"]
        with open(os.path.join(self.folder, "cases.json"), "w", encoding="utf-8") as file:
            json.dump([[title, names, python, setup, changes, after]
                       for title, _, names, python, setup, changes, after in cases], file)
        lines.append('(def cases (with [f (open "cases.json" :encoding "utf-8")] (json.load f)))')
        for i, (_, function, *_) in enumerate(cases):
            lines.append(f"(let [[title names python setup changes after] (get cases {i})]\n"
                         f"  (agreement.follow title {function} python names setup changes after))")
        self.finish(lines, options, least)

    def finish(self, lines, options, least):
        result = catena(*options, self.write("program.lisp", "\n".join([*lines, "(agreement.report)"])), cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertRegex(result.stdout, r"\A0 differences in \d+ comparisons\n\Z")
        self.assertGreater(int(re.search(r"in (\d+)", result.stdout).group(1)), least)

    def product(self):
        names = ["o", "x", "xs", "kw", "w", "ws"]
        return [(f"{way}: {kind}", f"(fn [{' '.join(names)}] {function})", names, python, setup, changes, "")
                for way, setup, changes in WAYS for kind, (function, python) in KINDS.items()]

    def test_members(self):
        self.agree(self.product(), 10000)

    def test_members_step_by_step(self):
        self.agree(self.product(), 10000, "-O0")

    def test_names_items_operators(self):
        self.agree(SINGLE, 500)

    def test_names_items_operators_step_by_step(self):
        self.agree(SINGLE, 500, "-O0")

    def globals_of_a_module(self, *options):
        self.write("changed.lisp", "\n".join(["(def f nil) (def v nil) (def o nil)", *(text for text, _ in FUNCTIONS.values()),
                                              "(def g nil)"]))
        with open(os.path.join(self.folder, "cases.json"), "w", encoding="utf-8") as file:
            json.dump([MODULE_START, MODULE_CHANGES, {name: python for name, (_, python) in FUNCTIONS.items()}], file)
        self.finish(["(import sys json)", f"(.insert sys.path 0 {json.dumps(HERE)})", "(import agreement)", "(require changed)",
                     '(with [f (open "cases.json")]', "  (let [[start changes functions] (json.load f)]",
                     "    (agreement.follow-module changed start changes functions)))"], options, 1000)

    def test_globals(self):
        self.globals_of_a_module()

    def test_globals_step_by_step(self):
        self.globals_of_a_module("-O0")


if __name__ == "__main__":
    unittest.main()
