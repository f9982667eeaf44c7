; Core's loops over a function literal are compiled as loops; nothing may tell, except that they are faster.

(map (fn [x] (* x x)) [1 2 3])                       ;=> [1 4 9]
(map (fn [x] (* x x)) nil)                           ;=> []
(map (fn [c] (str c c)) "ab")                        ;=> ["aa" "bb"]
(map (fn [[a b]] (+ a b)) [[1 2] [3 4]])             ;=> [3 7]
(map (fn [{:keys [a]}] a) [{:a 1} {:a 2}])           ;=> [1 2]
(map (fn [k] k) {:a 1 :b 2})                         ;=> [:a :b]
(mapv (fn [x] (- x)) #[1 2])                         ;=> [-1 -2]
(filter (fn [x] (> x 1)) [1 2 3])                    ;=> [2 3]
(filter (fn [[a b]] (= a b)) [[1 1] [1 2]])          ;=> [[1 1]]
(filterv (fn [x] x) [nil 1 false 0])                 ;=> [1 0]
(remove (fn [x] (> x 1)) [1 2 3])                    ;=> [1]
(keep (fn [x] (when (> x 1) (* 10 x))) [1 2 3])      ;=> [20 30]
(keep (fn [x] (if (= x 2) nil false)) [1 2])         ;=> [false]
(some (fn [x] (when (> x 1) (* 10 x))) [1 2 3])      ;=> 20
(some (fn [x] (> x 9)) [1 2 3])                      ;=> nil
(every? (fn [x] (> x 0)) [1 2 3])                    ;=> true
(every? (fn [x] (> x 1)) [1 2 3])                    ;=> false
(every? (fn [x] x) nil)                              ;=> true
(reduce (fn [a b] (+ a b)) 0 [1 2 3])                ;=> 6
(reduce (fn [a x] (if (> x 2) (reduced a) (+ a x))) 0 (iterate inc 0))  ;=> 3
(reduce (fn [[a b] x] [(+ a x) (* b x)]) [0 1] [1 2 3 4])  ;=> [10 24]
(reduce (fn [m word] (assoc m word (inc (get m word 0)))) {} ["a" "b" "a"])  ;=> {"a" 2 "b" 1}
(reduce (fn [a b] (+ a b)) 5 nil)                    ;=> 5
(reduce (fn [_ x] x) nil [1 2])                      ;=> 2

; Without a start the first item is it.
(reduce (fn [a b] (+ a b)) [1 2 3])                  ;=> 6
(reduce (fn [a b] :never) [5])                       ;=> 5
(reduce (fn [a b] :never) [nil])                     ;=> nil
(reduce (fn [a b] [a b]) "abc")                      ;=> [["a" "b"] "c"]
(reduce (fn [a x] (if (> x 2) (reduced a) (+ a x))) [1 2 3 4])  ;=> 3
(reduce (fn [a x] (if (> x 2) (reduced a) (+ a x))) (iterate inc 0))  ;=> 3
(reduce (fn [a b] (+ a b)) [])                       ;=! TypeError: fn takes 2 arguments but 0 were given

; Keywords and core's operators are functions of this kind.
(map inc [1 2])                                      ;=> [2 3]
(map - [1 2])                                        ;=> [-1 -2]
(mapv :a [{:a 1} {} nil])                            ;=> [1 nil nil]
(filter :ok [{:ok 1} {:ok nil}])                     ;=> [{:ok 1}]
(remove nil? [1 nil 2])                              ;=> [1 2]
(keep :a [{:a 1} {} {:a false}])                     ;=> [1 false]
(some :a [{} {:a 2}])                                ;=> 2
(every? some? [1 nil])                               ;=> false
(reduce + 1 [2 3])                                   ;=> 6
(reduce str ["a" "b" "c"])                           ;=> "abc"
(reduce - [10 1 2])                                  ;=> 7
(reduce + [])                                        ;=> 0
(reduce * nil)                                       ;=> 1
(reduce < [])                                        ;=! TypeError
(map str [1 :a true])                                 ;=> ["1" "a" "True"]
(map vector [1 2])                                   ;=> [[1] [2]]
(take 2 (map inc (iterate inc 1)))                   ;=> [2 3]
(map inc ["a"])                                      ;=! TypeError
(let [inc (fn [x] (* 100 x))] (map inc [1 2]))       ;=> [100 200]
(let [item 7 value 8] [(reduce + [item value]) (map inc [item])])  ;=> [15 [8]]
(defn decremented [] (map dec [1]))
(decremented)                                        ;=> [0]
(set! (. ($py "sys") modules [__name__] dec) (fn [x] [:mine x]))
(decremented)                                        ;=> [[:mine 1]]

; Over what never ends the answer is lazy, as always.
(take 2 (map (fn [x] (* x x)) (iterate inc 1)))      ;=> [1 4]
(lazy? (filter (fn [x] (> x 1)) (iterate inc 0)))    ;=> true
(some (fn [x] (when (> x 5) x)) (iterate inc 0))     ;=> 6

; The literal's names are its own.
(let [x 7] [(map (fn [x] (+ x 1)) [1]) x])           ;=> [[2] 7]
(let [xs [1 2] n 10] (map (fn [x] (+ x n)) xs))      ;=> [11 12]
(map (fn [x] (let [y (* 2 x)] (+ y 1))) [1 2])       ;=> [3 5]
(map (fn [map] (+ map 1)) [1])                       ;=> [2]
(map (fn [x] "a text is a body here, no docstring" x) [1])  ;=> [1]
; Literals inside literals.
(map (fn [row] (map (fn [x] (* 2 x)) row)) [[1] [2 3]])  ;=> [[2] [4 6]]
; A function made for each item has an item of its own.
(map (fn [f] (f)) (map (fn [x] (fn [] x)) [1 2 3]))  ;=> [1 2 3]
(defn outer [n] (if (= n 0) :done (first (map (fn [x] (outer (- n 1))) [1]))))
(outer 50)                                           ;=> :done
(defn countdown [xs]
  (loop [xs xs n 0] (if (empty? xs) n (recur (filter (fn [x] (> x (first xs))) xs) (inc n)))))
(countdown [1 2 3 2])                                ;=> 3

; A name that means something else is called.
(let [map (fn [f xs] :mine)] (map (fn [x] x) [1]))   ;=> :mine
(defn shadowed [filter] (filter (fn [x] x) [1]))
(shadowed (fn [f xs] [:called (f 5)]))               ;=> [:called 5]
(defn late [] (remove (fn [x] x) [1 nil]))
(late)                                               ;=> [nil]
(set! (. ($py "sys") modules [__name__] remove) (fn [f xs] :rebound))
(late)                                               ;=> :rebound

; What goes wrong goes wrong as in the call.
(map (fn [x] (* x 2)) 5)                             ;=! TypeError
(map (fn [x] (/ 1 x)) [1 0])                         ;=! ZeroDivisionError
(reduce (fn [a b] (+ a b)) 0 [1 "a"])                ;=! TypeError
(filter (fn [[a b]] a) [1])                          ;=! TypeError

; Values are let go of as soon as in the call.
(import weakref gc)
(defclass Thing [] (defn __init__ [self n] (set! self.n n)))
(let [things (map (fn [n] (Thing n)) (range 3))
      refs (map (fn [t] (weakref.ref t)) things)]
  (set! things nil)
  (map (fn [r] (r)) refs))                           ;=> [nil nil nil]
