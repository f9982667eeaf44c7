; Pictures in the terminal: kitty's protocol, iTerm2's, or sixel, whichever this terminal has. A picture is the bytes of a PNG.

(import base64 fcntl io os re select struct sys termios time tty)

(def longest-answer "Seconds that a terminal has for saying what it can." 0.5)
(def kitty-chunk "Characters of base64 in one of kitty's pieces." 4096)

; What the terminal can

(defn- env [name] (os.environ.get name ""))

(defn- asked
  "What the terminal answers to the question for its attributes, \"\" when it does not. Not asked while there is something
  typed ahead, which would be taken for the answer."
  []
  (let [before (termios.tcgetattr 0) answer b""]
    (if (not (empty? (first (select.select [0] [] [] 0))))
      ""
      (try
        (do
          (tty.setcbreak 0 termios.TCSANOW)
          (os.write 1 b"\x1b[c")
          (let [ends (+ (time.monotonic) longest-answer)]
            (loop []
              (let [[ready] (select.select [0] [] [] (max 0 (- ends (time.monotonic))))]
                (when (not (empty? ready))
                  (let [piece (os.read 0 1024)]
                    (set! answer (+ answer piece))
                    (when (not (or (= piece b"") (re.search b"\\x1b\\[\\?[0-9;]*c" answer)))
                      (recur)))))))
          (.decode answer "ascii" "replace"))
        (finally (termios.tcsetattr 0 termios.TCSANOW before))))))

(defn- find-protocol
  []
  (let [term (env "TERM") program (env "TERM_PROGRAM")]
    (cond
      (or (contains? ["" "dumb" "unknown" "linux"] term) (not (os.isatty 0))) nil
      ; What the environment says is true of the terminal outside; a multiplexer answers for itself.
      (and (= (env "TMUX") "") (not (re.match "screen|tmux" term))
           (or (re.search "kitty|ghostty" term) (= program "ghostty"))) "kitty"
      (and (= (env "TMUX") "") (not (re.match "screen|tmux" term))
           (or (contains? ["iTerm.app" "WezTerm" "mintty" "rio"] program)
               (= (env "LC_TERMINAL") "iTerm2"))) "iterm"
      else
      (let [attributes (re.search r"\x1b\[\?([0-9;]*)c" (asked))]
        (when (and attributes (contains? (split (.group attributes 1) ";") "4")) "sixel")))))

(def found "#[environment protocol]: what was found out, and what it depends on." nil)

(defn protocol
  "\"kitty\", \"iterm\" or \"sixel\"; nil where standard output is no terminal that shows pictures."
  []
  (try
    (when (os.isatty (.fileno sys.stdout))
      (let [now (mapv env ["TERM" "TERM_PROGRAM" "LC_TERMINAL" "TMUX"])]
        (when (or (nil? found) (not= (. found [0]) now)) (set! found #[now (find-protocol)]))
        (. found [1])))
    ; Nothing that has a descriptor, or a terminal that is gone.
    (catch [OSError ValueError AttributeError termios.error] _ nil)))

; Size

(defn- png-size
  [png]
  (struct.unpack ">II" (. png [(: 16 24)])))

(defn- terminal-width
  "#[columns pixels] of the terminal; pixels are guessed where it does not say."
  []
  (let [[rows columns width height]
        (struct.unpack "HHHH" (fcntl.ioctl (.fileno sys.stdout) termios.TIOCGWINSZ (* b"\0" 8)))
        columns (if (= columns 0) 80 columns)]
    #[columns (if (= width 0) (* 9 columns) width)]))

; The protocols

(defn- kitty
  [png too-wide columns]
  (let [data (.decode (base64.standard-b64encode png) "ascii")
        pieces (for [at (range 0 (count data) kitty-chunk)] (. data [(: at (+ at kitty-chunk))]))]
    (join ""
      (for [[number piece] (enumerate pieces)]
        (let [more (if (= number (dec (count pieces))) 0 1)
              ; q=2: the terminal answers nothing, which would be read as typed.
              head (if (= number 0) (str "a=T,f=100,q=2," (if too-wide f"c={columns}," "")) "")]
          f"\x1b_G{head}m={more};{piece}\x1b\\")))))

(defn- iterm
  [png too-wide]
  (let [data (.decode (base64.standard-b64encode png) "ascii")
        width (if too-wide "width=100%;" "")]
    f"\x1b]1337;File=inline=1;size={(count png)};{width}preserveAspectRatio=1:{data}\x07"))

(defn- run-length
  "A row of sixels, four and more of the same as a count and one."
  [row]
  (re.sub b"(.)\\1{3,255}"
          (fn [found] (+ (.encode f"!{(count (.group found 0))}") (.group found 1)))
          (.rstrip row b"?")
          :flags re.DOTALL))

(defn- sixel
  "Every six rows are a band, which is painted once for each colour in it: a character for each column, its bits the rows."
  [png most-pixels]
  (import numpy :as np)
  (import PIL.Image :as Image)
  (let [image (.convert (Image.open (io.BytesIO png)) "RGBA")
        paper (Image.new "RGBA" image.size "white")
        image (.convert (Image.alpha-composite paper image) "RGB")
        [width height] image.size
        image (if (> width most-pixels)
                (.resize image #[most-pixels (max 1 (quot (* height most-pixels) width))])
                image)
        [width height] image.size
        image (.quantize image 255)
        colours (.reshape (np.array (. (.getpalette image) [(: 0 765)])) [-1 3])
        ; The rows that fill the last band have a number that no colour has.
        places (np.full #[(* 6 (quot (+ height 5) 6)) width] -1 :dtype "int16")
        pieces [(.encode f"\x1bPq\"1;1;{width};{height}")]]
    (set! (. places [(: 0 height)]) (np.asarray image))
    (doseq [number (np.unique (. places [(: 0 height)]))]
      (let [[red green blue] (.tolist (// (+ (* 100 (. colours [number])) 127) 255))]
        (.append pieces (.encode f"#{number};2;{red};{green};{blue}"))))
    (let [weights (.reshape (bit-shift-left 1 (np.arange 6)) [6 1])]
      (doseq [top (range 0 (. places shape [0]) 6)]
        (let [band (. places [(: top (+ top 6))])]
          (doseq [number (np.unique band) :when (>= number 0)]
            (let [row (+ 63 (.sum (* (= band number) weights) :axis 0))]
              (.append pieces (+ (.encode f"#{number}")
                                 (run-length (.tobytes (.astype row "uint8"))) b"$"))))
          (.append pieces b"-"))))
    (.append pieces b"\x1b\\")
    (.decode (.join b"" pieces) "ascii")))

(defn show
  "Shows a picture below what was printed. Answers whether it could."
  [png]
  (let [how (protocol)]
    (when how
      (let [[width height] (png-size png)
            [columns pixels] (terminal-width)
            text (case how
                   "kitty" (kitty png (> width pixels) columns)
                   "iterm" (iterm png (> width pixels))
                   "sixel" (try (sixel png pixels) (catch ImportError _ nil)))]
        (when text
          (.write sys.stdout (+ text "\n"))
          (.flush sys.stdout)
          true)))))
