; Section 1, Reading: every row of the table, then the paragraphs below it.

; nil and booleans
nil                                     ;=> nil
None                                    ;=> nil
true                                    ;=> true
false                                   ;=> false
True                                    ;=> true
False                                   ;=> false
(identical? nil None)                   ;=> true
(type nil)                              ;=> <class 'NoneType'>
(type true)                             ;=> <class 'bool'>

; integers
42                                      ;=> 42
-7                                      ;=> -7
+7                                      ;=> 7
1_000                                   ;=> 1000
1_000_000                               ;=> 1000000
0xff                                    ;=> 255
0xFF                                    ;=> 255
-0x10                                   ;=> -16
0b101                                   ;=> 5
0o17                                    ;=> 15
0                                       ;=> 0
-0                                      ;=> 0
123456789012345678901234567890          ;=> 123456789012345678901234567890
0xffffffffffffffffffff                  ;=> 1208925819614629174706175
9223372036854775807                     ;=> 9223372036854775807
9223372036854775808                     ;=> 9223372036854775808
-9223372036854775808                    ;=> -9223372036854775808
(type 42)                               ;=> <class 'int'>
(len (str (** 10 5000)))                ;=! ValueError
(= (read-string (* "1" 10000)) (// (** 10 10000) 9))    ;=> true

; floats
1.5                                     ;=> 1.5
1e-9                                    ;=> 1e-09
-2.5E3                                  ;=> -2500.0
inf                                     ;=> inf
-inf                                    ;=> -inf
nan                                     ;=> nan
.5                                      ;=> 0.5
5.                                      ;=> 5.0
-.5                                     ;=> -0.5
1_0.2_5                                 ;=> 10.25
1e400                                   ;=> inf
(type 1e3)                              ;=> <class 'float'>
(type inf)                              ;=> <class 'float'>
-0.0                                    ;=> -0.0

; imaginary numbers
2j                                      ;=> 2j
1.5j                                    ;=> 1.5j
(* 2j 2j)                               ;=> -4+0j
(* 1+2j 1-2j)                           ;=> 5+0j
(type 2j)                               ;=> <class 'complex'>

; strings
"text"                                  ;=> "text"
(len "a\nb")                            ;=> 3
(ord "\t")                              ;=> 9
(ord "\r")                              ;=> 13
(ord "\\")                              ;=> 92
(ord "\"")                              ;=> 34
(ord "\0")                              ;=> 0
(ord "\a")                              ;=> 7
(ord "\b")                              ;=> 8
"\x41"                                  ;=> "A"
"\u00e9"                                ;=> "é"
"\U0001F600"                            ;=> "😀"
"one \
two"                                    ;=> "one two"
"two
lines"                                  ;=> "two\nlines"
(len "two
lines")                                 ;=> 9
""                                      ;=> ""
"日本"                                   ;=> "日本"
(len "日本")                             ;=> 2
(type "x")                              ;=> <class 'str'>
r"raw\n"                                ;=> "raw\\n"
(len r"\d")                             ;=> 2
b"bytes"                                ;=> b"bytes"
b"\x00\xff"                             ;=> b"\x00\xff"
(type b"x")                             ;=> <class 'bytes'>
(len b"\n")                             ;=> 1

; f-strings
(let [x 2] f"x = {(+ x 1):.2f}, {x!r}")     ;=> "x = 3.00, 2"
(let [name "Ann"] f"{name!r}")          ;=> "'Ann'"
(let [name "Ann"] f"hello {name}!")     ;=> "hello Ann!"
f"{{literal}}"                          ;=> "{literal}"
f"plain"                                ;=> "plain"
f""                                     ;=> ""
f"{(+ 1 2)}"                            ;=> "3"
f"{"inner"}"                            ;=> "inner"
f"{(str "a" "b")}"                      ;=> "ab"
(let [x 5] f"{x:03d}")                  ;=> "005"
(let [x 5 width 4] f"{x:>{width}}")     ;=> "   5"
(let [x 1.5] f"{x:>8.3f}|")             ;=> "   1.500|"
(let [x "é"] f"{x!a}")                  ;=> "'\\xe9'"
(let [x "é"] f"{x!s}")                  ;=> "é"
(let [x 3] f"{x=}")                     ;=> "x=3"
(let [d {:k 1}] f"{(:k d)}")            ;=> "1"
(let [d {"k" 1}] f"{(get d "k")}")      ;=> "1"
f"{[1 2]} {nil} {true}"                 ;=> "[1, 2] None True"
f"two
lines {1}"                              ;=> "two\nlines 1"
f"tab\t{1}"                             ;=> "tab\t1"
f"{:k}"                                 ;=> "k"
(let [ready? true] f"{ready?}")         ;=> "True"
(let [x! 7] f"{x!}")                    ;=> "7"
f"{1000000:,}"                          ;=> "1,000,000"
(let [f (fn [x] f"<{x}>")] f"{(f (f 1))}")  ;=> "<<1>>"
f"{f"{1}"}"                             ;=> "1"
(type f"{1}")                           ;=> <class 'str'>

; regular expressions
#"\d+"                                  ;=> #"\d+"
(. #"\d+" pattern)                      ;=> "\\d+"
(.group (.search #"(\d+)-(\d+)" "a 10-20") 2)   ;=> "20"
(type #"x")                             ;=> <class 're.Pattern'>
(.findall #"[a-z]+" "ab cd")            ;=> ["ab" "cd"]
(= #"a" #"a")                           ;=> true
#"a\"b"                                 ;=> #"a\"b"

; keywords
:name                                   ;=> :name
(type :name)                            ;=> <class 'catena.Keyword'>
(isinstance ':name builtins.str)        ;=> true
(identical? :a :a)                      ;=> true
(identical? :a (keyword "a"))           ;=> true
(= :name "name")                        ;=> true
(= "name" :name)                        ;=> true
(= (hash :name) (hash "name"))          ;=> true
(get {"name" 1} :name)                  ;=> 1
(:name {"name" 1})                      ;=> 1
(get {:name 1} "name")                  ;=> 1
(:missing {"name" 1})                   ;=> nil
(:missing {"name" 1} 5)                 ;=> 5
(:a nil)                                ;=> nil
(. ($py "json") (dumps {:a 1}))         ;=> "{\"a\": 1}"
(keyword? :a)                           ;=> true
(keyword? "a")                          ;=> false
(prn :a)                                ;=> nil  ;out ":a\n"
(print :a)                              ;=> nil  ;out "a\n"
(repr :a)                               ;=> "'a'"
(callable :a)                           ;=> false
(hasattr ':a "__call__")                ;=> false
(map :a [{:a 1} {:a 2}])                ;=> [1 2]
:a-b                                    ;=> :a-b
(plain :a-b)                            ;=> "a-b"
(type (plain :a))                       ;=> <class 'str'>
(plain {:a [1 :b #[:c]] "d" #{:e}})     ;=> {"a" [1 "b" #["c"]] "d" #{"e"}}
(keyword? (first (keys (plain {:a 1}))))    ;=> false
(:1 {"1" 5})                            ;=> 5
(let [k :a] (k {:a 9}))                 ;=> 9
(dict :a-b 1)                           ;=> {"a_b" 1}
(type (first (keys (dict :a-b 1))))     ;=> <class 'str'>

; symbols
'name                                   ;=> name
'a-b                                    ;=> a-b
'ready?                                 ;=> ready?
'*x*                                    ;=> *x*
'->s                                    ;=> ->s
(type 'a)                               ;=> <class 'catena.Symbol'>
(= 'a 'a)                               ;=> true
(= 'a 'b)                               ;=> false
(symbol? 'a)                            ;=> true
(symbol? "a")                           ;=> false
'+                                      ;=> +
'...                                    ;=> ...
':                                      ;=> :
(symbol? ':)                            ;=> true
(keyword? ':)                           ;=> false
(identical? ... Ellipsis)               ;=> true
'np.sum                                 ;=> np.sum
(symbol? 'np.sum)                       ;=> true
'mod/name                               ;=> mod/name
'λ                                      ;=> λ

; collections
'(a b c)                                ;=> (a b c)
(type '(a))                             ;=> <class 'catena.List'>
(isinstance '(a) (. ($py "collections.abc") Sequence))  ;=> true
'()                                     ;=> ()
()                                      ;=> ()
[1 (+ 1 1)]                             ;=> [1 2]
(type [])                               ;=> <class 'list'>
#[1 (+ 1 1)]                            ;=> #[1 2]
(type #[])                              ;=> <class 'tuple'>
#[]                                     ;=> #[]
{:a 1 (+ 1 1) 3}                        ;=> {:a 1 2 3}
(type {})                               ;=> <class 'dict'>
{}                                      ;=> {}
#{(+ 1 1)}                              ;=> #{2}
(type #{})                              ;=> <class 'set'>
#{}                                     ;=> #{}
(list (keys {:z 1 :a 2 :m 3}))          ;=> ([:z :a :m])
{:a 1 :a 2}                             ;=> {:a 2}
{1 :a (- 2 1) :b}                       ;=> {1 :b}
#{1 1 (- 2 1)}                          ;=> #{1}
[1, 2]                                  ;=> [1 2]
{:a 1, :b 2}                            ;=> {:a 1 :b 2}
[1 2,]                                  ;=> [1 2]
'[a (b #[c {d e}])]                     ;=> [a (b #[c {d e}])]

; quoting
'x                                      ;=> x
''x                                     ;=> (quote x)
(quote (1 2))                           ;=> (1 2)
`(a ,(+ 1 2) c)                         ;=> (a 3 c)
`(a ~(+ 1 2) c)                         ;=> (a 3 c)
`(0 ,@[1 2] 3)                          ;=> (0 1 2 3)
`(0 ~@[1 2] 3)                          ;=> (0 1 2 3)
`[zz ,(inc 1)]                          ;=> [zz 2]
`{zz ,(inc 1)}                          ;=> {zz 2}
`#[,1 ,@[2]]                            ;=> #[1 2]
`#{,(inc 1)}                            ;=> #{2}
(let [x 5] `x)                          ;=> x
(let [zz 5] `,zz)                       ;=> 5
'`(a ,b ,@c)                            ;=> (quasiquote (a (unquote b) (unquote-splicing c)))
''()                                    ;=> (quote ())
(= `(zz) '(zz))                         ;=> true

; anonymous functions
(#(+ % %2) 1 2)                         ;=> 3
(#(+ %1 %2) 1 2)                        ;=> 3
(#(* % %) 4)                            ;=> 16
(#(vec %&) 1 2 3)                       ;=> [1 2 3]
(#(vector % %&) 1 2 3)                  ;=> [1 [2 3]]
(map #(- %) [1 2])                      ;=> [-1 -2]
(#(do 7))                               ;=> 7
(map #(get % :a) [{:a 1}])              ;=> [1]
(#(mod %2 %1) 3 10)                     ;=> 1
(mod 7 3)                               ;=> 1
(% 7 3)                                 ;=> 1

; deref and annotations
@(atom 5)                               ;=> 5
'@x                                     ;=> (deref x)
(defn ann [^int x] x)
(get ann.__annotations__ "x")           ;=> <class 'int'>

; comments
1 ; a comment
#| a #| nested |# one |# 2              ;=> 2
[1 #_ 2 3]                              ;=> [1 3]
[1 #_ (a b) #_ c 3]                     ;=> [1 3]
[1 #_ #_ 2 3 4]                         ;=> [1 4]
[#_ 1]                                  ;=> []
(+ 1 #| inside |# 2)                    ;=> 3

; dotted and qualified symbols
(import math)
math.pi                                 ;=> 3.141592653589793
(math.floor 2.7)                        ;=> 2
(import os.path)
(os.path.basename "a/b")                ;=> "b"
(import os.path :as p)
(p.basename "a/b")                      ;=> "b"
math/pi                                 ;=> 3.141592653589793
(math/floor 1.5)                        ;=> 1
(core/inc 1)                            ;=> 2

; deep nesting is bounded by memory alone
(count (read-string (+ (* "(" 1000) (* ")" 1000))))     ;=> 1
(list? (read-string (+ (* "(" 200000) (* ")" 200000)))) ;=> true
(vector? (read-string (+ (* "[" 200000) (* "]" 200000))))   ;=> true
(= (read-string (+ (* "'" 100000) "x")) 'x)             ;=> false

; read-string
(read-string "(+ 1 2)")                 ;=> (+ 1 2)
(read-string "  :k ; comment")          ;=> :k
(eval (read-string "(+ 1 2)"))          ;=> 3
(read-string "(1 2")                    ;=! ReadError
(read-string ")")                       ;=! ReadError
