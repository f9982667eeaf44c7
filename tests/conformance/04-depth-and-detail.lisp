; Deep data, patterns in patterns, f-strings, coroutines and generators in their corners.

(defmacro kw-macro [&key (x 1) y] `[,x ,y])
(kw-macro :y 5)                         ;=> [1 5]
; deep data
(defn nest [n] (let [x []] (dotimes [i n] (set! x [x])) x))
(defn nest-list [n] (let [x ()] (dotimes [i n] (set! x (list x))) x))
(count (pr-str (nest 100000)))          ;=> 200002
(count (pr-str (nest-list 100000)))     ;=> 200002
(= (nest-list 100000) (nest-list 100000))       ;=> true
(= (nest 100000) (nest 100000))         ;=! RecursionError
(hash (nest-list 100000))
(count (flatten (nest 100000)))         ;=> 0
(nest 1000000)
(nest-list 1000000)
(let [x (nest-list 300000)] (set! x nil) :freed)        ;=> :freed
(str (nest 100000))                     ;=! RecursionError
(plain (nest 1000))
(list? (eval (list 'quote (nest-list 1000))))   ;=> true
(pprint (nest 100) :width 20)
(let [m {}] (set! (get m :m) m) (pprint m))     ;=> nil  ;out "{:m ...}\n"
(let [m {}] (set! (get m :m) m) (= m m))        ;=> true
(let [x []] (.append x x) (flatten x))  ;=! ValueError: contains itself
; patterns
(let [[a [b [c & d] :as e] & f :as g] [1 [2 [3 4 5]] 6]] [a b c d e f g])   ;=> [1 2 3 [4 5] [2 [3 4 5]] [6] [1 [2 [3 4 5]] 6]]
(let [{:keys [a b] :or {a 1 b (+ a 10)} :as m} {}] [a b m])     ;=> [1 11 {}]
(let [{x "k" [y z] :v} {"k" 1 :v [2 3]}] [x y z])   ;=> [1 2 3]
(defn f1 [{:keys [a] :or {a 5}} [b & c]] [a b c])
(f1 {} [1 2 3])                         ;=> [5 1 [2 3]]
(f1 {:a nil} nil)                       ;=> [nil nil []]
(for [[k {:keys [n]}] (.items {:a {:n 1} :b {:n 2}})] #[k n])   ;=> [#[:a 1] #[:b 2]]
(let [[x y] (fn [] 1)] x)               ;=! TypeError
(let [[a b] {:k 1 :j 2}] [a b])         ;=> [:k :j]
(let [{a 0} "xyz"] a)                   ;=> "x"
(match {:a [1 {:b 2}]} {:a [x {:b y}]} [x y])   ;=> [1 2]
(match [1 2 3 4] [a & _] a)             ;=> 1
(match (list 1 2) [a b] [a b])          ;=> [1 2]
(match (range 3) [a b c] [a b c])       ;=> [0 1 2]
(match #{1 2} #{1} :set _ :no)          ;=> :no
(match "x" (or "x" "y") :xy)            ;=> :xy
(match 5 (or (int x) (float x)) x)      ;=> 5
(match 5 ((int x) :when (> x 3) ) :big _ :small)    ;=> :big
(match [1 2] ([a b] :when (> b a)) :up _ :down)     ;=> :up
(match nil nil 1)                       ;=> 1
(match [] [] :empty [a] :one)           ;=> :empty
(match #[] #[] :empty)                  ;=> :empty
(match {} {} :any)                      ;=> :any
(match {:a 1} {} :any)                  ;=> :any
(match 'a 'b 1 'a 2)                    ;=> 2
(match [1 [2]] [x [x2]] (+ x x2))       ;=> 3
(let [y 2] (match 2 'y :sym y :bound))  ;=> :bound
(match b"x" b"x" :bytes)                ;=> :bytes
(match 1.0 1 :one)                      ;=> :one
; strings
f"{(+ 1 2)=}"                           ;=> "(+ 1 2)=3"
f"{{{1}}}"                              ;=> "{1}"
f"{"a":>3}|{"b":<3}|{"c":^3}"           ;=> "  a|b  | c "
f"{1.23456:.{(+ 1 1)}f}"                ;=> "1.23"
f"{nil}"                                ;=> "None"
f"{#[1 2]}"                             ;=> "(1, 2)"
f"{{"                                   ;=> "{"
(let [x 1] f"{x}{x}{x}")                ;=> "111"
f"{(if true "y" "n")}"                  ;=> "y"
f"{'sym}"                               ;=> "sym"
(let [a-b 1] f"{a-b}")                  ;=> "1"
(let [t (. ($py "datetime") (date 2024 1 5))] f"{t:%Y/%m/%d}")   ;=> "2024/01/05"
; async
(import asyncio)
(defn-async boom [] (throw (ValueError "b")))
(await (asyncio.gather (boom) :return-exceptions true))     ;=> [ValueError('b')]
(defn-async slow [x] (await (asyncio.sleep 0.001)) x)
(await (asyncio.gather #* (for [i (range 5)] (slow i))))    ;=> [0 1 2 3 4]
(await (asyncio.wait-for (asyncio.sleep 10) 0.01))          ;=! TimeoutError
(defn-async with-timeout [] (try (await (asyncio.wait-for (asyncio.sleep 10) 0.01)) (catch asyncio.TimeoutError e :late)))
(await (with-timeout))                  ;=> :late
(defn-async cancelled [log] (try (await (asyncio.sleep 10)) (catch asyncio.CancelledError e (.append log :cancelled) (throw)) (finally (.append log :finally))))
(defn-async canceller [] (let [log [] t (asyncio.create-task (cancelled log))] (await (asyncio.sleep 0)) (.cancel t) (try (await t) (catch asyncio.CancelledError e nil)) log))
(await (canceller))                     ;=> [:cancelled :finally]
(defn-async agen [] (try (yield 1) (yield 2) (finally nil)))
(defn-async sum-agen [] (let [s 0] (for-async [x (agen) :when (> x 1)] (update! s + x)) s))
(await (sum-agen))                      ;=> 2
(asyncio.run ((fn-async [] 5)))         ;=> 5
(let [c (slow 1)] (.close c) (. c __class__ __name__))      ;=> "coroutine"
(let [x (+ 1 (await (slow 2)))] [x (await (slow x))])       ;=> [3 3]
(for [i [1 2]] (await (slow i)))        ;=> [1 2]
(do (defn-async rec [n] (if (= n 0) 0 (+ 1 (await (rec (- n 1)))))) (await (rec 500)))  ;=> 500
; generators
(defn g1 [] (let [x (yield 1)] (yield x)))
(let [g (g1)] [(builtins.next g) (.send g :sent)])          ;=> [1 :sent]
(defn g2 [] (for [x [1 2]] (yield x)) :end)
(vec (g2))                              ;=> [1 2]
(defn tree [t] (if (vector? t) (doseq [x t] (yield-from (tree x))) (yield t)))
(vec (tree [1 [2 [3 4]] 5]))            ;=> [1 2 3 4 5]
(vec (take 3 ((fn [] (let [n 0] (while true (yield n) (update! n inc)))))))     ;=> [0 1 2]
(let [g (g1)] (.close g) (vec g))       ;=> []
(sum (lazy-for [x (range 1000)] x))     ;=> 499500
(let [g (lazy-for [x [1 2 3]] x)] [(first g) (vec g)])      ;=> [1 [2 3]]
(defn g3 [] (try (yield 1) (catch GeneratorExit e (throw (RuntimeError "closing")))))
(let [g (g3)] (builtins.next g) (.close g))     ;=! RuntimeError: closing
; generators that delegate to generators: what is sent, thrown and closed reaches the innermost, and its end the next outer one
(defn inner [log]
  (try (do (let [x (yield 1)] (yield [:got x])) (throw (ValueError "in")))
    (catch KeyError e (yield [:caught (str e)]))
    (finally (.append log :inner)))
  :r)
(defn middle [log] (yield [:middle (yield-from (inner log))]) :m)
(defn outer [log]
  (try (yield [:outer (yield-from (middle log))])
    (catch ValueError e (yield [:caught (str e)]))
    (finally (.append log :outer))))
(let [log [] g (outer log)] [(builtins.next g) (.send g 5) (builtins.next g) (vec g) log])      ;=> [1 [:got 5] [:caught "in"] [] [:inner :outer]]
(let [log [] g (outer log)] [(builtins.next g) (.send g 7) (.throw g (KeyError 1)) (vec g)])    ;=> [1 [:got 7] [:caught "1"] [[:middle :r] [:outer :m]]]
(let [log [] g (outer log)] (builtins.next g) (builtins.next g) (.close g) [(vec g) log])       ;=> [[] [:inner :outer]]
(let [log [] g (outer log)] (builtins.next g) (builtins.next g) (set! g nil) log)       ;=> [:inner :outer]
(defn shared [g] (yield-from g) (yield :after))
(defn three [] (yield 1) (yield 2) (yield 3) :end)
(let [i (three) s (shared i)]
  [(builtins.next s) (builtins.next s) (builtins.next i) (vec s) (. i gi_frame)])   ;=> [1 2 3 [:after] nil]
(let [i (three) s (shared i)] (builtins.next s) (builtins.next s) (.close i) (vec s))   ;=> [:after]
(let [seen [] i (three)]
  (doseq [x i] (.append seen x) (when (= x 2) (.close i)))
  [seen (. i gi_frame)])        ;=> [[1 2] nil]
(let [seen [] i (three)] (doseq [x i] (.append seen [x (when (= x 2) (builtins.next i))])) seen)        ;=> [[1 nil] [2 3]]
(let [seen [] i (three)] (doseq [x i] (.append seen x)) [seen (vec i) (. i gi_frame)])  ;=> [[1 2 3] [] nil]
(defn fails [n]
  (if (= n 0) (do (yield 1) (yield 2) (throw (LookupError "deep"))) (yield-from (fails (dec n)))))
(let [seen []]
  (try (doseq [x (fails 5)] (.append seen x)) (catch LookupError e (.append seen (str e))))
  seen)  ;=> [1 2 "deep"]
(vec (fails 5))         ;=! LookupError: deep
(defn context [] (try (throw (KeyError "a")) (catch KeyError _ (yield-from (fails 0)))))
(try (vec (context)) (catch LookupError e (str (. e __context__))))     ;=> "'a'"
(let [itself nil]
  (defn first-half [] (yield 1) (yield-from (second-half)))
  (defn second-half [] (yield 2) (yield 3) (yield-from itself))
  (set! itself (first-half))
  (vec itself))         ;=! ValueError: generator already executing
(defn far [n] (if (= n 0) (dotimes [i 100] (yield i)) (yield-from (far (dec n)))))
(sum (far 200))         ;=> 4950
(defn endless [n] (yield n) (yield-from (endless (inc n))))
(doseq [x (endless 0)] x)       ;=! RecursionError: maximum recursion depth exceeded
(defn endless-loops [n] (yield n) (doseq [x (endless-loops (inc n))] (yield x)))
(doseq [x (endless-loops 0)] x)         ;=! RecursionError: maximum recursion depth exceeded
(defn-async leaf [] (dotimes [i 3] (await (asyncio.sleep 0))) 1)
(defn-async both [n] (if (= n 0) (await (leaf)) (+ (await (both (dec n))) (await (both (dec n))))))
(asyncio.run (both 4))  ;=> 16
(defn-async cancelled [log] (try (await (asyncio.sleep 60)) (finally (.append log :cancelled))))
(defn-async awaits [log] (await (cancelled log)))
(defn-async cancels [log]
  (let [task (asyncio.create_task (awaits log))]
    (dotimes [i 3] (await (asyncio.sleep 0)))
    (.cancel task)
    (try (await task) (catch asyncio.CancelledError _ (.append log :task)))
    log))
(asyncio.run (cancels []))      ;=> [:cancelled :task]
