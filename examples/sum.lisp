; The program that all this began with. The dump shows the sum as one chain: catena dump --chains examples/sum.lisp
(print
  (let ((np ($py "numpy")))
    (await ((. np sum) (as-nd (float32array [1 2 3 4]) [4] "float32")))))
