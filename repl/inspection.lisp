; What a name stands for, found out without running code of the program: no property, __getattr__ or __dir__ is called, no
; module imported. Editors, notebooks and the prompt ask here.

(import builtins functools inspect re sys types)
(import catena.program :as program)

(def core (. sys.modules ["catena.core"]))
(def absent (object))

; Attributes as they are stored

(defn- class-dict
  [c]
  (type.__getattribute__ c "__dict__"))

(defn- classes-of
  [x]
  (type.__getattribute__ x "__mro__"))

(defn- class?
  [x]
  (issubclass (type x) type))

(defn- module?
  [x]
  (issubclass (type x) types.ModuleType))

(defn own-dict
  [x]
  (try
    (let [d (if (class? x) (class-dict x) (object.__getattribute__ x "__dict__"))]
      (if (identical? (type d) types.MappingProxyType) (builtins.dict d) (if (map? d) d {})))
    (catch Exception _ {})))

(defn member-names
  [x]
  (let [found (builtins.set (keys (own-dict x)))]
    (when (not (module? x))
      (doseq [c (if (class? x) (classes-of x) (classes-of (type x)))]
        (.update found (keys (class-dict c)))))
    (when (identical? x core) (.update found (builtins.dir core)))
    found))

(defn- static-type?
  "Whether a class is written in C as a whole, so that its attributes run no program's code."
  [c]
  (= 0 (bit-and (.__get__ (. (class-dict type) ["__flags__"]) c) 512)))

(defn member
  "An attribute as it is stored; absent when there is none, or only a descriptor that would have to run."
  [x name]
  (let [value (if (module? x)
                (get (own-dict x) name absent)
                (try (inspect.getattr-static x name absent) (catch Exception _ absent)))]
    (cond
      (isinstance value staticmethod) value.__func__
      (isinstance value classmethod) value.__func__
      (contains? [property functools.cached-property] (type value)) absent
      (contains? [types.GetSetDescriptorType types.MemberDescriptorType] (type value))
      (if (or (class? x)
              (not (or (identical? (type value) types.MemberDescriptorType)
                       (static-type? value.__objclass__))))
        absent
        (try (.__get__ value x) (catch Exception _ absent)))
      else value)))

; Names

(defn mangled
  [name]
  (if (re.fullmatch r"\W+" name) name (replace name "-" "_")))

(defn written
  "The name as Catena writes it."
  [key]
  (if (and (includes? key "_") (not (starts-with? key "_")) (not (ends-with? key "_")))
    (replace key "_" "-")
    key))

(def core-names
  "Loading what a name stands for is running code of ours alone."
  (builtins.set (builtins.dir core)))

(defn root
  "What a name without dots stands for in a module, or `absent`."
  [name module]
  (let [values (own-dict module) key (mangled name)]
    (cond
      (contains? values name) (. values [name])
      (contains? values key) (. values [key])
      (contains? core-names name) (getattr core name)
      (contains? core-names key) (getattr core key)
      (contains? (vars builtins) key) (. (vars builtins) [key])
      else absent)))

(defn find-value
  "What a name or a dotted path stands for in a module, or `absent`."
  [path module]
  (let [whole (root path module)]
    (if (or (not (identical? whole absent)) (re.fullmatch r"[./]+" path))
      whole
      (let [[first-part & parts] (re.split r"[./]" path)
            ; `os.path/join` names a module by all that stands before the slash.
            [module-part slash & rest-of-path]
            (if (includes? path "/") (.rpartition path "/") [nil nil])
            loaded (get sys.modules (or module-part "") absent)
            start (root first-part module)]
        (cond
          (not (identical? start absent))
          (reduce (fn [x part]
                    (if (identical? x absent) (reduced absent) (member x (mangled part)))) start
                  parts)
          (not (identical? loaded absent)) (member loaded (mangled (first rest-of-path)))
          else (get sys.modules path absent))))))

; What is known of a value

(def function-kinds
  [types.FunctionType types.BuiltinFunctionType types.MethodType types.MethodDescriptorType
   types.WrapperDescriptorType
   types.MethodWrapperType types.ClassMethodDescriptorType (type mapv) (type inc)])

(defn function?
  "Whether a value is a function of a kind that can be asked about itself safely."
  [value]
  (contains? function-kinds (type value)))

(defn kind-of
  [value]
  (cond
    (module? value) "namespace"
    (class? value) "class"
    (or (function? value)
        (some (fn [c] (contains? (class-dict c) "__call__")) (classes-of (type value))))
    "function"
    else "var"))

(defn doc-of
  "The documentation; \"\" when there is none, or it could only be had by running code."
  [value]
  (let [text (cond
               (or (function? value)
                   (and (= (kind-of value) "function") (static-type? (type value))))
               (try value.__doc__ (catch Exception _ nil))
               (module? value) (get (own-dict value) "__doc__")
               (class? value) (first (filter some? (for [c (classes-of value)]
                                                     (let [d (get (class-dict c) "__doc__")]
                                                       (when (string? d) d)))))
               else (get (own-dict value) "__doc__" nil))
        text (if (string? text)
               text
               (if (function? value)
                 nil
                 (let [d (get (class-dict (type value)) "__doc__")] (when (string? d) d))))]
    (if (string? text) (inspect.cleandoc text) "")))

(defn- constructor-of
  "The function that takes a class's arguments."
  [c]
  (let [own (fn [name]
              (first (filter some? (for [k (classes-of c) :when (not (identical? k object))]
                                     (get (class-dict k) name)))))
        init (own "__init__") new (own "__new__")
        found (or init new)]
    (if (isinstance found staticmethod) found.__func__ found)))

(defn signature-of
  "The inspect.Signature; nil when it could only be had by running code, or there is none."
  [value]
  (try
    (cond
      (function? value) (inspect.signature value)
      (identical? (type value) functools.partial)
      (when (function? value.func) (inspect.signature value))
      (class? value)
      (if (identical? (type value) type)
        (let [f (constructor-of value)]
          (cond
            (function? f)
            (let [signature (inspect.signature f)]
              (.replace signature :parameters (vec (rest (vec (.values signature.parameters))))))
            (nil? f) (inspect.signature value)
            else nil))
        nil)
      else nil)
    (catch [ValueError TypeError AttributeError] _ nil)))

(defn default-text
  "A parameter's default, where writing it runs no code of the program."
  [value]
  (cond
    (contains? [builtins.int float bool builtins.str bytes (type nil) (type ...)] (type value))
    (. (program.beginning value 60) [0])
    (identical? (type value) type) value.__name__
    (function? value) value.__name__
    else "…"))

(defclass Written []
  (defn __init__ [self text] (set! self.text text))
  (defn __repr__ [self] self.text))

(defn- signature-text
  [signature]
  (let [parameters (for [p (.values signature.parameters)]
                     (let [plain (.replace p :annotation p.empty)]
                       (if (identical? p.default p.empty)
                         plain
                         (.replace plain :default (Written (default-text p.default))))))]
    (builtins.str (.replace signature :parameters parameters :return-annotation signature.empty))))

(defn keyword-parameters
  "The names that a call may give as keywords, as Catena writes them, with their inspect.Parameter."
  [value]
  (let [signature (signature-of value)
        ours (identical? (type value) (type mapv))]
    (if (nil? signature)
      []
      (for [p (.values signature.parameters)
            :when (or (= p.kind p.KEYWORD-ONLY)
                      (and (= p.kind p.POSITIONAL-OR-KEYWORD) (not ours)))]
        #[(written p.name) p]))))

(defn usage
  "How a call is written, a line for each way; nil for what is not called."
  [name value]
  (let [lists (if (or (identical? (type value) (type mapv)) (identical? (type value) (type inc)))
                (arglists value)
                [])
        signature (when (empty? lists) (signature-of value))]
    (cond
      (not (empty? lists))
      (join "\n" (for [parameters lists]
                   (str "(" (join " " [name #* (split (. parameters [(: 1 -1)]))]) ")")))
      (some? signature) (str name (signature-text signature))
      else nil)))

(defn summary
  "A line that says what a value is: its documentation's first, or its type."
  [value]
  (let [documented (contains? ["function" "class" "namespace"] (kind-of value))
        text (if documented (doc-of value) "")]
    (cond
      (not (blank? text)) (. (.splitlines text) [0])
      documented (or (usage "" value) "")
      (contains? [builtins.int float bool] (type value)) (pr-str value)
      else (type.__getattribute__ (type value) "__name__"))))

(defn- place-of
  "#[file line] of what was written in a file; nil when it is not known."
  [value]
  (let [f (if (function? value) (try (inspect.unwrap value) (catch Exception _ value)) value)]
    (if (or (function? f) (module? f) (identical? (type f) type))
      (let [file (try (inspect.getsourcefile f) (catch [TypeError OSError] _ nil))
            line (when (function? f) (getattr (getattr f "__code__" nil) "co_firstlineno" nil))
            line (or line (when (and file (not (module? f)))
                            (try
                              (. (inspect.getsourcelines f) [1])
                              (catch [TypeError OSError IndexError] _ nil))))]
        #[file line])
      #[nil nil])))

(defn describe
  "A map of what is known of a name: name, ns, doc, usage, arglists, arglists-str, file, line. nil when there is no such
  name."
  [path module]
  (let [path (.lstrip path "'#@")]
    (if (contains? special-form-docs path)
      {"name" path "ns" "catena.core" "doc" (. special-form-docs [path]) "special-form" "true"
       "arglists-str" ""
       "type" "special-form"}
      (let [value (if (= path "") absent (find-value path module))]
        (when (not (identical? value absent))
          (let [signature (signature-of value)
                [file line] (place-of value)
                home (if (or (function? value) (class? value))
                       (try value.__module__ (catch Exception _ nil))
                       nil)
                info {"name" path
                      "ns" (if (string? home) home module.__name__)
                      "type" (kind-of value)
                      "doc" (doc-of value)}
                call (usage path value)]
            (when call (set! (. info ["usage"]) call))
            (when signature
              (set! (. info ["arglists-str"]) (signature-text signature))
              (set! (. info ["arglists"]) [(vec (keys signature.parameters))]))
            (when file (set! (. info ["file"]) file))
            (when line (set! (. info ["line"]) line))
            info))))))
