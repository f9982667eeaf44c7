; A module for 10-modules.lisp.
"Text helpers."
(def greeting "hello")
(defn shout [s] (str (.upper s) "!"))
(defn- secret [] :secret)
(defn call-secret [] (secret))
(defmacro twice-over [form] `(do ,form ,form))
(defmacro shouted [x] `(shout ,x))
(def a-dashed-name 7)
(def loads (inc (getattr ($py "builtins") "_util_text_loads" 0)))
(setattr ($py "builtins") "_util_text_loads" loads)
