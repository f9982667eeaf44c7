(import measure)

(defn work []
  (let [s 0]
    (dotimes [i 10_000_000]
      (set! s (+ s (% (* i i) 7))))
    s))

(measure.run work)
