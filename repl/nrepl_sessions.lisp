; What an nREPL server's clients work in: sessions, their threads and interrupts, and the streams that lead to and from a client.

(import asyncio ctypes io queue signal sys threading traceback uuid)

(def main-module (. sys.modules ["__main__"]))

; Sessions

(def sessions "From id to Session, all of the server's." {})
(defclass Stop [BaseException]
  "The server is to end; no evaluation keeps it from that.")

(def main-work "Workers that wait for the main thread to be theirs." (queue.Queue))
(def main-worker "The one that it is." nil)
(def choosing (threading.Lock))

(def patience
  "Seconds that an evaluation has to meet its interrupt. Then its session goes on without it."
  3)

(def ending
  "Whether a Stop was raised: who computes an error's report, for one, drops what interrupts it."
  false)

(defn end-server
  "Answers a signal."
  [number frame]
  (set! ending true)
  (throw (Stop)))

(defn- next-of
  "What comes next in a queue. A signal that arrives just before a wait begins does not end it, so this one is begun anew again
  and again."
  [waiting]
  (loop []
    (let [found (try (.get waiting true 0.5) (catch queue.Empty _ nil))]
      (if (nil? found) (recur) found))))

(defn work-on-main-thread
  []
  (while true
    (when ending (throw (Stop)))
    (.work-off (next-of main-work))
    (set! main-worker nil)))

(def here
  "What this thread evaluates: `request` is its Request, `worker` its Worker; `sending` while an answer is on its way."
  (threading.local))

(defn interruptible
  "A place where an interrupt that was asked for is met, whatever came before it."
  []
  (let [worker (getattr here "worker" nil)]
    (when worker (.meet-interrupt worker))))

(defclass Request []
  "A message to answer: where it came from, and what its answers begin with."
  (defn __init__ [self connection message]
    (set! self.connection connection)
    (set! self.message message)
    (set! self.session nil)
    (set! self.left false))
  (defn reply [self & pairs]
    ; An interrupt waits until all of the answer is sent: half of one would be the end of the connection.
    (unless self.left
      (set! here.sending true)
      (try (.send self #* pairs)
        (finally (set! here.sending false)))
      (interruptible)))
  (defn done [self & words]
    (.reply self "status" (conj words "done")))
  (defn send [self & pairs]
    (let [answer (hash-map #* pairs)]
      (when (contains? self.message "id") (set! (. answer ["id"]) (. self.message ["id"])))
      (set! (. answer ["session"])
            (if self.session self.session.id (get self.message "session" "none")))
      (.send self.connection answer)))
  (defn leave [self]
    "Tells the client that this is over, though it still runs: nothing that it does from now on is answered."
    (set! self.left true)
    (.send self "err" (+ "catena: what runs does not meet the interrupt. It is left alone until it comes back "
                         "to Catena, where it ends; the session goes on without it\n"))
    (.send self "status" ["interrupted" "left-running" "done"])))

(defclass Session []
  "What one client works in: a module, its last values, a queue of evaluations and the worker that runs them."
  (defn __init__ [self parent]
    (set! self.id (builtins.str (uuid.uuid4)))
    (set! self.module (if parent parent.module main-module))
    (set! self.values (if parent (builtins.list parent.values) [nil nil nil]))
    (set! self.error (if parent parent.error nil))
    (set! self.work (queue.Queue))
    (set! self.input (queue.Queue))
    (set! self.unread "")
    (set! self.worker nil)
    (set! self.lock (threading.RLock))
    (set! self.connections (set [])))
  (defn submit [self request job]
    (with [_ self.lock]
      (.put self.work #[request job])
      (when (nil? self.worker) (.employ self))))
  (defn employ [self]
    (set! self.worker (Worker self))
    (.start self.worker))
  (defn interrupt [self id]
    "Why not, or nil."
    (with [_ self.lock]
      (let [worker self.worker
            request (when worker worker.running)]
        (cond
          (nil? request) "session-idle"
          (and id (not= id (get request.message "id"))) "interrupt-id-mismatch"
          worker.interrupted nil
          else (.interrupt worker)))))
  (defn leave [self worker request]
    "Goes on without a worker that has not met its interrupt."
    (let [leaves (with [_ self.lock]
                   (when (and (identical? self.worker worker) (identical? worker.running request))
                     (set! self.worker nil)
                     true))]
      (when leaves
        (.leave request)
        (with [_ self.lock]
          (when (and (nil? self.worker) (not (.empty self.work))) (.employ self))))))
  (defn close [self]
    (.pop sessions self.id nil)
    (.interrupt self nil)
    (.put self.work #[nil nil])))

(defclass Worker []
  "A thread that runs a session's evaluations, one after the other."
  (defn __init__ [self session]
    (set! self.session session)
    (set! self.thread nil)
    (set! self.running nil)
    (set! self.interrupted false)
    (set! self.delivered false)
    (set! self.timer nil)
    (set! self.runner nil)
    (set! self.task nil))
  (defn start [self]
    "On the main thread when that is free."
    (with [_ choosing]
      (when (nil? main-worker)
        (set! main-worker self)
        (set! self.thread (threading.main-thread))
        (.put main-work self)))
    (when (nil? self.thread)
      (set! self.thread
        (threading.Thread :target self.work-off :name f"nrepl {self.session.id}" :daemon true))
      (.start self.thread)))
  (defn on-main-thread? [self] (identical? self.thread (threading.main-thread)))
  (defn work-off [self]
    (set! here.worker self)
    (loop []
      (when (and ending (.on-main-thread? self)) (throw (Stop)))
      (let [[request job] (next-of self.session.work)]
        (when (some? request)
          (.run-one self request job)
          (when (identical? self.session.worker self) (recur)))))
    (set! here.worker nil)
    (when self.runner (.close self.runner)))
  (defn run-one [self request job]
    ; An interrupt arrives at most once, between any two steps, until `finish` has closed the door.
    (let [words ["interrupted"]]
      (try
        (with [_ self.session.lock]
          (set! self.interrupted false)
          (set! self.delivered false)
          (set! self.running request))
        (set! here.request request)
        (set! words (attempt request job))
        (catch KeyboardInterrupt _ nil))
      (try (.finish self)
        (catch KeyboardInterrupt _ (.finish self)))
      (set! here.request nil)
      (.done request #* (if self.interrupted ["interrupted"] words))))
  (defn finish [self]
    (with [_ self.session.lock]
      (set! self.running nil)
      (when self.timer (.cancel self.timer) (set! self.timer nil))
      (when (not (.on-main-thread? self))
        (ctypes.pythonapi.PyThreadState_SetAsyncExc (ctypes.c-ulong (threading.get-ident)) nil))))
  (defn interrupt [self]
    (set! self.interrupted true)
    (if (.on-main-thread? self)
      (signal.pthread-kill self.thread.ident interrupting)
      (ctypes.pythonapi.PyThreadState_SetAsyncExc
        (ctypes.c-ulong self.thread.ident) (ctypes.py-object KeyboardInterrupt)))
    ; Wakes the thread when it waits for input, or for its event loop.
    (.put self.session.input nil)
    (when (and self.runner self.task)
      (try (.call-soon-threadsafe (.get-loop self.runner) (fn [] nil))
        (catch RuntimeError _ nil)))
    (set! self.timer (threading.Timer patience self.session.leave [self self.running]))
    (set! self.timer.daemon true)
    (.start self.timer))
  (defn meet-interrupt [self]
    "In the main thread: raises the interrupt that was asked for, once. In others Python does so itself, at the latest where
    one of its functions is called, as here."
    (when (and self.running self.interrupted (not self.delivered) (not ending)
               (.on-main-thread? self)
               (not (getattr here "sending" false)))
      (set! self.delivered true)
      (throw (KeyboardInterrupt))))
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

(def interrupting
  "The signal that carries an interrupt to the main thread. Nobody sends it by chance, and it is ignored where it is not
  expected; SIGINT is Ctrl-C's, and a program may have a handler of its own for it."
  signal.SIGURG)

(defn on-interrupting
  [number frame]
  (when main-worker (.meet-interrupt main-worker)))

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

(defn- served
  "The request that this thread answers; nil also when its client was told that it is over."
  []
  (let [request (getattr here "request" nil)]
    (when (and request (not request.left)) request)))

(defclass Output [io.TextIOBase]
  (defn __init__ [self key before]
    (set! self.key key)
    (set! self.before before))
  (defn [property] encoding [self] "utf-8")
  (defn writable [self] true)
  (defn write [self text]
    (unless (string? text)
      (throw (TypeError f"write() argument must be str, not {(. (type text) __name__)}")))
    (interruptible)
    (let [request (served)]
      (if (nil? request)
        (.write self.before text)
        (unless (= text "") (.reply request self.key text)))
      (count text)))
  (defn flush [self]
    (when (nil? (served)) (.flush self.before)))
  (defn isatty [self] false)
  (defn fileno [self] (.fileno self.before)))

(defclass Input [io.TextIOBase]
  (defn __init__ [self before] (set! self.before before))
  (defn readable [self] true)
  (defn read [self &opt (size -1)]
    (let [request (served)]
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
    (let [request (served)]
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
