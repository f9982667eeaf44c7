; What a web server's log says, one JSON object in each line:
;
;     {"time": "2024-03-01T08:15:02", "method": "GET", "path": "/items/17", "status": 200, "ms": 12.5, "bytes": 5120}
;
;     catena examples/log_report.lisp             the sample in examples/data
;     catena examples/log_report.lisp FILE…       your files; - is standard input

(import json statistics sys
        [pathlib :refer [Path]])

(def sample (/ (. (Path __file__) parent) "data" "requests.jsonl"))


; Reading

(defn lines
  "The lines of a file, or of standard input."
  [file]
  (if (= file "-")
    (yield-from sys.stdin)
    (with [stream (open file :encoding "utf-8" :errors "replace")]
      (yield-from stream))))

(defn request
  "The request in a line, or nil when the line is damaged: logs are."
  [line]
  (try
    (let [{:keys [time method path status ms bytes]} (json.loads line)
          route (.sub #"/\d+" "/:id" path)]
      {:hour (. time [(: 11 13)])
       :route f"{method} {route}"
       :status (int status)
       :ms (float ms)
       :bytes (int bytes)})
    (catch [ValueError TypeError AttributeError] _ nil)))


; Figures

(defn failed?
  [{:keys [status]}]
  (>= status 500))

(defn percentile
  "The value that p percent of the values do not exceed."
  [p values]
  (let [ordered (sort values)]
    (nth ordered (quot (* p (dec (len ordered))) 100))))

(defn summary
  "The figures of the requests of one route."
  [[route requests]]
  (let [times (map :ms requests)]
    {:route route
     :count (len requests)
     :failed (count (filter failed? requests))
     :median (statistics.median times)
     :p95 (percentile 95 times)}))


; Printing

(defn bar
  "A bar for a share of the whole."
  [part whole &opt (width 40)]
  (* "█" (round (/ (* width part) (max 1 whole)))))

(defn print-routes
  [requests]
  (println "\nroute                    requests  failed     median        p95")
  (doseq [{:keys [route count failed median p95]}
          (sort-by (fn [row] (- (:p95 row))) (map summary (.items (group-by :route requests))))]
    (println f"{route:<24} {count:>8}{failed:>8}{median:>8.1f} ms{p95:>8.1f} ms")))

(defn print-hours
  [requests]
  (let [hours (sort (.items (frequencies (map :hour requests))))
        most (reduce max 0 (map second hours))]
    (println "\nrequests by hour")
    (doseq [[hour n] hours]
      (println f"  {hour}:00 {n:>5} {(bar n most)}"))))

(defn print-statuses
  [requests]
  (println "\nanswers")
  (doseq [[status n] (sort (.items (frequencies (map :status requests))))]
    (println f"  {status} {n:>8} {(/ n (len requests)):>7.1%}")))

(defn report
  [files]
  (let [read (for [file files line (lines file) :when (not (blank? line))] (request line))
        requests (filter some? read)]
    (when (empty? requests)
      (sys.exit "there is no request in the log"))
    (println f"{(len requests)} requests, {(sum (map :bytes requests)):,} bytes;"
             f"{(- (len read) (len requests))} damaged lines skipped")
    (print-routes requests)
    (print-hours requests)
    (print-statuses requests)))

(try
  (report (if (empty? *args*) [sample] *args*))
  (catch [FileNotFoundError IsADirectoryError PermissionError] e
    (sys.exit f"{e.filename}: {e.strerror}")))
