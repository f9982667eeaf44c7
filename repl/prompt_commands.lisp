; What the prompt takes beside forms: `x?` and `x??`, `%time` and its like, `!command`; and `(debug)`.

(import builtins inspect keyword linecache os re shlex shutil signal subprocess sys time)
(import catena.program :as program)

(def help (program.tool "inspection"))
(def repl (program.tool "repl"))

(defn- refuse
  [message]
  (throw (repl.Refused message) :from nil))

; Questions

(defn- without-interrupts
  "Runs what belongs to another program at the terminal: Ctrl-C is meant for that."
  [run]
  ; A handler that does nothing, since an ignored signal would be ignored by the other too.
  (let [before (signal.signal signal.SIGINT (fn [number frame] nil))]
    (try (run)
      (finally (signal.signal signal.SIGINT before)))))

(defn- pager
  "The words of $PAGER, or of less; nil where there is none or the terminal knows nothing."
  []
  (let [words (try (shlex.split (os.environ.get "PAGER" "less")) (catch ValueError _ []))]
    (when (and (not (empty? words))
               (not (contains? ["dumb" "" "unknown"] (os.environ.get "TERM" "")))
               (shutil.which (first words)))
      ; Colours as they are, and nothing to leave when the text fits.
      (if (= words ["less"]) ["less" "-RFX"] words))))

(defn- page
  "Prints a text; one longer than the terminal goes through the pager."
  [text session]
  (let [long (and session.terminal
                  (>= (count (.splitlines text)) (. (shutil.get-terminal-size) lines)))
        words (when long (pager))]
    (cond
      (not session.terminal) (.page session text)
      (nil? words) (print text)
      else
      (do
        (.flush sys.stdout)
        (try
          (without-interrupts (fn [] (subprocess.run words :input (+ text "\n") :text true
                                       :encoding "utf-8"
                                       :errors "replace")))
          (catch OSError _ (print text)))))))

(defn- value-kind
  [value]
  (let [kind (type value)]
    (cond
      (contains? [(type mapv) (type inc) (type str)] kind) "function of Catena"
      (isinstance value builtins.type) "class"
      else (if (= kind.__module__ "builtins")
             kind.__qualname__
             f"{kind.__module__}.{kind.__qualname__}"))))

(defn describe
  "What `name?` prints: how it is called, what it is, its documentation, where it was written."
  [name module]
  (let [info (help.describe name module)
        lines []]
    (cond
      (contains? info "special-form")
      (do (.append lines f"{name} (special form)") (.append lines (:doc info)))
      else
      (let [value (help.find-value name module)
            usage (get info "usage")]
        (.append lines (or usage name))
        (.append lines
                 f"  {(value-kind value)}{(if (get info "file") (str ", " (. info ["file"]) (if (get info "line") (str ":" (. info ["line"])) "")) "")}")
        (when (not (or (callable? value) (= (:type info) "namespace")))
          (.append lines (str "  " (. (program.beginning value 300) [0]))))
        (when (not (or (blank? (:doc info)) (= (:type info) "var")))
          (.append lines "")
          (.append lines (join "\n" (for [line (.splitlines (:doc info))]
                                      (if (blank? line) "" (str "  " line))))))))
    (join "\n" lines)))

(defn source-of
  "The source of what a name stands for. `coloured` is what source texts go through, with whether they are Python's."
  [name module &opt (coloured (fn [text python] text))]
  (let [value (help.find-value name module)
        own (source-text value)]
    (cond
      (contains? special-form-docs name) f"{name} is a special form; it is part of the compiler"
      own (coloured own false)
      else
      (let [python (try
                     (inspect.getsource (inspect.unwrap value))
                     (catch [OSError TypeError] _ nil))]
        (if python
          (coloured python true)
          (str (describe name module)
               "\n\n  (written in neither Catena nor Python, or its text is gone)"))))))

(defn- known?
  [name module]
  (and (not= name "")
       (or (contains? special-form-docs name)
           (not (identical? help.absent (help.find-value name module))))))

(defn- question
  "What to do about `name?` and `name??`. A name may end in ? itself, so the shortest that is known is meant."
  [text module session]
  (let [[name marks] (.groups (re.fullmatch r"([^?]+)(\?+)" text))
        candidates (for [n (range 0 (inc (count marks)))] #[(+ name (* "?" n)) (- (count marks) n)])
        found (first (filter (fn [candidate] (known? (. candidate [0]) module)) candidates))]
    (cond
      (nil? found) (fn [] (refuse f"there is nothing called {name} to ask about"))
      ; A variable whose name ends in ?, not a question.
      (and (= 0 (. found [1]))
           (not (callable? (help.find-value (. found [0]) module)))
           (not (contains? special-form-docs (. found [0])))) nil
      else
      (let [[known asked] found
            longer (first (filter (fn [candidate]
                                    (and (not= (. candidate [0]) known)
                                         (known? (. candidate [0]) module))) candidates))]
        (fn []
          (page (str (if (> asked 1)
                       (source-of known module session.coloured)
                       (describe known module))
                     (if longer
                       f"\n\n  There is {(. longer [0])} too: (doc {(. longer [0])})"
                       ""))
                session))))))

; Commands

(defn- forms-of
  "The forms of a command's rest, as one that can be called again and again."
  [text name]
  (when (blank? text) (refuse f"{name} needs a form, as in {name} (sort xs)"))
  (repl.function-of text f"<{name}>"))

(defn- time-command
  "%time FORM: runs the form once; prints its value and how long it took."
  [text session]
  (when (blank? text) (refuse "%time needs a form, as in %time (sort xs)"))
  (let [values [] wall (time.perf-counter) work (time.process-time)]
    (repl.run-forms text "<%time>" (fn [value] (.append values value)))
    (let [wall (- (time.perf-counter) wall) work (- (time.process-time) work)]
      (doseq [value values] (.show session value))
      (print f"{(core/%seconds wall)}, of which {(core/%seconds work)} were work of this process"))))

(defn- timeit-command
  "%timeit FORM: runs the form many times and prints how long one run takes."
  [text session]
  (let [call (forms-of text "%timeit")
        run (fn [n]
              (let [begun (time.perf-counter)]
                (dotimes [_ n] (call))
                (- (time.perf-counter) begun)))
        loops (loop [n 1] (if (or (>= (run n) 0.1) (>= n 1000000000)) n (recur (* n 10))))
        ; What the loop itself costs.
        empty-form (forms-of "nil" "%timeit")
        few (min loops 200000)
        overhead (min #* (for [_ (range 5)]
                           (let [begun (time.perf-counter)]
                             (dotimes [_ few] (empty-form))
                             (/ (- (time.perf-counter) begun) few))))
        rounds (for [_ (range 5)] (max 0.0 (- (/ (run loops) loops) overhead)))]
    (print f"{(core/%seconds (min #* rounds))} (best of 5 rounds of {(core/%counted loops "run")}; the slowest took {(core/%seconds (max #* rounds))})")))

(defn- text-of
  [path]
  (try (with [file (open path :encoding "utf-8")] (.read file))
    (catch OSError e (refuse f"{path}: {e.strerror}"))
    (catch UnicodeDecodeError e (refuse f"{path} is not UTF-8"))))

(defn- words-of
  [text name]
  (try (shlex.split text)
    (catch ValueError e (refuse f"{name}: {e}"))))

(defn- run-command
  "%run FILE ARGUMENT…: runs a file here; what it defines stays."
  [text session]
  (let [words (words-of text "%run")]
    (when (empty? words) (refuse "%run needs a file, as in %run report.lisp"))
    (let [path (os.path.expanduser (first words))
          text (text-of path)
          before #[(get repl.names "*args*") (get repl.names "__file__" nil) sys.argv]]
      (set! (. repl.names ["*args*"]) (vec (rest words)))
      (set! (. repl.names ["__file__"]) path)
      (set! sys.argv (vec words))
      (try
        (if (ends-with? path ".py")
          (.update repl.names (.run-path ($py "runpy") path repl.names "__main__"))
          (repl.run-forms text path (fn [value] nil)))
        (finally
          (set! (. repl.names ["*args*"]) (. before [0]))
          (if (. before [1])
            (set! (. repl.names ["__file__"]) (. before [1]))
            (.pop repl.names "__file__" nil))
          (set! sys.argv (. before [2])))))))

(defn- cd-command
  "%cd FOLDER: changes the working directory, home without a folder."
  [text session]
  (let [folder (os.path.expanduser (if (blank? text) "~" (first (words-of text "%cd"))))]
    (try (os.chdir folder)
      (catch OSError e (refuse f"{folder}: {e.strerror}"))))
  (print (os.getcwd)))

(defn- who-command
  "%who: the names that this session has defined."
  [text session]
  (let [own (sort (for [name (keys repl.names)
                        :when (and (string? name)
                                   (not (starts-with? name "_"))
                                   (not (starts-with? name "*")))]
                    (help.written name)))]
    (print (if (empty? own) "nothing is defined yet" (join "  " own)))))

(defn- history-command
  "%history COUNT: the last inputs, all that are kept without a count."
  [text session]
  (let [found (if (blank? text)
                (and session.history session.history.entries)
                (try (take-last (int text) (or (and session.history session.history.entries) []))
                  (catch ValueError _ (refuse "%history takes a count, as in %history 20"))))]
    (page (join "\n" (or found [])) session)))

(defn- debug-command
  "%debug: opens the debugger where the last error was raised, as (debug) does."
  [text session]
  (debug (get repl.names "*e") repl.texts))

(defn- help-command
  "%help: this list."
  [text session]
  (doseq [command (vals commands)] (print (str "  " command.__doc__)))
  (print "  !COMMAND: a command of the shell; what it prints appears here.")
  (print "  NAME?: what the name stands for. NAME??: its source.")
  (print "  (doc x) (source x) (apropos \"text\") (dir x) *1 *2 *3 *e (debug)"))

(def commands
  {"time" time-command "timeit" timeit-command "run" run-command "cd" cd-command "who" who-command
   "history" history-command "debug" debug-command "help" help-command})

(defn- shell
  [text]
  (when (blank? text) (refuse "! needs a command, as in !ls"))
  (.flush sys.stdout)
  (let [status (without-interrupts (fn [] (. (subprocess.run text :shell true) returncode)))]
    (when (not= status 0)
      (print (if (< status 0) f"(ended by signal {(- status)})" f"(status {status})")))))

(defn command-in
  "What to call for an input that is a command; nil for one that is not."
  [text session]
  (let [line (.strip text)]
    (cond
      (starts-with? line "!") (fn [] (shell (. line [(: 1 nil)])))
      (starts-with? line "%")
      (let [[name rest-of-line] (.groups (re.match r"%+([\w-]*)\s*([\s\S]*)" line))
            command (get commands name)]
        (cond
          command (fn [] (command rest-of-line session))
          ; A symbol of the program's own that happens to begin with %.
          (and (blank? rest-of-line) (known? line repl.main-module)) nil
          else (fn [] (refuse f"there is no command %{name}; %help lists them"))))
      (= line "?") (fn [] (help-command "" session))
      (and (contains? ["exit" "quit"] line)
           (identical? (get (vars builtins) line) (help.find-value line repl.main-module)))
      (fn [] (throw (SystemExit 0)))
      (re.fullmatch r"[^?]+\?+" line) (question line repl.main-module session)
      else nil)))

; The debugger

(defn- own-traceback
  "The traceback from the first frame that is the program's."
  [traceback]
  (loop [t traceback]
    (if (and t (starts-with? t.tb-frame.f-code.co-filename "<catena"))
      (recur t.tb-next)
      t)))

(defn debug
  "Opens Python's debugger where the error was raised."
  [error texts]
  (import pdb)
  (let [traceback (when (isinstance error BaseException) (own-traceback error.__traceback__))]
    (cond
      (nil? error) (print "there was no error yet")
      (nil? traceback) (print "the last error has no traceback: it was raised before anything ran")
      else
      (do
        (doseq [[name text] (.items texts)]
          (set! (. linecache.cache [name]) #[(count text) nil (.splitlines text true) name]))
        (pdb.post-mortem traceback)))))
