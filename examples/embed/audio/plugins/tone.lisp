; A source: 440 Hz on the left, 660 Hz on the right.
(import numpy :as np)

(defclass Tone []
  (defn __init__ [self rate frames]
    (set! self.step (* 2 np.pi (/ (np.array [[440.0] [660.0]]) rate)))
    (set! self.at (np.arange frames)))

  (defn read [self output]
    (np.multiply (np.sin (* self.step self.at)) 0.5 :out output)
    (update! self.at + (. output shape [1]))
    nil))

(defn make [rate frames] (Tone rate frames))
