; `catena nrepl`: a server for editors that speak nREPL. A thread reads each connection; each session runs its
; evaluations one after the other on a thread of its own, so that sessions do not wait for one another. The first one's is the
; main thread, which alone can be interrupted in waits, and which windows of plots and handlers of signals want. Whatever does
; not meet its interrupt is left alone after a while, and its session gets a new thread, as other nREPL servers do it.

(import os re signal socket sys threading time traceback)
(import catena.program :as program)

(def bencode (program.tool "bencode"))
(def help (program.tool "inspection"))
(def candidates (program.tool "candidates"))

(def main-module (. sys.modules ["__main__"]))

(def work (program.tool "nrepl_sessions"))
(def Session work.Session)
(def Request work.Request)

; Evaluation

(defn- module-named
  "The module that a client calls its namespace; nil when there is none. Clojure's clients begin in `user`."
  [name]
  (if (contains? ["user" "__main__"] name)
    main-module
    (let [module (when (string? name) (get sys.modules name))]
      (if (isinstance module (type sys)) module nil))))

(defn- show
  [request session module value]
  (set! session.values [value #* (take 2 session.values)])
  (bind-values session module)
  (.reply request "ns" module.__name__ "value" (pr-str value)))

(defn- bind-values
  [session module]
  (let [names (vars module)]
    (doseq [[name value] (zip ["*1" "*2" "*3"] session.values)] (set! (. names [name]) value))
    (set! (. names ["*e"]) session.error)))

(defn- failed
  [request session module error]
  (set! session.error error)
  (bind-values session module)
  (.reply request "err" (program.report error))
  (let [root (loop [e error]
               (let [cause (or e.__cause__ e.__context__)] (if (nil? cause) e (recur cause))))
        name (fn [e]
               (let [c (type e)]
                 (if (= c.__module__ "builtins")
                   c.__qualname__
                   f"{c.__module__}.{c.__qualname__}")))]
    (.reply request "ex" (name error) "root-ex" (name root) "ns" module.__name__ "status"
            ["eval-error"])))

(defn- evaluate
  "Runs a text in a session, its values shown as they come, or the last one alone."
  [request session module text file line column last-only]
  (bind-values session module)
  (let [last nil seen false]
    (try
      (let [forms (program.read text module file line column)
            going true]
        (while going
          (work.interruptible)
          (let [step (program.step forms)]
            (if (nil? step)
              (set! going false)
              (let [[value worth-showing awaits] step
                    value (if awaits (.run-coroutine work.here.worker value) value)]
                (if last-only
                  (do (set! last value) (set! seen true))
                  (show request session module value)))))))
      (when seen (show request session module last))
      []
      (catch [KeyboardInterrupt SystemExit work.Stop] _ (throw))
      (catch BaseException error
        (failed request session module error)
        []))))

(def inputs "How many texts without a file were evaluated, for their names." (atom 0))

(defn- number-of
  [message key]
  (let [given (get message key 1)]
    (if (and (isinstance given builtins.int) (< 0 given 1000000000)) given 1)))

(defn- op-eval
  [request session]
  (let [message request.message
        module (if (contains? message "ns") (module-named (. message ["ns"])) session.module)
        code (get message "code")
        file (get message "file")]
    (cond
      (nil? code) (.done request "error" "no-code")
      (nil? module) (.done request "error" "namespace-not-found")
      else
      (let [named (and (string? file) (.isabs os.path file))
            file (if named file f"<nrepl {(swap! inputs inc)}>")
            line (if named (number-of message "line") 1)
            column (if named (number-of message "column") 1)]
        (set! session.module module)
        (.submit session request
          (fn [] (evaluate request session module (builtins.str code) file line column false)))))))

(defn- module-of-file
  [path]
  (first (filter (fn [m] (= (getattr m "__file__" nil) path)) (vec (.values sys.modules)))))

(defn- op-load-file
  [request session]
  (let [message request.message
        text (get message "file")
        path (or (get message "file-path") (get message "file-name") "<file>")
        module (or (module-of-file path) session.module)]
    (if (nil? text)
      (.done request "error" "no-file")
      (.submit session request
        (fn []
          (evaluate request session module (builtins.str text) (builtins.str path) 1 1 true))))))

; The other operations

(defn- op-clone
  [request session]
  (let [fresh (Session (if (contains? request.message "session") session nil))]
    (set! (. work.sessions [fresh.id]) fresh)
    (.join-connection request.connection fresh)
    (.reply request "new-session" fresh.id "status" ["done"])))

(defn- op-close
  [request session]
  (if (contains? request.message "session")
    (do (.close session) (.done request "session-closed"))
    (.done request "error" "no-session")))

(defn- version-map
  [text]
  (let [numbers (split text ".")]
    {"version-string" text
     "major" (nth numbers 0 "0")
     "minor" (nth numbers 1 "0")
     "incremental" (nth numbers 2 "0")}))

(defn- op-describe
  [request session]
  (.reply request
    "ops" (into {} (for [name (keys operations)] [name {}]))
    "versions" {"catena" (version-map (. ($py "catena") __version__))
                "python" (version-map (join "." (take 3 sys.version-info)))
                "nrepl" (version-map "1.0.0")}
    "aux" {"current-ns" session.module.__name__}
    "status" ["done"]))

(defn- op-interrupt
  [request session]
  (let [problem (.interrupt session (get request.message "interrupt-id"))]
    (if problem
      (.done request #* (if (= problem "session-idle") [problem] ["error" problem]))
      (.done request))))

(defn- op-stdin
  [request session]
  (.put session.input (builtins.str (get request.message "stdin" "")))
  (.done request))

(defn- op-ls-sessions
  [request session]
  (.reply request "sessions" (vec (keys work.sessions)) "status" ["done"]))

(defn- module-asked-about
  [request session]
  (or (module-named (get request.message "ns" session.module.__name__)) session.module))

(defn- op-completions
  [request session]
  (let [message request.message
        prefix (builtins.str (or (get message "prefix") (get message "symbol") ""))
        module (module-asked-about request session)]
    (.reply request
      "completions" (for [c (. (candidates.complete prefix (count prefix) module) [1])]
                      {"candidate" c.text "type" c.kind "ns" module.__name__ "doc" c.about})
      "status" ["done"])))

(defn- description
  [request session]
  (let [message request.message
        name (builtins.str (or (get message "sym") (get message "symbol") ""))]
    (help.describe name (module-asked-about request session))))

(defn- op-lookup
  [request session]
  (let [info (description request session)]
    (if info
      (.reply request "info" info "status" ["done"])
      (.reply request "info" {} "status" ["done" "lookup-error"]))))

(defn- op-info
  [request session]
  (let [info (description request session)]
    (if info
      (.reply request #* (mapcat identity (.items info)) "status" ["done"])
      (.done request "no-info"))))

(defn- op-eldoc
  [request session]
  (let [info (description request session)]
    (if (and info (contains? info "arglists"))
      (.reply request "eldoc" (. info ["arglists"]) "name" (. info ["name"]) "ns" (. info ["ns"])
        "docstring" (get info "doc" "") "type" "function" "status" ["done"])
      (.done request "no-eldoc"))))

(def operations
  {"clone" op-clone "close" op-close "describe" op-describe "eval" op-eval "load-file" op-load-file
   "completions" op-completions "complete" op-completions "lookup" op-lookup "info" op-info
   "eldoc" op-eldoc
   "interrupt" op-interrupt "stdin" op-stdin "ls-sessions" op-ls-sessions
   "classpath" (fn [request session]
                 (.reply request "classpath" (builtins.list sys.path) "status" ["done"]))})

; Connections

(defclass Connection []
  "A client's socket. Answers of several sessions do not mix: one is sent at a time."
  (defn __init__ [self peer]
    (set! self.peer peer)
    (set! self.lock (threading.Lock))
    (set! self.sessions (set []))
    (set! self.own nil))
  (defn send [self answer]
    (let [data (bencode.encode answer)]
      (with [_ self.lock]
        ; A client that is gone misses its answers; its sessions go with the end of its requests.
        (try (.sendall self.peer data) (catch OSError _ nil)))))
  (defn join-connection [self session]
    (.add self.sessions session)
    (.add session.connections self))
  (defn session-of [self message]
    (let [id (get message "session")]
      (cond
        id (let [session (get work.sessions (builtins.str id))]
             (when session (.join-connection self session))
             session)
        ; Without a session: one that nobody else sees.
        else (do
               (when (nil? self.own) (set! self.own (Session nil)) (.join-connection self self.own))
               self.own))))
  (defn answer [self message]
    (let [request (Request self message)
          op (get message "op")
          operation (when (string? op) (get operations op))
          session (.session-of self message)]
      (set! request.session session)
      (cond
        (nil? operation) (.done request "error" "unknown-op")
        (nil? session) (.done request "error" "unknown-session")
        else
        (try (operation request session)
          (catch Exception e
            (traceback.print-exc :file sys.__stderr__)
            (.reply request "err" f"{e!r}\n" "status" ["error" "done"]))))))
  (defn hang-up [self]
    "Closing with something unread would take back what was sent, so the client has a second to end first."
    (try
      (.shutdown self.peer socket.SHUT-WR)
      (.settimeout self.peer 1)
      (dotimes [_ 1000] (when (= b"" (.recv self.peer 65536)) (break)))
      (catch OSError _ nil)))
  (defn serve [self]
    (try
      (with [stream (.makefile self.peer "rb")]
        (let [message (bencode.decode stream)]
          (while (some? message)
            (if (map? message)
              (.answer self message)
              (.send self {"status" ["error" "invalid-message" "done"]}))
            (set! message (bencode.decode stream)))))
      (catch ValueError e
        (.send self {"err" f"not bencode: {e}\n" "status" ["error" "invalid-message" "done"]})
        (.hang-up self))
      (catch [OSError EOFError] _ nil)
      (finally
        (.close self.peer)
        (doseq [session (vec self.sessions)]
          (.discard session.connections self)
          (when (empty? session.connections) (.close session)))))))

; The server

(defn- write-port-file
  [port]
  (try
    (let [path (.abspath os.path ".nrepl-port")]
      (spit path (builtins.str port))
      path)
    (catch OSError e
      (print f"catena: .nrepl-port cannot be written: {e.strerror}" :file sys.stderr)
      nil)))

(defn- remove-port-file
  "Unless another server has written its own there."
  [path port]
  (try
    (when (= (slurp path) (builtins.str port)) (os.remove path))
    (catch OSError _ nil)))

(defn serve
  "Answers connections until the listener is closed."
  [listener]
  (while true
    (try
      (let [[peer address] (.accept listener)]
        (.setsockopt peer socket.IPPROTO-TCP socket.TCP-NODELAY 1)
        (.start (threading.Thread :target (. (Connection peer) serve) :daemon true)))
      (catch [OSError RuntimeError] _
        (when (< (.fileno listener) 0) (break))
        ; No descriptors or threads are left: others may end.
        (time.sleep 0.1)))))

(defn- listen
  [address port]
  (let [[family kind protocol name place]
        (first (socket.getaddrinfo address port :type socket.SOCK-STREAM))
        listener (socket.socket family kind protocol)]
    (try
      (.setsockopt listener socket.SOL-SOCKET socket.SO-REUSEADDR 1)
      (.bind listener place)
      (.listen listener)
      listener
      (catch OSError _ (.close listener) (throw)))))

(defn- complain
  [message status]
  (print "catena:" message :file sys.stderr)
  status)

(defn main
  [operands options]
  (let [given (get options "--port" "0")
        address (get options "--bind" "127.0.0.1")]
    (if (not (and (re.fullmatch "[0-9]{1,5}" given) (< (int given) 65536)))
      (complain f"--port needs a number from 0 to 65535, not '{given}'; see catena nrepl --help" 2)
      (try
        (run address (int given))
        (catch OSError e
          (complain f"cannot listen on {address} port {given}: {(or e.strerror e)}" 1))))))

(defn- run
  [address given]
  (with [listener (listen address given)]
    (let [port (. (.getsockname listener) [1])
          host (if (includes? address ":") f"[{address}]" address)
          path nil]
      (doseq [ending [signal.SIGTERM signal.SIGINT]]
        (signal.signal ending work.end-server))
      (signal.signal work.interrupting work.on-interrupting)
      (try
        (set! path (write-port-file port))
        (set! sys.stdout (work.Output "out" sys.stdout))
        (set! sys.stderr (work.Output "err" sys.stderr))
        (set! sys.stdin (work.Input sys.stdin))
        (print f"nREPL server started on port {port} on host {address} - nrepl://{host}:{port}"
               :flush true)
        (.start (threading.Thread :target serve :args [listener] :daemon true))
        (work.work-on-main-thread)
        (catch work.Stop _ 0)
        (finally (when path (remove-port-file path port)))))))
