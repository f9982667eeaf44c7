; How long code takes.

(defn- %seconds
  "The duration in the unit that reads best, with at least four figures: \"12.35 ms\"."
  [seconds]
  (let [[number unit] (cond
                        (>= seconds 1) #[seconds "s"]
                        (>= seconds 1e-3) #[(* seconds 1e3) "ms"]
                        (>= seconds 1e-6) #[(* seconds 1e6) "µs"]
                        else #[(* seconds 1e9) "ns"])
        places (cond (< number 10) 3 (< number 100) 2 else 1)]
    f"{number:.{places}f} {unit}"))

(defn- %counted
  "So many of a thing: \"1 check\", \"2 checks\"."
  [n thing]
  f"{n:,} {thing}{(if (= n 1) "" "s")}")

(defmacro time
  "Evaluates the body, prints how long that took, and answers the value.
  (time (+ 1 2)) => 3"
  [& body]
  `(let [clock# (. ($py "time") perf-counter)
         start# (clock#)
         value# (do ,@body)]
     (print "Elapsed time:" (%seconds (- (clock#) start#)))
     value#))

(defn- %runs
  [f n]
  (let [clock (. ($py "time") perf-counter) start (clock)]
    (dotimes [_ n] (f))
    (- (clock) start)))

(defn- %bench
  [f]
  (let [n 1 spent (%runs f 1)]
    (while (< spent 0.05)
      (set! n (if (< spent 0.0005) (* n 10) (inc (int (/ (* n 0.06) spent)))))
      (set! spent (%runs f n)))
    (let [best (/ (min #* (repeatedly 5 (fn [] (%runs f n)))) n)]
      (print (%seconds best) f"a run, best of 5 × {n}")
      best)))

(defmacro bench
  "Runs the body again and again, prints how long one run takes, the best of five, and answers that in seconds.
  (float? (bench (+ 1 2))) => true"
  [& body]
  `(%bench (fn [] ,@body)))
