; Functions that make or combine functions. Where one calls another function with the operands it got, pairs stay pairs.

(defn comp
  "The composition of functions: the last is called with the operands, each other with what the next answered.
  Without functions: identity.
  ((comp inc dec inc) 5) => 6
  (map (comp count :name) [{:name \"Ann\"}]) => [3]"
  ([] identity)
  ([f] f)
  ([f g] (fn [& xs &kwargs pairs] (f (call-with g xs pairs))))
  ([f g & more]
   (let [[innermost & outer] (reverse [f g #* more])]
     (fn [& xs &kwargs pairs]
       (let [value (call-with innermost xs pairs)]
         (doseq [h outer] (set! value (h value)))
         value)))))

(defn complement
  "A function that answers true where `f` answers something false, and false otherwise.
  (filter (complement even?) [1 2 3]) => [1 3]"
  [f]
  (fn [& xs &kwargs pairs] (not (call-with f xs pairs))))

(defn juxt
  "A function that calls each of the functions with its operands and answers a vector of what they answered.
  ((juxt min max) 3 1 2) => [1 3]
  (map (juxt :a :b) [{:a 1 :b 2}]) => [[1 2]]"
  [& fs]
  (fn [& xs &kwargs pairs] (for [f fs] (call-with f xs pairs))))

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
  ((some-fn even? :x) 1 3) => nil
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
  [x]
  (cond
    (vector? x) #[list #* (map %frozen x)]
    (tuple? x) (tuple (map %frozen x))
    (list? x) #[List #* (map %frozen x)]
    (map? x) #[dict (frozenset (for [[k v] (.items x)] #[k (%frozen v)]))]
    (set? x) #[set (frozenset x)]
    else x))

(defn- %memo-key
  [xs pairs]
  (let [key #[(tuple xs) (tuple (.items pairs))]]
    (try (do (hash key) key)
      (catch TypeError e #[(%frozen xs) (%frozen pairs)]))))

(defn memoize
  "A function that remembers what `f` answered for the same operands; vectors, maps and sets among them count by value.
  (let [calls [] f (memoize (fn [x] (.append calls x) (* x x)))] [(f 3) (f 3) (count calls)]) => [9 9 1]"
  [f]
  (let [memory {}]
    (fn [& xs &kwargs pairs]
      (let [key (%memo-key xs pairs)]
        (if (contains? memory key)
          (. memory [key])
          (let [value (call-with f xs pairs)]
            (set! (. memory [key]) value)
            value))))))

(defn trampoline
  "Calls the function with the operands, then, as long as the answer is a function, that function without operands.
  (trampoline (fn down [n] (if (pos? n) (fn [] (down (dec n))) :done)) 10) => :done"
  [f & xs &kwargs pairs]
  (loop [value (call-with f xs pairs)]
    (if (fn? value) (recur (value)) value)))
