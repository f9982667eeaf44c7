(import measure)

(def KINDS ["book" "film" "song" "game" "play"])

(defn make [n]
  (let [records []
        x 42]
    (dotimes [i n]
      (set! x (% (* x 16807) 2147483647))
      (.append records {:id i, :kind (. KINDS [(% x 5)]), :price (% x 997), :sold 0}))
    records))

(defn sell [records rounds]
  (dotimes [turn rounds]
    (doseq [record records]
      (when (= (% (:price record) 3) (% turn 3))
        (update! (get record :sold) + 1)
        (update! (get record :price) + 1)))))

(defn totals
  "For each kind the number of records, the copies sold and what they brought."
  [records]
  (let [by-kind {}]
    (doseq [{:keys [kind price sold]} records]
      (let [total (or (get by-kind kind) {:count 0, :sold 0, :worth 0})]
        (set! (get by-kind kind) total)
        (update! (get total :count) + 1)
        (update! (get total :sold) + sold)
        (update! (get total :worth) + (* sold price))))
    by-kind))

(defn work []
  (let [records (make 100_000)]
    (sell records 6)
    (let [by-kind (totals records)]
      (join " " (for [kind KINDS :let [{:keys [count sold worth]} (get by-kind kind)]]
                  f"{kind}:{count}:{sold}:{worth}")))))

(measure.run work)
