; Walking through nested data.

(defn walk
  "Rebuilds a collection from (inner item) of each item, and answers (outer of it). A map's items are its [key value] pairs.
  (walk inc sum [1 2 3]) => 9
  (walk (fn [[k v]] [v k]) identity {:a 1}) => {1 :a}"
  [inner outer form]
  (outer
    (cond
      (map? form) (into (empty form) (for [pair (items form)] (inner pair)))
      (list? form) (apply list (for [item form] (inner item)))
      (vector? form) (for [item form] (inner item))
      (or (tuple? form) (set? form)) (into (empty form) (for [item form] (inner item)))
      else form)))

(defn postwalk
  "Calls `f` on every part of nested data, the innermost first, and answers what it makes of it.
  (postwalk (fn [x] (if (int? x) (* 2 x) x)) [1 {:a '(2)}]) => [2 {:a (4)}]"
  [f form]
  (walk (fn [part] (postwalk f part)) f form))

(defn prewalk
  "Like postwalk, but the outermost first: the parts are those of what `f` answered.
  (prewalk (fn [x] (if (= x :ones) [1 1] x)) [:ones 2]) => [[1 1] 2]"
  [f form]
  (walk (fn [part] (prewalk f part)) identity (f form)))
