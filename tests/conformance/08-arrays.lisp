; Section 8, Arrays.

(import numpy :as np)
(len (float32array [1 2 3 4]))          ;=> 4
(vec (float32array [1 2 3]))            ;=> [1.0 2.0 3.0]
(vec (float64array [1 2.5]))            ;=> [1.0 2.5]
(vec (int32array [1 -2]))               ;=> [1 -2]
(vec (int64array [1 9000000000]))       ;=> [1 9000000000]
(vec (uint8array [0 255]))              ;=> [0 255]
(vec (float32array []))                 ;=> []
(vec (float32array (range 3)))          ;=> [0.0 1.0 2.0]
(. (memoryview (float32array [1 2])) nbytes)    ;=> 8
(. (memoryview (float64array [1 2])) nbytes)    ;=> 16
(. (memoryview (int32array [1 2])) itemsize)    ;=> 4
(. (memoryview (uint8array [1 2])) format)      ;=> "B"
(uint8array [256])                      ;=! OverflowError
(uint8array [-1])                       ;=! OverflowError
(int32array [3000000000])               ;=! OverflowError
(float32array ["x"])                    ;=! TypeError
(.tolist (as-nd (float32array [1 2 3 4]) [2 2] "float32"))      ;=> [[1.0 2.0] [3.0 4.0]]
(.tolist (as-nd (float32array [1 2 3 4]) [2 2] :float32))       ;=> [[1.0 2.0] [3.0 4.0]]
(.tolist (as-nd (int64array [1 2]) [2] "int64"))        ;=> [1 2]
(. (as-nd (float32array [1 2 3 4]) [2 2] "float32") shape)      ;=> #[2 2]
(. (as-nd (float32array [1 2]) [2] "float32") dtype)    ;=> dtype('float32')
(let [b (float32array [1 2]) a (as-nd b [2] "float32")] (set! (. a [0]) 9) (vec b))     ;=> [9.0 2.0]
(let [b (float32array [1 2]) a (as-nd b [2] "float32")] (set! (. b [1]) 7) (.tolist a)) ;=> [1.0 7.0]
(let [b (float64array [1 2]) before (:bytes-copied (bridge/stats))] (as-nd b [2] "float64") (- (:bytes-copied (bridge/stats)) before))     ;=> 0
(as-nd (float32array [1 2 3]) [2 2] "float32")          ;=! ValueError
(as-nd (float32array [1 2 3]) [3] "float64")            ;=! ValueError
(as-nd (float32array [1 2 3]) [3] "no-such-type")       ;=! TypeError: no-such-type
(.tolist (as-nd b"\x01\x02" [2] "uint8"))               ;=> [1 2]
(.tolist (as-nd (bytearray b"\x01\x00\x02\x00") [2] "uint16"))  ;=> [1 2]
(as-nd "text" [1] "uint8")              ;=! TypeError
(float (np.sum (float32array [1 2 3])))     ;=> 6.0
(with-zero-copy (float (np.sum (as-nd (float32array [1 2]) [2] "float32"))))    ;=> 3.0
(import mmap tempfile)
(with [f (tempfile.TemporaryFile)]
  (.write f b"\x01\x02\x03\x04") (.flush f)
  (with [view (mmap.mmap (.fileno f) 4)]
    (let [a (as-nd view [4] "uint8") n (int (np.sum a))] (set! a nil) n)))      ;=> 10

; Items of exact arrays: value, type and error are NumPy's.
(defn item-of [a i] (. a [i]))
(defn third [a] (. a [2]))
(defn put-item [a i v] (set! (. a [i]) v))
(defn put-third [a v] (set! (. a [2]) v))
(defn repr-of [x] [(. (type x) __name__) (str x)])
(repr-of (third (np.arange 4.0)))                       ;=> ["float64" "2.0"]
(map (fn [d] (repr-of (third (np.array [1 2 3] d)))) ["int8" "uint8" "int16" "uint16" "int32" "uint32" "int64" "uint64" "float32" "float64" "complex128" "float16"])  ;=> [["int8" "3"] ["uint8" "3"] ["int16" "3"] ["uint16" "3"] ["int32" "3"] ["uint32" "3"] ["int64" "3"] ["uint64" "3"] ["float32" "3.0"] ["float64" "3.0"] ["complex128" "(3+0j)"] ["float16" "3.0"]]
(repr-of (item-of (np.arange 4.0) -1))                  ;=> ["float64" "3.0"]
(repr-of (third (np.array [1 2 3] ">i4")))              ;=> ["int32" "3"]
(repr-of (third (. (np.arange 9) [(: nil nil 3)])))     ;=> ["int64" "6"]
(item-of (np.arange 4.0) 4)                             ;=! IndexError: out of bounds
(item-of (np.arange 4.0) -5)                            ;=! IndexError: out of bounds
(item-of (np.array 1.0) 0)                              ;=! IndexError
(item-of (np.arange 4.0) "x")                           ;=! IndexError
(.tolist (item-of (np.ones [2 2]) 1))                   ;=> [1.0 1.0]
(let [a (np.arange 4.0)] (put-third a 7) (put-item a -1 2.5) (.tolist a))     ;=> [0.0 1.0 7.0 2.5]
(let [a (np.arange 4)] (put-third a 7.9) (.tolist a))   ;=> [0 1 7 3]
(let [a (np.arange 4.0)] (put-third a "x"))             ;=! ValueError
(let [a (np.arange 4.0)] (put-item a 4 1.0))            ;=! IndexError: out of bounds
(let [a (np.arange 4.0)] (.setflags a :write False) (put-third a 1.0))         ;=! ValueError: read-only
(let [a (np.zeros 3 "int8")] (put-third a 127) (.tolist a))     ;=> [0 0 127]
(let [a (np.zeros [2 2])] (put-item a 1 5) (.tolist a)) ;=> [[0.0 0.0] [5.0 5.0]]
(defclass Shouting [np.ndarray]
  (defn __getitem__ [self i] (str "item " i))
  (defn __setitem__ [self i v] (raise (KeyError "closed"))))
(third (.view (np.arange 4.0) Shouting))                ;=> "item 2"
(put-third (.view (np.arange 4.0) Shouting) 1.0)        ;=! KeyError: closed

; A numpy.float64 without an object behaves as one with an object: type, repr, arithmetic, warnings, where it is kept.
(import warnings math copy pickle :as pickles)
(defn kind [x] [(. (type x) __name__) (repr x)])
(def numbers (np.array [0.0 1.5 -2.0 np.nan np.inf 1e308]))
(defn nth-number [i] (. numbers [i]))
(kind (+ (nth-number 1) 1))                             ;=> ["float64" "2.5"]
(kind (+ 1 (nth-number 1)))                             ;=> ["float64" "2.5"]
(kind (- 1.0 (nth-number 1)))                           ;=> ["float64" "-0.5"]
(kind (* (nth-number 1) (nth-number 2)))                ;=> ["float64" "-3.0"]
(kind (/ (nth-number 1) 2))                             ;=> ["float64" "0.75"]
(kind (// (nth-number 1) 1))                            ;=> ["float64" "1.0"]
(kind (% (nth-number 2) 1.5))                           ;=> ["float64" "1.0"]
(kind (** (nth-number 2) 2))                            ;=> ["float64" "4.0"]
(kind (- (nth-number 1)))                               ;=> ["float64" "-1.5"]
(kind (+ (nth-number 1) (** 2 70)))                     ;=> ["float" "1.1805916207174113e+21"]
(kind (+ (nth-number 1) (np.float32 1)))                ;=> ["float64" "2.5"]
(kind (+ (nth-number 1) true))                          ;=> ["float64" "2.5"]
(kind (+ (nth-number 1) 1j))                            ;=> ["complex128" "(1.5+1j)"]
(kind (< (nth-number 1) 2))                             ;=> ["bool_" "True"]
(kind (= (nth-number 1) 2))                             ;=> ["bool_" "False"]
(kind (!= (nth-number 3) (nth-number 3)))               ;=> ["bool_" "True"]
(if (< (nth-number 3) 1) :less :not)                    ;=> :not
(if (nth-number 0) :true :false)                        ;=> :true
(kind (math.sin (nth-number 0)))                        ;=> ["float" "0.0"]
(kind (math.floor (nth-number 1)))                      ;=> ["int" "1"]
(kind (float (nth-number 1)))                           ;=> ["float" "1.5"]
(kind (int (nth-number 1)))                             ;=> ["int" "1"]
(kind (abs (nth-number 2)))                             ;=> ["float64" "2.0"]
(kind (max (nth-number 1) 1))                           ;=> ["float64" "1.5"]
(kind (round (nth-number 1)))                           ;=> ["int" "2"]
(kind (inc (nth-number 1)))                             ;=> ["float64" "2.5"]
(kind (sum [(nth-number 1) (nth-number 2)]))            ;=> ["float64" "-0.5"]
(kind (np.sin (nth-number 0)))                          ;=> ["float64" "0.0"]
(kind (first [(nth-number 1)]))                         ;=> ["float64" "1.5"]
(kind (. {:a (nth-number 1)} [:a]))                     ;=> ["float64" "1.5"]
(kind (plain (nth-number 1)))                           ;=> ["float" "1.5"]
(kind (copy.copy (nth-number 1)))                       ;=> ["float64" "1.5"]
(kind (pickles.loads (pickles.dumps (nth-number 1))))   ;=> ["float64" "1.5"]
(let [x (nth-number 1)] (identical? x x))               ;=> true
(. (nth-number 1) dtype name)                           ;=> "float64"
(.item (nth-number 1))                                  ;=> 1.5
[(isinstance (nth-number 1) float) (isinstance (nth-number 1) np.float64) (isinstance (nth-number 1) np.float32)]     ;=> [true true false]
[(number? (nth-number 1)) (float? (nth-number 1)) (int? (nth-number 1)) (nan? (nth-number 3)) (nan? (nth-number 1))]     ;=> [true true false true false]
f"{(nth-number 1)} {(nth-number 1):.3f} {(nth-number 1)!r}"     ;=> "1.5 1.500 1.5"
(str (nth-number 1) "!")                                ;=> "1.5!"
(get {1.5 :found} (nth-number 1))                           ;=> :found
(match (nth-number 1) 1.5 :same _ :other)               ;=> :same
(let [t 0.0] (dotimes [i 3] (set! t (+ t (nth-number i)))) (kind t))     ;=> ["float64" "-0.5"]
(let [f (fn [] (nth-number 1))] (kind (f)))             ;=> ["float64" "1.5"]
(vec (map kind (apply list [(nth-number 1)])))          ;=> [["float64" "1.5"]]
(kind (first (vec (lazy-for [i [1]] (nth-number i)))))       ;=> ["float64" "1.5"]
(let [a (np.zeros 2)] (set! (. a [0]) (nth-number 1)) (.tolist a))     ;=> [1.5 0.0]
(let [a (np.zeros 2 "int64")] (set! (. a [0]) (nth-number 1)) (.tolist a))     ;=> [1 0]
(. [10 20] [(nth-number 1)])                            ;=! TypeError: indices must be integers
((nth-number 1))                                        ;=! TypeError: not callable
(+ (nth-number 1) "x")                                  ;=! _UFuncNoLoopError: ufunc
(. (nth-number 1) nothing)                              ;=! AttributeError: nothing
(defn warned [f] (with [all (warnings.catch_warnings :record True)] (warnings.simplefilter "always") (let [x (f)] [(repr x) (vec (map (fn [w] (first (.split (str w.message) " enc"))) all))])))
(warned (fn [] (/ (nth-number 1) (nth-number 0))))      ;=> ["inf" ["divide by zero"]]
(warned (fn [] (/ (nth-number 0) 0)))                   ;=> ["nan" ["invalid value"]]
(warned (fn [] (* (nth-number 5) 10)))                  ;=> ["inf" ["overflow"]]
(warned (fn [] (- (nth-number 4) (nth-number 4))))      ;=> ["nan" ["invalid value"]]
(warned (fn [] (+ (nth-number 3) 1)))                   ;=> ["nan" []]
(with [_ (np.errstate :divide "raise")] (/ 1 (nth-number 0)))     ;=! FloatingPointError: divide by zero
(with [_ (np.errstate :under "raise")] (* (np.sin 1e-200) (np.sin 1e-200)))     ;=! FloatingPointError: underflow
