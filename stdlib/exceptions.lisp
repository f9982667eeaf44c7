; Exceptions that carry data.

(defclass ExceptionInfo [Exception]
  "What ex-info makes: an exception with a message and a map of data."
  (defn __init__ [self message &opt (data nil)]
    (.__init__ (super) message data)
    (set! self.data data))
  (defn __str__ [self]
    (if (empty? self.data) (first self.args) f"{(first self.args)} {(pr-str self.data)}")))

(defn ex-info
  "An exception with a message, a map of data and perhaps a cause.
  (try (throw (ex-info \"too hot\" {:celsius 90})) (catch ExceptionInfo e (:celsius e.data))) => 90
  (str (ex-info \"too hot\" {:celsius 90})) => \"too hot {:celsius 90}\""
  [message data &opt cause]
  (let [made (ExceptionInfo message data)]
    (when (some? cause) (set! made.__cause__ cause))
    made))

(defn ex-data
  "The data of an exception that ex-info made; nil of any other.
  (ex-data (ex-info \"no\" {:a 1})) => {:a 1}
  (ex-data (ValueError \"no\")) => nil"
  [exception]
  (when (isinstance exception ExceptionInfo) exception.data))

(defn ex-message
  "An exception's message; of what ex-info made the message without the data.
  (ex-message (ex-info \"no\" {:a 1})) => \"no\"
  (ex-message (ValueError \"bad\")) => \"bad\""
  [exception]
  (cond
    (isinstance exception ExceptionInfo) (first exception.args)
    (isinstance exception BaseException) (str exception)))

(defn ex-cause
  "The exception that this one was thrown from; nil when there is none.
  (ex-cause (ex-info \"no\" {} (KeyError 1))) => KeyError(1)
  (ex-cause (ValueError)) => nil"
  [exception]
  (when (isinstance exception BaseException) exception.__cause__))
