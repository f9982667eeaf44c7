; Writes the reference of the core library, docs/core.md, from the documentation of its names:
;
;     catena docs/core.lisp > docs/core.md

(import catena.core)

(def groups
  ["Build" '[list vector vec tuple dict set hash-map hash-set range repeat repeatedly iterate cycle
             list* lazy-seq*]
   "Look" '[first second rest next last nth count empty? get get-in contains? keys vals items find
            some every? not-any? not-every? index-of last-index-of peek pop key val ffirst nfirst
            fnext nnext butlast seq not-empty nthrest nthnext subvec infinite? lazy?]
   "Change" '[cons conj concat into assoc assoc-in dissoc disj update update-in update-vals
              update-keys merge merge-with select-keys empty rename-keys map-invert union
              intersection difference subset? superset?]
   "Sequences" '[map mapv map-indexed mapcat filter filterv remove keep keep-indexed reduce
                 reduce-kv reductions reduced reduced? unreduced take drop take-while drop-while
                 take-last drop-last take-nth split-at split-with partition partition-all
                 partition-by group-by frequencies sort sort-by reverse reversed distinct distinct?
                 dedupe flatten interleave interpose zip zipmap enumerate shuffle rand-nth min-key
                 max-key run! doall dorun tree-seq walk postwalk prewalk]
   "Functions" '[identity constantly comp partial complement juxt memoize apply trampoline
                 every-pred some-fn fnil defmulti defmethod]
   "Numbers" '[+ - * / // % mod ** quot rem matmul inc dec even? odd? zero? pos? neg? number? int?
               float? = == not= != < <= > >= identical? compare not abs min max sum product round
               rand rand-int bit-and bit-or bit-xor bit-not bit-shift-left bit-shift-right]
   "Strings" '[str fmt join split split-lines trim triml trimr upper lower upper-case lower-case
               capitalize starts-with? ends-with? includes? replace replace-first blank? subs pr-str
               re-pattern re-find re-matches re-seq]
   "Conversion and names"
   '[plain int float bool boolean keyword symbol name namespace gensym mangle read-string parse-long
     parse-double parse-boolean]
   "Kinds" '[nil? some? true? false? string? symbol? keyword? list? vector? tuple? map? set? fn?
             callable? instance? type any? associative? atom? boolean? bytes? class? coll? complex?
             counted? double? exception? future? ident? ifn? indexed? integer? iterable? iterator?
             module? nan? pattern? seq? sequential?]
   "Input and output" '[print println prn pr pprint newline flush slurp spit read-line with-out-str]
   "State" '[atom deref reset! swap! reset-vals! swap-vals! compare-and-set! delay force promise
             deliver realized?]
   "Exceptions" '[ExceptionInfo ex-info ex-data ex-message ex-cause]
   "Conditions and bindings"
   '[when when-not unless if-not if-let when-let if-some when-some when-first while-let condp letfn
     assert comment declare defonce]
   "Threading" '[-> ->> as-> some-> some->> cond-> cond->> doto]
   "Arrays" '[float32array float64array int32array int64array uint8array as-nd with-zero-copy]
   "The bridge" '[bridge/stats bridge/reset-stats bridge/explain]
   "Time and tests" '[time bench progress deftest is are testing thrown? thrown-with-msg?
                      use-fixtures with-redefs run-tests]
   "Help and reflection"
   '[doc source dir apropos arglists source-text this-module native? takes-pairs? eval macroexpand
     macroexpand-1]])

(defn value-of
  "What a name of core's stands for; bridge/stats is a member of core's module bridge."
  [symbol]
  (let [owner (if (namespace symbol) (getattr catena.core (namespace symbol)) catena.core)]
    (getattr owner (mangle (name symbol)) nil)))

(defn ours? [value] (starts-with? (. (if (class? value) value (type value)) __module__) "catena"))

(defn usage [name value]
  (for [parameters (arglists value)]
    (str "(" (join " " [name #* (split (. parameters [(: 1 -1)]))]) ")")))

(defn show [name]
  (let [value (value-of name)
        text (and (some? value) (.getdoc ($py "inspect") value))]
    (cond
      (nil? value) nil
      (not (ours? value)) (print f"### `{name}`\n\nPython's own.\n")
      else
      (let [[words examples] (split-with (fn [line] (not (includes? line " => ")))
                                         (split-lines (or text "")))]
        (print f"### `{name}`\n")
        (let [calls (usage name value)]
          (unless (empty? calls) (print (str (join ", " (for [call calls] f"`{call}`")) "\n"))))
        (print (str (.strip (join " " (map trim words))) "\n"))
        (unless (empty? examples)
          (print "```lisp")
          (doseq [line examples] (print (trim line)))
          (print "```\n"))))))

(print "# The core library\n")
(print "Made by `docs/core.lisp` from the documentation of the names; `(doc name)` shows the same. The examples are tests.")
(print "In a call `&opt`, `&key` and `&` are those of [parameter lists](language.md#definitions-and-functions).\n")
(print (str (join " ·\n" (for [title [#* (map first (partition 2 groups)) "Special forms"]]
                           f"[{title}](#{(lower (replace title " " "-"))})")) "\n"))
(doseq [[title names] (partition 2 groups)]
  (print f"## {title}\n")
  (doseq [name names] (show name)))

(print "## Special forms\n")
(doseq [[name text] (.items catena.core.special-form-docs)]
  (let [[about & examples] (split-lines text)
        [usage _ what] (.partition about ": ")
        [call also others] (.partition usage ", also ")
        code (if (includes? call "`") f"`` {call} ``" f"`{call}`")]
    (print f"### `{name}`\n\n{code}{also}{others}: {what}\n\n```lisp")
    (doseq [line examples] (print line))
    (print "```\n")))

; Nothing public may be missing above.
(let [named (set (map str (mapcat identity (map second (partition 2 groups)))))
      left (for [key (builtins.dir catena.core)
                 :let [value (getattr catena.core key) shown (getattr value "__name__" key)]
                 :when (and (not (starts-with? key "_")) (not (starts-with? key "%")) (ours? value)
                         (callable? value)
                         (not (isinstance value type)) (not (contains? named (str shown))))]
             shown)]
  (unless (empty? left)
    (throw (ValueError f"docs/core.lisp leaves out {(join ", " left)}"))))
