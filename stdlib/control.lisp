; Control flow that the compiler does not need to know: conditions that bind, threading, declarations, output
; capture. First in the order of names, so the other files may use these macros; macro functions here call natives only.

(defn- %binding
  [macro binding]
  (cond
    (and (or (vector? binding) (list? binding)) (= (count binding) 2)) binding
    (and (list? binding)
         (= (count binding) 1)
         (list? (first binding))
         (= (count (first binding)) 2))
    (first binding)
    else (throw (CompileError f"{macro} takes one name or pattern and one value: ({macro} [name value] …)"))))

(defmacro when
  "Evaluates the body and answers its last value when the condition is true; else nil.
  (when (< 1 2) :first :last) => :last
  (when nil :never) => nil"
  [condition & body]
  `(if ,condition (do ,@body)))

(defmacro when-not
  "Evaluates the body and answers its last value when the condition is false; else nil.
  (when-not (< 1 2) :never) => nil
  (when-not nil :yes) => :yes"
  [condition & body]
  `(if ,condition nil (do ,@body)))

(defmacro unless
  "Evaluates the body when the condition is false; the same as when-not.
  (unless false 1 2) => 2
  (unless true 1 2) => nil"
  [condition & body]
  `(if ,condition nil (do ,@body)))

(defmacro if-not
  "Answers the first branch when the condition is false, the second, or nil, when it is true.
  (if-not nil :a :b) => :a
  (if-not 1 :a) => nil"
  [condition then &opt otherwise]
  `(if ,condition ,otherwise ,then))

(defmacro if-let
  "Binds the name or pattern to the value when the value is true and answers `then`; else answers `otherwise`,
  where the name is not bound.
  (if-let [x (get {:a 1} :a)] (inc x) :none) => 2
  (if-let [x (get {:a 1} :b)] (inc x) :none) => :none"
  [binding then &opt otherwise]
  (let [[pattern value] (%binding 'if-let binding)]
    `(let [value# ,value]
       (if value# (let [,pattern value#] ,then) ,otherwise))))

(defmacro when-let
  "Binds the name or pattern to the value and evaluates the body when the value is true; else answers nil.
  (when-let [[a b] [1 2]] (+ a b)) => 3
  (when-let [x nil] (inc x)) => nil"
  [binding & body]
  (let [[pattern value] (%binding 'when-let binding)]
    `(let [value# ,value]
       (if value# (let [,pattern value#] ,@body)))))

(defmacro if-some
  "Like if-let, but only nil counts as false.
  (if-some [x false] [x] :none) => [false]
  (if-some [x nil] [x] :none) => :none"
  [binding then &opt otherwise]
  (let [[pattern value] (%binding 'if-some binding)]
    `(let [value# ,value]
       (if (nil? value#) ,otherwise (let [,pattern value#] ,then)))))

(defmacro when-some
  "Like when-let, but only nil counts as false.
  (when-some [x false] [x]) => [false]
  (when-some [x nil] [x]) => nil"
  [binding & body]
  (let [[pattern value] (%binding 'when-some binding)]
    `(let [value# ,value]
       (if (nil? value#) nil (let [,pattern value#] ,@body)))))

(defmacro when-first
  "Binds the name or pattern to the first item and evaluates the body when there is one; else answers nil.
  (when-first [x [3 4]] (inc x)) => 4
  (when-first [x []] (inc x)) => nil"
  [binding & body]
  (let [[pattern items] (%binding 'when-first binding)]
    `(let [items# (take 1 ,items)]
       (if (empty? items#) nil (let [,pattern (first items#)] ,@body)))))

(defmacro while-let
  "Evaluates the body again and again with the name or pattern bound to the value, until the value is false.
  (let [xs [1 2 3] out []] (while-let [x (and xs (< 0 (len xs)) (.pop xs))] (.append out x)) out) => [3 2 1]"
  [binding & body]
  (let [[pattern value] (%binding 'while-let binding)]
    `(while true
       (let [value# ,value]
         (if value# (let [,pattern value#] ,@body) (break))))))

(defmacro condp
  "Answers the result beside the first test for which (predicate test value) is true, or the default, which stands
  alone at the end. `test :>> f` answers (f x) of what the predicate answered.
  (condp = 2 1 :one 2 :two :many) => :two
  (condp = 3 1 :one 2 :two :many) => :many
  (condp some [1 2 3] even? :>> str :none) => \"True\""
  [predicate value & clauses]
  (let [test (gensym) subject (gensym) rest-clauses (vec clauses) steps []]
    (while (< 1 (count rest-clauses))
      (let [arrow (and (= (nth rest-clauses 1) :>>) (keyword? (nth rest-clauses 1)))
            size (if arrow 3 2)]
        (when (< (count rest-clauses) size)
          (throw (CompileError "condp: a function must follow :>>")))
        (.append steps (. rest-clauses [(: 0 size)]))
        (set! rest-clauses (. rest-clauses [(: size nil)]))))
    (let [form (if (= (count rest-clauses) 1)
                 (first rest-clauses)
                 `(throw (ValueError (str "condp: no clause fits " (pr-str ,subject)))))]
      (doseq [step (reverse steps)]
        (set! form
          (if (= (count step) 3)
            (let [found (gensym)]
              `(let [,found (,test ,(first step) ,subject)]
                 (if ,found (,(nth step 2) ,found) ,form)))
            `(if (,test ,(first step) ,subject) ,(nth step 1) ,form))))
      `(let [,test ,predicate ,subject ,value] ,form))))

(defmacro letfn
  "Binds local functions, each of which may call the others: (letfn [(name [parameters] body…) …] body…).
  (letfn [(is-even [n] (if (= n 0) true (is-odd (dec n)))) (is-odd [n] (if (= n 0) false (is-even (dec n))))] (is-even 10)) => true"
  [functions & body]
  (doseq [f functions]
    (unless (and (list? f) (symbol? (first f)))
      (throw (CompileError "letfn takes functions written (name [parameters] body…)"))))
  `(let [,@(for [f functions part [(first f) nil]] part)]
     ,@(for [f functions] `(set! ,(first f) (fn ,@f)))
     ,@body))

; Threading. A step is a call with a hole: a symbol, keyword, `.method`, dotted name or function is the call itself.

(defn- %function-form?
  [step]
  (and (symbol? (first step)) (contains? '#{fn lambda fn-async} (first step))))

(defn- %thread-first
  [form step]
  (if (and (list? step) (not (empty? step)) (not (%function-form? step)))
    `(,(first step) ,form ,@(rest step))
    (list step form)))

(defn- %thread-last
  [form step]
  (if (and (list? step) (not (empty? step)) (not (%function-form? step)))
    `(,@step ,form)
    (list step form)))

(defmacro ->
  "Passes the value through the steps, as the first operand of each. A step that is no list is called with it.
  (-> 5 inc (- 2) str) => \"4\"
  (-> {:a {:b 3}} :a :b) => 3
  (-> \"a,b\" .upper (.split \",\")) => [\"A\" \"B\"]"
  [value & steps]
  (let [form value]
    (doseq [step steps] (set! form (%thread-first form step)))
    form))

(defmacro ->>
  "Passes the value through the steps, as the last operand of each. A step that is no list is called with it.
  (->> [1 2 3] (map inc) (filter even?)) => [2 4]
  (->> (range 5) (reduce +) (- 20)) => 10"
  [value & steps]
  (let [form value]
    (doseq [step steps] (set! form (%thread-last form step)))
    form))

(defmacro as->
  "Binds the name to the value, then to the value of each step in turn, and answers the last.
  (as-> 3 n (+ n 1) [n n] (conj n 0)) => [4 4 0]"
  [value name & steps]
  `(let [,name ,value ,@(for [step steps part [name step]] part)] ,name))

(defn- %thread-some
  [thread value steps]
  (if (empty? steps)
    value
    (let [hold (gensym)
          bindings [hold value]
          guarded (fn [step] `(if (nil? ,hold) nil ,(thread hold step)))]
      (doseq [step (butlast steps)]
        (.extend bindings [hold (guarded step)]))
      `(let ,bindings ,(guarded (last steps))))))

(defmacro some->
  "Like ->, but stops with nil as soon as a value is nil.
  (some-> {:a 1} :a inc) => 2
  (some-> {:a 1} :b inc) => nil"
  [value & steps]
  (%thread-some %thread-first value steps))

(defmacro some->>
  "Like ->>, but stops with nil as soon as a value is nil.
  (some->> [1 2] (map inc)) => [2 3]
  (some->> nil (map inc)) => nil"
  [value & steps]
  (%thread-some %thread-last value steps))

(defn- %thread-cond
  [macro thread value clauses]
  (when (odd? (count clauses))
    (throw (CompileError f"{macro} takes a value and then pairs: ({macro} value condition step …)")))
  (if (empty? clauses)
    value
    (let [hold (gensym) bindings [hold value] steps []]
      (doseq [[condition step] (partition 2 clauses)]
        (.append steps `(if ,condition ,(thread hold step) ,hold)))
      (doseq [step (butlast steps)]
        (.extend bindings [hold step]))
      `(let ,bindings ,(last steps)))))

(defmacro cond->
  "Passes the value, as with ->, through each step whose condition is true.
  (cond-> 1 true inc false (* 100) true (+ 5)) => 7"
  [value & clauses]
  (%thread-cond 'cond-> %thread-first value clauses))

(defmacro cond->>
  "Passes the value, as with ->>, through each step whose condition is true.
  (cond->> [1 2 3] true (map inc) false (filter even?)) => [2 3 4]"
  [value & clauses]
  (%thread-cond 'cond->> %thread-last value clauses))

(defmacro doto
  "Evaluates the value once, passes it as first operand to each step, and answers the value itself.
  (doto [3 1 2] .sort (.append 4)) => [1 2 3 4]"
  [value & steps]
  (let [hold (gensym)]
    `(let [,hold ,value]
       ,@(for [step steps] (%thread-first hold step))
       ,hold)))

; Declarations

(defmacro comment
  "Ignores its forms, which must read but are not compiled, and answers nil.
  (comment (this is never called)) => nil"
  [& forms]
  nil)

(defmacro declare
  "Says that the names will be defined later. Functions may use such names anyway, so this only tells the reader and `catena check`.
  (declare later) => nil"
  [& names]
  (doseq [name names]
    (unless (symbol? name) (throw (CompileError "declare takes names: (declare name …)"))))
  nil)

(defmacro assert
  "Raises an AssertionError with the message, or with the text of the condition, unless the condition is true.
  The message is evaluated only when it is needed.
  (assert (= 1 1)) => nil
  (try (assert (= 1 2)) (catch AssertionError e (str e))) => \"(= 1 2)\"
  (try (assert nil (+ \"no \" \"luck\")) (catch AssertionError e (str e))) => \"no luck\""
  [condition &opt (message (pr-str condition))]
  `(if ,condition nil (throw (AssertionError ,message))))

(defmacro defonce
  "Defines the name unless the module has it already, so that loading the file again keeps the value; answers the value.
  (do (defonce settled 1) (defonce settled 2) settled) => 1"
  [name value]
  (unless (symbol? name)
    (throw (CompileError "defonce takes a name and a value: (defonce name value)")))
  `(if (contains? (. (this-module) __dict__) ,(mangle name)) ,name (def ,name ,value)))

(defmacro with-zero-copy
  "Evaluates the body; a copy of a buffer that the bridge would have to make is a ZeroCopyError there.
  (with-zero-copy (len (float32array [1 2]))) => 2"
  [& body]
  `(do
     (bridge/enter-zero-copy)
     (try ,@body (finally (bridge/leave-zero-copy)))))

; Output

(defmacro with-out-str
  "Evaluates the body and answers what it printed, as a string.
  (with-out-str (print 1) (prn :a)) => \"1\\n:a\\n\""
  [& body]
  `(let [out# (.StringIO ($py "io"))]
     (with [_# (.redirect-stdout ($py "contextlib") out#)] ,@body)
     (.getvalue out#)))
