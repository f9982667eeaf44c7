; K-means in NumPy: finds the centres of clouds of points, whole arrays at a time.
;
;     catena examples/kmeans.lisp               prints the centres
;     catena examples/kmeans.lisp PLOT.png      and plots them, when matplotlib is installed

(import [numpy :as np]
        [importlib.util :as importing])

(def true-centres [[0 0] [5 5] [0 6] [6 0]])

(defn clouds
  "Points around each centre, n for each, as one array with a row for each point."
  [centres n rng]
  (np.concatenate (for [centre centres] (rng.normal centre 0.8 :size #[n 2]))))

(defn distances
  "The square of the distance of every point to every centre: a row for each point."
  [points centres]
  (let [offsets (- (. points [: nil]) centres)]
    (np.sum (* offsets offsets) :axis 2)))

(defn nearest
  "The number of the nearest centre, for each point."
  [points centres]
  (np.argmin (distances points centres) :axis 1))

(defn scatter
  "First centres far from each other: each next one is drawn where the others are distant (k-means++)."
  [points k rng]
  (loop [centres (. points [[(rng.integers (len points))]])]
    (if (= (len centres) k)
      centres
      (let [away (np.min (distances points centres) :axis 1)
            chosen (rng.choice (len points) :p (/ away (np.sum away)))]
        (recur (np.vstack [centres (. points [chosen])]))))))

(defn centroids
  "The mean of the points of each cluster; a centre without points stays."
  [points labels centres]
  (np.array
    (for [[i centre] (enumerate centres)
          :let [members (. points [(= labels i)])]]
      (if (empty? members) centre (np.mean members :axis 0)))))

(defn k-means
  "Moves the centres to the means of their points until they stay. A map of :centres, :labels, :spread and :rounds."
  [points k rng]
  (loop [centres (scatter points k rng) rounds 1]
    (let [labels (nearest points centres)
          moved (centroids points labels centres)]
      (if (np.allclose moved centres)
        {:centres centres
         :labels labels
         :spread (float (np.sum (np.min (distances points centres) :axis 1)))
         :rounds rounds}
        (recur moved (inc rounds))))))

(defn plot
  "Saves a picture of the points in their clusters."
  [points {:keys [centres labels]} file]
  (let [matplotlib ($py "matplotlib")
        _ (.use matplotlib "Agg")
        plt ($py "matplotlib.pyplot")]
    (plt.scatter (. points [: 0]) (. points [: 1]) :c labels :s 8)
    (plt.scatter (. centres [: 0]) (. centres [: 1]) :c "black" :marker "x" :s 80)
    (plt.savefig file :dpi 120)
    (println "plotted to" file)))

(defn main
  [&opt file]
  (let [rng (np.random.default-rng 7)
        points (clouds true-centres 250 rng)
        {:keys [centres labels spread rounds] :as found} (k-means points 4 rng)]
    (println f"{(len points)} points, {(len centres)} clusters in {rounds} rounds, spread {spread:.1f}")
    (doseq [[i [x y]] (sort-by second (enumerate (.tolist centres)))]
      (println f"  ({x:5.2f}, {y:5.2f})  {(np.sum (= labels i))} points"))
    (cond
      (nil? file) nil
      (importing.find-spec "matplotlib") (plot points found file)
      else (println "no plot: matplotlib is not installed"))))

(apply main *args*)
