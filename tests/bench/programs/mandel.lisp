(import measure)

(defn escape [cr ci limit]
  (loop [i 0 zr 0.0 zi 0.0]
    (if (and (< i limit) (<= (+ (* zr zr) (* zi zi)) 4.0))
      (recur (+ i 1) (+ (- (* zr zr) (* zi zi)) cr) (+ (* 2.0 zr zi) ci))
      i)))

(defn mandel [size limit]
  (let [total 0]
    (dotimes [y size]
      (let [ci (- (/ (* 2.0 y) size) 1.0)]
        (dotimes [x size]
          (set! total (+ total (escape (- (/ (* 2.0 x) size) 1.5) ci limit))))))
    total))

(measure.run (fn [] (mandel 400 50)))
