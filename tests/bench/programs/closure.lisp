(import measure)

(defn counter []
  (let [n 0]
    (fn [] (set! n (+ n 1)))))

(defn work []
  (let [count! (counter)]
    (dotimes [_ 5_000_000] (count!))
    (count!)))

(measure.run work)
