; `catena fmt`: lays programs out, in place or to look at.

(import catena.program :as program)
(import difflib os stat sys tempfile)

(defn- complain
  [message]
  (print "catena:" message :file sys.stderr)
  1)

; Files

(defn programs
  "The files a path stands for: itself, or every .lisp file under the folder; what is hidden is left alone."
  [path]
  (if (os.path.isdir path)
    (for [[folder folders files] (os.walk path)
          :let [_ (set! (. folders [:]) (sort (remove #(starts-with? % ".") folders)))]
          file (sort files)
          :when (and (ends-with? file ".lisp") (not (starts-with? file ".")))]
      (os.path.join folder file))
    [path]))

(defn- replace-file
  "Puts the bytes in the file's place at once, with its mode and, where that is allowed, its owner."
  [path data]
  (let [target (os.path.realpath path)
        status (os.stat target)]
    (unless (os.access target os.W_OK) (throw (PermissionError 13 "Permission denied")))
    (let [[descriptor name] (tempfile.mkstemp :dir (os.path.dirname target) :prefix ".catena-fmt-")]
      (try
        (with [file (os.fdopen descriptor "wb")]
          (.write file data)
          (try (os.fchown descriptor status.st-uid status.st-gid) (catch OSError _ nil))
          (os.fchmod descriptor (stat.S_IMODE status.st-mode)))
        (os.replace name target)
        (catch BaseException _
          (try (os.unlink name) (catch OSError _ nil))
          (throw))))))

; One program

(defn- formatted
  "The text laid out anew. A layout that would read differently is refused."
  [text name]
  (let [laid-out (program.format text name)]
    (unless (program.reads-alike text laid-out)
      (throw (RuntimeError "its layout would read differently, so it is left as it is; please report this")))
    laid-out))

(defn- show-difference
  [before after name]
  (.writelines sys.stdout
    (for [line (difflib.unified-diff (.splitlines before :keepends true)
                 (.splitlines after :keepends true)
                 name (str name " (formatted)"))]
      (if (ends-with? line "\n") line (str line "\n\\ No newline at end of file\n")))))

(defn- treat
  "Formats one program; true when it was not laid out so already."
  [path check? diff?]
  (when (ends-with? path ".py")
    (throw (RuntimeError "this is Python, which is laid out by other rules")))
  (let [input? (= path "-")
        name (if input? "<stdin>" path)
        data (if input? (.read sys.stdin.buffer) (with [file (open path "rb")] (.read file)))
        before (.decode data "utf-8")
        after (formatted before name)
        differs (!= before after)]
    (when (and diff? differs) (show-difference before after name))
    (cond
      (and check? differs (not diff?)) (print name "is not formatted")
      (or check? diff?) nil
      input? (do (.write sys.stdout.buffer (.encode after)) (.flush sys.stdout.buffer))
      differs (do (replace-file path (.encode after)) (print "formatted" name)))
    differs))

(defn main
  [operands options]
  (let [check? (contains? options "--check")
        diff? (contains? options "--diff")
        differing 0
        failed 0]
    (doseq [path operands]
      (if (or (= path "-") (os.path.exists path))
        (doseq [file (if (= path "-") [path] (programs path))]
          (try
            (when (treat file check? diff?) (update! differing inc))
            (catch SyntaxError e
              (.write sys.stderr (program.report e))
              (update! failed inc))
            (catch UnicodeDecodeError e
              (complain f"{file}: is not UTF-8 (byte {e.start})")
              (update! failed inc))
            (catch BrokenPipeError _ (throw))
            (catch [OSError RuntimeError] e
              (complain f"{file}: {(or (getattr e "strerror" nil) e)}")
              (update! failed inc))))
        (do (complain f"{path}: there is no such file or folder") (update! failed inc))))
    (if (or (> failed 0) (and check? (> differing 0))) 1 0)))
