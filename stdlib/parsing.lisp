; Values that a text may or may not spell.

(defn parse-long
  "The integer that a text spells in decimal digits, nil when it spells none.
  (parse-long \"-42\") => -42
  (parse-long \"4.2\") => nil"
  [s]
  (when (re-matches #"[-+]?[0-9]+" s) (int s)))

(defn parse-double
  "The float that a text spells, nil when it spells none.
  (parse-double \"1e3\") => 1000.0
  (parse-double \"one\") => nil"
  [s]
  (unless (string? s)
    (throw (TypeError f"parse-double: expected a string, not {(. (type s) __name__)}")))
  (try (float s) (catch ValueError _ nil)))

(defn parse-boolean
  "true for \"true\", false for \"false\", nil for any other text.
  (map parse-boolean [\"true\" \"false\" \"yes\"]) => [true false nil]"
  [s]
  (case s "true" true "false" false nil))
