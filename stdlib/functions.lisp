; Functions that make or combine functions. What they are called with reaches the inner function as it was written: a
; keyword and the value after it are a pair where that function takes pairs, plain values where it does not.
;
; The functions made have arities of their own for one operand or two, which are passed on without a vector. The parameters
; of these have names by which no caller passes anything.

(defn comp
  "The composition of functions: the last is called with the operands, each other with what the next answered.
  Without functions: identity.
  ((comp inc dec inc) 5) => 6
  (map (comp count :name) [{:name \"Ann\"}]) => [3]"
  ([] identity)
  ([f] f)
  ([f g]
   (fn
     ([%x] (f (g %x)))
     ([%x %y] (f (g %x %y)))
     ([&forward xs] (f (apply g xs)))))
  ([f g & more]
   (let [[innermost & outer] (reverse [f g #* more])
         through (fn [value]
                   (doseq [h outer] (set! value (h value)))
                   value)]
     (fn
       ([%x] (through (innermost %x)))
       ([%x %y] (through (innermost %x %y)))
       ([&forward xs] (through (apply innermost xs)))))))

(defn partial
  "A function that calls `f` with these operands and then its own.
  ((partial + 1 2) 3) => 6
  (map (partial get {:a 1}) [:a :b]) => [1 nil]
  ((partial sorted :reverse true) [1 3 2]) => [3 2 1]"
  [f &forward xs]
  (let [a (first xs) b (second xs)]
    (cond
      (= (count xs) 1)
      (fn
        ([%x] (f a %x))
        ([%x %y] (f a %x %y))
        ([&forward ys] (apply f a ys)))
      (and (= (count xs) 2) (not (%begins-pair? a)))
      (fn
        ([%x] (f a b %x))
        ([%x %y] (f a b %x %y))
        ([&forward ys] (apply f a b ys)))
      else (fn [&forward ys] (apply f [#* xs #* ys])))))

(defn complement
  "A function that answers true where `f` answers something false, and false otherwise.
  (filter (complement even?) [1 2 3]) => [1 3]"
  [f]
  (fn
    ([%x] (not (f %x)))
    ([%x %y] (not (f %x %y)))
    ([&forward xs] (not (apply f xs)))))

(defn juxt
  "A function that calls each of the functions with its operands and answers a vector of what they answered.
  ((juxt min max) 3 1 2) => [1 3]
  (map (juxt :a :b) [{:a 1 :b 2}]) => [[1 2]]"
  [& fs]
  (fn
    ([%x] (for [f fs] (f %x)))
    ([%x %y] (for [f fs] (f %x %y)))
    ([&forward xs] (for [f fs] (apply f xs)))))

(defn every-pred
  "A predicate that is true when every predicate is true of every operand.
  ((every-pred even? pos?) 2 4) => true
  ((every-pred even? pos?) 2 -4) => false"
  [& predicates]
  (fn [& xs]
    (let [answer true]
      (doseq [x xs p predicates]
        (when answer (unless (p x) (set! answer false))))
      answer)))

(defn some-fn
  "A function that answers the first true value that one of the predicates gives for one of its operands, else nil.
  ((some-fn even? neg?) 1 3) => nil
  ((some-fn :a :b) {:b 2}) => 2"
  [& predicates]
  (fn [& xs]
    (let [answer nil]
      (doseq [x xs p predicates]
        (unless answer
          (when-let [found (p x)] (set! answer found))))
      answer)))

(defn fnil
  "A function that calls `f` with the defaults in place of nil among its first operands.
  ((fnil inc 0) nil) => 1
  (update {} :n (fnil + 0) 5) => {:n 5}"
  [f & defaults]
  (fn [& xs]
    (let [filled (for [[i x] (enumerate xs)]
                   (if (and (nil? x) (< i (count defaults))) (nth defaults i) x))]
      (f #* filled))))

(defn- %frozen
  "Something with a hash that is equal for equal values."
  [x]
  (cond
    (vector? x) #[:vector #* (map %frozen x)]
    (list? x) #[:list #* (map %frozen x)]
    (tuple? x) (tuple (map %frozen x))
    (map? x) #[:map (frozenset (for [[k v] (.items x)] #[k (%frozen v)]))]
    (set? x) #[:set (frozenset x)]
    else x))

(defn- %hashed
  [key]
  (try (do (hash key) key)
    (catch TypeError _ (%frozen (vec key)))))

(defn- %memo-key
  "The operands with their types: 1, 1.0 and true are equal, but not the same operand; a pair's keyword is no value."
  [xs]
  (%hashed (tuple (for [x xs part #[x (if (%begins-pair? x) nil (type x))]] part))))

(defmacro %remember
  "What the memory has for the key, else the answer of the call, kept there. The memory is never an answer of its own."
  [memory key call]
  `(let [key# ,key
         found# (.get ,memory key# ,memory)]
     (if (identical? found# ,memory)
       (let [value# ,call]
         (set! (. ,memory [key#]) value#)
         value#)
       found#)))

(defn memoize
  "A function that remembers what `f` answered for the same operands; vectors, maps and sets among them count by value.
  (let [calls [] f (memoize (fn [x] (.append calls x) (* x x)))] [(f 3) (f 3) (count calls)]) => [9 9 1]"
  [f]
  (let [memory {}]
    (fn
      ([%x] (%remember memory (if (%exact-scalar? %x) %x (%hashed #[%x (type %x)])) (f %x)))
      ([%x %y] (%remember memory (%hashed #[%x (type %x) %y (type %y)]) (f %x %y)))
      ([&forward xs] (%remember memory (%memo-key xs) (apply f xs))))))

(defn trampoline
  "Calls the function with the operands, then, as long as the answer is a function, that function without operands.
  (trampoline (fn down [n] (if (pos? n) (fn [] (down (dec n))) :done)) 10) => :done"
  [f &forward xs]
  (loop [value (apply f xs)]
    (if (fn? value) (recur (value)) value)))
