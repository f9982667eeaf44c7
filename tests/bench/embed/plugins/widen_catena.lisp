(import numpy :as np)

(defclass Widen []
  (def width (np.float32 1.5))
  (def half (np.float32 0.5))

  (defn __init__ [self rate frames]
    (set! self.middle (np.zeros frames np.float32))
    (set! self.side (np.zeros frames np.float32)))

  (defn process [self input output]
    (let [[left right] input]
      (np.add left right :out self.middle)
      (np.multiply self.middle self.half :out self.middle)
      (np.subtract left right :out self.side)
      (np.multiply self.side self.width :out self.side)
      (np.add self.middle self.side :out (. output [0]))
      (np.subtract self.middle self.side :out (. output [1]))
      (np.tanh output :out output))))

(defn make [rate frames] (Widen rate frames))
