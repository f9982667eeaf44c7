; Help: documentation, source, names, and values laid out for people.

(def special-form-docs
  "What doc says about the special forms, which are no values: a map from name to usage and examples."
  {"quote" "(quote x), 'x: the form itself.\n(quote (a b)) => (a b)\n'[a 1] => [a 1]"
   "quasiquote" "`x: the form with ,parts evaluated and ,@parts spliced in; x# is a fresh name.\n(let [n 2] `[n ,n ,@[3 4]]) => [n 2 3 4]"
   "if" "(if condition then else?): one of the two; nil without else.\n(if true 1 2) => 1\n(if nil 1) => nil"
   "cond" "(cond test1 value1 … else value): the value beside the first true test, else nil.\n(cond false 1 (< 1 2) 2 else 3) => 2"
   "case" "(case value constant1 result1 [c2 c3] result2 … default?): constants are not evaluated; nil, true and false compare by identity.\n(case 2 1 :a [2 3] :b :c) => :b"
   "and" "(and x …): the first false operand or the last; stops there.\n(and 1 nil 2) => nil\n(and) => true"
   "or" "(or x …): the first true operand or the last; stops there.\n(or nil 1 2) => 1\n(or) => nil"
   "do" "(do form …), also begin and progn: the last form's value.\n(do 1 2) => 2"
   "begin" "(begin form …): the same as do.\n(begin 1 2) => 2"
   "progn" "(progn form …): the same as do.\n(progn 1 2) => 2"
   "let" "(let [pattern value …] body …): binds one after the other.\n(let [x 1 [y z] [(+ x 1) 5]] [x y z]) => [1 2 5]\n(let ((x 1) (y 2)) (+ x y)) => 3"
   "let*" "(let* [pattern value …] body …): the same as let.\n(let* [x 1 y x] y) => 1"
   "let1" "(let1 pattern value body …): binds one.\n(let1 x 2 (* x x)) => 4"
   "fn" "(fn name? doc? [parameters] body …), (fn ([a] …) ([a b] …)), also lambda: a function.\n((fn [a &opt (b 10)] (+ a b)) 1) => 11\n((fn ([a] 1) ([a b] 2)) :x :y) => 2"
   "lambda" "(lambda (parameters) body …): the same as fn.\n((lambda (x) (* x x)) 3) => 9"
   "fn-async" "(fn-async [parameters] body …): a coroutine function.\n(await ((fn-async [x] (inc x)) 1)) => 2"
   "def" "(def name \"doc\"? value): defines a name of the module, or a local inside a function.\n(do (def six 6) six) => 6"
   "defn" "(defn [decorators]? name \"doc\"? [parameters] body …), also defun: defines a function.\n(do (defn twice [x] (* 2 x)) (twice 4)) => 8"
   "defun" "(defun name (parameters) \"doc\"? body …): the same as defn.\n(do (defun half (x) (/ x 2)) (half 4)) => 2.0"
   "defn-" "(defn- name [parameters] body …): defines a function that :refer :all leaves out.\n(do (defn- hidden [] 1) (hidden)) => 1"
   "defn-async" "(defn-async name [parameters] body …): defines a coroutine function.\n(do (defn-async soon [x] x) (await (soon 3))) => 3"
   "defmacro" "(defmacro name \"doc\"? [parameters] body …): defines a macro, for every form after it.\n(do (defmacro twice-over [form] `(do ,form ,form)) (with-out-str (twice-over (print 1)))) => \"1\\n1\\n\""
   "defclass" "(defclass [decorators]? Name [bases :metaclass M]? \"doc\"? form …): defines a Python class.\n(do (defclass Box [] (def size 3) (defn grown [self] (inc self.size))) (.grown (Box))) => 4"
   "set!" "(set! place value): rebinds a name, or sets an attribute or item; answers the value. Places: x, o.a, (. o a), (. o [k]), (get m k).\n(let [m {}] (set! (get m :a) 1) m) => {:a 1}"
   "update!" "(update! place function argument …): sets the place to (function old argument …).\n(let [n 1] (update! n + 10) n) => 11"
   "del!" "(del! place): removes a name, attribute or item; answers nil.\n(let [m {:a 1 :b 2}] (del! (get m :a)) m) => {:b 2}"
   "loop" "(loop [name value …] body …): binds as let; recur in tail position begins again with new values.\n(loop [i 0 sum 0] (if (< i 4) (recur (inc i) (+ sum i)) sum)) => 6"
   "recur" "(recur value …): begins the nearest loop or fn again.\n((fn [n] (if (> n 9) n (recur (* 2 n)))) 3) => 12"
   "while" "(while condition body …): nil; (break) and (continue) work inside.\n(let [n 0] (while (< n 3) (update! n inc)) n) => 3"
   "dotimes" "(dotimes [i n] body …): the body for i from 0 to n - 1; nil.\n(let [xs []] (dotimes [i 3] (.append xs i)) xs) => [0 1 2]"
   "doseq" "(doseq [x xs :when condition :let [name value] :while condition y ys …] body …): the body for each; nil.\n(let [out []] (doseq [x [1 2 3] :when (odd? x)] (.append out x)) out) => [1 3]"
   "for" "(for [x xs y ys :when condition :let [name value] :while condition] value): a vector.\n(for [x [1 2] y [10 20] :when (> (+ x y) 11)] (+ x y)) => [21 12 22]"
   "lazy-for" "(lazy-for [x xs …] value): a generator of what for would collect.\n(vec (lazy-for [x [1 2]] (* x x))) => [1 4]"
   "for-async" "(for-async [x xs …] body …): doseq over an asynchronous iterable.\n(do (defn-async two [] (yield 1) (yield 2)) (defn-async total [] (let [n 0] (for-async [x (two)] (update! n + x)) n)) (await (total))) => 3"
   "break" "(break): leaves the nearest while, dotimes, doseq or for-async.\n(let [n 0] (while true (update! n inc) (if (= n 5) (break))) n) => 5"
   "continue" "(continue): goes on with the next round of the nearest while, dotimes, doseq or for-async.\n(let [out []] (doseq [x [1 2 3]] (if (= x 2) (continue)) (.append out x)) out) => [1 3]"
   "try" "(try body … (catch Class name …) (catch [A B] name …) (else …) (finally …)): Python's exceptions.\n(try (int \"x\") (catch ValueError e :bad)) => :bad"
   "throw" "(throw exception :from cause), also raise: raises it; (throw) raises the handled exception again.\n(try (throw (KeyError 1)) (catch KeyError e e.args)) => #[1]"
   "raise" "(raise exception :from cause): the same as throw.\n(try (raise (KeyError 1)) (catch KeyError e :caught)) => :caught"
   "with" "(with [pattern manager …] body …): Python's context managers, several in order.\n(with [f ((. ($py \"io\") StringIO) \"text\")] (.read f)) => \"text\""
   "with-async" "(with-async [pattern manager …] body …): asynchronous context managers.\n(do (defclass Door [] (defn-async __aenter__ [self] :open) (defn-async __aexit__ [self & _] nil)) (with-async [state (Door)] state)) => :open"
   "match" "(match value pattern1 result1 …): literals, _, names, [a b & rest], #[a b], {:k p}, (Class p :attr p), (or p q), (p :as name), (p :when condition).\n(match [1 [2 3]] [a [b & more]] [a b more]) => [1 2 [3]]\n(match {:k 5} {:k (n :when (> n 3))} n _ :small) => 5"
   "yield" "(yield value): makes the function a generator function.\n(vec ((fn [] (yield 1) (yield 2)))) => [1 2]"
   "yield-from" "(yield-from iterable): yields all of its items.\n(vec ((fn [] (yield-from [1 2])))) => [1 2]"
   "await" "(await x): the result of the awaitable, or x itself when it is none.\n(await 5) => 5"
   "import" "(import module :as name :refer [names] …): Python's modules and names.\n(do (import math :refer [floor]) (floor 1.5)) => 1"
   "py.import" "(py.import \"module\" :as name): binds a Python module.\n(do (py.import \"math\" :as m) (m.floor 2.5)) => 2"
   "require" "(require module :as name :refer [names]), :refer :all: Catena's modules, and Python's.\n(do (require math :as m :refer [floor]) [(floor 1.5) (m/ceil 1.5)]) => [1 2]"
   "$py" "($py \"module\"): the Python module, imported once.\n(. ($py \"math\") pi) => 3.141592653589793"
   "py->" "(py-> object method argument …): a method call.\n(py-> \"a,b\" split \",\") => [\"a\" \"b\"]"
   "." "(. object step …): attributes, (method argument …) calls and [index] steps.\n(. \"abc\" (upper) [0]) => \"A\"\n(. [1 2 3] [(: 1 nil)]) => [2 3]"})

; Names

(defn- %shown-name
  "A module's key as Catena writes it."
  [key value]
  (let [name (getattr value "__name__" nil)]
    (if (and (string? name) (= (.replace name "-" "_") key)) name key)))

(defn dir
  "The names of an object's attributes, or without an object of this module's definitions, sorted. Of another module
  those that defn- defines are left out.
  (contains? (dir \"text\") \"upper\") => true"
  [& objects]
  (let [module (if (empty? objects) (this-module) (first objects))]
    (if (isinstance module (. ($py "types") ModuleType))
      (let [hidden (if (identical? module (this-module)) [] (getattr module "__private__" []))]
        (sort (for [key (builtins.dir module)
                    :when (not (or (starts-with? key "_") (contains? hidden key)))]
                (%shown-name key (getattr module key nil)))))
      (builtins.dir module))))

(defn apropos
  "The names that contain the text, of this module, core and Python's builtins, as sorted symbols.
  (apropos \"take-w\") => [take-while]"
  [text]
  (let [found #{} text (.lower (builtins.str text))]
    (doseq [name (keys special-form-docs) :when (includes? name text)] (.add found name))
    (doseq [module [(this-module) ($py "catena.core") ($py "builtins")]
            key (builtins.dir module)
            :when (not (starts-with? key "_"))]
      (let [name (%shown-name key (getattr module key nil))]
        (when (and (not (starts-with? name "%")) (includes? (.lower name) text))
          (.add found name))))
    (map symbol (sort found))))

; Documentation

(defn- %usage
  "How a call of the value is written: one line for each arity, as Python writes it for Python's own."
  [name value]
  (let [lists (arglists value)]
    (cond
      (not (empty? lists))
      (join "\n" (for [parameters lists]
                   (str "(" (join " " [name #* (split (. parameters [(: 1 -1)]))]) ")")))
      (callable? value)
      (try (str name (.signature ($py "inspect") value)) (catch [ValueError TypeError] _ name))
      else name)))

(defn- %indent
  [text]
  (join "\n" (for [line (.splitlines text)] (if (blank? line) "" f"  {line}"))))

(defn- %doc-text
  [name value]
  (let [text (.getdoc ($py "inspect") value)]
    f"{(%usage name value)}\n{(%indent (or text "no documentation"))}"))

(defn- %plain-name?
  [form]
  (and (symbol? form) (not (re-find #"\..|^\.$" (builtins.str form)))))

(defn- %named
  "What a name means in a module, t/name too; a macro's name means its function, which is no value elsewhere."
  [text module]
  (let [key (mangle text)
        [_ owner member] (or (re-find #"^(.+)/(.+)$" text) [nil nil nil])]
    (loop [places [module ($py "catena.core") builtins]]
      (cond
        (not (empty? places))
        (if (hasattr (first places) key) (getattr (first places) key) (recur (rest places)))
        (nil? owner) (eval (symbol text) module)
        (= owner "core") (getattr ($py "catena.core") (mangle member))
        else (getattr (eval (symbol owner) module) (mangle member))))))

(defn- %written
  "What doc and source were asked for: a quoted name is the name."
  [form]
  (if (and (list? form) (= (count form) 2) (= (first form) 'quote)) (second form) form))

(defn- %subject
  "The form that answers what doc and source are about."
  [form]
  (if (%plain-name? form) `(%named ,(builtins.str form) (this-module)) form))

(defmacro doc
  "Prints how to use what the name stands for: a function, macro, special form, class, module or any other value.
  (includes? (with-out-str (doc map)) \"each item\") => true
  (includes? (with-out-str (doc if)) \"condition\") => true"
  [subject]
  (let [subject (%written subject)]
    (if (and (symbol? subject) (contains? special-form-docs (builtins.str subject)))
      `(print ,(str subject " (special form)\n"
                    (%indent (. special-form-docs [(builtins.str subject)]))))
      `(print (%doc-text ,(pr-str subject) ,(%subject subject))))))

(defn- %source-text
  [name value]
  (or (source-text value)
    (try (.getsource ($py "inspect") (.unwrap ($py "inspect") value))
      (catch [OSError TypeError] _ nil))
    f"no source: {name} is no function, macro, class or module that is written in Catena or Python"))

(defmacro source
  "Prints the text that defines the function, macro or class, Catena's or Python's.
  (includes? (with-out-str (source comp)) \"defn comp\") => true"
  [subject]
  (let [subject (%written subject)]
    (if (and (symbol? subject) (contains? special-form-docs (builtins.str subject)))
      `(print ,(str subject " is a special form; it is part of the compiler"))
      `(print (.rstrip (%source-text ,(pr-str subject) ,(%subject subject)))))))

; Layout

(defn- %opening
  [x]
  (cond (vector? x) "[" (list? x) "(" (tuple? x) "#[" (map? x) "{" (set? x) "#{"))

(defn- %fill
  "The texts in lines of at most the width, each line but the first indented."
  [texts indent width]
  (let [lines [] line "" separator (+ "\n" (* " " indent))]
    (doseq [text texts]
      (cond
        (= line "") (set! line text)
        (<= (+ indent (count line) 1 (count text)) width) (set! line (+ line " " text))
        else (do (.append lines line) (set! line text))))
    (.append lines line)
    (join separator lines)))

(defn- %laid-out
  "The value in Catena's notation, broken into lines where it is wider than the width; `open` holds the ids of the
  containers around it."
  [x indent width open]
  (let [flat (pr-str x) opening (%opening x)]
    (cond
      (or (nil? opening) (<= (+ indent (count flat)) width)) flat
      (contains? open (id x)) "..."
      else
      (let [open (.union open #{(id x)})
            closing (if (= opening "(") ")" (if (ends-with? opening "{") "}" "]"))
            inner (+ indent (count opening))
            separator (+ "\n" (* " " inner))]
        (str opening
          (cond
            (map? x)
            (join separator
              (for [[k v] (.items x)]
                (let [key (pr-str k)]
                  (str key " " (%laid-out v (+ inner (count key) 1) width open)))))
            (every? (fn [item] (nil? (%opening item))) x)
            (%fill (map pr-str x) inner width)
            else
            (join separator (for [item x] (%laid-out item inner width open))))
          closing)))))

(defn pprint
  "Prints the value in Catena's notation, over several lines when it is wider than :width.
  (with-out-str (pprint [[1 2] [3 4]] :width 8)) => \"[[1 2]\\n [3 4]]\\n\""
  [x &key (width 80) file]
  (print (%laid-out x 0 width #{}) :file file))
