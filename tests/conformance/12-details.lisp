; Section 12, sentence by sentence; and the names that people of Clojure, Scheme and Python look for beside it.

; exceptions with data
(import copy pickle threading time)
(throw (ex-info "too hot" {:celsius 90}))       ;=! ExceptionInfo 1:1: too hot {:celsius 90}
(try (throw (ex-info "m" {:a 1})) (catch ExceptionInfo e [(ex-message e) (ex-data e) (:a e.data) e.args]))  ;=> ["m" {:a 1} 1 #["m" {:a 1}]]
(try (throw (ex-info "m" {})) (catch Exception e (str e)))      ;=> "m"
(try (try (int "x") (catch ValueError e (throw (ex-info "wrapped" {:k 1} e)))) (catch ExceptionInfo e (type (ex-cause e))))    ;=> <class 'ValueError'>
(try (try (int "x") (catch ValueError e (throw (ex-info "wrapped" {:k 1}) :from e))) (catch ExceptionInfo e (type (ex-cause e))))      ;=> <class 'ValueError'>
[(ex-data nil) (ex-message nil) (ex-cause nil)] ;=> [nil nil nil]
(let [e (pickle.loads (pickle.dumps (ex-info "m" {:a 1})))] [(str e) (ex-data e)])      ;=> ["m {:a 1}" {:a 1}]
(let [e (copy.deepcopy (ex-info "m" {:a [1]}))] (ex-data e))    ;=> {:a [1]}
(issubclass ExceptionInfo Exception)    ;=> true

; values that are not there yet
(let [n 0 d (delay (set! n (inc n)) n)] [@d @d (force d) n])    ;=> [1 1 1 1]
(let [n 0 d (delay (set! n (inc n)) (if (< n 2) (throw (ValueError n)) n))] [(try @d (catch ValueError e :failed)) (realized? d) @d (realized? d)])  ;=> [:failed false 2 true]
(let [d (delay 5)] [(repr d) @d (repr d)])      ;=> ["<delay>" 5 "<delay 5>"]
(force nil)                             ;=> nil
(let [calls [] d (delay (time.sleep 0.01) (.append calls 1) :made) out []
      threads (for [_ (range 4)] (threading.Thread :target (fn [] (.append out @d))))]
  (doseq [t threads] (.start t))
  (doseq [t threads] (.join t))
  [out calls])                          ;=> [[:made :made :made :made] [1]]
(let [p (promise) t (threading.Thread :target (fn [] (deliver p :here)))] (.start t) (let [v @p] (.join t) v))  ;=> :here
(let [p (promise)] [(realized? p) (identical? p (deliver p nil)) (deliver p 2) @p (realized? p) (repr p)])      ;=> [false true nil nil true "<promise None>"]
(deref (promise) 0.001 :late)           ;=> :late
(deref (promise) 0.001 nil)             ;=> nil
(deref (promise) 0.001)                 ;=! TimeoutError: the promise is late
(realized? 5)                           ;=! AttributeError

; functions with open methods
(defmulti area "The area of a shape." :kind)
(defmethod area :square [{:keys [side]}] (* side side))
(defmethod area :rectangle [{:keys [w h]}] (* w h))
(area {:kind :square :side 3})          ;=> 9
(area {:kind "rectangle" :w 2 :h 3})    ;=> 6
(area {:kind :circle})                  ;=! ValueError: area has no method for :circle
(defmethod area :default [shape] :unknown)
(area {:kind :circle})                  ;=> :unknown
area.__doc__                            ;=> "The area of a shape."
area.__name__                           ;=> "area"
(map area [{:kind :square :side 2} {}]) ;=> [4 :unknown]
(defmulti shown type)
(defmethod shown int [n] [:int n])
(defmethod shown LookupError [e] [:lookup (type e)])
(defmethod shown nil [_] :never)
[(shown 1) (shown true) (shown (KeyError 1))]   ;=> [[:int 1] [:int true] [:lookup <class 'KeyError'>]]
(shown "x")                             ;=! ValueError: shown has no method for <class 'str'>
(defmulti both (fn [a b] [(int? a) (int? b)]))
(defmethod both #[true true] [a b] (+ a b))
(both 1 2)                              ;=! TypeError
(defmulti pair-of (fn [a b] #[(int? a) (int? b)]))
(defmethod pair-of #[true true] [a b] (+ a b))
(defmethod pair-of #[true false] [a b] [a b])
[(pair-of 1 2) (pair-of 1 "x")]         ;=> [3 [1 "x"]]
(defmulti keyed (fn [x &key mode] mode))
(defmethod keyed :fast [x &key mode] [x mode])
(keyed 1 :mode :fast)                   ;=> [1 :fast]
(defmethod keyed nil [& xs &kwargs named] [xs named])
[(keyed :mode 1) (keyed 1 2) (keyed 1 2 3)]     ;=! TypeError: missing the argument 'x'
[(keyed 1) (keyed ':mode) (let [held :mode] (try (keyed held 2) (catch TypeError _ :two)))]    ;=> [[[1] {}] [[:mode] {}] :two]
(defmulti counted (fn [& xs &kwargs named] #[(count xs) (count named)]))
(defmethod counted :default [& xs &kwargs named] [xs named])
(defmethod counted #[2 0] [x y] [:two x y])
[(counted) (counted 1) (counted 1 2) (counted :a 2) (counted ':a 2) (counted 1 2 3) (counted 1 :a 2)]  ;=> [[[] {}] [[1] {}] [:two 1 2] [[] {"a" 2}] [:two :a 2] [[1 2 3] {}] [[1] {"a" 2}]]
(defmulti no-hash vec)
(no-hash #[1])                          ;=! TypeError: unhashable
(defmethod shown type [t] :class)
[(shown int) (shown (type 1)) (shown (KeyError 1))]    ;=> [:class :class [:lookup <class 'KeyError'>]]
(defmulti deep (fn [n] (if (= n 0) :end :more)))
(defmethod deep :more [n] (deep (dec n)))
(defmethod deep :end [_] :ended)
(deep 200000)                           ;=> :ended
(defmethod area :tri ([{:keys [b]}] b) ([x y] [x y]))
(area {:kind :tri :b 5})                ;=> 5
(defmulti)                              ;=! CompileError: defmulti
(defmulti name-only)                    ;=! CompileError: defmulti
(defmethod area)                        ;=! CompileError: defmethod
(defmethod area :x)                     ;=! CompileError: defmethod
(defmethod undefined-multi :x [a] a)    ;=! NameError: undefined-multi

; nested data
(postwalk (fn [x] (if (keyword? x) (str x) x)) {:a [:b {:c '(:d)}] "e" #{:f}})  ;=> {"a" ["b" {"c" ("d")}] "e" #{"f"}}
(postwalk (fn [x] (if (vector? x) (vec (reverse x)) x)) [1 [2 3]])      ;=> [[3 2] 1]
(prewalk (fn [x] (if (symbol? x) (get {'a 1 'b 2} x x) x)) '(+ a (* b c)))     ;=> (+ 1 (* 2 c))
(postwalk identity #[1 #[2] nil])       ;=> #[1 #[2] nil]
(let [x [1 [2]] y (postwalk identity x)] [(= x y) (identical? (second x) (second y))])  ;=> [true false]
(let [deep (reduce (fn [x _] [x]) 0 (range 5000))] (loop [x (postwalk identity deep) n 0] (if (int? x) n (recur (first x) (inc n)))))   ;=> 5000
(walk inc (fn [xs] (apply max xs)) #{1 5})      ;=> 6

; sets, and keys of maps
[(union) (union #{1}) (union #{1} nil [2])]     ;=> [#{} #{1} #{1 2}]
[(intersection #{1 2} nil) (intersection [1 2] [2 3])]  ;=> [#{} #{2}]
[(difference #{1 2} nil) (difference nil #{1}) (difference [1 2 3] [1] [2])]    ;=> [#{1 2} #{} #{3}]
(let [a #{1 2}] (difference a #{1}) (intersection a #{1}) (union a #{3}) a)     ;=> #{1 2}
[(subset? nil #{1}) (subset? #{1 2} #{1}) (superset? #{1} nil)]         ;=> [true false true]
(map-invert nil)                        ;=> {}
(rename-keys {:a 1 :b 2 :c 3} {:a :b2 :x :y})   ;=> {:b2 1 :b 2 :c 3}

; texts that spell values
(map parse-long ["1" "-1" "+1" " 1" "1_000" "" "1.0" "٣"])      ;=> [1 -1 1 nil nil nil nil nil]
(parse-long 5)                          ;=! TypeError
(map parse-double ["1" "1e3" "inf" "x" ""])     ;=> [1.0 1000.0 inf nil nil]
(parse-double nil)                      ;=! TypeError: parse-double
(map parse-boolean ["true" "false" "True" ""])  ;=> [true false nil nil]

; places replaced for a while
(import types :refer [SimpleNamespace])
(def price 5)
(defn total [n] (* n price))
[(with-redefs [price 2] (total 3)) (total 3)]   ;=> [6 15]
[(try (with-redefs [price 2] (throw (KeyError (total 1)))) (catch KeyError e e.args)) price]    ;=> [#[2] 5]
(with-redefs [price 1 total (fn [n] [n price])] (total 7))      ;=> [7 1]
(let [o (SimpleNamespace :a 1 :d {:k 1})] [(with-redefs [o.a 2 (. o d [:k]) 3] [o.a (get o.d :k)]) o.a o.d])    ;=> [[2 3] 1 {:k 1}]
(with-redefs [(. ($py "time") time) (fn [] 0)] (time.time))     ;=> 0
(< 0 (time.time))                       ;=> true
(with-redefs [no-such-name 1] 2)        ;=! NameError: no-such-name
(try (with-redefs [price 2 inc dec] 1) (catch NameError e [e.__context__ price]))     ;=> [nil 5]
(with-redefs [price] 2)                 ;=! CompileError: with-redefs

; Every sequence function takes any iterable, treats nil as empty, leaves its argument alone and answers a vector.
(def sequence-functions
  {"map" #(map identity %) "mapv" #(mapv identity %) "map-indexed" #(map-indexed vector %) "mapcat" #(mapcat vector %)
   "filter" #(filter some? %) "filterv" #(filterv some? %) "remove" #(remove nil? %) "keep" #(keep identity %)
   "keep-indexed" #(keep-indexed vector %) "take" #(take 2 %) "drop" #(drop 1 %) "take-while" #(take-while some? %)
   "drop-while" #(drop-while nil? %) "take-last" #(take-last 1 %) "drop-last" #(drop-last %) "take-nth" #(take-nth 2 %)
   "split-at" #(first (split-at 1 %)) "split-with" #(first (split-with some? %)) "partition" #(partition 1 %)
   "partition-all" #(partition-all 2 %) "partition-by" #(partition-by identity %) "sort" #(sort %)
   "sort-by" #(sort-by identity %) "reverse" #(reverse %) "distinct" #(distinct %) "dedupe" #(dedupe %)
   "flatten" #(flatten %) "interleave" #(interleave % %) "interpose" #(interpose 0 %) "zip" #(zip %)
   "enumerate" #(enumerate %) "shuffle" #(shuffle %) "concat" #(concat %) "reductions" #(reductions (fn [a b] b) 0 %)
   "vec" #(vec %) "butlast" #(butlast %)})
(def iterables [[3 1 2] '(3 1 2) #[3 1 2] {3 :a 1 :b 2 :c} #{3 1 2} "312" b"312" (range 3) (.keys {1 2}) (iter [3 1 2])
                (lazy-for [x [3 1 2]] x) ((. ($py "array") array) "i" [3 1 2]) ((. ($py "collections") deque) [3 1 2])])
(defn complaint [[name f] make]
  (let [xs (make) before (pr-str xs) answer (try (f xs) (catch Exception e e))]
    (when (or (not (vector? answer)) (!= before (pr-str xs)))
      [name (pr-str xs) answer])))
(defn again [xs] (if (or (= "generator" (. (type xs) __name__)) (includes? (. (type xs) __name__) "iterator"))
                   (fn [] (iter [3 1 2]))
                   (fn [] xs)))
(for [f (.items sequence-functions) xs iterables :let [c (complaint f (again xs))] :when c] c)  ;=> []
(for [[name f] (.items sequence-functions) :when (not (contains? #[[] [[]] nil [0]] (f nil)))] name)    ;=> []
(for [[name f] (.items sequence-functions) :when (not (isinstance (try (f 5) (catch Exception e e)) TypeError))] name)  ;=> []

; and gives for anything the answer that it gives for a vector of the same items
(defn same? [f] (let [xs [3 1 2 2 1]] (every? #(= (f xs) (f %)) ['(3 1 2 2 1) #[3 1 2 2 1] ((. ($py "collections") deque) xs) ((. ($py "array") array) "i" xs)])))
(for [[name f] (.items sequence-functions) :when (and (!= name "shuffle") (not (same? f)))] name)       ;=> []

; lazy over what never ends, and only then
(def lazily
  {"map" #(map inc %) "filter" #(filter odd? %) "remove" #(remove odd? %) "keep" #(keep inc %)
   "mapcat" #(mapcat vector %) "take-while" #(take-while some? %) "drop-while" #(drop-while nil? %)
   "map-indexed" #(map-indexed vector %) "keep-indexed" #(keep-indexed vector %) "drop" #(drop 3 %)
   "partition" #(partition 2 %) "partition-all" #(partition-all 2 %) "partition-by" #(partition-by odd? %)
   "dedupe" #(dedupe %) "distinct" #(distinct %) "interpose" #(interpose 0 %) "take-nth" #(take-nth 2 %)
   "interleave" #(interleave % %) "reductions" #(reductions + %) "concat" #(concat [1] %)
   "cons" #(cons 1 %) "rest" #(rest %) "next" #(next %)})
(import itertools)
(for [[name f] (.items lazily) xs [(iterate inc 1) (itertools.count 1)]
      :when (not (= 4 (count (take 4 (f xs)))))] name)          ;=> []
(for [[name f] (.items lazily) :when (!= name "rest") :when (!= name "next") :when (!= name "cons")
      :when (not (vector? (f [1 2 3 4])))] name)                ;=> []
(for [f [last count sort reverse vec frequencies shuffle flatten doall butlast builtins.list tuple #(apply + %) #(into [] %)
         #(into #{} %) #(group-by odd? %) #(sort-by - %) #(join "," %) #(zipmap % %) #(take-last 2 %) #(list* 1 %) #(print #* %)
         (fn [xs] [#* xs]) #(rand-nth %)]
      xs [(iterate inc 0) (map inc (repeat 1))]
      :when (not (isinstance (try (f xs) (catch Exception e e)) ValueError))] f)        ;=> []
(map #(take 2 %) (split-with neg? (iterate inc 0)))             ;=> [[] [0 1]]
(let [xs (iterate inc 0)] [(first xs) (take 2 xs) (nth xs 5) (second xs) (empty? xs)])          ;=> [0 [0 1] 5 1 false]
(let [xs (cycle [1 2])] (= (take 3 xs) (take 3 xs)))            ;=> true
(let [n 0 xs (repeatedly (fn [] (set! n (inc n)) n))] [(take 2 xs) (take 2 xs)])

; cons, conj, rest, next: kinds
(map type [(conj [] 1) (conj '() 1) (conj #[] 1) (conj #{} 1) (conj {} [1 2]) (cons 1 []) (rest [1]) (next [1 2]) (list)])     ;=> [<class 'list'> <class 'catena.List'> <class 'tuple'> <class 'set'> <class 'dict'> <class 'catena.List'> <class 'catena.List'> <class 'catena.List'> <class 'catena.List'>]
(next [1])                              ;=> nil
(rest [1])                              ;=> ()

; on an iterator first, rest, next and empty? consume
(let [it (iter [1 2 3])] [(first it) (first it) (first it) (first it)])         ;=> [1 2 3 nil]
(let [it (iter [1 2 3])] [(rest it) (vec it)])  ;=> [(2 3) []]
(let [it (iter [1 2 3])] [(empty? it) (vec it)])        ;=> [false [2 3]]

; Python's own objects, and str and list that stand for classes
(map identical? [tuple dict set range type abs min max sum round len sorted]
     [builtins.tuple builtins.dict builtins.set builtins.range builtins.type builtins.abs builtins.min builtins.max builtins.sum builtins.round builtins.len builtins.sorted])        ;=> [true true true true true true true true true true true true]
[(isinstance "a" str) (isinstance [] list) (isinstance 1 str) (issubclass builtins.list list) (issubclass str object)]        ;=> [true true false true true]
(do (defclass Text [str] (defn loud [self] (.upper self))) [(.loud (Text "a")) (isinstance (Text "a") str) (issubclass Text str)])     ;=> ["A" true true]
(do (defclass Items [list] (defn total [self] (sum self))) (.total (Items [1 2])))      ;=> 3
(let [f (fn [^str a ^list b] a)] (. f __annotations__ ["a"]))   ;=> <class 'str'>
[(str "a" nil 1 :k 'sym [1]) (list 1 2) (vec "ab") (builtins.str 1) (builtins.list "ab")]       ;=> ["aNone1ksym[1]" (1 2) ["a" "b"] "1" ["a" "b"]]
(str.join "," ["a" "b"])                ;=> "a,b"
(dict.fromkeys [1 2] 0)                 ;=> {1 0 2 0}
(isinstance '(1) ($py "collections.abc"))       ;=! TypeError
(isinstance '(1) (. ($py "collections.abc") Sequence))  ;=> true
(zip [1 2] [3 4] :strict true)          ;=> [#[1 3] #[2 4]]
(zip)                                   ;=> []
(enumerate ["a"] 5)                     ;=> [#[5 "a"]]
(type (builtins.map inc [1]))           ;=> <class 'map'>
(print "a" "b" :sep "-" :end ".")       ;=> nil ;out "a-b."
(fmt "{0} {name!r:>5} {{}}" 1 :name "x")        ;=> "1   'x' {}"
(contains? "abc" "bc")                  ;=> true
(contains? 5 1)                         ;=! TypeError
(contains? nil 1)                       ;=> false
(reduce (fn [a x] (if (> x 2) (reduced a) x)) [1 2 3 4])        ;=> 2
(plain {:a [#[:b] '(1 :c) #{:d}]})      ;=> {"a" [#["b"] [1 "c"] #{"d"}]}
(map type (.keys (plain {:a 1})))       ;=> [<class 'str'>]
(ends-with? (with-out-str (core/time (+ 1 2))) "s\n")      ;=> true
(do (with-out-str (core/time (+ 1 2))) :named-by-core)     ;=> :named-by-core
