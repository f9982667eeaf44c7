; Section 4: parameters, what Python sees of a function, patterns, closures, generators, coroutines.

; parameters
(defn f1 [a b] [a b])
(f1 1 2)                                ;=> [1 2]
(f1 1)                                  ;=! TypeError: f1
(f1 1 2 3)                              ;=! TypeError: f1
(defn f2 [a &opt b] [a b])
(f2 1)                                  ;=> [1 nil]
(f2 1 2)                                ;=> [1 2]
(defn f3 [a &opt (b 10) (c (+ b 1))] [a b c])
(f3 1)                                  ;=> [1 10 11]
(f3 1 2)                                ;=> [1 2 3]
(f3 1 2 5)                              ;=> [1 2 5]
(f3 1 nil)                              ;=! TypeError
(defn f4 [a & rest] [a rest])
(f4 1)                                  ;=> [1 []]
(f4 1 2 3)                              ;=> [1 [2 3]]
(type (nth (f4 1 2) 1))                 ;=> <class 'list'>
(defn f5 [a &key (axis nil) keepdims] [a axis keepdims])
(f5 1)                                  ;=> [1 nil nil]
(f5 1 :keepdims true)                   ;=> [1 nil true]
(f5 1 :axis 0 :keepdims 1)              ;=> [1 0 1]
(f5 1 :other 2)                         ;=! TypeError: other
(f5)                                    ;=! TypeError
(defn f6 [a &opt (c 10) & rest &key (axis nil) keepdims &kwargs more] [a c rest axis keepdims more])
(f6 1)                                  ;=> [1 10 [] nil nil {}]
(f6 1 2 3 4 :axis 5 :extra 6)           ;=> [1 2 [3 4] 5 nil {"extra" 6}]
(defn f7 [&kwargs kw] kw)
(f7)                                    ;=> {}
(f7 :a-b 1)                             ;=> {"a_b" 1}
(defn f8 [&opt (xs [])] (.append xs 1) xs)
(f8)                                    ;=> [1]
(f8)                                    ;=> [1]
(defn f9 [&key (a-key 1)] a-key)
(f9 :a-key 2)                           ;=> 2
(f9 :a_key 3)                           ;=> 3
(defn f10 [[a b] {:keys [c]}] [a b c])
(f10 [1 2] {:c 3})                      ;=> [1 2 3]
(defn f11 [a &opt ([b c] [5 6])] [a b c])
(f11 1)                                 ;=> [1 5 6]
(f11 1 [7 8])                           ;=> [1 7 8]
(defn f12 [& [a b]] [a b])
(f12 1 2 3)                             ;=> [1 2]
(defn f13 [^int a &opt (^str b "x")] [a b])
(f13 1)                                 ;=> [1 "x"]
(fn [& a b] 1)                          ;=! CompileError
((fn [&opt] 1))                         ;=> 1
(fn [&key a &opt b] 1)                  ;=! CompileError
(fn [a &kwargs] 1)                      ;=! CompileError
((fn [_ _] 1) 2 3)                      ;=> 1

; inspect and the attributes of functions
(import inspect)
(defn sig [f] (builtins.str (inspect.signature f)))
(sig f1)                                ;=> "(a, b)"
(sig f2)                                ;=> "(a, b=None)"
(sig f3)                                ;=> "(a, b=10, c=...)"
(builtins.repr (. (inspect.signature f3) parameters ["c"] default))     ;=> "..."
(sig (fn [&opt (a (list 1)) (b '(1)) (c #[1 2]) (d :k) (e 's)] a))      ;=> "(a=..., b=..., c=(1, 2), d='k', e=s)"
(sig f4)                                ;=> "(a, *rest)"
(sig f5)                                ;=> "(a, *, axis=None, keepdims=None)"
(sig f6)                                ;=> "(a, c=10, *rest, axis=None, keepdims=None, **more)"
(sig f9)                                ;=> "(*, a_key=1)"
(sig f13)                               ;=> "(a: int, b: str = 'x')"
(sig (fn []))                           ;=> "()"
(defn ^int returns-int [a] a)
(sig returns-int)                       ;=> "(a) -> int"
(defn returns-float "doc" ^float [^int a] a)
(sig returns-float)                     ;=> "(a: int) -> float"
(sig (fn ^int [a] a))                   ;=> "(a) -> int"
f1.__name__                             ;=> "f1"
(. (fn []) __name__)                    ;=> "fn"
(defn described "What it does." [x] x)
described.__doc__                       ;=> "What it does."
f1.__doc__                              ;=> nil
f1.__module__                           ;=> "conformance"
f1.__qualname__                         ;=> "f1"
(set! f1.custom 5)                      ;=> 5
f1.custom                               ;=> 5
(callable f1)                           ;=> true
(inspect.isfunction f1)                 ;=> false
(builtins.list (builtins.map f2 [1 2])) ;=> [[1 nil] [2 nil]]
(sorted [3 1 2] :key (fn [x] (- x)))    ;=> [3 2 1]
((. ($py "functools") reduce) (fn [a b] (+ a b)) [1 2 3])       ;=> 6
(import copy)
(identical? f1 (copy.copy f1))          ;=> true

; vector patterns
(let [[a b] [1 2]] [a b])               ;=> [1 2]
(let [[a b c] [1 2]] [a b c])           ;=> [1 2 nil]
(let [[a] [1 2 3]] a)                   ;=> 1
(let [[a & more] [1 2 3]] [a more])     ;=> [1 [2 3]]
(let [[a & more] '(1 2 3)] [a more])    ;=> [1 (2 3)]
(let [[a & more] #[1 2 3]] more)        ;=> [2 3]
(let [[a & more] [1]] more)             ;=> []
(let [[a & more] '(1)] more)            ;=> ()
(let [[a [b c] & more :as all] [1 [2 3] 4 5]] [a b c more all])   ;=> [1 2 3 [4 5] [1 [2 3] 4 5]]
(let [[a b] "xy"] [a b])                ;=> ["x" "y"]
(let [[a b] (range 5)] [a b])           ;=> [0 1]
(let [[a b] (lazy-for [x [1 2 3]] x)] [a b])    ;=> [1 2]
(let [[a b] nil] [a b])                 ;=> [nil nil]
(let [[k v] (first (.items {:a 1}))] [k v])     ;=> [:a 1]
(let [[_ b _] [1 2 3]] b)               ;=> 2
(let [[] [1]] :ok)                      ;=> :ok
(let [[& all] [1 2]] all)               ;=> [1 2]
(let [[a] 5] a)                         ;=! TypeError

; map patterns
(let [{:keys [a b]} {:a 1 :b 2}] [a b]) ;=> [1 2]
(let [{:keys [a b] :or {b 2}} {:a 1}] [a b])    ;=> [1 2]
(let [{:keys [a] :or {a 5}} {:a nil}] a)        ;=> nil
(let [{:keys [a] :as m} {:a 1 :c 3}] [a m])     ;=> [1 {:a 1 :c 3}]
(let [{a :key b "other"} {:key 1 "other" 2}] [a b])     ;=> [1 2]
(let [{[x y] :point} {:point [1 2]}] [x y])     ;=> [1 2]
(let [{{:keys [z]} :inner} {:inner {:z 9}}] z)  ;=> 9
(let [{:keys [a]} nil] a)               ;=> nil
(let [{:keys [a]} {}] a)                ;=> nil
(let [{x 0 y 1} [:a :b]] [x y])         ;=> [:a :b]
(let [{a :a :or {a (+ 1 1)}} {}] a)     ;=> 2
(for [{:keys [n]} [{:n 1} {:n 2}]] n)   ;=> [1 2]
(loop [{:keys [n]} {:n 3}] (if (> n 0) (recur {:n (- n 1)}) n)) ;=> 0
(let [k :a {v k} {:a 5}] v)             ;=> 5

; closures capture bindings
(defn counter [] (let [n 0] [(fn [] (set! n (inc n))) (fn [] n)]))
(let [[bump look] (counter)] (bump) (bump) (look))      ;=> 2
(let [x 1 f (fn [] x)] (set! x 2) (f))  ;=> 2
(map (fn [f] (f)) (for [i (range 3)] (fn [] i)))        ;=> [0 1 2]
(let [fs []] (doseq [i (range 3)] (.append fs (fn [] i))) (map (fn [f] (f)) fs))        ;=> [0 1 2]
(let [fs []] (dotimes [i 3] (.append fs (fn [] i))) (map (fn [f] (f)) fs))              ;=> [0 1 2]
(let [fs []] (doseq [i (range 3) :let [j (* i i)]] (.append fs (fn [] (set! j (inc j))))) (map (fn [f] (f)) fs))    ;=> [1 2 5]
(let [make (fn [a] (fn [b] (fn [c] [a b c])))] (((make 1) 2) 3))        ;=> [1 2 3]
(let [x 1] (defn sees [] x) (set! x 5) (sees))          ;=> 5
((fn [a] (let [f (fn [] (set! a (+ a 1)))] (f) (f) a)) 1)       ;=> 3

; generators
(defn three [] (yield 1) (yield 2) (yield 3))
(vec (three))                           ;=> [1 2 3]
(type (three))                          ;=> <class 'generator'>
(inspect.isgenerator (three))           ;=> true
(inspect.isgeneratorfunction three)     ;=> true
(builtins.next (three))                 ;=> 1
(builtins.sum (three))                  ;=> 6
(defn echo [] (let [got (yield :ready)] (while true (set! got (yield #[:got got])))))
(let [g (echo)] [(builtins.next g) (.send g 1) (.send g 2)])    ;=> [:ready #[:got 1] #[:got 2]]
(defn guarded [log] (try (yield 1) (yield 2) (finally (.append log :closed))))
(let [log [] g (guarded log)] (builtins.next g) (.close g) log) ;=> [:closed]
(let [log [] g (guarded log)] (builtins.next g) (set! g nil) log)       ;=> [:closed]
(defn catching [] (while true (try (yield :waiting) (catch ValueError e (yield (str e))))))
(let [g (catching)] (builtins.next g) (.throw g (ValueError "thrown in")))      ;=> "thrown in"
(defn delegating [] (yield 0) (yield-from [1 2]) (yield-from (three)))
(vec (delegating))                      ;=> [0 1 2 1 2 3]
(defn returning [] (yield 1) :result)
(defn outer [] (let [r (yield-from (returning))] (yield r)))
(vec (outer))                           ;=> [1 :result]
(let [g (returning)] (builtins.next g) (try (builtins.next g) (catch StopIteration e e.value))) ;=> :result
(defn fib [] (let [a 0 b 1] (while true (yield a) (let [c (+ a b)] (set! a b) (set! b c)))))
(take 10 (fib))                         ;=> [0 1 1 2 3 5 8 13 21 34]
(defn gen-args [& xs] (doseq [x xs] (yield (* x x))))
(vec (gen-args 1 2 3))                  ;=> [1 4 9]
(vec ((fn [] (for [x [1 2]] (yield x)))))       ;=> [1 2]
(vec ((fn [] (yield))))                 ;=> [nil]
(yield 1)                               ;=! CompileError
(builtins.next (builtins.iter (fn [] 5) 6))     ;=> 5
(defn gen-error [] (yield 1) (throw (KeyError "late")))
(vec (gen-error))                       ;=! KeyError

; coroutines
(import asyncio)
(defn-async add-later [a b] (await (asyncio.sleep 0)) (+ a b))
(inspect.iscoroutinefunction add-later) ;=> true
(await (add-later 1 2))                 ;=> 3
(await 5)                               ;=> 5
(await [1])                             ;=> [1]
(let [x (await (add-later 1 1))] (* x 10))      ;=> 20
(vec (await (asyncio.gather (add-later 1 1) (add-later 2 2))))  ;=> [2 4]
(await ((fn-async [] (await (add-later 5 5)))))         ;=> 10
(fn [] (await (add-later 1 2)))         ;=! CompileError: fn-async
(defn-async ticker [n] (dotimes [i n] (await (asyncio.sleep 0)) (yield i)))
(defn-async collect [] (let [xs []] (for-async [x (ticker 3)] (.append xs x)) xs))
(await (collect))                       ;=> [0 1 2]
(defn-async collect-some [] (let [xs []] (for-async [x (ticker 9)] (if (= x 1) (continue)) (if (= x 4) (break)) (.append xs x)) xs))
(await (collect-some))                  ;=> [0 2 3]
(inspect.isasyncgenfunction ticker)     ;=> true
(defclass Gate []
  (defn __init__ [self] (set! self.log []))
  (defn-async __aenter__ [self] (.append self.log :in) self)
  (defn-async __aexit__ [self a b c] (.append self.log :out) false))
(defn-async through [] (let [gate (Gate)] (with-async [g gate] (.append g.log :inside)) gate.log))
(await (through))                       ;=> [:in :inside :out]
(defn-async failing [] (await (asyncio.sleep 0)) (throw (ValueError "async")))
(await (failing))                       ;=! ValueError: async
(await ((fn-async [] (try (await (failing)) (catch ValueError e (str e))))))    ;=> "async"
(def loop-one (await ((fn-async [] (asyncio.get-running-loop)))))
(identical? loop-one (await ((fn-async [] (asyncio.get-running-loop)))))        ;=> true
(def task-log [])
(def task (await ((fn-async [] (asyncio.create-task (add-later 3 4))))))
(await task)                            ;=> 7
(defn-async sync-inside [] (try (eval '(await (asyncio.sleep 0))) (catch RuntimeError e :refused)))
(await (sync-inside))                   ;=> :refused
(await (asyncio.wait-for (add-later 2 3) :timeout 5))   ;=> 5
(let [f (fn-async [] 1)] (let [c (f)] (.close c) :closed))      ;=> :closed
