; What is done with whole sets, and with the keys of maps. Any iterable will do for a set.

(defn union
  "The set of what is in any of them.
  (union #{1} #{2} [1]) => #{1 2}
  (union) => #{}"
  [& sets]
  (let [all #{}]
    (doseq [s sets] (.update all (if (set? s) s (into #{} s))))
    all))

(defn intersection
  "The set of what is in all of them.
  (intersection #{1 2 3} #{2 3 4} [3]) => #{3}"
  [first-set & more]
  (let [common (into #{} first-set)]
    (doseq [other more] (.intersection-update common (or other [])))
    common))

(defn difference
  "The set of what is in the first and in none of the others.
  (difference #{1 2 3} #{2} [3]) => #{1}"
  [first-set & more]
  (let [left (into #{} first-set)]
    (doseq [other more] (.difference-update left (or other [])))
    left))

(defn subset?
  "Whether everything in the first is in the second.
  (subset? #{1} #{1 2}) => true"
  [part whole]
  (<= (into #{} part) (into #{} whole)))

(defn superset?
  "Whether everything in the second is in the first.
  (superset? #{1 2} [1]) => true"
  [whole part]
  (subset? part whole))

(defn map-invert
  "The map from the values to the keys; of equal values the last wins.
  (map-invert {:a 1 :b 2}) => {1 :a 2 :b}"
  [m]
  (into {} (for [[k v] (items m)] [v k])))

(defn rename-keys
  "The map with other names for some of its keys.
  (rename-keys {:a 1 :b 2} {:a :z}) => {:z 1 :b 2}"
  [m names]
  (into {} (for [[k v] (items m)] [(get names k k) v])))
