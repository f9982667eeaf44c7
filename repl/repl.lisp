; `catena repl`: reads forms, runs them, shows their values. On a terminal with prompt_toolkit lines are edited by
; repl/editor.lisp; without it, or on a terminal that knows nothing, they are typed plainly; from a pipe they are read as they
; come. What stands here is the same for all three.

(import builtins errno gc importlib.util os re shutil signal sys threading)
(import catena.program :as program)

(def main-module (. sys.modules ["__main__"]))
(def names (vars main-module))
(def showing (program.tool "showing"))

(def settings
  "What a start-up file may change: :completion is \"tab\" or \"typing\", :style a map from kinds of tokens to prompt_toolkit's
  styles or the name of a style of Pygments, :characters and :items bound what is shown of a value, :plots is where figures
  go: \"window\", \"inline\" in the terminal, \"file\", or \"auto\", the first of these that there is. :signatures: whether the
  call that is typed shows how it is written. :keys: \"emacs\" or \"vi\"."
  {:completion "tab"
   :style {}
   :characters showing.most-characters
   :items showing.most-items
   :plots "auto"
   :signatures true
   :keys "emacs"})

(defn complain
  [message]
  (print "catena:" message :file sys.stderr :flush true))

(defn config-file
  "A file under $XDG_CONFIG_HOME/catena; nil when there is no home."
  [name]
  (let [given (os.environ.get "XDG_CONFIG_HOME" "")
        folder (if (os.path.isabs given) given (os.path.expanduser "~/.config"))]
    (when (os.path.isabs folder) (os.path.join folder "catena" name))))

(defclass Refused [Exception]
  "Something at the prompt that means nothing; its text is all there is to say.")

; Values and errors

(def texts "What was read here, by its name, for debuggers." {})

(defn- remember-error
  [error]
  (set! (. names ["*e"]) error))

(defn report
  "Tells about an error and remembers it."
  [error]
  (remember-error error)
  (program.complain error))

; Pictures

(defclass Waiting []
  "Among Python's finders: makes plots ready as soon as matplotlib is imported."
  (defn find-spec [self name path &opt target]
    (when (= name "matplotlib")
      (.remove sys.meta-path self)
      (let [spec (importlib.util.find-spec name)]
        (when spec
          (let [loader spec.loader execute loader.exec-module]
            (set! loader.exec-module
              (fn [module]
                (del! loader.exec-module)
                (execute module)
                (try (.prepare (program.tool "plots"))
                  (catch Exception error
                    (complain f"plots are matplotlib's own affair here: {error}")))))))
        spec))))

(defn- await-matplotlib
  []
  (if (contains? sys.modules "matplotlib")
    (when (not (contains? sys.modules "matplotlib.pyplot")) (.prepare (program.tool "plots")))
    (.insert sys.meta-path 0 (Waiting))))

(defn- picture-of
  "The PNG of a value that is a picture, where the terminal can show one; else nil."
  [value]
  (let [own (getattr (type value) "_repr_png_" nil)
        plots (get sys.modules "catena.plots")
        figure (and (some? plots) (plots.figure? value))]
    (when (and (or (callable? own) figure) (.protocol (program.tool "terminal_images")))
      (try
        (if figure
          (plots.picture value)
          (let [png (own value)
                png (if (tuple? png) (first png) png)]
            (when (and (isinstance png bytes)
                       (.startswith png b"\x89PNG\r\n\x1a\n")
                       (> (count png) 24))
              png)))
        (catch Exception _ nil)))))

(defn show
  "Prints a value and remembers it. Pipes get all of it on a line."
  [value terminal]
  (when (some? value)
    (.update names {"*3" (get names "*2") "*2" (get names "*1") "*1" value})
    (let [png (when terminal (picture-of value))]
      (when (not (and png (.show (program.tool "terminal_images") png)))
        (print
          (if terminal
            (do
              (set! showing.most-items (:items settings))
              (showing.shown value (max 40 (dec (. (shutil.get-terminal-size) columns)))
                             (:characters settings)))
            (pr-str value)))))))

(defn run-forms
  "Runs the forms of a text one by one; `each` gets the values that are worth showing."
  [text name each]
  (set! (. texts [name]) text)
  (let [forms (program.read text main-module name)]
    (loop []
      (let [step (program.step forms)]
        (when (some? step)
          (let [[value worth-showing awaits] step
                value (if awaits (program.run value) value)]
            (when worth-showing (each value))
            (recur)))))))

(defn function-of
  "The forms of a text as a function without parameters."
  [text name]
  ; First by itself: what closes a bracket of ours is an error.
  (program.read text main-module name)
  (. (program.step (program.read f"(fn []\n{text}\n)" main-module name 0)) [0]))

(defn unfinished?
  "Whether an input goes on in the next line. Commands of the prompt are a line each, but for those that take forms."
  [text]
  (let [timed (re.match r"\s*%+time(?:it)?\b([\s\S]*)" text)]
    (cond
      timed (= "incomplete" (program.input-state (.group timed 1)))
      (re.match r"\s*[%!]" text) false
      else (= "incomplete" (program.input-state text)))))

; What a session is made of is young and lasts: to look through it for garbage takes a sixth of the time until the prompt.

(def steps-at-start "Of the collector, until the first input." #[100000 10 10])
(def usual-steps (gc.get-threshold))

(defn- collect-as-usual
  []
  (when (= (gc.get-threshold) steps-at-start) (gc.set-threshold #* usual-steps)))

(def inputs (atom 0))

(defclass Session []
  "What is common to all ways of typing."
  (defn __init__ [self terminal]
    (set! self.terminal terminal)
    (set! self.commands nil)
    (set! self.history nil)
    (set! self.coloured (fn [text python] text))
    (.update names {"*1" nil "*2" nil "*3" nil "*e" (getattr sys "last_value" nil)}))
  (defn command [self text]
    ; Loaded at the first line that may be one: most sessions begin with a form.
    (when (re.match r"\s*[%!?]|\s*[^\s()\[\]{}\"';]+\?+\s*$|\s*(exit|quit)\s*$" text)
      (when (nil? self.commands) (set! self.commands (program.tool "prompt_commands")))
      (.command-in self.commands text self)))
  (defn show [self value] (show value self.terminal))
  (defn page [self text] (print text))
  (defn take [self text]
    "Runs one input. Errors are reported; only SystemExit leaves."
    (collect-as-usual)
    (try
      (let [command (.command self text)]
        (program.interruptible
          (or command (fn [] (run-forms text f"<repl {(swap! inputs inc)}>" self.show)))))
      (catch SystemExit _ (throw))
      (catch Refused refused (complain (builtins.str refused)))
      (catch BaseException error (report error)))))

(defn- debug
  "(debug) opens Python's debugger where the last error was raised."
  []
  (.debug (program.tool "prompt_commands") (get names "*e") texts))

; Ways of typing. `next` answers an input, nil at the end; Ctrl-C is a KeyboardInterrupt there.

(defclass Pipe []
  "Forms as they come, read when they are whole."
  (defn next [self]
    (let [text ""]
      (loop []
        (let [line (if sys.stdin (program.interruptible sys.stdin.readline) "")]
          (set! text (+ text line))
          (cond
            (= line "") (when (not= text "") text)
            (unfinished? text) (recur)
            else text)))))
  (defn close [self] nil))

(defclass InterruptsAgain []
  "Python looks for a Ctrl-C where it has ended the wait for a key: one that comes just before the wait would be seen with the
  next key only. So a thread sends each again until what waits has come back, and this is closed."
  (defn __init__ [self]
    (let [[heard tell] (os.pipe)]
      (set! self.done (threading.Event))
      (set! self.ends [heard tell])
      (set! self.sender
        (threading.Thread :target self.send :args #[heard (threading.get-ident)] :daemon true))
      (try
        (os.set-blocking tell false)
        (.start self.sender)
        (catch BaseException _ (os.close heard) (os.close tell) (throw)))
      (set! self.before (signal.set-wakeup-fd tell :warn-on-full-buffer false))))
  (defn send [self heard reader]
    (loop []
      (let [signals (os.read heard 64)]
        (when (and (contains? signals signal.SIGINT) (not (.wait self.done 0.05)))
          (signal.pthread-kill reader signal.SIGINT))
        (when (not (.is-set self.done)) (recur)))))
  (defn close [self]
    (signal.set-wakeup-fd self.before)
    (.set self.done)
    (os.write (. self.ends [1]) b"\0")
    (.join self.sender)
    (doseq [end self.ends] (os.close end))))

(def first-prompt "catena> ")
(def next-prompt "   ...> ")

(defclass Lines []
  "A terminal without a line editor's library: Python's readline where there is one."
  (defn __init__ [self history]
    (set! self.history history)
    (set! self.readline (try (do (import readline) readline) (catch ImportError _ nil)))
    (when self.readline
      (.set-auto-history self.readline false)
      (doseq [entry history.entries] (.add-history self.readline entry))
      ; Completing Python's names would only mislead.
      (.parse-and-bind self.readline "tab: self-insert")))
  (defn next [self]
    (let [text ""]
      (loop []
        (let [line (try
                     (.line self (if (= text "") first-prompt next-prompt))
                     (catch EOFError _ nil))]
          (cond
            (and (nil? line) (= text "")) (do (print) nil)
            (nil? line) (do (print) text)
            else
            (do
              (set! text (+ text line "\n"))
              (if (unfinished? text)
                (recur)
                (do
                  (.add self.history (.rstrip text))
                  (when (and self.readline (not (blank? text)))
                    (.add-history self.readline (.rstrip text)))
                  text))))))))
  (defn line [self prompt]
    ; Where no more threads or files are to be had, a Ctrl-C may wait for the next key.
    (let [again (try (InterruptsAgain) (catch [OSError RuntimeError] _ nil))]
      (try
        (program.interruptible (fn [] (builtins.input prompt)))
        (finally (when again (.close again))))))
  (defn close [self] nil))

(defn- make-editor
  "The line editor, or nil after saying why there is none."
  [history quiet]
  (cond
    (contains? ["dumb" "" "unknown"] (os.environ.get "TERM" "")) nil
    else
    (try
      (.Editor (program.tool "editor") history settings main-module)
      (catch ImportError e
        (when (not quiet)
          (print (str "Lines are plain here, without completion or colours: " e.msg
                   "\n(apt install python3-prompt-toolkit, or pip install prompt_toolkit)")))
        nil)
      ; A style that does not exist, for instance.
      (catch Exception e
        (report e)
        (complain "the line editor cannot begin with these settings; lines are plain")
        nil))))

; The session

(defn- run-start-up-file
  []
  (let [path (config-file "init.lisp")]
    (when (and path (os.path.lexists path))
      (try
        (program.interruptible
          (fn []
            (run-forms (with [file (open path :encoding "utf-8")] (.read file)) path
                       (fn [value] nil))))
        (catch SystemExit _ (throw))
        (catch UnicodeDecodeError e
          (complain f"the start-up file {path} is not UTF-8; the session begins without it"))
        (catch BaseException e
          (if (and (isinstance e OSError) (= e.filename path))
            (complain f"the start-up file {path} cannot be read ({e.strerror}); the session begins without it")
            (do
              (report e)
              (complain f"the start-up file {path} ended with this error; the session begins without the rest of it"))))))))

(defn- gone
  "Whether an error says that the terminal is no more."
  [error]
  (and (isinstance error OSError)
       (contains? [errno.EIO errno.EBADF errno.EPIPE errno.ENXIO] error.errno)))

(defn- talk
  "Takes input until there is no more. Answers the exit status."
  [session reader fall-back]
  (let [status nil]
    (while (nil? status)
      (try
        (let [text (.next reader)]
          (if (nil? text)
            (set! status 0)
            (.take session text)))
        (catch KeyboardInterrupt _
          (try (print) (catch OSError _ (set! status 130))))
        (catch SystemExit _ (throw))
        (catch BaseException error
          (cond
            (gone error)
            (do
              (when (not session.terminal)
                (complain f"standard input cannot be read: {error.strerror}"))
              (set! status 1))
            (and fall-back (isinstance error Exception))
            (do
              (report error)
              (complain "the line editor failed; the session goes on with plain lines")
              (set! reader (fall-back))
              (set! fall-back nil))
            else (throw)))))
    status))

(defn- greet
  []
  (let [python (join "." (take 3 sys.version-info))]
    (print f"Catena {(. ($py "catena") __version__)} on Python {python}. (doc x) explains x, Ctrl-D leaves.")))

(defn main
  [arguments options]
  (let [terminal (and sys.stdin sys.stdout (os.isatty 0) (os.isatty 1))
        quiet (contains? arguments "--quiet")
        session (Session terminal)]
    (set! builtins.debug debug)
    (gc.set-threshold #* steps-at-start)
    (if (not terminal)
      (talk session (Pipe) nil)
      (let [history (.History (program.tool "history") (.file-path (program.tool "history"))
                              complain)]
        (when (not quiet) (greet))
        (await-matplotlib)
        (.load history)
        (set! session.history history)
        (run-start-up-file)
        (let [editor (make-editor history quiet)]
          (when editor (set! session.coloured editor.coloured))
          (try
            (talk session
              (or editor (Lines history))
              (when editor (fn [] (Lines history))))
            (finally
              (.close history))))))))
