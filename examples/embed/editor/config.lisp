; The config of examples/embed/editor, which defines these.
(declare options text before move insert bind message hook)

(options {:tab-width 2 :greeting "hello"})

(defn current-line []
  (nth (split (text) "\n") (.count (before) "\n")))

(defn column []
  (len (last (split (before) "\n"))))

(defn duplicate-line []
  (let [line (current-line)]
    (move (- (len line) (column)))
    (insert (str "\n" line))))

(bind {"C-d" duplicate-line
       "C-u" #(message (upper (text)))
       "C-e" :end})

; Lines end without spaces.
(hook "save" (fn [text] (join "\n" (map #(.rstrip %) (split text "\n")))))

; Typed arrows become real ones.
(hook "insert" (fn [typed] (replace typed "->" "→")))
