; Section 10, Modules. The modules stand in the folder `modules` beside this file.

(import sys os)
(.insert sys.path 0 (os.path.join (os.path.dirname __file__) "modules"))
(set! sys.dont-write-bytecode true)
; The file runs twice in one process.
(doseq [name ["util" "util.text" "plain_python"]] (.pop sys.modules name nil))
(set! builtins._util_text_loads 0)

(require util.text)
(util.text.shout "a")                   ;=> "A!"
util.text.greeting                      ;=> "hello"
(util.text/shout "b")                   ;=> "B!"
(require util.text :as t)
(t/shout "c")                           ;=> "C!"
(t.shout "c")                           ;=> "C!"
t/greeting                              ;=> "hello"
t/a-dashed-name                         ;=> 7
t.a_dashed_name                         ;=> 7
(t/call-secret)                         ;=> :secret
(require util.text :refer [shout twice-over])
(shout "d")                             ;=> "D!"
(with-out-str (twice-over (print 1)))   ;=> "1\n1\n"
(t/shouted "m")                         ;=> "M!"
(with-out-str (t/twice-over (print 2))) ;=> "2\n2\n"
(require util.text :refer :all)
greeting                                ;=> "hello"
(shouted "e")                           ;=> "E!"
(secret)                                ;=! NameError
(let [shout nil] (shouted "f"))         ;=> "F!"
t/no-such-name                          ;=! NameError 1:1: no-such-name
(contains? (dir t) "secret")            ;=> false
(contains? (dir t) "shouted")           ;=> true
(includes? (with-out-str (doc t/shout)) "(t/shout ")     ;=> true
(includes? (with-out-str (source t/shout)) "(defn shout")        ;=> true
(require util.text :refer [no-such])    ;=! ImportError: no_such
(require no.such.module)                ;=! ModuleNotFoundError: no
t/loads                                 ;=> 1

; a module is a Python module
(identical? t (. sys modules ["util.text"]))    ;=> true
t.__name__                              ;=> "util.text"
t.__doc__                               ;=> "Text helpers."
(ends-with? t.__file__ "text.lisp")     ;=> true
(import plain_python)
plain_python.value                      ;=> "FROM PYTHON!"
(plain_python.call shout "x")           ;=> "X!"
(setattr t "greeting" "changed")
t/greeting                              ;=> "changed"
(set! t.greeting "again")               ;=> "again"
(t/call-secret)                         ;=> :secret
(import importlib)
(. (importlib.import-module "util.text") __name__)      ;=> "util.text"
(. (importlib.reload t) greeting)       ;=> "hello"
t/loads                                 ;=> 2
(require plain_python :as pp)
(pp/call (fn [x] (inc x)) 1)            ;=> 2
(require math :refer [floor])
(floor 1.5)                             ;=> 1

; errors
(require cycle_a)                       ;=! ImportError: cycle
(require broken)                        ;=! CompileError: let
(require raising)                       ;=! ValueError: while loading
(contains? sys.modules "raising")       ;=> false

; the module itself
__name__                                ;=> "conformance"
(identical? (. sys modules [__name__] shout) shout)     ;=> true
(def attribute-of-module 5)
(. sys modules [__name__] attribute-of-module)          ;=> 5
(do (setattr (. sys modules [__name__]) "set_outside" 6) set-outside)   ;=> 6
(import pickle)
(identical? t/shout (pickle.loads (pickle.dumps t/shout)))      ;=> true
