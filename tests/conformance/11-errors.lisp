; Section 11, Errors: where they point, and what they say.

; an unknown name points at the name
unknown-name                            ;=! NameError 1:1: unknown-name
(+ 1 unknown-name)                      ;=! NameError 1:6: unknown-name
[1 2 unknown-name]                      ;=! NameError 1:6
{:a unknown-name}                       ;=! NameError 1:5
(let [x unknown-name] x)                ;=! NameError 1:9
f"text {unknown-name}"                  ;=! NameError 1:9
(do
  (+ 1
     unknown-name))                     ;=! NameError 3:6
(fn-that-is-not-there 1 2)              ;=! NameError 1:2
(map unknown-name [1])                  ;=! NameError 1:6
#{unknown-name}                         ;=! NameError 1:3
#[unknown-name]                         ;=! NameError 1:3
`(a ,unknown-name)                      ;=! NameError 1:6
(if unknown-name 1 2)                   ;=! NameError 1:5
(set! unknown-name 1)                   ;=! NameError 1:7

; any other failing call at its opening parenthesis
(+ 1 (int "x"))                         ;=! ValueError 1:6
(let [y (int "x")] y)                   ;=! ValueError 1:9
(do 1
    (nth [1 2] 9))                      ;=! IndexError 2:5
(first 5)                               ;=! TypeError 1:1: first
(inc "a")                               ;=! TypeError 1:1
(1)                                     ;=! CompileError 1:2
(+ 1 (/ 1 0))                           ;=! ZeroDivisionError 1:6
(< 1 "a")                               ;=! TypeError 1:1
(if (< 1 "a") 1 2)                      ;=! TypeError 1:5
(defn needs-two [a b] (+ a b))
(* 2 (needs-two 1))                     ;=! TypeError 1:6: needs-two
(needs-two "a" 1)                       ;=! TypeError
(-> 1 (needs-two))                      ;=! TypeError: needs-two
(-> "x" int)                            ;=! ValueError
(throw (KeyError "k"))                  ;=! KeyError 1:1: k
(for [x ["1" "b"]] (int x))             ;=! ValueError 1:20
(for [x 5] x)                           ;=! TypeError
(doseq [[a b] [1]] a)                   ;=! TypeError
(let [[a b] 5] a)                       ;=! TypeError
(. {} [:k])                             ;=! KeyError 1:7
(assoc 5 :a 1)                          ;=! TypeError: assoc
(with [x 5] x)                          ;=! TypeError
(raise 5)                               ;=! TypeError

; evaluated forms have no places of their own: the call of eval is to blame
(+ 1 (eval '(+ 1 unknown-name)))        ;=! NameError 1:6: unknown-name
(+ 1 (eval '(if)))                      ;=! CompileError 1:6: if
[1
 (eval (read-string "(+ 1\n\n (int :x))"))]     ;=! ValueError 2:2
(map eval ['(+ 1 2) '(unknown-name)])   ;=! NameError 1:1
(let [f (fn [form] (eval form))] (f 'unknown-name))     ;=! NameError 1:20

; the frames that an error passed
(import traceback)
(defn inner-frame [x] (+ 1 (int x)))
(defn middle-frame [x] (* 2 (inner-frame x)))
(defn names-of [e] (for [f (traceback.extract-tb e.__traceback__)] f.name))
(try (+ 1 (middle-frame "x")) (catch ValueError e (drop 1 (names-of e))))       ;=> ["middle-frame" "inner-frame"]
(try (+ 1 (middle-frame "x")) (catch ValueError e (. (traceback.extract-tb e.__traceback__) [-1] line)))        ;=> "(defn inner-frame [x] (+ 1 (int x)))"
(try (+ 1 (middle-frame "x")) (catch ValueError e (os.path.basename (. (traceback.extract-tb e.__traceback__) [-1] filename))))     ;=! NameError
(import os)
(try (+ 1 (middle-frame "x")) (catch ValueError e (os.path.basename (. (traceback.extract-tb e.__traceback__) [-1] filename))))     ;=> "11-errors.lisp"
(defn left-by-tail-call [x] (inner-frame x))
(try (+ 1 (left-by-tail-call "x")) (catch ValueError e (drop 1 (names-of e))))  ;=> ["inner-frame"]

; wrong forms name the special form and its shape
(if)                                    ;=! CompileError 1:1: (if condition then else?)
(+ 1 (if))                              ;=! CompileError 1:6: if
(let x 1)                               ;=! CompileError: let
(let [x])                               ;=! CompileError 1:7: let
(defn f)                                ;=! CompileError 1:1: defn
(defn f 5)                              ;=! CompileError: defn
(fn [x & ] x)                           ;=! CompileError: &
(loop [x] x)                            ;=! CompileError: loop
(for [x] x)                             ;=! CompileError: for
(dotimes 3 1)                           ;=! CompileError: dotimes
(try (catch ValueError))                ;=> nil
(defmacro m)                            ;=! CompileError: defmacro
(import)                                ;=! CompileError: import
(require)                               ;=! CompileError: require
(. x)                                   ;=! CompileError
(case)                                  ;=! CompileError: case
(let [(f x) 1] x)                       ;=! CompileError 1:7
(let [:k 1] 2)                          ;=! CompileError 1:7

; macros: the error points at the call and names the macro
(when-let [x] 1)                        ;=! CompileError: when-let
(when)                                  ;=! CompileError: when
(cond-> 1 true)                         ;=! CompileError: cond->
(defmacro breaks [x] `(let [y#] ,x))
(breaks 1)                              ;=! CompileError 1:1: breaks
(do 1 (breaks 1))                       ;=! CompileError 1:7: breaks
(defmacro runs-wrong [x] `(int ,x))
(runs-wrong "q")                        ;=! ValueError 1:1
(defmacro forever [x] `(forever ,x))
(forever 1)                             ;=! CompileError: forever

; suggestions
(area-of :w 1)                          ;=! NameError: area-of
(defn area [w h] (* w h))
(area 3 :h 4)                           ;=! TypeError: &key

; Ctrl-C is an exception like others
(try (throw (KeyboardInterrupt)) (catch KeyboardInterrupt e :interrupted))      ;=> :interrupted
(try (throw (KeyboardInterrupt)) (catch Exception e :no))       ;=! KeyboardInterrupt

; A generator's frame stands in a traceback once.
(import traceback)
(defn failing-generator [] (yield 1) (/ 1 0))
(defn walks-it [] (doseq [x (failing-generator)] x))
(try (walks-it)
  (catch ZeroDivisionError e
    (len (filter (fn [frame] (= (. frame name) "failing-generator")) (traceback.extract_tb e.__traceback__)))))  ;=> 1

; a coroutine that an event loop runs has one entry
(import asyncio)
(defn-async bad-task [] (throw (ValueError "x")))
(defn-async outer-task [] (await (bad-task)) 1)
(defn entries [e] (filter (fn [name] (.endswith name "-task")) (names-of e)))
(try (asyncio.run (outer-task)) (catch ValueError e (entries e)))       ;=> ["outer-task" "bad-task"]
(try (asyncio.run (asyncio.wait-for (outer-task) 60)) (catch ValueError e (entries e)))  ;=> ["outer-task" "bad-task"]
(defn-async gather-task [] (await (asyncio.gather (outer-task))))
(try (asyncio.run (gather-task)) (catch ValueError e (entries e)))      ;=> ["gather-task" "outer-task" "bad-task"]
