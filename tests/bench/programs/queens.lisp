(import measure)

(defn place [row n columns up down]
  (if (= row n)
    1
    (let [found 0]
      (dotimes [column n]
        (let [u (+ row column)
              d (+ (- row column) n)]
          (unless (or (. columns [column]) (. up [u]) (. down [d]))
            (set! (. columns [column]) true)
            (set! (. up [u]) true)
            (set! (. down [d]) true)
            (set! found (+ found (place (+ row 1) n columns up down)))
            (set! (. columns [column]) false)
            (set! (. up [u]) false)
            (set! (. down [d]) false))))
      found)))

(defn queens [n]
  (place 0 n (* [false] n) (* [false] (* 2 n)) (* [false] (+ (* 2 n) 1))))

(measure.run (fn [] (queens 9)))
