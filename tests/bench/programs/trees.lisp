(import measure)

(defn tree [depth]
  (if (= depth 0)
    [nil nil]
    [(tree (- depth 1)) (tree (- depth 1))]))

(defn count-nodes [node]
  (let [[left right] node]
    (if (nil? left)
      1
      (+ 1 (count-nodes left) (count-nodes right)))))

(defn work []
  (let [lasting (tree 14)
        total 0]
    (doseq [depth (range 4 15 2)]
      (dotimes [_ (bit-shift-left 1 (- 16 depth))]
        (set! total (+ total (count-nodes (tree depth))))))
    (str total " " (count-nodes lasting))))

(measure.run work)
