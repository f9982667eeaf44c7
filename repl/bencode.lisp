; Bencode, the notation in which nREPL sends its messages: integers, byte strings, lists and maps.

(import re)

(def longest-string "Bytes; more is taken for a broken client." 67108864)
(def deepest 64)

(defn- text-of
  [x]
  (cond
    (isinstance x bytes) x
    (string? x) (.encode (plain x) "utf-8" "replace")
    else (.encode (builtins.str x) "utf-8" "replace")))

(defn- put
  [pieces x]
  (cond
    (map? x)
    (let [entries (sorted (for [[k v] (.items x)] #[(text-of k) v]) :key first)]
      (.append pieces b"d")
      (doseq [[k v] entries] (put pieces k) (put pieces v))
      (.append pieces b"e"))
    (or (vector? x) (list? x) (tuple? x) (set? x))
    (do
      (.append pieces b"l")
      (doseq [item x] (put pieces item))
      (.append pieces b"e"))
    (isinstance x bool) (put pieces (if x 1 0))
    (isinstance x builtins.int) (.append pieces (.encode f"i{x}e"))
    else
    (let [data (text-of x)]
      (.append pieces (.encode f"{(count data)}:"))
      (.append pieces data))))

(defn encode
  "The bytes of a value. What is no map, sequence or integer is sent as its text."
  [x]
  (let [pieces []]
    (put pieces x)
    (.join b"" pieces)))

(defn- one-byte
  [stream]
  (let [byte (.read stream 1)]
    (when (= byte b"") (throw (EOFError "the message ends too early")))
    byte))

(defn- number
  "The digits up to the end mark, the first of them already read."
  [stream digits end]
  (loop [digits digits]
    (let [byte (one-byte stream)]
      (cond
        (= byte end)
        (if (re.fullmatch rb"-?[0-9]+" digits)
          (int digits)
          (throw (ValueError f"not a number: {digits!r}")))
        (> (count digits) 20) (throw (ValueError "a number is too long"))
        else (recur (+ digits byte))))))

(defn- value
  [stream byte depth]
  (when (> depth deepest) (throw (ValueError "too deep")))
  (cond
    (= byte b"i") (number stream b"" b"e")
    (= byte b"l")
    (let [items [] byte (one-byte stream)]
      (while (not= byte b"e")
        (.append items (value stream byte (inc depth)))
        (set! byte (one-byte stream)))
      items)
    (= byte b"d")
    (let [entries {} byte (one-byte stream)]
      (while (not= byte b"e")
        (unless (.isdigit byte) (throw (ValueError "a key must be a string")))
        (let [key (value stream byte (inc depth))]
          (set! (. entries [key]) (value stream (one-byte stream) (inc depth))))
        (set! byte (one-byte stream)))
      entries)
    (.isdigit byte)
    (let [size (number stream byte b":")]
      (when (> size longest-string) (throw (ValueError "a string is too long")))
      (let [data (.read stream size)]
        (when (< (count data) size) (throw (EOFError "the message ends too early")))
        (.decode data "utf-8" "replace")))
    else (throw (ValueError f"unexpected {byte!r}"))))

(defn decode
  "The next value of a binary stream, strings as text; nil at its end. Raises ValueError for what is no bencode, and
  EOFError when the stream ends within a value."
  [stream]
  (let [byte (.read stream 1)]
    (when (not= byte b"")
      (value stream byte 0))))
