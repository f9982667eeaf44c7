; catena check: what is wrong with programs as far as that can be seen without running them. The program finds what a text
; says about names outside of it (compiler/check.hpp); here that is compared with what is there.

(import catena.program :as program)
(import importlib.util inspect os re sys)

(defn- as-written
  [name]
  (if (.startswith name "_") name (.replace name "_" "-")))

(defn- did-you-mean
  [name names]
  (let [close (program.closest (as-written name) (vec (map as-written (filter string? names))))]
    (if (empty? close) "" f"; did you mean `{close}`?")))

(defn- name-of
  [x]
  (try (as-written (or (getattr x "__qualname__" nil) x.__name__))
    (catch Exception _ (repr x))))

(defn- members
  [x]
  (try (dir x) (catch Exception _ [])))

; A submodule that nothing has imported yet may be there when the program comes to it.
(defn- submodule?
  [module name]
  (try (some? (importlib.util.find-spec f"{module.__name__}.{name}"))
    (catch Exception _ false)))

(defn- about-attribute
  [object name]
  (let [module (isinstance object (type sys))]
    (unless (and module (submodule? object name))
      (let [kind (if module "module" "class")]
        f"{kind} `{object.__name__}` has no attribute `{(as-written name)}`{(did-you-mean name (members object))}"))))

(defn- about-failure
  "What is wrong when an import or a constant at the top fails."
  [error]
  (let [text (str error)
        module (get sys.modules (getattr error "name" nil))
        quoted (.split text "'")
        name (if (> (count quoted) 1) (nth quoted 1) "")]
    (cond
      (and (.startswith text "cannot import name") (some? module))
      f"module `{module.__name__}` has no attribute `{(as-written name)}`{(did-you-mean name (members module))}"
      (isinstance error ModuleNotFoundError)
      f"{text}{(did-you-mean (or error.name "") (concat sys.stdlib-module-names (keys sys.modules)))}"
      else
      f"this fails: {error.__class__.__name__}: {text}")))

; Calls

(defn- open?
  "Whether a signature takes anything: what a decorator's wrapper looks like."
  [signature]
  (let [kinds (vec (map (fn [p] p.kind) (.values signature.parameters)))]
    (= kinds [inspect.Parameter.VAR-POSITIONAL inspect.Parameter.VAR-KEYWORD])))

(defn- signature-of
  "The signature of a callable, and whether it is surely its own: a wrapper may take more than the function inside, if it is
  not NumPy's. nil when there is none."
  [callee]
  (try
    (let [own (inspect.signature callee :follow-wrapped false)]
      (if (and (open? own) (hasattr callee "__wrapped__"))
        [(inspect.signature callee) (hasattr callee "_implementation")]
        [own true]))
    (catch Exception _ nil)))

(def ufunc-keywords
  ["out" "where" "axes" "axis" "keepdims" "casting" "order" "dtype" "subok" "signature" "sig"
   "extobj"])

(defn- ufunc?
  [callee]
  (and (= (. (type callee) __name__) "ufunc") (= (. (type callee) __module__) "numpy")))

(defn- plural
  [n word]
  (if (= n 1) f"{n} {word}" f"{n} {word}s"))

(defn- unknown-keyword
  [callee name names sure]
  (let [hint (did-you-mean name names)]
    (when (or sure (not (empty? hint)))
      f"`{(name-of callee)}` has no keyword argument `:{(as-written name)}`{(.replace hint "`" "`:" 1)}")))

(defn- about-ufunc
  [callee given keywords open]
  (or (some (fn [k]
              (unless (contains? ufunc-keywords k) (unknown-keyword callee k ufunc-keywords true)))
            keywords)
      (when (> given (+ callee.nin callee.nout))
        f"`{(name-of callee)}` takes at most {(plural (+ callee.nin callee.nout) "argument")}, not {given}")
      (when (and (< given callee.nin) (not open))
        f"`{(name-of callee)}` takes at least {(plural callee.nin "argument")}, not {given}")))

(defn- about-signature
  [callee signature sure given keywords open open-keywords]
  (let [parameters (vec (.values signature.parameters))
        of-kind (fn [& kinds] (vec (filter (fn [p] (contains? kinds p.kind)) parameters)))
        P inspect.Parameter
        positional (of-kind P.POSITIONAL-ONLY P.POSITIONAL-OR-KEYWORD)
        by-name (mapv (fn [p] p.name) (of-kind P.POSITIONAL-OR-KEYWORD P.KEYWORD-ONLY))
        only-by-place (mapv (fn [p] p.name) (of-kind P.POSITIONAL-ONLY))
        any-place (not (empty? (of-kind P.VAR-POSITIONAL)))
        any-name (not (empty? (of-kind P.VAR-KEYWORD)))
        filled (mapv (fn [p] p.name) (take given positional))
        callee-name (name-of callee)]
    (or (some (fn [k]
                (cond
                  (and (contains? by-name k) (contains? filled k) sure)
                  f"`{callee-name}` gets `:{(as-written k)}` twice, once by position"
                  (or any-name (contains? by-name k)) nil
                  (contains? only-by-place k)
                  (when sure f"`{callee-name}` takes `{(as-written k)}` by position only")
                  else (unknown-keyword callee k by-name sure)))
              keywords)
        (when (and sure (not any-place) (> given (count positional)))
          f"`{callee-name}` takes at most {(plural (count positional) "positional argument")}, not {given}")
        (when (and sure (not open) (not open-keywords))
          (let [missing (filter (fn [p] (and (identical? p.default P.empty)
                                             (not (contains? filled p.name))
                                             (not (contains? keywords p.name))))
                                (concat positional (of-kind P.KEYWORD-ONLY)))
                names (join ", " (map (fn [p] f"`{(as-written p.name)}`") missing))]
            (unless (empty? missing)
              f"`{callee-name}` needs {names}"))))))

; The first words in the documentation of a function written in C say what it takes, when nothing else does.
(defn- about-documented
  [callee keywords]
  (let [doc (str (or (getattr callee "__doc__" nil) ""))
        name (getattr callee "__name__" "")]
    (when (.startswith (.lstrip doc) f"{name}(")
      (let [signature (first (.split (.lstrip doc) "\n\n" 1))
            words (set (re.findall #"\w+" doc))
            names (re.findall #"\w+" signature)]
        (some (fn [k] (unless (contains? words k) (unknown-keyword callee k names false)))
              keywords)))))

(defn- about-call
  [callee given keywords open open-keywords]
  (if (ufunc? callee)
    (about-ufunc callee given keywords open)
    (if-let [[signature sure] (signature-of callee)]
      (about-signature callee signature sure given keywords open open-keywords)
      (about-documented callee keywords))))

; Findings

(defn- lower-start
  "A sentence as the second half of one."
  [text]
  (let [[initial second & _] (+ text "  ")]
    (if (or (= second " ") (.islower second))
      (+ (lower initial) (.removeprefix text initial))
      text)))

(defn- words-for
  "A finding as [severity text], or nil when there is nothing to say."
  [kind & more]
  (let [text (case kind
               "error" (let [[message hint] more]
                         (if (empty? hint)
                           message
                           f"{message}; {(lower-start (.rstrip hint "."))}"))
               ["unchecked" "doubt"] (first more)
               "fails" (about-failure (first more))
               "name"
               (let [[name names] more] f"nothing defines `{name}`{(did-you-mean name names)}")
               "early" f"`{(first more)}` is used above its definition"
               "attribute" (about-attribute #* more)
               "member" (let [[module name] more
                              bare (nth (.rsplit name "/" 1) 1)]
                          f"module `{module.__name__}` has no `{bare}`{(did-you-mean bare (members module))}")
               "call" (about-call #* more))]
    (when (some? text)
      (case kind
        "error" ["error" text]
        "unchecked" ["note" f"not checked, for a macro fails when nothing runs: {text}"]
        ["warning" text]))))

; Modules that were found beside the file. Another file's modules may have the same names.
(defn- forget-modules-beside
  [path before]
  (let [folders #{(os.path.dirname (os.path.abspath path)) (os.getcwd)}
        beside? (fn [module]
                  (let [file (or (getattr module "__file__" nil) "")
                        folder (os.path.dirname file)]
                    (or (contains? folders folder) (contains? folders (os.path.dirname folder)))))
        tops (vec (filter (fn [name]
                            (and (not (contains? before name)) (beside? (get sys.modules name))))
                          (remove (fn [name] (contains? name ".")) (vec sys.modules))))]
    (doseq [name (vec sys.modules)]
      (when (and (not (contains? before name)) (contains? tops (first (.split name "." 1))))
        (.pop sys.modules name nil)))))

(defn check-file
  "The findings in a file as sorted lines [severity line]."
  [path]
  (let [lines {}
        before (set sys.modules)]
    (try
      (doseq [[kind line column & more]
              (sort-by (fn [f] [(nth f 1) (nth f 2)]) (program.check path))]
        (when-let [[severity text] (words-for kind #* more)]
          (let [place (if (= line 0) path f"{path}:{line}:{column}")]
            (set! (. lines [f"{place}: {severity}: {text}"]) severity))))
      (finally (forget-modules-beside path before)))
    (mapv (fn [[line severity]] [severity line]) (.items lines))))

(defn main
  [operands options]
  (let [programs (. (program.tool "fmt") programs)
        status 0
        complain (fn [message]
                   (print "catena:" message :file sys.stderr)
                   (set! status 1))]
    (doseq [path operands]
      (if (or (= path "-") (os.path.exists path))
        (doseq [file (if (= path "-") [path] (programs path))]
          (try
            (doseq [[severity line] (check-file file)]
              (println line)
              (unless (= severity "note") (set! status 1)))
            (catch BrokenPipeError _ (throw (SystemExit 1)))
            (catch OSError error (complain (str error)))))
        (complain f"{path}: there is no such file or folder")))
    status))
