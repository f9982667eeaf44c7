; `catena doctor`, the part that needs Python: versions, libraries, paths, and what is wrong with them. What comes before,
; which Python was chosen and why, is printed by repl/doctor.cpp.

(import catena.program :as program)
(import sys)
; What the working directory hides is found by looking, not by falling over it.
(def path-found (builtins.list sys.path))
(set! (. sys.path [:]) (remove #(= % "") sys.path))
(import importlib importlib.metadata importlib.util os re subprocess)

(def problems [])

(defn- problem
  [text]
  (.append problems text))

(defn- line
  [label text]
  (print f"{label:<14}  {text}"))

(defn- lines
  "One line each; the first has the label."
  [label texts]
  (doseq [[n text] (enumerate texts)]
    (line (if (= n 0) label "") text)))

; Python

(defn- version-of-executable
  "What the interpreter says of itself; nil, and a problem, when it does not run."
  [executable]
  (try
    (let [done (subprocess.run [executable "-IS" "-c" "import sys; print(sys.version.split()[0])"]
                 :capture-output true :text true :timeout 20)]
      (if (= done.returncode 0)
        (trim done.stdout)
        (problem f"{executable} does not run (status {done.returncode}); worker processes need it. {(trim done.stderr)}")))
    (catch [OSError subprocess.SubprocessError] e
      (problem f"{executable} cannot be run, and worker processes need it: {e}"))))

(defn- check-python
  []
  (let [ours (first (.split sys.version)) theirs (version-of-executable sys.executable)]
    (line "version" (replace sys.version "\n" " "))
    (line "sys.executable" (if (or (nil? theirs) (= theirs ours))
                             sys.executable
                             f"{sys.executable}, Python {theirs}"))
    (line "sys.prefix" sys.prefix)
    (when (and theirs (!= theirs ours))
      (problem
        f"Catena carries Python {ours} and runs it with the library of {theirs}. Mostly that goes well; to be safe, build Catena for {sys.executable} (CATENA_PYTHON={sys.executable} ./dev build)."))))

; Libraries

(def optional
  "Distribution, module, and what is missing without it."
  [["prompt_toolkit" "prompt_toolkit"
    "the prompt takes plain lines (apt install python3-prompt-toolkit, or pip install prompt_toolkit)"]
   ["Pygments" "pygments"
    "the prompt has no colours (apt install python3-pygments, or pip install Pygments)"]
   ["ipykernel" "ipykernel"
    "no notebooks (apt install python3-ipykernel, or pip install ipykernel)"]
   ["tqdm" "tqdm" "progress draws bars of its own"]
   ["distributed" "distributed"
    "no work on Dask clusters (apt install python3-distributed, or pip install distributed)"]])

(defn- check-numpy
  []
  (try
    (let [numpy (importlib.import-module "numpy") version (getattr numpy "__version__" nil)]
      (line "NumPy"
            f"{(or version "?")}, {(or (getattr numpy "__file__" nil) (first numpy.__path__))}")
      (when (nil? version)
        (problem f"what is imported as numpy is not NumPy but {(or (getattr numpy "__file__" nil) (first numpy.__path__))}; rename that.")))
    (catch Exception e
      (if (and (isinstance e ModuleNotFoundError) (= e.name "numpy"))
        (line "NumPy" "not installed: no arrays (apt install python3-numpy, or pip install numpy)")
        (do
          (line "NumPy" "cannot be imported")
          (problem f"NumPy cannot be imported: {(. (type e) __name__)}: {(first (.splitlines (or (builtins.str e) "?")))}"))))))

(defn- check-libraries
  "Without importing them, which may take seconds."
  []
  (doseq [[title module without] optional]
    (let [spec (try (importlib.util.find-spec module) (catch [ImportError ValueError] _ nil))
          version (try
                    (importlib.metadata.version title)
                    (catch importlib.metadata.PackageNotFoundError _ "version unknown"))]
      (line title (if spec f"{version}, {spec.origin}" f"not installed: {without}")))))

; Paths

(defn- readable-folder?
  [path]
  (and (os.path.isdir path) (os.access path (bit-or os.R-OK os.X-OK))))

(defn- check-variable
  "The folders that a variable names."
  [variable]
  (doseq [folder (.split (os.environ.get variable "") os.pathsep)]
    (unless (or (= folder "") (readable-folder? folder) (os.path.isfile folder))
      (problem f"the folder {folder} of {variable} cannot be read."))))

(defn- check-path
  []
  (lines "sys.path" (for [entry path-found] (if (= entry "") "(the working directory)" entry)))
  (check-variable "PYTHONPATH")
  (check-variable "CATENA_PATH")
  (doseq [entry sys.path]
    (let [found (re.search r"python3\.(\d+)" entry)]
      (when (and found (!= (int (.group found 1)) sys.version-info.minor) (os.path.isdir entry))
        (problem f"{entry} on sys.path belongs to another Python than {sys.version-info.major}.{sys.version-info.minor}; compiled modules there cannot be loaded.")))))

(defn- check-shadows
  "Files of the working directory that take the place of a library."
  []
  (let [names (try (sort (os.listdir ".")) (catch OSError _ []))]
    (doseq [name names]
      (let [[module ending] (os.path.splitext name)]
        (when (and (contains? #{".py" ".lisp"} ending)
                   (or (contains? sys.stdlib-module-names module)
                       (contains? #{"numpy" "catena"} module)))
          (problem f"{name} in the working directory hides the library {module} from the programs that stand there; rename it."))))))

; What the program keeps

(defn- writable?
  "Whether a file can be made or changed there; folders that are missing would be made."
  [path]
  (cond
    (os.path.exists path) (os.access path os.W-OK)
    (= (os.path.dirname path) path) false
    (os.path.exists (os.path.dirname path))
    (and (os.path.isdir (os.path.dirname path))
         (os.access (os.path.dirname path) (bit-or os.W-OK os.X-OK)))
    else (recur (os.path.dirname path))))

(defn- why-unread
  "What keeps a program from being read, which does not run it; nil when nothing does."
  [path]
  (try
    (let [text (with [file (open path :encoding "utf-8")] (.read file))]
      (program.read text (. sys.modules ["__main__"]) path 1 1)
      nil)
    (catch OSError e f"{path} cannot be read: {e.strerror}")
    (catch UnicodeDecodeError _ f"{path} is not UTF-8")
    (catch Exception e (first (.splitlines (program.report e))))))

(defn- check-files
  []
  (let [history (.file-path (program.tool "history"))
        start-up (.config-file (program.tool "repl") "init.lisp")]
    (cond
      (nil? history) (do
                       (line "history" "none")
                       (problem "there is no home folder, so that the prompt's history is not kept."))
      (or (os.path.isdir history) (not (writable? history)))
      (do
        (line "history" history)
        (problem f"{history} cannot be written, so that the prompt's history is not kept."))
      else (line "history" history))
    (when start-up
      (line "start-up file" (str start-up (if (os.path.exists start-up) "" " (there is none)")))
      (when (os.path.exists start-up)
        (let [why (why-unread start-up)]
          (when why (problem f"the prompt begins without its start-up file: {why}")))))))

(defn main
  [operands options]
  (doseq [check [check-python check-numpy check-libraries check-path check-shadows check-files]]
    (check))
  (print)
  (if (empty? problems)
    (print "Nothing is wrong.")
    (doseq [text problems] (print "Problem:" text)))
  (if (empty? problems) 0 1))
