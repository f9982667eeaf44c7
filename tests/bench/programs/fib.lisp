(import measure)

(defn fib [n]
  (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))

(measure.run (fn [] (fib 32)))
