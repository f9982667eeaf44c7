; A web server and its clients in one program, talking over the loopback interface: asyncio from both ends.
;
;     catena examples/web.lisp               a few requests, all at once
;     catena examples/web.lisp serve PORT    the server alone, for your browser

(import asyncio json sys
        [urllib.parse :refer [urlsplit parse_qs]])


; Routes: a path is a function from the query, a map, to the answer

(def routes {})

(defmacro defroute
  "Defines the answer for a path. The names are those of the query: /add?x=1&y=2 binds x and y."
  [path names & body]
  `(set! (. routes [,path])
         (fn-async [{:keys [,@names]}] ,@body)))

(defroute "/" []
  {:routes (sort (keys routes))})

(defroute "/add" [x y]
  {:sum (+ (float x) (float y))})

(defroute "/slow" [seconds]
  (await (asyncio.sleep (float seconds)))
  {:slept (float seconds)})


; The server: enough of HTTP for this page

(defn-async answer
  "The status and the body for the target of a request."
  [target]
  (let [url (urlsplit target)
        query (update-vals (parse_qs url.query) first)]
    (if-let [route (get routes url.path)]
      (try #["200 OK" (await (route query))]
        (catch [ValueError TypeError] e #["400 Bad Request" {:error (str e)}]))
      #["404 Not Found" {:error f"nothing at {url.path}"}])))

(defn-async skip-headers
  "Reads up to the empty line that ends the headers."
  [reader]
  (while (not (contains? #{b"\r\n" b"\n" b""} (await (reader.readline))))))

(defn-async handle
  "Reads one request, answers it and hangs up."
  [reader writer]
  (let [[method target] (.split (.decode (await (reader.readline)) "latin-1"))
        _ (await (skip-headers reader))
        [status value] (await (answer target))
        body (.encode (json.dumps value))]
    (writer.write (.encode (join "\r\n" [f"HTTP/1.1 {status}"
                                         "Content-Type: application/json"
                                         f"Content-Length: {(len body)}"
                                         "Connection: close"
                                         "" ""])))
    (writer.write body)
    (await (writer.drain))
    (writer.close)))


; The client

(defn-async fetch
  "The status and the decoded JSON at a path of the local server."
  [port path]
  (let [[reader writer] (await (asyncio.open-connection "127.0.0.1" port))]
    (writer.write (.encode f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    (let [response (.decode (await (reader.read)))
          [head body] (.split response "\r\n\r\n" 1)]
      (writer.close)
      #[(second (.split head " " 2)) (json.loads body)])))

(defn-async demonstrate
  "Starts the server on a free port and asks it several things at once."
  []
  (with-async [server (await (asyncio.start-server handle "127.0.0.1" 0))]
    (let [port (. server sockets [0] (getsockname) [1])
          paths ["/" "/add?x=2&y=40" "/add?x=two&y=40" "/slow?seconds=0.1" "/slow?seconds=0.2"
                 "/nowhere"]
          answers (await (asyncio.gather #* (for [path paths] (fetch port path))))]
      (doseq [[path [status value]] (zip paths answers)]
        (println f"{path:<20} {status} {(pr-str value)}")))))

(defn-async serve
  [port]
  (with-async [server (await (asyncio.start-server handle "127.0.0.1" port))]
    (println f"http://127.0.0.1:{port}/ (Ctrl-C ends)")
    (await (server.serve-forever))))

(match *args*
  []             (await (demonstrate))
  ["serve" port] (await (serve (int port)))
  _              (sys.exit "usage: web.lisp [serve PORT]"))
