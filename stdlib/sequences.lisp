; Sequence functions that call a function for each item. They are loops, so that the VM runs the function without
; leaving the interpreter. Over an infinite sequence they answer a lazy one, which can be walked again.

(defn- %together
  [collections]
  (builtins.zip #* (for [c collections] (if (nil? c) [] c))))

(defn- %open-ended?
  "Is it a sequence that must not be walked before its items are asked for?"
  [xs]
  (or (lazy? xs) (infinite? xs)))

(defn map
  "A vector of what the function answers for each item; with several collections it takes one operand from each and
  stops with the shortest.
  (map inc [1 2 3]) => [2 3 4]
  (map + [1 2 3] [10 20]) => [11 22]
  (map :name [{:name 1} {}]) => [1 nil]
  (take 3 (map inc (iterate inc 1))) => [2 3 4]"
  ([f xs]
   (if (%open-ended? xs)
     (lazy-seq* (fn [] (lazy-for [x xs] (f x))) (infinite? xs))
     (for [x xs] (f x))))
  ([f xs ys & more]
   (let [all [xs ys #* more]]
     (cond
       (every? %open-ended? all)
       (lazy-seq* (fn [] (lazy-for [items (%together all)] (f #* items))) (every? infinite? all))
       (empty? more) (for [[x y] (%together all)] (f x y))
       else (for [items (%together all)] (f #* items))))))

(defn mapv
  "The same as map, for finite collections.
  (mapv inc #{1}) => [2]
  (mapv vector [1 2] [3 4]) => [[1 3] [2 4]]"
  [f xs & more]
  (vec (map f xs #* more)))

(defn map-indexed
  "A vector of what the function answers for each index and item.
  (map-indexed vector [:a :b]) => [[0 :a] [1 :b]]"
  [f xs]
  (if (%open-ended? xs)
    (lazy-seq* (fn [] (lazy-for [[i x] (builtins.enumerate xs)] (f i x))) (infinite? xs))
    (let [i -1]
      (for [x xs] (do (set! i (inc i)) (f i x))))))

(defn mapcat
  "All items of what the function answers for each item, one after the other.
  (mapcat (fn [x] [x x]) [1 2]) => [1 1 2 2]
  (mapcat list [1 2] [3 4]) => [1 3 2 4]"
  [f xs & more]
  (let [lists (map f xs #* more)]
    (if (%open-ended? lists)
      (lazy-seq* (fn [] (lazy-for [items lists item items] item)) (infinite? lists))
      (for [items lists item items] item))))

(defn filter
  "A vector of the items for which the predicate is true.
  (filter even? [1 2 3 4]) => [2 4]
  (filter :ok [{:ok 1} {}]) => [{:ok 1}]"
  [f xs]
  (if (%open-ended? xs)
    (lazy-seq* (fn [] (lazy-for [x xs :when (f x)] x)) (infinite? xs))
    (for [x xs :when (f x)] x)))

(defn remove
  "A vector of the items for which the predicate is false.
  (remove even? [1 2 3 4]) => [1 3]"
  [f xs]
  (if (%open-ended? xs)
    (lazy-seq* (fn [] (lazy-for [x xs :when (not (f x))] x)) (infinite? xs))
    (for [x xs :when (not (f x))] x)))

(defn keep
  "A vector of what the function answers for the items, nil left out.
  (keep :a [{:a 1} {} {:a false}]) => [1 false]"
  [f xs]
  (if (%open-ended? xs)
    (lazy-seq* (fn [] (lazy-for [x xs :let [y (f x)] :when (some? y)] y)) (infinite? xs))
    (for [x xs :let [y (f x)] :when (some? y)] y)))

(defn keep-indexed
  "A vector of what the function answers for each index and item, nil left out.
  (keep-indexed (fn [i x] (if (odd? i) x)) [:a :b :c :d]) => [:b :d]"
  [f xs]
  (keep identity (map-indexed f xs)))

(def %none (gensym))

(defn reduce
  "Combines the items from left to right: (f (f (f start a) b) c). Without a start the first item is it, and (f) the
  answer for no items. (reduced x) ends the walk with x.
  (reduce + [1 2 3]) => 6
  (reduce conj [] #[1 2]) => [1 2]
  (reduce + []) => 0
  (reduce (fn [a x] (if (> x 2) (reduced a) (+ a x))) 0 (iterate inc 0)) => 3"
  ([f xs]
   (let [items (builtins.iter (if (nil? xs) [] xs))
         start (builtins.next items %none)]
     (if (identical? start %none) (f) (reduce f start items))))
  ([f start xs]
   (let [value start]
     (if (native? f)
       ; What is written in C++ stops no reduce.
       (doseq [x xs] (set! value (f value x)))
       (doseq [x xs]
         (set! value (f value x))
         (when (reduced? value) (set! value (deref value)) (break))))
     value)))

(defn- %reductions
  [f start xs fresh]
  (let [value start]
    (unless fresh (yield value))
    (doseq [x xs]
      (if fresh
        (do (set! value x) (set! fresh false))
        (set! value (f value x)))
      (when (reduced? value)
        (yield (deref value))
        (break))
      (yield value))))

(defn reductions
  "A vector of all values that reduce passes through.
  (reductions + [1 2 3]) => [1 3 6]
  (reductions conj [] [1 2]) => [[] [1] [1 2]]
  (reductions + []) => [0]"
  ([f xs]
   (if (%open-ended? xs)
     (lazy-seq* (fn [] (%reductions f nil xs true)) (infinite? xs))
     (let [values (vec (%reductions f nil xs true))]
       (if (empty? values) [(f)] values))))
  ([f start xs]
   (if (%open-ended? xs)
     (lazy-seq* (fn [] (%reductions f start xs false)) (infinite? xs))
     (vec (%reductions f start xs false)))))

(defn reduce-kv
  "Combines the entries of a map (or the indexes and items of a vector): (f value key item). (reduced x) ends the walk.
  (reduce-kv (fn [a k v] (assoc a v k)) {} {:a 1}) => {1 :a}"
  [f start m]
  (let [value start]
    (doseq [[k v] (cond (nil? m) [] (map? m) (.items m) else (builtins.enumerate m))]
      (set! value (f value k v))
      (when (reduced? value) (set! value (deref value)) (break)))
    value))

(defn take-while
  "A vector of the items before the first for which the predicate is false.
  (take-while even? [2 4 5 6]) => [2 4]
  (vec (take-while (fn [x] (< x 3)) (iterate inc 0))) => [0 1 2]"
  [f xs]
  (if (%open-ended? xs)
    (lazy-seq* (fn [] (lazy-for [x xs :while (f x)] x)))
    (for [x xs :while (f x)] x)))

(defn- %drop-while
  [f xs]
  (let [dropping true]
    (doseq [x xs]
      (when dropping (unless (f x) (set! dropping false)))
      (unless dropping (yield x)))))

(defn drop-while
  "A vector of the items from the first for which the predicate is false.
  (drop-while even? [2 4 5 6]) => [5 6]"
  [f xs]
  (if (%open-ended? xs)
    (lazy-seq* (fn [] (%drop-while f xs)) (infinite? xs))
    (let [dropping true]
      (for [x xs :when (if dropping (if (f x) false (do (set! dropping false) true)) true)] x))))

(defn split-with
  "The vector of take-while and drop-while.
  (split-with even? [2 4 5 6]) => [[2 4] [5 6]]"
  [f xs]
  (if (%open-ended? xs)
    [(take-while f xs) (drop-while f xs)]
    (let [front [] back [] target front]
      (doseq [x xs]
        (when (identical? target front) (unless (f x) (set! target back)))
        (.append target x))
      [front back])))

(defn- %partition-by
  [f xs]
  (let [part [] last-key nil]
    (doseq [x xs]
      (let [key (f x)]
        (unless (or (empty? part) (= key last-key))
          (yield part)
          (set! part []))
        (set! last-key key)
        (.append part x)))
    (unless (empty? part) (yield part))))

(defn partition-by
  "Cuts the items into vectors, anew each time that the function answers something else.
  (partition-by odd? [1 3 2 4 5]) => [[1 3] [2 4] [5]]
  (partition-by identity []) => []"
  [f xs]
  (if (%open-ended? xs)
    (lazy-seq* (fn [] (%partition-by f xs)) (infinite? xs))
    (vec (%partition-by f xs))))

(defn group-by
  "A map from what the function answers to the vector of the items for which it does.
  (group-by odd? [1 2 3]) => {true [1 3] false [2]}
  (group-by :k [{:k 1} {:k 1 :v 2}]) => {1 [{:k 1} {:k 1 :v 2}]}"
  [f xs]
  (when (infinite? xs) (throw (ValueError "group-by: the sequence never ends")))
  (let [groups {}]
    (doseq [x xs]
      (let [key (f x) group (get groups key)]
        (if (nil? group)
          (set! (. groups [key]) [x])
          (.append group x))))
    groups))

(defn- %comparison
  [compare]
  (fn [a b]
    (let [answer (compare a b)]
      (cond
        (true? answer) -1
        (false? answer) (if (compare b a) 1 0)
        else answer))))

(defn sort-by
  "A vector of the items in the order of what the function answers for them; equal ones keep their order. A comparator,
  a predicate like > or a function to a number, may stand before the items.
  (sort-by count [\"ccc\" \"a\" \"bb\"]) => [\"a\" \"bb\" \"ccc\"]
  (sort-by :n > [{:n 1} {:n 2}]) => [{:n 2} {:n 1}]"
  ([f xs]
   (let [items (vec xs) keys (for [x items] (f x))]
     (for [i (builtins.sorted (range (count items)) :key keys.__getitem__)] (. items [i]))))
  ([f compare xs]
   (let [items (vec xs)
         keys (for [x items] (f x))
         rank (.cmp-to-key ($py "functools") (%comparison compare))]
     (for [i (builtins.sorted (range (count items)) :key (fn [i] (rank (. keys [i]))))]
       (. items [i])))))

(defn some
  "The first true value that the predicate answers for an item, else nil.
  (some even? [1 2]) => true
  (some :a [{} {:a 5}]) => 5
  (some even? [1]) => nil"
  [f xs]
  (let [found nil]
    (doseq [x xs]
      (let [answer (f x)]
        (when answer (set! found answer) (break))))
    found))

(defn every?
  "Is the predicate true for every item? True when there is none.
  (every? even? [2 4]) => true
  (every? even? [2 5]) => false
  (every? even? nil) => true"
  [f xs]
  (let [answer true]
    (doseq [x xs]
      (unless (f x) (set! answer false) (break)))
    answer))

(defn not-any?
  "Is the predicate false for every item?
  (not-any? even? [1 3]) => true
  (not-any? even? [1 2]) => false"
  [f xs]
  (let [answer true]
    (doseq [x xs]
      (when (f x) (set! answer false) (break)))
    answer))

(defn not-every?
  "Is the predicate false for some item?
  (not-every? even? [2 3]) => true
  (not-every? even? []) => false"
  [f xs]
  (not (every? f xs)))

(defn filterv
  "The same as filter, for finite collections.
  (filterv even? (range 5)) => [0 2 4]"
  [f xs]
  (vec (filter f xs)))

(defn min-key
  "The operand for which the function answers the least; of equal ones the last.
  (min-key count \"abc\" \"a\" \"bb\") => \"a\"
  (min-key abs -2 2) => 2"
  [f x & more]
  (let [best x]
    (unless (empty? more)
      (let [key (f x)]
        (doseq [y more]
          (let [other (f y)]
            (when (<= other key) (set! best y) (set! key other))))))
    best))

(defn max-key
  "The operand for which the function answers the most; of equal ones the last.
  (max-key count \"abc\" \"a\" \"bb\") => \"abc\"
  (max-key :n {:n 1} {:n 2}) => {:n 2}"
  [f x & more]
  (let [best x]
    (unless (empty? more)
      (let [key (f x)]
        (doseq [y more]
          (let [other (f y)]
            (when (>= other key) (set! best y) (set! key other))))))
    best))

(defn update
  "The map (or vector) with what the function answers for the item at the key, and further operands, in its place.
  (update {:n 1} :n inc) => {:n 2}
  (update {:n 1} :n + 10 100) => {:n 111}
  (update [1 2] 0 dec) => [0 2]"
  ([m k f] (assoc m k (f (get m k))))
  ([m k f &forward xs] (assoc m k (apply f (get m k) xs))))

(defn- %update-in
  [m path at f xs]
  (let [k (nth path at)]
    (assoc m k
      (if (= (inc at) (count path))
        (apply f (get m k) xs)
        (%update-in (get m k) path (inc at) f xs)))))

(defn update-in
  "The nested map with what the function answers for the item at the path, and further operands, in its place.
  (update-in {:a {:b 1}} [:a :b] inc) => {:a {:b 2}}
  (update-in {} [:a :b] (fnil inc 0)) => {:a {:b 1}}"
  [m path f &forward xs]
  (%update-in m (vec path) 0 f xs))

(defn update-vals
  "The map with the function's answers in place of its values.
  (update-vals {:a 1 :b 2} inc) => {:a 2 :b 3}"
  [m f]
  (let [answer {}]
    (unless (nil? m)
      (doseq [[k v] (.items m)] (set! (. answer [k]) (f v))))
    answer))

(defn update-keys
  "The map with the function's answers in place of its keys.
  (update-keys {:a 1} name) => {\"a\" 1}"
  [m f]
  (let [answer {}]
    (unless (nil? m)
      (doseq [[k v] (.items m)] (set! (. answer [(f k)]) v)))
    answer))

(defn run!
  "Calls the function with each item, for what it does, and answers nil.
  (with-out-str (run! print [1 2])) => \"1\\n2\\n\""
  [f xs]
  (doseq [x xs] (f x)))

(defn tree-seq
  "A vector of a tree's nodes, each before its children. `children` is called for nodes of which `branch?` is true.
  (tree-seq vector? identity [1 [2]]) => [[1 [2]] 1 [2] 2]"
  [branch? children root]
  (let [found [] open [root]]
    (while (not (empty? open))
      (let [node (.pop open)]
        (.append found node)
        (when (branch? node) (.extend open (reverse (children node))))))
    found))

(defn reversed
  "A vector of the items from the last to the first: reverse under Python's name.
  (reversed [1 2 3]) => [3 2 1]"
  [xs]
  (reverse xs))
