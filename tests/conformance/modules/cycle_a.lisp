(require cycle_b)
(def a 1)
