; Section 3, sentence by sentence: hygiene, case and match, threading, places, loops within loops.

(import types :refer [SimpleNamespace])
(defmacro my-when [c & body] `(if ,c (do ,@body) nil))
(let [when 5 if-not 3] (my-when true when))     ;=> 5
(def helper-of-m (fn [x] (* 2 x)))
(defmacro uses-helper [x] `(helper-of-m ,x))
(let [helper-of-m inc] (uses-helper 4)) ;=> 8
(defmacro tmp [x] `(let [a# ,x b# 2] (+ a# b#)))
(let [a 1 b 5] (tmp (+ a b)))           ;=> 8
(let [v `(x# x# y#)] [(= (first v) (second v)) (= (first v) (nth v 2))])        ;=> [true false]
; A dotted fresh name is an attribute of it; the names of attributes and methods mean themselves.
(defmacro pushed [xs] `(let [x# ,xs] (x#.append 1) [x# (x#.index 1) (. x# __class__ __name__)]))
(pushed [0])                            ;=> [[0 1] 1 "list"]
(defmacro counting [o item] `(. ,o (count ,item)))
(counting "abca" "a")                   ;=> 2
(macroexpand-1 '(counting o count))     ;=> (. o (count count))
`(. o name (get map) [map])             ;=> (. o name (get core/map) [core/map])
(defmacro stepping [o step] `(. ,o ,step [(inc 0)] ,@'[(upper)]))
(stepping "ab" (lower))                 ;=> "B"
(defmacro binder [x] `(let [inc ,x] inc))
(binder 1)                              ;=! CompileError: inc#
(defmacro fnbinder [] `(fn [inc] inc))
(fnbinder)                              ;=! CompileError: inc#
(let [-> 5] ->)                         ;=> 5
(let [time 5] (+ time 1))               ;=> 6
(defn when-let [x] [:own x])
(when-let 5)                            ;=> [:own 5]
(core/when-let [x 5] x)                 ;=> 5
(del! when-let)
(def if 5)                              ;=! CompileError
(let [let 5] let)                       ;=! CompileError
(fn [quote] 1)                          ;=! CompileError
(do (import json) (defmacro jj [] `(json.dumps [1])) (jj))      ;=> "[1]"
(cond false 1 :else 2)                  ;=> 2
(case 1.0 1 :int 1.0 :float)            ;=> :int
(case "a" [:a "b"] 1 2)                 ;=> 1
(case [1 2] [[1 2]] :vec :no)
(case 0 nil :nil false :false :none)    ;=> :none
(case false 0 :zero false :false)       ;=> :false
(match 1 true :true 1 :one)             ;=> :one
(match 0 false :f nil :n _ :other)      ;=> :other
(match nil false 1 nil 2)               ;=> 2
(match 5 1 2)                           ;=! ValueError: 5
(match [1 [2 3]] [a [b & c]] [a b c])   ;=> [1 2 [3]]
(match {:type "circle" :r 2} {:type "circle" :r r} (* r r))     ;=> 4
(match {:a 1 :b 2} {:a a} a)            ;=> 1
(match {} {:a a} a _ :none)             ;=> :none
(match #[1 2] #[a b] [a b])             ;=> [1 2]
(match [1 2] #[a b] :tuple _ :no)
(match '(1 2) [a b] [a b])              ;=> [1 2]
(defclass Pt [] (def __match_args__ #["x" "y"]) (defn __init__ [self x y] (set! self.x x) (set! self.y y)))
(match (Pt 1 2) (Pt :x a :y b) [a b])   ;=> [1 2]
(match (Pt 1 2) (Pt a b) [a b])         ;=> [1 2]
(match (Pt 1 2) (Pt :x 5) :five (Pt) :pt)       ;=> :pt
(match 5 (int n) n)                     ;=> 5
(match "s" (or (int n) (str n)) n)      ;=> "s"
(match 7 (or 1 7) :hit _ :miss)         ;=> :hit
(match [1 2] ([a b] :as all) [a b all]) ;=> [1 2 [1 2]]
(match 5 (n :when (> n 3)) [:big n] n :small)   ;=> [:big 5]
(match 2 (n :when (> n 3)) [:big n] n [:small n])       ;=> [:small 2]
(match :k :k 1)                         ;=> 1
(match "k" :k 1)                        ;=> 1
(match 'a 'a :sym)                      ;=> :sym
(match [:add 1 [:mul 2 3]] [:add a [:mul b c]] (+ a (* b c)))   ;=> 7
(match "abc" [a b c] :list _ :not)      ;=> :not
(match b"x" b"x" 1)                     ;=> 1
(match 1.0 1 :one)                      ;=> :one
(match #{1 2} #{2 1} :same)             ;=> :same
(match [1 2 3] [a a b] 1)               ;=! CompileError
(match [1 2 3] [_ _ b] b)               ;=> 3
(match {:a {:b [1 2]}} {:a {:b [_ x]}} x)       ;=> 2
(match 3 (or (x :when (= x 3)) (x :when (= x 4))) x)
(try (throw (ValueError "a") :from (KeyError "b")) (catch ValueError e (type e.__cause__)))     ;=> <class 'KeyError'>
(try (try (throw (ValueError "a")) (catch ValueError e (throw))) (catch ValueError e (str e)))  ;=> "a"
(throw)                                 ;=! RuntimeError
(try (raise (ValueError "x")) (catch [KeyError ValueError] e :both))    ;=> :both
(try 1 (else 2) (finally 3))            ;=> 2
(try 1 (catch ValueError e 0) (else 2) (finally 3))     ;=> 2
(try 1 (finally 3))                     ;=> 1
(try (int "x") (catch Exception _ :any))        ;=> :any
(import contextlib)
(let [log []] (with [a (contextlib.closing (SimpleNamespace :close (fn [] (.append log :a)))) b (contextlib.closing (SimpleNamespace :close (fn [] (.append log :b))))] (.append log :body)) log)   ;=> [:body :b :a]
(with [(contextlib.nullcontext)] 5)  ;=! CompileError: with
(with [_ (contextlib.nullcontext)] 5)   ;=> 5
(with [[a b] (contextlib.nullcontext [1 2])] (+ a b))   ;=> 3
(with [x (contextlib.suppress ValueError)] (int "x"))   ;=> nil
(-> 5 inc)                              ;=> 6
(-> 5 (- 1))                            ;=> 4
(->> 5 (- 1))                           ;=> -4
(-> "a b" .upper (.split " "))          ;=> ["A" "B"]
(-> {:a {:b 1}} :a :b)                  ;=> 1
(-> [1 2] (. [0]))                      ;=> 1
(-> {:a 1} (get :a) inc str)            ;=> "2"
(-> 5 ((fn [x] (* x x))))               ;=> 25
(-> 3 #(* % 2))
(as-> 5 x (+ x 1) (* x 2) [x x])        ;=> [12 12]
(some-> {:a {:b nil}} :a :b :c)         ;=> nil
(some-> 5 inc)                          ;=> 6
(some->> [1 2] (map inc))               ;=> [2 3]
(doto [] (.append 1) (.append 2))       ;=> [1 2]
(cond-> 1 true inc false (* 10))        ;=> 2
(->> (range 5) (map inc) (filter odd?) (reduce +))      ;=> 9
(-> "x" (str "y" "z"))                  ;=> "xyz"
(-> (SimpleNamespace :a 1) .-a)         ;=> 1
(import math)
(-> math.pi math.floor)
(-> [3 1 2] sorted (get 0))             ;=> 1
(assert true)                           ;=> nil
(assert (= 1 2) "msg")                  ;=! AssertionError: msg
(assert (= 1 2))                        ;=! AssertionError
(comment (undefined-thing) 1)           ;=> nil
(let [x 1] (set! x (+ x 1) ) x)         ;=> 2
(update! (. [1 2] [0]) inc)             ;=> 2
(let [v [1 2]] (update! (. v [0]) + 10) v)      ;=> [11 2]
(del! (. [1 2] [0]))                    ;=> nil
(let [x 1] (del! x) x)  ;=! CompileError
(loop [i 0] (if (< i 3) (recur (inc i)) i))     ;=> 3
((fn [n] (if (> n 0) (recur (dec n)) :done)) 5) ;=> :done
(let [r []] (loop [i 0] (when (< i 5) (if (= i 2) (recur 4) (do (.append r i) (recur (inc i)))))) r)   ;=> [0 1 4]
(let [r []] (dotimes [i 5] (loop [j 0] (when (< j 3) (if (= j 1) (continue)) (.append r #[i j]) (recur (inc j))))) r)   ;=> [#[0 0] #[1 0] #[2 0] #[3 0] #[4 0]]
(let [i 0 r []] (while (< i 5) (set! i (inc i)) (for [x [1 2]] (if (= x 2) (continue) (.append r [i x])))) r)   ;=> [[1 1] [2 1] [3 1] [4 1] [5 1]]
(for [x [1 2 3] :when (odd? x) y [x (* 10 x)] :let [z (+ y 1)] :while (< z 12)] z)     ;=> [2 11 4]
(type (lazy-for [x [1]] x))             ;=> <class 'generator'>
(defmacro n-times [n & body] `(dotimes [_# ,n] ,@body))
(let [r []] (n-times 3 (.append r 1)) r)        ;=> [1 1 1]
(gensym "x")
(macroexpand-1 '(when a b))             ;=> (if a (do b))
(macroexpand '(-> 1 inc))               ;=> (inc 1)
(read-string "[1 2] 3")                 ;=> [1 2]
(read-string "") ;=! EOFError
(declare later)
(defn uses-later [] (later))
(def later (fn [] :later))
(uses-later)                            ;=> :later
(def dx "doc of dx" 5)
(defn arity2 "doc" ([] 0) ([x] x))
(defn dup-arity ([x] 1) ([y] 2))        ;=! CompileError
(defn [] no-name)                       ;=! CompileError
(defn f (a b) [a b])
(f 1 2)                                 ;=> [1 2]
(fn (a b) 1)
(let [x 1 y])                           ;=! CompileError
(let [x 5] (defn inner [] x) (inner))   ;=> 5
(defn has-local-class [] (defclass L [] (def v 5)) (. (L) v))
(has-local-class)                       ;=> 5
(let [[a & b :as c] [1 2 3]] [a b c])   ;=> [1 [2 3] [1 2 3]]
(set! (.a (SimpleNamespace)) 5)

; what closes a pattern stands in any order, behind any pattern in parentheses
(match 5 (int n :when (> n 3)) [:big n] _ :other)       ;=> [:big 5]
(match 2 (int n :when (> n 3)) [:big n] _ :other)       ;=> :other
(match 5 (n :when (> n 3) :as m) [n m]) ;=> [5 5]
(match 5 (n :as m :when (> m 3)) [n m]) ;=> [5 5]
(match 5 (n :when (> m 3) :as m) [n m]) ;=> [5 5]
(match [1 2] (or [a _] (str :as a) :when (int? a)) a)   ;=! CompileError: different names
(match 2 (or 1 2 :as n) n)              ;=> 2
(match 2 (or 1 2 :as n :when (even? n)) n 3 :no)        ;=> 2
(match 2j (complex :real r :imag i :as z) [r i z])      ;=> [0.0 2.0 2j]
(match 2j (complex :real r :imag i :when (> i r)) :steep)       ;=> :steep
(match [1 2] ([a b] :when (> a b)) :falls ([a b] :when (< a b) :as w) w)        ;=> [1 2]
(match [5 1] [(a :when (> a 3) :as x) b] [a x b])       ;=> [5 5 1]
(match 5 ((n :as m) :as k) [n m k])     ;=> [5 5 5]
(match 5 ((n :as m) :when (= n m) :as k) [n m k])       ;=> [5 5 5]
; defaults in map patterns
(match {:a 1} {:keys [a b] :or {b 5}} [a b])    ;=> [1 5]
(match {:a 1 :b nil} {:keys [a b] :or {b 5}} [a b])     ;=> [1 nil]
(match {:b 1} {:keys [a b] :or {b 5}} [a b] _ :needs-a) ;=> :needs-a
(match {} {:a x :or {x (+ 1 1)} :as m} [x m])   ;=> [2 {}]
(match {} {:keys [a b] :or {a 1 b a}} [a b])    ;=> [1 1]
(match {"a" 1} {:strs [a b] :or {b 2}} [a b])   ;=> [1 2]
(match {} {:keys [a] :or {a (throw (KeyError 1))}} a)   ;=! KeyError 1:29
(match {:or 1} {:or x} x)               ;=> 1
(match {:keys 1} {:keys x} x)           ;=> 1
(match {:a 1} {:a a & rest} rest)       ;=! CompileError: has no `&`
(match {:a 1} {:keys [5]} 1)            ;=! CompileError: expected a name
(match 5 f"{1}" 1)                      ;=! CompileError: this is no pattern
(match 5 ~x 1)                          ;=! CompileError: this is no pattern

; what a macro says is wrong with a call stands at the call; so does whatever fails in core's own macros
(do 1 (when-let [x] 1))                 ;=! CompileError 1:7: when-let takes one name
(do 1 (are def [x y] 1))                ;=! CompileError 1:7: are:
(do 1 (letfn letfn [5] 1))              ;=! CompileError 1:7: letfn:
(do 1 (cond-> 1 true))                  ;=! CompileError 1:7: cond-> takes a value
(defmacro picky [x] (if (int? x) x (throw (CompileError "an integer, please"))))
[1 (picky 5)]                           ;=> [1 5]
[1 (picky "5")]                         ;=! CompileError 1:4: picky: an integer, please
(try (eval '(picky "5")) (catch SyntaxError e [e.msg (some? e.lineno)]))        ;=> ["picky: an integer, please" true]
(defmacro fails [x] (/ x 0))
[1 (fails 5)]                           ;=! ZeroDivisionError: in the expansion of the macro `fails`

; (get m k) is a place in a macro's template as well, where `get` has become core's
(defmacro put [m k v] `(set! (get ,m ,k) ,v))
(defmacro bump [m k] `(update! (get ,m ,k 0) inc))
(defmacro drop-key [m k] `(del! (get ,m ,k)))
(let [d {}] (put d :a 1) (bump d :a) (bump d :b) (drop-key d :a) d)     ;=> {:b 1}
(let [d {}] (set! (core/get d :a) 1) d)                 ;=> {:a 1}
(let [d {}] (set! (builtins/get d :a) 1) d)             ;=! CompileError 1:19: no place
(update! not-there inc)                                 ;=! NameError 1:10: not-there

; a set in a template evaluates its items in the order in which they are written there
(def said [])
(defn say [x] (.append said x) x)
(defmacro four [a b] `#{(say 1) (say "two") ,b ,a (say 5)})
(do (four (say 3) (say 4)) said)                        ;=> [1 "two" 4 3 5]
`#{,(+ 1 2) 5}                                          ;=> #{3 5}
(set? `#{if ,(+ 1 2) when})                             ;=> true
#{not-there-1 not-there-2 not-there-3}                  ;=! NameError 1:3
#{try loop recur fn}                                    ;=! CompileError 1:3: try
(set! said nil)                                         ;=> nil

; members of a class are attributes: a template's names for them mean themselves
(defmacro named [n] `(defclass ,n [] (def name 1) (def both [name 2]) (defn get [self] self.name)))
(named Named)
[Named.name Named.both (.get (Named))]                  ;=> [1 [1 2] 1]
(defmacro binds-core [] `(let [name 1] name))
(binds-core)                                            ;=! CompileError: `core/name` cannot be bound

; A definition inside a function makes a local of the function, wherever in it it stands, as at the top it makes a name of the
; module.
(defn def-do [] (do (def a 1)) a)
(def-do)                                                ;=> 1
(defmacro two-defs [a b] `(do (def ,a 1) (def ,b 2)))
(defn def-macro [] (two-defs a b) [a b])
(def-macro)                                             ;=> [1 2]
(defn def-when [c] (when c (def a 1) (defn g [] a)) (g))
(def-when true)                                         ;=> 1
(def-when false)                                        ;=! NameError: 'g'
(defn def-let [] (let [b 2] (def a (* b 2))) a)
(def-let)                                               ;=> 4
(defn def-try [] (try (import json) (def a 1) (catch ImportError _ (def json nil))) [a (.dumps json a)])
(def-try)                                               ;=> [1 "1"]
(defn def-loop [] (dotimes [i 3] (def last i)) last)
(def-loop)                                              ;=> 2
(defn def-no-loop [n] (doseq [i (range n)] (def last i)) last)
(def-no-loop 2)                                         ;=> 1
(def-no-loop 0)                                         ;=! NameError: 'last'
(defn def-while [] (def n 0) (while (< n 3) (def n (inc n)) (def m n)) [n m])
(def-while)                                             ;=> [3 3]
(defn def-with [] (with [f (open "/dev/null")] (def text (.read f))) text)
(def-with)                                              ;=> ""
(defn def-match [x] (match x [a b] (def sum (+ a b)) _ (def sum nil)) sum)
(def-match [1 2])                                       ;=> 3
(defn def-mutual [n] (let [] (defn ev [n] (if (= n 0) true (od (- n 1)))) (defn od [n] (if (= n 0) false (ev (- n 1))))) (ev n))
(def-mutual 10)                                         ;=> true
(defn def-do-mutual [n] (do (defn ev [n] (if (= n 0) true (od (- n 1)))) (do (defn od [n] (if (= n 0) false (ev (- n 1)))))) (ev n))
(def-do-mutual 7)                                       ;=> false
(defn def-maybe [c] (when c (def a 1)) (def b (fn [] a)) (def a (if c (inc a) 5)) [a (b)])
(def-maybe true)                                        ;=> [2 2]
(def-maybe false)                                       ;=> [5 5]
(defn def-early [c] (when c (def a 1)) (prn a) (def a 2))
(def-early false)                                       ;=! NameError: 'a'
(defn def-inner [] (let [a 1] (def a 2) (def b a)) b)
(def-inner)                                             ;=> 2
(defn def-class [] (do (defclass K [] (do (def a 1)))) K.a)
(def-class)                                             ;=> 1
(defn def-parameter [a] (do (def a (inc a))) a)
(def-parameter 1)                                       ;=> 2
(defn def-shared [] (def fs []) (dotimes [i 2] (def a i) (.append fs (fn [] a))) (map (fn [f] (f)) fs))
(def-shared)                                            ;=> [1 1]
(defn def-gen [] (for [i [1 2]] (do (def a i) a)) a)
(def-gen)                                               ;=> 2
(defn def-default [&opt (a (if true (def z 1) 2))] [a z])
(def-default)                                           ;=> [1 1]
(def-default 5)                                         ;=! NameError: 'z'
(defn def-recur [n] (when (= n 2) (def a n)) (if (> n 0) (recur (dec n)) a))
(def-recur 3)                                           ;=! NameError: 'a'
(do (dotimes [i 3] (def of-module i)) of-module)        ;=> 2

; a part of a parameter list that has no name
(fn [&] 1)                                              ;=! CompileError 1:6: `&` without a name
(fn [&kwargs] 1)                                        ;=! CompileError 1:6: `&kwargs` without a name
(defmacro with-options [options] `((fn [a &opt ,@options &key] a) 1))
(with-options [])                                       ;=> 1
(fn [& &key a] 1)                                       ;=! CompileError 1:6: `&` without a name

; Every form is expanded once, however deeply macros stand in each other: expansions are linear in the code's size.
(def expansions [0])
(defmacro counted [x] (set! (. expansions [0]) (+ 1 (. expansions [0]))) `(+ 1 ~x))
(when true (let [a (cond nil 0 :else (-> 1 counted counted))] (for [b [a]] (and b (counted (counted b))))))     ;=> [5]
expansions                                              ;=> [4]
(def deep (reduce (fn [form _] (list 'counted form)) 0 (range 300)))
(eval deep)                                             ;=> 300
expansions                                              ;=> [304]
(defmacro twice-over [n x] (if (= n 0) x `(twice-over ~(- n 1) (when ~x (or nil ~(+ n 1))))))
(twice-over 200 1)                                      ;=> 2
