; A name of core that opcodes stand for may come to mean something else at any time: the next call of a function follows.

(import sys)
(def here (get sys.modules __name__))

(defn one-more [x] (inc x))
(defn more-than-two [n] (if (> n 2) :more :less))
(defn total [a b c] (+ a b c))
(defn added [n] (fn [x] (+ x n)))
(def add-ten (added 10))
(defn said [x] (str "<" x ">"))
(defn found [m k] (get m k :none))
[(one-more 1) (more-than-two 3) (total 1 2 3) (add-ten 5) (said 1) (found {} 1)]  ;=> [2 :more 6 15 "<1>" :none]

; By a definition that nobody could see when the functions were compiled.
(eval '(def inc (fn [x] (* 100 x))))
(one-more 2)                                         ;=> 200
(eval '(def > (fn [a b] (core/< a b))))
(more-than-two 3)                                    ;=> :less
(eval '(def + (fn [& xs] (vec xs))))
[(total 1 2 3) (add-ten 5)]                          ;=> [[1 2 3] [5 10]]
(eval '(def str (fn [& xs] (count xs))))
(said 1)                                             ;=> 3
(eval '(def get (fn [& xs] (vec xs))))
(found {} 1)                                         ;=> [{} 1 :none]
; Once it is gone core's own is back.
(doseq [name '[inc > + str get]] (eval `(del! ,name)))
[(one-more 1) (more-than-two 3) (total 1 2 3) (add-ten 5) (said 1) (found {} 1)]  ;=> [2 :more 6 15 "<1>" :none]

; By attributes, from Catena and from Python, and through the module's namespace.
(set! here.inc (fn [x] [:set x]))
(one-more 1)                                         ;=> [:set 1]
(del! here.inc)
(one-more 1)                                         ;=> 2
(def from-python {"f" one-more "module" here})
(exec "module.__dict__['inc'] = lambda x: ('raw', x)\nresult = f(1)" from-python)
(get from-python "result")                           ;=> #["raw" 1]
(exec "del module.inc\nresult = f(1)" from-python)
(get from-python "result")                           ;=> 2

; Core's own value, for every module; what core itself made of it stays.
(def core-module (get sys.modules "catena.core"))
(def original core-module.inc)
(set! core-module.inc (fn [x] [:core x]))
[(one-more 1) (core/inc 1) (map original [1])]       ;=> [[:core 1] [:core 1] [2]]
(set! core-module.inc original)
(one-more 1)                                         ;=> 2

; Every operation, as a value, as a test, for its effect, last and in between: a name that counts its calls must be called
; as often as it stands there, and the answers stay what they were.
(def operations
  '[[+ 1 2] [+ 1 2 3] [* 2 3] [- 5] [- 5 2] [- 9 2 3] [/ 4] [/ 8 2] [// 7 2] [% 7 2] [mod 7 2] [** 2 3] [< 1 2] [< 1 2 3]
    [<= 2 2] [> 1 2] [>= 1 2 3] [= 1 1] [= 1 1 2] [== 1 1] [!= 1 2] [not= 1 1] [identical? nil nil] [not 1] [inc 1]
    [dec 1] [zero? 0] [pos? 1] [neg? 1] [nil? nil] [some? nil] [bit-and 6 3] [bit-or 6 3] [bit-xor 6 3] [bit-not 6]
    [bit-shift-left 1 3] [bit-shift-right 8 1] [get "abc" 1] [get {} 1 2] [str 1 "a"] [nth [1 2] 1] [count "abc"]
    [vector 1 2] [list 1 2]])

(defn uses [[name & operands]]
  (let [call `(,name ,@operands)]
    (eval `(fn []
             (let [a# ,call
                   b# (if ,call 1 2)
                   c# (let [x# 0] (while (core/< x# 1) ,call (set! x# (core/+ x# 1))) x#)
                   d# (and 1 ,call)
                   e# (loop [i# 0 last# nil] (if (core/identical? i# 2) last# (recur (core/+ i# 1) ,call)))]
               (try ,call (finally nil))
               [a# b# c# d# e# ,call ((fn [] ,call))])))))

(defn follows? [operation]
  (let [function (uses operation)
        name (first operation)
        before (function)
        calls (atom 0)
        real (eval name)]
    (eval `(def ,name nil))
    (eval `(set! ,name ,(fn [& xs] (swap! calls core/inc) (apply real xs))))
    (let [during (function) counted @calls]
      (eval `(del! ,name))
      (swap! calls (fn [_] 0))
      (if (and (= before during) (= before (function)) (= counted 9) (zero? @calls))
        :follows
        [name before during counted @calls]))))
(set (map follows? operations))                      ;=> #{:follows}
