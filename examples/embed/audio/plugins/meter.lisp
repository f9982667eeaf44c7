; A sink: prints how loud the loudest sample of each second was.
(import numpy :as np)

(defclass Meter []
  (defn __init__ [self rate frames]
    (set! self.blocks (// rate frames))
    (set! self.heard 0)
    (set! self.peak 0.0))

  (defn write [self input]
    (set! self.peak (max self.peak (float (np.max (np.abs input)))))
    (set! self.heard (inc self.heard))
    (when (= 0 (% self.heard self.blocks))
      (println f"peak {self.peak:.3f}")
      (set! self.peak 0.0))))

(defn make [rate frames] (Meter rate frames))
