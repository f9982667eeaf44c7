; The line editor, on prompt_toolkit: colours while one types, brackets that match, indentation, completion with what is
; known beside it, the history and its search. What the pieces of a text are, the reader's own scanner says.

(import asyncio bisect io os re sys termios time)
(import catena.program :as program)
(import prompt-toolkit.application.current :refer [get-app])
(import prompt-toolkit.auto-suggest :refer [AutoSuggestFromHistory])
(import prompt-toolkit.completion :refer [Completer Completion])
(import prompt-toolkit.data-structures :refer [Size])
(import prompt-toolkit.filters :refer [Condition has-completions completion-is-selected has-focus])
(import prompt-toolkit.formatted-text :refer [FormattedText])
(import prompt-toolkit.history :as pt-history)
(import prompt-toolkit.input :refer [create-input])
(import prompt-toolkit.input.typeahead :refer [clear-typeahead])
(import prompt-toolkit.input.vt100 :refer [Vt100Input raw-mode])
(import prompt-toolkit.key-binding :refer [KeyBindings])
(import prompt-toolkit.layout.processors :refer [Processor Transformation])
(import prompt-toolkit.layout.utils :refer [explode-text-fragments])
(import prompt-toolkit.lexers :refer [Lexer])
(import prompt-toolkit.output.color-depth :refer [ColorDepth])
(import prompt-toolkit.patch-stdout :refer [patch-stdout])
(import prompt-toolkit.output.vt100 :refer [Vt100-Output])
(import prompt-toolkit.shortcuts :refer [PromptSession CompleteStyle print-formatted-text])
(import prompt-toolkit.styles :refer [Style])

(def repl (program.tool "repl"))

; Colours: the terminal's own sixteen, which its owner chose to be legible

(def styles
  {:comment "italic ansibrightblack" :open "ansibrightblack" :close "ansibrightblack"
   :prefix "ansimagenta"
   :name "" :head "ansiblue" :special "bold ansimagenta" :keyword "ansicyan" :constant "ansiyellow"
   :number "ansiyellow" :string "ansigreen" :wrong "underline ansired"
   :usage "ansibrightblack" :match "reverse" :prompt "bold ansigreen"
   :continuation "ansibrightblack"})

; What a style of Pygments calls them.
(def pygments-names
  {:comment "Comment" :open "Punctuation" :close "Punctuation" :prefix "Operator" :name "Name"
   :head "Name.Function"
   :special "Keyword" :keyword "String.Symbol" :constant "Keyword.Constant" :number "Number"
   :string "String"
   :wrong "Error"})

(defn- pygments-styles
  [name]
  (import pygments.styles :refer [get-style-by-name])
  (import pygments.token :refer [string-to-tokentype])
  (let [style (get-style-by-name name)]
    (into styles
      (for [[kind token] (.items pygments-names)]
        (let [found (.style-for-token style (string-to-tokentype token))]
          [kind
           (str (if (:color found) f"#{(:color found)}" "")
                (if (:bold found) " bold" "")
                (if (:italic found) " italic" ""))])))))

(defn- style-of
  [settings]
  (let [given (:style settings)
        chosen (if (string? given) (pygments-styles given) (merge styles given))]
    (.from-dict Style (merge {"bottom-toolbar" "noreverse"}
                             (into {}
                                   (for [[kind style] (.items chosen)]
                                     [f"catena.{kind}" style]))))))

(defn- no-colours?
  []
  (not= (os.environ.get "NO_COLOR" "") ""))

; The text's tokens, kept for the text that was asked about last

(defclass Scanned []
  (defn __init__ [self]
    (set! self.text nil)
    (set! self.tokens []))
  (defn of [self text]
    (when (not= text self.text)
      (set! self.tokens (program.tokens text))
      (set! self.text text))
    self.tokens))

(def scanned (Scanned))

(defn- style-of-token
  [text tokens i]
  (let [[start end kind mate finished] (. tokens [i])
        begins-call (and (= kind "name")
                         (> i 0)
                         (= (. tokens [(dec i)] [2]) "open")
                         (= (. text [(dec start)]) "("))
        kind (cond
               (not begins-call) kind
               (contains? special-names (. text [(: start end)])) "special"
               else "head")]
    f"class:catena.{kind}"))

(defn- styled-lines
  "The text's lines as lists of #[style text]."
  [text]
  (let [tokens (scanned.of text)
        lines [[]]
        add (fn [style piece]
              (doseq [[k line] (enumerate (.split piece "\n"))]
                (when (> k 0) (.append lines []))
                (when (not= line "") (.append (. lines [-1]) #[style line]))))
        behind 0]
    (doseq [i (range (count tokens))]
      (let [[start end] (. tokens [i] [(: 0 2)])]
        (when (> start behind) (add "" (. text [(: behind start)])))
        (add (style-of-token text tokens i) (. text [(: start end)]))
        (set! behind end)))
    (when (< behind (count text)) (add "" (. text [(: behind nil)])))
    lines))

(def special-names
  (into #{}
        (concat (keys special-form-docs)
                ["when" "when-not" "unless" "if-not" "if-let" "when-let" "->" "->>" "as->" "some->"
                 "doto" "comment"])))

(defclass CatenaLexer [Lexer]
  (defn lex-document [self document]
    (let [lines nil text document.text]
      (fn [number]
        (when (nil? lines)
          (set! lines (if (re.match r"\s*!" text)
                        (for [line (.split text "\n")] [#["" line]])
                        (styled-lines text))))
        (if (< number (count lines)) (. lines [number]) [])))))

; Brackets that match: the one at the cursor, or just before it, and its mate

(defn- matching-places
  "The places of the bracket at the cursor and of its mate, as pairs of begin and end."
  [document]
  (let [tokens (scanned.of document.text)
        cursor document.cursor-position
        i (bisect.bisect-right tokens cursor :key (fn [t] (. t [0])))
        ; The bracket that begins at the cursor, or the one that ends there.
        near (filter (fn [k]
                       (and (< -1 k (count tokens)) (some? (. tokens [k] [3]))
                            (or (= (. tokens [k] [0]) cursor) (= (. tokens [k] [1]) cursor))))
                     [(dec i) (- i 2)])]
    (if (empty? near)
      []
      (for [k [(first near) (. tokens [(first near)] [3])]] (. tokens [k] [(: 0 2)])))))

(defclass MatchingBrackets [Processor]
  (defn apply-transformation [self input]
    (let [document input.document
          app (get-app)
          found (if (or app.is-done (> (count document.text) 100000)) [] (matching-places document))
          fragments input.fragments]
      (if (empty? found)
        (Transformation fragments)
        (let [line-start (.translate-row-col-to-index document input.lineno 0)
              line-end (+ line-start (count (. document.lines [input.lineno])))
              here (filter (fn [place]
                             (and (>= (first place) line-start) (<= (. place [1]) line-end)))
                           found)]
          (if (empty? here)
            (Transformation fragments)
            (let [fragments (explode-text-fragments fragments)]
              (doseq [[start end] here column (range (- start line-start) (- end line-start))]
                (let [shown (.source-to-display input column)]
                  (when (< shown (count fragments))
                    (let [[style text & more] (. fragments [shown])]
                      (set! (. fragments [shown]) #[(+ style " class:catena.match") text])))))
              (Transformation fragments))))))))

; Completion

(defclass Completions [Completer]
  (defn __init__ [self module] (set! self.module module))
  (defn get-completions [self document event]
    (let [[start found] (.candidates-for self document.text document.cursor-position
                          event.completion-requested)]
      (doseq [candidate found]
        (yield
          (Completion candidate.text :start-position (- start document.cursor-position)
            :display-meta (if (= candidate.about "") candidate.kind candidate.about))))))
  (defn candidates-for [self text position asked]
    (let [candidates (program.tool "candidates")
          before (. text [(: 0 position)])
          command (re.fullmatch r"\s*(%+)(\w*)" before)
          path (re.fullmatch r"\s*(?:!|%+(?:run|cd)\s)[\s\S]*?([^\s'\"]*)" before)]
      (cond
        command (.commands self candidates (.group command 2) position)
        path (candidates.paths (.group path 1) position)
        ; File names in any string would be in the way of who only types.
        (or asked (not (re.search r"\"[^\"/]*$" before)))
        ; A command's rest, `%time (f`, is code like any other.
        (candidates.complete text position self.module)
        else #[position []])))
  (defn commands [self candidates prefix position]
    (let [commands (. (program.tool "prompt_commands") commands)]
      #[(- position (count prefix))
        (for [[name command] (.items commands) :when (starts-with? name prefix)]
          (candidates.Candidate name "command" command.__doc__))])))

; How the call that is open is written, below what is typed

(def longest-usage "Characters of a text that is looked at for every key." 20000)

(defn- usage-line
  "As formatted text, nil where no call is open or it is not known how that is written."
  [document module]
  (when (< (count document.text) longest-usage)
    (let [usage (.usage-at (program.tool "candidates") document.text document.cursor-position
                           module)]
      (when usage
        [#["class:catena.usage" (str "  " (. (.splitlines usage) [0] [(: 0 300)]))]]))))

(defn- show-usage
  "Before each time the screen is drawn."
  [session module]
  (let [known nil]
    (fn [app]
      (let [document session.default-buffer.document
            place #[document.text document.cursor-position]]
        (when (not= place known)
          (set! known place)
          (set! session.bottom-toolbar
            (when (not (blank? document.text))
              (try (usage-line document module) (catch Exception _ nil)))))))))

; History

(defclass FormHistory [pt-history.History]
  "What prompt_toolkit asks of a history, answered by ours."
  (defn __init__ [self history]
    (.__init__ (super))
    (set! self.kept history))
  (defn load-history-strings [self] (vec (reversed self.kept.entries)))
  (defn store-string [self text] (.add self.kept text)))

; Keys

(defn- wants-more
  "Whether Enter begins a new line: the form is not whole, or the cursor is inside a text of several lines."
  [document]
  (let [text document.text behind (. text [(: document.cursor-position nil)])]
    (cond
      (blank? text) false
      (re.match r"\s*[^\s()\[\]{}\"';]+\?+\s*$" text) false
      (repl.unfinished? text) true
      else (and (not (blank? behind)) (includes? text "\n")))))

(defn- new-line
  [buffer]
  (let [document buffer.document
        before (. document.text [(: 0 document.cursor-position)])
        ; White space at the end of the line that is left goes with it.
        trailing (- (count before) (count (.rstrip before " \t")))
        column (program.indentation (+ before "\n") (inc (count before)))]
    (when (and (> trailing 0) (some? column)) (.delete-before-cursor buffer trailing))
    (let [behind document.current-line-after-cursor]
      (when (some? column) (.delete buffer (- (count behind) (count (.lstrip behind " \t"))))))
    (.insert-text buffer (str "\n" (* " " (or column 0))))))

(defn- indent-line
  "Moves the cursor's line to where it belongs."
  [buffer]
  (let [document buffer.document
        line-start (- document.cursor-position (count document.current-line-before-cursor))
        column (program.indentation document.text line-start)
        line document.current-line
        now (- (count line) (count (.lstrip line " \t")))
        inside (- (count document.current-line-before-cursor) now)]
    (when (some? column)
      (set! buffer.cursor-position line-start)
      (.delete buffer now)
      (.insert-text buffer (* " " column))
      (when (> inside 0) (update! buffer.cursor-position + inside)))))

(defn- bindings
  []
  (let [keys (KeyBindings)
        typing (has-focus "DEFAULT_BUFFER")]
    ((.add keys "enter" :filter (bit-and typing (bit-not completion-is-selected)))
     (fn [event]
       (let [buffer event.current-buffer]
         (if (wants-more buffer.document) (new-line buffer) (.validate-and-handle buffer)))))
    ((.add keys "enter" :filter (bit-and typing completion-is-selected))
     (fn [event] (set! event.current-buffer.complete-state nil)))
    ((.add keys "escape" "enter" :filter typing) (fn [event] (new-line event.current-buffer)))
    ((.add keys "tab" :filter (bit-and typing (bit-not has-completions)))
     (fn [event]
       (let [buffer event.current-buffer]
         (if (blank? buffer.document.current-line-before-cursor)
           (indent-line buffer)
           (.start-completion buffer :insert-common-part true)))))
    ((.add keys "tab" :filter (bit-and typing has-completions))
     (fn [event] (.complete-next event.current-buffer)))
    ((.add keys "c-c" :filter typing)
     (fn [event] (leave event.app)))
    keys))

; Ctrl-C, also while one types: as a signal, since tasks of the program run in between and may be busy for ever. It ends the
; prompt as a key would; the exception is for such tasks alone.

(defclass RawWithInterrupts [raw-mode]
  (defn __enter__ [self]
    (.__enter__ (super))
    (try
      (let [state (termios.tcgetattr self.fileno) [flags characters] [(. state [3]) (. state [6])]]
        (set! (. state [3]) (bit-or flags termios.ISIG))
        ; Ctrl-Z and Ctrl-\\ stay keys.
        (doseq [key [termios.VSUSP termios.VQUIT]]
          (set! (. characters [key]) (bytes [(os.fpathconf self.fileno "PC_VDISABLE")])))
        (termios.tcsetattr self.fileno termios.TCSANOW state))
      (catch [termios.error OSError] _ nil))))

(defn- input-with-interrupts
  []
  (let [input (create-input)]
    (when (isinstance input Vt100Input)
      (set! input.raw-mode (fn [] (RawWithInterrupts (.fileno input)))))
    input))

(def own-folders
  "What is of the line editor or of the event loop."
  (tuple (for [module [asyncio (. sys.modules ["prompt_toolkit"])]]
           (str (os.path.dirname module.__file__) os.sep))))

(def interrupted "What a prompt answers that Ctrl-C has ended." (object))

(defn- leave
  [app]
  (let [answer app.future]
    (cond
      ; An editor that was opened on the text has the terminal, and Ctrl-C is meant for that.
      (or (nil? answer) (getattr app "_running_in_terminal" false)) nil
      ; What was typed for the next prompt meanwhile.
      (.done answer) (.empty-queue app.key-processor)
      else (.exit app :result interrupted :style "class:aborting"))))

(defclass Prompt []
  "One prompt, while it is shown."
  (defn __init__ [self session]
    (set! self.session session)
    (set! self.task nil)
    (set! self.tasks [])
    (set! self.asked nil))
  (defn-async read [self]
    (set! self.task (asyncio.current-task))
    (.append self.tasks self.task)
    ; What was typed ahead goes with what Ctrl-C stopped, and so does the ^C that the terminal has shown.
    (when (program.was-interrupted)
      (clear-typeahead self.session.input)
      (.write-raw self.session.output "\r\x1b[K"))
    (let [windows (when (contains? sys.modules "matplotlib.pyplot")
                    (asyncio.create-task (.serve-windows (program.tool "plots"))))]
      (try (await (.prompt-async self.session :handle-sigint false))
        (finally (when windows (.cancel windows))))))
  (defn-async ended [self]
    "Its screen left as it should be."
    (.append self.tasks (asyncio.current-task))
    (leave self.session.app)
    (await (asyncio.wait [self.task] :timeout 2))
    (when (.cancel self.task) (await (asyncio.wait [self.task]))))
  (defn keeps-the-loop? [self events frame]
    "Is it a task of the program that runs there, in code of the program?"
    (let [busy (asyncio.current-task events)]
      (and busy
           (not (contains? self.tasks busy))
           (not (.startswith frame.f-code.co-filename own-folders))
           (let [code (getattr (.get-coro busy) "cr_code" nil)]
             (not (and code (.startswith code.co-filename own-folders)))))))
  (defn on-interrupt [self number frame]
    "Ends the prompt, or the task that keeps it from answering."
    (if (or (nil? self.task) (.done self.task))
      (program.note-interrupt)
      (let [events (.get-loop self.task)]
        (cond
          (.keeps-the-loop? self events frame) (throw (KeyboardInterrupt))
          (nil? self.asked)
          (do
            (set! self.asked (time.monotonic))
            (.call-soon-threadsafe events self.answer-interrupt))
          ; Whatever it is that the loop does not come back from.
          (> (- (time.monotonic) self.asked) 1)
          (do (set! self.asked nil) (throw (KeyboardInterrupt)))))))
  (defn answer-interrupt [self]
    (set! self.asked nil)
    (leave self.session.app)))

(defn- coloured-python
  [text]
  (import pygments :refer [highlight])
  (import pygments.lexers.python :refer [PythonLexer])
  (import pygments.formatters.terminal :refer [TerminalFormatter])
  (.rstrip (highlight text (PythonLexer) (TerminalFormatter)) "\n"))

(defclass Editor []
  "What `next` reads from: a text that is whole, nil at the end."
  (defn __init__ [self history settings module]
    (set! self.terminal (try (termios.tcgetattr 0) (catch termios.error _ nil)))
    (set! self.session
      (PromptSession
        :input (input-with-interrupts)
        :message
        [#["class:catena.prompt" "catena> "]]
        :lexer (CatenaLexer)
        :completer (Completions module)
        :complete-in-thread true
        :complete-while-typing (= (:completion settings) "typing")
        :complete-style CompleteStyle.COLUMN
        :history (FormHistory history)
        ; prompt_toolkit has no candidates by themselves where Up searches the history.
        :enable-history-search (not= (:completion settings) "typing")
        :search-ignore-case true
        :auto-suggest (when (not (no-colours?)) (AutoSuggestFromHistory))
        :multiline true
        :vi-mode (= (:keys settings) "vi")
        :prompt-continuation
        (fn [width line wraps]
          [#["class:catena.continuation" (if (> wraps 0) (* " " width) "   ...> ")]])
        :input-processors [(MatchingBrackets)]
        :key-bindings (bindings)
        :style (style-of settings)
        :color-depth (when (no-colours?) ColorDepth.DEPTH-1-BIT)
        :include-default-pygments-style false
        :enable-suspend true
        :enable-open-in-editor true
        :tempfile-suffix ".lisp"))
    (when (:signatures settings)
      ; Just below, not at the terminal's bottom.
      (doseq [window (.find-all-windows self.session.layout)
              :when (identical? self.session.default-buffer (getattr window.content "buffer" nil))]
        (set! window.dont-extend-height (constantly true)))
      (.add-handler self.session.app.before-render (show-usage self.session module))))
  (defn coloured [self text python]
    "A source text with the colours that it has, or would have, when it is typed."
    (cond
      (no-colours?) text
      python (try (coloured-python text) (catch ImportError _ text))
      else
      (let [drawn (io.StringIO)
            output (Vt100-Output drawn (fn [] (Size 24 80)) :term (os.environ.get "TERM"))
            fragments (for [[k line] (enumerate (styled-lines text))
                            piece (if (= k 0) line [#["" "\n"] #* line])]
                        piece)]
        (print-formatted-text (FormattedText fragments) :style self.session.style :output output
                              :end "")
        ; Colours alone: the modes of a terminal are not for a pager.
        (re.sub r"\x1b\[\?[0-9;]*[hl]" "" (.getvalue drawn)))))
  (defn next [self]
    ; On the program's own event loop: tasks that a form has started go on while one types.
    (let [prompt (Prompt self.session)
          run (fn [coroutine]
                (program.interruptible (fn [] (program.run (coroutine))) prompt.on-interrupt))]
      (try
        (let [text (with [_ (patch-stdout :raw true)] (run prompt.read))]
          (if (identical? text interrupted) "" text))
        (catch EOFError _ nil)
        ; By a program that cancels all tasks that it finds.
        (catch asyncio.CancelledError _ "")
        (catch KeyboardInterrupt error
          (while (and prompt.task (not (.done prompt.task)))
            (try (run prompt.ended) (catch KeyboardInterrupt _ nil)))
          (repl.report error)
          "")
        (finally (.restore self)))))
  (defn restore [self]
    "The terminal as it was, wherever the prompt was interrupted."
    (when self.terminal
      (try (termios.tcsetattr 0 termios.TCSADRAIN self.terminal)
        (catch termios.error _ nil))))
  (defn close [self] nil))
