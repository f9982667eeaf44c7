(def fine 1)
(let [x])
