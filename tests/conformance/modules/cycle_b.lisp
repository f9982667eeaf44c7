(require cycle_a)
(def b 2)
