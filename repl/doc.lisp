; `catena doc`: what a name, a module or a file of programs is for, on the terminal.

(import catena.core :as core)
(import catena.program :as program)
(def help (program.tool "inspection"))
(import builtins difflib importlib importlib.util inspect os pkgutil pydoc re sys textwrap types)

(defclass Unknown [Exception] "A name of which nothing can be said, with the reason.")

(defn- complain
  [message]
  (print "catena:" message :file sys.stderr)
  1)

; Catena's own files are read, not run

(def definitions '#{def defn defun defn- defn-async defmacro defclass defonce deftest})

(defn- forms-of
  [path]
  (program.forms (.decode (with [file (open path "rb")] (.read file)) "utf-8") path))

(defn- shape-text
  "A parameter list as it was written: (%annotated x T) is read from ^T x."
  [shape]
  (match shape
    ['%annotated parameter annotation] f"^{(pr-str annotation)} {(shape-text parameter)}"
    _ (pr-str shape)))

(defn- definition
  "What a top-level form defines: name, usage and documentation; nil when it defines nothing."
  [form]
  (when (and (list? form) (contains? definitions (first form)))
    (let [kind (first form)
          parts (drop-while vector? (rest form))
          name (first parts)
          strings (filter string? (remove keyword? (take 3 (rest parts))))
          arity? (fn [x] (and (list? x) (vector? (first x))))
          shapes (cond
                   (contains? '#{def defonce defclass deftest} kind) []
                   (some arity? (rest parts)) (map first (filter arity? (rest parts)))
                   else (take 1 (filter (fn [x] (or (vector? x) (list? x))) (rest parts))))]
      (when (symbol? name)
        {:name (builtins.str name)
         :kind (builtins.str kind)
         :usages (for [shape shapes] (str "(" (join " " [name #* (map shape-text shape)]) ")"))
         :form form
         :doc (if (and (= kind 'def) (< (count parts) 3)) nil (first strings))}))))

(defn- first-comment
  "What the comment at the top of a program says."
  [text]
  (let [lines (take-while #(starts-with? % ";") (.splitlines (re.sub r"\A#!.*\n" "" text)))]
    (.strip (textwrap.dedent (join "\n" (for [line lines] (.lstrip line ";")))))))

(defn- indented
  [text]
  (textwrap.indent text "  "))

(defn- entry
  [found]
  (let [usages (if (empty? (:usages found)) [(:name found)] (:usages found))]
    (str (join "\n" usages)
         (if (:doc found) (str "\n" (indented (inspect.cleandoc (:doc found)))) "") "\n")))

(defn- file-text
  "Of a file: what its first string or comment says, and its definitions."
  [path]
  (let [forms (forms-of path)
        found (map definition forms)
        public (remove #(or (nil? %) (starts-with? (:name %) "%") (= (:kind %) "defn-")) found)
        written (if (string? (first forms))
                  (inspect.cleandoc (first forms))
                  (first-comment (slurp path :encoding "utf-8")))
        about (if (blank? written) "no documentation" written)]
    (join "\n" [path (indented about) "" #* (map entry public)])))

(defn- find-in-file
  "Of what a file defines, or a class in it: the names are the class's and the member's."
  [path names]
  (loop [forms (forms-of path) names names]
    (let [found (first (filter #(and % (= (mangle (:name %)) (first names)))
                               (map definition forms)))]
      (cond
        (nil? found) nil
        (= (count names) 1) (str (entry found) "\n" path)
        (= (:kind found) "defclass") (recur (:form found) (rest names))
        else nil))))

; Modules

(defn- catena-file
  "The file of a module that is written in Catena; nil for another."
  [spec]
  (when (and (string? spec.origin) (ends-with? spec.origin ".lisp")) spec.origin))

(defn- spec-of
  "The spec of a module, or of one that is part of the program the module itself; nil when there is none."
  [name]
  (try
    (importlib.util.find-spec name)
    (catch [ImportError ValueError AttributeError] _ (get sys.modules name))))

(defn- spec-below
  "That of a module in a package. A package of Catena's is not run for it."
  [package name]
  (cond
    (isinstance package types.ModuleType) (spec-of name)
    (nil? package.submodule-search-locations) nil
    (catena-file package)
    (some #(.find-spec % name package.submodule-search-locations) sys.meta-path)
    else (do (importlib.import-module package.name) (spec-of name))))

(defn- find-module
  "#[module names]: the longest module that the names begin with, as its file when it is Catena's, and the names behind it;
  nil when there is none."
  [names]
  (loop [spec (spec-of (first names)) taken 1]
    (let [longer (when (and (some? spec) (< taken (count names)))
                   (spec-below spec (join "." (take (inc taken) names))))]
      (cond
        (nil? spec) nil
        (some? longer) (recur longer (inc taken))
        (isinstance spec types.ModuleType) #[spec (drop taken names)]
        (catena-file spec) #[(catena-file spec) (drop taken names)]
        else #[(importlib.import-module (join "." (take taken names))) (drop taken names)]))))

(defn- attribute
  "What the names lead to, from attribute to attribute, or help/absent."
  [value names]
  (reduce (fn [x name] (if (identical? x help.absent) (reduced x) (getattr x name help.absent)))
          value names))

(defn- place-of
  [value]
  (let [plain (try (inspect.unwrap value) (catch Exception _ value))
        file (try (inspect.getsourcefile plain) (catch [TypeError OSError] _ nil))
        line (try
               (. (inspect.getsourcelines plain) [1])
               (catch [TypeError OSError IndexError] _ nil))
        module (getattr value "__module__" nil)]
    (cond
      (and file (not (starts-with? file "<"))) (if (and line (> line 0)) f"{file}:{line}" file)
      module f"of {module}"
      else nil)))

(defn- modules-in
  [package]
  (for [m (pkgutil.iter-modules (vec (getattr package "__path__" [])))
        :when (not (starts-with? m.name "_"))]
    m.name))

(defn- module-text
  [module]
  (let [names (or (getattr module "__all__" nil)
                (for [name (sort (builtins.dir module)) :when (not (re.match "[_%]" name))] name))
        line (fn [name]
               (let [value (getattr module name nil)]
                 (when (some? value)
                   (.rstrip f"  {(core/%shown-name name value):<24} {(help.summary value)}"))))
        inner (modules-in module)]
    (join "\n" [module.__name__
                (indented (or (inspect.getdoc module) "no documentation"))
                ""
                #* (remove nil? (map line names))
                #* (if (empty? inner)
                     []
                     [""
                      (textwrap.fill (str "modules in it: " (join ", " inner)) 100
                                     :subsequent-indent "  ")])
                ""
                (or (getattr module "__file__" nil) (first (getattr module "__path__" []))
                    "a module that is part of the program")])))

(defn- shortened
  [text]
  (if (> (count text) 1000) (str (. text [(: 0 1000)]) " …") text))

(defn- value-text
  [name value]
  (cond
    ; What is said of its type is not about the value.
    (and (not (callable? value)) (= (getattr value "__doc__" nil) (. (type value) __doc__)))
    (str name "\n" (indented (shortened (pr-str value))) "\n\na value of type "
         (. (type value) __qualname__))
    (isinstance value types.ModuleType) (module-text value)
    else
    (let [place (place-of value)]
      (str (.rstrip (core/%doc-text name value)) (if place (str "\n\n" place) "")))))

(defn- parts-of
  [name]
  (let [parts (re.split r"[./]" name)]
    (if (contains? parts "") [name] (for [part parts] (mangle part)))))

(defn- special-form-text
  [name]
  (let [text (get special-form-docs name)]
    (when text (str name " (special form)\n" (indented text)))))

(defn- path-text
  [name]
  (when (os.path.isfile name)
    (if (ends-with? name ".py")
      (throw (Unknown "a file of Python's; ask for the module, without .py"))
      (file-text name))))

(defn- known-text
  "Of a name of Catena's core or of Python's builtins, or something in one: str.join."
  [name]
  (let [[root & path] (parts-of (get {"nil" "None" "true" "True" "false" "False"} name name))
        found (for [module [core builtins]
                    :let [value (attribute module [root #* path])]
                    :when (not (or (= root "") (identical? value help.absent)))]
                value)]
    (unless (empty? found) (value-text name (first found)))))

(defn- text-in-module
  "Of a module, or of something in one."
  [name]
  (let [[module path] (or (find-module (parts-of name)) #[nil nil])]
    (cond
      (nil? module) nil
      (string? module) (if (empty? path) (file-text module) (find-in-file module path))
      else
      (let [value (attribute module path)]
        (if (identical? value help.absent) nil (value-text name value))))))

(defn- text-about
  "The documentation of a path, name or module; nil when there is none of that name."
  [name]
  (or (when (re.search r"/|\.(lisp|py)$" name) (path-text name))
      (special-form-text name)
      (known-text name)
      (text-in-module name)
      (path-text name)))

(defn- known-beside
  "What the last part of a name could have been: a member of what the others lead to; a lone name what needs no module."
  [names]
  (let [[module path] (or (find-module names) #[nil nil])
        roots (cond (nil? module) [core builtins] (string? module) [] else [module])]
    (if (= (count names) 1)
      (concat (keys special-form-docs)
              (map core/%shown-name (builtins.dir core)
                   (for [k (builtins.dir core)] (getattr core k nil)))
              (builtins.dir builtins))
      (mapcat (fn [root]
                (let [owner (attribute root (butlast (if module path names)))]
                  (if (identical? owner help.absent) [] (builtins.dir owner))))
              roots))))

(defn- complain-about
  [name]
  (let [known (known-beside (parts-of name))
        [_ before last] (re-find #"^(.*[./])?([^./]*)$" name)
        close (difflib.get-close-matches last (vec known) 1)]
    (complain (str f"there is no name, module or file '{name}'"
                (if (empty? close) "" f" (did you mean '{(or before "")}{(first close)}'?)")))))

(defn main
  [operands options]
  (.insert sys.path 0 "")
  (let [texts [] status 0]
    (doseq [name operands]
      (try
        (let [text (text-about name)]
          (if (nil? text)
            (set! status (complain-about name))
            (.append texts text)))
        (catch SyntaxError e
          (.write sys.stderr (program.report e))
          (set! status 1))
        (catch Unknown e
          (set! status (complain f"{name}: {e}")))
        (catch UnicodeDecodeError e
          (set! status (complain f"{name}: is not UTF-8 (byte {e.start})")))
        (catch OSError e
          (set! status (complain f"{name}: {(or e.strerror e)}")))
        (catch Exception e
          (set! status (complain f"{name}: {(. (type e) __name__)}: {e}")))))
    (unless (empty? texts)
      (let [text (str (join "\n\n" (map #(.rstrip %) texts)) "\n")]
        (if (and sys.stdout (.isatty sys.stdout))
          (pydoc.pager text)
          (print text :end "" :flush true))))
    status))
