(import measure)

(defn work []
  (let [counts {}
        x 42]
    (dotimes [_ 1_000_000]
      (set! x (% (* x 16807) 2147483647))
      (let [word (str "w" (% x 5003))]
        (set! (. counts [word]) (+ (get counts word 0) 1))))
    (str (len counts) " " (max (.values counts)) " " (get counts "w7"))))

(measure.run work)
