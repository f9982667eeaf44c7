(def before 1)
(throw (ValueError "while loading"))
