; What was typed, form by form, in a file that outlives the session: $XDG_STATE_HOME/catena/history. Several sessions may
; share it. An entry is a line `# time` and each of its lines behind a `+`, which is prompt_toolkit's own format. Entries are
; appended whole or not at all, and those that cannot be written wait in memory for the next chance.

(import datetime fcntl os stat sys tempfile)

(def most-entries "Entries that a session begins with." 10000)
(def most-bytes "What is read of the file: its end." 4000000)
(def longest-file "A longer file is cut down to what a session reads." 16000000)

(defn file-path
  "Where the history lies; nil when there is no home."
  []
  (let [given (os.environ.get "XDG_STATE_HOME" "")
        state (if (os.path.isabs given) given (os.path.expanduser "~/.local/state"))]
    (when (os.path.isabs state) (os.path.join state "catena" "history"))))

(defn- entries-in
  [text]
  (let [entries [] lines []]
    (doseq [line (.split text "\n")]
      (cond
        (starts-with? line "+") (.append lines (. line [(: 1 nil)]))
        else
        (do
          (when (not (empty? lines)) (.append entries (join "\n" lines)))
          ; A line without a mark is an entry of its own: readline's histories are such lines.
          (set! lines (if (or (blank? line) (starts-with? line "#")) [] [line])))))
    (when (not (empty? lines)) (.append entries (join "\n" lines)))
    entries))

(defn- encoded
  [entries]
  (.encode
    (join ""
      (for [entry entries]
        (str "\n# " (datetime.datetime.now) "\n"
          (join "" (for [line (.split entry "\n")] (str "+" line "\n"))))))
    "utf-8" "replace"))

(defn- read-end
  "The end of the file as text, \"\" when there is none. Devices and pipes are not read: they may not end."
  [path]
  (let [descriptor (os.open path (bit-or os.O-RDONLY os.O-NONBLOCK os.O-CLOEXEC))]
    (with [file (os.fdopen descriptor "rb")]
      (let [state (os.fstat descriptor)]
        (if (not (stat.S-ISREG state.st-mode))
          ""
          (do
            (.seek file (max 0 (- state.st-size most-bytes)))
            (let [text (.replace (.decode (.read file most-bytes) "utf-8" "replace") "\0" "")]
              ; Not from the middle of an entry.
              (if (> state.st-size most-bytes)
                (. text [(: (max 0 (.find text "\n#")) nil)])
                text))))))))

(defn- lock
  "Sessions take turns; one that does not let go is not waited for."
  [descriptor]
  (try (fcntl.flock descriptor (bit-or fcntl.LOCK-EX fcntl.LOCK-NB))
    (catch OSError _ nil)))

(defn- write-all
  [descriptor data]
  (let [left (memoryview data)]
    (while (not (empty? left))
      (set! left (. left [(: (os.write descriptor left) nil)])))))

(defn- append-to
  "Adds the data at the file's end, or changes nothing and raises the reason."
  [path data]
  (os.makedirs (os.path.dirname path) :mode 0o700 :exist-ok true)
  (let [flags (bit-or os.O-WRONLY os.O-CREAT os.O-APPEND os.O-NONBLOCK os.O-CLOEXEC)
        descriptor (os.open path flags 0o600)]
    (try
      (do
        (lock descriptor)
        (let [before (. (os.fstat descriptor) st-size)]
          (try (write-all descriptor data)
            (catch OSError e
              (try (os.ftruncate descriptor before) (catch OSError _ nil))
              (throw e)))))
      (finally (os.close descriptor)))))

(defn- cut-down
  "Leaves what a session reads of a file that has grown too long."
  [path entries]
  (when (> (. (os.stat path) st-size) longest-file)
    (let [[descriptor fresh] (tempfile.mkstemp :dir (os.path.dirname (os.path.realpath path))
                                               :prefix "history-")]
      (try
        (do
          (try (write-all descriptor (encoded entries)) (finally (os.close descriptor)))
          (os.replace fresh (os.path.realpath path)))
        (catch OSError e (os.unlink fresh) (throw e))))))

(defclass History []
  (defn __init__ [self path complain]
    (set! self.path path)
    (set! self.complain complain)
    (set! self.complained nil)
    (set! self.entries [])
    (set! self.unsaved []))
  (defn load [self]
    (when self.path
      (try
        (do
          (set! self.entries (vec (take-last most-entries (entries-in (read-end self.path)))))
          (cut-down self.path self.entries))
        (catch FileNotFoundError _ nil)
        (catch OSError e (.failed self e "read")))))
  (defn failed [self error what]
    (when (not= self.complained error.errno)
      (set! self.complained error.errno)
      (self.complain
        (if (= what "read")
          f"the history {self.path} cannot be read ({error.strerror}); this session begins without it"
          (str f"the history {self.path} cannot be written ({error.strerror}); the session goes on, and what you type "
               "is kept until there is a way")))))
  (defn add [self text]
    (when (and (not (blank? text)) (not= text (last self.entries)))
      (.append self.entries text)
      (when self.path (.append self.unsaved text))
      (.save self)))
  (defn save [self]
    (when (not (empty? self.unsaved))
      (try
        (do
          (append-to self.path (encoded self.unsaved))
          (.clear self.unsaved)
          (set! self.complained nil))
        (catch OSError e (.failed self e "written")))))
  (defn close [self]
    (.save self)
    ; What still found no place is put where there is one, and named.
    (when (not (empty? self.unsaved))
      (let [many f"{(count self.unsaved)} entr{(if (= 1 (count self.unsaved)) "y" "ies")} of the history"]
        (try
          (let [[descriptor place] (tempfile.mkstemp :prefix "catena-history-")]
            (try
              (do
                (write-all descriptor (encoded self.unsaved))
                (self.complain f"{many} could not be saved; they are in {place}"))
              (catch OSError e (os.unlink place) (throw e))
              (finally (os.close descriptor))))
          (catch OSError e
            (self.complain f"{many} could not be saved anywhere ({e.strerror})")))))))
