; Section 5, Classes, from the example in LANGUAGE onwards.

(import dataclasses :refer [dataclass])
(defclass Counter [dict]
  "Counts things."
  (def start 0)
  (defn __init__ [self &opt (n 0)] (.__init__ (super)) (set! self.n n))
  (defn [property] total [self] (+ self.n (len self)))
  (defn bump [self & xs] (doseq [x xs] (set! (. self [x]) (inc (.get self x 0)))) self))
(defclass [dataclass] Point [] (def ^float x) (def ^float y 0.0))
Counter.__doc__                         ;=> "Counts things."
Counter.__name__                        ;=> "Counter"
Counter.__module__                      ;=> "conformance"
Counter.start                           ;=> 0
(let [c (Counter 5)] (.bump c :a :b :a) c)      ;=> {'a': 2, 'b': 1}
(let [c (Counter 5)] (.bump c :a) c.total)      ;=> 6
(isinstance (Counter) dict)             ;=> true
(Point 1.5)                             ;=> Point(x=1.5, y=0.0)
(= (Point 1.0) (Point 1.0 0.0))         ;=> true
(. (Point 1 :y 2) y)                    ;=> 2
(get Point.__annotations__ "x")         ;=> <class 'float'>

; bases, super, methods
(defclass Animal []
  (defn __init__ [self name] (set! self.name name))
  (defn speak [self] f"{self.name} makes a sound")
  (defn [staticmethod] kind [] :animal)
  (defn [classmethod] make [cls name] (cls name)))
(defclass Dog [Animal]
  (defn speak [self] (+ (.speak (super)) ": woof")))
(.speak (Dog "Rex"))                    ;=> "Rex makes a sound: woof"
(.kind Dog)                             ;=> :animal
(type (.make Dog "x"))                  ;=> <class 'conformance.Dog'>
(issubclass Dog Animal)                 ;=> true
Dog.__mro__                             ;=> #[<class 'conformance.Dog'> <class 'conformance.Animal'> <class 'object'>]
Dog.__qualname__                        ;=> "Dog"
Dog.speak.__qualname__                  ;=> "Dog.speak"
(defclass Plain)
(type (Plain))                          ;=> <class 'conformance.Plain'>
(defclass Documented [] "Doc.")
Documented.__doc__                      ;=> "Doc."
(defclass Both [Dog (type "Mixin" #[] {"extra" 1})])
(. (Both "b") extra)                    ;=> 1
(defclass FromStr [str] (defn shout [self] (.upper self)))
(.shout (FromStr "abc"))                ;=> "ABC"
(defclass FromList [list])
(FromList [1 2])                        ;=> [1, 2]

; class keywords
(defclass Meta [type]
  (defn __new__ [cls name bases space &kwargs kw] (.__new__ (super) cls name bases space))
  (defn __init__ [cls name bases space &kwargs kw] (set! cls.given kw)))
(defclass WithMeta [:metaclass Meta :flavour "mint"])
(type WithMeta)                         ;=> <class 'conformance.Meta'>
WithMeta.given                          ;=> {"flavour" "mint"}
(defclass Registered [] (def known []) (defn __init_subclass__ [cls &kwargs kw] (.append Registered.known cls.__name__)))
(defclass SubOne [Registered])
Registered.known                        ;=> ["SubOne"]

; class scope
(defclass Scoped []
  (def a 1)
  (def b (+ a 1))
  (def squares (for [i [1 2]] (* i i)))
  (defn get-a [self] (try a (catch NameError e :no-class-scope)))
  (if true (def conditional :yes) (def conditional :no))
  (let [hidden 3] (def from-let hidden))
  (import math)
  (def pi math.pi))
Scoped.b                                ;=> 2
Scoped.squares                          ;=> [1 4]
(.get-a (Scoped))                       ;=> :no-class-scope
Scoped.conditional                      ;=> :yes
(= Scoped.pi 3.141592653589793)         ;=> true
(hasattr Scoped "get_a")                ;=> true
(hasattr Scoped "get-a")                ;=> false
(defclass Nested [] (defclass Inner [] (def x 5)))
Nested.Inner.x                          ;=> 5
Nested.Inner.__qualname__               ;=> "Nested.Inner"
(defn make-class [n] (defclass Local [] (defn value [self] n)) Local)
(.value ((make-class 7)))               ;=> 7
(let [k (make-class 1)] k.__qualname__) ;=> "make-class.<locals>.Local"

; decorators
(import functools :refer [lru-cache wraps total-ordering])
(defn shouting [f] (fn [& xs] (str (f #* xs) "!")))
(defn [shouting] greet [name] (str "hi " name))
(greet "Ann")                           ;=> "hi Ann!"
(defn tagged [tag] (fn [f] (fn [& xs] [tag (f #* xs)])))
(defn [(tagged :a) (tagged :b)] id2 [x] x)
(id2 1)                                 ;=> [:a [:b 1]]
(defn [(lru-cache :maxsize nil)] fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
(fib 50)                                ;=> 12586269025
(. (fib.cache-info) misses)             ;=> 51
(defclass [total-ordering] Version []
  (defn __init__ [self n] (set! self.n n))
  (defn __eq__ [self other] (= self.n other.n))
  (defn __lt__ [self other] (< self.n other.n)))
(>= (Version 2) (Version 1))            ;=> true
(defn-async [shouting] later [] 1)
(defn [property] not-method [self] 1)
(type not-method)                       ;=> <class 'property'>

; operators and protocols
(defclass Vec2 []
  (defn __init__ [self x y] (set! self.x x) (set! self.y y))
  (defn __add__ [self o] (Vec2 (+ self.x o.x) (+ self.y o.y)))
  (defn __repr__ [self] f"<{self.x} {self.y}>")
  (defn __eq__ [self o] (and (= self.x o.x) (= self.y o.y)))
  (defn __hash__ [self] (hash #[self.x self.y]))
  (defn __len__ [self] 2)
  (defn __getitem__ [self i] (if (= i 0) self.x self.y))
  (defn __iter__ [self] (yield self.x) (yield self.y))
  (defn __contains__ [self v] (or (= v self.x) (= v self.y)))
  (defn __call__ [self k] (* k self.x))
  (defn __bool__ [self] (not (= 0 self.x))))
(+ (Vec2 1 2) (Vec2 3 4))               ;=> <4 6>
(= (Vec2 1 2) (Vec2 1 2))               ;=> true
(len (Vec2 1 2))                        ;=> 2
(. (Vec2 1 2) [1])                      ;=> 2
(vec (Vec2 1 2))                        ;=> [1 2]
(contains? (Vec2 1 2) 2)                ;=> true
((Vec2 3 2) 5)                          ;=> 15
(if (Vec2 0 1) :true :false)            ;=> :false
(get {(Vec2 1 1) :found} (Vec2 1 1))    ;=> :found
(let [[a b] (Vec2 5 6)] [b a])          ;=> [6 5]
(map inc (Vec2 5 6))                    ;=> [6 7]

; enums, named tuples, abstract classes, slots, properties
(import enum :refer [Enum IntEnum auto])
(defclass Colour [Enum] (def red 1) (def green 2))
Colour.red                              ;=> <Colour.red: 1>
(Colour 2)                              ;=> <Colour.green: 2>
(vec (map (fn [c] c.name) Colour))      ;=> ["red" "green"]
(identical? Colour.red (. Colour ["red"]))      ;=> true
(import typing :refer [NamedTuple])
(defclass Pair [NamedTuple] (def ^int a) (def ^int b 5))
(Pair 1)                                ;=> Pair(a=1, b=5)
(let [[x y] (Pair 1 2)] y)              ;=> 2
(import abc :refer [ABC abstractmethod])
(defclass Shape [ABC] (defn [abstractmethod] area [self]))
(Shape)                                 ;=! TypeError: abstract
(defclass Square [Shape] (defn area [self] 4))
(.area (Square))                        ;=> 4
(defclass Slotted [] (def __slots__ ["x"]))
(set! (. (Slotted) y) 1)                ;=! AttributeError
(defclass Temp [] (defn __init__ [self] (set! self._c 0))
  (defn [property] celsius [self] self._c)
  (defn [celsius.setter] celsius [self v] (set! self._c v)))
(let [t (Temp)] (set! t.celsius 30) t.celsius)  ;=> 30
(defclass [(dataclass :frozen true)] Frozen [] (def ^int x 1))
(set! (. (Frozen) x) 2)                 ;=! FrozenInstanceError
(defclass MyError [ValueError] (defn __str__ [self] "mine"))
(throw (MyError))                       ;=! MyError: mine
(try (throw (MyError)) (catch ValueError e :caught))    ;=> :caught
(import json)
(defclass Encoder [json.JSONEncoder] (defn default [self o] (builtins.list o)))
(json.dumps #{1} :cls Encoder)          ;=> "[1]"
(import threading)
(defclass Worker [threading.Thread] (defn run [self] (set! self.answer 42)))
(let [w (Worker)] (.start w) (.join w) w.answer)        ;=> 42
(import collections)
(defclass Default [collections.UserDict] (defn __missing__ [self k] [:missing k]))
(. (Default) [:x])                      ;=> [:missing :x]
(get (Default) :x)                      ;=> nil
(defclass Undocumented [] (def x 1) (def y x))
Undocumented.y                          ;=> 1
(let [c (Counter)] (super))             ;=! RuntimeError
(defclass)                              ;=! CompileError
(defclass 5)                            ;=! CompileError

; Making instances: __init__ runs as it does when Python calls the class.
(defclass Made [] (defn __init__ [self x &key (y 2)] (set! self.x x) (set! self.y y)))
(let [m (Made 1)] [(. m x) (. m y)])    ;=> [1 2]
(. (Made 1 :y 5) y)                     ;=> 5
(. (apply Made [3]) x)                  ;=> 3
(Made)                                  ;=! TypeError
(Made 1 2 3)                            ;=! TypeError
(defclass Answering [])
(set! (. Answering __init__) (fn [self] 5))
(Answering)                             ;=! TypeError
(import abc)
(defclass Abstract [abc.ABC] (defn __init__ [self] nil) (defn [abc.abstractmethod] m [self]))
(Abstract)                              ;=! TypeError
(defclass Numbers [list] (defn __init__ [self] (.append self 1)))
(Numbers)                               ;=> [1]
(defclass Slotted [] (def __slots__ #["a"]) (defn __init__ [self a] (set! self.a a)))
(. (Slotted 4) a)                       ;=> 4
; Attributes are listed in the order in which they were set, whatever the class has seen before.
(defclass Ordered []
  (defn __init__ [self x-first]
    (if x-first
      (do (set! self.x 1) (set! self.y 2))
      (do (set! self.y 1) (set! self.x 2)))))
(dotimes [_ 20] (Ordered true) (Ordered false))
(list #* (. (Ordered true) __dict__))   ;=> ("x" "y")
(list #* (. (Ordered false) __dict__))  ;=> ("y" "x")
(let [o (Ordered true)] (del! (. o x)) (set! (. o x) 9) (list #* (. o __dict__)))    ;=> ("y" "x")
; Another __init__ counts at the next call.
(set! (. Made __init__) (fn [self] (set! self.x :new) nil))
(. (Made) x)                            ;=> :new
(defclass Chained [] (defn __init__ [self n] (when (> n 0) (set! self.next (Chained (- n 1))))))
(Chained 1_000_000)                     ;=! RecursionError
