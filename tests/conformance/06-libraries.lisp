; Section 6 again: the Python that people use most, and NumPy, from both sides.

(import functools itertools operator collections contextlib dataclasses enum json re datetime pathlib threading queue)
(def q (queue.Queue))
(let [t (threading.Thread :target (fn [] (.put q (+ 1 2))))] (.start t) (.join t) (.get q))     ;=> 3
(vec (itertools.chain [1] [2]))         ;=> [1 2]
(vec (builtins.map (functools.partial operator.mul 2) [1 2]))   ;=> [2 4]
((functools.lru-cache :maxsize nil) (fn [x] x))
(let [c (collections.Counter "aab")] (.most-common c 1))    ;=> [#["a" 2]]
(let [d (collections.defaultdict builtins.list)] (.append (. d [:k]) 1) (dict d))   ;=> {:k [1]}
(json.loads (json.dumps {:a [1 nil true 2.5 "x"]}))     ;=> {"a" [1 nil true 2.5 "x"]}
(str (pathlib.Path "a" "b"))            ;=> "a/b"
(str (/ (pathlib.Path "a") "b"))        ;=> "a/b"
(- (datetime.datetime 2024 1 2) (datetime.timedelta :days 1))   ;=> datetime.datetime(2024, 1, 1, 0, 0)
(sorted [{:n 2} {:n 1}] :key (fn [m] (:n m)))   ;=> [{:n 1} {:n 2}]
(builtins.sorted [3 1 2] :key (functools.cmp-to-key (fn [a b] (- b a))))    ;=> [3 2 1]
(with [e (contextlib.ExitStack)] (.callback e print "bye") 5)   ;=> 5  ;out "bye\n"
(functools.reduce (fn [a b] (* a b)) [1 2 3 4])     ;=> 24
((functools.wraps (fn named [] 1)) (fn other [x] x))
(. ((functools.wraps (fn named [] 1)) (fn other [x] x)) __name__)   ;=> "named"
(defn [functools.singledispatch] describe [x] :other)
((. describe register) int (fn [x] :int))
[(describe 1) (describe "s")]           ;=> [:int :other]
(dataclasses.asdict ((dataclasses.make-dataclass "P" ["x" "y"]) 1 2))   ;=> {"x" 1 "y" 2}
(defclass [dataclasses.dataclass] Cfg [] (def ^int a 1) (def ^list b (dataclasses.field :default-factory builtins.list)))
(Cfg)                                   ;=> Cfg(a=1, b=[])
(dataclasses.replace (Cfg) :a 5)        ;=> Cfg(a=5, b=[])
(re.findall #"\w+" "ab cd")             ;=> ["ab" "cd"]
(let [m (re.match #"(?P<k>\w)=(?P<v>\d)" "a=1")] (.groupdict m))    ;=> {"k" "a" "v" "1"}
(defclass Ctx [] (defn __enter__ [self] :in) (defn __exit__ [self t v tb] true))
(with [x (Ctx)] (throw (ValueError)) 1) ;=> nil
(with [x (Ctx)] x)                      ;=> :in
(defclass Prop [] (defn __getattr__ [self n] (str "no " n)))
(. (Prop) anything)                     ;=> "no anything"
(defclass Desc [] (defn __get__ [self o t] 42) (defn __set_name__ [self o n] (set! self.n n)))
(defclass UsesDesc [] (def field (Desc)))
(. (UsesDesc) field)                    ;=> 42
(. UsesDesc __dict__ ["field"] n)       ;=> "field"
(import numpy :as np)
(.tolist (np.where (> (np.arange 4) 1) 1 0))    ;=> [0 0 1 1]
(.tolist (. (np.arange 10) [(: 2 8 3)]))        ;=> [2 5]
(.tolist (np.array [:a :b]))            ;=> ["a" "b"]
(np.float64 1.5)                        ;=> 1.5
(type (np.sin 0.5))                     ;=> <class 'numpy.float64'>
(type (inc (np.int64 1)))               ;=> <class 'numpy.int64'>
(let [s 0] (doseq [x (np.arange 4)] (set! s (+ s x))) (int s))  ;=> 6
(reduce + (np.arange 4))                ;=> 6
(map inc (np.arange 2))                 ;=> [1 2]
(first (np.arange 3))                   ;=> 0
(count (np.zeros 5))                    ;=> 5
(nth (np.arange 5) 2)                   ;=> 2
(.dot (np.array [1 2]) (np.array [3 4]))        ;=> 11
(np.sum (for [x [1 2 3]] x))            ;=> 6
(empty? (np.array []))                  ;=> true
(contains? (np.arange 3) 2)             ;=> true
(if (np.any (np.array [false true])) 1 2)       ;=> 1
(.shape.__len__ (np.zeros [2 3]))       ;=> 2
(let [a (np.zeros 3)] (set! (. a [1]) 5) (update! (. a [1]) + 1) (.tolist a))   ;=> [0.0 6.0 0.0]
(let [a (np.arange 6)] (set! a.shape #[2 3]) (.tolist a))       ;=> [[0 1 2] [3 4 5]]
(let [x (np.array [1 2])] (= x x))      ;=> array([ True,  True])
(not (np.bool_ true))                   ;=> false
(np.array [1 2] :dtype :float32)        ;=> array([1., 2.], dtype=float32)
(.astype (np.array [1]) "int8")         ;=> array([1], dtype=int8)
(-> (np.arange 4) (.reshape [2 2]) (. T) (.tolist))     ;=> [[0 2] [1 3]]
(.mean (np.array [[1 2] [3 4]]) :axis 0)        ;=> array([2., 3.])
; environment of errors
(try (json.loads "{") (catch json.JSONDecodeError e e.pos))     ;=> 1
(try (open "/no/such/file") (catch FileNotFoundError e e.errno))        ;=> 2
(try (try (throw (ValueError 1)) (finally (throw (KeyError 2)))) (catch KeyError e (. e __context__ args)))     ;=> #[1]
(let [e (try (throw (ValueError "x") :from (KeyError "y")) (catch ValueError e e))] [e.__cause__ (. e args)])   ;=> [KeyError('y') #["x"]]
(try (throw (ExceptionGroup "g" [(ValueError 1)])) (catch ExceptionGroup g (len g.exceptions)))  ;=> 1
(do (.add-note (ValueError) "n"))       ;=> nil
(defclass Multi [ValueError KeyError])
(try (throw (Multi "m")) (catch [KeyError TypeError] e (type e)))       ;=> <class 'conformance.Multi'>

; functions are pickled with what they captured
(import pickle copy)
(let [n 5 f (fn [x] (+ x n))] ((pickle.loads (pickle.dumps f)) 1))      ;=> 6
(let [f (fn fact [n] (if (= n 0) 1 (* n (fact (- n 1)))))] ((pickle.loads (pickle.dumps f)) 5))     ;=> 120
(let [n 0 bump (fn [] (set! n (inc n))) copied (pickle.loads (pickle.dumps bump))] [(bump) (bump) (copied) n])  ;=> [1 2 1 2]
(defn defaults [a &opt (b 2) & c &key (d 4)] [a b c d])
((pickle.loads (pickle.dumps defaults)) 1)      ;=> [1 2 [] 4]
(identical? inc (pickle.loads (pickle.dumps inc)))      ;=> true
(identical? map (pickle.loads (pickle.dumps map)))      ;=> true
(defclass Pickled [] (defn __init__ [self x] (set! self.x x)))
(. (pickle.loads (pickle.dumps (Pickled 5))) x) ;=> 5
(. (copy.deepcopy (Pickled [1])) x)     ;=> [1]
(pickle.loads (pickle.dumps [:a 'b '(c #[d]) {:e #{1}}]))       ;=> [:a b (c #[d]) {:e #{1}}]
(keyword? (first (pickle.loads (pickle.dumps [:a]))))   ;=> true
(deref (pickle.loads (pickle.dumps (atom [1]))))        ;=> [1]
((pickle.loads (pickle.dumps (partial + 1))) 2) ;=> 3
((pickle.loads (pickle.dumps (comp inc inc))) 2)        ;=> 4
(pickle.dumps (lazy-for [x [1]] x))     ;=! TypeError: generator
