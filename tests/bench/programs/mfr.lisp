(import measure)

(defn work []
  (->> (range 1_000_000)
       (map (fn [x] (+ (* 3 x) 1)))
       (filter (fn [x] (= (% x 2) 0)))
       (reduce (fn [a b] (+ a b)) 0)))

(measure.run work)
