; `catena bench`: how long expressions and programs take.

(import catena.program :as program)
(import contextlib inspect json os resource statistics subprocess sys time)

(defclass Refusal [Exception] "What cannot be measured, said to a person; with the exit status."
  (defn __init__ [self message &opt (status 1)]
    (.__init__ (super) message)
    (set! self.status status)))

; What is said of samples

(defn- spread-of
  "Half of the middle half of the samples, as a part of their median: what a single slow sample does not move."
  [samples]
  (if (< (count samples) 2)
    0.0
    (let [[low middle high] (statistics.quantiles samples :n 4)]
      (/ (- high low) 2 middle))))

(defn- compare-samples
  "How the second's samples stand to the first's of the same rounds, #[ratio low high]: the median, and the order statistics
  between which it lies nineteen times out of twenty (of few samples, all of them)."
  [samples base]
  (let [ratios (sort (for [[s b] (zip samples base)] (/ s b)))
        n (count ratios)
        outside (max 0 (int (/ (- n (* 1.96 (** n 0.5))) 2)))]
    #[(statistics.median ratios) (. ratios [outside]) (. ratios [(- n 1 outside)])]))

(defn- comparison-text
  [samples base]
  (let [[ratio low high] (compare-samples samples base)]
    (if (<= low 1 high)
      f"no clear difference from the first ({low:.2f} … {high:.2f})"
      f"{ratio:.2f} × the first ({low:.2f} … {high:.2f})")))

(defn- shown-name
  [name]
  (let [line (join " " (.split name))]
    (if (> (count line) 40) (str (. line [(: 0 39)]) "…") line)))

(defn- report
  [subjects]
  (let [width (reduce max 0 (for [s subjects] (count (shown-name (:name s)))))]
    (doseq [[number {:keys [name samples runs processor]}] (enumerate subjects)]
      (let [median (statistics.median samples)
            spread (if (> (count samples) 1) f" ± {(spread-of samples):.1%}" "")
            line [f"{(shown-name name):<{width}}  {(core/%seconds median):>10}{spread}"
                  f"  best {(core/%seconds (reduce min samples))} of {(count samples)}"]]
        (when (> runs 1) (.append line f" × {runs} runs"))
        (when processor
          (.append line f", processor {(core/%seconds (statistics.median processor))}"))
        (print (join "" line))
        (when (> number 0)
          (print (* " " width) "" (comparison-text samples (:samples (first subjects)))))))
    (when (some (fn [s] (> (spread-of (:samples s)) 0.1)) subjects)
      (print "The samples spread widely: something else keeps this machine busy."
             :file sys.stderr))))

(defn- write-json
  [subjects path]
  (with [file (open path "w" :encoding "utf-8")]
    (-> (for [s subjects]
          {:name (:name s) :runs (:runs s) :seconds (:samples s)
           :median (statistics.median (:samples s)) :best (reduce min (:samples s))
           :processor (:processor s)})
        (json.dump file :indent 2))
    (.write file "\n")))

(defn- rounds
  "The numbers of the rounds; they end after the time given, though not before the least number."
  [samples limit least label]
  (let [end (+ (time.monotonic) limit)]
    (doseq [round (progress (range samples) :label label)]
      (yield round)
      (when (and (>= (inc round) least) (> (time.monotonic) end)) (break)))))

; Expressions: within this process, as often as it takes to be measured

(defn- evaluate
  "The value of the last form of a text, in the main module. Its lines are counted from `line` on."
  [text name &opt (line 1)]
  (let [forms (program.read text (. sys.modules ["__main__"]) name line)]
    (loop [value nil]
      (let [done (program.step forms)]
        (if (nil? done) value (recur (first done)))))))

(defn- loop-of
  "A function that runs the forms of a text as often as it is told."
  [text name]
  (when (empty? (program.forms text name))
    (throw (Refusal f"there is nothing to measure in '{text}'" 2)))
  ; By itself first: in a loop (break) and (recur) would mean that loop.
  (when (inspect.isgeneratorfunction (evaluate (str "(fn []\n" text "\n)") name 0))
    (throw (Refusal f"'{text}' is a part of a generator, which does nothing by itself" 2)))
  (evaluate (str "(fn [%runs] (dotimes [_ %runs]\n" text "\n))") name 0))

(defn- seconds-for
  [f runs]
  (let [start (time.perf-counter)]
    (f runs)
    (- (time.perf-counter) start)))

(defn- runs-for
  "How many runs take at least a hundredth of a second; the first ones warm up."
  [f]
  (loop [runs 1]
    (let [once (seconds-for f runs)
          spent (if (> once 0.5) once (min once (seconds-for f runs)))]
      (cond
        (>= spent 0.01) runs
        (< spent 0.001) (recur (* 10 runs))
        else (recur (inc (int (/ (* 0.012 runs) spent))))))))

(defn- measure-expressions
  "The samples are taken in turn, so that what disturbs the machine disturbs all."
  [texts samples limit]
  (with [nowhere (open os.devnull "w") _ (contextlib.redirect-stdout nowhere)]
    (let [subjects (for [[number text] (enumerate texts)]
                     (let [f (loop-of text (if (= (count texts) 1) "<-e>" f"<-e {(inc number)}>"))]
                       {:name text :f f :runs (runs-for f) :samples []}))]
      (doseq [_ (rounds samples limit 5 "sample") s subjects]
        (.append (:samples s) (/ (seconds-for (:f s) (:runs s)) (:runs s))))
      subjects)))

; Programs: each run a process of its own, as a person starts it

(defn- run-program
  "Seconds that pass, and seconds of the processor."
  [path]
  (let [before (resource.getrusage resource.RUSAGE-CHILDREN)
        start (time.perf-counter)
        command [(os.path.realpath "/proc/self/exe") "run" f"--python={sys.executable}" "--" path]
        done (subprocess.run command :stdin subprocess.DEVNULL :stdout subprocess.DEVNULL
                             :stderr subprocess.PIPE)
        spent (- (time.perf-counter) start)
        after (resource.getrusage resource.RUSAGE-CHILDREN)]
    (when (!= done.returncode 0)
      (.write sys.stderr (.decode done.stderr "utf-8" "replace"))
      (throw (Refusal (if (< done.returncode 0)
                        f"{path} was ended by signal {(- done.returncode)}"
                        f"{path} ended with status {done.returncode}"))))
    [spent (- (+ after.ru-utime after.ru-stime) (+ before.ru-utime before.ru-stime))]))

(defn- measure-programs
  [paths samples limit]
  (doseq [path paths] (run-program path))
  (let [subjects (for [path paths] {:name path :runs 1 :samples [] :processor []})]
    (doseq [_ (rounds samples limit 3 "run") s subjects]
      (let [[spent processor] (run-program (:name s))]
        (.append (:samples s) spent)
        (.append (:processor s) processor)))
    subjects))

; The command

(defn- number-option
  [options name default]
  (let [text (get options name)]
    (cond
      (nil? text) default
      (and (.isascii text) (.isdigit text) (<= 1 (int text) 1000000)) (int text)
      else (throw (Refusal f"{name} needs a number from 1 to 1000000, not '{text}'" 2)))))

(defn- subjects-of
  "Expressions and paths, in the order given: what stands behind -e or begins with a parenthesis is an expression."
  [operands]
  (loop [left operands expressions [] paths []]
    (cond
      (empty? left) [expressions paths]
      (= (first left) "-e") (recur (drop 2 left) (conj expressions (second left)) paths)
      (starts-with? (first left) "(") (recur (rest left) (conj expressions (first left)) paths)
      else (recur (rest left) expressions (conj paths (first left))))))

(defn- measure
  [operands options]
  (let [[expressions paths] (subjects-of operands)
        samples (number-option options "--samples" 25)
        limit (number-option options "--seconds" 10)]
    (cond
      (not (or (empty? expressions) (empty? paths)))
      (throw (Refusal "expressions are compared with expressions, and programs with programs" 2))
      (and (empty? expressions) (contains? options "--setup"))
      (throw (Refusal "--setup is for expressions; programs run as they are" 2))
      (empty? expressions) (measure-programs paths samples limit)
      else (do
             (evaluate (get options "--setup" "") "<--setup>")
             (measure-expressions expressions samples limit)))))

(defn main
  [operands options]
  (.insert sys.path 0 "")
  (let [status 0 subjects []]
    (try
      (set! subjects (measure operands options))
      (catch Refusal e
        (print f"catena: {e}" :file sys.stderr)
        (set! status e.status))
      ; An expression's own, with its place.
      (catch [Exception KeyboardInterrupt] e (set! status (program.complain e))))
    (unless (empty? subjects)
      (report subjects)
      (when (contains? options "--json")
        (try
          (write-json subjects (. options ["--json"]))
          (catch OSError e
            (print f"catena: {(. options ["--json"])}: {e.strerror}" :file sys.stderr)
            (set! status 1)))))
    status))
