; What macros expand to: names of templates are resolved where they were written.
(defmacro swap [a b] `(let [old# ,a] (set! ,a ,b) (set! ,b old#)))
(defmacro twice [form] `(do ,form ,form))
(defn f [x] (when x (unless (nil? x) (-> x inc (* 2)))))
(defn g [a b] (twice (swap a b)) [a b])
(quote (when stays))
`(a ,(+ 1 2) ,@[4 5] {:k ,6})

; What core's own macros write of core is core's, too.
(fn [m] (some-> m :a inc))
