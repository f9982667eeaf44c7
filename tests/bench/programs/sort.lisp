(import measure)

(defn work []
  (let [xs []
        x 42
        total 0]
    (dotimes [_ 1_000_000]
      (set! x (% (* x 16807) 2147483647))
      (.append xs x))
    (.sort xs)
    (doseq [x xs] (set! total (+ total x)))
    (str total " " (. xs [0]) " " (. xs [500_000]))))

(measure.run work)
