; Section 1, sentence by sentence: keywords as functions and names, truth, names across the border, printing.

(import types :refer [SimpleNamespace] numpy :as np decimal :refer [Decimal] fractions :refer [Fraction])
(filter :a [{:a 1} {}])                 ;=> [{:a 1}]
(remove :a [{:a 1} {}])                 ;=> [{}]
(keep :a [{:a 1} {}])                   ;=> [1]
(sort-by :n [{:n 2} {:n 1}])            ;=> [{:n 1} {:n 2}]
(group-by :k [{:k 1 :v 2} {:k 1 :v 3}]) ;=> {1 [{:k 1 :v 2} {:k 1 :v 3}]}
((comp inc :a) {:a 1})                  ;=> 2
((juxt :a :b) {:a 1 :b 2})              ;=> [1 2]
(some :a [{} {:a 3}])                   ;=> 3
(every? :a [{:a 1} {}])                 ;=> false
(not-any? :a [{}])                      ;=> true
(max-key :n {:n 1} {:n 2})              ;=> {:n 2}
(min-key :n {:n 1} {:n 2})              ;=> {:n 1}
(partition-by :k [{:k 1} {:k 1} {:k 2}])        ;=> [[{:k 1} {:k 1}] [{:k 2}]]
(take-while :a [{:a 1} {}])             ;=> [{:a 1}]
(drop-while :a [{:a 1} {}])             ;=> [{}]
(mapcat :xs [{:xs [1]} {:xs [2 3]}])    ;=> [1 2 3]
(map-indexed vector [:a])               ;=> [[0 :a]]
((complement :a) {})                    ;=> true
((partial :a) {:a 1})                   ;=> 1
((memoize :a) #[])                      ;=> nil
(apply :a [{:a 4}])                     ;=> 4
(apply :b [{} 5])                       ;=> 5
(update {:m {:a 1}} :m :a)              ;=> {:m 1}
(frequencies (map :a [{:a 1} {:a 1}]))  ;=> {1 2}
(reduce :a [{:a 1} 2])                  ;=> 1
(let [a (atom {:x 5})] (swap! a :x) @a) ;=> 5
(mapv :a [{:a 1}])                      ;=> [1]
(find :a [{} {:a 1}])
(trampoline :a {:a 1})                  ;=> 1
(iterate :next {:next nil})
(sorted [{:n 2} {:n 1}] :key :n)        ;=! TypeError
(defn kw [&kwargs all] all)
(map type (keys (kw :a-b 1)))           ;=> [<class 'str'>]
(let [o (SimpleNamespace)] (set! o.a-b 1) (map type (keys (vars o))))   ;=> [<class 'str'>]
(let [o (SimpleNamespace :a-b 1)] [(getattr o ':a-b nil) (getattr o ':a_b nil)])  ;=> [nil 1]
(defclass Members [] (def a-b 1) (defn c-d [self] 2))
(map type (filter #(includes? % "b") (keys (vars Members))))    ;=> [<class 'str'>]
[Members.a_b Members.a-b (.c_d (Members)) (.c-d (Members))]     ;=> [1 1 2 2]
(plain '(1 (2)))                        ;=> [1 [2]]
(plain 'sym)                            ;=> "sym"
(let [x [1]] (identical? x (plain x)))  ;=> false
`(a , b)                                ;=> (a b)
'(1 , 2)                                ;=> (1 2)
'[1,]                                   ;=> [1]
'{:a 1,}                                ;=> {:a 1}
(#(str %1 %&) 1 2 3)                    ;=> "1[2, 3]"
(let [x 5] f"{x:>3}|{x!r:>3}|{"a:b"}|{x:{3}}")  ;=> "  5|  5|a:b|  5"
(let [a? 1 b! 2] f"{a?}{b!}{b!!r}")     ;=> "122"
f"{(:a {:a 1})}{:a}"                    ;=> "1a"
f"{#"a"}"                               ;=> "re.compile('a')"
(if (np.bool_ false) 1 2)               ;=> 2
(if (np.array [1 2]) 1 2)               ;=! ValueError
(if (np.array []) 1 2)
(if (Decimal 0) 1 2)                    ;=> 1
(if (Fraction 0) 1 2)                   ;=> 1
(if 0j 1 2)                             ;=> 1
(if 0.0 1 2)                            ;=> 1
(if "" 1 2)                             ;=> 1
(if #[] 1 2)                            ;=> 1
(if (np.float64 0) 1 2)                 ;=> 1
(if (np.int64 0) 1 2)                   ;=> 1
(defclass NoTruth [] (defn __bool__ [self] (throw (ValueError "no truth"))))
(if (NoTruth) 1 2)                      ;=! ValueError: no truth
(and (NoTruth) 1)                       ;=! ValueError: no truth
(not (NoTruth))                         ;=! ValueError: no truth
(filter identity [(NoTruth)])           ;=! ValueError: no truth
(defclass Falsy [] (defn __bool__ [self] false))
(if (Falsy) 1 2)                        ;=> 2
(or (Falsy) :x)                         ;=> :x
(defclass Empty [] (defn __len__ [self] 0))
(if (Empty) 1 2)                        ;=> 1
(defclass MyInt [int])
(if (MyInt 0) 1 2)                      ;=> 1
(cond (Falsy) 1 else 2)                 ;=> 2
(filter identity [0 "" [] nil false])   ;=> [0 "" []]
(let [a-b 1 a_b 2] [a-b a_b])           ;=> [1 2]
(def q-r 1)
q_r                                     ;=> 1
(defn one-param [a-b] a-b)
(defclass Private [] (defn __init__ [self] (set! self.__x 1)) (defn look [self] self.__x))
(vars (Private))                        ;=> {"__x" 1}
(.look (Private))                       ;=> 1
(let [o (SimpleNamespace)] (set! o.ready? 1) (getattr o "ready?"))      ;=> 1
(let [o (SimpleNamespace)] (set! o.a->b 1) (keys (vars o)))      ;=> ["a_>b"]
'-                                      ;=> -
(def -- 5)
(getattr (this-module) "--")            ;=> 5
(let [{:keys [a-b]} {:a-b 1}] a-b)      ;=> 1
(let [{:keys [a-b]} {"a_b" 1}] a-b)     ;=> nil
(let [x []] (.append x x) (pr-str x))   ;=> "[...]"
(let [x {}] (assoc x :a 1) (set! (get x :me) x) (pr-str x))   ;=> "{:me ...}"
(pr-str [(SimpleNamespace :a 1)])       ;=> "[namespace(a=1)]"
(str :a 'b [1 :c])                      ;=> "ab[1, 'c']"
f"{'sym} {:k} {[:k]} {nil}"             ;=> "sym k ['k'] None"
(pr-str "a\u0000b\x7f")
(= (read-string (pr-str "\0\a\b\n\t\r\\\"é\ud800")) "\0\a\b\n\t\r\\\"é\ud800")  ;=> true
(pr-str #{})                            ;=> "#{}"
(pr-str (frozenset [1]))                ;=> "frozenset({1})"
(pr-str (range 3))                      ;=> "range(0, 3)"
(pr-str inf -inf nan)                   ;=> "inf -inf nan"
(pr-str [2j -0.0 1e22])                 ;=> "[2j -0.0 1e+22]"
(pr-str ':a-b)                          ;=> ":a-b"
(pr-str (keyword "a b"))
(pr-str (symbol "a b"))
