; A processor: half as loud, without an array of its own.
(import numpy :as np)

(defclass Gain []
  (def gain (np.float32 0.5))
  (defn process [self input output]
    (np.multiply input self.gain :out output)))

(defn make [rate frames] (Gain))
