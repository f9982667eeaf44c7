; Section 12: conversion, numbers, strings, kinds, input and output, state, time and tests, help.

; conversion
(plain {:a #[:b]})                      ;=> {"a" #["b"]}
(type (first (plain [:a])))             ;=> <class 'str'>
(type (plain '(1 2)))                   ;=> <class 'list'>
(int "12")                              ;=> 12
(int 2.9)                               ;=> 2
(float "1.5")                           ;=> 1.5
(bool 0)                                ;=> false
(bool "x")                              ;=> true
(str 1)                                 ;=> "1"
(str)                                   ;=> ""
(keyword "a")                           ;=> :a
(keyword :a)                            ;=> :a
(symbol "a")                            ;=> a
(symbol :a)                             ;=> a
(type (symbol "x"))                     ;=> <class 'catena.Symbol'>

; numbers
(inc 1)                                 ;=> 2
(dec 1)                                 ;=> 0
(inc 1.5)                               ;=> 2.5
(even? 4)                               ;=> true
(odd? -3)                               ;=> true
(even? 1.5)                             ;=! TypeError
(zero? 0.0)                             ;=> true
(pos? 1)                                ;=> true
(neg? -1)                               ;=> true
(number? 1.5)                           ;=> true
(number? true)                          ;=> false
(number? "1")                           ;=> false
(int? 1)                                ;=> true
(int? 1.0)                              ;=> false
(float? 1.0)                            ;=> true
(quot 7 2)                              ;=> 3
(quot -7 2)                             ;=> -3
(rem 7 2)                               ;=> 1
(rem -7 2)                              ;=> -1
(mod -7 2)                              ;=> 1
(quot 1 0)                              ;=! ZeroDivisionError
(abs -5)                                ;=> 5
(min 1 2)                               ;=> 1
(sum [1 2])                             ;=> 3
(round 2.567 2)                         ;=> 2.57
(round 2.5)                             ;=> 2
(let [r (rand)] (and (<= 0 r) (< r 1))) ;=> true
(let [r (rand 10)] (and (<= 0 r) (< r 10)))     ;=> true
(contains? [0 1 2] (rand-int 3))        ;=> true
(identical? abs builtins.abs)           ;=> true
(identical? sorted builtins.sorted)     ;=> true
(identical? range builtins.range)       ;=> true
(identical? type builtins.type)         ;=> true
(identical? tuple builtins.tuple)       ;=> true
(identical? len builtins.len)           ;=> true

; strings
(fmt "{} {x}" 1 :x 2)                   ;=> "1 2"
(fmt "{:>5}|" "a")                      ;=> "    a|"
(join ", " ["a" "b"])                   ;=> "a, b"
(join ["a" "b"])                        ;=> "ab"
(join "-" [1 :a nil])                   ;=> "1-a-None"
(join "," nil)                          ;=> ""
(split "a,b" ",")                       ;=> ["a" "b"]
(split "a  b")                          ;=> ["a" "b"]
(split "a1b22c" #"\d+")                 ;=> ["a" "b" "c"]
(split-lines "a\nb\r\nc")               ;=> ["a" "b" "c"]
(trim "  a ")                           ;=> "a"
(upper "a")                             ;=> "A"
(lower "A")                             ;=> "a"
(starts-with? "abc" "ab")               ;=> true
(ends-with? "abc" "bc")                 ;=> true
(includes? "abc" "b")                   ;=> true
(includes? "abc" "x")                   ;=> false
(replace "aba" "a" "x")                 ;=> "xbx"
(replace "a1b2" #"\d" "#")              ;=> "a#b#"
(replace "a1b2" #"\d" (fn [m] (str "<" m ">")))         ;=> "a<1>b<2>"
(blank? "  ")                           ;=> true
(blank? nil)                            ;=> true
(blank? "a")                            ;=> false
(pr-str "a" :b)                         ;=> "\"a\" :b"

; kinds
(nil? nil)                              ;=> true
(nil? false)                            ;=> false
(some? false)                           ;=> true
(true? true)                            ;=> true
(true? 1)                               ;=> false
(false? false)                          ;=> true
(false? nil)                            ;=> false
(string? "a")                           ;=> true
(string? :a)                            ;=> false
(symbol? 'a)                            ;=> true
(keyword? :a)                           ;=> true
(list? '(1))                            ;=> true
(list? [1])                             ;=> false
(vector? [1])                           ;=> true
(vector? '(1))                          ;=> false
(vector? #[1])                          ;=> false
(map? {})                               ;=> true
(map? [])                               ;=> false
(set? #{})                              ;=> true
(fn? inc)                               ;=> true
(fn? (fn []))                           ;=> true
(fn? :a)                                ;=> false
(callable? len)                         ;=> true
(callable? 5)                           ;=> false
(instance? int 5)                       ;=> true
(instance? str "a")                     ;=> true
(instance? ValueError (KeyError))       ;=> false
(type 5)                                ;=> <class 'int'>

; input and output
(print 1 2)                             ;=> nil  ;out "1 2\n"
(println "a" :b)                        ;=> nil  ;out "a b\n"
(prn "a" :b)                            ;=> nil  ;out "\"a\" :b\n"
(print 1 2 :sep ", " :end ";")          ;=> nil  ;out "1, 2;"
(pprint [1 2])                          ;=> nil  ;out "[1 2]\n"
(pprint {:a [1 2 3] :b [4 5 6]} :width 12)      ;=> nil  ;out "{:a [1 2 3]\n :b [4 5 6]}\n"
(pprint [1 2 3 4 5 6] :width 7)         ;=> nil  ;out "[1 2 3\n 4 5 6]\n"
(let [x [1]] (.append x x) (pprint x))  ;=> nil  ;out "[1 ...]\n"
(with-out-str (print "in") (prn :k))    ;=> "in\n:k\n"
(with-out-str)                          ;=> ""
(import os shutil tempfile)
(def path (os.path.join (tempfile.gettempdir) f"catena-conformance-{(os.getpid)}.txt"))
(spit path "one\ntwo\n")                ;=> nil
(slurp path)                            ;=> "one\ntwo\n"
(spit path "more" :append true)         ;=> nil
(slurp path)                            ;=> "one\ntwo\nmore"
(with [f (open path)] (for [line f] (.strip line)))     ;=> ["one" "two" "more"]
(os.remove path)
(slurp path)                            ;=! FileNotFoundError
(import sys io)
(let [old sys.stdin] (set! sys.stdin (io.StringIO "l1\nl2")) (try [(read-line) (read-line) (read-line)] (finally (set! sys.stdin old))))     ;=> ["l1" "l2" nil]
(let [f (io.StringIO)] (print "to file" :file f :flush true) (.getvalue f))     ;=> "to file\n"

; state
(let [a (atom 1)] [(deref a) @a])       ;=> [1 1]
(let [a (atom 1)] (reset! a 5) @a)      ;=> 5
(let [a (atom 1)] (reset! a 5))         ;=> 5
(let [a (atom 1)] (swap! a inc))        ;=> 2
(let [a (atom 1)] (swap! a + 10 100) @a)        ;=> 111
(let [a (atom {:n 1})] (swap! a update :n inc) @a)      ;=> {:n 2}
(let [a (atom {})] (swap! a assoc :k 1) @a)     ;=> {:k 1}
(deref 5)                               ;=! TypeError

; time and tests
(includes? (with-out-str (time (+ 1 2))) "Elapsed time")        ;=> true
(let [v nil] (with-out-str (set! v (time 5))) v)        ;=> 5
(let [s nil] (includes? (with-out-str (set! s (bench (+ 1 2)))) "a run"))       ;=> true
(deftest passing (is (= 2 (+ 1 1))))
(passing)                               ;=> true
(is (= 1 1))                            ;=> true
(is true "message")                     ;=> true
(let [ok nil out (with-out-str (set! ok (is (= 1 (+ 1 1)))))] [ok (includes? out "FAIL") (includes? out "expected: 1") (includes? out "actual: 2") (includes? out "12-core-scalars.lisp:")])  ;=> [false true true true true]
(includes? (with-out-str (is (int "x"))) "ERROR")       ;=> true
(includes? (with-out-str (is (even? 3) "the message")) "the message")   ;=> true
(some? (is (thrown? ValueError (int "x"))))     ;=> true
(includes? (with-out-str (is (thrown? ValueError (int "1")))) "FAIL")   ;=> true
(thrown? [KeyError ValueError] (int "x"))       ;=> ValueError("invalid literal for int() with base 10: 'x'")
(thrown? KeyError (int "x"))            ;=! ValueError
(testing "context" (is (= 1 1)))        ;=> true
(are [x y] (= x (* y y)) 4 2 9 3)       ;=> nil
(are [x y] (= x y) 1 1 2)               ;=! CompileError: are
(with-out-str (are [x y] (= x y) 1 1))  ;=> ""
(includes? (with-out-str (are [x y] (= x y) 1 2)) "FAIL")       ;=> true
(deftest with-await (is (= 1 (await 1))))
(. ($py "inspect") (iscoroutinefunction with-await))    ;=> true

; help
(includes? (with-out-str (doc map)) "each item")        ;=> true
(includes? (with-out-str (doc when)) "condition")       ;=> true
(includes? (with-out-str (doc if)) "special form")      ;=> true
(includes? (with-out-str (doc len)) "number of items")  ;=> true
(defn documented "Says hello." [name] (str "hello " name))
(with-out-str (doc documented))         ;=> "(documented name)\n  Says hello.\n"
(doc no-such-thing)                     ;=! NameError
(with-out-str (source documented))      ;=> "(defn documented \"Says hello.\" [name] (str \"hello \" name))\n"
(with-out-str (source 'documented))     ;=> "(defn documented \"Says hello.\" [name] (str \"hello \" name))\n"
(with-out-str (doc 'documented))        ;=> "(documented name)\n  Says hello.\n"
(defclass Documented [] "What it is." (defn of-it [self] 1))
(with-out-str (source Documented))      ;=> "(defclass Documented [] \"What it is.\" (defn of-it [self] 1))\n"
(with-out-str (source Documented.of-it))        ;=> "(defn of-it [self] 1)\n"
(with-out-str (doc Documented))         ;=> "Documented()\n  What it is.\n"
(starts-with? (with-out-str (doc bridge/stats)) "(bridge/stats)")     ;=> true
(starts-with? (with-out-str (doc core/when)) "(core/when")     ;=> true
(import re)
(starts-with? (with-out-str (doc re/match)) "re/match(pattern")        ;=> true
(doc re/no-such-thing)                  ;=! AttributeError
(with-out-str (source 5))               ;=> "no source: 5 is no function, macro, class or module that is written in Catena or Python\n"
(with-out-str (source if))              ;=> "if is a special form; it is part of the compiler\n"
(includes? (with-out-str (source when)) "(defmacro when")       ;=> true
(includes? (with-out-str (source comp)) "defn comp")    ;=> true
(includes? (with-out-str (source shutil.which)) "def which")     ;=> true
(contains? (dir "x") "upper")           ;=> true
(contains? (dir) "documented")          ;=> true
(apropos "starts-w")                    ;=> [starts-with?]
(contains? (apropos "documented") 'documented)          ;=> true
