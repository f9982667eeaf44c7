; Sections 4 and 5, sentence by sentence: signatures, generators, coroutines, and the machinery of classes.

(import inspect asyncio functools contextlib pickle copy threading types)
(defn order [a b &opt (c 10) & rest &key (axis nil) keepdims &kwargs more] [a b c rest axis keepdims more])
(order 1 2)                             ;=> [1 2 10 [] nil nil {}]
(order 1 2 3 4 :axis 5 :keepdims 6 :x-y 7)      ;=> [1 2 3 [4] 5 6 {"x_y" 7}]
(fn [&key a & rest] 1)  ;=! CompileError: too late
(fn [&kwargs k &key a] 1)               ;=! CompileError
(fn [& r &opt a] 1)                     ;=! CompileError
(defn fresh [&opt (xs [])] (.append xs 1) xs)
[(fresh) (fresh)]                       ;=> [[1] [1]]
(defn prev [a &opt (b (* a 2))] [a b])
(prev 2)                                ;=> [2 4]
(defn ann [^int a &opt (^float b 1.0) &key (^str c "x")] a)
(builtins.str (inspect.signature ann))  ;=> "(a: int, b: float = 1.0, *, c: str = 'x')"
(builtins.str (inspect.signature order))        ;=> "(a, b, c=10, *rest, axis=None, keepdims=None, **more)"
[order.__name__ order.__module__ order.__doc__] ;=> ["order" "conformance" nil]
(let [n 5] (pickle.loads (pickle.dumps (fn [x] (+ x n)))))
(let [n [1]] ((pickle.loads (pickle.dumps (fn [] n)))))         ;=> [1]
(let [[a [b c] & rest :as all] [1 [2 3] 4]] [a b c rest all])   ;=> [1 2 3 [4] [1 [2 3] 4]]
(let [[a b] [1]] [a b])                 ;=> [1 nil]
(let [[a & r] '(1 2)] (list? r))        ;=> true
(let [[a & r] (iter [1 2])] r)          ;=> [2]
((fn [& r] (vector? r)) 1)              ;=> true
(let [x 1 f (fn [] x)] (set! x 2) (f))  ;=> 2
(for [f (for [i [1 2]] (fn [] i))] (f)) ;=> [1 2]
(let [fs []] (loop [i 0] (when (< i 2) (.append fs (fn [] i)) (recur (inc i)))) (map #(%) fs))   ;=> [0 1]
(defn g [] (let [x (yield 1)] (yield x)))
(let [it (g)] [(builtins.next it) (.send it 5)])        ;=> [1 5]
(let [it (g)] (builtins.next it) (try (.throw it (ValueError "in")) (catch ValueError e (str e))))      ;=> "in"
(let [it (g)] (.close it) (vec it))     ;=> []
(defn g2 [] (yield-from (g)))
(let [it (g2)] [(builtins.next it) (.send it 7)])       ;=> [1 7]
(inspect.isgeneratorfunction g)         ;=> true
(inspect.getgeneratorstate (g))         ;=> "GEN_CREATED"
(let [it (g)] (builtins.next it) (inspect.getgeneratorstate it))        ;=> "GEN_SUSPENDED"
(let [it (g)] (vec it) (inspect.getgeneratorstate it))  ;=> "GEN_CLOSED"
(defn-async co [x] (await (asyncio.sleep 0)) x)
(inspect.iscoroutinefunction co)        ;=> true
(asyncio.iscoroutinefunction co)        ;=> true
(inspect.iscoroutine (let [c (co 1)] (.close c) c))     ;=> true
(await (asyncio.gather (co 1) (co 2)))  ;=> [1 2]
(await 5)                               ;=> 5
(await nil)                             ;=> nil
(fn [] (await 5))                       ;=! CompileError: fn-async
(defn-async agen [n] (dotimes [i n] (await (asyncio.sleep 0)) (yield i)))
(let [r []] (for-async [x (agen 3)] (.append r x)) r)   ;=> [0 1 2]
(inspect.isasyncgenfunction agen)       ;=> true
(defn-async use-agen [] (let [r []] (for-async [x (agen 5)] (when (= x 3) (break)) (.append r x)) r))
(await (use-agen))                      ;=> [0 1 2]
(defn [contextlib.asynccontextmanager] actx [])
(defn-async [contextlib.asynccontextmanager] actx2 [log] (.append log :in) (try (yield 1) (finally (.append log :out))))
(let [log []] (with-async [x (actx2 log)] (.append log x)) log)         ;=> [:in 1 :out]
(defn [contextlib.contextmanager] ctx [log] (.append log :in) (try (yield 1) (finally (.append log :out))))
(let [log []] (with [x (ctx log)] (.append log x)) log) ;=> [:in 1 :out]
(let [log []] (try (with [x (ctx log)] (throw (ValueError))) (catch ValueError _ nil)) log)     ;=> [:in :out]
(defn-async slow [] (await (asyncio.sleep 10)))
(await (asyncio.wait-for (slow) 0.01))  ;=! TimeoutError
(defn-async cancel-me [log] (try (await (asyncio.sleep 10)) (finally (.append log :done))))
(defn-async canceller [] (let [log [] t (asyncio.create-task (cancel-me log))] (await (asyncio.sleep 0)) (.cancel t) (try (await t) (catch asyncio.CancelledError _ nil)) log))
(await (canceller))                     ;=> [:done]
(defn-async grp [] (with-async [tg (asyncio.TaskGroup)] (.create-task tg (co 1)) (.create-task tg (co 2))) :ok)
(await (grp))                           ;=> :ok
(let [q (asyncio.Queue)] (await (.put q 1)) (await (.get q)))   ;=> 1
(let [l (await ((fn-async [] (asyncio.get-running-loop))))] (identical? l (await ((fn-async [] (asyncio.get-running-loop))))))  ;=> true
; classes
(defclass Counter [dict]
  "Counts things."
  (def start 0)
  (defn __init__ [self &opt (n 0)] (.__init__ (super)) (set! self.n n))
  (defn [property] total [self] (+ self.n (len self)))
  (defn bump [self & xs] (doseq [x xs] (set! (. self [x]) (inc (.get self x 0)))) self))
(dict (.bump (Counter 5) :a :a :b))      ;=> {:a 2 :b 1}
(. (Counter 5) total)                   ;=> 5
Counter.__doc__                         ;=> "Counts things."
(import dataclasses :refer [dataclass field] enum :refer [Enum IntEnum Flag auto] abc :refer [ABC ABCMeta abstractmethod] typing :refer [NamedTuple Protocol Generic TypeVar TypedDict])
(defclass [dataclass] Point [] (def ^float x) (def ^float y 0.0))
(Point 1)                               ;=> Point(x=1, y=0.0)
(defclass [(dataclass :frozen true :order true)] FP [] (def ^int x) (def ^builtins.list tags (field :default-factory builtins.list)))
[(FP 1) (< (FP 1) (FP 2)) (hash (FP 1 #[]))]
(set! (. (FP 1) x) 2)                   ;=! FrozenInstanceError
(defclass [dataclass] P3 [Point] (def ^float z 1.0) (defn norm [self] (+ self.x self.y self.z)))
(.norm (P3 1 2))                        ;=> 4.0
(defclass [(dataclass :slots true)] Sl [] (def ^int a 1))
(hasattr (Sl) "__dict__")               ;=> false
(set! (. (Sl) b) 1)                     ;=! AttributeError
(defclass Color [Enum] (def red 1) (def green 2) (defn pretty [self] (.title self.name)))
[Color.red (.pretty Color.green) (Color 1) (. Color ["red"]) (len Color)]      ;=> [<Color.red: 1> "Green" <Color.red: 1> <Color.red: 1> 2]
(defclass Fl [Flag] (def a (auto)) (def b (auto)))
(bit-or Fl.a Fl.b)
(match Color.red Color.green :g Color.red :r)   ;=> :r
(defclass NT [NamedTuple] (def ^int x) (def ^str y "d") (defn both [self] [self.x self.y]))
[(NT 1) (.both (NT 1 "q")) (. (NT 1) _fields)]
(let [[a b] (NT 1)] [a b])              ;=> [1 "d"]
(match (NT 1 "z") (NT a b) [a b])       ;=> [1 "z"]
(defclass Shape [ABC] (defn [abstractmethod] area [self] nil))
(Shape)                                 ;=! TypeError: abstract
(defclass Sq [Shape] (defn __init__ [self s] (set! self.s s)) (defn area [self] (* self.s self.s)))
(.area (Sq 3))                          ;=> 9
(isinstance (Sq 1) Shape)               ;=> true
(defclass Meta [type] (defn __new__ [mcs name bases ns &kwargs kw] (let [c (.__new__ (super) mcs name bases ns)] (set! c.tag kw) c)) (defn __init__ [cls name bases ns &kwargs kw] nil) (defn __call__ [cls & args] [:made (apply (. (super) __call__) args)]))
(defclass WithMeta [:metaclass Meta :flag 1] (def v 1))
WithMeta.tag                            ;=> {"flag" 1}
(first (WithMeta))                      ;=> :made
(defclass Slots [] (def __slots__ #["a" "b"]) (defn __init__ [self] (set! self.a 1)))
(. (Slots) a)                           ;=> 1
(set! (. (Slots) c) 1)                  ;=! AttributeError
(defclass Sub [] (defn __init_subclass__ [cls &kwargs kw] (set! cls.kw kw)))
(defclass SubA [Sub :x 1])
SubA.kw                                 ;=> {"x" 1}
(defclass Desc [] (defn __get__ [self obj cls] (if (nil? obj) :class :instance)) (defn __set_name__ [self owner name] (set! self.name name)))
(defclass UsesDesc [] (def d (Desc)))
[UsesDesc.d (. (UsesDesc) d) (. (get (vars UsesDesc) "d") name)]        ;=> [:class :instance "d"]
(defclass Dia [] (defn f [self] [:base]))
(defclass DiaA [Dia] (defn f [self] (conj (.f (super)) :a)))
(defclass DiaB [Dia] (defn f [self] (conj (.f (super)) :b)))
(defclass DiaC [DiaA DiaB] (defn f [self] (conj (.f (super)) :c)))
(.f (DiaC))                             ;=> [:base :b :a :c]
(defclass SM [] (defn [staticmethod] s [x] x) (defn [classmethod] c [cls] cls.__name__))
[(SM.s 1) (.s (SM) 2) (SM.c) (.c (SM))] ;=> [1 2 "SM" "SM"]
(defclass Body [] (def xs (for [i (range 3)] (* i i))) (let [y 5] (def from-let y)) (when true (def cond-def 1)) (doseq [i [1]] (def looped i)) (print "in body"))       ;out "in body\n"
[Body.xs Body.from-let Body.cond-def Body.looped]       ;=> [[0 1 4] 5 1 1]
(defclass Prop [] (defn __init__ [self] (set! self._x 1)) (defn [property] x [self] self._x) (defn [x.setter] x [self v] (set! self._x v)) (defn [x.deleter] x [self] (set! self._x nil)))
(let [p (Prop)] (set! p.x 5) (let [a p.x] (del! p.x) [a p.x]))   ;=> [5 nil]
(defclass CP [] (defn [functools.cached-property] v [self] (list 1)))
(let [c (CP)] (identical? c.v c.v))     ;=> true
(defn [(functools.lru-cache :maxsize nil)] cached [n] (if (< n 2) n (+ (cached (- n 1)) (cached (- n 2)))))
(cached 80)                             ;=> 23416728348467685
(defn [functools.singledispatch] sd [x] :any)
(defn [(sd.register int)] _ [x] :int)
[(sd 1) (sd "a")]                       ;=> [:int :any]
(defclass Ops [] (defn __init__ [self v] (set! self.v v)) (defn __add__ [self o] (Ops (+ self.v o.v))) (defn __eq__ [self o] (= self.v o.v)) (defn __hash__ [self] (hash self.v)) (defn __len__ [self] 3) (defn __contains__ [self x] (= x 1)) (defn __iter__ [self] (yield 1) (yield 2)) (defn __call__ [self & a] a) (defn __getitem__ [self k] [:item k]) (defn __repr__ [self] f"Ops({self.v})") (defn __lt__ [self o] (< self.v o.v)) (defn __neg__ [self] (Ops (- self.v))) (defn __enter__ [self] self) (defn __exit__ [self a b c] true))
[(+ (Ops 1) (Ops 2)) (= (Ops 1) (Ops 1)) (count (Ops 1)) (contains? (Ops 1) 1) (vec (Ops 1)) ((Ops 1) 2 3) (. (Ops 1) [5]) (max [(Ops 1) (Ops 3)]) (- (Ops 4)) (with [o (Ops 1)] (throw (ValueError)))]         ;=> [Ops(3) true 3 true [1 2] [2 3] [:item 5] Ops(3) Ops(-4) nil]
(get #{(Ops 1)} (Ops 1))
(let [T (TypeVar "T")] (defclass Box [(. Generic [T])] (defn __init__ [self x] (set! self.x x))) (. (Box 1) x))         ;=> 1
(defclass TD [TypedDict] (def ^int x))
(TD :x 1)                               ;=> {"x" 1}
(defclass Ex [ValueError] (defn __init__ [self code] (.__init__ (super) f"code {code}") (set! self.code code)))
(try (throw (Ex 5)) (catch ValueError e [(str e) e.code]))      ;=> ["code 5" 5]
(defclass WithNext [] (defn __init__ [self] (set! self.n 0)) (defn __iter__ [self] self) (defn __next__ [self] (if (> self.n 2) (throw (StopIteration)) (do (set! self.n (inc self.n)) self.n))))
(vec (WithNext))                        ;=> [1 2 3]
(defclass GA [] (defn __getattr__ [self n] (if (= n "dyn") 5 (throw (AttributeError n)))) (defn __setattr__ [self n v] (.__setattr__ (super) n [v])))
(let [g (GA)] (set! g.q 1) [g.dyn g.q (hasattr g "zz")])        ;=> [5 [1] false]
(defclass New [] (defn __new__ [cls x] (let [o (.__new__ (super) cls)] (set! o.x x) o)))
(. (New 4) x)                           ;=> 4
(defclass Tup [tuple] (defn __new__ [cls & xs] (.__new__ (super) cls xs)))
(Tup 1 2)
(defclass Cell [] (defn who [self] __class__))
(identical? Cell (.who (Cell)))         ;=> true
(. (defclass Inner [] (defclass Nested [])) Nested __qualname__)        ;=> "Inner.Nested"
(defclass Dup [] (def x 1) (def x 2))
Dup.x                                   ;=> 2
(defclass Err [] (throw (ValueError "in class body")))  ;=! ValueError: in class body
(defclass BadBase [5])                  ;=! TypeError
(defclass Conf [int builtins.str])      ;=! TypeError
(. (SimpleNamespace2) x)                ;=! NameError
(type "Dyn" #[] {"x" 1})
(let [results [] ts (vec (for [i (range 4)] (threading.Thread :target (fn [] (.append results (reduce + (range 1000)))))))] (doseq [t ts] (.start t)) (doseq [t ts] (.join t)) results)   ;=> [499500 499500 499500 499500]
