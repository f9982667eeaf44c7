; Values that are not there yet: made on demand, or delivered by another thread. `deref` and @ read them.

(defclass %Delay []
  (defn __init__ [self make]
    (set! self.make make)
    (set! self.value nil)
    (set! self.lock ((. ($py "threading") RLock))))
  (defn done [self] (nil? self.make))
  (defn __deref__ [self &opt timeout otherwise]
    (with [_ self.lock]
      (when (some? self.make)
        (set! self.value (self.make))
        (set! self.make nil))
      self.value))
  (defn __repr__ [self] (if (self.done) f"<delay {self.value!r}>" "<delay>")))

(defmacro delay
  "Evaluates the body when the value is first asked for by deref or force, once; an error is raised, and the next to ask tries again.
  (let [d (delay (print \"made\") 5)] (with-out-str (print @d @d))) => \"made\\n5 5\\n\""
  [& body]
  `(%Delay (fn [] ,@body)))

(defn force
  "The value of a delay; anything else is its own value.
  (force (delay (+ 1 2))) => 3
  (force 3) => 3"
  [x]
  (if (isinstance x %Delay) (deref x) x))

(defclass %Promise []
  (defn __init__ [self]
    (set! self.value nil)
    (set! self.lock ((. ($py "threading") Lock)))
    (set! self.delivered ((. ($py "threading") Event))))
  (defn done [self] (self.delivered.is-set))
  (defn __deref__ [self &opt timeout & otherwise]
    (cond
      (self.delivered.wait timeout) self.value
      (empty? otherwise) (throw (TimeoutError "deref: the promise is late"))
      else (first otherwise)))
  (defn __repr__ [self] (if (self.done) f"<promise {self.value!r}>" "<promise>")))

(defn promise
  "A place that one `deliver` fills; deref waits for it, as long as its timeout says.
  (let [p (promise)] (deliver p 5) @p) => 5
  (deref (promise) 0.01 :late) => :late"
  []
  (%Promise))

(defn deliver
  "Fills a promise and answers it; nil, and nothing changes, when it was filled before.
  (let [p (promise)] (deliver p 1) (deliver p 2) @p) => 1"
  [promise value]
  (with [_ promise.lock]
    (unless (promise.done)
      (set! promise.value value)
      (promise.delivered.set)
      promise)))

(defn realized?
  "Whether a delay, promise or future has its value already.
  (realized? (delay 1)) => false
  (let [d (delay 1)] @d (realized? d)) => true"
  [x]
  (.done x))
