; Section 2 and 3: calls that never grow the stack, the order of evaluation, numbers at their edges, macros in macros.

(defclass Walker [] (defn go [self n] (if (= n 0) :done (.go self (- n 1)))))
(.go (Walker) 1000)                     ;=> :done
(.go (Walker) 150000)                   ;=> :done
; recursion through the attributes of an object takes frames, as any other
(defclass Node [] (defn __init__ [self next] (set! self.next next))
  (defn length [self] (if self.next (inc (self.next.length)) 1))
  (defn scaled [self k] (if self.next (+ k (self.next.scaled k)) k))
  (defn keyed [self &key (by 1)] (if self.next (+ by (self.next.keyed :by by)) by))
  (defn optional [self &opt (by 1)] (if self.next (+ by (.optional self.next)) by))
  (defn last [self] (if self.next (self.next.last) :last))
  (defn fails [self] (if self.next (inc (self.next.fails)) (self.nothing.here)))
  (defn [property] size [self] (if self.next (inc self.next.size) 1)))
(def nodes (reduce (fn [node _] (Node node)) nil (range 50000)))
(nodes.length)                          ;=> 50000
(nodes.scaled 2)                        ;=> 100000
(nodes.keyed :by 3)                     ;=> 150000
(nodes.optional)                        ;=> 50000
(nodes.last)                            ;=> :last
(nodes.fails)                           ;=! AttributeError: nothing
nodes.size                              ;=! RecursionError
(set! nodes nil)
(import types :refer [SimpleNamespace])
(def holder (SimpleNamespace))
(set! holder.f (fn [n] (if (= n 0) :done (holder.f (- n 1)))))
(holder.f 150000)                       ;=> :done
(defn tail-apply [n] (if (= n 0) :done (apply tail-apply [(- n 1)])))
(tail-apply 1000)                       ;=> :done
(defn tail-splat [n] (if (= n 0) :done (tail-splat #* [(- n 1)])))
(tail-splat 150000)                     ;=> :done
(defn tail-key [&key n] (if (= n 0) :done (tail-key :n (- n 1))))
(tail-key :n 150000)                    ;=> :done
(defn tail-when [n] (when-let [m n] (if (= m 0) :done (tail-when (dec m)))))
(tail-when 150000)                      ;=> :done
(defn tail-arity ([n] (tail-arity n 0)) ([n acc] (if (= n 0) acc (tail-arity (- n 1) (+ acc 1)))))
(tail-arity 150000)                     ;=> 150000
(defn tail-finally [n] (try (if (= n 0) :done (tail-finally (- n 1))) (finally nil)))
(tail-finally 1000)                     ;=> :done
(let [f (fn f [n] (if (= n 0) :done (f (- n 1))))] (f 150000))   ;=> :done
(letfn [(ev [n] (if (= n 0) true (od (dec n)))) (od [n] (if (= n 0) false (ev (dec n))))] (ev 150000))   ;=> true
; order of evaluation with set!
(let [x 1] [x (set! x 2) x])            ;=> [1 2 2]
(let [x 1] (+ x (do (set! x 10) x)))    ;=> 11
(let [x 1] (+ (do (set! x 10) x) x))    ;=> 20
(let [x 1 f (fn [] (set! x (+ x 1)) x)] [x (f) x (f)])   ;=> [1 2 2 3]
(let [xs [1 2]] (+ (.pop xs) (* 10 (.pop xs))))  ;=> 12
(let [a 1 b 2] (let [a b b a] [a b]))   ;=> [2 2]
(loop [a 1 b 2 n 0] (if (= n 3) [a b] (recur b a (inc n))))  ;=> [2 1]
(let [f (fn [x] (fn [] (set! x (inc x))))  g (f 1) h (f 10)] [(g) (g) (h)])  ;=> [2 3 11]
; try/finally/loop interplay
(let [log []] (loop [i 0] (when (< i 3) (try (.append log i) (finally (.append log :f))) (recur (inc i)))) log)   ;=> [0 :f 1 :f 2 :f]
(let [log []] (try (doseq [x [1 2 3]] (try (if (= x 2) (throw (ValueError))) (.append log x) (finally (.append log :f)))) (catch ValueError e (.append log :caught))) log)   ;=> [1 :f :f :caught]
(defn fin [] (try (throw (ValueError "a")) (catch ValueError e (throw (KeyError "b"))) (finally (set! fin-log :ran))))
(def fin-log nil)
(try (fin) (catch KeyError e [fin-log (type e.__context__)]))    ;=> [:ran <class 'ValueError'>]
(let [n 0] (while true (try (try (break) (finally (set! n (inc n)))) (finally (set! n (+ n 10))))) n)     ;=> 11
(let [r []] (doseq [i (range 3)] (try (continue) (catch ValueError e 1) (else (.append r :else)) (finally (.append r i)))) r)   ;=> [0 1 2]
(try (try 1 (catch ValueError e :wrong) (else (throw (ValueError "from else")))) (catch ValueError e (str e)))   ;=> "from else"
(try (throw (ValueError)) (catch ValueError _ :ok))  ;=> :ok
(try (throw (ValueError)) (catch ValueError :ok))  ;=> :ok
(try (throw (ValueError "v")) (catch Exception e (try (throw (KeyError "k")) (catch KeyError e2 (str e)))))   ;=> "v"
(defn gen-fin [log] (try (yield 1) (finally (.append log :fin))))
(let [log []] (doseq [x (gen-fin log)] (.append log x)) log)     ;=> [1 :fin]
(let [log []] (doseq [x (gen-fin log)] (break)) ((. ($py "gc") collect)) log)      ;=> [:fin]
; closures over loop variables in while
(let [fs [] i 0] (while (< i 3) (let [j i] (.append fs (fn [] j))) (set! i (inc i))) (map (fn [f] (f)) fs))  ;=> [0 1 2]
; big numbers
(let [x 9223372036854775807] (set! x (+ x 1)) (- x 1))   ;=> 9223372036854775807
(loop [i 0 x 1] (if (= i 70) x (recur (inc i) (* x 2))))     ;=> 1180591620717411303424
(bit-shift-left 1 63)                   ;=> 9223372036854775808
(bit-shift-left -1 63)                  ;=> -9223372036854775808
(bit-shift-left 1 -1)                   ;=! ValueError
(// 7 0.0)                              ;=! ZeroDivisionError
(** 2 0.5)                              ;=> 1.4142135623730951
(** -8 (/ 1 3))                         ;=> 1.0000000000000002+1.7320508075688772j
(% 5.5 2)                               ;=> 1.5
(% -5.5 2)                              ;=> 0.5
(// -7.5 2)                             ;=> -4.0
(= 0.0 -0.0)                            ;=> true
(identical? 0.0 -0.0)                   ;=> false
(< nan 1)                               ;=> false
(max 1 2.5 true)                        ;=> 2.5
(= [1 2.0] [1.0 2])                     ;=> true
(- true)                                ;=> -1
(+ 1 true)                              ;=> 2
(inc true)                              ;=> 2
(* 1.5 2)                               ;=> 3.0
(- 0.0)                                 ;=> -0.0
(+ 9223372036854775807 0.5)             ;=> 9.223372036854776e+18
(= 9223372036854775807 9223372036854775808.0)  ;=> false
(< 9223372036854775807 9223372036854775808.0)  ;=> true
(// 9223372036854775807 -1)             ;=> -9223372036854775807
(% -9223372036854775808 -1)             ;=> 0
(abs -9223372036854775808)              ;=> 9223372036854775808
; strings, bytes
(get "héllo" 1)                         ;=> "é"
(count "日本語")                         ;=> 3
(reverse "日本")                         ;=> ["本" "日"]
(split "a,b,,c" ",")                    ;=> ["a" "b" "" "c"]
(join "" ["a" "b"])                     ;=> "ab"
(vec b"ab")                             ;=> [97 98]
(str b"ab")                             ;=> "b'ab'"
(upper :abc)                            ;=> "ABC"
(fmt "{:>{w}}" 5 :w 3)                  ;=> "  5"
; nested quasiquote
(defmacro defgetter [name key] `(defn ,name [m#] (get m# ,key)))
(defgetter get-a :a)
(get-a {:a 5})                          ;=> 5
(defmacro my-let1 [n v & body] `((fn [,n] ,@body) ,v))
(my-let1 q 5 (* q q))                   ;=> 25
(defmacro make-adder [n] `(fn [x#] (+ x# ,n)))
((make-adder 5) 1)                      ;=> 6
(defmacro m-args [& xs] `'(,@xs))
(m-args a b c)                          ;=> (a b c)
(defmacro rev [form] (reverse form))
(defmacro infix [[a op b]] `(,op ,a ,b))
(infix (1 + 2))                         ;=> 3
(defmacro def-two [a b] `(do (def ,a 1) (def ,b 2)))
(def-two aa bb)
[aa bb]                                 ;=> [1 2]
(defmacro kw-macro [&key (x 1) y] `[,x ,y])
(kw-macro :y 5)                         ;=> [1 5]
(defmacro opt-macro [a &opt (b `(+ 1 1))] `[,a ,b])
(opt-macro 1)                           ;=> [1 2]
(let [v [1 2]] `(x ,@v ,@(map inc v)))  ;=> (x 1 2 2 3)
`(1 `(2 ,(3 ,(+ 1 3))))                 ;=> (1 (quasiquote (2 (unquote (3 4)))))
(macroexpand-1 '(when a b))             ;=> (if a (do b))
(let [when (fn [x] [:mine x])] (when 5))    ;=> [:mine 5]
(defmacro uses-private [x] `(secret-fn ,x))
(defn- secret-fn [x] [:secret x])
(uses-private 1)                        ;=> [:secret 1]

; Through apply, some->, cond-> and an instance that is called, a tail call is one too.
(defn by-apply [n] (if (= n 0) :done (apply by-apply [(- n 1)])))
(by-apply 100_000)                      ;=> :done
(defn by-apply-2 [a n] (if (= n 0) a (apply by-apply-2 (+ a 1) #[(- n 1)])))
(by-apply-2 0 100_000)                  ;=> 100000
(defn by-some [n] (some-> n (by-some-2)))
(defn by-some-2 [n] (if (= n 0) :done (by-some (- n 1))))
(by-some 100_000)                       ;=> :done
(defn by-cond [n] (if (= n 0) :done (cond-> n true (dec) true (by-cond))))
(by-cond 100_000)                       ;=> :done
(defclass Countdown [] (defn __call__ [self n] (if (= n 0) :done (self (- n 1)))))
((Countdown) 100_000)                   ;=> :done
(apply (fn [a & more &key (z 1)] [a more z]) 1 [2 :z 5])     ;=> [1 [2 :z 5] 1]
(apply (fn [a & more &key (z 1)] [a more z]) 1 [2] :z 7)     ;=> [1 [2] 7]
(apply (fn [a] a) [1 2])                ;=! TypeError
(apply (fn [& xs] (len xs)) (range 1000))                    ;=> 1000
(apply (fn [& xs] (len xs)) (vec (range 100_000)))           ;=> 100000

; Methods that are Catena functions call each other as deep as functions do.
(defclass Node []
  (defn __init__ [self next] (set! self.next next))
  (defn length [self] (let [next self.next] (if (nil? next) 1 (+ 1 (.length next))))))
(let [node nil] (dotimes [_ 1_000] (set! node (Node node))) (.length node))  ;=> 1000
