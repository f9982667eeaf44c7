; Section 3, row by row: special forms and core macros.

; conditions
(if true 1 2)                           ;=> 1
(if nil 1 2)                            ;=> 2
(if nil 1)                              ;=> nil
(when true 1 2)                         ;=> 2
(when false 1)                          ;=> nil
(when true)                             ;=> nil
(when-not false 1 2)                    ;=> 2
(when-not 1 2)                          ;=> nil
(unless nil :a)                         ;=> :a
(unless 0 :a)                           ;=> nil
(cond)                                  ;=> nil
(cond false 1)                          ;=> nil
(cond nil 1 true 2)                     ;=> 2
(cond false 1 else 2)                   ;=> 2
(cond false 1 :else 2)                  ;=> 2
(cond 0 :zero else :other)              ;=> :zero
(let [else false] (cond nil 1 else 2))  ;=> nil
(case 2 1 :one 2 :two)                  ;=> :two
(case 3 1 :one [2 3] :some :none)       ;=> :some
(case 9 1 :one [2 3] :some :none)       ;=> :none
(case :b :a 1 :b 2)                     ;=> 2
(case "b" :b 1)                         ;=> 1
(case 'sym sym 1 2)                     ;=> 1
(case nil false 1 nil 2)                ;=> 2
(case 0 false 1 nil 2 3)                ;=> 3
(case 1 true :yes :no)                  ;=> :no
(case true 1 :one true :yes)            ;=> :yes
(case (+ 1 1) 2 :ok)                    ;=> :ok
(case 5 1 :one)                         ;=! ValueError: 5

; and, or, not
(and)                                   ;=> true
(and 1 2)                               ;=> 2
(and nil 2)                             ;=> nil
(and 1 false 2)                         ;=> false
(and 0 "")                              ;=> ""
(or)                                    ;=> nil
(or nil 2)                              ;=> 2
(or nil false)                          ;=> false
(or false nil)                          ;=> nil
(or 0 1)                                ;=> 0
(not nil)                               ;=> true
(not 0)                                 ;=> false
(let [n 0] (or (do (update! n inc) n) 5) n)     ;=> 1
(let [n 0] (and (do (update! n inc) nil) (update! n inc)) n)    ;=> 1

; do
(do)                                    ;=> nil
(do 1 2 3)                              ;=> 3
(begin 1 2)                             ;=> 2
(progn 1 2)                             ;=> 2
(do (defmacro made-in-do [] 42) (made-in-do))   ;=> 42

; let
(let [x 1 y (+ x 1)] (* x y))           ;=> 2
(let ((x 1) (y 2)) (+ x y))             ;=> 3
(let ((x 1) (y (+ x 1))) y)             ;=> 2
(let* [x 1 y x] y)                      ;=> 1
(let* ((x 1) (y x)) y)                  ;=> 1
(let1 x 1 (inc x))                      ;=> 2
(let [] 5)                              ;=> 5
(let [x 1])                             ;=> nil
(let () 5)                              ;=> 5
(let [x 1] 2 x)                         ;=> 1
(let [x 1 x (+ x 1) x (* x 10)] x)      ;=> 20
(let [x 1] (let [x 2] x) x)             ;=> 1
(let [[a b] [1 2] {c :c} {:c 3}] [a b c])       ;=> [1 2 3]
(let (([a b] [1 2])) b)                 ;=> 2
(let1 [a b] [1 2] (+ a b))              ;=> 3
(let [x 1 f (fn [] x) x 2] [(f) x])     ;=> [1 2]

; if-let and its family
(if-let [x 5] (inc x) :none)            ;=> 6
(if-let [x nil] x :none)                ;=> :none
(if-let [x false] x)                    ;=> nil
(if-let [x 0] x :none)                  ;=> 0
(if-let [[a b] [1 2]] (+ a b))          ;=> 3
(let [x 7] (if-let [x nil] x x))        ;=> 7
(when-let [x 1] x (inc x))              ;=> 2
(when-let [x nil] :never)               ;=> nil
(if-some [x false] [x] :none)           ;=> [false]
(when-some [x nil] :never)              ;=> nil
(if-not nil 1 2)                        ;=> 1
(when-first [x [5 6]] x)                ;=> 5
(when-first [x nil] :never)             ;=> nil

; fn, arities
((fn [a b] (+ a b)) 1 2)                ;=> 3
((fn named [n] (if (= n 0) :end (named (- n 1)))) 5)    ;=> :end
((fn "doc" [a] a) 1)                    ;=> 1
((fn [] "not a doc"))                   ;=> "not a doc"
((lambda (x) (* x x)) 3)                ;=> 9
((lambda [x] x) 3)                      ;=> 3
((fn []))                               ;=> nil
((fn ([a] [:one a]) ([a b] [:two a b])) 1)      ;=> [:one 1]
((fn ([a] [:one a]) ([a b] [:two a b])) 1 2)    ;=> [:two 1 2]
((fn ([a] :one) ([a b & more] [a b more])) 1 2 3 4)     ;=> [1 2 [3 4]]
((fn ([a] :one) ([a b] :two)) 1 2 3)    ;=! TypeError
((fn [a] a))                            ;=! TypeError
((fn [a] a) 1 2)                        ;=! TypeError
(let [n 0 f (fn [] (set! n (inc n)))] (f) (f) n)        ;=> 2
(let [fs (for [i [1 2 3]] (fn [] i))] (map (fn [f] (f)) fs))    ;=> [1 2 3]

; def and its kin
(def one 1)                             ;=> 1
one                                     ;=> 1
(def documented "the doc" 2)            ;=> 2
documented                              ;=> 2
(def just-text "text")                  ;=> "text"
(defn f1 [x] (* 2 x))
(f1 4)                                  ;=> 8
(callable (defn f2 [] nil))             ;=> true
(defn f3 "What f3 does." [x] x)
f3.__doc__                              ;=> "What f3 does."
f3.__name__                             ;=> "f3"
f3.__module__                           ;=> "conformance"
(defn f4 ([a] 1) ([a b] 2))
[(f4 0) (f4 0 0)]                       ;=> [1 2]
(defn f5 "doc" ([a] 1) ([a b] 2))
f5.__doc__                              ;=> "doc"
(defun half (x) (/ x 2))
(half 3)                                ;=> 1.5
(defun half-doc (x) "Halves." (/ x 2))
half-doc.__doc__                        ;=> "Halves."
(defn listy (a b) (+ a b))
(listy 1 2)                             ;=> 3
(defn- hidden [] :hidden)
(hidden)                                ;=> :hidden
(defn scoped [] (def inner 5) (defn helper [x] (+ x inner)) (helper 1))
(scoped)                                ;=> 6
inner                                   ;=! NameError
(defn local-import [] (import math) (math.floor 1.5))
(local-import)                          ;=> 1
(defn mutual [n] (defn ev [n] (if (= n 0) true (od (- n 1)))) (defn od [n] (if (= n 0) false (ev (- n 1)))) (ev n))
(mutual 10)                             ;=> true
(defn use-early [] (let [x early] (def early 1) x))
(use-early)                             ;=! NameError: early
(let [x 1] (def from-let (+ x 1)))      ;=> 2
from-let                                ;=> 2
(defn ignores [_ _ c] c)
(ignores 1 2 3)                         ;=> 3

; macros
(defmacro swap-args [form] `(,(first form) ,(nth form 2) ,(nth form 1)))
(swap-args (- 1 10))                    ;=> 9
(defmacro with-doc "Doc." [x] x)
(with-doc 5)                            ;=> 5
(callable (getattr (this-module) "with_doc"))            ;=> true
with-doc                                ;=! CompileError 1:1: is a macro
(defmacro my-or [a b] `(let [v# ,a] (if v# v# ,b)))
(let [v 5] (my-or nil v))               ;=> 5
(let [if 1 not 2] [if not])             ;=! CompileError
(defmacro uses-inc [x] `(inc ,x))
(let [inc dec] (uses-inc 1))            ;=> 2
(def base 100)
(defmacro plus-base [x] `(+ base ,x))
(let [base 1] (plus-base 1))            ;=> 101
(defmacro variadic [a & more] `[,a ,(count more)])
(variadic 1 2 3)                        ;=> [1 2]
(defmacro optional [a &opt (b 5)] `[,a ,b])
(optional 1)                            ;=> [1 5]
(optional 1 2)                          ;=> [1 2]
(defmacro capturing [x] `(let [y 1] ,x))
(capturing 1)                           ;=> 1
(def counter 0)
(defmacro bad-binder [x] `(let [counter 1] ,x))
(bad-binder 1)                          ;=! CompileError 1:1: counter#
(defmacro deliberately [x] `(let [,'it 5] ,x))
(deliberately (inc it))                 ;=> 6
(defmacro unless2 [c & body] `(if ,c nil (do ,@body)))
(unless2 false 1 2)                     ;=> 2
(defmacro nested [] ``(a ,,(+ 1 1)))
(let [if-let (fn [x] [:local x])] (if-let 1))           ;=> [:local 1]
(defn unless [x] [:mine x])
(unless 5)                              ;=> [:mine 5]
(core/unless false 5)                   ;=> 5
(del! unless)
(unless false 5)                        ;=> 5
(def time 3)
time                                    ;=> 3
(str-in-macro 1)                        ;=! NameError
(let [same# 1] same#)                   ;=> 1
(let [form `(a# a# b#)] [(= (nth form 0) (nth form 1)) (= (nth form 0) (nth form 2))])  ;=> [true false]
(= (first `(a#)) (first `(a#)))         ;=> false
(defmacro endless [] '(endless))
(endless)                               ;=! CompileError: endless
(defmacro fails [] (throw (ValueError "inside")))
(fails)                                 ;=! ValueError: inside
(swap-args)                             ;=! CompileError: swap-args
(do (defn twice2 [x] (* 2 x)) (defmacro call-twice [x] (twice2 x)) (call-twice 4))      ;=> 8

; set!, update!, del!
(let [x 1] (set! x 2) x)                ;=> 2
(let [x 1] (set! x 2))                  ;=> 2
(def g 1)
(set! g 5)                              ;=> 5
g                                       ;=> 5
(set! never-bound 1)                    ;=! NameError: never-bound
(import types :refer [SimpleNamespace])
(let [o (SimpleNamespace)] (set! (. o a) 1) o.a)        ;=> 1
(let [o (SimpleNamespace :a (SimpleNamespace))] (set! o.a.b 3) (. o a b))       ;=> 3
(let [o (SimpleNamespace)] (set! (. o a-b) 1) (vars o)) ;=> {"a_b" 1}
(let [x [1 2 3]] (set! (. x [1]) :b) x) ;=> [1 :b 3]
(let [x [1 2 3]] (set! (get x 0) :a) x) ;=> [:a 2 3]
(let [m {}] (set! (get m :k) 1) m)      ;=> {:k 1}
(let [m {:a {:b 1}}] (set! (. m [:a] [:b]) 2) m)        ;=> {:a {:b 2}}
(let [x [1 2 3 4]] (set! (. x [(: 1 3)]) [:z]) x)       ;=> [1 :z 4]
(let [x [1]] (set! (. x [5]) 0))        ;=! IndexError
(let [x 1] (update! x + 10 100))        ;=> 111
(let [x 1] (update! x inc) x)           ;=> 2
(let [m {:n 1}] (update! (get m :n) inc) m)     ;=> {:n 2}
(let [m {}] (update! (get m :n) (fnil inc 0)) m)        ;=> {:n 1}
(let [o (SimpleNamespace :n 1)] (update! o.n * 5) o.n)  ;=> 5
(let [n 0 m {:k 1}] (defn key [] (set! n (inc n)) :k) (update! (. m [(key)]) inc) [n m])        ;=> [1 {:k 2}]
(def h 5)
(del! h)                                ;=> nil
h                                       ;=! NameError
(let [m {:a 1 :b 2}] (del! (get m :a)) m)       ;=> {:b 2}
(let [x [1 2 3]] (del! (. x [0])) x)    ;=> [2 3]
(let [o (SimpleNamespace :a 1)] (del! o.a) (vars o))    ;=> {}
(del! never-bound)                      ;=! NameError
(let [x []] (doseq [i [1 2 3]] (let [old i] (set! i (* 10 i)) (.append x #[old i]))) x)     ;=> [#[1 10] #[2 20] #[3 30]]
(let [x []] (dotimes [i 3] (set! i (+ i 100)) (.append x i)) x) ;=> [100 101 102]

; loop and recur
(loop [x 0] (if (< x 5) (recur (+ x 1)) x))     ;=> 5
(loop [i 0 acc []] (if (< i 3) (recur (inc i) (conj acc i)) acc))       ;=> [0 1 2]
(loop [[a & more] [1 2 3] sum 0] (if (nil? a) sum (recur more (+ sum a))))      ;=> 6
((fn [n acc] (if (= n 0) acc (recur (- n 1) (* acc n)))) 5 1)   ;=> 120
(loop [i 0] (when (< i 3) (recur (inc i))))     ;=> nil
(loop [i 0] (cond (> i 5) i else (recur (+ i 2))))      ;=> 6
(loop [x 1 y x] y)                      ;=> 1
(let [fs []] (loop [i 0] (when (< i 3) (.append fs (fn [] i)) (recur (inc i)))) (map (fn [f] (f)) fs))     ;=> [0 1 2]
(loop [a 1 b 2] (if (> a 10) [a b] (recur b (+ a b))))  ;=> [13 21]
((fn [& xs] (if (empty? xs) :done (recur #* (rest xs)))) 1)     ;=! CompileError
(loop [] 5)                             ;=> 5
(loop [i 0] (+ 1 (recur i)))            ;=! CompileError: recur
(loop [i 0] (recur))                    ;=! CompileError: recur
(recur 1)                               ;=! CompileError: recur
(loop [i 0] (try (recur 1) (catch ValueError e 1)))     ;=! CompileError: recur

; while, dotimes, doseq, break, continue
(while false 1)                         ;=> nil
(let [n 0] (while (< n 3) (set! n (inc n))) n)  ;=> 3
(let [xs []] (dotimes [i 3] (.append xs i)) xs) ;=> [0 1 2]
(dotimes [i 0] (throw (ValueError)))    ;=> nil
(dotimes [i -1] (throw (ValueError)))   ;=> nil
(let [xs []] (doseq [x [1 2 3]] (.append xs x)) xs)     ;=> [1 2 3]
(doseq [x [1]] x)                       ;=> nil
(doseq [x nil] x)                       ;=> nil
(let [xs []] (doseq [x [1 2] y [:a :b]] (.append xs #[x y])) xs)        ;=> [#[1 :a] #[1 :b] #[2 :a] #[2 :b]]
(let [xs []] (doseq [x (range 10) :when (even? x) :let [y (* x x)] :while (< y 30)] (.append xs y)) xs)     ;=> [0 4 16]
(let [xs []] (doseq [[k v] (.items {:a 1})] (.append xs v)) xs) ;=> [1]
(let [n 0] (while true (set! n (inc n)) (if (= n 4) (break))) n)        ;=> 4
(let [xs []] (doseq [x (range 5)] (if (= x 2) (continue)) (.append xs x)) xs)   ;=> [0 1 3 4]
(let [xs []] (doseq [x (range 5)] (if (= x 2) (break)) (.append xs x)) xs)      ;=> [0 1]
(let [xs []] (dotimes [i 5] (if (= i 1) (continue)) (if (= i 3) (break)) (.append xs i)) xs)    ;=> [0 2]
(let [n 0] (while (< n 5) (update! n inc) (if (< n 3) (continue)) (break)) n)   ;=> 3
(let [xs []] (doseq [x [1 2]] (doseq [y [1 2 3]] (if (= y 2) (break)) (.append xs #[x y]))) xs) ;=> [#[1 1] #[2 1]]
(let [xs []] (doseq [x [1 2 3]] (try (if (= x 2) (break)) (finally (.append xs x)))) xs)        ;=> [1 2]
(let [xs []] (doseq [x [1 2 3]] (try (continue) (finally (.append xs x)))) xs)  ;=> [1 2 3]
(let [xs []] (doseq [x [1 2 3]] (with [f ((. ($py "contextlib") nullcontext))] (if (= x 2) (break))) (.append xs x)) xs)    ;=> [1]
(let [n 0] (while true (loop [i 0] (if (= i 3) (break) (do (update! n inc) (recur (inc i)))))) n)       ;=> 3
(let [n 0] (while true (for [x [1 2 3]] (do (if (= x 2) (break)) (update! n inc)))) n)  ;=> 1
(let [out []] (doseq [x [1 2 3] y [10 20]] (if (= y 20) (continue)) (.append out (+ x y))) out)     ;=> [11 12 13]
(break)                                 ;=! CompileError: break
(continue)                              ;=! CompileError: continue
(while true (fn [] (break)))            ;=! CompileError: break

; for
(for [x [1 2 3]] (* x x))               ;=> [1 4 9]
(for [x [1 2] y [10 20]] (+ x y))       ;=> [11 21 12 22]
(for [x (range 6) :when (odd? x)] x)    ;=> [1 3 5]
(for [x (range 6) :let [y (* x 2)] :when (> y 5)] y)    ;=> [6 8 10]
(for [x (range 10) :while (< x 3)] x)   ;=> [0 1 2]
(for [x [1 2 3] y (range x) :while (< y 1)] #[x y])     ;=> [#[1 0] #[2 0] #[3 0]]
(for [[a b] [[1 2] [3 4]]] (+ a b))     ;=> [3 7]
(for [x nil] x)                         ;=> []
(for [k {:a 1}] k)                      ;=> [:a]
(for [c "ab"] c)                        ;=> ["a" "b"]
(type (lazy-for [x [1]] x))             ;=> <class 'generator'>
(vec (lazy-for [x [1 2 3] :when (odd? x)] (* x 10)))    ;=> [10 30]
(let [seen [] g (lazy-for [x [1 2 3]] (do (.append seen x) x))] (builtins.next g) seen)     ;=> [1]
(for [x [1 2]] (try (if (= x 1) (throw (ValueError)) x) (catch ValueError e :caught)))      ;=> [:caught 2]
(let [x 5] (for [x [1]] x) x)           ;=> 5

; try
(try 1 (catch ValueError e 2))          ;=> 1
(try (throw (ValueError "x")) (catch ValueError e (str e)))     ;=> "x"
(try (throw (KeyError 1)) (catch [ValueError KeyError] e (type e)))     ;=> <class 'KeyError'>
(try (throw (KeyError 1)) (catch LookupError e :lookup))        ;=> :lookup
(try (throw (KeyError 1)) (catch ValueError e 1))       ;=! KeyError
(try (throw (KeyError 1)) (catch ValueError e 1) (catch KeyError e 2))  ;=> 2
(try 1 (catch ValueError e 2) (else 3))         ;=> 3
(try (throw (ValueError)) (catch ValueError e 2) (else 3))      ;=> 2
(let [log []] (try (.append log 1) (finally (.append log 2))) log)      ;=> [1 2]
(try 1 (finally 2))                     ;=> 1
(let [log []] (try (try (throw (ValueError)) (finally (.append log :f))) (catch ValueError e (.append log :c))) log)        ;=> [:f :c]
(try (try (throw (ValueError)) (finally (throw (KeyError)))) (catch KeyError e (type e.__context__)))   ;=> <class 'ValueError'>
(try (else 1))                          ;=> 1
(try)                                   ;=> nil
(try 1 2 3)                             ;=> 3
(try (throw ValueError) (catch ValueError e :class))    ;=> :class
(throw (ValueError "boom"))             ;=! ValueError 1:1: boom
(raise (ValueError "boom"))             ;=! ValueError 1:1: boom
(throw 5)                               ;=! TypeError
(try (throw (ValueError "a") :from (KeyError "b")) (catch ValueError e e.__cause__))    ;=> KeyError('b')
(try (raise (ValueError "a") :from nil) (catch ValueError e e.__suppress_context__))    ;=> true
(try (try (throw (ValueError "first")) (catch ValueError e (throw))) (catch ValueError e (str e)))  ;=> "first"
(throw)                                 ;=! RuntimeError
(try (try (throw (ValueError "a")) (catch ValueError e (throw (KeyError "b")))) (catch KeyError e e.__context__))   ;=> ValueError('a')
(let [f (fn [] (try :body (finally :ignored)))] (f))    ;=> :body
(let [e 1] (try (throw (ValueError)) (catch ValueError e nil)) e)       ;=> 1
(try (int "x") (catch Exception e (. (type e) __name__)))       ;=> "ValueError"
(let [err (ValueError "same")] (try (throw err) (catch ValueError e (identical? e err))))   ;=> true
(try (throw (ValueError)) (catch 5 e 1))        ;=! TypeError
(defn returns-early [] (doseq [x [1 2]] (try (throw (ValueError x)) (catch ValueError e (if (= x 2) (break))))) :after)
(returns-early)                         ;=> :after
(try (throw (SystemExit 3)) (catch SystemExit e e.code))        ;=> 3
(. ($py "sys") (exc-info) [0])          ;=> nil

; with
(import contextlib :refer [contextmanager nullcontext])
(def events [])
(defn [contextmanager] managed [name] (.append events #[:in name]) (try (yield name) (finally (.append events #[:out name]))))
(with [x (managed :a)] x)               ;=> :a
events                                  ;=> [#[:in :a] #[:out :a]]
(set! events [])
(with [x (managed :a) y (managed :b)] [x y])    ;=> [:a :b]
events                                  ;=> [#[:in :a] #[:in :b] #[:out :b] #[:out :a]]
(set! events [])
(try (with [x (managed :a)] (throw (ValueError))) (catch ValueError e :caught)) ;=> :caught
events                                  ;=> [#[:in :a] #[:out :a]]
(with [_ ((. ($py "contextlib") suppress) ValueError)] (throw (ValueError)))    ;=> nil
(with [[a b] (nullcontext [1 2])] (+ a b))      ;=> 3
(with [x 5] x)                          ;=! TypeError
(with [] 5)                             ;=! CompileError: with

; threading
(-> 5)                                  ;=> 5
(-> 5 inc)                              ;=> 6
(-> 5 (- 3))                            ;=> 2
(-> "a b" .upper .split)                ;=> ["A" "B"]
(-> "a,b" (.split ","))                 ;=> ["a" "b"]
(-> {:a {:b 1}} :a :b)                  ;=> 1
(-> 3 #(* % %))                         ;=> 9
(-> 3 (fn [x] (+ x 1)))                 ;=> 4
(-> 16.0 math.sqrt)                     ;=! NameError
(do (import math) (-> 16.0 math.sqrt))  ;=> 4.0
(-> 2.5 (math.pow 2))                   ;=> 6.25
(-> {:a 1} (:a))                        ;=> 1
(-> {:a 1} (get :b 7))                  ;=> 7
(-> [3 1 2] (sorted :reverse true))     ;=> [3 2 1]
(-> 2j .-imag)                          ;=> 2.0
(-> 2j (.-imag))                        ;=> 2.0
(-> 2j (. imag))                        ;=> 2.0
(->> [1 2 3] (map inc) (filter even?))  ;=> [2 4]
(->> 10 (- 3))                          ;=> -7
(->> [1 2] (map #(* 2 %)) vec)          ;=> [2 4]
(->> "x" (.join ","))                   ;=> "x"
(->> ["a" "b"] (.join "-"))             ;=> "a-b"
(as-> 5 x (+ x 1) (* x x) [x])          ;=> [36]
(as-> [1 2] [a b] (+ a b))              ;=! TypeError
(some-> {:a {:b 2}} :a :b inc)          ;=> 3
(some-> {:a nil} :a :b inc)             ;=> nil
(some-> false not)                      ;=> true
(some->> nil (map inc))                 ;=> nil
(cond-> 1 true inc nil (* 5))           ;=> 2
(cond->> [1 2] true (map inc))          ;=> [2 3]
(doto [] (.append 1) (.append 2))       ;=> [1 2]
(doto [2 1] .sort)                      ;=> [1 2]
(let [n 0] (doto (do (update! n inc) [n]) .copy .copy) n)       ;=> 1
(-> 1 (+ 2) (->> (- 10)))               ;=> 7

; match
(match 1 1 :one 2 :two)                 ;=> :one
(match 5 1 :one _ :other)               ;=> :other
(match 5 x (inc x))                     ;=> 6
(match [1 2 3] [a b c] (+ a b c))       ;=> 6
(match [1 2 3] [a & more] more)         ;=> [2 3]
(match '(1 2 3) [a & more] more)        ;=> (2 3)
(match [1] [a b] :two [a] :one)         ;=> :one
(match [] [] :empty)                    ;=> :empty
(match #[1 2] #[a b] (+ a b))           ;=> 3
(match [1 2] #[a b] :tuple _ :no)       ;=> :no
(match #[1 2] [a b] :sequence)          ;=> :sequence
(match "ab" [a b] :chars _ :text)       ;=> :text
(match {:k 5} {:k x} x)                 ;=> 5
(match {"k" 5} {:k x} x)                ;=> 5
(match {:k 5} {:z x} x _ :none)         ;=> :none
(match {:a 1 :b 2} {:a 1 :b b} b)       ;=> 2
(match {:a {:b [1 2]}} {:a {:b [_ x]}} x)       ;=> 2
(match 5 (int) :int)                    ;=> :int
(match 5 (int n) n)                     ;=> 5
(match "s" (int) :int (builtins.str s) s)       ;=> "s"
(match 2j (complex :imag i) i)          ;=> 2.0
(import dataclasses :refer [dataclass])
(defclass [dataclass] Point [] (def ^int x) (def ^int y 0))
(match (Point 1 2) (Point a b) [a b])   ;=> [1 2]
(match (Point 1 2) (Point :y b) b)      ;=> 2
(match (Point 1 2) (Point 9) :nine (Point :x 1) :one)   ;=> :one
(match 3 (or 1 2 3) :small _ :big)      ;=> :small
(match [1 5] (or [0 x] [1 x]) x)        ;=> 5
(match [1 2] ([a b] :as all) [all a])   ;=> [[1 2] 1]
(match 5 (x :when (> x 3)) :big _ :small)       ;=> :big
(match 1 (x :when (> x 3)) :big _ :small)       ;=> :small
(match nil nil :nil)                    ;=> :nil
(match 0 false :false 0 :zero)          ;=> :zero
(match 1 true :true _ :number)          ;=> :number
(match :a :a 1)                         ;=> 1
(match "a" :a 1)                        ;=> 1
(match "lit" "lit" 1)                   ;=> 1
(match 'foo 'foo 1)                     ;=> 1
(match -1.5 -1.5 :yes)                  ;=> :yes
(match 9 1 2)                           ;=! ValueError: 9
(match [1 [2 [3]]] [a [b [c]]] [a b c]) ;=> [1 2 3]
(let [x 1] (match 5 x x))               ;=> 5
(match {:type :circle :r 2} {:type :square :side s} s {:type :circle :r r} (* r r))     ;=> 4
(match [1 1] [a (b :when (= a b))] :same _ :different)  ;=> :same

; assert, comment, declare, gensym, macroexpand, eval
(assert true)                           ;=> nil
(assert 0)                              ;=> nil
(assert (= 1 2))                        ;=! AssertionError 1:1: (= 1 2)
(assert nil "because")                  ;=! AssertionError: because
(assert true (throw (ValueError)))      ;=> nil
(comment anything (at all))             ;=> nil
(declare later-on)                      ;=> nil
(symbol? (gensym))                      ;=> true
(= (gensym) (gensym))                   ;=> false
(starts-with? (str (gensym "tmp")) "tmp")       ;=> true
(macroexpand '(inc 1))                  ;=> (inc 1)
(defmacro m1 [x] (list 'm2 x))
(defmacro m2 [x] (list 'inc x))
(macroexpand-1 '(m1 5))                 ;=> (m2 5)
(macroexpand '(m1 5))                   ;=> (inc 5)
(macroexpand 5)                         ;=> 5
(eval '(+ 1 2))                         ;=> 3
(eval '(def by-eval 7))                 ;=> 7
by-eval                                 ;=> 7
(eval (list 'inc 5))                    ;=> 6
(eval '(undefined-thing))               ;=! NameError

; shapes
(if)                                    ;=! CompileError 1:1: (if condition then else?)
(if 1 2 3 4)                            ;=! CompileError 1:1
(let [x])                               ;=! CompileError
(let [x 1 y] x)                         ;=! CompileError
(let 5 x)                               ;=! CompileError
(let [1 2] 3)                           ;=! CompileError 1:7
(fn)                                    ;=! CompileError
(fn [1] 2)                              ;=! CompileError
(fn [a a] 1)                            ;=! CompileError 1:8: a
(def)                                   ;=! CompileError
(def 5 1)                               ;=! CompileError
(defn)                                  ;=! CompileError
(set! x)                                ;=! CompileError
(set! 5 1)                              ;=! CompileError
(set! (f x) 1)                          ;=! CompileError
(cond 1)                                ;=! CompileError
(quote)                                 ;=! CompileError
(loop)                                  ;=! CompileError
(dotimes [i] 1)                         ;=! CompileError
(doseq [x] 1)                           ;=! CompileError
(for [:when true] 1)                    ;=! CompileError
(try 1 (catch))                         ;=! CompileError
(catch ValueError e 1)                  ;=! CompileError
(finally 1)                             ;=! CompileError
(match)                                 ;=! CompileError
(match 1 2)                             ;=! CompileError
(unquote x)                             ;=! CompileError: quasiquote
(if-let [x] 1)                          ;=! CompileError
(def if 1)                              ;=! CompileError

; A step's head may hold anything.
(-> 5 ((fn [x] (* x 2))))                                   ;=> 10
(-> 5 (#(* % 2)))                                           ;=> 10
(->> 2 ((get {:a inc} :a)))                                 ;=> 3
(-> 1 ((comp inc (fn [x] x))))                              ;=> 2
(defmacro point-sum [e] `(let [{[a# b#] :pt} ,e] (+ a# b#)))
(point-sum {:pt [1 2]})                                     ;=> 3
(eval (read-string "(let [{[x y] :pt} {:pt [1 2]}] y)"))    ;=> 2
(defmacro of-two [a b] a)
(of-two 1)                                                  ;=! CompileError: of-two
(defn-async failing [] (/ 1 0))
(try (await (failing)) (catch ZeroDivisionError e e.__context__))  ;=> nil

; A map in a template takes spliced pairs.
(let [kvs [:a 1 :b 2]] `{:z 0 ,@kvs})   ;=> {:z 0 :a 1 :b 2}
(let [kvs ['x 1]] (pr-str `{,@kvs}))    ;=> "{x 1}"
(defmacro as-map [& kvs] `{,@kvs ,@kvs :end ,(len kvs)})
(as-map :a (+ 1 2))                     ;=> {:a 3 :end 2}
(let [kvs [:a]] `{,@kvs})               ;=! ValueError

; Names that begin with % are resolved as others are; only the parameters of #() mean themselves.
(defn- %hidden [x] [:hidden x])
(defmacro calls-hidden [x] `(%hidden ,x))
(let [%hidden 5] (calls-hidden %hidden))                    ;=> [:hidden 5]
(defmacro short [] `#(+ % %2))
((short) 1 2)                           ;=> 3
(defmacro splats [x] `(list #* ,x))
(splats [1 2])                          ;=> (1 2)
(defmacro makes-macro [] ``{,@[1 2]})
(eval (makes-macro))                    ;=> {1 2}
