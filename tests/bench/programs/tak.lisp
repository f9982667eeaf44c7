(import measure)

(defn tak [x y z]
  (if (>= y x)
    z
    (tak (tak (- x 1) y z) (tak (- y 1) z x) (tak (- z 1) x y))))

(defn work []
  (let [total 0]
    (dotimes [_ 20] (set! total (+ total (tak 18 12 6))))
    total))

(measure.run work)
