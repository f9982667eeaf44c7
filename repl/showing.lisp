; How values are shown to a person: in Catena's notation, in lines that fit the terminal, large ones cut. A value costs
; what is shown of it, however large it is.

(import builtins itertools)
(import catena.program :as program)

(def most-characters "Characters of a value's text; what goes beyond is cut." 10000)
(def most-items "Items of one container." 200)
(def most-depth "Containers inside containers." 40)

(def brackets
  {builtins.list ["[" "]"]
   (type '(list)) ["(" ")"]
   tuple ["#[" "]"]
   dict ["{" "}"]
   builtins.set ["#{" "}"]})

(defclass Layout []
  (defn __init__ [self width characters]
    (set! self.width width)
    (set! self.left characters)
    (set! self.pieces [])
    (set! self.open #{}))
  (defn write [self text]
    (.append self.pieces text)
    (update! self.left - (count text)))
  (defn flat [self x room]
    ; The limit counts bytes; a character has four at most.
    (let [[text whole] (program.beginning x (* 4 (max room 0)))]
      (when (and whole (<= (count text) room) (not (includes? text "\n"))) text)))
  (defn lay [self x indent]
    (let [flat (.flat self x (min (- self.width indent) self.left))]
      (cond
        (some? flat) (.write self flat)
        (contains? self.open (id x)) (.write self "...")
        (and (contains? brackets (type x)) (< (count self.open) most-depth) (> (count x) 0))
        (do
          (.add self.open (id x))
          (.lay-container self x indent)
          (.discard self.open (id x)))
        else (.lay-atom self x indent))))
  (defn lay-atom [self x indent]
    (let [room (max self.left 0)
          [text whole] (program.beginning x room)
          text (if whole text (. text [(: 0 room)]))]
      (.write self (replace text "\n" (str "\n" (* " " indent))))
      (when (not whole) (.write self (if (string? x) "…\"" "…")))))
  (defn lay-container [self x indent]
    (let [[opening closing] (. brackets [(type x)])
          inner (+ indent (count opening))
          items (vec (itertools.islice (if (map? x) (.items x) x) most-items))
          plain (not (or (map? x) (some (fn [item] (contains? brackets (type item))) items)))
          line-break (str "\n" (* " " inner))
          column inner
          shown 0]
      (.write self opening)
      (doseq [item items]
        (when (<= self.left 0) (break))
        (if plain
          (let [text (.flat self item (- self.width inner))
                beside (and (some? text) (<= (+ column 1 (count text)) self.width))]
            (when (> shown 0)
              (.write self (if beside " " line-break))
              (set! column (if beside (inc column) inner)))
            (if (nil? text) (.lay self item inner) (.write self text))
            (set! column (if (nil? text) self.width (+ column (count text)))))
          (do
            (when (> shown 0) (.write self line-break))
            (if (map? x)
              (let [[key value] item
                    text (.flat self key (quot self.width 2))]
                (if (some? text)
                  (do
                    (.write self (str text " "))
                    (.lay self value (+ inner (count text) 1)))
                  (do
                    (.lay self key inner)
                    (.write self line-break)
                    (.lay self value inner))))
              (.lay self item inner))))
        (update! shown inc))
      (when (< shown (count x))
        (.write self (str (if (= shown 0) "" line-break) f"… {(- (count x) shown):,} more")))
      (.write self closing))))

(defn shown
  "The value as text for lines of this width."
  [x &opt (width 80) (characters most-characters)]
  (let [layout (Layout width characters)]
    (.lay layout x 0)
    (join "" layout.pieces)))
