(import measure)

(defn sieve [limit]
  (let [composite (* [false] (+ limit 1))
        found 0
        last-found 0
        i 2]
    (while (<= i limit)
      (unless (. composite [i])
        (set! found (+ found 1))
        (set! last-found i)
        (let [j (* i i)]
          (while (<= j limit)
            (set! (. composite [j]) true)
            (set! j (+ j i)))))
      (set! i (+ i 1)))
    (str found " " last-found)))

(measure.run (fn [] (sieve 1_000_000)))
