#!/usr/bin/env catena
; Catena in ten minutes. Run it, and read what it prints beside what stands here:
;
;     ./dev run examples/tour.lisp

(defmacro show
  "Prints each form and its value."
  [& forms]
  `(do ,@(for [form forms]
           `(println "   " (pr-str ',form) "=>" (pr-str ,form)))))

(defn step
  "Announces a step of the tour."
  [title]
  (println f"\n== {title}"))

(defn say
  "Prints a sentence or two."
  [& lines]
  (println)
  (doseq [line lines] (println "" line)))


(step "1. Data is Python's data")

(say "A form in parentheses is a call, the function first. Integers have any size; / divides, // floors.")
(show (+ 1 2 3)
      (/ 7 2)
      (// 7 2)
      (** 2 100))

(say "A vector is a list, a map a dict, #{…} a set and #[…] a tuple: the very objects that Python has."
     "Nothing is ever converted on its way between the two languages.")
(show (type [1 2 3])
      (type {:name "Ada" :born 1815})
      [nil true "text" 1.5 #{1 2} #[1 2]])

(def ada {:name "Ada" :born 1815 "died" 1852})
(say "A keyword is a string that knows it is a keyword. In front of a map it looks itself up.")
(show (:name ada)
      (= :name "name")
      (get ada "died")
      (get ada :email "none"))


(step "2. Names and functions")

(def answer "What you get for six times seven." (* 6 7))
(say "def names a value, let names values for a while.")
(show answer
      (let [width 3
            height (+ width 1)]
        (* width height)))

(defn average
  "The arithmetic mean of some numbers."
  [xs]
  (/ (reduce + 0 xs) (len xs)))
(say "defn defines a function. The names of Python's builtins need no import.")
(show (average [1 2 3 4]))

(defn greet
  [name &opt (greeting "Hello") &key (mark "!")]
  f"{greeting}, {name}{mark}")
(say "Parameters can be optional, take the rest, or be named. A keyword before a value names an argument.")
(show (greet "Ada")
      (greet "Ada" "Good morning")
      (greet "Ada" :mark "."))

(import inspect)
(say "A function of Catena is a Python callable, with a signature that tells the truth.")
(show (str (inspect.signature greet)))

(say "#(…) is a short function of % or of %1, %2 and so on.")
(println "    (map #(* % %) (range 5)) =>" (pr-str (map #(* % %) (range 5))))


(step "3. Sequences")

(say "Functions of sequences take whatever Python can iterate over, and answer vectors.")
(show (map inc [1 2 3])
      (filter even? (range 10))
      (frequencies "abracadabra")
      (group-by len ["a" "bb" "cc" "d"])
      (partition 2 [1 2 3 4])
      (sort-by - [3 1 2]))

(say "-> passes a value through steps as the first operand, ->> as the last.")
(show (->> (range 1 6) (map (fn [n] (* n n))) (reduce +))
      (-> "  Catena is a chain  " .strip .lower (.split " ")))

(say "for builds a vector; iterate is lazy, and what works on it is lazy too.")
(show (for [x (range 1 4) y (range x 4) :when (odd? (+ x y))] #[x y])
      (take 8 (iterate (fn [n] (* 2 n)) 1)))


(step "4. Patterns")

(say "Wherever a name is bound, a pattern may stand.")
(show (let [[x [y z] & more] [1 [2 3] 4 5]] [x y z more])
      (let [{:keys [name email] :or {email "none"}} ada] [name email]))

(defn describe
  "Says what a shape is."
  [shape]
  (match shape
    [:circle r]                                    f"a circle of area {(* 3.14159 r r):.1f}"
    [:square side]                                 f"a square with sides of {side}"
    [:polygon & (corners :when (> (len corners) 4))] f"something with {(len corners)} corners"
    {:kind kind}                                   f"a map that says {kind}"
    _                                              "something else"))
(say "match takes the first pattern that fits.")
(show (describe [:circle 2])
      (describe [:polygon 1 2 3 4 5])
      (describe {:kind "blob"})
      (describe 42))


(step "5. Macros")

(defmacro until
  "Evaluates the body until the condition is true."
  [condition & body]
  `(while (not ,condition) ,@body))
(say "A macro takes forms and answers a form. Here is a loop that Catena does not have:")
(show (macroexpand-1 '(until (done?) (work))))

(let [n 27 steps 0]
  (until (= n 1)
    (set! n (if (even? n) (// n 2) (+ (* 3 n) 1)))
    (update! steps inc))
  (say f"With it we find that 27 reaches 1 after {steps} steps, when an odd n becomes 3n + 1 and an even one n / 2."))


(step "6. Python")

(import math json [datetime :refer [date timedelta]])
(say "Every Python module is at hand. Dots walk, a dash in a name stands for Python's underscore.")
(show (math.sqrt 2)
      (json.dumps {:name "Ada" :tags [1 2]} :sort-keys true)
      (- (date 2000 1 1) (date 1999 1 1))
      (. "a,b,c" (split ",") [-1] (upper)))

(say "Exceptions are Python's.")
(show (try (int "forty-two")
        (catch ValueError e (str "caught: " e))))

(import dataclasses :refer [dataclass])
(defclass [dataclass] Point []
  "A point of the plane."
  (def ^float x)
  (def ^float y 0.0)
  (defn __add__ [self other]
    (Point (+ self.x other.x) (+ self.y other.y))))
(say "So are classes and decorators: this one is a dataclass.")
(show (+ (Point 1.0 2.0) (Point 3.0)))

(defn countdown [n]
  (while (pos? n)
    (yield n)
    (update! n dec)))
(say "A function that yields is a Python generator.")
(show (vec (countdown 3))
      (sum (countdown 4)))

(import asyncio)
(defn-async later [value]
  (await (asyncio.sleep 0.01))
  value)
(say "And coroutines are coroutines. At top level, await runs them.")
(show (await (asyncio.gather (later 1) (later 2))))


(step "7. Chains")

(say "A run of attribute, index and call steps is one instruction, without a value in between."
     "This is the chain of (.upper (. (json.loads text) [0])):")
(println "   " (bridge/explain '(.upper (. (json.loads text) [0]))))


(step "8. Arrays")

(import [numpy :as np])
(def buffer (float32array [1 2 3 4]))
(def matrix (as-nd buffer [2 2] "float32"))
(say "A typed buffer, and a NumPy array over the same memory: nothing is copied.")
(show (np.sum matrix)
      (np.sum matrix :axis 0)
      (. matrix [: 1]))

(say "What one writes, the other sees.")
(show (set! (. matrix [0 0]) 100)
      (get buffer 0))

(def angles (np.linspace 0 math.pi 5))
(say "The operators are Python's, so they work on whole arrays: sin² + cos² is")
(show (+ (** (np.sin angles) 2) (** (np.cos angles) 2)))


(step "9. Errors")

(say "An error that nobody catches is reported with its place, a mark under the exact token, the stacks of both"
     "languages and, for a name, what you may have meant. See for yourself:"
     ""
     "   catena -e '(defn f [x] (pritn x)) (f 1)'")

(println "\nThat was the tour. Next: examples/census.lisp, docs/language.md, and catena repl.")
