; Section 7, Chains: the same values, errors and order, fused or not.

(import types :refer [SimpleNamespace])
(import numpy :as np)
(float ((. ($py "numpy") sum) [1 2 3 4]))       ;=> 10.0
(.tolist ((. ($py "numpy") sum) [[1 2] [3 4]] :axis 0))         ;=> [4 6]
(let [np ($py "numpy")] (float ((. np sum) (np.array [1 2]))))  ;=> 3.0
(let ((np ($py "numpy"))) (await ((. np sum) (as-nd (float32array [1 2 3 4]) [4] "float32"))))  ;=> 10.0
(-> [3 1 2] np.array np.sort .tolist)   ;=> [1 2 3]
(-> ($py "os.path") (. basename) (.__call__ "a/b"))     ;=> "b"
(-> (np.arange 4) (.reshape 2 2) (. T) (.tolist))       ;=> [[0 2] [1 3]]

; order: a name or path is looked up after its operands
(def m (SimpleNamespace))
(def events [])
(defn event [x] (.append events x) x)
(set! m.f (fn [x] [:old x]))
(defn change [] (set! m.f (fn [x] [:new x])) 1)
(defn restore [] (set! m.f (fn [x] [:old x])))
((. m f) (change))                      ;=> [:new 1]
(restore)
(.f m (change))                         ;=> [:new 1]
(restore)
(m.f (change))                          ;=> [:new 1]
(restore)
(let [f (. m f)] (f (change)))          ;=> [:old 1]
(restore)
(let [f m.f] (f (change)))              ;=> [:old 1]
(restore)
((if true (. m f)) (change))            ;=> [:old 1]
(restore)
((do (. m f)) (change))                 ;=> [:old 1]
(restore)
(def callee (fn [x] [:first x]))
(defn rebind [] (set! callee (fn [x] [:second x])) 1)
(callee (rebind))                       ;=> [:second 1]
(m.missing (event 1))                   ;=! AttributeError: missing
events                                  ;=> [1]
(set! events [])
((. m missing) (event 2))               ;=! AttributeError
events                                  ;=> [2]
(set! events [])
(.missing (do (event :root) m) (event :operand))        ;=! AttributeError
events                                  ;=> [:root :operand]
(set! events [])

; in a longer path operands follow the call before them
(defclass Fluent [] (defn step [self x] (event #[:step x]) self) (defn [property] attr [self] (event :attr) self)
  (defn __getitem__ [self k] (event #[:item k]) self))
(. (Fluent) (step (event 1)) (step (event 2)))
events                                  ;=> [1 #[:step 1] 2 #[:step 2]]
(set! events [])
(. (Fluent) attr (step (event 1)) [(event 2)] attr)
events                                  ;=> [1 :attr #[:step 1] 2 #[:item 2] :attr]
(set! events [])
(.step (.step (Fluent) (event 1)) (event 2))
events                                  ;=> [1 #[:step 1] 2 #[:step 2]]
(set! events [])
(-> (Fluent) (.step (event 1)) (.step (event 2)))
events                                  ;=> [1 #[:step 1] 2 #[:step 2]]
(set! events [])
(let [x 1] (. (Fluent) (step x) (step (do (set! x 5) x))))
events                                  ;=> [#[:step 1] #[:step 5]]
(set! events [])

; monkey-patching takes effect at once
(import math)
(defn use-floor [x] (math.floor x))
(use-floor 1.5)                         ;=> 1
(let [old math.floor]
  (set! math.floor (fn [x] :patched))
  (try (use-floor 1.5) (finally (set! math.floor old))))        ;=> :patched
(use-floor 1.5)                         ;=> 1
(defclass Patched [] (defn m [self] :original))
(defn use-m [o] (.m o))
(let [p (Patched)] (use-m p))           ;=> :original
(set! Patched.m (fn [self] :patched))
(let [p (Patched)] (use-m p))           ;=> :patched
(let [p (Patched)] (set! p.m (fn [] :instance)) (use-m p))      ;=> :instance
(let [p (Patched)] (use-m p))           ;=> :patched
(defn use-append [xs] (.append xs 1) xs)
(use-append [])                         ;=> [1]
(use-append (. ($py "collections") (deque)))    ;=> deque([1])
(use-append [5])                        ;=> [5 1]

; statistics
(bridge/reset-stats)                    ;=> nil
(sort (filter (fn [k] (contains? #{:chains :steps :cache-hits :cache-misses :round-trips :bytes-copied :bytes-shared} k)) (keys (bridge/stats))))   ;=> [:bytes-copied :bytes-shared :cache-hits :cache-misses :chains :round-trips :steps]
(do (bridge/reset-stats) (math.floor 2.5) (> (:chains (bridge/stats)) 0))       ;=> true
(do (bridge/reset-stats) (:steps (bridge/stats)))       ;=> 0
(do (bridge/reset-stats) (dotimes [i 10] (math.floor 2.5)) (>= (:chains (bridge/stats)) 10))    ;=> true

; errors point at the failing link
(. ($py "math") no_such_thing)          ;=! AttributeError 1:17: no_such_thing
(. m a b c)                             ;=! AttributeError 1:6: a
(math.floor "x")                        ;=! TypeError 1:1
(. "abc" (upper) (nothing))             ;=! AttributeError 1:19: nothing
(. [1 2] [7])                           ;=! IndexError 1:10: out of range
(np.sum [1 2] :axis 5)                  ;=! AxisError 1:1
(-> "abc" .upper .nothing)              ;=! AttributeError 1:18: nothing

; explain and chains as data
(includes? (str (bridge/explain '((. ($py "numpy") sum) [1 2] :axis 0))) "import numpy | get sum | call")       ;=> true
(includes? (str (bridge/explain '((. ($py "numpy") sum) [1 2] :axis 0))) "axis=0")      ;=> true

; Constants in a printed chain are in Catena's notation.
(bridge/explain '(.f o "x" nil true [:a] b"y"))         ;=> "value o | get f | call \"x\" nil true r1 b\"y\""
(bridge/explain '(sys.f ':a))                           ;=> "value sys | get f | call :a"

; Builtins that intrinsics stand for are looked up each time, on variables where they are and on values in passing.
(import sys)
(def core-itself (get sys.modules "catena.core"))
(defn patched-on-the-way [xs]
  (let [original core-itself.len out []]
    (try
      (dotimes [i 3]
        (when (= i 1) (set! core-itself.len (fn [x] [:patched x])))
        (.append out (len xs)))
      (finally (set! core-itself.len original)))
    (conj out (len xs))))
(patched-on-the-way "ab")                            ;=> [2 [:patched "ab"] [:patched "ab"] 2]
(defn in-tail [x] (abs x))
[(in-tail -1) (in-tail -1.5) (in-tail (complex 3 4))] ;=> [1 1.5 5.0]
(defn greatest [a b] (max (inc a) (dec b)))
(greatest 1 9)                                       ;=> 8
(greatest "a" 1)                                     ;=! TypeError needs a number
(defn whole [x] (int x))
[(whole "42") (whole " -7 ") (whole 2.9) (whole true) (whole "1_000")]  ;=> [42 -7 2 1 1000]
(whole "x")                                          ;=! ValueError invalid literal for int() with base 10: 'x'
(defn sized [x] [(len x) (isinstance x list) (isinstance x #[int str])])
(sized [1 2])                                        ;=> [2 true false]
(sized "abc")                                        ;=> [3 false true]
(sized 1)                                            ;=! TypeError object of type 'int' has no len()
(let [len (fn [x] :mine)] (len [1]))                 ;=> :mine
(let [x [1]] [(len x) (len (do (.append x 2) x)) (max (len x) (do (set! x [1 2 3]) 2))])  ;=> [1 2 2]
(contains? {:a 1} :a)                                ;=> true
(defn holds? [xs x] (contains? xs x))
[(holds? {:a 1} :b) (holds? #{1} 1) (holds? [1 2] 2) (holds? "abc" "bc") (holds? nil 1) (holds? (map inc (range 3)) 2)]
;=> [false true true true false true]
(holds? {} [])                                       ;=! TypeError unhashable type: 'list'
(holds? 5 1)                                         ;=! TypeError not iterable

; A module's name in front of one function: found at each call, and held while it runs.
(import math)
(defn rooted [x] (+ 0 (math.sqrt x)))
(rooted 4.0)                                         ;=> 2.0
(import types)
(def real-math math)
(def math (types.SimpleNamespace :sqrt (fn [x] [:mine x])))
(defn rooted-again [x] [(math.sqrt x) math.sqrt.__name__])
(get (rooted-again 4.0) 0)                           ;=> [:mine 4.0]
(def math real-math)
(rooted 9.0)                                         ;=> 3.0
(rooted-again 9.0)                                   ;=> [3.0 "sqrt"]
(del! math)
(rooted 9.0)                                         ;=! NameError name 'math' is not defined
(def math real-math)
(rooted 16.0)                                        ;=> 4.0

; Stores under a key that is there, calls with one splat, formatted floats, builtins with intrinsics.
(let [d {"k" [1] "l" 2}] (set! (. d ["k"]) 5) (set! (. d ["l"]) [3]) d)     ;=> {"k" 5 "l" [3]}
(let [d {}] (dotimes [i 3] (set! (. d ["k"]) i)) d)     ;=> {"k" 2}
(def counted 1)
(defn read-counted [] counted)
(read-counted)                                          ;=> 1
(set! (. (globals) ["counted"]) [2])
(read-counted)                                          ;=> [2]
(set! (. (globals) ["counted"]) "text")
(read-counted)                                          ;=> "text"
(import operator :as ops functools)
(ops.add #* [1 2])                                      ;=> 3
(ops.add #* '(1 2))                                     ;=> 3
(functools.reduce #* [ops.add [1 2 3]])                 ;=> 6
(max #* {3 1 2 1})                                      ;=> 3
(max #* nil)                                            ;=! TypeError: expected at least 1 argument
(max #* 5)                                              ;=! TypeError: argument after #* must be an iterable, not int
(max #* [1 2] #* [5 4])                                 ;=> 5
(let [xs [1 2 3] f (fn [&rest ys] (.clear xs) ys)] [(f #* xs) xs])     ;=> [[1 2 3] []]
(unknown-function #* ["a b" 2])                         ;=! NameError
[f"{1.5:.2f}" f"{-0.0:.1f}" f"{1e22:.0f}" f"{2.5:.0f}" f"{1e-7:.3g}" f"{12345.678:.2e}" f"{1.5:.10f}"]     ;=> ["1.50" "-0.0" "10000000000000000000000" "2" "1e-07" "1.23e+04" "1.5000000000"]
[f"{inf:.1f}" f"{nan:.2f}" f"{(- inf):.1f}" f"{1.5:8.2f}" f"{1.5:.2%}" f"{1.5:+.1f}" f"{3:.2f}"]     ;=> ["inf" "nan" "-inf" "    1.50" "150.00%" "+1.5" "3.00"]
f"{1.5:.2q}"                                            ;=! ValueError
[(sorted [3 1 2]) (sorted "bca") (sorted {2 1 1 1}) (sorted [2.5 1 3]) (sorted '(2 1)) (sorted [])]     ;=> [[1 2 3] ["a" "b" "c"] [1 2] [1 2.5 3] [1 2] []]
(let [xs [3 1 2]] [(sorted xs) xs])                     ;=> [[1 2 3] [3 1 2]]
(sorted (vec (reversed (range 40))))                    ;=> [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39]
(sorted [2 1] :reverse True)                            ;=> [2 1]
(sorted 5)                                              ;=! TypeError: 'int' object is not iterable
(sorted [1 "a"])                                        ;=! TypeError: not supported
[(repr "a") (repr 1) (repr nil) (hash 5) (hash true)]   ;=> ["'a'" "1" "None" 5 1]
(hash [])                                               ;=! TypeError: unhashable type: 'list'
