; What may be typed next. The text before the cursor is looked at as tokens, finished or not: which form is open, what it
; binds, whose arguments it holds. Like all inspection it runs no code of the program and imports nothing, and it ends at a deadline with
; what it has found by then.

(import builtins os re sys time)
(import catena.program :as program)

(def help (program.tool "inspection"))

(def deadline "Seconds." 0.3)

; Tokens are #[start end kind mate finished]

(defclass Text []
  "A text up to the cursor, in tokens."
  (defn __init__ [self text position]
    (set! self.whole text)
    (set! self.text (. text [(: 0 position)]))
    (set! self.tokens (program.tokens self.text))
    (set! self.position position)
    (let [final (last self.tokens)
          touches (and final (= (. final [1]) position))
          name (and touches (contains? ["name" "keyword" "constant" "number"] (. final [2])))]
      (set! self.silent
        (and final (or (and touches (= (. final [2]) "comment"))
                       (not (. final [4]))
                       ; The rest of an f-string behind a field that is open is code; a finished string is none.
                       (and touches (= (. final [2]) "string")))))
      (set! self.prefix (if name (. self.text [(: (. final [0]) position)]) ""))
      (set! self.start (if name (. final [0]) position))
      (when name (.pop self.tokens))))
  (defn at [self i] (let [t (. self.tokens [i])] (. self.text [(: (. t [0]) (. t [1]))])))
  (defn kind [self i] (if (< -1 i (count self.tokens)) (. self.tokens [i] [2]) "end"))
  (defn open-forms [self]
    "The numbers of the brackets that are open at the cursor, innermost first."
    (let [found [] i (dec (count self.tokens))]
      (while (>= i 0)
        (let [[start end kind mate finished] (. self.tokens [i])]
          (cond
            (= kind "open") (do (.append found i) (set! i (dec i)))
            (and (= kind "close") (some? mate)) (set! i (dec mate))
            else (set! i (dec i)))))
      found))
  (defn items [self open]
    "The numbers of the tokens with which the finished or open forms inside a bracket begin, prefixes passed."
    (let [found [] i (inc open)]
      (while (< i (count self.tokens))
        (let [[start end kind mate finished] (. self.tokens [i])]
          (cond
            (= kind "close") (break)
            (contains? ["prefix" "comment"] kind) (set! i (inc i))
            (= kind "open")
            (do (.append found i) (set! i (if (some? mate) (inc mate) (count self.tokens))))
            else (do (.append found i) (set! i (inc i))))))
      found))
  (defn names-inside [self i]
    "The names in the form that begins with this token: what a pattern binds."
    (if (not= (self.kind i) "open")
      (if (= (self.kind i) "name") [(self.at i)] [])
      (let [end (or (. self.tokens [i] [3]) (count self.tokens))]
        (for [k (range i end)
              :when (and (= (self.kind k) "name") (not (starts-with? (self.at k) "&")))]
          (self.at k))))))

; Locals

(def binding-forms "Their first item holds pairs of pattern and value."
  #{"let" "let*" "loop" "for" "lazy-for" "for-async" "doseq" "dotimes" "with" "with-async" "if-let"
    "when-let" "if-some" "when-some" "when-first" "while-let"})
(def function-forms
  #{"fn" "lambda" "defn" "defn-" "defun" "defmacro" "fn-async" "defn-async" "letfn"})
(def value-types
  "What a literal's opening makes."
  {"[" builtins.list "#[" tuple "{" dict "#{" builtins.set "(" nil})

(defn- literal-type
  [text i]
  (case (.kind text i)
    "string" builtins.str
    "number" (type (read-string (.at text i)))
    "open" (get value-types (.at text i))
    nil))

(defn- bind-pairs
  [text open found]
  ; The pair that the cursor stands in binds nothing yet.
  (let [items (.items text open)
        closed (some? (. text.tokens [open] [3]))
        pairs (if closed (count items) (dec (count items)))]
    (loop [k 0]
      (when (< k (count items))
        (let [i (. items [k])]
          (cond
            (and (= (.kind text i) "keyword") (= (.at text i) ":let") (< (inc k) (count items)))
            (do
              (when (= (.kind text (. items [(inc k)])) "open")
                (bind-pairs text (. items [(inc k)]) found))
              (recur (+ k 2)))
            (= (.kind text i) "keyword") (recur (+ k 2))
            else
            (do
              (when (< (inc k) (max pairs (if closed 0 (count items))))
                (doseq [name (.names-inside text i)]
                  (set! (. found [name])
                        (when (= (.kind text i) "name") (literal-type text (. items [(inc k)]))))))
              (recur (+ k 2)))))))))

(defn locals-in
  "The locals that are in scope at the cursor: a map from name to its type, nil when that is not known."
  [text]
  (let [found {} opens (.open-forms text)]
    ; From the outermost on, so that the innermost binding of a name stays.
    (doseq [[depth open] (reversed (vec (enumerate opens)))]
      (let [items (.items text open)
            head (if (and (not (empty? items)) (= (.kind text (first items)) "name"))
                   (.at text (first items))
                   "")
            begins-list (= (. (.at text open) [-1]) "(")
            outer (when (< (inc depth) (count opens)) (. opens [(inc depth)]))
            outer-items (when outer (.items text outer))
            outer-head (if (and outer-items (not (empty? outer-items))
                                (= (.kind text (first outer-items)) "name"))
                         (.at text (first outer-items)) "")]
        (when begins-list
          (cond
            (contains? binding-forms head)
            (when (and (> (count items) 1) (= (.kind text (. items [1])) "open"))
              (bind-pairs text (. items [1]) found))
            (contains? function-forms head)
            (do
              (let [parameters (first (filter (fn [i]
                                                (and (= (.kind text i) "open")
                                                     (contains? ["[" "("] (.at text i))))
                                              (rest items)))
                    parameters (when (and (some? parameters)
                                          (some? (. text.tokens [parameters] [3])))
                                 parameters)]
                (when (some? parameters)
                  (doseq [name (.names-inside text parameters)] (set! (. found [name]) nil))))
              (when (and (contains? ["fn" "fn-async" "lambda"] head)
                         (> (count items) 1)
                         (= (.kind text (. items [1])) "name"))
                (set! (. found [(.at text (. items [1]))]) nil)))
            (= head "let1")
            (when (> (count items) 2)
              (doseq [name (.names-inside text (. items [1]))] (set! (. found [name]) nil)))
            (= head "as->")
            (when (> (count items) 2) (set! (. found [(.at text (. items [2]))]) nil))
            (= head "catch")
            (when (> (count items) 2) (set! (. found [(.at text (. items [2]))]) nil))
            (= head "match")
            (when (and (> (count items) 2) (= 1 (mod (count items) 2)))
              (doseq [name (.names-inside text (. items [-1]))] (set! (. found [name]) nil)))
            ; An arity of a function: ([a b] …).
            (and (contains? function-forms outer-head) (not (empty? items))
                 (= (.at text (first items)) "[")
                 (some? (. text.tokens [(first items)] [3])))
            (doseq [name (.names-inside text (first items))] (set! (. found [name]) nil)))
          ; Definitions further up in the same body.
          (when (not= head "")
            (doseq [i (rest items) :when (and (= (.kind text i) "open") (= (.at text i) "("))]
              (let [inner (.items text i)]
                (when (and (> (count inner) 1) (= (.kind text (first inner)) "name")
                           (= (.kind text (. inner [1])) "name")
                           (contains? #{"def" "defn" "defn-" "defun" "defn-async" "defclass"
                                        "import"}
                                      (.at text (first inner))))
                  (set! (. found [(.at text (. inner [1]))]) nil))))))))
    found))

; Candidates

(defclass Candidate []
  "What may stand in place of the prefix: its text, its kind, and a line about it."
  (defn __init__ [self text kind about]
    (set! self.text text)
    (set! self.kind kind)
    (set! self.about about)))

(defn- about
  [value]
  (try (. (help.summary value) [(: 0 200)]) (catch Exception _ "")))

(defn- fits
  [name prefix]
  (and (string? name) (starts-with? (replace name "-" "_") (replace prefix "-" "_"))
       ; What begins with an underscore or % is for those who ask for it.
       (or (not (re.match r"[_%]" name)) (re.match r"[_%]" prefix))))

(defn- members
  "Candidates for the part behind the last dot of a path."
  [value head prefix]
  (for [name (sort (builtins.set (filter (fn [n] (fits n prefix)) (help.member-names value))))]
    (let [found (help.member value name)
          unknown (identical? found help.absent)]
      (Candidate (+ head (help.written (builtins.str name))) (if unknown "var" (help.kind-of found))
        (if unknown "" (about found))))))

(defn- value-of
  "What a path stands for where the cursor is; a local is known by the type of its literal, as `#[type]`."
  [path module locals]
  (let [[root & parts] (re.split r"[./]" path)]
    (if (contains? locals root)
      (let [kind (. locals [root])]
        (if (and kind (empty? parts)) kind help.absent))
      (help.find-value path module))))

(defn- in-path
  [prefix module locals]
  (let [cut (max (.rfind prefix ".") (.rfind prefix "/"))
        value (value-of (. prefix [(: 0 cut)]) module locals)]
    (if (identical? value help.absent)
      []
      (members value (. prefix [(: 0 (inc cut))]) (. prefix [(: (inc cut) nil)])))))

(defn- in-names
  [prefix module locals]
  (let [found {}
        add (fn [name kind text]
              (when (not (contains? found name))
                (set! (. found [name]) (Candidate name kind text))))
        add-from (fn [names]
                   (doseq [name (sort (filter (fn [n] (fits n prefix)) names))]
                     (let [value (help.root name module)]
                       (when (not (identical? value help.absent))
                         (add (help.written (builtins.str name))
                              (help.kind-of value)
                              (about value))))))]
    (doseq [name (sort (keys locals)) :when (fits name prefix)]
      (add name "local" (let [kind (. locals [name])] (if kind f"local, {kind.__name__}" "local"))))
    (add-from (vec (keys (help.own-dict module))))
    (doseq [name (sort (keys special-form-docs)) :when (fits name prefix)]
      (add name "special-form" (. (.splitlines (. special-form-docs [name])) [0])))
    (add-from help.core-names)
    (add-from (vec (keys (vars builtins))))
    (vec (vals found))))

(defn- in-keywords
  "Keyword arguments of the call that is open, then the keywords that the text has already."
  [prefix text call module locals]
  (let [wanted (. prefix [(: 1 nil)])
        value (if call (value-of call module locals) help.absent)
        named (if (identical? value help.absent)
                []
                (for [[name p] (help.keyword-parameters value) :when (fits name wanted)]
                  (Candidate (+ ":" name) "keyword"
                    (if (identical? p.default p.empty)
                      "argument"
                      (str "argument, " (help.default-text p.default))))))
        seen (builtins.set (for [c named] c.text))
        others (for [[start end kind mate finished] (program.tokens text.whole)
                     :let [word (. text.whole [(: start end)])]
                     :when (and (= kind "keyword")
                                (not= start text.start)
                                (starts-with? word prefix))]
                 word)]
    (concat named (for [word (sort (builtins.set others)) :when (not (contains? seen word))]
                    (Candidate word "keyword" "")))))

; Modules

(def listings "What folders hold, by path and time of change." {})

(defn- modules-in
  "The modules and packages in a folder, as names; Catena's too."
  [folder ends]
  (try
    (let [changed (. (os.stat folder) st-mtime-ns)
          known (get listings folder)]
      (when (or (nil? known) (not= (first known) changed))
        (let [found []]
          (with [entries (os.scandir folder)]
            (doseq [[number entry] (enumerate entries)]
              (when (and (= 0 (mod number 64)) (> (time.monotonic) ends)) (break))
              (let [m (re.match r"([A-Za-z_][\w-]*)(\.py|\.lisp|\.[\w-]*\.so|\.so|)$" entry.name)]
                (when (and m (or (not= (.group m 2) "") (.is-dir entry))
                           (not= (.group m 1) "__pycache__"))
                  (.append found #[(.group m 1) (if (= (.group m 2) ".lisp") "lisp" "py")])))))
          (when (< (time.monotonic) ends) (set! (. listings [folder]) #[changed found]))
          (set! known #[changed found])))
      (. known [1]))
    (catch OSError _ [])))

(defn- folders-of
  "Where the modules of a package lie; those on the path without one."
  [package kinds]
  (if (= package "")
    (concat sys.path (if (contains? kinds "lisp") (split (os.environ.get "CATENA_PATH" "") ":") []))
    (let [loaded (get sys.modules package)
          path (when loaded (get (help.own-dict loaded) "__path__"))]
      (if (some? path)
        (try (vec path) (catch Exception _ []))
        (let [parts (split package ".")]
          (filter os.path.isdir
                  (for [folder sys.path] (os.path.join (or folder ".") #* parts))))))))

(defn- in-modules
  [prefix kinds ends]
  (let [cut (inc (.rfind prefix "."))
        head (. prefix [(: 0 cut)])
        wanted (. prefix [(: cut nil)])
        package (mangled-path (. prefix [(: 0 (max 0 (dec cut)))]))
        found (builtins.set (if (and (= head "") (contains? kinds "py"))
                              (vec sys.stdlib-module-names)
                              []))]
    (doseq [folder (folders-of package kinds)]
      (when (> (time.monotonic) ends) (break))
      (doseq [[name kind] (modules-in (or folder ".") ends) :when (contains? kinds kind)]
        (.add found name)))
    (for [name (sort found) :when (fits name wanted)]
      (let [module (get sys.modules (+ (mangled-path head) name))]
        (Candidate (+ head (help.written name)) "namespace" (if module (about module) ""))))))

; Files

(def most-files "Names of files that are offered." 1000)

(defn paths
  "#[start candidates] for a file's name whose beginning ends at this place of a text."
  [written position &opt (ends (+ (time.monotonic) deadline))]
  (let [[folder name] (os.path.split written)
        found []]
    (try
      (with [entries (os.scandir (os.path.expanduser (if (= folder "") "." folder)))]
        (doseq [[number entry] (enumerate entries)]
          (when (or (>= (count found) most-files)
                    (and (= 0 (mod number 64)) (> (time.monotonic) ends)))
            (break))
          (when (and (starts-with? entry.name name)
                     (or (not (starts-with? entry.name ".")) (starts-with? name ".")))
            (let [is-folder (try (.is-dir entry) (catch OSError _ false))]
              (.append found
                (Candidate (str entry.name (if is-folder "/" "")) (if is-folder "folder" "file")
                           ""))))))
      (catch [OSError ValueError] _ nil))
    #[(- position (count name)) (sort-by (fn [c] c.text) found)]))

(defn- in-string
  "Files, for the string that the cursor is in."
  [text ends]
  (let [final (last text.tokens)
        opened (when (and final (= (. final [2]) "string") (not (. final [4])))
                 (re.fullmatch r"r?\"([^\"\\\n]*)"
                               (. text.text [(: (. final [0]) text.position)])))]
    (if opened
      (paths (.group opened 1) text.position ends)
      #[text.start []])))

(defn- mangled-path [path] (replace path "-" "_"))

; The whole

(defn- enclosing
  "#[head number-of-items] of the innermost open bracket when it is a call; head is its first name, or nil."
  [text opens]
  (if (empty? opens)
    #[nil 0]
    (let [open (first opens) items (.items text open)]
      (if (and (ends-with? (.at text open) "(")
               (not (empty? items))
               (= (.kind text (first items)) "name"))
        #[(.at text (first items)) (count items)]
        #[nil (count items)]))))

(defn- imported
  "The module whose names an open `:refer [` takes; nil elsewhere."
  [text opens]
  (when (and (> (count opens) 1) (= (.at text (first opens)) "["))
    (let [items (.items text (. opens [1]))
          words (for [i items] (.at text i))
          place (.index items (first opens))]
      (when (and (> place 0) (= (. words [(dec place)]) ":refer"))
        (first (filter (fn [word] (not (starts-with? word ":")))
                       (reversed (. words [(: 0 (dec place))]))))))))

(defn- find-candidates
  [text module ends]
  (let [prefix text.prefix
        opens (.open-forms text)
        [head n] (enclosing text opens)
        locals (locals-in text)
        outer (when (> (count opens) 1) (first (enclosing text (rest opens))))
        from (imported text opens)]
    (cond
      (some? from)
      (let [source (get sys.modules (mangled-path from))]
        (if source (members source "" prefix) []))
      (starts-with? prefix ":") (in-keywords prefix text head module locals)
      (contains? ["import" "py.import"] (or head "")) (in-modules prefix ["py" "lisp"] ends)
      (and (= outer "import") (= (.at text (first opens)) "["))
      (in-modules prefix ["py" "lisp"] ends)
      (= head "require") (in-modules prefix ["lisp"] ends)
      ; (.method object) and (. object member): what the object, if it stands there already, has.
      (and (= head ".") (> n 1))
      (let [object (.at text (. (.items text (first opens)) [1]))
            value (value-of object module locals)]
        (if (identical? value help.absent) [] (members value "" prefix)))
      (and (starts-with? prefix ".") (= n 0))
      (let [following (re.match r"[^\s()\[\]{}]*\s+([^\s()\[\]{}\"';]+)"
                                (. text.whole [(: text.position nil)]))
            wanted (. prefix [(: 1 nil)])
            value (if following (value-of (.group following 1) module locals) help.absent)]
        (if (identical? value help.absent)
          (let [found {}]
            (doseq [c [builtins.str builtins.list dict builtins.set tuple]]
              (doseq [candidate (members c "." wanted)]
                (when (not (contains? found candidate.text))
                  (set! (. found [candidate.text]) candidate))))
            (sort-by (fn [c] c.text) (vec (vals found))))
          (members value "." wanted)))
      (re.search r"[^./][./]" prefix) (in-path prefix module locals)
      (= prefix "")
      (let [value (if head (value-of head module locals) help.absent)]
        (concat
          (if (identical? value help.absent) [] (in-keywords ":" text head module locals))
          (in-names "" module locals)))
      else (in-names prefix module locals))))

(defn complete
  "#[start candidates] at a place of a text: the candidates stand for what is between `start` and the place."
  [text position module]
  (let [text (Text text position) ends (+ (time.monotonic) deadline)]
    (if text.silent
      (in-string text ends)
      #[text.start
        (try (find-candidates text module ends)
          (catch RecursionError _ []))])))

(defn call-at
  "The name that heads the innermost call open at the place; nil when there is none."
  [text position]
  (let [text (Text text position)]
    (first (enclosing text (.open-forms text)))))

(defn usage-at
  "How the call that is open at the place is written; nil when that is not known."
  [text position module]
  (let [text (Text text position)
        [head n] (enclosing text (.open-forms text))]
    (when (and head (not text.silent))
      (if (contains? special-form-docs head)
        (first (.splitlines (. special-form-docs [head])))
        (let [value (value-of head module (locals-in text))]
          (when (not (or (identical? value help.absent) (isinstance value type)))
            (help.usage head value)))))))

(defn token-at
  "The name that the place of a text is in or behind: #[start end name]."
  [text position]
  (let [around (fn [t]
                 (and (<= (. t [0]) position (. t [1]))
                      (contains? ["name" "keyword" "constant"] (. t [2]))))
        found (first (filter around (program.tokens text)))]
    (if found
      (let [[start end] (. found [(: 0 2)])] #[start end (. text [(: start end)])])
      #[position position ""])))
