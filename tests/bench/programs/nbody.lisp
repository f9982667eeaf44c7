(import measure)
(import math :refer [sqrt])

(def PI 3.141592653589793)
(def SOLAR-MASS (* 4 PI PI))
(def DAYS 365.24)

(defn planets
  "Each body is [position velocity mass]."
  []
  [[[0.0 0.0 0.0] [0.0 0.0 0.0] SOLAR-MASS]
   [[4.84143144246472090e00 -1.16032004402742839e00 -1.03622044471123109e-01]
    [(* 1.66007664274403694e-03 DAYS)
     (* 7.69901118419740425e-03 DAYS)
     (* -6.90460016972063023e-05 DAYS)]
    (* 9.54791938424326609e-04 SOLAR-MASS)]
   [[8.34336671824457987e00 4.12479856412430479e00 -4.03523417114321381e-01]
    [(* -2.76742510726411933e-03 DAYS)
     (* 4.99852801234917238e-03 DAYS)
     (* 2.30417297573763929e-05 DAYS)]
    (* 2.85885980666130812e-04 SOLAR-MASS)]
   [[1.28943695621391310e01 -1.51111514016986312e01 -2.23307578892655734e-01]
    [(* 2.96460137564761618e-03 DAYS)
     (* 2.37847173959480950e-03 DAYS)
     (* -2.96589568540237556e-05 DAYS)]
    (* 4.36624404335156298e-05 SOLAR-MASS)]
   [[1.53796971148509165e01 -2.59193146099879641e01 1.79258772950371181e-01]
    [(* 2.68067772490389322e-03 DAYS)
     (* 1.62824170038242295e-03 DAYS)
     (* -9.51592254519715870e-05 DAYS)]
    (* 5.15138902046611451e-05 SOLAR-MASS)]])

(defn advance [bodies dt]
  (let [n (len bodies)]
    (dotimes [i n]
      (let [[[x y z] v m] (. bodies [i])]
        (doseq [j (range (+ i 1) n)]
          (let [[[x2 y2 z2] v2 m2] (. bodies [j])
                dx (- x x2)
                dy (- y y2)
                dz (- z z2)
                d2 (+ (* dx dx) (* dy dy) (* dz dz))
                mag (/ dt (* d2 (sqrt d2)))
                a (* m2 mag)
                b (* m mag)]
            (update! (. v [0]) - (* dx a))
            (update! (. v [1]) - (* dy a))
            (update! (. v [2]) - (* dz a))
            (update! (. v2 [0]) + (* dx b))
            (update! (. v2 [1]) + (* dy b))
            (update! (. v2 [2]) + (* dz b))))))
    (doseq [[p v] bodies]
      (dotimes [k 3]
        (update! (. p [k]) + (* dt (. v [k])))))))

(defn energy [bodies]
  (let [e 0.0
        n (len bodies)]
    (dotimes [i n]
      (let [[p v m] (. bodies [i])]
        (set! e (+ e (* 0.5 m (+ (* (. v [0]) (. v [0]))
                                 (* (. v [1]) (. v [1]))
                                 (* (. v [2]) (. v [2]))))))
        (doseq [j (range (+ i 1) n)]
          (let [[p2 _ m2] (. bodies [j])
                dx (- (. p [0]) (. p2 [0]))
                dy (- (. p [1]) (. p2 [1]))
                dz (- (. p [2]) (. p2 [2]))]
            (set! e (- e (/ (* m m2) (sqrt (+ (* dx dx) (* dy dy) (* dz dz))))))))))
    e))

(defn work []
  (let [bodies (planets)]
    (dotimes [_ 20_000] (advance bodies 0.01))
    f"{(energy bodies):.9f}"))

(measure.run work)
