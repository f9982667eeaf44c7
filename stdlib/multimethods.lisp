; Functions that choose among methods by what a dispatch function makes of their operands. Methods may be added anywhere.

(defn- %inherited-method
  [multi value]
  (let [methods multi.methods]
    (loop [left (if (isinstance value builtins.type) value.__mro__ [])]
      (cond
        (empty? left)
        (or (get methods :default)
            (throw (ValueError f"{multi.__name__} has no method for {(pr-str value)}")))
        (contains? methods (first left)) (. methods [(first left)])
        else (recur (rest left))))))

(defn- %method
  [multi value]
  (let [methods multi.methods
        found (.get methods value methods)]
    (if (identical? found methods) (%inherited-method multi value) found)))

(defn- %dispatch
  ([multi x]
   (let [dispatch multi.dispatch]
     ((%method multi (dispatch x)) x)))
  ([multi x y]
   (let [dispatch multi.dispatch]
     ((%method multi (dispatch x y)) x y)))
  ([multi &forward operands]
   (apply (%method multi (apply multi.dispatch operands)) operands)))

(defn- %multi
  [multi dispatch]
  (set! multi.dispatch dispatch)
  (set! multi.methods {})
  multi)

(defmacro defmulti
  "Defines a function that calls the method for (dispatch operand …); dispatch may be a keyword. Methods for a class serve
  the classes derived from it; the one for :default serves the rest.
  (do (defmulti area :kind) (defmethod area :square [{:keys [side]}] (* side side)) (area {:kind :square :side 3})) => 9
  (do (defmulti size type) (defmethod size int [n] n) (defmethod size :default [x] (count x)) [(size true) (size [1 2])]) => [true 2]"
  [name & options]
  (let [[doc dispatch & more] (if (string? (first options)) options (cons "" options))]
    (unless (and (symbol? name) (< (if (= doc "") 0 1) (count options)) (empty? more))
      (throw (CompileError "defmulti takes a name and a function: (defmulti name \"doc\"? dispatch)")))
    `(def ,name
       (%multi
         (fn ,name
           ,doc
           ([x#] (%dispatch ,name x#))
           ([x# y#] (%dispatch ,name x# y#))
           ([&forward operands#] (apply %dispatch ,name operands#)))
         ,dispatch))))

(defn- %add-method
  [multi value method]
  (set! (. multi.methods [value]) method)
  multi)

(defmacro defmethod
  "Adds the method of a defmulti for one value of its dispatch function, or for :default.
  (do (defmulti sound identity) (defmethod sound :cat [_] \"meow\") (defmethod sound :default [x] \"?\") (map sound [:cat :dog])) => [\"meow\" \"?\"]"
  [multi value & parameters-and-body]
  (when (empty? parameters-and-body)
    (throw (CompileError "defmethod takes a value, parameters and a body: (defmethod name value [x] …)")))
  `(%add-method ,multi ,value (fn ,@parameters-and-body)))
