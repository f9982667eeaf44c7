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
      (complain f"Jupyter kernels need the Python package ipykernel ({e}); apt install python3-ipykernel, or pip install ipykernel"
                1))
    (catch ValueError e (complain (builtins.str e) 2))
    (catch OSError e
      (complain f"{e.filename}: {e.strerror}; --user installs for you alone" 1))))

; Cells

(defclass Cell []
  "A cell that was read, where IPython expects Python's syntax tree: its parts, IPython's own as such trees."
  (defn __init__ [self parts]
    (set! self.body self)
    (set! self.parts parts)))

(defclass Commands []
  "What commands of the prompt ask of a session."
  (defn __init__ [self shell]
    (set! self.terminal false)
    (set! self.shell shell))
  (defn coloured [self text python] text)
  (defn show [self value] (.show self.shell value))
  (defn page [self text] ((. ($py "IPython.core.page") page) text)))

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
      (set! builtins.debug
        (fn []
          "(debug) opens Python's debugger where the last error was raised, as %debug does."
          (.run-line-magic self "debug" "")))
      (.update self.user-ns {"__catena__" true "*args*" [] "*1" nil "*2" nil "*3" nil "*e" nil}))
    (defn init-displayhook [self]
      (.init-displayhook (super))
      ; IPython's takes a semicolon at the end of the cell, as Python's tokenizer sees it, for a wish to show nothing.
      (set! self.displayhook.quiet (constantly false)))
    (defn init-display-formatter [self]
      (.init-display-formatter (super))
      (let [plain-text (. self.display-formatter.formatters ["text/plain"])]
        (doseq [kind [builtins.list dict tuple set builtins.str bytes re.Pattern
                      (type 'symbol) (type :keyword) (type '(list))]]
          (.for-type plain-text kind show-plain))
        (doseq [value [nil true false]]
          (set! (. plain-text.singleton-printers [(id value)]) show-plain))))
    ; The text is Catena's until ast_parse looks at it.
    (defn transform-cell [self cell] cell)
    (defn should-run-async [self cell & rest &kwargs more] true)
    (defn init-create-namespaces [self &opt module names]
      (.init-create-namespaces (super) module names)
      (let [parse self.compile.ast-parse]
        (set! self.compile.ast-parse
          (fn [cell &opt (filename "<cell>") (symbol "exec")]
            (let [name f"<cell {self.execution-count}>"
                  read (fn [kind content line]
                         (case kind
                           "forms" #[kind (program.read content self.user-module name line 1)]
                           "own" #[kind
                                   (. (parse (.transform-cell ZMQInteractiveShell self content)
                                             :filename filename) body)]
                           "question" #[kind #[content line]]
                           #[kind content]))]
              (Cell (for [part (.parts (program.tool "cells") cell (Commands self))]
                      (read #* part))))))))
    (defn transform-ast [self tree] tree)
    (defn-async run-ast-nodes [self tree cell-name &kwargs more]
      (if (not (isinstance tree Cell))
        (await (.run-ast-nodes (super) tree cell-name #** more))
        (let [result (get more :result)
              failed false
              last nil]
          (try
            (doseq [[kind content] tree.parts]
              ; As in any notebook, a cell's value is its last form's.
              (set! last nil)
              (case kind
                "own" (when (await (.run-ast-nodes (super CatenaShell self) content cell-name
                                                   #** more))
                        (set! failed true)
                        (break))
                "command" (.at-once self content)
                "question" (set! last (await (.answer self #* content)))
                (set! last (await (.run-forms self content)))))
            (when (and (not failed) (not= (get more :interactivity) "none")) (.show self last))
            failed
            (catch BaseException e
              (let [e (if (isinstance e asyncio.CancelledError) (KeyboardInterrupt) e)]
                (when (isinstance e SystemExit) (.ask-exit self))
                (set! (. self.user-ns ["*e"]) e)
                (when result (set! result.error-in-exec e))
                (.show-error self e)
                true))))))
    (defn-async run-forms [self forms]
      "Runs them one by one; the last one's value, where that is worth showing."
      (let [last nil]
        (loop []
          (let [step (.at-once self (fn [] (program.step forms)))]
            (when (some? step)
              (let [[value worth-showing awaits] step
                    value (if awaits (await (.result-of self value)) value)]
                (set! last (when worth-showing value))
                (recur)))))
        last))
    (defn-async answer [self line number]
      "What `name?` asks for is shown; a variable of that name has a value instead."
      (let [command (.command-in (program.tool "prompt_commands") line (Commands self))]
        (if command
          (.at-once self command)
          (await (.run-forms self (program.read line self.user-module
                                                f"<cell {self.execution-count}>" number 1))))))
    (defn at-once [self run]
      ; While a form runs, Ctrl-C stops it where it is.
      (let [before (signal.signal signal.SIGINT signal.default-int-handler)]
        (try (run)
          (finally (signal.signal signal.SIGINT before)))))
    (defn-async result-of [self coroutine]
      ; While it waits, Ctrl-C cancels the cell. (ipykernel's own handler does not wake the event loop.)
      (let [task (asyncio.current-task)
            events (asyncio.get-running-loop)
            before (signal.signal signal.SIGINT
                                  (fn [number frame] (.call-soon-threadsafe events task.cancel)))]
        (try (await coroutine)
          (finally (signal.signal signal.SIGINT before)))))
    (defn show [self value]
      (when (some? value)
        (let [names self.user-ns]
          (.update names {"*3" (get names "*2") "*2" (get names "*1") "*1" value}))
        (self.displayhook value)))
    (defn show-error [self error]
      ; For %debug.
      (set! sys.last-type (type error))
      (set! sys.last-value error)
      (set! sys.last-traceback error.__traceback__)
      (._showtraceback self (type error) error
        (if (isinstance error (. (program.tool "repl") Refused))
          [(builtins.str error)]
          (.splitlines (.rstrip (program.report error true))))))
    (defn showtraceback [self &opt exc-tuple & rest &kwargs more]
      (let [error (if exc-tuple (. exc-tuple [1]) (. (sys.exc-info) [1]))]
        (if error (.show-error self error) (.showtraceback (super) exc-tuple #* rest #** more))))
    (defn showsyntaxerror [self & rest &kwargs more]
      ; Nothing of the cell has run: who read it is no news.
      (.show-error self (.with-traceback (. (sys.exc-info) [1]) nil))))

  (defclass CatenaKernel [IPythonKernel]
    (def shell-class (Type CatenaShell))
    (def implementation "catena")
    (def implementation-version (. ($py "catena") __version__))
    (def banner "Catena, a small Lisp on Python")
    (def help-links [])
    (def language-info
      {"name" "catena" "version" (. ($py "catena") __version__) "mimetype" "text/x-catena"
       "file_extension" ".lisp"
       "codemirror_mode" "clojure" "pygments_lexer" "clojure"})
    (defn do-complete [self code cursor-pos]
      (let [position (if (nil? cursor-pos) (count code) cursor-pos)
            magic (re.search r"(?:^|\n)[ \t]*(%+\w*)$" (. code [(: 0 position)]))
            [start found] (if magic
                            (.magics-like self (.group magic 1) position)
                            (candidates.complete code position self.shell.user-module))]
        {"status" "ok" "matches" (for [c found] c.text) "cursor_start" start "cursor_end" position
         "metadata" {"_jupyter_types_experimental"
                     (for [c found]
                       {"start" start
                        "end" position
                        "text" c.text
                        "type" c.kind
                        "signature" c.about})}}))
    (defn magics-like [self prefix position]
      (let [known (.lsmagic self.shell.magics-manager)
            names (concat (for [name (:line known)] (+ "%" name))
                          (for [name (:cell known)] (+ "%%" name)))]
        #[(- position (count prefix))
          (for [name (sort names) :when (starts-with? name prefix)]
            (candidates.Candidate name "magic" ""))]))
    (defn do-inspect [self code cursor-pos &opt (detail-level 0) (omit-sections #[])]
      (let [module self.shell.user-module
            position (if (nil? cursor-pos) (count code) cursor-pos)
            [start end name] (candidates.token-at code position)
            known (fn [name] (and name (some? (help.describe name module))))
            ; Where no name is, the call is meant whose operands stand there.
            name (if (known name) name (candidates.call-at code position))
            commands (program.tool "prompt_commands")
            text (when (known name)
                   ((if (> detail-level 0) commands.source-of commands.describe) name module))]
        {"status" "ok" "found" (some? text) "metadata" {} "data" (if text {"text/plain" text} {})}))
    (defn do-history [self & rest &kwargs more]
      ; IPython calls the running session 0 here, the protocol by its number.
      (let [reply (.do-history (super) #* rest #** more)
            running self.shell.history-manager.session-number]
        (set! (. reply ["history"])
          (for [[session & entry] (. reply ["history"])]
            (tuple [(if (= session 0) running session) #* entry])))
        reply))
    (defn do-is-complete [self code]
      (let [state (if (re.match r"\s*[%!]" code)
                    (if (.unfinished? (program.tool "repl") code) "incomplete" "complete")
                    (program.input-state code))]
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
      else
      (complain "kernel needs install, or --connection-file FILE; see catena kernel --help" 2))))
