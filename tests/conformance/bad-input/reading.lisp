;;; expect: ReadError 1:1: (
(
;;; expect: ReadError 1:1: (
(+ 1 2
;;; expect: ReadError 1:6: (
(+ 1 (* 2 3
;;; expect: ReadError 2:3: (
(do
  (print 1
;;; expect: ReadError 1:1: [
[1 2
;;; expect: ReadError 1:1: {
{:a 1
;;; expect: ReadError 1:1: #{
#{1 2
;;; expect: ReadError 1:1: #[
#[1
;;; expect: ReadError 1:1: #(
#(+ %
;;; expect: ReadError 1:1: the string
"open
;;; expect: ReadError 1:1: the string
"ends in a backslash\
;;; expect: ReadError 1:4: the string
(f "open)
;;; expect: ReadError 1:1: #|
#| open
;;; expect: ReadError 1:1: #|
#| #| inner |#
;;; expect: ReadError 1:1: the string
#"open
;;; expect: ReadError 1:1: the string
b"open
;;; expect: ReadError 1:1: the string
r"open
;;; expect: ReadError 1:1
f"open
;;; expect: ReadError 1:3: {
f"{x
;;; expect: ReadError 1:1: )
)
;;; expect: ReadError 1:1: ]
]
;;; expect: ReadError 1:1: }
}
;;; expect: ReadError 1:8: )
(+ 1 2))
;;; expect: ReadError 1:6: ]
(+ 1 ]
;;; expect: ReadError 1:5: )
[1 2)
;;; expect: ReadError 1:8: (
{:a (1 ]}
;;; expect: ReadError 1:6: )
#{1 2)
;;; expect: ReadError 2:3: [
(let [x 1
  )
;;; expect: ReadError 1:1
{:a}
;;; expect: ReadError 1:1
{:a 1 :b}
;;; expect: ReadError 1:1
'
;;; expect: ReadError 1:1
`
;;; expect: ReadError 1:1
@
;;; expect: ReadError 1:2
(')
;;; expect: ReadError 1:1
#_
;;; expect: ReadError 1:4
[1 #_]
;;; expect: ReadError 1:1
^int
;;; expect: ReadError 1:4
(f #*)
;;; expect: ReadError 1:4
(f #**)
;;; expect: ReadError 1:1: 0x
0x
;;; expect: ReadError 1:1: 0b2
0b2
;;; expect: ReadError 1:1: 0o8
0o8
;;; expect: ReadError 1:1: 0xg
0xg
;;; expect: ReadError 1:1: 12ab
12ab
;;; expect: ReadError 1:1: 1.2.3
1.2.3
;;; expect: ReadError 1:1: 1e
1e
;;; expect: ReadError 1:1: 1e+
1e+
;;; expect: ReadError 1:1: 1__0
1__0
;;; expect: ReadError 1:1: 1_
1_
;;; expect: ReadError 1:1: 1/2
1/2
;;; expect: ReadError 1:1: +1x
+1x
;;; expect: ReadError 1:2: \q
"\q"
;;; expect: ReadError 1:2: \x
"\x4"
;;; expect: ReadError 1:2: \x
"\xzz"
;;; expect: ReadError 1:2: \u
"\u12"
;;; expect: ReadError 1:2: \U
"\U00110000"
;;; expect: ReadError 1:5: \d
"abc\d"
;;; expect: ReadError 1:3: \u
b"\u0041"
;;; expect: ReadError 1:3: bytes
b"é"
;;; expect: ReadError 1:1
#"(open"
;;; expect: ReadError 1:1
#"*"
;;; expect: ReadError 1:1
#"[z-a]"
;;; expect: ReadError
f"{}"
;;; expect: ReadError
f"{ }"
;;; expect: ReadError: }
f"a } b"
;;; expect: ReadError
f"{x!z}"
;;; expect: ReadError
f"{x y}"
;;; expect: ReadError
f"{(f x}"
;;; expect: ReadError 1:1
#t
;;; expect: ReadError 1:1
#f
;;; expect: ReadError 1:1
#x
;;; expect: ReadError 1:1
#'x
;;; expect: ReadError 1:1
#\a
;;; expect: ReadError 1:1
\a
;;; expect: ReadError 1:6
(str \newline)
;;; expect: ReadError 1:1
"""doc"""
;;; expect: ReadError 1:2: (:
[1:3]
;;; expect: ReadError 1:1
::
;;; expect: NameError 1:1
a.
;;; expect: NameError 1:1
a..b
;;; expect-from: ReadError 1:1: UTF-8
b"\xff\xfe"
;;; expect-from: ReadError 1:8: UTF-8
b"(print \x80)"
;;; expect-from: ReadError 2:2: UTF-8
b"1\n(\xc3("
;;; expect-from: ReadError 1:2: UTF-8
b"\"\xed\xa0\x80\""
;;; expect-from: ReadError
"(print 1)\0(print 2)"
;;; expect-from: ReadError 1:1000000: (
(* "(" 1000000)
;;; expect-from: ReadError 1:1000000: [
(* "[" 1000000)
;;; expect-from: ReadError 1:1: )
(* ")" 1000000)
;;; expect-from: ReadError 1:1000000
(* "'" 1000000)
;;; expect-from: ReadError
(* "#_" 100000)
;;; expect-from: ReadError
(* "{" 100000)
;;; expect-from: ReadError
(* "#|" 100000)
;;; expect-from: ReadError
(* "f\"{" 5000)
;;; expect-from: ReadError
(* "^" 100000)
;;; expect-from: ReadError 1:1
"\ufeff)"
