; Progress bars for long work.

(def %bars [])  ; those on the screen, outermost first; each has its line below the one before
(def %bars-lock ((. ($py "_thread") RLock)))

(defn- %clock-text
  "Seconds as 0:07, 12:30 or 1:02:30."
  [seconds]
  (let [whole (int seconds) minutes (// whole 60)]
    (if (< minutes 60)
      f"{minutes}:{(mod whole 60):02}"
      f"{(// minutes 60)}:{(mod minutes 60):02}:{(mod whole 60):02}")))

(defn- %rate-text
  [rate]
  (cond
    (>= rate 1e4) f"{(/ rate 1e3):.0f}k/s"
    (>= rate 10) f"{rate:.0f}/s"
    (>= rate 0.1) f"{rate:.1f}/s"
    (> rate 0) f"{(/ 1 rate):.0f} s each"
    else "-/s"))

(defn- %columns
  "How many columns of a terminal a text takes."
  [text]
  (let [width (. ($py "unicodedata") east-asian-width)]
    (sum (for [c text] (if (contains? "WF" (width c)) 2 1)))))

(defn- %cut
  "The beginning of a text that fits."
  [text width]
  (if (<= (%columns text) width) text (recur (. text [(: nil -1)]) width)))

(defn- %bar-line
  "What a bar shows, in at most `width` columns. `total` is nil when nobody knows it; `marks` fill the bar, from empty to full."
  [label done total seconds width marks]
  (let [rate (if (> seconds 0) (/ done seconds) 0)
        known (and (some? total) (> total 0) (<= done total))
        left (if (and known (< 0 done total)) f" left {(%clock-text (/ (- total done) rate))}" "")
        head (str label (if known f"{(/ done total):>4.0%} " ""))
        tail (if known
               f" {done}/{total} {(%clock-text seconds)}{left} {(%rate-text rate)}"
               f"{done} {(%clock-text seconds)} {(%rate-text rate)}")
        room (min 40 (- width (%columns head) (count tail) 3))]
    (if (or (not known) (< room 4))
      (%cut (str head tail) width)
      (let [steps (dec (count marks))
            [full part] (divmod (// (* room steps done) total) steps)
            rest (if (< full room) (. marks [part]) "")]
        (str head "|" (.ljust (+ (* (last marks) full) rest) room) "|" tail)))))

(defn- %marks-for
  "What a terminal can show of a bar; nil is a notebook."
  [file]
  (let [fine " ▏▎▍▌▋▊▉█"]
    (try
      (when (some? file) (.encode fine (or file.encoding "ascii")))
      fine
      (catch [UnicodeError LookupError AttributeError] _ " #"))))

(defclass %Bar []
  "A bar on the terminal that `file` is."
  (defn __init__ [self file label total]
    (set! self.file file)
    (set! self.label (if (nil? label) "" f"{label} "))
    (set! self.total total)
    (set! self.marks (%marks-for file))
    (set! self.clock (. ($py "time") monotonic))
    (set! self.start (self.clock))
    (set! self.next 0.0)
    (with [_ %bars-lock] (.append %bars self))
    (.update self 0))
  (defn update [self done]
    (let [now (self.clock)]
      (when (>= now self.next)
        (set! self.next (+ now 0.1))
        (.draw self done (- now self.start)))))
  (defn draw [self done seconds]
    (with [_ %bars-lock]
      (when (contains? %bars self)
        (let [depth (.index %bars self)
              width (try (. (.get-terminal-size ($py "os") (.fileno self.file)) columns)
                      (catch [OSError ValueError AttributeError] _ 80))]
          (.put self depth (%bar-line self.label done self.total seconds
                                      (dec (if (> width 1) width 80)) self.marks))))))
  (defn put [self depth text]
    ; A terminal that is gone is no reason to stop the work.
    (try
      (.write self.file
              (str (* "\n" depth) "\r" text "\x1b[K" (if (> depth 0) f"\x1b[{depth}A\r" "")))
      (.flush self.file)
      (catch [OSError ValueError UnicodeEncodeError] _ nil)))
  (defn close [self done]
    (with [_ %bars-lock]
      (when (contains? %bars self)
        (let [depth (.index %bars self)]
          ; The outermost bar stays to be read, those inside it make room.
          (if (= depth 0)
            (do
              (.draw self done (- (self.clock) self.start))
              (try (.write self.file "\n") (.flush self.file) (catch [OSError ValueError] _ nil)))
            (.put self depth "")))
        (.remove %bars self)))))

(defclass %NotebookBar [%Bar]
  "A bar in the output of a notebook's cell: a text that is displayed again when it changes."
  (defn __init__ [self label total]
    (set! self.handle nil)
    (.__init__ (super) nil label total))
  (defn draw [self done seconds]
    (.put self (%bar-line self.label done self.total seconds 79 self.marks)))
  (defn put [self text]
    (let [data {"text/plain" text}]
      (if self.handle
        (.update self.handle data :raw true)
        (set! self.handle (.display ($py "IPython.display") data :raw true :display-id true)))))
  (defn close [self done]
    (with [_ %bars-lock]
      (when (contains? %bars self)
        ; As on a terminal, what goes on inside an outer bar leaves no trace.
        (if (= 0 (.index %bars self))
          (.draw self done (- (self.clock) self.start))
          (.put self ""))
        (.remove %bars self)))))

(defn- %terminal
  "Standard error when a person sees it, else nil."
  []
  (let [file (. ($py "sys") stderr)]
    (try
      (when (and (some? file) (.isatty file) (!= (.getenv ($py "os") "TERM") "dumb")) file)
      (catch [AttributeError ValueError OSError] _ nil))))

(defn- %notebook?
  "Whether this program is a notebook's kernel."
  []
  (let [ipython (.get (. ($py "sys") modules) "IPython")]
    (and (some? ipython) (hasattr (.get-ipython ipython) "kernel"))))

(defn- %with-bar
  [xs make-bar]
  (let [bar (make-bar) done 0]
    (try
      (doseq [x xs]
        (yield x)
        (update! done inc)
        (.update bar done))
      (finally (.close bar done)))))

; An asynchronous generator that a loop leaves is only closed when its event loop comes to it.
(defclass %AsyncBar []
  "The items of an asynchronous iterator, with a bar for as long as this lives."
  (defn __init__ [self items make-bar]
    (set! self.items items)
    (set! self.bar (make-bar))
    (set! self.taken 0))
  (defn __aiter__ [self] self)
  (defn-async __anext__ [self]
    (when (> self.taken 0) (.update self.bar self.taken))
    (try
      (let [item (await (.__anext__ self.items))]
        (update! self.taken inc)
        item)
      (catch BaseException _
        (.close self.bar self.taken)
        (throw))))
  (defn __del__ [self] (.close self.bar (max 0 (dec self.taken)))))

(defn- %tqdm
  "The class tqdm of a module, where that and all that it needs is installed, else nil."
  [module & needed]
  (let [find (. ($py "importlib.util") find-spec)]
    (try (when (every? find needed) (. (.import-module ($py "importlib") module) tqdm))
      (catch [ImportError ValueError] _ nil))))

(defclass %Progress []
  "What progress answers: an iterable, or an asynchronous one, as what it was made of."
  (defn __init__ [self xs label total]
    (set! self.xs xs)
    (set! self.label label)
    (set! self.total total))
  (defn known-total [self]
    (let [total (.__length_hint__ self)] (if (= total 0) nil total)))
  (defn shown [self items module walk with-bar]
    "The items with a bar where somebody sees it: tqdm's of that module, or one of ours."
    (let [file (%terminal)
          notebook (and (nil? file) (%notebook?))
          tqdm (cond
                 file (%tqdm module)
                 notebook (%tqdm "tqdm.auto" "ipywidgets"))]
      (cond
        tqdm (walk (tqdm self.xs :desc self.label :total (.known-total self) :file file :leave nil))
        file (with-bar items (fn [] (%Bar file self.label (.known-total self))))
        notebook (with-bar items (fn [] (%NotebookBar self.label (.known-total self))))
        else items)))
  (defn __iter__ [self] (.shown self (iter self.xs) "tqdm" iter %with-bar))
  (defn __aiter__ [self] (.shown self (aiter self.xs) "tqdm.asyncio" aiter %AsyncBar))
  (defn __length_hint__ [self]
    (or self.total (.length-hint ($py "operator") self.xs 0)))
  (defn __repr__ [self] f"(progress {self.xs!r})"))

(defn progress
  "The items of any iterable, unchanged, one by one; while they are taken, a bar on the terminal, or under a notebook's
  cell, shows how far that has come, how fast it goes and how long it will take. Elsewhere, in a pipe for instance, it
  shows nothing. :label stands before the bar, :total says how many items there are when the iterable does not know. Of an
  asynchronous iterable it makes one for for-async. The bar is tqdm's where that Python package is installed, in a
  notebook with ipywidgets.
  (vec (progress [1 2 3])) => [1 2 3]
  (reduce + (progress (range 5) :label \"adding\")) => 10"
  [xs &key label total]
  (let [total (try
                (when (some? total) (.index ($py "operator") total))
                (catch TypeError _ -1))
        label (when (some? label)
                (.sub ($py "re") r"[\x00-\x1f\x7f-\x9f]" " " (. (builtins.str label) [(: 0 200)])))]
    (when (and (some? total) (< total 0))
      (throw (ValueError "progress: :total is a number of items")))
    (unless (or (hasattr xs "__iter__") (hasattr xs "__aiter__"))
      (iter xs))
    (%Progress xs label total)))
