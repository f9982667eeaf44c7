; `catena kernel`: Catena as a kernel of Jupyter. ipykernel speaks the protocol and IPython keeps history, display and
; events; what this shell changes is how a cell becomes values. Lines of IPython's (%magic, !command) still are IPython's.

(import builtins json os re shutil sys tempfile)
(import catena.program :as program)

(def help (program.tool "inspection"))
(def candidates (program.tool "candidates"))
(def showing (program.tool "showing"))

(def longest-text "Characters of a value's text; what goes beyond is cut." 20000)

(defn- complain
  [message status]
  (print "catena:" message :file sys.stderr)
  status)

; The kernel's entry in Jupyter's list

(defn- kernel-spec
  "The Python that has ipykernel here is the one to run on, whatever is active when a notebook starts."
  [program-file]
  {"argv" [program-file "kernel" f"--python={sys.executable}" "--connection-file={connection_file}"]
   "display_name" "Catena" "language" "catena" "interrupt_mode" "signal" "metadata" {}})

(defn- install
  [options]
  (try
    (do
      (import jupyter-client.kernelspec :refer [KernelSpecManager])
      (import ipykernel)
      (let [folder (tempfile.mkdtemp)
            name (get options "--name" "catena")
            prefix (get options "--prefix")]
        (try
          (do
            (spit (os.path.join folder "kernel.json")
              (json.dumps (kernel-spec (os.path.realpath "/proc/self/exe")) :indent 1))
            (let [place (.install-kernel-spec (KernelSpecManager) folder :kernel-name name
                          :user (contains? options "--user") :prefix prefix)]
              (print f"Catena is installed as the kernel '{name}': {place}")
              0))
          (finally (shutil.rmtree folder)))))
    (catch ImportError e
      (complain f"Jupyter kernels need the Python package ipykernel ({e}); apt install python3-ipykernel, or pip install ipykernel" 1))
    (catch ValueError e (complain (builtins.str e) 2))
    (catch OSError e
      (complain f"{e.filename}: {e.strerror}; --user installs for you alone" 1))))

; Cells

(def own-line #"\s*(%|!)")

(defn- cut-cell
  "The cell's leading lines that are IPython's, and the rest, which is Catena's, with the number of its first line."
  [cell]
  (let [lines (.splitlines cell true)
        first-line (first (filter (fn [l] (not (blank? l))) lines))]
    (cond
      (and first-line (starts-with? (.lstrip first-line) "%%")) #[cell "" 1]
      else
      (let [n (count (take-while (fn [l] (or (blank? l) (.match own-line l))) lines))
            n (if (some? (find-magic lines n)) n 0)]
        #[(join "" (take n lines)) (join "" (drop n lines)) (inc n)]))))

(defn- find-magic
  [lines n]
  (first (filter (fn [l] (.match own-line l)) (take n lines))))

(defclass Forms []
  "The Catena part of a cell, read, where IPython expects Python's syntax tree: after `nodes`, the tree of its own part."
  (defn __init__ [self nodes forms]
    (set! self.body self)
    (set! self.nodes nodes)
    (set! self.forms forms)))

(defn- show-plain
  "How IPython shows a value that has a notation of Catena's."
  [value printer cycle]
  (.text printer (showing.shown value 80 longest-text)))

(defn- make-shell
  [ZMQInteractiveShell IPythonKernel]
  (import asyncio signal)
  (import traitlets :refer [Type])
  (defclass CatenaShell [ZMQInteractiveShell]
    (defn init-user-ns [self]
      (.init-user-ns (super))
      (.update self.user-ns {"__catena__" true "*args*" [] "*1" nil "*2" nil "*3" nil "*e" nil}))
    (defn init-displayhook [self]
      (.init-displayhook (super))
      ; IPython's takes a semicolon at the end of the cell, as Python's tokenizer sees it, for a wish to show nothing.
      (set! self.displayhook.quiet (constantly false)))
    (defn init-display-formatter [self]
      (.init-display-formatter (super))
      (let [plain-text (. self.display-formatter.formatters ["text/plain"])]
        (doseq [kind [builtins.list dict tuple set builtins.str bytes bool re.Pattern
                      (type 'symbol) (type :keyword) (type '(list))]]
          (.for-type plain-text kind show-plain))))
    ; The text is Catena's until ast_parse looks at it.
    (defn transform-cell [self cell] cell)
    (defn should-run-async [self cell & rest &kwargs more] true)
    (defn init-create-namespaces [self &opt module names]
      (.init-create-namespaces (super) module names)
      (let [shell self parse self.compile.ast-parse]
        (set! self.compile.ast-parse
          (fn [cell &opt (filename "<cell>") (symbol "exec")]
            (let [[own text line] (cut-cell cell)
                  nodes (. (parse (.transform-cell ZMQInteractiveShell shell own) :filename filename) body)]
              (Forms nodes (program.read text shell.user-module f"<cell {shell.execution-count}>" line 1)))))))
    (defn transform-ast [self tree] tree)
    (defn-async run-ast-nodes [self tree cell-name &kwargs more]
      (if (not (isinstance tree Forms))
        (await (.run-ast-nodes (super) tree cell-name #** more))
        (do
          (let [result (get more :result)]
            (if (and (not (empty? tree.nodes))
                     (await (.run-ast-nodes (super) tree.nodes cell-name #** more)))
              true
              (try
                ; As in any notebook, a cell's value is its last form's.
                (loop [last nil]
                  (let [step (.step-now self tree.forms)]
                    (if (nil? step)
                      (when (not= (get more :interactivity) "none") (.show self last))
                      (let [[value worth-showing awaits] step
                            value (if awaits (await (.result-of self value)) value)]
                        (recur (when worth-showing value))))))
                false
                (catch BaseException e
                  (let [e (if (isinstance e asyncio.CancelledError) (KeyboardInterrupt) e)]
                    (when (isinstance e SystemExit) (.ask-exit self))
                    (set! (. self.user-ns ["*e"]) e)
                    (when result (set! result.error-in-exec e))
                    (.show-error self e)
                    true))))))))
    (defn step-now [self forms]
      ; While a form runs, Ctrl-C stops it where it is.
      (let [before (signal.signal signal.SIGINT signal.default-int-handler)]
        (try (program.step forms)
          (finally (signal.signal signal.SIGINT before)))))
    (defn-async result-of [self coroutine]
      ; While it waits, Ctrl-C cancels the cell. (ipykernel's own handler does not wake the event loop.)
      (let [task (asyncio.current-task)
            events (asyncio.get-running-loop)
            before (signal.signal signal.SIGINT (fn [number frame] (.call-soon-threadsafe events task.cancel)))]
        (try (await coroutine)
          (finally (signal.signal signal.SIGINT before)))))
    (defn show [self value]
      (when (some? value)
        (let [names self.user-ns]
          (.update names {"*3" (get names "*2") "*2" (get names "*1") "*1" value}))
        (self.displayhook value)))
    (defn show-error [self error]
      (._showtraceback self (type error) error
        (.splitlines (.rstrip (program.report error true)))))
    (defn showtraceback [self &opt exc-tuple & rest &kwargs more]
      (let [error (if exc-tuple (. exc-tuple [1]) (. (sys.exc-info) [1]))]
        (if error (.show-error self error) (.showtraceback (super) exc-tuple #* rest #** more))))
    (defn showsyntaxerror [self & rest &kwargs more]
      (.show-error self (. (sys.exc-info) [1]))))

  (defclass CatenaKernel [IPythonKernel]
    (def shell-class (Type CatenaShell))
    (def implementation "catena")
    (def implementation-version (. ($py "catena") __version__))
    (def banner "Catena, a small Lisp on Python")
    (def help-links [])
    (def language-info
      {"name" "catena" "version" (. ($py "catena") __version__) "mimetype" "text/x-catena" "file_extension" ".lisp"
       "codemirror_mode" "clojure" "pygments_lexer" "clojure"})
    (defn do-complete [self code cursor-pos]
      (let [position (if (nil? cursor-pos) (count code) cursor-pos)
            [start found] (candidates.complete code position self.shell.user-module)]
        {"status" "ok" "matches" (for [c found] c.text) "cursor_start" start "cursor_end" position
         "metadata" {"_jupyter_types_experimental"
                     (for [c found]
                       {"start" start "end" position "text" c.text "type" c.kind "signature" c.about})}}))
    (defn do-inspect [self code cursor-pos &opt (detail-level 0) (omit-sections #[])]
      (let [[start end text] (candidates.token-at code (if (nil? cursor-pos) (count code) cursor-pos))
            info (help.describe text self.shell.user-module)]
        {"status" "ok" "found" (some? info) "metadata" {}
         "data" (if info
                  {"text/plain" (str (get info "usage" (:name info)) "\n" (:doc info))}
                  {})}))
    (defn do-history [self & rest &kwargs more]
      ; IPython calls the running session 0 here, the protocol by its number.
      (let [reply (.do-history (super) #* rest #** more)
            running self.shell.history-manager.session-number]
        (set! (. reply ["history"])
          (for [[session & entry] (. reply ["history"])] (tuple [(if (= session 0) running session) #* entry])))
        reply))
    (defn do-is-complete [self code]
      (let [state (if (.match own-line code) "complete" (program.input-state code))]
        (if (= state "incomplete") {"status" state "indent" "  "} {"status" state}))))
  #[CatenaShell CatenaKernel])

(defn- run-kernel
  [file]
  (try
    (do
      (import ipykernel.kernelapp :refer [IPKernelApp])
      (import ipykernel.ipkernel :refer [IPythonKernel])
      (import ipykernel.zmqshell :refer [ZMQInteractiveShell])
      (let [[shell kernel] (make-shell ZMQInteractiveShell IPythonKernel)
            app (.instance IPKernelApp :kernel-class kernel)]
        (.initialize app ["-f" file])
        (.start app)
        0))
    (catch ImportError e
      (complain f"a Jupyter kernel needs the Python package ipykernel: {e}" 1))))

(defn main
  [operands options]
  (let [file (get options "--connection-file")]
    (cond
      (contains? operands "install") (install options)
      file (run-kernel file)
      else (complain "kernel needs install, or --connection-file FILE; see catena kernel --help" 2))))
