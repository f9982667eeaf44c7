; Section 2, Evaluation.

; names: lexical, module, core, builtins
(def level :module)
level                                   ;=> :module
(let [level :local] level)              ;=> :local
((fn [level] level) :parameter)         ;=> :parameter
(len [1 2])                             ;=> 2
(sorted [3 1 2])                        ;=> [1 2 3]
(isinstance (ValueError "x") Exception) ;=> true
(ord "a")                               ;=> 97
(def len (fn [x] :mine))
(len [1 2])                             ;=> :mine
(del! len)                              ;=> nil
(len [1 2])                             ;=> 2
(def inc (fn [x] :mine))
(inc 1)                                 ;=> :mine
(core/inc 1)                            ;=> 2
(del! inc)
(inc 1)                                 ;=> 2
(defn calls-later [] (defined-later 1))
(calls-later)                           ;=! NameError: defined-later
(defn defined-later [x] [:later x])
(calls-later)                           ;=> [:later 1]
nowhere                                 ;=! NameError 1:1: nowhere
(inc nowhere)                           ;=! NameError 1:6: nowhere
(let [f (fn [] nowhere)] (f))           ;=! NameError 1:16: nowhere
(cuont [1])                             ;=! NameError 1:2: cuont

; calls: operands from left to right, then the call
(def log [])
(defn note [x] (.append log x) x)
(defn noted [& xs] xs)
(noted (note 1) (note 2) (note 3))      ;=> [1 2 3]
log                                     ;=> [1 2 3]
[(note :a) (note :b)]                   ;=> [:a :b]
(set! log [])
{(note 1) (note 2) (note 3) (note 4)}   ;=> {1 2 3 4}
log                                     ;=> [1 2 3 4]
(set! log [])
(+ (note 1) (* (note 2) (note 3)))      ;=> 7
log                                     ;=> [1 2 3]
(1 2)                                   ;=! CompileError 1:2: int
("f" 2)                                 ;=! CompileError 1:2: str
(let [f "f"] (f 2))                     ;=! TypeError: str
(nil)                                   ;=! CompileError 1:2
(let [f nil] (f))                       ;=! TypeError
([1 2] 0)                               ;=! TypeError: list

; keyword arguments
(defn with-key [a &key (b 2) c] [a b c])
(with-key 1)                            ;=> [1 2 nil]
(with-key 1 :b 5)                       ;=> [1 5 nil]
(with-key 1 :c 3 :b 5)                  ;=> [1 5 3]
(with-key :b)                           ;=> [:b 2 nil]
(with-key ':b)                          ;=> [:b 2 nil]
(with-key :a 1)                         ;=> [1 2 nil]
(with-key 1 :d 4)                       ;=! TypeError: d
(defn no-key [a b c] [a b c])
(no-key :x 1 2)                         ;=> [:x 1 2]
(no-key 1 :x 2)                         ;=> [1 :x 2]
(no-key 1 2 :x)                         ;=> [1 2 :x]
(defn gather [& xs] xs)
(gather :a 1 :b 2)                      ;=> [:a 1 :b 2]
(gather 1 :a (+ 1 1) 3)                 ;=> [1 :a 2 3]
(gather :a :b :c)                       ;=> [:a :b :c]
(assoc {} :a 1)                         ;=> {:a 1}
(assoc {} :a 1 :b 2)                    ;=> {:a 1 :b 2}
(list :a :b 1)                          ;=> (:a :b 1)
(let [f list] (f :a 1))                 ;=> (:a 1)
(str :a 1)                              ;=> "a1"
(vector :a 1)                           ;=> [:a 1]
(get {:a 1} :a 5)                       ;=> 1
(get {:a 1} :b 5)                       ;=> 5
(dict :a 1 :b 2)                        ;=> {"a" 1 "b" 2}
(sorted [1 3 2] :reverse true)          ;=> [3 2 1]
(sorted ["bb" "a"] :key len)            ;=> ["a" "bb"]
(int "ff" :base 16)                     ;=> 255
(max [1 2 3] :key (fn [x] (- x)))       ;=> 1
(.get {:a 1} ':a 0)                     ;=> 1
(.get {:a 1} :a)                        ;=> 1
(.get {:a 1} :a 0)                      ;=! TypeError: keyword
(defn area [w h] (* w h))
(area 3 :h 4)                           ;=! TypeError: area
((. ($py "functools") (partial no-key 1)) :b 2 :c 3)    ;=> [1 2 3]
(defclass Method [] (defn take [self a b] [a b]))
(.take (Method) :x 1)                   ;=> [:x 1]
((. (Method) take) :x 1)                ;=> [:x 1]
(defclass Init [] (defn __init__ [self a &opt b] (set! self.a a) (set! self.b b)))
(. (Init 1 :b 2) b)                     ;=> 2
(let [k :b] (gather k 1))               ;=> [:b 1]
(defn both [a & xs &key k] [a xs k])
(both 1 2 3 :k 4)                       ;=> [1 [2 3] 4]
(both :k 4 1 2)                         ;=> [1 [2] 4]
(defn kwargs-only [&kwargs kw] kw)
(kwargs-only :x 1 :y-z 2)               ;=> {"x" 1 "y_z" 2}
(kwargs-only :x 1 :x 2)                 ;=! TypeError: x

; functions that pass pairs on
(apply dict :a 1 [])                    ;=> {"a" 1}
(apply sorted [[3 1 2]] :reverse true)  ;=> [3 2 1]
((partial sorted :reverse true) [1 3 2])        ;=> [3 2 1]
((partial gather :a 1) 2)               ;=> [:a 1 2]
((partial int :base 2) "101")           ;=> 5
((comp list sorted) [1 3 2] :reverse true)      ;=> ([3 2 1])
((juxt sorted) [1 3 2] :reverse true)   ;=> [[3 2 1]]
((complement sorted) [] :reverse true)  ;=> false
((memoize sorted) #[1 3 2] :reverse true)       ;=> [3 2 1]
(trampoline sorted [1 3 2] :reverse true)       ;=> [3 2 1]
(update {:a [1 3 2]} :a sorted :reverse true)   ;=> {:a [3 2 1]}
(update-in {:a {:b [1 3 2]}} [:a :b] sorted :reverse true)      ;=> {:a {:b [3 2 1]}}
(let [a (atom [1 3 2])] (swap! a sorted :reverse true))         ;=> [3 2 1]
(let [m {:a [1 3 2]}] (update! (get m :a) sorted :reverse true) m)      ;=> {:a [3 2 1]}
(update {} :a (fn [old k v] [old k v]) :x 1)    ;=> {:a [nil :x 1]}
((comp gather) :a 1)                    ;=> [:a 1]
(apply assoc {} :a-b [1])               ;=> {:a-b 1}
(apply update {:n 1} :n + [5 10])       ;=> {:n 16}
(apply str [:a 1])                      ;=> "a1"
(apply gather :x [1 :y 2])              ;=> [:x 1 :y 2]
(let [a (atom {:n 1})] (swap! a update :n + 5) @a)      ;=> {:n 6}
(let [a (atom {})] (swap! a assoc :first-name "x" :b 2) @a)     ;=> {:first-name "x" :b 2}
((partial assoc {} :first-name) 1)      ;=> {:first-name 1}
((partial assoc {}) :first-name 1)      ;=> {:first-name 1}

; pairs through paths and methods, to functions that pass them on
(defn keyed [&key (a 1) b] [a b])
(defn pass-on [f &forward xs] (apply f xs))
(defclass PassOn [] (defn m [self &forward xs] (apply keyed xs)) (defn n [self f &forward xs] (apply f xs)))
(import types :refer [SimpleNamespace])
(def paths (SimpleNamespace :f pass-on :k (PassOn)))
(def outer-paths (SimpleNamespace :p paths))
(paths.f keyed :a 2 :b 3)               ;=> [2 3]
(outer-paths.p.f keyed :a 2 :b 3)       ;=> [2 3]
(. outer-paths p (f keyed :b 3))        ;=> [1 3]
((. paths f) keyed :a 2 :b 3)           ;=> [2 3]
(-> paths (.f keyed :a 2 :b 3))         ;=> [2 3]
(.m (PassOn) :a 2 :b 3)                 ;=> [2 3]
(paths.k.m :a 2 :b 3)                   ;=> [2 3]
(paths.k.n keyed :a 2 :b 3)             ;=> [2 3]
(paths.k.n #* [keyed] :a 2 :b 3)        ;=> [2 3]
(let [m paths.k.m] (m :a 2 :b 3))       ;=> [2 3]
(let [n paths.k.n] (n keyed :a 2 :b 3)) ;=> [2 3]
((partial paths.f keyed :a 5) :b 6)     ;=> [5 6]
(paths.f gather :a 2 :b)                ;=> [:a 2 :b]
(map keyword? (paths.f gather :a 2 ':b :c))     ;=> [true false true true]
(let [f (fn [] (paths.k.n keyed :a 2 :b 3))] (f))       ;=> [2 3]
(map (fn [x] (identical? x :a)) (paths.f gather :a 2))  ;=> [true false]
(paths.f :a 2)                          ;=! TypeError

; from Python any parameter can be passed by name
(def py-call (.eval ($py "builtins") "lambda f, **kw: f(**kw)" {}))
(py-call no-key :a 1 :b 2 :c 3)         ;=> [1 2 3]
(py-call area :w 2 :h 3)                ;=> 6

; splats
(gather #* [1 2] 3 #* #[4])             ;=> [1 2 3 4]
(gather #* nil)                         ;=> []
(gather #* (range 3))                   ;=> [0 1 2]
(with-key 1 #** {:b 7})                 ;=> [1 7 nil]
(with-key #* [1] #** {"b" 7 :c 8})      ;=> [1 7 8]
(dict #** {:a-b 1 "c-d" 2})             ;=> {"a_b" 1 "c-d" 2}
(apply + 1 2 [3 4])                     ;=> 10
(apply gather [1 2])                    ;=> [1 2]
(apply gather 1 [])                     ;=> [1]
(apply with-key [1] :b 3)               ;=> [1 3 nil]
(apply + nil)                           ;=> 0
[1 #* [2 3] 4]                          ;=> [1 2 3 4]
(max #* [1 5 3])                        ;=> 5

(apply sorted [[3 1 2]] #** {:reverse true})    ;=> [3 2 1]
(apply dict :k 1 [] #** {:a-b 2})       ;=> {"k" 1 "a_b" 2}
((partial sorted #** {:reverse true}) [1 3])    ;=> [3 1]
(let [a (atom [1 3 2])] (swap! a sorted #** {:reverse true}))   ;=> [3 2 1]
((fn [f &forward xs] (apply f xs)) sorted [1 2] #** {"reverse" true})   ;=> [2 1]
(apply max [1] #** {1 2})               ;=! TypeError

; tail calls never grow the stack
(defn count-down [n] (if (= n 0) :done (count-down (- n 1))))
(count-down 300000)                     ;=> :done
(defn ping [n] (if (= n 0) :ping (pong (- n 1))))
(defn pong [n] (if (= n 0) :pong (ping (- n 1))))
(ping 300001)                           ;=> :pong
(defn tail-cond [n] (cond (= n 0) :done else (tail-cond (- n 1))))
(tail-cond 200000)                      ;=> :done
(defn tail-and [n] (and true (or false (if (= n 0) :done (tail-and (- n 1))))))
(tail-and 200000)                       ;=> :done
(defn tail-let [n] (let [m (- n 1)] (when true (do (if (< m 0) :done (tail-let m))))))
(tail-let 200000)                       ;=> :done
(defn tail-match [n] (match n 0 :done _ (tail-match (- n 1))))
(tail-match 200000)                     ;=> :done
(defn tail-case [n] (case n 0 :done (tail-case (- n 1))))
(tail-case 200000)                      ;=> :done

; other recursion: at least 100,000 frames, then RecursionError
(defn depth [n] (if (= n 0) 0 (+ 1 (depth (- n 1)))))
(depth 99000)                           ;=> 99000
(defn endless [n] (+ 1 (endless n)))
(endless 1)                             ;=! RecursionError
(depth 50000)                           ;=> 50000
(defn through-map [n] (if (= n 0) 0 (first (builtins.list (builtins.map (fn [x] (through-map (- x 1))) [n])))))
(through-map 100)                       ;=> 0
(through-map 1000000)                   ;=! RecursionError
(defn through-sorted [n] (sorted [1 2] :key (fn [x] (through-sorted n))))
(through-sorted 1)                      ;=! RecursionError
(defclass Bottomless [] (defn __getitem__ [self k] (. self [k])))
(. (Bottomless) [0])                    ;=! RecursionError
(defn in-try [n] (try (in-try (+ n 1)) (catch KeyError e n)))
(in-try 0)                              ;=! RecursionError
:alive                                  ;=> :alive

; integers never overflow
(+ 9223372036854775807 1)               ;=> 9223372036854775808
(- -9223372036854775808 1)              ;=> -9223372036854775809
(* 4611686018427387904 2)               ;=> 9223372036854775808
(- 9223372036854775808 1)               ;=> 9223372036854775807
(- (- -9223372036854775808))            ;=> -9223372036854775808
(* 3037000500 3037000500)               ;=> 9223372037000250000
(// -9223372036854775808 -1)            ;=> 9223372036854775808
(** 2 64)                               ;=> 18446744073709551616
(inc 9223372036854775807)               ;=> 9223372036854775808
(dec -9223372036854775808)              ;=> -9223372036854775809
(bit-shift-left 1 64)                   ;=> 18446744073709551616
(abs -9223372036854775808)              ;=> 9223372036854775808
(type (- (+ 9223372036854775807 1) 1))  ;=> <class 'int'>
(let [f 1] (dotimes [i 25] (set! f (* f (inc i)))) f)   ;=> 15511210043330985984000000

; arithmetic
(/ 1 2)                                 ;=> 0.5
(/ 4 2)                                 ;=> 2.0
(// 7 2)                                ;=> 3
(// -7 2)                               ;=> -4
(% 7 3)                                 ;=> 1
(% -7 3)                                ;=> 2
(% 7 -3)                                ;=> -2
(** 2 10)                               ;=> 1024
(** 2 -1)                               ;=> 0.5
(+)                                     ;=> 0
(*)                                     ;=> 1
(+ 5)                                   ;=> 5
(* 5)                                   ;=> 5
(- 5)                                   ;=> -5
(/ 4)                                   ;=> 0.25
(+ 1 2 3 4)                             ;=> 10
(- 10 1 2)                              ;=> 7
(* 2 3 4)                               ;=> 24
(/ 12 2 3)                              ;=> 2.0
(-)                                     ;=! TypeError
(/)                                     ;=! TypeError
(+ 1 2.5)                               ;=> 3.5
(+ true true)                           ;=> 2
(/ 1 0)                                 ;=! ZeroDivisionError 1:1: division by zero
(// 1 0)                                ;=! ZeroDivisionError
(% 1 0)                                 ;=! ZeroDivisionError
(/ 1.0 0)                               ;=! ZeroDivisionError
(+ "a" "b")                             ;=> "ab"
(+ [1] [2])                             ;=> [1 2]
(* "ab" 3)                              ;=> "ababab"
(* [0] 3)                               ;=> [0 0 0]
(% "%d-%s" #[1 "x"])                    ;=> "1-x"
(+ 1 "a")                               ;=! TypeError 1:1
(+ nil 1)                               ;=! TypeError
(- #{1 2} #{2})                         ;=> #{1}
(- (. ($py "datetime") (date 2024 1 10)) (. ($py "datetime") (date 2024 1 1)))  ;=> datetime.timedelta(days=9)
(+ (. ($py "decimal") (Decimal "0.1")) (. ($py "decimal") (Decimal "0.2")))     ;=> Decimal('0.3')
(+ 1 (. ($py "fractions") (Fraction 1 3)))      ;=> Fraction(4, 3)
(import numpy :as np)
(+ (np.array [1 2]) 1)                  ;=> array([2, 3])
(.tolist (* 2 (np.array [1 2])))        ;=> [2 4]
(.tolist (** (np.array [1 2 3]) 2))     ;=> [1 4 9]
(type (+ (np.float64 1) 1))             ;=> <class 'numpy.float64'>
(+ 1 2j)                                ;=> 1+2j
(let [add +] (add 1 2 3))               ;=> 6
(reduce * [1 2 3 4])                    ;=> 24
(apply - [10 1 2])                      ;=> 7
(map - [1 2])                           ;=> [-1 -2]

; comparison
(= 1 1.0)                               ;=> true
(= 1 true)                              ;=> true
(= 1)                                   ;=> true
(< 1)                                   ;=> true
(!= 1)                                  ;=> true
(<)                                     ;=! TypeError
(< 1 2 3)                               ;=> true
(< 1 3 2)                               ;=> false
(<= 1 1 2)                              ;=> true
(> 3 2 1)                               ;=> true
(>= 3 3 1)                              ;=> true
(= 1 1 1)                               ;=> true
(= 1 1 2)                               ;=> false
(!= 1 2)                                ;=> true
(not= 1 2)                              ;=> true
(not= 1 1)                              ;=> false
(== 1 1)                                ;=> true
(< 1 2.5)                               ;=> true
(< "a" "b")                             ;=> true
(< 1 "a")                               ;=! TypeError
(= [1 2] [1 2])                         ;=> true
(= [1 2] #[1 2])                        ;=> false
(= '(1 2) [1 2])                        ;=> true
(= [1 2] '(1 2))                        ;=> true
(= '(1 2) '(1 2))                       ;=> true
(= '(1 2) '(1 3))                       ;=> false
(= () [])                               ;=> true
(= {:a 1} {"a" 1})                      ;=> true
(= nil false)                           ;=> false
(= nan nan)                             ;=> false
(= 9007199254740993 9007199254740992.0) ;=> false
(< 9007199254740992 9007199254740993.0) ;=> false
(identical? nil nil)                    ;=> true
(identical? 1 1)                        ;=> true
(identical? 1 1.0)                      ;=> false
(identical? 1 true)                     ;=> false
(identical? 1.5 1.5)                    ;=> true
(identical? [] [])                      ;=> false
(let [x []] (identical? x x))           ;=> true
(= (np.array [1 2]) (np.array [1 3]))   ;=> array([ True, False])
(< (np.array [1 2]) 2)                  ;=> array([ True, False])
(let [lt <] (lt 1 2 3))                 ;=> true

; bits
(bit-and 12 10)                         ;=> 8
(bit-or 12 10)                          ;=> 14
(bit-xor 12 10)                         ;=> 6
(bit-not 5)                             ;=> -6
(bit-shift-left 1 10)                   ;=> 1024
(bit-shift-right 1024 3)                ;=> 128
(bit-shift-right -1 1)                  ;=> -1
(bit-and 1.5 1)                         ;=! TypeError
(bit-or #{1} #{2})                      ;=> #{1 2}
(.tolist (bit-and (np.array [true false]) (np.array [true true])))      ;=> [true false]
(.tolist (bit-not (np.array [true false])))     ;=> [false true]
(.tolist (matmul (np.array [[1 2] [3 4]]) (np.array [1 1])))    ;=> [3 7]

; A pair is what was written as one: a keyword that a variable holds, or that is quoted, stays a value on every way.
(defn takes-all [a & more &kwargs named] [a more named])
(def held :z)
(takes-all 1 held 2)                    ;=> [1 [:z 2] {}]
(apply takes-all held [2])              ;=> [:z [2] {}]
(apply takes-all held 2 [])             ;=> [:z [2] {}]
(apply takes-all 1 ':z [2])             ;=> [1 [:z 2] {}]
(apply takes-all 1 [held 2])            ;=> [1 [:z 2] {}]
(apply takes-all 1 [2] :z 3)            ;=> [1 [2] {"z" 3}]
((partial takes-all held) 2)            ;=> [:z [2] {}]
((partial takes-all 1) held 2)          ;=> [1 [:z 2] {}]
((partial takes-all :z 2) 1)            ;=> [1 [] {"z" 2}]
((partial takes-all 1) :z 2)            ;=> [1 [] {"z" 2}]
((partial list 1 :a 2) :b 3)            ;=> (1 :a 2 :b 3)
((comp takes-all) 1 held 2)             ;=> [1 [:z 2] {}]
((comp identity takes-all) 1 held 2)    ;=> [1 [:z 2] {}]
((comp identity takes-all) 1 :z 2)      ;=> [1 [] {"z" 2}]
((memoize takes-all) 1 held 2)          ;=> [1 [:z 2] {}]
(let [f (memoize takes-all)] [(f 1 :z 2) (f 1 held 2) (f 1 :z 2)])     ;=> [[1 [] {"z" 2}] [1 [:z 2] {}] [1 [] {"z" 2}]]
((juxt takes-all) 1 held 2)             ;=> [[1 [:z 2] {}]]
((juxt takes-all list) 1 :z 2)          ;=> [[1 [] {"z" 2}] (1 :z 2)]
;; every number of operands, with pairs and with keywords that are values
(def made [(partial takes-all 0) (partial takes-all 0 1) (partial takes-all 0 held) (partial takes-all 0 1 2) (comp takes-all) (comp identity takes-all) (comp identity identity takes-all) (comp first (juxt takes-all)) (memoize takes-all)])
(= #{1} (set (for [f made] (count (set (map repr [(f 1 held 2) (apply f [1 held 2]) (f 1 ':z 2) (f 1 #* [held 2])])))))) ;=> true
(map #(% 1) made)                       ;=> [[0 [1] {}] [0 [1 1] {}] [0 [:z 1] {}] [0 [1 2 1] {}] [1 [] {}] [1 [] {}] [1 [] {}] [1 [] {}] [1 [] {}]]
(map #(% held 2) made)                  ;=> [[0 [:z 2] {}] [0 [1 :z 2] {}] [0 [:z :z 2] {}] [0 [1 2 :z 2] {}] [:z [2] {}] [:z [2] {}] [:z [2] {}] [:z [2] {}] [:z [2] {}]]
(map #(% :z 2) (take 4 made))           ;=> [[0 [] {"z" 2}] [0 [1] {"z" 2}] [0 [:z] {"z" 2}] [0 [1 2] {"z" 2}]]
(map #(% 1 :z 2) made)                  ;=> [[0 [1] {"z" 2}] [0 [1 1] {"z" 2}] [0 [:z 1] {"z" 2}] [0 [1 2 1] {"z" 2}] [1 [] {"z" 2}] [1 [] {"z" 2}] [1 [] {"z" 2}] [1 [] {"z" 2}] [1 [] {"z" 2}]]
(map #(%) (take 4 made))                ;=> [[0 [] {}] [0 [1] {}] [0 [:z] {}] [0 [1 2] {}]]
[((partial takes-all :z 2) 1 3) ((partial takes-all)  1 :z 2) ((partial takes-all 1 :z 2)) ((partial takes-all 1 :z 2) 3)]     ;=> [[1 [3] {"z" 2}] [1 [] {"z" 2}] [1 [] {"z" 2}] [1 [3] {"z" 2}]]
[((complement takes-all) 1) ((complement =) 1 2) ((complement <) 1 3 2)]       ;=> [false true true]
((partial inc 1) 2)                     ;=! TypeError: inc
((comp inc inc) 1 2)                    ;=! TypeError: inc
(defn by-count ([x] [:one x]) ([x y] [:two x y]) ([&forward more] (apply takes-all 0 more)))
[(by-count 1) (by-count :z) (by-count held 2) (by-count 1 2) (apply by-count ':z [2])]     ;=> [[:one 1] [:one :z] [:two :z 2] [:two 1 2] [:two :z 2]]
[(by-count :z 2) (apply by-count :z 2 []) (by-count 1 :z 2)]   ;=> [[0 [] {"z" 2}] [0 [] {"z" 2}] [0 [1] {"z" 2}]]
(defn wants-two ([x y] [x y]) ([x y &forward more] (apply takes-all x y more)))
[(wants-two :z 2) (identical? :z (first (wants-two :z 2))) (wants-two 1 :z 2)]    ;=> [[:z 2] true [1 [:z 2] {}]]
(let [[x more named] (wants-two :y 2 :z 3)] [x (identical? x :y) more named])    ;=> [:y true [2] {"z" 3}]
(.__call__ by-count 1 :z 2)             ;=! TypeError: unexpected keyword argument 'z'; by-count declares no &key
(swap! (atom 0) takes-all held 2)       ;=> [0 [:z 2] {}]
(swap! (atom 0) takes-all ':z 2)        ;=> [0 [:z 2] {}]
(swap! (atom 0) takes-all :z 2)         ;=> [0 [] {"z" 2}]
(let [a (atom {})] (swap! a assoc :k 1) (identical? :k (first (keys @a))))  ;=> true
(update {:x 1} :x takes-all held 2)     ;=> {:x [1 [:z 2] {}]}
(update {:x 1} :x takes-all :z 2)       ;=> {:x [1 [] {"z" 2}]}
(update-in {:x {:y 1}} [:x :y] takes-all held 2)    ;=> {:x {:y [1 [:z 2] {}]}}
(update-in {:x {:y 1}} [:x :y] takes-all :z 2)      ;=> {:x {:y [1 [] {"z" 2}]}}
(trampoline takes-all 1 held 2)         ;=> [1 [:z 2] {}]
((complement (fn [&kwargs named] (empty? named))) :z 2)     ;=> true
(swap! (atom {:x 1}) update :x takes-all :z 2)      ;=> {:x [1 [] {"z" 2}]}
(swap! (atom {:x 1}) update :x takes-all held 2)    ;=> {:x [1 [:z 2] {}]}
(((partial partial takes-all) :z 2) 5)  ;=> [5 [] {"z" 2}]
(let [d {:a 1}] (apply d.get held [0])) ;=> 0
(let [d {:z 1}] ((partial d.get held) 0))           ;=> 1
(defn passes [f &forward xs] (apply f xs))
(passes takes-all 1 :z 2)               ;=> [1 [] {"z" 2}]
(passes takes-all 1 held 2)             ;=> [1 [:z 2] {}]
(passes list 1 :z 2)                    ;=> (1 :z 2)
(identical? :z (nth (passes list 1 :z 2) 1))        ;=> true
(defmacro keyed [a &key (b 2)] [a b])
[(keyed 1) (keyed 1 :b 3)]              ;=> [[1 2] [1 3]]

; A pair beside a splat keeps its place.
(list #* [1] :a 2 #* [3])               ;=> (1 :a 2 3)
(assoc #* [{}] :a 1)                    ;=> {:a 1}
(sorted #* [[1 2]] :reverse true)       ;=> [2 1]
(takes-all #* [1] :z 2 #* [3])          ;=> [1 [3] {"z" 2}]
(takes-all #* [1 :z 2])                 ;=> [1 [:z 2] {}]
(passes #* [takes-all 1] :z 2)          ;=> [1 [] {"z" 2}]
(takes-all #* [1] :z 2 #** {"y" 3})     ;=> [1 [] {"z" 2 "y" 3}]
(takes-all #* [1] :z 2 :z 3)            ;=! TypeError: twice
(takes-all #* [1] :z 2 #** {"z" 3})     ;=! TypeError: twice
(sorted #* [[1 2]] #** {:reverse true}) ;=> [2 1]
(identical? :a (nth (list #* [] :a 1) 0))           ;=> true
(takes-all #* [1] :z)                   ;=> [1 [:z] {}]
(import pickle)
((pickle.loads (pickle.dumps (fn [] (list #* [1] :a 2)))))  ;=> (1 :a 2)
((pickle.loads (pickle.dumps (fn [] (sorted #* [[1 2]] :reverse true)))))   ;=> [2 1]
(((pickle.loads (pickle.dumps (fn [] (partial takes-all 1)))) ) :z 2)       ;=> [1 [] {"z" 2}]
(((pickle.loads (pickle.dumps (fn [f] (fn [&forward xs] (apply f xs))))) takes-all) 1 :z 2)   ;=> [1 [] {"z" 2}]
