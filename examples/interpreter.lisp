; Mini, a language in a page:
;
;     let fact = fn n -> if n < 2 then 1 else n * fact(n - 1) in fact(20)
;
; A regular expression cuts the text into tokens, a parser makes a tree of vectors, and the evaluator is one match. The
; macro defsyntax lets the grammar stand there as one would write it down.
;
;     catena examples/interpreter.lisp              runs the programs at the end of this file
;     catena examples/interpreter.lisp PROGRAM…     runs yours

(defclass MiniError [Exception]
  "What is wrong with a Mini program.")


; Tokens: a stack of strings, the next one on top

(defn tokenize
  [text]
  (reverse (.findall #"\d+|\w+|->|[=<>!]=|\S" text)))

(defn advance
  "Takes the next token."
  [tokens]
  (when (empty? tokens)
    (throw (MiniError "the program ends too early")))
  (.pop tokens))

(defn expect
  "Takes the next token, which must be this one."
  [tokens wanted]
  (let [found (advance tokens)]
    (unless (= found wanted)
      (throw (MiniError f"expected {wanted}, found {found}")))))


; Parsing

(def syntax {})
(def strength {"==" 1 "!=" 1 "<" 2 ">" 2 "+" 3 "-" 3 "*" 4 "/" 4 "%" 4})

(defmacro defsyntax
  "Defines what follows a word: texts stand for themselves, names are bound to the expressions in their place."
  [word shape tree]
  (let [tokens (gensym)
        parts (mapcat (fn [part]
                        (if (string? part)
                          `[_ (expect ,tokens ,part)]
                          `[,part (expression ,tokens)]))
                      shape)]
    `(set! (. syntax [,word])
           (fn [,tokens]
             (let [,@parts] ,tree)))))

(defsyntax "("   [inner ")"]                     inner)
(defsyntax "if"  [test "then" yes "else" no]     [:if test yes no])
(defsyntax "let" [name "=" value "in" body]      [:let name value body])
(defsyntax "fn"  [name "->" body]                [:fn name body])

(defn primary
  "An expression without operators."
  [tokens]
  (let [token (advance tokens)]
    (cond
      (contains? syntax token) ((. syntax [token]) tokens)
      (.isdigit token)         [:number (int token)]
      (.isidentifier token)    [:name token]
      else                     (throw (MiniError f"no expression begins with {token}")))))

(defn application
  "A primary expression and the calls behind it: f(x)(y)."
  [tokens]
  (loop [tree (primary tokens)]
    (if (= (last tokens) "(")
      (recur [:call tree (primary tokens)])
      tree)))

(defn expression
  "An expression whose operators are stronger than `least`."
  [tokens &opt (least 0)]
  (loop [left (application tokens)]
    (let [power (get strength (last tokens) 0)]
      (if (<= power least)
        left
        (recur [:operate (advance tokens) left (expression tokens power)])))))

(defn parse
  "The tree of a whole program."
  [text]
  (let [tokens (tokenize text)
        tree (expression tokens)]
    (unless (empty? tokens)
      (throw (MiniError f"the program goes on with {(last tokens)}")))
    tree))


; Evaluating: a Mini function is a Catena function, an environment a map

(def operators {"+" + "-" - "*" * "/" // "%" % "<" < ">" > "==" = "!=" !=})

(defn lookup
  [env name]
  (if (contains? env name)
    (. env [name])
    (throw (MiniError f"{name} is not defined"))))

(defn evaluate
  [tree env]
  (match tree
    [:number n]               n
    [:name name]              (lookup env name)
    [:operate sign a b]       ((. operators [sign]) (evaluate a env) (evaluate b env))
    [:if test yes no]         (evaluate (if (evaluate test env) yes no) env)
    [:fn [:name name] body]   (fn [value] (evaluate body (assoc env name value)))
    [:call f x]               ((evaluate f env) (evaluate x env))
    [:let [:name name] value body]
    (let [inner (dict env)]
      ; The value sees its own name, so functions may call themselves.
      (set! (. inner [name]) (evaluate value inner))
      (evaluate body inner))
    _ (throw (MiniError "only a name can be bound"))))

(defn run
  "Prints a program and its value, or what is wrong with it."
  [text]
  (println text)
  (try
    (println "  =" (evaluate (parse text) {}))
    (catch [MiniError ArithmeticError TypeError RecursionError] e
      (println "  error:" e))))

(def programs
  ["1 + 2 * 3"
   "let add = fn a -> fn b -> a + b in add(40)(2)"
   "let fact = fn n -> if n < 2 then 1 else n * fact(n - 1) in fact(20)"
   "let fib = fn n -> if n < 2 then n else fib(n - 1) + fib(n - 2) in fib(15)"
   "let twice = fn f -> fn x -> f(f(x)) in twice(twice(fn x -> x * x))(2)"
   "let gcd = fn a -> fn b -> if b == 0 then a else gcd(b)(a % b) in gcd(1071)(462)"
   "let x = 1 in x + y"
   "if 1 < 2 then 3"])

(run! run (if (empty? *args*) programs *args*))
