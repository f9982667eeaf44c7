(import measure)

(defn swap [v i k]
  (let [old (. v [i])]
    (set! (. v [i]) (. v [k]))
    (set! (. v [k]) old)))

(defn flips
  "How often the pancakes are turned until the smallest lies on top."
  [start]
  (let [perm (.copy start)]
    (loop [turned 0]
      (let [top (. perm [0])]
        (if (= top 0)
          turned
          (do (loop [i 0 k top]
                (when (< i k)
                  (swap perm i k)
                  (recur (+ i 1) (- k 1))))
            (recur (+ turned 1))))))))

(defn advance
  "Moves to the next permutation; false after the last one."
  [perm count n]
  (loop [r 1]
    (if (= r n)
      false
      (let [top (. perm [0])]
        (dotimes [i r]
          (set! (. perm [i]) (. perm [(+ i 1)])))
        (set! (. perm [r]) top)
        (set! (. count [r]) (- (. count [r]) 1))
        (if (> (. count [r]) 0)
          (do (doseq [i (range 1 r)]
                (set! (. count [i]) (+ i 1)))
            true)
          (recur (+ r 1)))))))

(defn fannkuch [n]
  (let [perm (vec (range n))
        count (for [i (range n)] (+ i 1))]
    (loop [most 0 checksum 0 sign 1]
      (let [turned (flips perm)
            most (max most turned)
            checksum (+ checksum (* sign turned))]
        (if (advance perm count n)
          (recur most checksum (- sign))
          (str checksum " " most))))))

(measure.run (fn [] (fannkuch 8)))
