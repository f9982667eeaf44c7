; Where plots go when they are shown: into a window where there is a display, else into the terminal where it can show
; pictures, else into a file that is named. matplotlib takes this module for one of its backends; it is loaded when matplotlib
; is.

(import asyncio importlib.util io os re sys tempfile)
(import matplotlib)
(import matplotlib._pylab-helpers :refer [Gcf])
(import matplotlib.backend-bases :refer [FigureManagerBase])
(import matplotlib.backends.backend-agg :refer [FigureCanvasAgg])
(import catena.program :as program)

(def images (program.tool "terminal_images"))
(def repl (program.tool "repl"))

; Which backend

(def toolkits
  "What matplotlib can open windows with."
  ["PyQt6" "PySide6" "PyQt5" "PySide2" "gi" "_tkinter" "wx"])

(defn- display?
  []
  (or (= sys.platform "darwin")
      (and (some (fn [name] (not= (os.environ.get name "") "")) ["DISPLAY" "WAYLAND_DISPLAY"])
           (some importlib.util.find-spec toolkits)
           ; An address may be left of a display that is gone.
           (try
             (do
               (import matplotlib._c-internal-utils :as c)
               (.display-is-valid c))
             (catch [ImportError AttributeError] _ true)))))

(defn prepare
  "Makes this module matplotlib's backend where the one it has, or would look for, has no display to open windows on. A
  distribution's settings name such backends too."
  []
  (let [wish (:plots repl.settings)
        chosen (dict.__getitem__ matplotlib.rcParams "backend")
        windows (or (not (string? chosen)) (some? (re.match "(?i)(gtk|qt|tk|wx|macosx)" chosen)))]
    (when (case wish
            "window" false
            "auto" (and windows (not (display?)))
            true)
      (matplotlib.use "module://catena.plots"))))

; A figure shown

(def folder "Where this session's pictures are saved; made for the first." nil)

(defn- save
  "Writes a picture into a file of its own and says where."
  [png name]
  (when (or (nil? folder) (not (os.path.isdir folder)))
    (set! folder (tempfile.mkdtemp :prefix "catena-plots-")))
  (let [stem (re.sub r"[^\w-]+" "-" name)
        taken (fn [n] (os.path.join folder (str stem (if (= n 1) "" (str "-" n)) ".png")))
        path (loop [n 1] (if (os.path.exists (taken n)) (recur (inc n)) (taken n)))]
    (try
      (do
        (with [file (open path "xb")] (.write file png))
        (print f"{name} is saved in {path}"))
      (catch OSError e
        (try (os.unlink path) (catch OSError _ nil))
        (throw (repl.Refused f"{name} could not be saved in {path}: {e.strerror}"))))))

(defn picture
  "The figure as the bytes of a PNG."
  [figure]
  (let [data (io.BytesIO)]
    (.savefig figure data :format "png" :dpi figure.dpi)
    (.getvalue data)))

(defn present
  "Shows a figure where pictures go."
  [figure number]
  (let [png (picture figure)]
    (when (not (and (not= (:plots repl.settings) "file") (images.show png)))
      (save png f"figure {number}"))))

(defn figure?
  "Whether a value is a figure with something on it."
  [value]
  (let [module (get sys.modules "matplotlib.figure")]
    (and (some? module) (isinstance value module.Figure) (not (empty? value.axes)))))

; What matplotlib looks for in a backend

(defclass FigureManager [FigureManagerBase]
  (defn show [self] (present self.canvas.figure self.num)))

(defclass FigureCanvas [FigureCanvasAgg]
  (def manager-class FigureManager))

(defn show
  "plt.show: all figures, which are closed then, as windows would be that somebody has closed."
  [& rest &kwargs more]
  (try
    (doseq [manager (vec (.get-all-fig-managers Gcf))] (present manager.canvas.figure manager.num))
    (finally (.destroy-all Gcf))))

; Windows, while one types

(def often "Seconds from one look at the windows' events to the next." 0.05)

(defn-async serve-windows
  "Answers what is done to windows of plots for as long as it is not cancelled. An error, a callback's for instance, is reported and
  ends it."
  []
  (try
    (while true
      (await (asyncio.sleep often))
      (doseq [manager (vec (.get-all-fig-managers Gcf))] (.flush-events manager.canvas)))
    (catch Exception error (repl.report error))))
