; What an nREPL server's clients work in: sessions, their threads and interrupts, and the streams that lead to and from a client.

(import asyncio ctypes io queue signal sys threading traceback uuid)

(def main-module (. sys.modules ["__main__"]))

; Sessions

(def sessions "From id to Session, all of the server's." {})
(defclass Stop [BaseException]
  "The server is to end; no evaluation keeps it from that.")

(def main-work "Sessions that the main thread is to work for." (queue.Queue))
(def main-session "The one that it works for." nil)
(def choosing (threading.Lock))
(def sent
  "Signals on their way to the main thread that are interrupts which clients asked for."
  (atom 0))

(defn- take-main-thread
  "Whether the session gets the main thread, until it is closed."
  [session]
  (with [_ choosing]
    (when (nil? main-session)
      (set! main-session session)
      (.put main-work session)
      true)))

(defn work-on-main-thread
  []
  (while true
    (.work-off (.get main-work))
    (set! main-session nil)))

(def here "What this thread evaluates: `request` is its current Request." (threading.local))

(defclass Request []
  "A message to answer: where it came from, and what its answers begin with."
  (defn __init__ [self connection message]
    (set! self.connection connection)
    (set! self.message message)
    (set! self.session nil))
  (defn reply [self & pairs]
    (let [answer (hash-map #* pairs)]
      (when (contains? self.message "id") (set! (. answer ["id"]) (. self.message ["id"])))
      (set! (. answer ["session"])
            (if self.session self.session.id (get self.message "session" "none")))
      (.send self.connection answer)))
  (defn done [self & words]
    (.reply self "status" (conj words "done"))))

(defclass Session []
  "What one client works in: a module, its last values, a queue of evaluations and the thread that runs them."
  (defn __init__ [self parent]
    (set! self.id (builtins.str (uuid.uuid4)))
    (set! self.module (if parent parent.module main-module))
    (set! self.values (if parent (builtins.list parent.values) [nil nil nil]))
    (set! self.error (if parent parent.error nil))
    (set! self.work (queue.Queue))
    (set! self.input (queue.Queue))
    (set! self.unread "")
    (set! self.thread nil)
    (set! self.running nil)
    (set! self.interrupted false)
    (set! self.delivered false)
    (set! self.lock (threading.RLock))
    (set! self.connections (set []))
    (set! self.runner nil)
    (set! self.task nil))
  (defn submit [self request job]
    (with [_ self.lock]
      (when (nil? self.thread)
        (if (take-main-thread self)
          (set! self.thread (threading.main-thread))
          (do
            (set! self.thread
              (threading.Thread :target self.work-off :name f"nrepl {self.id}" :daemon true))
            (.start self.thread)))))
    (.put self.work #[request job]))
  (defn work-off [self]
    (loop []
      (let [[request job] (.get self.work)]
        (when (some? request)
          (.run-one self request job)
          (recur))))
    (when self.runner (.close self.runner)))
  (defn run-one [self request job]
    (with [_ self.lock]
      (set! self.interrupted false)
      (set! self.delivered false)
      (set! self.running request))
    (set! here.request request)
    ; An interrupt arrives at most once, between any two steps, until `finish` has closed the door.
    (let [words ["interrupted"]]
      (try (set! words (attempt request job))
        (catch KeyboardInterrupt _ nil))
      (try (.finish self)
        (catch KeyboardInterrupt _ (.finish self)))
      (set! here.request nil)
      (.done request #* (if self.interrupted ["interrupted"] words))))
  (defn on-main-thread? [self] (identical? self.thread (threading.main-thread)))
  (defn finish [self]
    (with [_ self.lock]
      (set! self.running nil)
      (when (not (.on-main-thread? self))
        (ctypes.pythonapi.PyThreadState_SetAsyncExc (ctypes.c-ulong (threading.get-ident)) nil))))
  (defn interrupt [self id]
    (with [_ self.lock]
      (cond
        (nil? self.running) "session-idle"
        (and id (not= id (get self.running.message "id"))) "interrupt-id-mismatch"
        self.interrupted nil
        else
        (do
          (set! self.interrupted true)
          (if (.on-main-thread? self)
            (do
              (swap! sent inc)
              (signal.pthread-kill self.thread.ident signal.SIGINT))
            (ctypes.pythonapi.PyThreadState_SetAsyncExc
              (ctypes.c-ulong self.thread.ident) (ctypes.py-object KeyboardInterrupt)))
          ; Wakes the thread when it waits for input, or for its event loop.
          (.put self.input nil)
          (when (and self.runner self.task)
            (try (.call-soon-threadsafe (.get-loop self.runner) (fn [] nil))
              (catch RuntimeError _ nil)))
          nil))))
  (defn on-signal [self]
    "In the main thread: the interrupt that was asked for, once."
    (when (and self.running self.interrupted (not self.delivered))
      (set! self.delivered true)
      (throw (KeyboardInterrupt))))
  (defn close [self]
    (.pop sessions self.id nil)
    (.interrupt self nil)
    (.put self.work #[nil nil]))
  (defn run-coroutine [self coroutine]
    (when (nil? self.runner) (set! self.runner (asyncio.Runner)))
    (let [awaiting (fn-async []
                     (set! self.task (asyncio.current-task))
                     (await coroutine))]
      (try (.run self.runner (awaiting))
        (catch KeyboardInterrupt _
          ; The loop was left where it stood, and this task in it.
          (let [task self.task]
            (when (and task (not (.done task)))
              (.cancel task)
              (.run self.runner ((fn-async [] (await (asyncio.wait [task])))))))
          (throw))
        (finally (set! self.task nil))))))

(defn- attempt
  "What the evaluation answers, words for its status."
  [request job]
  (try (job)
    (catch [KeyboardInterrupt Stop] _ (throw))
    (catch SystemExit e (.reply request "err" f"SystemExit: {e}\n") ["eval-error"])
    (catch BaseException e
      (traceback.print-exc :file sys.__stderr__)
      ["error"])))

; Streams: what a session's thread prints goes to its client, all else where it went before

(defclass Output [io.TextIOBase]
  (defn __init__ [self key before]
    (set! self.key key)
    (set! self.before before))
  (defn [property] encoding [self] "utf-8")
  (defn writable [self] true)
  (defn write [self text]
    (unless (string? text)
      (throw (TypeError f"write() argument must be str, not {(. (type text) __name__)}")))
    (let [request (getattr here "request" nil)]
      (if (nil? request)
        (.write self.before text)
        (unless (= text "") (.reply request self.key text)))
      (count text)))
  (defn flush [self]
    (when (nil? (getattr here "request" nil)) (.flush self.before)))
  (defn isatty [self] false)
  (defn fileno [self] (.fileno self.before)))

(defclass Input [io.TextIOBase]
  (defn __init__ [self before] (set! self.before before))
  (defn readable [self] true)
  (defn read [self &opt (size -1)]
    (let [request (getattr here "request" nil)]
      (if (nil? request)
        (.read self.before size)
        (let [text ""]
          (while (or (< size 0) (< (count text) size))
            (let [more (.take self request)]
              (when (= more "") (break))
              (set! text (+ text more))))
          (if (< size 0)
            text
            (do (set! request.session.unread (. text [(: size nil)])) (. text [(: 0 size)])))))))
  (defn readline [self &opt (size -1)]
    (let [request (getattr here "request" nil)]
      (if (nil? request)
        (.readline self.before size)
        (let [text (.take self request)]
          (while (and (not= text "") (not (includes? text "\n")))
            (let [more (.take self request)]
              (when (= more "") (break))
              (set! text (+ text more))))
          (let [end (inc (.find text "\n"))
                end (if (= end 0) (count text) end)
                end (if (< -1 size end) size end)]
            (set! request.session.unread (. text [(: end nil)]))
            (. text [(: 0 end)]))))))
  (defn take [self request]
    (let [session request.session]
      (if (not= session.unread "")
        (let [text session.unread] (set! session.unread "") text)
        (do
          (when (.empty session.input) (.reply request "status" ["need-input"]))
          ; nil wakes for an interrupt, which the next call then meets; one of an evaluation before is skipped.
          (loop []
            (let [text (.get session.input)]
              (if (nil? text) (recur) text))))))))

(defn on-interrupt
  "SIGINT: an interrupt that a client asked for, or Ctrl-C at the server's terminal."
  [number frame]
  (when (= @sent 0) (throw (Stop)))
  (swap! sent dec)
  (let [session main-session]
    (when session (.on-signal session))))
