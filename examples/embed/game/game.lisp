; Catch the drops. Save this file while the game runs: the state stays.
(def width 24)
(def height 8)
(def speed 4.0)    ; rows a second
(def pause 0.75)   ; seconds between two drops

(defn start []
  {:paddle (// width 2) :drops [] :next 0.0 :fallen 0 :caught 0})

(defn moved [paddle keys]
  (let [by (- (.count keys "d") (.count keys "a"))]
    (max 1 (min (- width 2) (+ paddle by)))))

(defn caught? [drop paddle]
  (<= (abs (- (:x drop) paddle)) 1))

(defn update [state dt keys]
  (let [{:keys [paddle drops next fallen caught]} state
        paddle (moved paddle keys)
        drops (for [drop drops] (update-in drop [:y] + (* speed dt)))
        landed (filter #(>= (:y %) height) drops)
        drops (vec (remove #(>= (:y %) height) drops))
        next (- next dt)
        new? (<= next 0)]
    {:paddle paddle
     :drops (if new? (conj drops {:x (mod (* 7 (inc fallen)) width) :y 0.0}) drops)
     :next (if new? pause next)
     :fallen (if new? (inc fallen) fallen)
     :caught (+ caught (len (vec (filter #(caught? % paddle) landed))))}))

(defn draw [state]
  (let [rows (for [_ (range height)] (* ["."] width))]
    (doseq [{:keys [x y]} (:drops state)]
      (set! (. rows [(int y)] [x]) "o"))
    (doseq [x [-1 0 1]]
      (set! (. rows [(dec height)] [(+ (:paddle state) x)]) "="))
    (str (join "\n" (map #(join "" %) rows)) f"\ncaught {(:caught state)} of {(:fallen state)}")))
