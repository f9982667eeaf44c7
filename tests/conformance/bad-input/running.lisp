;;; expect: NameError 1:1: nowhere
nowhere
;;; expect: NameError 1:2: nowhere
(nowhere 1)
;;; expect: NameError 2:3: nowhere
(do 1
  nowhere)
;;; expect: NameError 1:1: nowhere
nowhere.attribute
;;; expect: NameError 1:7: never-bound
(set! never-bound 1)
;;; expect: CompileError 1:2
(1 2)
;;; expect: CompileError 1:2
(nil)
;;; expect: CompileError 1:2
("text" 1)
;;; expect: TypeError
(let [f 5] (f 2))
;;; expect: TypeError: f
(do (defn f [a] a) (f))
;;; expect: TypeError: f
(do (defn f [a] a) (f 1 2))
;;; expect: TypeError: f
(do (defn f [a &key b] a) (f 1 :c 2))
;;; expect: TypeError: inc
(inc)
;;; expect: TypeError: inc
(inc 1 2)
;;; expect: TypeError
(inc "a")
;;; expect: TypeError
(+ 1 nil)
;;; expect: ZeroDivisionError 1:1
(/ 1 0)
;;; expect: IndexError
(nth [] 0)
;;; expect: KeyError
(. {} [:k])
;;; expect: AttributeError: nope
(. "x" nope)
;;; expect: ModuleNotFoundError: nope
(import nope)
;;; expect: ModuleNotFoundError: nope
(require nope.nope)
;;; expect: RecursionError
(do (defn f [x] (+ 1 (f x))) (f 1))
;;; expect: RecursionError
(do (defn f [x] (first (map f [x]))) (f 1))
;;; expect: RecursionError
(do (defn f [x] (sorted [1 2] :key f)) (f 1))
;;; expect: RecursionError
(do (defclass A [] (defn __eq__ [self o] (= o self))) (= (A) (A)))
;;; expect: RecursionError
(do (defclass A [] (defn __repr__ [self] (repr self))) (str (A)))
;;; expect: RecursionError
(do (defn f [] (eval '(f))) (f))
;;; expect: RuntimeError
(throw)
;;; expect: TypeError
(throw 5)
;;; expect: TypeError
(throw "text")
;;; expect: ValueError: 5
(match 5 1 2)
;;; expect: ValueError: 5
(case 5 1 2)
;;; expect: AssertionError: (= 1 2)
(assert (= 1 2))
;;; expect: TypeError
{[1] 2}
;;; expect: TypeError
#{[1]}
;;; expect: TypeError
(for [x 5] x)
;;; expect: TypeError
(with [x 5] x)
;;; expect: ValueError
(count (repeat 1))
;;; expect: ValueError
(last (iterate inc 0))
;;; expect: ReadError
(read-string "(")
;;; expect: ReadError
(eval (read-string ")"))
;;; expect: CompileError
(eval '(let [x]))
;;; expect: NameError
(eval 'nowhere)
;;; expect: TypeError
(.get {:a 1} :b 2)
;;; expect: NameError: sys
(do (sys.exit 3))
;;; expect: ValueError
(as-nd (float32array [1 2 3]) [2 2] "float32")
;;; expect-from: CompileError: nested too deeply
(str (* "(x " 100000) (* ")" 100000))
;;; expect-from: CompileError: nested too deeply
(str (* "[" 100000) "x" (* "]" 100000))
