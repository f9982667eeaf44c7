; Section 6, Python.

; modules
($py "time")                            ;=> <module 'time' (built-in)>
(. ($py "os.path") __name__)            ;=> "posixpath"
(let [np ($py "numpy")] (int (np.sum [1 2 3])))         ;=> 6
(import math)
(math.floor 2.5)                        ;=> 2
(import numpy :as np math json os.path)
(json.loads "[1, 2]")                   ;=> [1 2]
(os.path.join "a" "b")                  ;=> "a/b"
(import math :refer [sin pi])
pi                                      ;=> 3.141592653589793
(sin 0.0)                               ;=> 0.0
(import [collections :as coll] [itertools])
(coll.Counter "aab")                    ;=> Counter({'a': 2, 'b': 1})
(vec (itertools.islice (itertools.count) 3))    ;=> [0 1 2]
(import collections :refer [OrderedDict namedtuple] functools :as ft)
(type (OrderedDict))                    ;=> <class 'collections.OrderedDict'>
(ft.reduce + [1 2])                     ;=> 3
(py.import "numpy" :as n2)
(identical? n2 np)                      ;=> true
(py.import "string")
string.digits                           ;=> "0123456789"
(import no_such_module)                 ;=! ModuleNotFoundError: no_such_module
($py "no.such")                         ;=! ModuleNotFoundError
(import math :refer [no_such_name])     ;=! ImportError: no_such_name
(import xml.etree.ElementTree :as ET)
(. (ET.fromstring "<a b='1'/>") attrib) ;=> {"b" "1"}
(import concurrent.futures)
(. concurrent futures __name__)         ;=> "concurrent.futures"

; attributes and paths
(import types :refer [SimpleNamespace])
(def o (SimpleNamespace :a (SimpleNamespace :b 5 :items [10 20] :m (fn [x &key k] [x k]))))
(. o a b)                               ;=> 5
o.a.b                                   ;=> 5
(.-a (SimpleNamespace :a 1))            ;=> 1
(.-b o.a)                               ;=> 5
(. o a (m 1 :k 2))                      ;=> [1 2]
(. o a (m 1 :k 2) [1])                  ;=> 2
(. o a items [0])                       ;=> 10
(. o a items [-1])                      ;=> 20
(. "a,b" (split ",") [1] (upper))       ;=> "B"
(. o missing)                           ;=! AttributeError: missing
(. nil x)                               ;=! AttributeError
((. [1 2] count) 1)                     ;=> 1
(.count [1 1 2] 1)                      ;=> 2
(let [xs [1 1]] (xs.count 1))           ;=> 2
(.upper "abc")                          ;=> "ABC"
(.format "{} {x}" 1 :x 2)               ;=> "1 2"
(.join "," ["a" "b"])                   ;=> "a,b"
(.no-such "abc")                        ;=! AttributeError: no_such
("abc" 1)                               ;=! CompileError 1:2: str

; indexes and slices
(. [1 2 3] [0])                         ;=> 1
(. {:a 1} [:a])                         ;=> 1
(. {:a 1} [:b])                         ;=! KeyError
(. [1 2 3 4 5] [(: 1 3)])               ;=> [2 3]
(. [1 2 3 4 5] [(: nil nil 2)])         ;=> [1 3 5]
(. [1 2 3 4 5] [(: 1 nil)])             ;=> [2 3 4 5]
(. [1 2 3 4 5] [(: nil -1)])            ;=> [1 2 3 4]
(. [1 2 3] [:])                         ;=> [1 2 3]
(. "hello" [(: nil nil -1)])            ;=> "olleh"
(: 1 10 2)                              ;=> slice(1, 10, 2)
(: 1 10)                                ;=> slice(1, 10, None)
(def a (.reshape (np.arange 6) 2 3))
(int (. a [1 2]))                       ;=> 5
(.tolist (. a [: 1]))                   ;=> [1 4]
(.tolist (. a [... 0]))                 ;=> [0 3]
(.tolist (. a [0 (: 0 2)]))             ;=> [0 1]
(.tolist (. a [: (: nil nil 2)]))       ;=> [[0 2] [3 5]]
(. a [nil ...] shape)                   ;=> #[1 2 3]
(.tolist (. a [(> a 2)]))               ;=> [3 4 5]
(let [i 1 j 0] (int (. a [i j])))       ;=> 3
(do (set! (. a [0 0]) 9) (int (. a [0 0])))     ;=> 9
(do (set! (. a [1 :]) 0) (.tolist a))   ;=> [[9 1 2] [0 0 0]]
(let [i [1]] (. [5 6 7] [(nth i 0)]))   ;=> 6

; get
(get {:a 1} :a)                         ;=> 1
(get {:a 1} :b)                         ;=> nil
(get {:a 1} :b :default)                ;=> :default
(get {:a nil} :a :default)              ;=> nil
(get [1 2] 0)                           ;=> 1
(get [1 2] 5)                           ;=> nil
(get [1 2] 5 :none)                     ;=> :none
(get [1 2] -1)                          ;=> 2
(get #[1 2] 1)                          ;=> 2
(get '(1 2) 1)                          ;=> 2
(get "abc" 1)                           ;=> "b"
(get nil :a)                            ;=> nil
(get nil :a 1)                          ;=> 1
(get 5 :a 1)                            ;=! TypeError: not subscriptable
(get #{1} 1)                            ;=> 1
(get #{1} 2)                            ;=> nil
(let [d ((. ($py "collections") defaultdict) builtins.list)] (get d :x) (len d))        ;=> 0
(get {[1] 2} [1])                       ;=! TypeError
(get {} [1] :none)                      ;=! TypeError
(int (get (np.array [5 6]) 1))          ;=> 6

; py->
(int (py-> np sum [1 2 3]))             ;=> 6
(py-> "a-b" split "-")                  ;=> ["a" "b"]
(py-> [3 1] index 1)                    ;=> 1
(.tolist (py-> np sum [[1 2] [3 4]] :axis 0))   ;=> [4 6]

; both directions
(builtins.list (builtins.filter (fn [x] (> x 1)) [1 2 3]))      ;=> [2 3]
(sorted ["b" "a"] :key (fn [s] s))      ;=> ["a" "b"]
(import re)
(re.sub "[0-9]+" (fn [m] (str "<" (.group m) ">")) "a1b22")     ;=> "a<1>b<22>"
(.sort [3 1])                           ;=> nil
(let [xs [3 1 2]] (.sort xs :key (fn [x] (- x))) xs)    ;=> [3 2 1]
(import contextlib)
(with [f (contextlib.closing (SimpleNamespace :close (fn [] nil)))] (type f))   ;=> <class 'types.SimpleNamespace'>
(import io)
(with [f (io.StringIO "l1\nl2\n")] (vec f))     ;=> ["l1\n" "l2\n"]
(for [line (io.StringIO "x\ny")] (.strip line)) ;=> ["x" "y"]
(import operator)
(operator.add 1 2)                      ;=> 3
(np.vectorize (fn [x] (* x 2)))
(.tolist ((np.vectorize (fn [x] (* x 2))) [1 2]))       ;=> [2 4]
(.tolist (np.apply-along-axis (fn [r] (np.sum r)) 1 (np.ones #[2 2])))  ;=> [2.0 2.0]
(def py-fn (.eval ($py "builtins") "lambda f, x: f(x) + 1" {}))
(py-fn (fn [x] (* x 10)) 4)             ;=> 41
(def raiser (.eval ($py "builtins") "lambda: {}['k']" {}))
(raiser)                                ;=! KeyError 1:1
(try (raiser) (catch KeyError e e.args))        ;=> #["k"]
(py-fn (fn [x] (throw (LookupError "through"))) 1)      ;=! LookupError: through
(let [err (ValueError "id")] (try (py-fn (fn [x] (throw err)) 1) (catch ValueError e (identical? e err))))      ;=> true
(import traceback)
(defn deep-frame [x] (+ 1 (int x)))
(try (+ 1 (deep-frame "x")) (catch ValueError e (includes? (join "" (traceback.format-exception e)) "deep-frame")))     ;=> true
(try (+ 1 (deep-frame "x")) (catch ValueError e (includes? (join "" (traceback.format-exception e)) "06-python.lisp"))) ;=> true
(let [t (try (+ 1 (deep-frame "x")) (catch ValueError e e.__traceback__))] (> t.tb-lineno 100)) ;=> true
(import subprocess :refer [check-output])
(check-output ["printf" "hi"])          ;=> b"hi"
(import pickle)
(defn top-level [x] (* x 2))
(pickle.loads (pickle.dumps :key))      ;=> :key
(identical? :key (pickle.loads (pickle.dumps :key)))    ;=> true
(pickle.loads (pickle.dumps 'sym))      ;=> sym
(pickle.loads (pickle.dumps '(1 (2) "x")))      ;=> (1 (2) "x")
((pickle.loads (pickle.dumps top-level)) 4)     ;=> 8
(import copy)
(copy.deepcopy '(1 [2]))                ;=> (1 [2])
(let [x ['a :b '(c)]] (= x (copy.deepcopy x)))  ;=> true
(isinstance 5 (type 5))                 ;=> true
(isinstance "x" str)                    ;=> true
(isinstance '(1) list)                  ;=> false
(isinstance [1] list)                   ;=> true
(issubclass builtins.str str)           ;=> true
(isinstance "x" #[int str])             ;=> true

; A property and its setter in a class body.
(defclass Celsius []
  (defn __init__ [self] (set! self.t 0))
  (defn [property] degrees [self] self.t)
  (defn [degrees.setter] degrees [self to] (set! self.t to)))
(let [c (Celsius)] (set! (. c degrees) 5) (. c degrees))  ;=> 5

; An exception that another thread sends arrives, also when the loop has hardly begun.
(import ctypes threading time)
(def this-thread (threading.get-ident))
(defn send-soon []
  (time.sleep 0.05)
  ((. ctypes pythonapi PyThreadState_SetAsyncExc) (ctypes.c_ulong this-thread) (ctypes.py_object KeyError)))
(.start (threading.Thread :target send-soon))
(try (while true (time.sleep 0.0005)) (catch KeyError _ :arrived))     ;=> :arrived
