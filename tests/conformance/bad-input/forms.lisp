;;; expect: CompileError 1:10: the parameters `a-b` and `a_b` are one name to Python
(fn [a-b a_b] 1)
;;; expect: CompileError 1:1: (if condition then else?)
(if)
;;; expect: CompileError 1:1: (if condition then else?)
(if 1 2 3 4)
;;; expect: CompileError: let
(let)
;;; expect: CompileError: let
(let [x])
;;; expect: CompileError: let
(let [x 1 y] x)
;;; expect: CompileError
(let x x)
;;; expect: CompileError 1:7
(let [5 1] 2)
;;; expect: CompileError 1:7
(let ["s" 1] 2)
;;; expect: CompileError 1:7
(let [:k 1] 2)
;;; expect: CompileError 1:7
(let [if 1] 2)
;;; expect: CompileError 1:7
(let [a.b 1] 2)
;;; expect: CompileError 1:7
(let [a/b 1] 2)
;;; expect: CompileError
(let [[a &] [1]] a)
;;; expect: CompileError
(let [[& a b] [1]] a)
;;; expect: CompileError
(let [{:keys a} {}] a)
;;; expect: CompileError
(let [{:keys [1]} {}] 1)
;;; expect: CompileError 1:1: fn
(fn)
;;; expect: CompileError
(fn x)
;;; expect: CompileError
(fn [5] 1)
;;; expect: CompileError 1:8: a
(fn [a a] 1)
;;; expect: CompileError: a
(fn [a &opt a] 1)
;;; expect: CompileError
(fn [& a b] 1)
;;; expect: CompileError
(fn [&] 1)
;;; expect: CompileError
(fn [&kwargs] 1)
;;; expect: CompileError
(fn [&key a & b] 1)
;;; expect: CompileError
(fn [&wrong a] 1)
;;; expect: CompileError
(fn [(a 1)] 1)
;;; expect: CompileError
(fn [&opt (a 1 2)] 1)
;;; expect: CompileError: arity
(fn ([a] 1) ([b] 2))
;;; expect: CompileError
(fn ([a] 1) 5)
;;; expect: CompileError 1:1: def
(def)
;;; expect: CompileError 1:1: def
(def x 1 2 3)
;;; expect: CompileError 1:6
(def 5 1)
;;; expect: CompileError
(def "x" 1)
;;; expect: CompileError
(def if 1)
;;; expect: CompileError 1:1: defn
(defn f)
;;; expect: CompileError
(defn 5 [] 1)
;;; expect: CompileError
(defn f x)
;;; expect: CompileError
(defn let [] 1)
;;; expect: CompileError
(defmacro)
;;; expect: CompileError
(defmacro m)
;;; expect: CompileError
(defmacro quote [x] x)
;;; expect: CompileError: set!
(set! x)
;;; expect: CompileError
(set! 5 1)
;;; expect: CompileError
(set! "x" 1)
;;; expect: CompileError
(set! (f x) 1)
;;; expect: CompileError
(set! [a b] [1 2])
;;; expect: CompileError: update!
(update! x)
;;; expect: CompileError: del!
(del!)
;;; expect: CompileError
(del! 5)
;;; expect: CompileError: recur
(recur)
;;; expect: CompileError: recur
(loop [x 1] (+ 1 (recur 2)))
;;; expect: CompileError: recur
(loop [x 1] (recur 1 2))
;;; expect: CompileError: recur
(loop [x 1] (do (recur 1) 2))
;;; expect: CompileError: recur
(loop [x 1] (try (recur 2) (catch ValueError e 1)))
;;; expect: CompileError: recur
(fn [a b] (recur 1))
;;; expect: CompileError: loop
(loop [x] x)
;;; expect: CompileError: break
(break)
;;; expect: CompileError: continue
(continue)
;;; expect: CompileError: break
(for [x [1]] (break))
;;; expect: CompileError: break
(while true ((fn [] (break))))
;;; expect: CompileError: dotimes
(dotimes [i] 1)
;;; expect: CompileError: dotimes
(dotimes 5 1)
;;; expect: CompileError: doseq
(doseq [x] 1)
;;; expect: CompileError
(doseq [x [1] :wrong 5] 1)
;;; expect: CompileError
(for [:when true] 1)
;;; expect: CompileError
(cond 1)
;;; expect: CompileError
(cond else)
;;; expect: CompileError: quote
(quote)
;;; expect: CompileError
(quote a b)
;;; expect: CompileError: quasiquote
,x
;;; expect: CompileError: quasiquote
(f ,@x)
;;; expect: CompileError
`,@x
;;; expect: CompileError: try
(catch ValueError e 1)
;;; expect: CompileError: try
(finally 1)
;;; expect: CompileError
(try 1 (catch))
;;; expect: CompileError
(try 1 (finally 1) (finally 2))
;;; expect: CompileError
(try 1 (finally 1) (catch ValueError e 2))
;;; expect: CompileError
(throw 1 2)
;;; expect: CompileError
(throw 1 :form 2)
;;; expect: CompileError: with
(with)
;;; expect: CompileError: with
(with [f] 1)
;;; expect: CompileError: match
(match)
;;; expect: CompileError: match
(match 1 2)
;;; expect: CompileError
(match 1 [a & b c] 1)
;;; expect: CompileError
(match 1 (or a b) 1)
;;; expect: NameError 1:11
(match 1 (x :wrong y) 1)
;;; expect: CompileError: import
(import)
;;; expect: CompileError
(import 5)
;;; expect: CompileError
(import math :as)
;;; expect: CompileError
(import math :refer sin)
;;; expect: CompileError
(import math :wrong x)
;;; expect: CompileError: require
(require)
;;; expect: CompileError
(require 5)
;;; expect: CompileError
(.)
;;; expect: CompileError
(. x)
;;; expect: CompileError
(. x 5)
;;; expect: CompileError
(.m)
;;; expect: CompileError
(.-a)
;;; expect: CompileError
(.-a x y)
;;; expect: CompileError: defclass
(defclass)
;;; expect: CompileError
(defclass 5)
;;; expect: CompileError: yield
(yield 1)
;;; expect: CompileError: fn-async
(fn [] (await 1))
;;; expect: CompileError
(fn [] (for-async [x xs] 1))
;;; expect: CompileError
(fn [] (with-async [x y] 1))
;;; expect: CompileError: define
(define x 1)
;;; expect: CompileError: setv
(setv x 1)
;;; expect: CompileError: return
(fn [] (return 1))
;;; expect: CompileError
(ValueError. "x")
;;; expect: CompileError: when-let
(when-let [x] 1)
;;; expect: CompileError: if-let
(if-let x 1)
;;; expect: CompileError: cond->
(cond-> 1 true)
;;; expect: CompileError: declare
(declare 5)
;;; expect: CompileError: letfn
(letfn [5] 1)
;;; expect: CompileError: defonce
(defonce 5 1)
;;; expect: CompileError: deftest
(deftest "name" 1)
;;; expect: CompileError: are
(are [x] (= x 1))
;;; expect: CompileError: endless
(do (defmacro endless [] '(endless)) (endless))
;;; expect: CompileError: shared#
(do (def shared 1) (defmacro captures [] `(let [shared 2] shared)) (captures))
;;; expect: CompileError
(let [x 1] if)
;;; expect: CompileError
(let [else 1] (map when [1]))

;;; expect: CompileError 1:1: for: wrong shape
(for [x [1]])
;;; expect: CompileError 1:1: for: wrong shape
(for [x [1]] 1 2)
;;; expect: CompileError 1:1: lazy-for
(lazy-for [x [1]])
;;; expect: CompileError 1:14: the pattern binds `a` twice
(match [1 1] [a a] 1)
;;; expect: CompileError: twice
(match {:a 1 :b 2} {:a x :b x} 1)
;;; expect: NameError: this module has no 'map' of its own
(set! map 5)
;;; expect: NameError 1:7: this module has no 'len' of its own
(set! len 5)
;;; expect: CompileError 1:1: unquote-splicing outside a quasiquote
{,@a}
;;; expect: ImportError 1:22: cannot import name 'sqrtt'
(import math :refer [sqrtt])
;;; expect: NameError 2:1: name 'undefnd' is not defined
(defmacro m [x] `(undefnd ,x))
(m 1)
;;; expect: CompileError 1:1: $py: wrong shape
($py math)
;;; expect: CompileError 1:13: defclass: expected a vector of bases
(defclass A 5)
;;; expect: CompileError 1:13: defclass: expected a vector of bases
(defclass A dict)
;;; expect: CompileError 1:26: catch: expected a name
(try 1 (catch ValueError 5 1))
;;; expect: CompileError 1:2: there is no `..` in Catena
(.. "a" (upper))
;;; expect: CompileError 1:2: dataclass
(defrecord Point [x y])
;;; expect: CompileError 1:2: letfn
(letrec ((f 1)) f)
;;; expect: CompileError 1:2: (for [x xs
(lfor x [1] x)
;;; expect: CompileError 1:2: defmacro
(define-syntax f 1)
;;; expect: CompileError 1:2: (and a b)
(&& 1 2)
;;; expect: CompileError 1:1: A loop is written (loop
(let loop ([i 0]) (loop 1))
;;; expect: CompileError 1:1: A function is written (defn
(def f [x] (+ x 1))
;;; expect: CompileError 1:1: doseq
(for [x [1]] (print x) (print x))
;;; expect: CompileError 1:19: no parentheses of their own
(cond ((= 1 1) 1) (else 2))
;;; expect: CompileError 1:14: :as name
(import math as m)
;;; expect: CompileError 1:22: expected a name
(import math :refer [[sin of s]])
;;; expect: CompileError 1:10: (require module :as name :refer [names] …), without a quote
(require '[util.text :as t])
;;; expect: CompileError 1:10: with dots
(require util/text)
;;; expect: CompileError 1:9: (import module :as name :refer [names] …), with dots
(import os/path)
;;; expect: CompileError 1:10: expected a module's name
(require .sibling)
;;; expect: CompileError 1:10: expected a module's name
(require util..text)
;;; expect: CompileError 1:17: is no part of an import
(require string :only [digits])
