; Conway's game of life on an endless plane: a world is the set of its living cells.
;
;     catena examples/life.lisp                   a glider gun, until Ctrl-C
;     catena examples/life.lisp PATTERN [ROUNDS]  glider, blinker, acorn or gun

(import shutil sys time)

(def patterns
  {:blinker ["###"]
   :glider  [".#."
             "..#"
             "###"]
   :acorn   [".#....."
             "...#..."
             "##..###"]
   :gun     ["........................#..........."
             "......................#.#..........."
             "............##......##............##"
             "...........#...#....##............##"
             "##........#.....#...##.............."
             "##........#...#.##....#.#..........."
             "..........#.....#.......#..........."
             "...........#...#...................."
             "............##......................"]})

(defn world
  "The living cells of a drawing, as a set of tuples x y."
  [drawing]
  (set (for [[y row] (enumerate drawing)
             [x cell] (enumerate row)
             :when (= cell "#")]
         #[x y])))

(defn neighbours
  "The eight cells around a cell."
  [[x y]]
  (for [dx [-1 0 1] dy [-1 0 1] :when (not (= 0 dx dy))]
    #[(+ x dx) (+ y dy)]))

(defn step
  "The next generation: a cell lives with three neighbours, or with two if it lived before."
  [cells]
  (set (for [[cell n] (.items (frequencies (mapcat neighbours cells)))
             :when (or (= n 3) (and (= n 2) (contains? cells cell)))]
         cell)))

(defn draw
  "The part of the world that fits the size, as lines. Two rows of cells share a line of half blocks."
  [cells width height]
  (let [alive? (fn [x y] (contains? cells #[x y]))]
    (for [y (range 0 height 2)]
      (.rstrip
        (join (for [x (range width)]
                (match #[(alive? x y) (alive? x (inc y))]
                  #[true true]   "█"
                  #[true false]  "▀"
                  #[false true]  "▄"
                  _              " ")))))))

(defn show
  "Draws a generation, over the one before on a terminal."
  [cells generation]
  (let [terminal (sys.stdout.isatty)
        [columns lines] (if terminal (shutil.get-terminal-size) [40 12])]
    (when terminal (print "\x1b[H\x1b[J" :end ""))
    (println (join "\n" (draw cells columns (* 2 (- lines 2)))))
    (println f"generation {generation}: {(len cells)} cells" :flush true)
    (when terminal (time.sleep 0.06))))

(defn play
  "Shows a pattern's generations: so many, or all of them."
  [pattern rounds]
  (doseq [[generation cells] (enumerate (iterate step (world pattern)))
          :while (or (nil? rounds) (<= generation rounds))]
    (show cells generation)))

(defn main
  [&opt (name "gun") rounds]
  (if-let [pattern (get patterns name)]
    (try (play pattern (and rounds (int rounds)))
      (catch KeyboardInterrupt _ (println)))
    (sys.exit (str "there is no pattern " name "; there are " (join ", " (sort (keys patterns)))))))

(apply main *args*)
