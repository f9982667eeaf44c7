; Section 4: what pickles, and what copy.deepcopy makes of it.

(import copy pickle functools dataclasses enum typing)
(defn trip [x] (pickle.loads (pickle.dumps x)))

; data
(trip '(a :b "c" (d) nil))              ;=> (a :b "c" (d) nil)
(identical? :k (trip :k))               ;=> true
(map type [(trip :k) (trip 's) (trip '(1))])    ;=> [<class 'catena.Keyword'> <class 'catena.Symbol'> <class 'catena.List'>]
(trip {:a {'(1) #{1}}})                 ;=> {:a {(1) #{1}}}
(trip #"\d+")                           ;=> #"\d+"
(take 3 (trip (map inc (iterate inc 1))))       ;=> [2 3 4]
(trip (repeat 2 :x))                    ;=> [:x :x]
@(trip (atom [1]))                      ;=> [1]
(for [p (range 6)] (pickle.loads (pickle.dumps [:a 'b '(1)] :protocol p)))      ;=> [[:a b (1)] [:a b (1)] [:a b (1)] [:a b (1)] [:a b (1)] [:a b (1)]]

; functions: captured values, recursion, each other, all kinds of parameters; shared variables stay shared
(defn counter [] (let [n 0] (fn [] (set! n (inc n)) n)))
(def c (counter))
(c)                                     ;=> 1
(let [d (trip c)] [(d) (d) (c)])        ;=> [2 3 2]
(let [n 0 [up get-n] (trip [(fn [] (set! n (inc n))) (fn [] n)])] (up) (up) [(get-n) n])        ;=> [2 0]
(let [[a b] (trip [c c])] (identical? a b))     ;=> true
((trip (fn fact [n] (if (< n 2) 1 (* n (fact (dec n)))))) 5)    ;=> 120
((trip (let [f nil] (set! f (fn [n] (if (= n 0) :end (f (dec n))))) f)) 3)      ;=> :end
((trip (fn [x & ys &key (k 1) &kwargs m] [x ys k m])) 1 2 :k 3 :z 4)    ;=> [1 [2] 3 {"z" 4}]
((trip (fn ([a] [:one a]) ([a b] [:two a b]))) 1 2)     ;=> [:two 1 2]
[((trip (comp inc inc)) 1) ((trip (partial + 1)) 1) ((trip (juxt inc dec)) 1) ((trip (complement nil?)) 1)]     ;=> [3 2 [2 0] true]
(vec ((trip (fn [] (yield 1) (yield 2)))))      ;=> [1 2]
(await ((trip (fn-async [x] (inc x))) 1))       ;=> 2
(identical? inc (trip inc))             ;=> true
(identical? map (trip map))             ;=> true
((trip (functools.partial (fn [a b] (- a b)) 5)) 3)     ;=> 2
(pos? ((trip (fn [] (. ($py "sys") maxsize)))))         ;=> true
(trip ((fn [] (yield 1))))              ;=! TypeError: cannot pickle 'generator'
(trip (with [f (open "/dev/null")] (fn [] f)))          ;=! TypeError: cannot pickle

; cycles
(let [xs [1]] (.append xs xs) (let [q (trip xs)] (identical? q (. q [1]))))     ;=> true
(let [xs [1] l (list 1 xs)] (.append xs l) (let [q (trip l)] (identical? q (. (second q) [1]))))        ;=> true
(let [xs [1] l (list 1 xs)] (.append xs l) (let [q (copy.deepcopy l)] [(identical? q (. (second q) [1])) (identical? q l)]))    ;=> [true false]
(let [a (atom nil)] (reset! a a) (let [q (trip a)] [(identical? q @q) (identical? q a)]))       ;=> [true false]
(let [a (atom nil)] (reset! a [a]) (let [q (copy.deepcopy a)] [(identical? q (first @q)) (identical? q a)]))    ;=> [true false]
(let [box []] (.append box (fn [] (count box))) ((trip (first box))))   ;=> 1
(let [a (atom nil)] (reset! a (fn [] a)) (let [f @(trip a)] (identical? f @(f))))       ;=> true
(.__setstate__ (atom 1) 5)              ;=! TypeError: an atom's state

; instances and classes
(import dataclasses :refer [dataclass])
(defclass Point []
  (defn __init__ [self x] (set! self.x x))
  (defn shifted-by [self n] (+ self.x n))
  (defn [property] twice-x [self] (* 2 self.x))
  (defn [classmethod] of-two [cls] (cls 2))
  (defn [staticmethod] not-bound [x] [:static x]))
(. (trip (Point 5)) twice-x)            ;=> 10
(identical? Point (trip Point))         ;=> true
((trip (. (Point 5) shifted-by)) 1)     ;=> 6
((trip Point.of-two))
(. ((trip Point.of-two)) x)             ;=> 2
((trip Point.not-bound) 1)              ;=> [:static 1]
((trip Point.shifted-by) (Point 1) 2)   ;=> 3
[Point.shifted-by.__name__ Point.shifted-by.__qualname__ counter.__name__]      ;=> ["shifted_by" "Point.shifted-by" "counter"]
(. ((fn [] (defclass Inner [] (defn a-b [self] 1)) Inner)) a-b __name__)        ;=> "a_b"
(let [p (Point nil)] (set! p.x p) (let [q (copy.deepcopy p)] [(identical? q q.x) (identical? p q)]))    ;=> [true false]
(identical? c (copy.deepcopy c))        ;=> true
(defclass [dataclass] Row [] (def ^int a) (def ^list b (dataclasses.field :default-factory builtins.list)))
(trip (Row 1 [2]))                      ;=> Row(a=1, b=[2])
(defclass Colour [enum.Enum] (def red 1))
(identical? Colour.red (trip Colour.red))       ;=> true
(defclass Pair [typing.NamedTuple] (def ^int x) (def ^int y 5))
(trip (Pair 1))                         ;=> Pair(x=1, y=5)
(defclass Odd [Exception])
(let [e (trip (Odd "a" 1))] [(type e) e.args])  ;=> [<class 'conformance.Odd'> #["a" 1]]
(trip ((fn [] (defclass Local []) (Local))))    ;=! AttributeError: local object
