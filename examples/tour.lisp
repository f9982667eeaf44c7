#!/usr/bin/env catena
; Catena in ten minutes. Run it, and read what it prints beside what stands here:
;
;     ./dev run examples/tour.lisp

(defmacro show
  "Prints each form and its value."
  [& forms]
  `(do ,@(for [form forms]
           `(println "  " (pr-str ',form) "=>" (pr-str ,form)))))

(defn step
  "Announces a step of the tour."
  [title]
  (println)
  (println f"== {title}"))


(step "1. Data is Python's data")
; A form in parentheses is a call: the function comes first. Integers have any size, / divides, // floors.
(show (+ 1 2 3)
      (/ 7 2)
      (// 7 2)
      (** 2 100))

; A vector is a list, a map a dict, a set a set, and #[…] a tuple: the very objects that Python has. So nothing is
; ever converted on its way between the two languages.
(show (type [1 2 3])
      (type {:name "Ada" :born 1815})
      [nil true "text" 1.5 #{1 2} #[1 2]])

; A keyword is a string that knows it is a keyword. In front of a map it looks itself up.
(def ada {:name "Ada" :born 1815 "died" 1852})
(show (:name ada)
      (= :name "name")
      (get ada "died")
      (get ada :email "none"))


(step "2. Names and functions")
(def answer "What you get for six times seven." (* 6 7))
(show answer)

(defn average
  "The arithmetic mean of some numbers."
  [xs]
  (/ (reduce + 0 xs) (len xs)))
(show (average [1 2 3 4]))

; Parameters may be optional, collect the rest, or be named. Keywords before a value name arguments.
(defn greet
  [name &opt (greeting "Hello") &key (mark "!")]
  f"{greeting}, {name}{mark}")
(show (greet "Ada")
      (greet "Ada" "Good morning")
      (greet "Ada" :mark "."))

; A Catena function is a Python callable, with a signature that tells the truth.
(import inspect)
(show (str (inspect.signature greet)))

; let binds one name after the other; #(…) is a short function of %.
(show (let [width 3
            height (+ width 1)]
        (* width height)))
(println "   squares:" (map #(* % %) (range 5)))


(step "3. Sequences")
; Functions of sequences take anything that Python can iterate over, and answer vectors.
(show (map inc [1 2 3])
      (filter even? (range 10))
      (frequencies "abracadabra")
      (group-by len ["a" "bb" "cc" "d"])
      (partition 2 [1 2 3 4])
      (sort-by - [3 1 2]))

; -> passes a value through steps as the first operand, ->> as the last.
(show (->> (range 1 6) (map (fn [n] (* n n))) (reduce +))
      (-> "  Catena is a chain  " .strip .lower (.split " ")))

; A comprehension builds a vector; iterate and friends are lazy.
(show (for [x (range 1 4) y (range x 4) :when (odd? (+ x y))] #[x y])
      (take 8 (iterate (fn [n] (* 2 n)) 1)))


(step "4. Patterns")
; Wherever a name is bound, a pattern may stand.
(show (let [[x [y z] & more] [1 [2 3] 4 5]] [x y z more])
      (let [{:keys [name email] :or {email "none"}} ada] [name email]))

(defn describe
  "Says what a shape is."
  [shape]
  (match shape
    [:circle r]             f"a circle of area {(* 3.14159 r r):.1f}"
    [:square s]             f"a square with sides of {s}"
    [:polygon & (points :when (> (len points) 4))]  f"something with {(len points)} corners"
    {:kind kind}            f"a map that says {kind}"
    _                       "something else"))
(show (describe [:circle 2])
      (describe [:polygon 1 2 3 4 5])
      (describe {:kind "blob"})
      (describe 42))


(step "5. Macros")
; A macro takes forms and answers a form: here is a loop that Catena does not have.
(defmacro until
  "Evaluates the body until the condition is true."
  [condition & body]
  `(while (not ,condition) ,@body))

(let [n 27 steps 0]
  (until (= n 1)
    (set! n (if (even? n) (// n 2) (+ (* 3 n) 1)))
    (update! steps inc))
  (println "   27 reaches 1 after" steps "steps"))
(show (macroexpand-1 '(until (done?) (work))))


(step "6. Python")
; Every Python module is at hand. Dots walk, a dash in a name stands for Python's underscore.
(import math json [datetime :refer [date timedelta]])
(show (math.sqrt 2)
      (json.dumps {:name "Ada" :tags [1 2]} :sort-keys true)
      (- (date 2000 1 1) (date 1999 1 1))
      (. "a,b,c" (split ",") [-1] (upper)))

; Exceptions are Python's, and so are context managers, classes and decorators.
(show (try (int "forty-two")
        (catch ValueError e (str "caught: " e))))

(import dataclasses :refer [dataclass])
(defclass [dataclass] Point []
  "A point of the plane."
  (def ^float x)
  (def ^float y 0.0)
  (defn __add__ [self other]
    (Point (+ self.x other.x) (+ self.y other.y))))
(show (+ (Point 1.0 2.0) (Point 3.0)))

; A body that yields is a Python generator.
(defn countdown [n]
  (while (pos? n)
    (yield n)
    (update! n dec)))
(show (vec (countdown 3))
      (sum (countdown 4)))

; And at top level, await runs coroutines.
(import asyncio)
(defn-async later [value]
  (await (asyncio.sleep 0.01))
  value)
(show (await (asyncio.gather (later 1) (later 2))))


(step "7. Chains")
; A run of attribute, index and call steps is one instruction, without a value in between. This is how it looks:
(println "  " (bridge/explain '(.upper (. (json.loads text) ["name"]))))


(step "8. Arrays")
; A typed buffer, and a NumPy array over the same memory. Nothing is copied: a change in one is seen in the other.
(import numpy :as np)
(def buffer (float32array [1 2 3 4]))
(def matrix (as-nd buffer [2 2] "float32"))
(show (np.sum matrix)
      (np.sum matrix :axis 0)
      (. matrix [: 1]))
(set! (. matrix [0 0]) 100)
(println "   the buffer has seen it:" (get buffer 0))

; The operators are Python's, so they work on whole arrays.
(def angles (np.linspace 0 math.pi 5))
(println "   sin² + cos² =" (+ (** (np.sin angles) 2) (** (np.cos angles) 2)))


(step "9. Errors")
; An error that nobody catches is reported with its place, a mark under the exact token, both languages' stacks and, for
; a name, what you may have meant. Try it: catena -e '(defn f [x] (pritn x)) (f 1)'
(show (try (first-name ada)
        (catch NameError e (str e))))

(println)
(println "That was the tour. Next: examples/census.lisp, docs/language.md, and catena repl.")
