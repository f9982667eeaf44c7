; Section 2, sentence by sentence: comparisons, arithmetic, pairs from both sides, recursion through everything.

(import types :refer [SimpleNamespace] numpy :as np decimal :refer [Decimal] datetime :refer [date timedelta] functools)
(=)                                     ;=! TypeError
(= 1)                                   ;=> true
(!= 1)                                  ;=> true
(< 1)                                   ;=> true
(= [1 2] '(1 2) [1 2])                  ;=> true
(= '(1 2) #[1 2])                       ;=> false
(= '(1 2) [1 2] )                       ;=> true
(= [1 2] '(1 2))                        ;=> true
(= '(1 [2 (3)]) '(1 [2 [3]]))           ;=> true
(!= '(1 2) [1 2])                       ;=> false
(= '(1) [1 2])                          ;=> false
(= {:a '(1)} {:a [1]})                  ;=> true
(.tolist (= (np.array [1 2]) 1))        ;=> [true false]
(.tolist (< (np.array [1 2]) 2))        ;=> [true false]
(< 1 2 3)                               ;=> true
(< 1 3 2)                               ;=> false
(not= 1 2)                              ;=> true
(== 1 1.0)                              ;=> true
(identical? 1 1)                        ;=> true
(identical? 1 1.0)                      ;=> false
(identical? 1 true)                     ;=> false
(identical? 100000000000000000000 100000000000000000000)         ;=> true
(identical? [] [])                      ;=> false
(identical? "a" "a")                    ;=> true
(let [x nan] (identical? x x))          ;=> true
(+)                                     ;=> 0
(*)                                     ;=> 1
(-)                                     ;=! TypeError
(/)                                     ;=! TypeError
(- 5)                                   ;=> -5
(/ 4)                                   ;=> 0.25
(/ 8 2 2)                               ;=> 2.0
(- 10 1 2)                              ;=> 7
(+ 1)                                   ;=> 1
(+ "a")                                 ;=> "a"
(+ "a" "b" "c")                         ;=> "abc"
(+ [1] [2] [3])                         ;=> [1 2 3]
(* "ab" 2)                              ;=> "abab"
(- #{1 2} #{2})                         ;=> #{1}
(- (date 2024 1 2) (date 2024 1 1))
(= (timedelta :days 1) (- (date 2024 1 2) (date 2024 1 1)))     ;=> true
(+ (Decimal "0.1") (Decimal "0.2") )    ;=> Decimal('0.3')
(/ 7 2)                                 ;=> 3.5
(/ 6 2)                                 ;=> 3.0
(// 7 2)                                ;=> 3
(// -7 2)                               ;=> -4
(% -7 2)                                ;=> 1
(** 2 100)                              ;=> 1267650600228229401496703205376
(** 2 -1)                               ;=> 0.5
(** 2 3 2)                              ;=! TypeError
(// 7 2 2)
(% 7)                                   ;=! TypeError
(bit-and 12 10)                         ;=> 8
(bit-or 12 10)                          ;=> 14
(bit-xor 12 10)                         ;=> 6
(bit-not 5)                             ;=> -6
(bit-shift-left 1 70)                   ;=> 1180591620717411303424
(bit-shift-right 8 2)                   ;=> 2
(bit-and 7 6 4)                         ;=> 4
(.tolist (bit-and (np.array [true false]) (np.array [true true])))      ;=> [true false]
(.tolist (bit-not (np.array [true false])))     ;=> [false true]
(bit-or #{1} #{2})                      ;=> #{1 2}
(bit-or {:a 1} {:b 2})                  ;=> {:a 1 :b 2}
(.tolist (matmul (np.eye 2) (np.eye 2)))        ;=> [[1.0 0.0] [0.0 1.0]]
(defn area [w h] (* w h))
(area :w 2 :h)                          ;=! TypeError
(area 1 :h 2)                           ;=! TypeError: declares no &key
(.get {:a 1} :a 0)                      ;=! TypeError: quote
(defn multi ([a] [:one a]) ([a b] [:two a b]))
(def py (.eval ($py "builtins") "lambda f, *a, **k: f(*a, **k)" {}))
(py multi)                              ;=! TypeError
(py multi 1 2)                          ;=> [:two 1 2]
(py multi #** {"a" 1 "b" 2})            ;=> [:two 1 2]
(py multi #** {"a" 1})                  ;=> [:one 1]
(py (fn [a-b] a-b) #** {"a_b" 1})       ;=> 1
(py (fn [a &opt (b 2)] [a b]) #** {"b" 5 "a" 1})        ;=> [1 5]
(py (fn [a & rest] [a rest]) 1 2 3)     ;=> [1 [2 3]]
((functools.partial area 2) :h 3) ;=> 6
((functools.partial dict :a 1) :b 3)    ;=> {"a" 1 "b" 3}
(defn deco [f] ((functools.wraps f) (fn [& a &kwargs k] [a k])))
(defn [deco] decorated [x] x)
(decorated 1 :x 2)                      ;=> [[1] {"x" 2}]
(list :a :b 1 :c)                       ;=> (:a :b 1 :c)
(dict #** {:a-b 1})                     ;=> {"a_b" 1}
(dict #** {"a-b" 1})                    ;=> {"a-b" 1}
(apply dict :k 1 #** {:a-b 2} [])
(apply max 1 [5 2])                     ;=> 5
(apply sorted [[2 1]] :key (fn [x] x))  ;=> [1 2]
(defn deep-try [n] (try (deep-try (inc n)) (catch ValueError e 1)))
(deep-try 0)                            ;=! RecursionError
(defn deep-with [n] (with [x (contextlib.nullcontext)] (deep-with (inc n))))
(import contextlib)
(deep-with 0)                           ;=! RecursionError
(defn deep-fin [n] (try (if (= n 0) :end (deep-fin (dec n))) (finally n)))
(deep-fin 5000)                         ;=> :end
(defclass Deep [] (defn __getitem__ [self k] (. self [(inc k)])))
(. (Deep) [1])                          ;=! RecursionError
(defclass DeepEq [] (defn __eq__ [self o] (= o self)))
(= (DeepEq) (DeepEq))                   ;=! RecursionError
(defclass DeepStr [] (defn __str__ [self] (str self)))
(str (DeepStr))                         ;=! RecursionError
(defclass DeepAttr [] (defn __getattr__ [self n] (getattr self (+ n "x"))))
(. (DeepAttr) y)                        ;=! RecursionError
(sorted [1 2] :key (fn f [x] (sorted [1 2] :key f)))    ;=! RecursionError
(defclass DeepIter [] (defn __iter__ [self] (iter (DeepIter))))
(vec (DeepIter))                        ;=! RecursionError
(defclass DeepHash [] (defn __hash__ [self] (hash (DeepHash))))
(hash (DeepHash))                       ;=! RecursionError
(defclass DeepNew [] (defn __new__ [cls] (cls)))
(DeepNew)                               ;=! RecursionError
(defclass DeepInit [] (defn __init__ [self] (DeepInit)))
(DeepInit)                              ;=! RecursionError
(defclass DeepCall [] (defn __call__ [self] (inc (self))))
((DeepCall))                            ;=! RecursionError
(defn gen-deep [n] (yield-from (gen-deep (inc n))))
(vec (gen-deep 0))                      ;=! RecursionError
(defn-async co-deep [n] (await (co-deep (inc n))))
(await (co-deep 0))                     ;=! RecursionError
(defn lazy-deep [n] (map inc (lazy-deep (inc n))))
(lazy-deep 0)                           ;=! RecursionError
(let [x (reduce (fn [a _] (map inc a)) (iterate inc 0) (range 30000))] (first x))      ;=! RecursionError
(defmacro deep-mac [n] `(deep-mac ,(inc n)))
(deep-mac 0)                            ;=! CompileError
(defn deep-format [] (fmt "{}" (DeepStr)))
(deep-format)                           ;=! RecursionError
(defclass DeepDel [] (defn __del__ [self] (DeepDel)))
(let [x [1]] (+ (do (set! x [2]) 1) (first x)))         ;=> 3

; a keyword twice: plain values stay, a keyword argument is refused
(list :a 1 :a 2)                        ;=> (:a 1 :a 2)
(def holder (SimpleNamespace :f list :d dict :g (fn [& xs] xs) :k (fn [&kwargs m] m)))
[(holder.f :a 1 :a 2) (.f holder :a 1 :a 2) (. holder (g :a 1 :a 2 :a 3))]      ;=> [(:a 1 :a 2) (:a 1 :a 2) [:a 1 :a 2 :a 3]]
(dict :a 1 :a 2)                        ;=! TypeError 1:1: 'a'
(holder.d :a 1 :a 2)                    ;=! TypeError: 'a'
(. holder (d :a 1 :a 2))                ;=! TypeError: 'a'
(.d holder :b 1 :a 1 :a 2)              ;=! TypeError: 'a'
(holder.k :a 1 :a 2)                    ;=! TypeError: 'a'
(holder.k :a-b 1 :a_b 2)                ;=! TypeError: 'a_b'
((fn [&key a] a) :a 1 :a 2)             ;=! TypeError: 'a'
(holder.k :a 1 :b 2)                    ;=> {"a" 1 "b" 2}
(let [seen []] (try (holder.k :a (do (.append seen 1) 1) :a (do (.append seen 2) 2)) (catch TypeError e seen)))         ;=> [1 2]
