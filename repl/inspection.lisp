; What editors and notebooks ask about names: which there are, and what stands behind one. Looks without running code of
; the program: no property, __getattr__ or __dir__ is called.

(import builtins inspect re sys types)

(def core (. sys.modules ["catena.core"]))

(defn- own-dict
  [x]
  (try (let [d (object.__getattribute__ x "__dict__")] (if (map? d) d {}))
    (catch Exception _ {})))

(defn- member-names
  [x]
  (if (isinstance x types.ModuleType)
    (set (keys (own-dict x)))
    (let [found (set (keys (own-dict x)))]
      (doseq [c (if (isinstance x type) (type.__getattribute__ x "__mro__") (type.__getattribute__ (type x) "__mro__"))]
        (.update found (keys (type.__getattribute__ c "__dict__"))))
      found)))

(def absent (object))

(defn- member
  "An attribute as it is stored; absent when there is none, or only a descriptor that would have to run."
  [x name]
  (let [value (if (isinstance x types.ModuleType)
                (get (own-dict x) name absent)
                (try (inspect.getattr-static x name absent) (catch Exception _ absent)))]
    (cond
      (isinstance value staticmethod) value.__func__
      (isinstance value classmethod) value.__func__
      (isinstance value property) absent
      else value)))

(defn- mangled
  [name]
  (if (re.fullmatch r"\W+" name) name (replace name "-" "_")))

(defn- root
  [name module]
  (let [values (own-dict module)]
    (cond
      (contains? values name) (. values [name])
      (contains? values (mangled name)) (. values [(mangled name)])
      (contains? (builtins.dir core) name) (getattr core name)
      (contains? (builtins.dir core) (mangled name)) (getattr core (mangled name))
      (contains? (vars builtins) (mangled name)) (. (vars builtins) [(mangled name)])
      (contains? sys.modules name) (. sys.modules [name])
      else absent)))

(defn find-value
  "What a name or a dotted path stands for in a module, or `absent`."
  [path module]
  (let [whole (root path module)]
    (if (or (not (identical? whole absent)) (re.fullmatch r"\.+" path))
      whole
      (let [[first-part & parts] (re.split r"[./]" path)]
        (reduce (fn [x part] (if (identical? x absent) (reduced absent) (member x (mangled part))))
          (root first-part module) parts)))))

(defn- kind-of
  [value]
  (cond
    (isinstance value types.ModuleType) "namespace"
    (isinstance value type) "class"
    (callable? value) "function"
    else "var"))

(defn- written
  "The name as Catena writes it."
  [key]
  (if (and (includes? key "_") (not (starts-with? key "_")) (not (ends-with? key "_"))) (replace key "_" "-") key))

(defn- matching
  [names prefix]
  (let [wanted (replace prefix "-" "_")]
    (sort (distinct
      (for [name names
            :when (and (string? name) (starts-with? (replace name "-" "_") wanted)
                       (or (starts-with? prefix "_") (starts-with? prefix "%")
                           (not (or (starts-with? name "_") (starts-with? name "%")))))]
        (builtins.str name))))))

(defn completions
  "The names that begin with the prefix: of a path's object behind the last dot or slash, else of the module, core, the
  special forms and Python's builtins. Pairs of name and kind."
  [prefix module]
  (let [cut (max (.rfind prefix ".") (.rfind prefix "/"))]
    (if (> cut 0)
      (let [head (. prefix [(: 0 (inc cut))])
            x (find-value (. prefix [(: 0 cut)]) module)]
        (if (identical? x absent)
          []
          (for [name (matching (member-names x) (. prefix [(: (inc cut) nil)]))]
            [(+ head (written name)) (kind-of (member x name))])))
      (let [shapes (keys special-form-docs)
            own (own-dict module)
            found (matching (concat (keys own) (builtins.dir core) (keys (vars builtins)) shapes) prefix)]
        (for [name (distinct (map written found))]
          [name (if (contains? special-form-docs name) "special-form" (kind-of (root name module)))])))))

(defn token-at
  "The name that the position of a text is in or behind: #[start end text]."
  [text position]
  (let [outside " \t\r\n()[]{}\"';,`~@#^"
        start (loop [i position] (if (and (> i 0) (not (contains? outside (. text [(dec i)])))) (recur (dec i)) i))
        end (loop [i position] (if (and (< i (count text)) (not (contains? outside (. text [i])))) (recur (inc i)) i))]
    #[start end (. text [(: start end)])]))

(defn signature-of
  "The parameters as text; nil when nothing is known of them."
  [value]
  (try (builtins.str (inspect.signature value)) (catch [ValueError TypeError] _ nil)))

(defn describe
  "A map of what is known of a name: name, ns, doc, arglists, arglists-str, file, line. nil when there is no such name."
  [path module]
  (let [path (.lstrip path "'#@")]
    (if (contains? special-form-docs path)
      {"name" path "ns" "catena.core" "doc" (. special-form-docs [path]) "special-form" "true" "arglists-str" ""}
      (let [value (if (= path "") absent (find-value path module))]
        (when (not (identical? value absent))
          (let [signature (when (callable? value) (signature-of value))
                plain-function (fn [] (inspect.unwrap value))
                file (try (inspect.getsourcefile (plain-function)) (catch [TypeError OSError] _ nil))
                line (try (. (inspect.getsourcelines (plain-function)) [1]) (catch [TypeError OSError IndexError] _ nil))
                info {"name" path
                      "ns" (builtins.str (or (getattr value "__module__" nil) module.__name__))
                      "type" (kind-of value)
                      "doc" (or (inspect.getdoc value) "")}]
            (when signature
              (set! (. info ["arglists-str"]) signature)
              (set! (. info ["arglists"])
                [(try (vec (keys (. (inspect.signature value) parameters))) (catch [ValueError TypeError] _ []))]))
            (when file (set! (. info ["file"]) file))
            (when line (set! (. info ["line"]) line))
            info))))))
