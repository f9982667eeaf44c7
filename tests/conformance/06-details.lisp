; Section 6, sentence by sentence: every shape of import, path, call, index and get, and what crosses in both directions.

; $py: the module, imported once, also under a dotted name
(import sys)
(identical? ($py "os.path") ($py "os.path"))    ;=> true
(identical? ($py "os.path") (. sys modules ["os.path"]))        ;=> true
(identical? ($py "xml.dom.minidom") (. sys modules ["xml.dom.minidom"]))  ;=> true
((. ($py "math") floor) 2.5)            ;=> 2
(. ($py "os.path") sep)                 ;=> "/"
($py "")                                ;=! CompileError
($py "a b")                             ;=! ModuleNotFoundError
($py ".relative")                       ;=! CompileError
($py 'math)                             ;=! CompileError: $py
($py "math" 2)                          ;=! CompileError: $py
(let [name "math"] ($py name))          ;=! CompileError: $py
(set! sys.modules.gone nil)             ;=! AttributeError
(do (set! (. sys modules ["no_more"]) nil) ($py "no_more"))     ;=! ModuleNotFoundError: no_more

; import binds names: the first part of a dotted name, or what :as says
(do (import os.path) os.path.sep)       ;=> "/"
(do (import os.path) (. os __name__))   ;=> "os"
(do (import os.path :as p) p.sep)       ;=> "/"
(do (import math :as m json :as j) [(m.floor 1.5) (j.dumps nil)])       ;=> [1 "null"]
(do (import math :refer [sin cos] json :refer [dumps]) [(cos 0) (dumps 1)])     ;=> [1.0 "1"]
(do (import math :as m :refer [tau]) (= m.tau tau))     ;=> true
(do (import [math :as m2] [json :refer [loads]]) [(m2.floor 2.5) (loads "3")])  ;=> [2 3]
(do (import json :refer [JSONDecodeError]) JSONDecodeError.__name__)    ;=> "JSONDecodeError"
(do (py.import "json" :as j3) (j3.dumps []))    ;=> "[]"
(do (py.import "os.path") (os.path.join "a" "b"))       ;=> "a/b"
(defn local-import [] (import textwrap) (textwrap.shorten "a b" :width 9))
(local-import)                          ;=> "a b"
textwrap                                ;=! NameError: textwrap
(let [] (import colorsys :refer [rgb-to-hsv]) (rgb-to-hsv 0 0 1))       ;=> #[0.6666666666666666 1.0 1]
(do (import importlib.util) (.__name__ importlib.util)) ;=! TypeError
(do (import importlib.util) importlib.util.__name__)    ;=> "importlib.util"
(import math :refer :all)               ;=! CompileError
(import math :refer [sqrtt])            ;=! ImportError: sqrt
(import maths)                          ;=! ModuleNotFoundError: math
(import os.pth)                         ;=! ModuleNotFoundError: pth
(import math :as 5)                     ;=! CompileError
(import math.floor)                     ;=! ModuleNotFoundError
(do (import "math") (math.floor 1.5))   ;=> 1
(import [])                             ;=! CompileError
(import [math :as])                     ;=! CompileError

; steps: attribute, method call, index, in every order
(import types :refer [SimpleNamespace])
(defn note [& xs &kwargs more] [xs more])
(def o (SimpleNamespace :a (SimpleNamespace :b 5 :m note :items [10 [20 30]] :table {:k {:j 1}})))
(. o a (m))                             ;=> [[] {}]
(. o a (m 1 :k 2) [0] [0])              ;=> 1
(. o a (m 1 :k 2) [1] ["k"])            ;=> 2
(. o a (m 1 :k))                        ;=> [[1 :k] {}]
(. o a (m #* [1 2] #** {:x-y 3}))       ;=> [[1 2] {"x_y" 3}]
(. o a items [1] [0])                   ;=> 20
(. o a table [:k] [:j])                 ;=> 1
(.-b (.-a o))                           ;=> 5
(. o a)
(.-a-b (SimpleNamespace :a-b 1))        ;=> 1
(. (SimpleNamespace :a_b 1) a-b)        ;=> 1
(let [p (SimpleNamespace :a-b 1)] p.a_b)        ;=> 1
(let [p (SimpleNamespace :a-b 1)] p.a-b)        ;=> 1
(getattr (SimpleNamespace :a-b 1) "a_b")        ;=> 1
(getattr (SimpleNamespace :a-b 1) :a-b) ;=! AttributeError
(vars (SimpleNamespace :ready? 1))      ;=> {"ready?" 1}
(let [p (SimpleNamespace)] (set! p.ready? 5) (getattr p "ready?"))      ;=> 5
(. "text" (upper) (lower) [0])          ;=> "t"
(. [1 2] (index 2))                     ;=> 1
((. o a m) 1)                           ;=> [[1] {}]
(o.a.m 1 :z 2)                          ;=> [[1] {"z" 2}]
(.m o.a 1 :z 2)                         ;=> [[1] {"z" 2}]
(let [k :z] (.m o.a 1 k 2))             ;=> [[1 :z 2] {}]
(let [k :z] (o.a.m k 2))                ;=> [[:z 2] {}]
(.m o.a ':z 2)                          ;=> [[:z 2] {}]
(. o.a (m 1))                           ;=> [[1] {}]
(. (do o) a.b)                          ;=> 5
(. o "a")                               ;=! CompileError
(. o 5)                                 ;=! CompileError
(. o [])                                ;=! CompileError
(. {#[] :empty} [#[]])                  ;=> :empty
(. {#[1] :one} [#[1]])                  ;=> :one
(. {nil :none} [nil])                   ;=> :none
(. [] [0])                              ;=! IndexError
(. 5 [0])                               ;=! TypeError: subscriptable
(. nil [0])                             ;=! TypeError
o.a.nothing                             ;=! AttributeError: nothing
(. o b)                                 ;=! AttributeError 1:6
(. o a (nope 1))                        ;=! AttributeError 1:9
(. o a items [9])                       ;=! IndexError 1:14
(.nope o)                               ;=! AttributeError: nope
(.-nope o)                              ;=! AttributeError: nope
nil.x                                   ;=! AttributeError 1:5: NoneType
(nil.x)                                 ;=! AttributeError 1:6: NoneType
true.real                               ;=> 1
True.imag                               ;=> 0
None.__class__                          ;=> <class 'NoneType'>
(.a)                                    ;=! CompileError

; indexes: tuples, slices, ellipsis, nil
(defclass Shows [] (defn __getitem__ [self key] key))
(def shows (Shows))
(. shows [1])                           ;=> 1
(. shows [1 2])                         ;=> #[1 2]
(. shows [#[1]])                        ;=> #[1]
(. shows [(: 1 10 2) 0])                ;=> #[slice(1, 10, 2) 0]
(. shows [:])                           ;=> slice(None, None, None)
(. shows [: :])                         ;=> #[slice(None, None, None) slice(None, None, None)]
(. shows [...])                         ;=> Ellipsis
(. shows [: ...])                       ;=> #[slice(None, None, None) Ellipsis]
(. shows [(: nil 3)])                   ;=> slice(None, 3, None)
(. shows [(: 3 nil)])                   ;=> slice(3, None, None)
(. shows [(: nil nil -1)])              ;=> slice(None, None, -1)
(. shows [(:)])                         ;=> slice(None, None, None)
(. shows [(: 5)])                       ;=> slice(5, None, None)
(. shows [nil])                         ;=> nil
(. shows [:k])                          ;=> :k
(. shows [[1 2]])                       ;=> [1 2]
(. shows [(: (+ 0 1) (len "abc"))])     ;=> slice(1, 3, None)
(let [i 2] (. shows [i (: nil i) ...])) ;=> #[2 slice(None, 2, None) Ellipsis]
(. shows [#* [1 2]])                    ;=! CompileError: splat
(: 1)                                   ;=> slice(1, None, None)
(: 1 2)                                 ;=> slice(1, 2, None)
(: 1 2 3 4)                             ;=! CompileError: (: start stop step)
(let [s (: 1 3)] (. [1 2 3 4] [s]))     ;=> [2 3]
:                                       ;=> slice(None, None, None)
...                                     ;=> Ellipsis
(identical? ... Ellipsis)               ;=> true

; get never raises for a missing key or index, never triggers __missing__
(defclass Fills [dict] (defn __missing__ [self key] :filled))
(. (Fills) [1])                         ;=> :filled
(get (Fills) 1)                         ;=> nil
(get (Fills) 1 :none)                   ;=> :none
(get (Fills [[1 2]]) 1)                 ;=> 2
(import collections)
(let [d (collections.defaultdict (fn [] 7))] [(get d :x) (get d :x 1) (len d) (. d [:x]) (len d)])      ;=> [nil 1 0 7 1]
(get (collections.ChainMap {:a 1} {:b 2}) :b)   ;=> 2
(get (collections.ChainMap {:a 1}) :c :none)    ;=> :none
(get (collections.Counter "aab") "a")   ;=> 2
(get (collections.Counter "aab") "z")   ;=> nil
(get (collections.OrderedDict [[:a 1]]) :a)     ;=> 1
(get [1 2 3] -3)                        ;=> 1
(get [1 2 3] -4)                        ;=> nil
(get [1 2 3] (: 0 2))                   ;=> [1 2]
(get [1 2] :k)                          ;=> nil
(get "abc" 5 "none")                    ;=> "none"
(get #[] 0 :d)                          ;=> :d
(get (range 5) 2)                       ;=> 2
(get (range 5) 9)                       ;=> nil
(get b"ab" 0)                           ;=> 97
(get {"a" 1} :a)                        ;=> 1
(get {:a 1} "a")                        ;=> 1
(get {nil 1} nil)                       ;=> 1
(get {1 :one} 1.0)                      ;=> :one
(get {1 :one} true)                     ;=> :one
(get nil 0 :d)                          ;=> :d
(get (shows) :a)                        ;=! TypeError
(get shows :a)                          ;=> :a
(get {:a 1} :a :b :c)                   ;=! TypeError
(get {:a 1})                            ;=! TypeError
(import types)
(get (types.MappingProxyType {:a 1}) :a)        ;=> 1
(get (types.MappingProxyType {:a 1}) :b 2)      ;=> 2
(import os)
(get os.environ "CATENA_NO_SUCH" :unset)        ;=> :unset

; py->
(py-> o a)                              ;=! TypeError
(py-> o.a m 1 :k 2)                     ;=> [[1] {"k" 2}]
(py-> "a" nope)                         ;=! AttributeError: nope
(py-> "a")                              ;=! CompileError

; operators and protocols of Python classes, and of ours
(import fractions :refer [Fraction] decimal datetime pathlib)
(+ (Fraction 1 2) 1)                    ;=> Fraction(3, 2)
(/ (pathlib.Path "a") "b")              ;=> PosixPath('a/b')
(/ 1 (Fraction 1 3))                    ;=> Fraction(3, 1)
(< (datetime.date 2020 1 1) (datetime.date 2021 1 1))   ;=> true
(defclass Money []
  (defn __init__ [self n] (set! self.n n))
  (defn __add__ [self other] (Money (+ self.n other.n)))
  (defn __radd__ [self other] (Money (+ self.n other)))
  (defn __neg__ [self] (Money (- self.n)))
  (defn __eq__ [self other] (= self.n other.n))
  (defn __lt__ [self other] (< self.n other.n))
  (defn __hash__ [self] (hash self.n))
  (defn __repr__ [self] f"Money({self.n})")
  (defn __len__ [self] self.n)
  (defn __iter__ [self] (dotimes [i self.n] (yield i)))
  (defn __contains__ [self x] (= x :gold))
  (defn __call__ [self & xs &kwargs more] [self.n xs more])
  (defn __enter__ [self] self)
  (defn __exit__ [self & _] true)
  (defn __bool__ [self] (> self.n 0))
  (defn __getattr__ [self name] (str "no " name))
  (defn __setitem__ [self k v] (set! self.n [k v]))
  (defn __delitem__ [self k] (set! self.n [:deleted k]))
  (defn __index__ [self] self.n)
  (defn __format__ [self spec] f"<{spec}>"))
(+ (Money 1) (Money 2))                 ;=> Money(3)
(sum [(Money 1) (Money 2)])             ;=> Money(3)
(- (Money 2))                           ;=> Money(-2)
(= (Money 1) (Money 1))                 ;=> true
(!= (Money 1) (Money 1))                ;=> false
(sorted [(Money 2) (Money 1)])          ;=> [Money(1) Money(2)]
(sort [(Money 2) (Money 1)])            ;=> [Money(1) Money(2)]
(min (Money 2) (Money 1))               ;=> Money(1)
(get {(Money 1) :one} (Money 1))        ;=> :one
(count (Money 3))                       ;=> 3
(vec (Money 3))                         ;=> [0 1 2]
(map inc (Money 2))                     ;=> [1 2]
(contains? (Money 1) :gold)             ;=> true
((Money 4) 1 :k 2)                      ;=> [4 [1] {"k" 2}]
(with [m (Money 5)] (throw (ValueError "swallowed")))   ;=> nil
(if (Money 0) :yes :no)                 ;=> :no
(if (Money 1) :yes :no)                 ;=> :yes
(. (Money 1) anything-else)             ;=> "no anything_else"
(let [m (Money 1)] (set! (. m [:a]) 2) m.n)     ;=> [:a 2]
(let [m (Money 1)] (del! (. m [:a])) m.n)       ;=> [:deleted :a]
(. [5 6 7] [(Money 1)])                 ;=> 6
f"{(Money 1):wide}"                     ;=> "<wide>"

; ours given to Python: callbacks, decorators, iteration, buffers
(import functools itertools heapq bisect contextlib threading queue)
(sorted ["bb" "a"] :key count)          ;=> ["a" "bb"]
(sorted [3 1 2] :key (functools.cmp-to-key (fn [a b] (- b a)))) ;=> [3 2 1]
(functools.reduce (fn [a b] (+ a b)) [1 2 3] 10)        ;=> 16
(vec (itertools.groupby [1 1 2] :key odd?))
(for [[k g] (itertools.groupby [1 1 2] odd?)] [k (count g)])    ;=> [[true 2] [false 1]]
(defn [(functools.lru-cache :maxsize nil)] slow [n] (if (< n 2) n (+ (slow (- n 1)) (slow (- n 2)))))
(slow 60)                               ;=> 1548008755920
(. (slow.cache-info) hits)              ;=> 58
(defn [contextlib.contextmanager] tag [name log] (.append log f"<{name}>") (try (yield name) (finally (.append log f"</{name}>"))))
(let [log []] (with [t (tag "b" log)] (.append log t)) log)     ;=> ["<b>" "b" "</b>"]
(let [log []] (try (with [t (tag "b" log)] (throw (KeyError 1))) (catch KeyError e log)))       ;=> ["<b>" "</b>"]
(defn [(functools.wraps slow)] wrapped [n] :wrapped)
[wrapped.__name__ (wrapped 1)]          ;=> ["slow" :wrapped]
(defn [functools.singledispatch] shape [x] :any)
(shape.register int (fn [x] :int))
[(shape 1) (shape "a")]                 ;=> [:int :any]
(let [p (functools.partial note 1 :k 2)] (p 3))         ;=> [[1 3] {"k" 2}]
(let [out [] t (threading.Thread :target (fn [a &key b] (.append out [a b])) :args #[1] :kwargs {"b" 2})] (.start t) (.join t) out)     ;=> [[1 2]]
(let [xs [3 1 2]] (heapq.heapify xs) (heapq.heappop xs))        ;=> 1
(bisect.bisect [1 2 3] 2)               ;=> 2
(import array struct)
(let [a (array.array "d" [1 2 3])] (sum (memoryview a)))        ;=> 6.0
(bytes (memoryview b"abc"))             ;=> b"abc"
(struct.unpack "<2h" b"\x01\x00\x02\x00")       ;=> #[1 2]
(bytearray [1 2])                       ;=> bytearray(b'\x01\x02')
(let [v (memoryview (bytearray 3))] (set! (. v [0]) 7) (vec v)) ;=> [7 0 0]
(defclass Sub [collections.UserDict] (defn __setitem__ [self k v] (.__setitem__ (super) k [v])))
(let [s (Sub)] (set! (. s [:a]) 1) (dict s))    ;=> {:a [1]}
(defclass Up [(. ($py "json") JSONEncoder)] (defn default [self o] (str o)))
(. ($py "json") (dumps {:a (Fraction 1 2)} :cls Up))    ;=> "{\"a\": \"1/2\"}"
(map (fn [f] (f 2)) [inc (. ($py "math") sqrt) str (fn [x] x)])         ;=> [3 1.4142135623730951 "2" 2]

; exceptions: type, object and traceback survive both ways
(def python {})
(exec "import traceback
def call(f, *a):
    return f(*a)
def catches(f):
    try:
        return f()
    except Exception as e:
        return e
def names(e):
    return [frame.name for frame in traceback.extract_tb(e.__traceback__)]
class Odd(Exception):
    pass
def odd():
    raise Odd('x')
" python)
(def call (get python "call"))
(def catches (get python "catches"))
(def names (get python "names"))
(def odd (get python "odd"))
(defn raises-ours [] (+ 1 (/ 1 0)))
(defn through [] (+ 1 (call raises-ours)))
(names (catches through))               ;=> ["catches" "through" "call" "raises-ours"]
(type (catches raises-ours))            ;=> <class 'ZeroDivisionError'>
(let [e (catches (fn [] (odd)))] (type e))
(identical? (type (catches odd)) (get python "Odd"))    ;=> true
(let [first-seen (atom nil)] (identical? (catches (fn [] (try (+ 1 (odd)) (catch Exception e (reset! first-seen e) (throw e))))) @first-seen))  ;=> true
(names (catches (fn [] (let [x (odd)] x))))     ;=> ["catches" "fn" "odd"]
(defn rethrows [] (try (+ 1 (raises-ours)) (catch ZeroDivisionError e (throw))))
(count (names (catches rethrows)))      ;=> 3
(let [e (catches (fn [] (try (odd) (catch Exception e (throw (KeyError "k") :from e)))))] [(type e) (type e.__cause__)])        ;=> [<class 'KeyError'> <class 'Odd'>]
(let [e (catches (fn [] (try (odd) (catch Exception e (throw (KeyError "k") :from nil)))))] [e.__cause__ e.__suppress-context__ (type e.__context__)])  ;=> [nil true <class 'Odd'>]
(let [e (catches (fn [] (try (odd) (finally (/ 1 0)))))] [(type e) (type e.__context__)])       ;=> [<class 'ZeroDivisionError'> <class 'Odd'>]
