; Tests: deftest makes a function of the module a test, `is` checks, and what it finds goes to the run in progress.
; Without one (a test function that is called by hand) a failure is printed at once.

(defclass %Failure [Exception]
  "A check that did not hold, on its way from the form to `is`: with the operands of a comparison, or a text about it."
  (defn __init__ [self message operands &opt detail]
    (.__init__ (super) message)
    (set! self.operands operands)
    (set! self.detail detail)))

(defclass %Run []
  "What one run of tests has found so far."
  (defn __init__ [self]
    (set! self.tests [])       ; one map for each test: :file :name :seconds :checks :failures
    (set! self.current nil)
    (set! self.contexts [])))

(def %run nil)

(def %fixtures {})

; Checking

(def %comparisons
  (frozenset '[= == not= != < <= > >= identical? contains? instance? isinstance issubclass some
               every? not-any? empty? even? odd? zero? pos? neg? nil? some? true? false? string?
               symbol? keyword? number? int? float? list? vector? map? set? fn? callable?
               starts-with? ends-with? includes? blank? in]))

(defn- %plain-call?
  [form]
  (and (list? form) (not (empty? form)) (symbol? (first form)) (contains? %comparisons (first form))
    (not-any? (fn [x] (and (list? x) (contains? '#[%splat %splat-map] (first x)))) (rest form))))

(defn- %throws?
  [form]
  (and (list? form) (< 2 (count form)) (contains? '#[thrown? thrown-with-msg?] (first form))))

(defn- %thrown-checked
  "What `is` makes of the error that a thrown? form caught, or false; a pattern must be found in its message."
  [error pattern]
  (cond
    (false? error) (throw (%Failure nil nil "nothing was thrown"))
    (or (nil? pattern) (.search ($py "re") pattern (builtins.str error))) (%passed error)
    else (throw (%Failure nil nil f"{pattern.pattern!r} is not in the message of {error!r}"))))

(defn- %passed
  [value]
  (unless (or (nil? %run) (nil? %run.current))
    (update! (get %run.current :checks) inc))
  value)

(defn- %place-of
  "FILE:LINE:COLUMN of an entry of a traceback."
  [entry]
  (let [code entry.tb-frame.f-code
        spans (builtins.list (.co-positions code))
        [line _ column] (or (get spans (// entry.tb-lasti 2)) [entry.tb-lineno nil nil])
        where f"{(.relpath ($py "os.path") code.co-filename)}:{(or line entry.tb-lineno)}"]
    (if (nil? column) where f"{where}:{(inc column)}")))

(defn- %place
  "FILE:LINE:COLUMN of the frame that caught the exception."
  [error]
  (if (nil? error.__traceback__) "?" (%place-of error.__traceback__)))

(defn- %failed
  [error form message]
  (let [failure {:place (%place error) :form form :message message :error error
                 :failed (isinstance error %Failure)
                 :contexts (if (nil? %run) [] (vec %run.contexts))}]
    (unless (or (nil? %run) (nil? %run.current))
      (set! (get failure :test) (get %run.current :name)))
    (if (or (nil? %run) (nil? %run.current))
      (print (%failure-text failure))
      (do
        (update! (get %run.current :checks) inc)
        (.append (get %run.current :failures) failure)))
    false))

(defn- %shown
  "A value in Catena's notation, whatever its own code does about that."
  [value]
  (try
    (pr-str value)
    (catch Exception error f"<{(. (type value) __name__)} that cannot be shown: {error!r}>")))

(defn- %value-text
  [value]
  f"value: {(%shown value)}")

(defmacro is
  "Checks that the form is true, reports what was expected and what was there when it is not, and goes on.
  Answers the form's value, or false.
  (is (= 4 (+ 2 2))) => true
  (is (thrown? ZeroDivisionError (/ 1 0)) \"division\") => ZeroDivisionError('division by zero')"
  [form &opt message]
  (let [error (gensym)]
    `(try
       ,(cond
          (%throws? form)
          (let [[head classes & more] form
                [pattern & body] (if (= head 'thrown?) (cons nil more) more)]
            `(%thrown-checked (thrown? ,classes ,@body) ,pattern))
          (%plain-call? form)
          (let [names (vec (repeatedly (count (rest form)) gensym))]
            `(let [,@(for [[name operand] (zip names (rest form)) part [name operand]] part)
                   value# (,(first form) ,@names)]
               (if value# (%passed value#) (throw (%Failure ,message [,@names])))))
          else
          `(let [value# ,form]
             (if value# (%passed value#) (throw (%Failure ,message nil (%value-text value#))))))
       (catch Exception ,error (%failed ,error ',form ,message)))))

(defmacro are
  "Checks the form once for each row of values: (are [x y] (= x y) row1-x row1-y row2-x row2-y …).
  (are [x y] (= x (* y y)) 4 2 9 3) => nil"
  [names form & values]
  (let [width (count names) values (vec values)]
    (when (or (zero? width) (empty? values) (not (zero? (mod (count values) width))))
      (throw (CompileError f"are: rows of {width} are not filled by {(%counted (count values) "value")}: (are [x y] form x1 y1 x2 y2 …)")))
    `(do
       ,@(for [row (partition width values)]
           `(testing ,(join ", " (for [[name value] (zip names row)] f"{name} {(pr-str value)}"))
              (let [,@(for [[name value] (zip names row) part [name value]] part)]
                (is ,form))))
       nil)))

(defn- %enter
  [context]
  (unless (nil? %run) (.append %run.contexts context)))

(defn- %leave
  []
  (unless (nil? %run) (.pop %run.contexts)))

(defmacro testing
  "Evaluates the body; failures of checks in it are reported with the text.
  (testing \"sums\" (is (= 2 (+ 1 1)))) => true"
  [text & body]
  `(do
     (%enter ,text)
     (try ,@body (finally (%leave)))))

(defmacro thrown?
  "Evaluates the body and answers the exception when it raises one of the class (or vector of classes), else false.
  Other exceptions pass.
  (thrown? ValueError (int \"x\")) => ValueError(\"invalid literal for int() with base 10: 'x'\")
  (thrown? ValueError (int \"1\")) => false"
  [classes & body]
  `(try (do ,@body false) (catch ,classes error# error#)))

(defmacro thrown-with-msg?
  "Like thrown?, and the pattern must be found in the exception's message.
  (bool (thrown-with-msg? ValueError #\"invalid literal\" (int \"x\"))) => true
  (thrown-with-msg? ValueError #\"no such text\" (int \"x\")) => false"
  [classes pattern & body]
  `(let [error# (thrown? ,classes ,@body)]
     (if (and error# (.search ($py "re") ,pattern (builtins.str error#))) error# false)))

; Defining

(defn- %mentions?
  [form names]
  (let [open [form] found false]
    (while (and (not found) (not (empty? open)))
      (let [x (.pop open)]
        (cond
          (symbol? x) (set! found (contains? names x))
          (map? x) (.extend open (mapcat identity (.items x)))
          (or (list? x) (vector? x) (tuple? x) (set? x)) (.extend open x))))
    found))

(defn- %test
  [f]
  (set! f.is-test true)
  f)

(defmacro deftest
  "Defines a function without parameters as a test: `catena test` calls it. Its body may await.
  (do (deftest adds (is (= 2 (+ 1 1)))) (adds)) => true"
  [name & body]
  (unless (symbol? name) (throw (CompileError "deftest takes a name: (deftest name body…)")))
  ; The last form is no tail call: what fails in it has the test in its traceback.
  `(def ,name
     (%test (,(if (%mentions? body '#{await for-async with-async}) 'fn-async 'fn) ,name []
             (let [answer# (do ,@body)] answer#)))))

(defn- %use-fixtures
  [module kind fixtures]
  (unless (contains? #[:each :once] kind)
    (throw (ValueError f"use-fixtures takes :each or :once first, not {(pr-str kind)}")))
  (set! (. (.setdefault %fixtures module {}) [kind]) fixtures)
  nil)

(defmacro use-fixtures
  "Says which functions wrap each test (:each) of this module, or all of them together (:once). A fixture gets a function
  and calls it: (defn with-file [run] (setup) (run) (teardown)).
  (use-fixtures :each (fn [run] (run))) => nil"
  [kind & fixtures]
  `(%use-fixtures ,'__name__ ,kind [,@fixtures]))

(defmacro with-redefs
  "Sets names of this module, or other places such as module.name, while the body runs, and sets them back.
  (do (def price 5) (defn total [n] (* n price)) [(with-redefs [price 1] (total 3)) (total 3)]) => [3 15]"
  [bindings & body]
  (unless (and (vector? bindings) (even? (count bindings)))
    (throw (CompileError "with-redefs takes pairs: (with-redefs [place value …] body …)")))
  (let [pairs (partition 2 bindings)
        olds (for [_ pairs] (gensym))
        news (for [_ pairs] (gensym))]
    `(let [,@(mapcat (fn [[place _] old] [old place]) pairs olds)
           ,@(mapcat (fn [[_ value] new] [new value]) pairs news)]
       ,(reduce
          (fn [inner [[place _] old new]]
            `(do (set! ,place ,new) (try ,inner (finally (set! ,place ,old)))))
          `(do ,@body)
          (reverse (zip pairs olds news))))))

; Running

(defn- %is-test?
  [x]
  (and (fn? x) (getattr x "is_test" false)))

(defn- %wrapped
  [fixtures run]
  (let [wrapped run]
    (doseq [fixture (reverse fixtures)]
      (let [inner wrapped]
        (set! wrapped (fn [] (fixture inner)))))
    wrapped))

(defn- %run-one
  [file test fixtures]
  (let [record {:file file :name test.__name__ :seconds 0.0 :checks 0 :failures []}
        clock (. ($py "time") perf-counter)
        start (clock)]
    (.append %run.tests record)
    (set! %run.current record)
    (set! %run.contexts [])
    (try
      (let [ran false]
        ((%wrapped fixtures
           (fn []
             (set! ran true)
             (let [answer (test)]
               (when (.iscoroutine ($py "inspect") answer) (.run ($py "asyncio") answer))))))
        (unless ran (throw (RuntimeError "a fixture did not call the function that it was given"))))
      (catch [Exception SystemExit] error
        (.append (get record :failures)
          {:place (%place-below error test) :message nil :error error :failed false
           :contexts (vec %run.contexts)
           :test test.__name__})))
    (set! %run.current nil)
    (set! (get record :seconds) (- (clock) start))
    record))

(defn- %place-below
  "The place in the test where an exception came out of it; without one, as in a fixture, the innermost in any file."
  [error test]
  (let [place "?" entry error.__traceback__]
    (while (some? entry)
      (unless (starts-with? entry.tb-frame.f-code.co-filename "<") (set! place (%place-of entry)))
      (when (= entry.tb-frame.f-code test.__code__) (break))
      (set! entry entry.tb-next))
    place))

(defn- %run-module
  [module file only]
  (let [tests (for [value (vec (.values module.__dict__))
                    :when (and (%is-test? value) (or (nil? only) (includes? value.__name__ only)))]
                value)
        fixtures (get %fixtures module.__name__ {})]
    (unless (empty? tests)
      ((%wrapped (get fixtures :once [])
         (fn []
           (doseq [test tests]
             (%progress (%run-one file test (get fixtures :each []))))))))))

(defn- %load-file
  [path]
  (let [os ($py "os.path")
        folder (.dirname os (.abspath os path))
        name (nth (.splitext os (.basename os path)) 0)
        modules (. ($py "sys") modules)
        loaded (get modules name)]
    (unless (or (nil? loaded) (= (getattr loaded "__file__" nil) (.abspath os path)))
      (.pop modules name))
    (let [search (. ($py "sys") path)]
      (.insert search 0 folder)
      (try (.import-module ($py "importlib") name)
        (finally (.remove search folder))))))

(defn- %test-files
  [path]
  (let [os ($py "os.path")]
    (cond
      (.isdir os path)
      (for [[folder folders names] (.walk ($py "os") path)
            :let [_ (.sort folders)]
            name (sort names)
            :when (and (ends-with? name ".lisp")
                       (or (starts-with? name "test_") (ends-with? name "_test.lisp")))]
        (.join os folder name))
      (.exists os path) [path]
      else (throw (SystemExit f"catena: {path}: there is no such file or folder")))))

(defn- %run-files
  "Runs the tests of the files and folders. Answers the exit status: 0, 1 after a failure or when nothing ran."
  [paths only junit]
  (let [outer %run start (.perf-counter ($py "time")) run (%Run)]
    (set! %run run)
    (try
      (doseq [file (mapcat %test-files paths)]
        (try (%run-module (%load-file file) file only)
          (catch [Exception SystemExit] error
            (let [record {:file file :name "(loading)" :seconds 0.0 :checks 0
                          :failures [{:place file :message "the file could not be loaded"
                                      :error error
                                      :failed false :contexts []}]}]
              (.append run.tests record)
              (%progress record)))))
      (%report run (- (.perf-counter ($py "time")) start))
      (when junit (%write-junit run junit))
      (if (or (empty? run.tests) (some (fn [t] (not (empty? (get t :failures)))) run.tests)) 1 0)
      (finally (set! %run outer)))))

(defn run-tests
  "Runs the tests of the modules, or of this one, prints a report and answers whether all passed.
  (callable? run-tests) => true"
  [& modules]
  (let [outer %run start (.perf-counter ($py "time")) run (%Run)]
    (set! %run run)
    (try
      (doseq [module (if (empty? modules) [(this-module)] modules)]
        (%run-module module module.__name__ nil))
      (%report run (- (.perf-counter ($py "time")) start))
      (every? (fn [t] (empty? (get t :failures))) run.tests)
      (finally (set! %run outer)))))

; Reporting

(defn- %lines
  "A text line by line, a long collection item by item."
  [x]
  (let [laid-out (fn [item indent]
                   (.splitlines (try
                                  (%laid-out item indent 100 #{})
                                  (catch Exception _ (%shown item)))))
        shown (if (string? x) (.splitlines x) (laid-out x 0))
        [open close] (cond
                       (vector? x) ["[" "]"]
                       (tuple? x) ["#[" "]"]
                       (list? x) ["(" ")"]
                       else [nil nil])]
    (if (and (some? open) (< 1 (count shown)))
      [open #* (mapcat (fn [item] (map (fn [line] (str "  " line)) (laid-out item 2))) x) close]
      shown)))

(defn- %difference
  "What differs between two values, as lines, when one needs several: with two lines around each change, and an end."
  [expected actual]
  (let [before (%lines expected) after (%lines actual) most 60]
    (if (and (< (count before) 2) (< (count after) 2))
      []
      (let [lines (for [line (drop 2
                                   (.unified-diff ($py "difflib") before after :n 2 :lineterm ""))]
                    (cond
                      (starts-with? line "@@") "      …"
                      (starts-with? line " ") f"        {(. line [(: 1 nil)])}"
                      else f"      {(first line)} {(. line [(: 1 nil)])}"))
            lines (if (= (first lines) "      …") (vec (rest lines)) lines)]
        (if (< most (count lines))
          [#* (take most lines) f"      … and {(%counted (- (count lines) most) "line")} more"]
          lines)))))

(defn- %same?
  [a b]
  (try (bool (= a b)) (catch Exception _ false)))

(defn- %first-difference
  "The path to the first items of two nested values that differ, as keys and indexes, and these items as texts."
  [expected actual]
  (let [sequence? (fn [x] (or (vector? x) (tuple? x) (list? x)))
        shown (fn [xs key there] (if there (%shown (. xs [key])) "nothing"))]
    (loop [a expected b actual path []]
      (let [[keys in-a in-b]
            (cond
              (and (map? a) (map? b))
              [(distinct (concat (vec a) (vec b)))
               (fn [k] (contains? a k))
               (fn [k] (contains? b k))]
              (and (sequence? a) (sequence? b))
              [(range (max (count a) (count b))) (fn [i] (< i (count a))) (fn [i] (< i (count b)))]
              else [[] nil nil])
            key (some (fn [k] (unless (and (in-a k) (in-b k) (%same? (. a [k]) (. b [k]))) [k]))
                      keys)]
        (cond
          (nil? key) [path (%shown a) (%shown b)]
          (and (in-a (first key)) (in-b (first key)) (< (count path) 100))
          (recur (. a [(first key)]) (. b [(first key)]) (conj path (first key)))
          else [(conj path (first key))
                (shown a (first key) (in-a (first key)))
                (shown b (first key) (in-b (first key)))])))))

(defn- %comparison-lines
  "What an equality that does not hold expected, and what was there."
  [expected actual]
  (let [difference (%difference expected actual)
        [path a b] (%first-difference expected actual)
        both [f"    expected: {(%shown expected)}" f"      actual: {(%shown actual)}"]]
    [#* (if (empty? difference) both ["    - expected, + actual" #* difference])
     #* (cond
          (and (set? expected) (set? actual))
          (for [[word only] [["missing" (- expected actual)] ["too much" (- actual expected)]]
                :when (not (empty? only))]
            f"    {word}: {(%shown only)}")
          (empty? path) []
          else [f"    at {(%shown path)}: expected {a}, actual {b}"])]))

(defn- %error-text
  "The traceback from the first frame on that is the user's: how the tests were run and the file was imported is no news."
  [error]
  (let [entry error.__traceback__
        ours? (fn [file] (or (starts-with? file "<catena") (starts-with? file "<frozen importlib")
                             (ends-with? file "/importlib/__init__.py")))]
    (while (and (some? entry) (ours? entry.tb-frame.f-code.co-filename)) (set! entry entry.tb-next))
    (join "" (.format-exception ($py "traceback") (type error) error entry))))

(defn- %failure-text
  [failure]
  (let [{:keys [place test form message error failed contexts]} failure
        where [#* (if (nil? test) [] [test]) #* contexts]
        lines [f"{(if failed "FAIL" "ERROR")} {place}{(if (empty? where) "" (str " " (join " > " where)))}"]]
    (when (some? message) (.append lines f"  {message}"))
    (when (contains? failure :form) (.append lines f"  {(pr-str (list 'is form))}"))
    (if failed
      (let [operands error.operands]
        (cond
          (and (some? operands) (= (count operands) 2) (contains? '#[= ==] (first form)))
          (.extend lines (%comparison-lines #* operands))
          (some? operands)
          (.append lines f"    operands: {(join " " (map %shown operands))}")
          (some? error.detail)
          (.append lines f"    {error.detail}")))
      (doseq [line (.splitlines (%error-text error))]
        (.append lines f"    {line}")))
    (join "\n" lines)))

(defn- %progress
  [record]
  (let [{:keys [file name failures]} record]
    (print (if (empty? failures) "ok  " "FAIL") f"{file}: {name}" :flush true)))

(defn- %report
  [run seconds]
  (let [failures (mapcat :failures run.tests)
        failed (count (filter (fn [t] (not (empty? (get t :failures)))) run.tests))
        checks (reduce + 0 (map :checks run.tests))]
    (doseq [failure failures]
      (print)
      (print (%failure-text failure)))
    (print)
    (if (empty? run.tests)
      (print "no tests found")
      (print f"{(- (count run.tests) failed)} passed, {failed} failed ({(%counted checks "check")}, {seconds:.2f} s)"))))

(defn- %write-junit
  [run path]
  (let [xml ($py "xml.etree.ElementTree")
        clean (fn [text] (.sub ($py "re") #"[^\t\n\r -\ud7ff\ue000-\ufffd]" "?" text))
        root (.Element xml "testsuites")]
    (doseq [[file tests] (.items (group-by :file run.tests))]
      (let [bad (fn [failed]
                  (count (filter (fn [t]
                                   (some (fn [f] (= failed (get f :failed))) (get t :failures)))
                                 tests)))
            suite (.SubElement xml root "testsuite"
                    {"name" file "tests" (builtins.str (count tests))
                     "failures" (builtins.str (bad true))
                     "errors" (builtins.str (bad false))
                     "time" f"{(reduce + 0.0 (map :seconds tests)):.6f}"})]
        (doseq [t tests]
          (let [element (.SubElement xml suite "testcase"
                          {"classname" file "name" (get t :name) "time" f"{(get t :seconds):.6f}"})]
            (doseq [f (get t :failures)]
              (let [child (.SubElement xml element (if (get f :failed) "failure" "error")
                            {"message" (clean (str (or (get f :message) (pr-str (get f :form)))))})]
                (set! child.text (clean (%failure-text f)))))))))
    (try
      (with [file (open path "wb")]
        (.write (.ElementTree xml root) file :encoding "utf-8" :xml-declaration true))
      (catch OSError error
        (throw (SystemExit f"catena: {path}: cannot be written: {error.strerror}"))))))
