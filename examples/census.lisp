; A census of the Python library on this machine: every file is parsed with `ast`, and NumPy says which modules are the
; largest, the deepest and the best documented.
;
;     catena examples/census.lisp              the standard library
;     catena examples/census.lisp FOLDER…      any other folders of Python files

(import ast sys sysconfig warnings
        [numpy :as np]
        [pathlib :refer [Path]])

(def documentable #[ast.Module ast.ClassDef ast.FunctionDef ast.AsyncFunctionDef])


; Measuring

(defn python-files
  "The paths of the Python files under a folder, in order."
  [folder]
  (sort (.rglob (Path folder) "*.py")))

(defn parse
  "The syntax tree of a file, or nil when it is not written in this Python (templates, tests of errors)."
  [path]
  (try (ast.parse (.read-bytes path) (str path))
    (catch [SyntaxError ValueError] _ nil)))

(defn depth
  "How deep a syntax tree is. Goes level by level, so that no tree is too deep for it."
  [tree]
  (loop [level [tree] n 0]
    (if (empty? level)
      n
      (recur (mapcat ast.iter-child-nodes level) (inc n)))))

(defn module-name
  "The dotted name of the module in a file: json/__init__.py is json."
  [path folder]
  (-> (.with-suffix (.relative-to path folder) "")
      .-parts
      (->> (join "."))
      (.removesuffix ".__init__")))

(defn measure
  "The figures of one module as a map, or nil when it cannot be parsed."
  [path folder]
  (when-let [tree (parse path)]
    (let [nodes (vec (ast.walk tree))
          definitions (filter #(isinstance % documentable) nodes)
          documented (filter ast.get-docstring definitions)]
      {:module (module-name path folder)
       :nodes (len nodes)
       :depth (depth tree)
       :definitions (len definitions)
       :documented (/ (len documented) (len definitions))})))


; Reporting

(defn column
  "The values of all modules under a key, as a NumPy array."
  [modules key]
  (np.array (map key modules)))

(defn top
  "The n modules with the largest values under a key."
  [n modules key]
  (let [order (np.argsort (- (column modules key)) :kind "stable")]
    (for [i (take n order)] (. modules [i]))))

(defn print-table
  "A title, and a line with the value under the key for each module."
  [title key form modules]
  (println f"\n{title}")
  (doseq [module (top 10 modules key)]
    (println f"  {(:module module):<50} {(format (key module) form):>9}")))

(defn print-percentiles
  "A line that says how the values under the key are spread."
  [key form modules]
  (let [values (np.percentile (column modules key) [10 25 50 75 90 99 100])
        cells (for [value values] f"{(format value form):>9}")]
    (println f"  {key:<12}{(join cells)}")))

(defn report
  "Everything that there is to say about the modules."
  [modules]
  (print-table "Largest (nodes of the syntax tree)" :nodes ",d" modules)
  (print-table "Deepest (levels of the syntax tree)" :depth "d" modules)
  (print-table "Best documented (of those with 20 definitions or more)" :documented ".0%"
               (filter #(>= (:definitions %) 20) modules))
  (println "\nPercentiles        10%      25%      50%      75%      90%      99%     100%")
  (print-percentiles :nodes ",.0f" modules)
  (print-percentiles :depth ".0f" modules)
  (print-percentiles :documented ".0%" modules))

(defn main
  [& folders]
  (warnings.simplefilter "ignore")
  (let [folders (if (empty? folders) [(sysconfig.get-path "stdlib")] folders)
        files (for [folder folders path (python-files folder)] #[path folder])
        modules (keep (fn [[path folder]] (measure path folder)) files)]
    (when (empty? modules)
      (sys.exit (str "no Python files in " (join ", " folders))))
    (println f"{(len modules):,} modules, {(np.sum (column modules :nodes)):,} nodes"
             f"({(- (len files) (len modules))} files are not written in this Python)")
    (report modules)))

(apply main *args*)
