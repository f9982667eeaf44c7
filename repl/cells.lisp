; A notebook's cell in its parts: lines that are IPython's, commands of Catena's prompt, and the Catena between them.

(import re)
(import catena.program :as program)

(def repl (program.tool "repl"))
(def commands (program.tool "prompt_commands"))

(def own-line #"\s*(%|!)")
(def question #"\s*(?:\?+[^\s()\[\]{}\"';?]+|[^\s()\[\]{}\"';]+\?+)\s*$")

(defn- ours?
  "Whether a line that begins with % is a command for Catena's forms; all others IPython knows."
  [line]
  (let [found (re.match r"\s*%+(time|timeit|run)\b(.*)" line)]
    (and found (or (not= (.group found 1) "run")
                   (not (re.search r"\.(py|ipy|ipynb)\b" (.group found 2)))))))

(defn- as-asked
  "`?name` as `name?`."
  [line]
  (let [[marks name] (.groups (re.match r"\s*(\?*)(\S*)" line))] (+ name marks)))

(defn parts
  "The parts of a cell as #[kind content line]: \"forms\" with their text and the number of its first line, \"command\" with what to
  call, \"question\" with its line, which only the running cell can answer, \"own\" with IPython's lines."
  [cell session]
  (let [lines (.splitlines cell true)
        found []
        pending []
        first-number 0
        flush (fn []
                (when (not (blank? (join "" pending)))
                  (.append found #["forms" (join "" pending) (inc first-number)]))
                (set! pending []))
        add-own (fn [line]
                  (if (and (not (empty? found)) (= "own" (. found [-1] [0])))
                    (set! (. found [-1]) #["own" (+ (. found [-1] [1]) line) nil])
                    (.append found #["own" line nil])))
        first-line (or (first (filter (fn [l] (not (blank? l))) lines)) "")
        whole (re.match r"\s*%%(time|timeit)\b" first-line)]
    (cond
      whole [#["command" (.command-in commands (str "%" (.lstrip cell " \t\r\n%")) session) nil]]
      (re.match r"\s*%%" first-line) [#["own" cell nil]]
      else
      (loop [i 0]
        (if (>= i (count lines))
          (do (flush) found)
          (let [line (. lines [i])
                asks (.match question line)
                command (when (and (or asks (.match own-line line))
                                   (not= "incomplete" (program.input-state (join "" pending))))
                          (cond
                            asks "question"
                            (ours? line) "ours"
                            else "own"))]
            (cond
              (nil? command)
              (do
                (when (empty? pending) (set! first-number i))
                (.append pending line)
                (recur (inc i)))
              (= command "own")
              (do (flush) (add-own line) (recur (inc i)))
              (= command "question")
              (do
                (flush)
                (.append found #["question" (as-asked line) (inc i)])
                (recur (inc i)))
              else
              (let [n (loop [n 1]
                        (if (and (< (+ i n) (count lines))
                                 (repl.unfinished? (join "" (. lines [(: i (+ i n))]))))
                          (recur (inc n))
                          n))]
                (flush)
                (.append found
                  #["command"
                    (.command-in commands (join "" (. lines [(: i (+ i n))])) session)
                    nil])
                (recur (+ i n))))))))))
