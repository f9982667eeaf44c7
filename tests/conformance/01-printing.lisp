; Section 1, Printing, Truth, Names across the border.

; Python's str()
(str 1.5)                               ;=> "1.5"
(str nil)                               ;=> "None"
(str true)                              ;=> "True"
(str [1 "a" nil])                       ;=> "[1, 'a', None]"
(str {:a 1})                            ;=> "{'a': 1}"
(str #[1])                              ;=> "(1,)"
(str :a)                                ;=> "a"
(str 'a)                                ;=> "a"
(str "a" 1 :b)                          ;=> "a1b"
(print [1 "a"])                         ;=> nil  ;out "[1, 'a']\n"
(println "x" 1)                         ;=> nil  ;out "x 1\n"
(print "a" "b" :sep "-" :end "!")       ;=> nil  ;out "a-b!"
f"{"q"} {[nil]}"                        ;=> "q [None]"

; Catena's notation
(prn nil true false)                    ;=> nil  ;out "nil true false\n"
(prn [1 2] #[1 2])                      ;=> nil  ;out "[1 2] #[1 2]\n"
(prn {"a" 1} #{1})                      ;=> nil  ;out "{\"a\" 1} #{1}\n"
(prn ':k 'sym '(a b))                   ;=> nil  ;out ":k sym (a b)\n"
(prn "a\n\"b\"\\")                      ;=> nil  ;out "\"a\\n\\\"b\\\"\\\\\"\n"
(prn b"x\xff")                          ;=> nil  ;out "b\"x\\xff\"\n"
(prn #"a+")                             ;=> nil  ;out "#\"a+\"\n"
(prn :a 1)                              ;=! TypeError: prn got an unexpected keyword argument 'a'
(prn 1 :ned "x")                        ;=! TypeError: did you mean end
(pr :a 1)                               ;=! TypeError: pr got
(prn)                                   ;=> nil  ;out "\n"
(pr-str nil)                            ;=> "nil"
(pr-str "a")                            ;=> "\"a\""
(pr-str 1 :a "b")                       ;=> "1 :a \"b\""
(pr-str [])                             ;=> "[]"
(pr-str ())                             ;=> "()"
(pr-str {})                             ;=> "{}"
(pr-str #{})                            ;=> "#{}"
(pr-str #[])                            ;=> "#[]"
(pr-str inf)                            ;=> "inf"
(pr-str -inf)                           ;=> "-inf"
(pr-str nan)                            ;=> "nan"
(pr-str 1e16)                           ;=> "1e+16"
(pr-str 2j)                             ;=> "2j"
(pr-str ''a)                            ;=> "(quote a)"
(pr-str (range 3))                      ;=> "range(0, 3)"
(pr-str ValueError)                     ;=> "<class 'ValueError'>"
(pr-str (ValueError "x"))               ;=> "ValueError('x')"
(pr-str (. ($py "collections") (OrderedDict)))  ;=> "OrderedDict()"
(pr-str (frozenset))                    ;=> "frozenset()"
(pr-str (. ($py "decimal") (Decimal "1.10")))   ;=> "Decimal('1.10')"
(pr-str "\t\0\x07")                     ;=> "\"\\t\\x00\\x07\""
(pr-str "é日")                           ;=> "\"é日\""
(pr-str ...)                            ;=> "Ellipsis"

; it reads back
(defn back [x] (= x (eval (list 'quote (read-string (pr-str x))))))
(back [1 [2.5 -3] #[4 "x\ty\u0001"]])   ;=> true
(back {:a {"b" nil} 3 true})            ;=> true
(back '(a b (c) "d" :e))                ;=> true
(back b"\x00\"\\z")                     ;=> true
(back "\"quotes\" \\ and \n lines")     ;=> true
(back #"a\d\"[/]")                      ;=> true
(back #{1})                             ;=> true
(back 1e-300)                           ;=> true
(back -0.0)                             ;=> true
(back (** 2 100))                       ;=> true
(back 'ready?)                          ;=> true
(keyword? (read-string (pr-str :k)))    ;=> true

; cycles
(let [x [1]] (.append x x) (pr-str x))  ;=> "[1 ...]"
(let [m {}] (set! (get m :self) m) (pr-str m))  ;=> "{:self ...}"
(let [x [1] y [x x]] (pr-str y))        ;=> "[[1] [1]]"

; truth
(if nil 1 2)                            ;=> 2
(if false 1 2)                          ;=> 2
(if 0 1 2)                              ;=> 1
(if 0.0 1 2)                            ;=> 1
(if "" 1 2)                             ;=> 1
(if [] 1 2)                             ;=> 1
(if {} 1 2)                             ;=> 1
(if () 1 2)                             ;=> 1
(if :k 1 2)                             ;=> 1
(defclass Falsy [] (defn __bool__ [self] false))
(if (Falsy) 1 2)                        ;=> 2
(not (Falsy))                           ;=> true
(or (Falsy) :other)                     ;=> :other
(defclass Moody [] (defn __bool__ [self] (throw (RuntimeError "undecided"))))
(if (Moody) 1 2)                        ;=! RuntimeError: undecided
(defclass Empty [] (defn __len__ [self] 0))
(if (Empty) 1 2)                        ;=> 1
(if (. ($py "decimal") (Decimal 0)) 1 2)        ;=> 1
(if (. ($py "fractions") (Fraction 0)) 1 2)     ;=> 1
(import numpy :as np)
(if (np.bool_ false) 1 2)               ;=> 2
(if (np.bool_ true) 1 2)                ;=> 1
(if (np.float64 0.0) 1 2)               ;=> 1
(if (np.int64 0) 1 2)                   ;=> 1
(if (np.array [1 2]) 1 2)               ;=! ValueError: ambiguous
(if (> (np.array [1 2]) 0) 1 2)         ;=! ValueError: ambiguous
(if (.all (> (np.array [1 2]) 0)) 1 2)  ;=> 1
(and 1 (np.bool_ false) 2)              ;=> False

; names across the border
(import types :refer [SimpleNamespace])
(def space (SimpleNamespace))
(set! space.some-value 5)
(getattr space "some_value")            ;=> 5
space.some-value                        ;=> 5
space.some_value                        ;=> 5
(.-some-value space)                    ;=> 5
(. space some-value)                    ;=> 5
(sort (keys (vars space)))              ;=> ["some_value"]
(set! space.ok? true)
(getattr space "ok?")                   ;=> true
(SimpleNamespace :a-b 1)                ;=> namespace(a_b=1)
(let [a-b 1 a_b 2] [a-b a_b])           ;=> [1 2]
(defn takes-one [some-arg] some-arg)
takes_one.__name__                      ;=> "takes-one"
(identical? takes-one takes_one)        ;=> true
((fn [f] (f #** {"some_arg" 4})) (. ($py "functools") (partial takes-one)))     ;=> 4
(get {:a-b 1} "a_b")                    ;=> nil
(get {:a-b 1} "a-b")                    ;=> 1
(let [{:keys [a-b]} {"a-b" 3}] a-b)     ;=> 3
(let [{:keys [a-b]} {"a_b" 3}] a-b)     ;=> nil
(defclass Named [] (defn do-it [self] :done) (def __private 1))
(.do_it (Named))                        ;=> :done
(getattr Named "__private")             ;=> 1
(defn options [&kwargs kw] kw)
(options :a-b 1 :->x 2 :- 3)            ;=> {"a_b" 1 "_>x" 2 "-" 3}
(map type (keys (options :k 1)))        ;=> [<class 'str'>]
(defn + [a b] [a b])
(+ 1 2)                                 ;=> [1 2]
(core/+ 1 2)                            ;=> 3
